import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DirectIndex } from './direct-index.ts';
import { MemoryBudget } from './memory-budget.ts';
import {
  ABSENT_PAGE,
  directDifference,
  entriesOf,
  newDirectIndex,
  PAGE_KEYS,
  WIDEST_RANGE,
} from './testing/direct-index-model.ts';
import { keyOf } from './testing/keys.ts';
import { Random } from './testing/random.ts';

/** Keys on both sides of the bounds of pages, some pages apart. */
const BOUNDS = [0, 1, 2, 3, 17, 18, 700].flatMap((page) => [
  page * PAGE_KEYS,
  page * PAGE_KEYS + 1,
  (page + 1) * PAGE_KEYS - 1,
]);

/** Random inserts, refused inserts and removals of `keys`, compared with a Map after each batch. */
function exercise(keys: readonly number[], seed: number, steps: number): void {
  const index = newDirectIndex(WIDEST_RANGE);
  const random = new Random(seed);
  const model = new Map<number, number>();
  let refused = 0;
  let removed = 0;
  for (let step = 0; step < steps; step++) {
    const key = random.pick(keys);
    const row = model.get(key);
    if (row === undefined) {
      if (index.get(key) !== -1) expect.fail(`key ${key} is not there`);
      const newRow = random.chance(0.05) ? 0 : step;
      if (!index.insert(key, newRow)) expect.fail(`key ${key} was refused`);
      model.set(key, newRow);
    } else if (random.chance(0.3)) {
      if (index.insert(key, random.pick([row, step]))) expect.fail(`key ${key} was taken twice`);
      refused++;
    } else {
      index.remove(key, row);
      model.delete(key);
      removed++;
    }
    if (step % 5000 === 4999) expect(directDifference(index, model)).toBeNull();
  }
  expect(directDifference(index, model)).toBeNull();
  expect(Math.min(refused, removed)).toBeGreaterThan(steps / 20);
  for (const [key, row] of random.shuffle([...model])) index.remove(key, row);
  expect(directDifference(index, new Map())).toBeNull();
}

describe('DirectIndex', () => {
  it('agrees with a Map while it is filled and emptied', () => {
    const random = new Random(1);
    const keys = {
      dense: Array.from({ length: 20_000 }, (_, i) => i),
      'dense from the middle of a page': Array.from({ length: 9000 }, (_, i) => 1_234_567 + i),
      'a few in every page': Array.from({ length: 2000 }, (_, i) => i * 1009),
      'one in every page': Array.from({ length: 600 }, (_, i) => i * PAGE_KEYS + (i % PAGE_KEYS)),
      'far apart': Array.from({ length: 600 }, () => random.integer(0, 2 ** 31 - 1)),
      'above 2^32': Array.from({ length: 3000 }, (_, i) => 2 ** 32 + 5 * i),
      bounds: BOUNDS,
    };
    for (const some of Object.values(keys)) exercise(some, 2, 30_000);
  });

  it('agrees with a Map for any short history (shrinks)', () => {
    const key = fc.oneof(fc.constantFrom(...BOUNDS), fc.nat({ max: 3 * PAGE_KEYS }), fc.nat({ max: 2 ** 22 }));
    const step = fc.record({ key, again: fc.option(fc.nat()), remove: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const index = newDirectIndex();
        const model = new Map<number, number>();
        const used: number[] = [];
        steps.forEach(({ key: fresh, again, remove }, row) => {
          const key = again === null || used.length === 0 ? fresh : used[again % used.length];
          used.push(key);
          const known = model.get(key);
          expect(index.get(key)).toBe(known ?? -1);
          if (remove && known !== undefined) {
            index.remove(key, known);
            model.delete(key);
          } else {
            expect(index.insert(key, row)).toBe(known === undefined);
            if (known === undefined) model.set(key, row);
          }
          expect(index.size).toBe(model.size);
        });
        expect(directDifference(index, model)).toBeNull();
      }),
      { seed: 3, numRuns: 300 },
    );
  });

  it('refuses a key that is there, with the same row or another, and changes nothing', () => {
    const budget = new MemoryBudget(Number.POSITIVE_INFINITY);
    const index = newDirectIndex(2 ** 20, budget);
    for (const key of BOUNDS.filter((bound) => bound < 2 ** 20)) {
      const row = key % 7;
      expect(index.insert(key, row)).toBe(true);
      const before = [index.size, budget.usedBytes, ...entriesOf(index)];
      for (const other of [row, row + 1, 0, 2 ** 31 - 2]) expect(index.insert(key, other)).toBe(false);
      expect([index.size, budget.usedBytes, ...entriesOf(index)]).toEqual(before);
    }
  });

  it('keeps rows from the first to the last but one of 2^31', () => {
    const index = newDirectIndex();
    const rows = [0, 1, 2 ** 30, 2 ** 31 - 2];
    rows.forEach((row, key) => {
      index.insert(key, row);
    });
    expect(directDifference(index, new Map(rows.entries()))).toBeNull();
    rows.forEach((row, key) => {
      index.remove(key, row);
    });
    expect(index.size).toBe(0);
  });

  it('answers -1 for keys of absent pages: before, between and behind the present ones', () => {
    const index = newDirectIndex(WIDEST_RANGE);
    const absent = [0, 5, PAGE_KEYS - 1, PAGE_KEYS, 2 ** 31 - 1, 2 ** 31, 2 ** 32 + 5, WIDEST_RANGE - 1, WIDEST_RANGE];
    for (const key of absent) expect(index.get(key)).toBe(-1);
    index.insert(9 * PAGE_KEYS + 5, 1);
    index.insert(40 * PAGE_KEYS + 5, 2);
    const inPage = (page: number) => page * PAGE_KEYS + 5;
    for (let page = 0; page < 60; page++) {
      expect(index.get(inPage(page))).toBe(page === 9 ? 1 : page === 40 ? 2 : -1);
    }
    for (const key of absent) expect(index.get(key)).toBe(-1);
    // Neighbours of the two, in their own pages.
    for (const key of [inPage(9) - 1, inPage(9) + 1, inPage(40) - 1, inPage(40) + 1]) expect(index.get(key)).toBe(-1);
  });

  it('gives a page that was absent memory of its own', () => {
    const [one, other] = [newDirectIndex(), newDirectIndex()];
    for (const index of [one, other]) index.insert(30 * PAGE_KEYS, 0);
    const model = new Map([[30 * PAGE_KEYS, 0]]);
    for (const page of [7, 3, 29, 0]) {
      expect(one.insert(page * PAGE_KEYS + 11, page)).toBe(true);
      model.set(page * PAGE_KEYS + 11, page);
      expect(directDifference(one, model)).toBeNull();
      expect(directDifference(other, new Map([[30 * PAGE_KEYS, 0]]))).toBeNull();
    }
    expect(new Set(one['pages']).size).toBe(6);
    expect(new Set(other['pages'])).toEqual(new Set([ABSENT_PAGE, other['pages'][30]]));
  });

  it('asserts when what is to be removed is missing, or belongs to another row, and changes nothing', () => {
    const index = newDirectIndex();
    const model = new Map([
      [5, 50],
      [20 * PAGE_KEYS, 0],
    ]);
    for (const [key, row] of model) index.insert(key, row);
    const missing = {
      'in a present page': [6, 50],
      'in a present page, the first row': [6, 0],
      'in an absent page between present ones': [10 * PAGE_KEYS + 5, 50],
      'in an absent page, the first row': [10 * PAGE_KEYS, 0],
      'behind the last page': [21 * PAGE_KEYS, 0],
    };
    for (const [where, [key, row]] of Object.entries(missing)) {
      expect(() => index.remove(key, row), where).toThrow(`key ${key} to remove is missing`);
    }
    expect(() => index.remove(5, 51)).toThrow('another row');
    expect(() => index.remove(20 * PAGE_KEYS, 1)).toThrow('another row');
    expect(directDifference(index, model)).toBeNull();
    index.remove(5, 50);
    expect(() => index.remove(5, 50)).toThrow('missing');
    model.delete(5);
    expect(directDifference(index, model)).toBeNull();
  });

  it('enters a row with the key of its columns, or not at all when one is outside its range', () => {
    const index = new DirectIndex('test', keyOf([4, 50, 60], [3, 0, 1]), new MemoryBudget(Number.POSITIVE_INFINITY));
    const row = Int32Array.of(-1, -1, 49, 59, -1, 3, -1);
    expect(index.insertRow(row, 2, 70)).toBe(true);
    expect(index.insertRow(row, 2, 71)).toBe(false);
    const model = new Map([[4 * 50 * 60 - 1, 70]]);
    expect(directDifference(index, model)).toBeNull();
    for (const [column, value] of [
      [2, 50],
      [3, 60],
      [5, 4],
      [5, -1],
    ]) {
      const outside = Int32Array.from(row);
      outside[column] = value;
      expect(() => index.insertRow(outside, 2, 72)).toThrow('outside');
    }
    expect(directDifference(index, model)).toBeNull();
  });

  it('asserts for a range of keys that is too wide', () => {
    const make = (...ranges: number[]) =>
      new DirectIndex('T.wide', keyOf(ranges), new MemoryBudget(Number.POSITIVE_INFINITY));
    expect(make(WIDEST_RANGE).size).toBe(0);
    expect(make(2 ** 18, 2 ** 18).size).toBe(0);
    for (const ranges of [[WIDEST_RANGE + 1], [2 ** 53], [2 ** 18 + 1, 2 ** 18], [2 ** 12, 2 ** 12, 2 ** 13]]) {
      expect(() => make(...ranges)).toThrow('T.wide: the key range is too wide');
    }
  });
});
