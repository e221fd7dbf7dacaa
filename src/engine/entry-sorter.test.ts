import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EntrySorter } from './entry-sorter.ts';
import { GREATEST_KEY } from './testing/keys.ts';

type Entry = readonly [key: number, row: number];

function sorted(sorter: EntrySorter, keys: readonly number[]): Entry[] {
  sorter.clear();
  keys.forEach((key, row) => {
    sorter.add(key, row);
  });
  sorter.sort();
  expect(sorter.size).toBe(keys.length);
  return keys.map((_, i) => [sorter.keys[i], sorter.rows[i]] as const);
}

/** Array.prototype.sort is stable. */
const expected = (keys: readonly number[]): Entry[] =>
  keys.map((key, row) => [key, row] as const).sort((a, b) => a[0] - b[0]);

describe('EntrySorter', () => {
  it('sorts by key and leaves equal keys in their order, batch after batch', () => {
    const sorter = new EntrySorter();
    const key = fc.oneof(
      fc.nat({ max: 20 }),
      fc.nat({ max: 2 ** 31 - 1 }),
      fc.integer({ min: 0, max: GREATEST_KEY }),
      fc.integer({ min: GREATEST_KEY - 5000, max: GREATEST_KEY }),
    );
    fc.assert(
      fc.property(fc.array(key, { maxLength: 300 }), (keys) => {
        expect(sorted(sorter, keys)).toEqual(expected(keys));
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it('takes what is sorted, or empty, as it is', () => {
    const sorter = new EntrySorter();
    expect(sorted(sorter, [])).toEqual([]);
    const ascending = Array.from({ length: 1000 }, (_, i) => Math.floor(i / 3));
    expect(sorted(sorter, ascending)).toEqual(expected(ascending));
    expect(sorted(sorter, ascending.toReversed())).toEqual(expected(ascending.toReversed()));
  });
});
