import { describe, expect, it } from 'vitest';
import { type InputRules, Terminal, TOO_MUCH_CENTS } from './inputs.ts';
import {
  CLOSE_ACCOUNT,
  LOOKUP,
  mixShares,
  newMix,
  OPEN_ACCOUNT,
  RANGE_SUM,
  SUM_ALL,
  TRANSACTION_TYPES,
  TRANSFER,
} from './mix.ts';
import { RandomStream } from './random.ts';

const RULES: InputRules = { accounts: 10, totalWarehouses: 4, remoteTransferPct: 30, userAbortPct: 20 };

function* draws(count: number, rules: InputRules = RULES, only?: string) {
  const mix = only === undefined ? { kind: 'deck' as const } : { kind: 'weights' as const, weights: { [only]: 1 } };
  const terminal = new Terminal(7, 2, 3, newMix(mix), rules);
  for (let i = 0; i < count; i++) {
    terminal.draw();
    yield terminal;
  }
}

const pctOf = (terminals: Iterable<Terminal>, holds: (terminal: Terminal) => boolean) => {
  let [hits, all] = [0, 0];
  for (const terminal of terminals) {
    all++;
    if (holds(terminal)) hits++;
  }
  return (100 * hits) / all;
};

describe('Terminal', () => {
  it('asks for accounts that can be there, in their ranges, and never for twice the same', () => {
    const seen = new Set<number>();
    for (const terminal of draws(3_000)) {
      const { type, accountId, otherWarehouseId, otherAccountId, amountCents, rangeLow, rangeEnd } = terminal;
      seen.add(type);
      expect(accountId).toBeGreaterThanOrEqual(1);
      expect(accountId).toBeLessThanOrEqual(10);
      expect([1, 2, 3, 4]).toContain(otherWarehouseId);
      if (type !== TRANSFER && type !== SUM_ALL) expect(otherWarehouseId).not.toBe(2);
      if (type === TRANSFER) {
        expect(otherAccountId).toBeGreaterThanOrEqual(1);
        expect(otherAccountId).toBeLessThanOrEqual(20);
        expect([otherWarehouseId, otherAccountId]).not.toEqual([2, accountId]);
      }
      if (type === TRANSFER || type === OPEN_ACCOUNT) {
        expect(amountCents).toBeGreaterThanOrEqual(1);
        expect(amountCents <= 25_000 || amountCents === TOO_MUCH_CENTS).toBe(true);
      }
      if (type === OPEN_ACCOUNT || type === CLOSE_ACCOUNT) {
        expect(otherAccountId).toBeGreaterThan(10);
        expect(otherAccountId).toBeLessThanOrEqual(20);
      }
      if (type === LOOKUP) expect(otherAccountId).toBeLessThanOrEqual(30);
      if (type === RANGE_SUM) {
        expect(rangeLow).toBeGreaterThanOrEqual(1);
        expect(rangeEnd).toBeGreaterThan(rangeLow);
      }
    }
    expect(seen.size).toBe(TRANSACTION_TYPES.length);
  });

  it('follows the options', () => {
    const remote = pctOf(draws(20_000, RULES, 'transfer'), ({ otherWarehouseId }) => otherWarehouseId !== 2);
    expect(Math.abs(remote - 30)).toBeLessThan(2);
    const aborts = pctOf(draws(20_000, RULES, 'openAccount'), ({ amountCents }) => amountCents === TOO_MUCH_CENTS);
    expect(Math.abs(aborts - 20)).toBeLessThan(2);
    expect(pctOf(draws(1000, { ...RULES, remoteTransferPct: 0 }, 'transfer'), (t) => t.otherWarehouseId !== 2)).toBe(0);
    expect(pctOf(draws(1000, { ...RULES, userAbortPct: 100 }, 'closeAccount'), ({ calledOff }) => calledOff)).toBe(100);
  });

  it('stays at home where there is no other warehouse', () => {
    const terminal = new Terminal(7, 1, 0, newMix({ kind: 'deck' }), { ...RULES, accounts: 2, totalWarehouses: 1 });
    for (let i = 0; i < 1000; i++) {
      terminal.draw();
      expect(terminal.otherWarehouseId).toBe(1);
      if (terminal.type === TRANSFER) expect(terminal.otherAccountId).not.toBe(terminal.accountId);
    }
  });
});

describe('the mix', () => {
  it('is exact within each deck', () => {
    const deck = newMix({ kind: 'deck' });
    const random = new RandomStream(1, 1, 1);
    const cards = TRANSACTION_TYPES.reduce((sum, { deckCards }) => sum + deckCards, 0);
    for (let pass = 0; pass < 3; pass++) {
      const counts = new Array<number>(TRANSACTION_TYPES.length).fill(0);
      for (let i = 0; i < cards; i++) counts[deck.next(random)]++;
      expect(counts).toEqual(TRANSACTION_TYPES.map(({ deckCards }) => deckCards));
    }
  });

  it('is drawn by weight, and what weighs nothing never comes', () => {
    const config = { kind: 'weights' as const, weights: { transfer: 3, lookup: 1 } };
    const mix = newMix(config);
    const random = new RandomStream(1, 1, 1);
    const counts = new Array<number>(TRANSACTION_TYPES.length).fill(0);
    for (let i = 0; i < 20_000; i++) counts[mix.next(random)]++;
    expect(Math.abs(counts[TRANSFER] / 20_000 - 0.75)).toBeLessThan(0.02);
    expect(counts[TRANSFER] + counts[LOOKUP]).toBe(20_000);
    expect(mixShares(config)).toEqual([0.75, 0, 0, 0, 0.25, 0]);
  });
});

describe('RandomStream', () => {
  it('is uniform, and another one for every key', () => {
    const stream = new RandomStream(1, 2, 3);
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < 100_000; i++) counts[stream.uniform(0, 9)]++;
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500);
    const firsts = new Set<number>();
    for (const [seed, warehouse, part] of [
      [1, 2, 3],
      [1, 3, 2],
      [2, 1, 3],
      [2 ** 40 + 1, 2, 3],
    ]) {
      firsts.add(new RandomStream(seed, warehouse, part).fraction());
    }
    expect(firsts.size).toBe(4);
  });
});
