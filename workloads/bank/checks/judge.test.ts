import { describe, expect, it } from 'vitest';
import { SmallBank } from '../testing/small-bank.ts';
import { CONDITION_IDS } from './conditions.ts';
import { judge } from './judge.ts';

/** A bank after some transactions, and its partial checks. */
function checked(breaks: (bank: SmallBank) => void = () => {}) {
  const bank = new SmallBank({ accounts: 6 });
  bank.runMany(200);
  breaks(bank);
  return bank.workers.map(({ session }) => session.check());
}

const failing = (partials: ReturnType<typeof checked>, complete = true) =>
  judge(partials, complete).filter(({ passed, checkable }) => !passed && checkable !== false);

describe('judge', () => {
  it('passes a bank in order, and says what it looked at', () => {
    const verdicts = judge(checked(), true);
    expect(verdicts.map(({ id }) => id)).toEqual(CONDITION_IDS);
    for (const { passed, violations, id, checkedRows } of verdicts) {
      expect([id, passed, violations]).toEqual([id, true, []]);
      if (id !== 'bank.sums') expect(checkedRows).toBeGreaterThan(0);
    }
  });

  it.each([
    ['bank.money', 'sum of A_BALANCE', (bank: SmallBank) => setBalance(bank, 1)],
    ['bank.balance', 'account (1, 1): A_BALANCE -5', (bank: SmallBank) => setBalance(bank, -5)],
    [
      'bank.rows',
      'warehouse 2: accounts',
      ({ workers }: SmallBank) => {
        workers[0].session.bank.opened[2]++;
      },
    ],
    [
      'bank.reads',
      '1 wrong reads',
      ({ workers }: SmallBank) => {
        workers[0].session.counters[12]++;
      },
    ],
    ['bank.locks', '1 locks are held', ({ workers }: SmallBank) => workers[1].partition.locks.lock(0, 1, 0, 0)],
    [
      'engine.indexes',
      'primary: entries',
      ({ workers }: SmallBank) => {
        const { accounts } = workers[0].session.bank;
        accounts.primary.remove(accounts.primary.key.of2(1, 1), accounts.findOwn(1, 1));
      },
    ],
    [
      'engine.indexes',
      'a row that is not live',
      ({ workers }: SmallBank) => {
        const { accounts } = workers[0].session.bank;
        accounts.inOrder.remove(accounts.inOrder.key.of2(1, 1), accounts.findOwn(1, 1));
        accounts.inOrder.insert(accounts.inOrder.key.of2(1, 1), 99);
      },
    ],
  ])('fails %s where it does not hold: %s', (id, text, breaks) => {
    const verdict = failing(checked(breaks)).find((each) => each.id === id);
    expect(verdict?.violations.join()).toContain(text);
  });

  it('says nothing of what needs a partition that is lost', () => {
    const [first] = checked();
    const verdicts = judge([first], false);
    const open = verdicts.filter(({ checkable }) => checkable === false).map(({ id }) => id);
    expect(open).toEqual(['bank.money', 'bank.rows', 'bank.locks']);
    expect(failing([first], false)).toEqual([]);
    expect(failing([first])).not.toEqual([]);
  });

  it('passes nothing where nothing was checked', () => {
    expect(judge([], true).every(({ passed }) => !passed)).toBe(true);
    const [first, second] = checked();
    expect(failing([first, { ...second, conditions: [] }]).length).toBe(CONDITION_IDS.length - 2);
  });
});

function setBalance({ workers }: SmallBank, cents: number): void {
  const { accounts } = workers[0].session.bank;
  accounts.table.putInteger(accounts.findOwn(1, 1), accounts.balance, cents);
}
