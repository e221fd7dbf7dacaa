import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AuditRow } from '../../src/bench/result.ts';
import { type AuditContext, auditInput } from './audit.ts';
import { COUNTER_NAMES } from './counters.ts';

const CONTEXT: AuditContext = { totalWarehouses: 8, remoteItemPct: 1, remotePaymentPct: 15 };

/** Counters of a long run that meets the specification to the digit. */
const GOOD: Record<string, number> = {
  newOrders: 100_000,
  newOrdersRolledBack: 1_000,
  orderLines: 1_000_000,
  remoteOrderLines: 10_000,
  payments: 100_000,
  remotePayments: 15_000,
  paymentsByLastName: 60_000,
  orderStatuses: 10_000,
  orderStatusesByLastName: 6_000,
  deliveries: 10_000,
  stockLevels: 10_000,
};

const NOTHING = Object.fromEntries(COUNTER_NAMES.map((name) => [name, 0]));

function row(name: string, counters: Record<string, number>, context: AuditContext = CONTEXT): AuditRow {
  const found = auditInput(counters, context).find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no row ${name}`);
  return found;
}

/** How a generator draws; the defaults are the specification's. */
interface Odds {
  rollback: number;
  lines: readonly [number, number];
  remoteLine: number;
  remotePayment: number;
  byLastName: number;
}

const SPECIFIED: Odds = { rollback: 0.01, lines: [5, 15], remoteLine: 0.01, remotePayment: 0.15, byLastName: 0.6 };

/** Counters of so many transactions drawn from a deck of 23 cards a terminal, with the given odds. */
function drawn(seed: number, transactions: number, odds: Odds, terminals = 10): Record<string, number> {
  let state = seed | 0;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const counters: Record<string, number> = { ...NOTHING };
  const count = (name: (typeof COUNTER_NAMES)[number], condition = true): void => {
    if (condition) counters[name] = (counters[name] ?? 0) + 1;
  };
  const cards = ['N', 'P', 'O', 'D', 'S'].flatMap((card, i) => Array<string>(i < 2 ? 10 : 1).fill(card));
  const decks = Array.from({ length: terminals }, () => [] as string[]);
  for (let i = 0; i < transactions; i++) {
    const deck = decks[i % terminals] as string[];
    if (deck.length === 0) {
      deck.push(...cards);
      for (let k = deck.length - 1; k > 0; k--) {
        const j = Math.floor(uniform() * (k + 1));
        [deck[k], deck[j]] = [deck[j] as string, deck[k] as string];
      }
    }
    const card = deck.pop();
    if (card === 'N') {
      count('newOrders');
      count('newOrdersRolledBack', uniform() < odds.rollback);
      const [fewest, most] = odds.lines;
      for (let line = fewest + Math.floor(uniform() * (most - fewest + 1)); line > 0; line--) {
        count('orderLines');
        count('remoteOrderLines', uniform() < odds.remoteLine);
      }
    } else if (card === 'P') {
      count('payments');
      count('remotePayments', uniform() < odds.remotePayment);
      count('paymentsByLastName', uniform() < odds.byLastName);
    } else if (card === 'O') {
      count('orderStatuses');
      count('orderStatusesByLastName', uniform() < odds.byLastName);
    } else {
      count(card === 'D' ? 'deliveries' : 'stockLevels');
    }
  }
  return counters;
}

describe('auditInput', () => {
  it('passes input that meets the specification, with its ranges and samples', () => {
    const rows = auditInput(GOOD, CONTEXT);
    expect(
      rows.map(({ name, unit, measured, low, high, samples, verdict }) => [
        name,
        unit,
        measured,
        low,
        high,
        samples,
        verdict,
      ]),
    ).toEqual([
      ['New-Orders rolled back', '%', 1, 0.9, 1.1, 100_000, 'pass'],
      ['order lines per New-Order', 'lines', 10, 9.5, 10.5, 100_000, 'pass'],
      ['remote order lines', '%', 1, 0.95, 1.05, 1_000_000, 'pass'],
      ['remote Payments', '%', 15, 14, 16, 100_000, 'pass'],
      ['Payments by last name', '%', 60, 57, 63, 100_000, 'pass'],
      ['Order-Status by last name', '%', 60, 57, 63, 10_000, 'pass'],
      ['New-Order in the mix', '%', 1000 / 23, null, null, 230_000, 'info'],
      ['Payment in the mix', '%', 1000 / 23, 43, null, 230_000, 'pass'],
      ['Order-Status in the mix', '%', 100 / 23, 4, null, 230_000, 'pass'],
      ['Delivery in the mix', '%', 100 / 23, 4, null, 230_000, 'pass'],
      ['Stock-Level in the mix', '%', 100 / 23, 4, null, 230_000, 'pass'],
    ]);
    expect(rows.map(({ expected }) => expected)).toEqual([1, 10, 1, 15, 60, 60, null, null, null, null, null]);
  });

  it('passes the ends of a range', () => {
    expect(row('New-Orders rolled back', { ...GOOD, newOrdersRolledBack: 900 }).verdict).toBe('pass');
    expect(row('New-Orders rolled back', { ...GOOD, newOrdersRolledBack: 1_100 }).verdict).toBe('pass');
    expect(row('order lines per New-Order', { ...GOOD, orderLines: 950_000 }).verdict).toBe('pass');
    expect(row('remote Payments', { ...GOOD, remotePayments: 16_000 }).verdict).toBe('pass');
  });

  it('says too few where there is nothing or where chance explains a deviation', () => {
    for (const { name, measured, verdict } of auditInput(NOTHING, CONTEXT)) {
      expect([name, measured, verdict]).toEqual([name, null, name.startsWith('New-Order in') ? 'info' : 'too few']);
    }
    // None of 200 rolled back has a probability of 13%.
    const short = { ...GOOD, newOrders: 200, newOrdersRolledBack: 0, orderLines: 1_800, remoteOrderLines: 18 };
    expect(row('New-Orders rolled back', short).verdict).toBe('too few');
    expect(row('order lines per New-Order', short).verdict).toBe('too few');
  });

  it('fails each kind of wrong input in a sample that shows it', () => {
    const wrong: [string, Partial<Record<(typeof COUNTER_NAMES)[number], number>>][] = [
      ['New-Orders rolled back', { newOrdersRolledBack: 0 }],
      ['New-Orders rolled back', { newOrdersRolledBack: 2_000 }],
      ['order lines per New-Order', { orderLines: 945_000, remoteOrderLines: 9_450 }],
      ['order lines per New-Order', { orderLines: 1_055_000, remoteOrderLines: 10_550 }],
      ['remote order lines', { remoteOrderLines: 0 }],
      ['remote Payments', { remotePayments: 13_000 }],
      ['Payments by last name', { paymentsByLastName: 50_000 }],
      ['Order-Status by last name', { orderStatusesByLastName: 6_600 }],
      ['Payment in the mix', { payments: 90_000, remotePayments: 13_500, paymentsByLastName: 54_000 }],
      ['Order-Status in the mix', { orderStatuses: 8_000, orderStatusesByLastName: 4_800 }],
      ['Delivery in the mix', { deliveries: 0 }],
      ['Stock-Level in the mix', { stockLevels: 8_500 }],
    ];
    for (const [name, change] of wrong) {
      const rows = auditInput({ ...GOOD, ...change }, CONTEXT);
      expect(rows.filter(({ verdict }) => verdict === 'fail').map((failed) => failed.name)).toEqual([name]);
    }
  });

  it('has no remote rows with one warehouse, and fails remote input there', () => {
    const context = { ...CONTEXT, totalWarehouses: 1 };
    const home = { ...GOOD, remoteOrderLines: 0, remotePayments: 0 };
    for (const name of ['remote order lines', 'remote Payments']) {
      expect(row(name, home, context)).toMatchObject({
        measured: 0,
        expected: 0,
        low: null,
        verdict: 'not applicable',
      });
      expect(row(name, NOTHING, context).verdict).toBe('not applicable');
      expect(row(name, GOOD, context).verdict).toBe('fail');
    }
  });

  it('tests changed options against the value asked for, without a range', () => {
    const context = { ...CONTEXT, remoteItemPct: 10, remotePaymentPct: 0 };
    const counters = { ...GOOD, remoteOrderLines: 100_321, remotePayments: 0 };
    expect(row('remote order lines', counters, context)).toMatchObject({
      expected: 10,
      low: null,
      high: null,
      verdict: 'pass',
    });
    expect(row('remote Payments', counters, context).verdict).toBe('pass');
    expect(row('remote order lines', GOOD, context).verdict).toBe('fail');
    expect(row('remote Payments', GOOD, context).verdict).toBe('fail');
    const short = { ...GOOD, orderLines: 50, remoteOrderLines: 4 };
    expect(row('remote order lines', short, context).verdict).toBe('too few');
  });

  it('shows what the mix aims at where that is known', () => {
    const rows = auditInput(GOOD, { ...CONTEXT, mixPct: { payments: 43.478 } });
    expect(rows.find(({ name }) => name === 'Payment in the mix')?.expected).toBe(43.478);
    expect(rows.find(({ name }) => name === 'Delivery in the mix')?.expected).toBeNull();
  });

  it('refuses counters that are missing or no counts', () => {
    const { payments: _, ...incomplete } = GOOD;
    expect(() => auditInput(incomplete, CONTEXT)).toThrow('payments');
    expect(() => auditInput({ ...GOOD, newOrders: Number.NaN }, CONTEXT)).toThrow('newOrders');
  });

  it('practically never fails a correct generator, whatever the length of the run', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 0, max: 20_000 }), (seed, transactions) => {
        const failed = auditInput(drawn(seed, transactions, SPECIFIED), CONTEXT).filter((r) => r.verdict === 'fail');
        expect(failed).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('passes a correct generator in a long run', () => {
    const rows = auditInput(drawn(7, 2_000_000, SPECIFIED), CONTEXT);
    for (const { name, verdict } of rows)
      expect([name, verdict]).toEqual([name, name.startsWith('New-Order in') ? 'info' : 'pass']);
  });

  it('fails a wrong generator in a run of seconds', () => {
    const wrong: [string, Partial<Odds>][] = [
      ['New-Orders rolled back', { rollback: 0.02 }],
      ['New-Orders rolled back', { rollback: 0 }],
      ['order lines per New-Order', { lines: [5, 13] }],
      ['remote order lines', { remoteLine: 0 }],
      ['remote Payments', { remotePayment: 0.1 }],
      ['Payments by last name', { byLastName: 0.5 }],
    ];
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom(...wrong), (seed, [name, odds]) => {
        expect(row(name, drawn(seed, 50_000, { ...SPECIFIED, ...odds })).verdict).toBe('fail');
      }),
      { numRuns: 30 },
    );
  });
});
