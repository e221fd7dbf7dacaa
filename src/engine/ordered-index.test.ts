import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ELSEWHERE, ENTERED, type OrderedIndex, REFUSED } from './ordered-index.ts';
import { GREATEST_KEY } from './testing/keys.ts';
import { interleaved, newOrderedIndex } from './testing/ordered-index-fixtures.ts';
import { heightOf, OrderedModel, orderedDifference, structureFault } from './testing/ordered-index-model.ts';
import { Random } from './testing/random.ts';

/** Where the next key to insert comes from. */
type KeyPattern = (random: Random) => () => number;

const PATTERNS: Record<string, KeyPattern> = {
  'random keys of the whole range': (random) => () => random.integer(0, GREATEST_KEY),
  'random keys of a small range': (random) => () => random.integer(0, 6000),
  'few keys': (random) => () => random.integer(0, 12),
  'ascending keys': () => {
    let next = 0;
    return () => next++;
  },
  'ascending keys with gaps, filled at random later': (random) => {
    let next = 0;
    return () => {
      if (random.chance(0.4)) return random.integer(0, next + 10);
      next += 10;
      return next;
    };
  },
  'descending keys': () => {
    let next = GREATEST_KEY;
    return () => next--;
  },
  'ascending runs, one key at a time': interleaved(10, 1),
  'ascending runs, several keys at a time': interleaved(10, 15),
  'many ascending runs': interleaved(120, 15),
};

class Twin {
  readonly index: OrderedIndex;
  readonly model = new OrderedModel();
  private nextRow = 0;

  constructor(index: OrderedIndex) {
    this.index = index;
  }

  insert(key: number): void {
    const row = this.nextRow++;
    const refused = this.index.unique && this.model.has(key);
    const { version } = this.index;
    if (this.index.insert(key, row) === refused) throw new Error(`insert of ${key} gave ${refused}`);
    if ((this.index.version === version) !== refused) throw new Error('the version must count changes only');
    if (!refused) this.model.insert(key, row);
  }

  removeAt(at: number): void {
    this.index.remove(this.model.keys[at], this.model.rows[at]);
    this.model.removeAt(at);
  }

  check(): void {
    expect(orderedDifference(this.index, this.model)).toBeNull();
  }
}

describe('OrderedIndex', () => {
  for (const unique of [true, false]) {
    for (const [name, pattern] of Object.entries(PATTERNS)) {
      it(`agrees with a sorted array: ${unique ? 'unique' : 'equal keys allowed'}, ${name}`, () => {
        for (const [seed, keysPerRun] of [
          [1, 10_000_000],
          [2, 2 ** 31],
          [3, 90],
        ]) {
          const random = new Random(seed);
          const twin = new Twin(newOrderedIndex(unique, undefined, keysPerRun));
          const nextKey = pattern(random);
          for (let batch = 0; batch < 20; batch++) {
            const insertShare = batch % 5 === 4 ? 0.2 : 0.85;
            for (let i = 0; i < 500; i++) {
              if (twin.model.size === 0 || random.chance(insertShare)) twin.insert(nextKey());
              else twin.removeAt(random.integer(0, twin.model.size - 1));
            }
            twin.check();
          }
        }
      });
    }
  }

  it('agrees with a sorted array for any short history (shrinks)', () => {
    const step = fc.record({ remove: fc.boolean(), key: fc.integer({ min: 0, max: 40 }), run: fc.nat({ max: 90 }) });
    fc.assert(
      fc.property(fc.boolean(), fc.array(step, { maxLength: 25 }), (unique, steps) => {
        const twin = new Twin(newOrderedIndex(unique, undefined, 300));
        for (const { remove, key, run } of steps) {
          for (let i = 0; i < run; i++) {
            if (!remove) twin.insert(key * 50 + i);
            else if (twin.model.size > 0) twin.removeAt(key % twin.model.size);
          }
          twin.check();
        }
      }),
      { seed: 11, numRuns: 150 },
    );
  });

  it('inserts near the last insert of a run or not at all, and the rest in ascending batches', () => {
    const keysPerRun = 10_000;
    for (const unique of [true, false]) {
      const random = new Random(13);
      const twin = new Twin(newOrderedIndex(unique, undefined, keysPerRun));
      const nextKey = interleaved(6, 8)(random);
      const waiting = new Map<number, number>();
      const outcomes = { [ELSEWHERE]: 0, [ENTERED]: 0, [REFUSED]: 0 };
      for (let row = 0; row < 20_000; row++) {
        const key = random.chance(0.2) ? random.integer(0, 60_000) : nextKey() % (6 * keysPerRun);
        if (waiting.has(key)) continue;
        const int32s = Int32Array.of(Math.floor(key / keysPerRun), key % keysPerRun);
        const { version } = twin.index;
        const outcome = twin.index.insertNear(int32s, 0, row);
        outcomes[outcome]++;
        if (outcome !== ENTERED) expect(twin.index.version).toBe(version);
        if (outcome === REFUSED) expect(unique && twin.model.has(key)).toBe(true);
        if (outcome === ENTERED) twin.model.insert(key, row);
        if (outcome === ELSEWHERE && !(unique && twin.model.has(key))) waiting.set(key, row);
        if (waiting.size < 500) continue;
        const entries = [...waiting].sort((a, b) => a[0] - b[0]);
        waiting.clear();
        const keys = Float64Array.from(entries, ([each]) => each);
        const rows = Int32Array.from(entries, ([, each]) => each);
        expect(twin.index.insertAscending(keys, rows, entries.length)).toBe(entries.length);
        for (const [each, itsRow] of entries) twin.model.insert(each, itsRow);
        twin.check();
      }
      twin.check();
      expect(outcomes[ENTERED]).toBeGreaterThan(1000);
      expect(outcomes[ELSEWHERE]).toBeGreaterThan(1000);
      if (unique) expect(outcomes[REFUSED]).toBeGreaterThan(0);
    }
  });

  it('says how many of an ascending batch went in before a refused one', () => {
    const twin = new Twin(newOrderedIndex(true));
    twin.insert(5);
    const rows = Int32Array.of(1, 2, 3);
    expect(twin.index.insertAscending(Float64Array.of(3, 5, 7), rows, 3)).toBe(1);
    expect(twin.index.insertAscending(Float64Array.of(8, 9, 5), rows, 2)).toBe(2);
    twin.model.insert(3, 1);
    twin.model.insert(8, 1);
    twin.model.insert(9, 2);
    twin.check();
  });

  it('answers point lookups with the row, or -1', () => {
    const random = new Random(3);
    const index = newOrderedIndex(true);
    const rows = new Map<number, number>();
    for (let i = 0; i < 20_000; i++) {
      const key = random.integer(0, 30_000);
      const row = rows.get(key);
      if (row === undefined) {
        index.insert(key, i);
        rows.set(key, i);
      } else if (random.chance(0.5)) {
        index.remove(key, row);
        rows.delete(key);
      }
    }
    for (let key = 0; key <= 30_001; key++) if (index.get(key) !== (rows.get(key) ?? -1)) expect.fail(`key ${key}`);
    expect(() => newOrderedIndex(false).get(1)).toThrow('unique');
  });

  it('keeps the smallest and the greatest key', () => {
    const twin = new Twin(newOrderedIndex(true));
    for (const key of [GREATEST_KEY, 0, GREATEST_KEY - 1, 1]) twin.insert(key);
    twin.check();
    expect(twin.index.get(GREATEST_KEY)).toBe(0);
    expect(twin.index.get(0)).toBe(1);
  });

  it('refuses a duplicate key wherever it lies, and changes nothing', () => {
    const twin = new Twin(newOrderedIndex(true));
    for (let key = 0; key < 3000; key++) twin.insert(key * 2);
    for (let key = 0; key < 3000; key++) twin.insert(key * 2);
    twin.check();
    expect(twin.index.size).toBe(3000);
  });

  it('asserts when what is to be removed is missing, or belongs to another row', () => {
    for (const unique of [true, false]) {
      const index = newOrderedIndex(unique);
      expect(() => index.remove(1, 1)).toThrow('missing');
      for (let key = 0; key < 1000; key++) index.insert(key * 2, key);
      expect(() => index.remove(501, 250)).toThrow('missing');
      expect(() => index.remove(500, 251)).toThrow('missing');
      expect(() => index.remove(5000, 1)).toThrow('missing');
      expect(index.size).toBe(1000);
      index.remove(500, 250);
      expect(() => index.remove(500, 250)).toThrow('missing');
      expect(structureFault(index)).toBeNull();
    }
  });

  it('keeps thousands of equal keys apart by their rows', () => {
    const random = new Random(5);
    const index = newOrderedIndex(false);
    const model = new OrderedModel();
    const rows = random.shuffle(Array.from({ length: 12_000 }, (_, row) => row));
    for (const row of rows) {
      index.insert(row % 3, row);
      model.insert(row % 3, row);
    }
    expect(orderedDifference(index, model)).toBeNull();
    for (const row of random.shuffle(rows).slice(0, 6000)) {
      index.remove(row % 3, row);
      model.removeAt(model.lowerBound(row % 3, row));
    }
    expect(orderedDifference(index, model)).toBeNull();
  });

  it('grows to four levels and shrinks to an empty leaf again', () => {
    for (const order of ['ascending', 'descending', 'shuffled'] as const) {
      const twin = new Twin(newOrderedIndex(true));
      for (let i = 80_000; i > 0; i--) {
        twin.index.insert(i, i);
        twin.model.keys.push(80_001 - i);
        twin.model.rows.push(80_001 - i);
      }
      twin.check();
      expect(heightOf(twin.index)).toBe(3);
      const keys = [...twin.model.keys];
      if (order === 'descending') keys.reverse();
      if (order === 'shuffled') new Random(7).shuffle(keys);
      keys.forEach((key, i) => {
        twin.index.remove(key, key);
        if (i % 20_000 === 0) expect(structureFault(twin.index)).toBeNull();
      });
      expect(orderedDifference(twin.index, new OrderedModel())).toBeNull();
      expect(heightOf(twin.index)).toBe(0);
    }
  });

  it('packs ascending runs densely', () => {
    const index = newOrderedIndex(true);
    const nextKey = interleaved(10, 15)(new Random(9));
    const budget = index.leaves['budget'];
    for (let i = 0; i < 200_000; i++) index.insert(nextKey(), i);
    expect(structureFault(index)).toBeNull();
    const leaves = index.leaves['allocated'];
    expect(200_000 / (leaves * 64)).toBeGreaterThan(0.95);
    expect(budget.usedBytes).toBeLessThan(200_000 * 16);
  });
});
