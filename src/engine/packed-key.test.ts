import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PackedKey } from './packed-key.ts';
import { keyOf } from './testing/keys.ts';

/** Ranges whose product fits, and two tuples of values within them. */
const rangesAndTuples = fc
  .array(fc.integer({ min: 1, max: 9000 }), { minLength: 1, maxLength: 4 })
  .chain((ranges) =>
    fc.tuple(
      fc.constant(ranges),
      fc.tuple(...ranges.map((range) => fc.nat({ max: range - 1 }))),
      fc.tuple(...ranges.map((range) => fc.nat({ max: range - 1 }))),
    ),
  );

const lexicographic = (a: readonly number[], b: readonly number[]): number => {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return Math.sign(a[i] - b[i]);
  return 0;
};

const pack = (key: PackedKey, values: readonly number[]): number => {
  const [a, b = 0, c = 0, d = 0] = values;
  if (values.length === 1) return a;
  if (values.length === 2) return key.of2(a, b);
  return values.length === 3 ? key.of3(a, b, c) : key.of4(a, b, c, d);
};

describe('PackedKey', () => {
  it('orders keys as their parts, gives different tuples different keys, and agrees with the row', () => {
    fc.assert(
      fc.property(rangesAndTuples, fc.nat({ max: 20 }), ([ranges, one, other], base) => {
        const key = keyOf(ranges);
        const int32s = new Int32Array(base + 4);
        int32s.set(one, base);
        expect(key.ofRow(int32s, base)).toBe(pack(key, one));
        expect(Math.sign(pack(key, one) - pack(key, other))).toBe(lexicographic(one, other));
        expect(pack(key, one)).toBeLessThan(ranges.reduce((product, range) => product * range, 1));
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it('reads the columns wherever they lie in the row, in the order of the parts', () => {
    const key = keyOf([100, 100, 100], [5, 0, 2]);
    expect(key.ofRow(Int32Array.of(-1, -1, 22, -9, 33, -9, -9, 11), 2)).toBe(11_22_33);
  });

  it('agrees with the mixed-radix number of one to four columns, wherever they lie', () => {
    const placed = rangesAndTuples.chain(([ranges, values]) =>
      fc.tuple(
        fc.constant(ranges),
        fc.constant(values),
        fc.uniqueArray(fc.nat({ max: 9 }), { minLength: ranges.length, maxLength: ranges.length }),
        fc.nat({ max: 20 }),
      ),
    );
    fc.assert(
      fc.property(placed, ([ranges, values, offsets, base]) => {
        // What is no part of the key is outside every range.
        const int32s = new Int32Array(base + 10).fill(-1);
        offsets.forEach((offset, i) => {
          int32s[base + offset] = values[i];
        });
        const expected = values.reduce((key, value, i) => key * BigInt(ranges[i]) + BigInt(value), 0n);
        expect(BigInt(keyOf(ranges, offsets).ofRow(int32s, base))).toBe(expected);
      }),
      { seed: 2, numRuns: 500 },
    );
  });

  it('knows how many keys there are: one more than the highest', () => {
    fc.assert(
      fc.property(rangesAndTuples, ([ranges]) => {
        const key = keyOf(ranges);
        const highest = Int32Array.from(ranges, (range) => range - 1);
        expect(key.rangeOfKeys).toBe(key.ofRow(highest, 0) + 1);
      }),
      { seed: 3, numRuns: 200 },
    );
    expect(keyOf([2 ** 22, 2 ** 31]).rangeOfKeys).toBe(2 ** 53);
  });

  it('asserts for a value outside the range of any of one to four parts, and names the part', () => {
    const ranges = [7, 11, 13, 5];
    for (let parts = 1; parts <= 4; parts++) {
      const key = keyOf(ranges.slice(0, parts));
      for (let part = 0; part < parts; part++) {
        for (const value of [ranges[part], -1, 0x7fffffff, -0x80000000]) {
          for (const others of [0, 1]) {
            const values = ranges.map((range) => others * (range - 1));
            values[part] = value;
            const message = `key part ${part} is ${value}, outside 0..${ranges[part] - 1}`;
            expect(() => key.ofRow(Int32Array.from(values), 0)).toThrow(message);
          }
        }
      }
    }
  });

  it('asserts for a row with a value outside its declared range', () => {
    const key = keyOf([7, 11, 13]);
    expect(key.ofRow(Int32Array.of(6, 10, 12), 0)).toBe(7 * 11 * 13 - 1);
    for (const values of [
      [7, 0, 0],
      [0, 11, 0],
      [0, 0, 13],
      [-1, 0, 0],
      [0, -1, 0],
      [0, 0, -1],
      [0, 0, -0x80000000],
      [0x7fffffff, 0, 0],
    ]) {
      expect(() => key.ofRow(Int32Array.from(values), 0)).toThrow('outside');
    }
  });

  it('carries one past the last value into the part before, so that it bounds a prefix from behind', () => {
    const key = keyOf([4, 5, 6, 7]);
    expect(key.of4(1, 2, 3, 7)).toBe(key.of4(1, 2, 4, 0));
    expect(key.of4(1, 4, 6, 0)).toBe(key.of4(2, 0, 0, 0));
    expect(key.of4(1, 5, 0, 0)).toBeGreaterThan(key.of4(1, 4, 5, 6));
  });

  it('keeps keys exact up to the limit of 2^53', () => {
    const key = keyOf([2 ** 22, 2 ** 31]);
    const greatest = Int32Array.of(2 ** 22 - 1, 2 ** 31 - 1);
    expect(key.ofRow(greatest, 0)).toBe(2 ** 53 - 1);
    expect(key.ofRow(Int32Array.of(2 ** 22 - 1, 2 ** 31 - 2), 0)).toBe(2 ** 53 - 2);
    expect(key.of2(2 ** 22 - 1, 2 ** 31 - 1)).toBe(2 ** 53 - 1);
  });

  it('asserts on keys that do not fit, on none and on too many parts', () => {
    expect(() => keyOf([2 ** 23, 2 ** 31])).toThrow('53 bits');
    expect(() => keyOf([])).toThrow('one to four');
    expect(() => keyOf([2, 2, 2, 2, 2])).toThrow('one to four');
  });
});
