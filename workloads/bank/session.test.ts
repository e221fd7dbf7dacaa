import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COMMITTED, FAILED, USER_ABORT } from '../../src/bench/contract.ts';
import type { Terminal } from './inputs.ts';
import { CLOSE_ACCOUNT, LOOKUP, OPEN_ACCOUNT, RANGE_SUM, SUM_ALL, TRANSFER } from './mix.ts';
import { FIRST_BALANCE_CENTS } from './schema.ts';
import { SmallBank } from './testing/small-bank.ts';

/** At home, and at another partition. */
const PLACES = [
  ['the own partition', 1],
  ['another partition', 2],
] as const;

const input = (type: number, otherWarehouseId: number, more: Partial<Terminal> = {}): Partial<Terminal> => ({
  type,
  accountId: 1,
  otherWarehouseId,
  otherAccountId: 2,
  amountCents: 70,
  outgoing: true,
  calledOff: false,
  ...more,
});

/** Of the home's account 1, and of an account of another warehouse. */
const pair = (bank: SmallBank, warehouse: number, account: number) => [
  bank.balances(1).get(1),
  bank.balances(warehouse).get(account),
];

describe.each(PLACES)('with the other account at %s,', (_, warehouse) => {
  it('a transfer moves the amount, either way', () => {
    const bank = new SmallBank();
    expect(bank.run(0, input(TRANSFER, warehouse))).toBe(COMMITTED);
    expect(pair(bank, warehouse, 2)).toEqual([FIRST_BALANCE_CENTS - 70, FIRST_BALANCE_CENTS + 70]);
    expect(bank.run(0, input(TRANSFER, warehouse, { outgoing: false, amountCents: 100 }))).toBe(COMMITTED);
    expect(pair(bank, warehouse, 2)).toEqual([FIRST_BALANCE_CENTS + 30, FIRST_BALANCE_CENTS - 30]);
    expect(bank.failures()).toEqual([]);
  });

  it.each([true, false])('a transfer aborts where the source has too little (outgoing: %s)', (outgoing) => {
    const bank = new SmallBank();
    const amountCents = FIRST_BALANCE_CENTS + 1;
    expect(bank.run(0, input(TRANSFER, warehouse, { outgoing, amountCents }))).toBe(USER_ABORT);
    expect(pair(bank, warehouse, 2)).toEqual([FIRST_BALANCE_CENTS, FIRST_BALANCE_CENTS]);
    expect(bank.run(0, input(TRANSFER, warehouse, { outgoing, amountCents: FIRST_BALANCE_CENTS }))).toBe(COMMITTED);
    expect(bank.failures()).toEqual([]);
  });

  it('a transfer aborts where there is no such account', () => {
    const bank = new SmallBank();
    expect(bank.run(0, input(TRANSFER, warehouse, { otherAccountId: 7 }))).toBe(USER_ABORT);
    expect(bank.balances(1).get(1)).toBe(FIRST_BALANCE_CENTS);
    expect(bank.failures()).toEqual([]);
  });

  it('an account is opened once and closed once, and its money comes back', () => {
    const bank = new SmallBank();
    const account = { otherAccountId: 7 };
    expect(bank.run(0, input(OPEN_ACCOUNT, warehouse, account))).toBe(COMMITTED);
    expect(pair(bank, warehouse, 7)).toEqual([FIRST_BALANCE_CENTS - 70, 70]);
    expect(bank.run(0, input(OPEN_ACCOUNT, warehouse, account))).toBe(COMMITTED);
    expect(pair(bank, warehouse, 7)).toEqual([FIRST_BALANCE_CENTS - 70, 70]);
    expect(bank.run(0, input(TRANSFER, warehouse, account))).toBe(COMMITTED);
    expect(bank.run(0, input(CLOSE_ACCOUNT, warehouse, { ...account, calledOff: true }))).toBe(USER_ABORT);
    expect(pair(bank, warehouse, 7)).toEqual([FIRST_BALANCE_CENTS - 140, 140]);
    expect(bank.run(0, input(CLOSE_ACCOUNT, warehouse, account))).toBe(COMMITTED);
    expect(pair(bank, warehouse, 7)).toEqual([FIRST_BALANCE_CENTS, undefined]);
    expect(bank.run(0, input(CLOSE_ACCOUNT, warehouse, account))).toBe(COMMITTED);
    expect([bank.count('accountsOpened'), bank.count('accountsClosed')]).toEqual([1, 1]);
    expect(bank.failures()).toEqual([]);
  });

  it('an account is not opened where the money for it is missing', () => {
    const bank = new SmallBank();
    const opening = input(OPEN_ACCOUNT, warehouse, { otherAccountId: 7, amountCents: FIRST_BALANCE_CENTS + 1 });
    expect(bank.run(0, opening)).toBe(USER_ABORT);
    expect(pair(bank, warehouse, 7)).toEqual([FIRST_BALANCE_CENTS, undefined]);
    expect(bank.failures()).toEqual([]);
  });

  it('lookups and ranges find what is there, and nothing where nothing is', () => {
    const bank = new SmallBank();
    for (const otherAccountId of [4, 5, 9]) bank.run(0, input(LOOKUP, warehouse, { otherAccountId }));
    expect([bank.count('lookups'), bank.count('lookupsOfNothing')]).toEqual([3, 2]);
    bank.run(0, input(RANGE_SUM, warehouse, { rangeLow: 3, rangeEnd: 7 }));
    bank.run(0, input(RANGE_SUM, warehouse, { rangeLow: 5, rangeEnd: 9 }));
    bank.run(0, input(RANGE_SUM, warehouse, { rangeLow: 9, rangeEnd: 13 }));
    expect([bank.count('rangeSums'), bank.count('emptyRanges')]).toEqual([3, 2]);
    expect(bank.count('wrongReads')).toBe(0);
  });
});

describe('a sum over all accounts', () => {
  it.each([1, 2, 3])('comes to what was loaded, with %i workers', (workers) => {
    const bank = new SmallBank({ workers });
    expect(bank.run(workers - 1, input(SUM_ALL, 1))).toBe(COMMITTED);
    expect([bank.count('sums'), bank.count('wrongSums')]).toEqual([1, 0]);
  });

  it('is wrong, and the condition fails, where money came from nowhere', () => {
    const bank = new SmallBank();
    const { accounts } = bank.workers[1].session.bank;
    accounts.table.putInteger(accounts.findOwn(2, 1), accounts.balance, FIRST_BALANCE_CENTS + 1);
    expect(bank.run(0, input(SUM_ALL, 1))).toBe(COMMITTED);
    expect(bank.count('wrongSums')).toBe(1);
    expect(bank.failures()).toEqual(['bank.money', 'bank.sums']);
  });
});

describe('many transactions at once', () => {
  it('leave all conditions as they must be, with any number of workers and as few accounts', () => {
    fc.assert(
      fc.property(
        fc.record({
          seed: fc.integer({ min: 1, max: 1e6 }),
          workers: fc.integer({ min: 1, max: 4 }),
          terminals: fc.integer({ min: 1, max: 4 }),
          accounts: fc.integer({ min: 2, max: 6 }),
          userAbortPct: fc.constantFrom(0, 10, 50),
          remoteTransferPct: fc.constantFrom(0, 50, 100),
        }),
        (options) => {
          const weights = { transfer: 6, openAccount: 3, closeAccount: 3, rangeSum: 2, lookup: 2, sumAll: 2 };
          const bank = new SmallBank({ ...options, weights });
          bank.runMany(150);
          expect(bank.outcomes.length).toBe(150);
          expect(bank.failures()).toEqual([]);
          expect(bank.count('sums')).toBeGreaterThan(0);
          expect(bank.outcomes.some(({ outcome }) => outcome === FAILED)).toBe(false);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('are the same for the same seed', () => {
    const run = (seed: number) => {
      const bank = new SmallBank({ seed });
      bank.runMany(300);
      return [bank.outcomes, [...bank.balances(1)], [...bank.balances(2)]];
    };
    expect(run(3)).toEqual(run(3));
    expect(run(3)).not.toEqual(run(4));
  });
});

describe('the export', () => {
  it('has every account on a line', () => {
    const bank = new SmallBank({ accounts: 3 });
    bank.run(0, input(CLOSE_ACCOUNT, 1, { otherAccountId: 2 }));
    const [table] = bank.workers[0].session.exportTables();
    expect(table.columns).toEqual(['A_ID', 'A_W_ID', 'A_BALANCE']);
    expect(table.lines(0, table.rows).split('\r\n')).toEqual([`1,1,${2 * FIRST_BALANCE_CENTS}`, '3,1,100000', '']);
  });
});
