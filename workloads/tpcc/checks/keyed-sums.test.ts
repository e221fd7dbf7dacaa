import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeyedSums } from './keyed-sums.ts';

describe('KeyedSums', () => {
  it('agrees with a Map', () => {
    const key = fc.oneof(
      fc.nat({ max: 40 }),
      fc.maxSafeNat(),
      fc.nat({ max: 2000 }).map((n) => n * 2 ** 32),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(key, fc.integer({ min: -1e6, max: 1e6 })), { maxLength: 500 }), (additions) => {
        const sums = new KeyedSums();
        const model = new Map<number, number>();
        for (const [k, value] of additions) {
          sums.add(k, value);
          model.set(k, (model.get(k) ?? 0) + value);
        }
        const sorted = [...model].sort(([a], [b]) => a - b);
        expect(sums.size).toBe(model.size);
        expect([...sums.entries().keys]).toEqual(sorted.map(([k]) => k));
        expect([...sums.entries().values]).toEqual(sorted.map(([, value]) => value));
        for (const [k] of additions) expect(sums.has(k)).toBe(true);
        expect(sums.has(2 ** 53 - 2)).toBe(model.has(2 ** 53 - 2));
      }),
    );
  });

  it('has an empty sum of 0 for an absent key and keeps a key whose sum is 0', () => {
    const sums = new KeyedSums();
    sums.add(5, 3);
    sums.add(5, -3);
    expect(sums.get(6)).toBe(0);
    expect(sums.has(6)).toBe(false);
    expect(sums.get(5)).toBe(0);
    expect(sums.has(5)).toBe(true);
  });

  it('never loses a null once added', () => {
    const sums = new KeyedSums();
    sums.add(1, 10);
    sums.add(1, Number.NaN);
    sums.add(1, 10);
    const merged = new KeyedSums();
    merged.addAll(sums.entries());
    merged.addAll(sums.entries());
    expect(merged.get(1)).toBeNaN();
  });
});
