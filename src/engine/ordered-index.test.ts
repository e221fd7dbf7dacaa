import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OperatingFault } from '../errors.ts';
import { MemoryBudget } from './memory-budget.ts';
import { OrderedIndex } from './ordered-index.ts';
import { INNER_CHUNK_BYTES, LEAF_CHUNK_BYTES } from './ordered-index-nodes.ts';
import { GREATEST_KEY, singleKey } from './testing/keys.ts';
import { heightOf, OrderedModel, orderedDifference, structureFault } from './testing/ordered-index-model.ts';
import { Random } from './testing/random.ts';

const newIndex = (unique: boolean, budget = new MemoryBudget(Number.POSITIVE_INFINITY)): OrderedIndex =>
  new OrderedIndex('test', singleKey(), unique, budget);

/** Where the next key to insert comes from. */
type KeyPattern = (random: Random) => () => number;

/** Ascending runs at `places` points of the tree, some keys at a time at each. */
const interleaved =
  (places: number, burst: number): KeyPattern =>
  (random) => {
    const next = new Array<number>(places).fill(0);
    let place = 0;
    let left = 0;
    return () => {
      if (left-- <= 0) {
        place = random.integer(0, places - 1);
        left = random.integer(1, burst) - 1;
      }
      return place * 10_000_000 + next[place]++;
    };
  };

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
        for (const seed of [1, 2]) {
          const random = new Random(seed);
          const twin = new Twin(newIndex(unique));
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
        const twin = new Twin(newIndex(unique));
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

  it('answers point lookups with the row, or -1', () => {
    const random = new Random(3);
    const index = newIndex(true);
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
    expect(() => newIndex(false).get(1)).toThrow('unique');
  });

  it('keeps the smallest and the greatest key', () => {
    const twin = new Twin(newIndex(true));
    for (const key of [GREATEST_KEY, 0, GREATEST_KEY - 1, 1]) twin.insert(key);
    twin.check();
    expect(twin.index.get(GREATEST_KEY)).toBe(0);
    expect(twin.index.get(0)).toBe(1);
  });

  it('refuses a duplicate key wherever it lies, and changes nothing', () => {
    const twin = new Twin(newIndex(true));
    for (let key = 0; key < 3000; key++) twin.insert(key * 2);
    for (let key = 0; key < 3000; key++) twin.insert(key * 2);
    twin.check();
    expect(twin.index.size).toBe(3000);
  });

  it('asserts when what is to be removed is missing, or belongs to another row', () => {
    for (const unique of [true, false]) {
      const index = newIndex(unique);
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
    const index = newIndex(false);
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
      const twin = new Twin(newIndex(true));
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
    const index = newIndex(true);
    const nextKey = interleaved(10, 15)(new Random(9));
    const budget = index.leaves['budget'];
    for (let i = 0; i < 200_000; i++) index.insert(nextKey(), i);
    expect(structureFault(index)).toBeNull();
    const leaves = index.leaves['allocated'];
    expect(200_000 / (leaves * 64)).toBeGreaterThan(0.95);
    expect(budget.usedBytes).toBeLessThan(200_000 * 16);
  });
});

describe('OrderedIndex memory', () => {
  it('stays the same for a queue: inserted at the right, removed at the left', () => {
    for (const places of [1, 10]) {
      const budget = new MemoryBudget(Number.POSITIVE_INFINITY);
      const index = newIndex(true, budget);
      const random = new Random(13);
      const first = new Array<number>(places).fill(0);
      const next = new Array<number>(places).fill(0);
      const push = (place: number): void => {
        const key = place * 10_000_000 + next[place]++;
        index.insert(key, key % 1_000_000);
      };
      for (let i = 0; i < 9000; i++) push(i % places);
      const filledBytes = budget.usedBytes;
      for (let i = 0; i < 150_000; i++) {
        const place = random.integer(0, places - 1);
        push(place);
        const key = place * 10_000_000 + first[place]++;
        index.remove(key, key % 1_000_000);
      }
      expect(budget.usedBytes).toBeLessThanOrEqual(filledBytes + LEAF_CHUNK_BYTES + INNER_CHUNK_BYTES);
      const steadyBytes = budget.usedBytes;
      for (let i = 0; i < 150_000; i++) {
        const place = i % places;
        push(place);
        const key = place * 10_000_000 + first[place]++;
        index.remove(key, key % 1_000_000);
      }
      expect(budget.usedBytes).toBe(steadyBytes);
      expect(structureFault(index)).toBeNull();

      const model = new OrderedModel();
      for (let place = 0; place < places; place++) {
        for (let i = first[place]; i < next[place]; i++) {
          model.keys.push(place * 10_000_000 + i);
          model.rows.push((place * 10_000_000 + i) % 1_000_000);
        }
      }
      expect(orderedDifference(index, model)).toBeNull();
    }
  });

  it('is reused after the index was emptied', () => {
    const budget = new MemoryBudget(Number.POSITIVE_INFINITY);
    const index = newIndex(false, budget);
    const random = new Random(17);
    const keys = Array.from({ length: 30_000 }, (_, i) => i);
    let fullBytes = 0;
    for (let round = 0; round < 4; round++) {
      for (const key of keys) index.insert(key, key);
      if (round === 0) fullBytes = budget.usedBytes;
      expect(index.size).toBe(keys.length);
      for (const key of random.shuffle([...keys])) index.remove(key, key);
      expect(index.size).toBe(0);
      expect(orderedDifference(index, new OrderedModel())).toBeNull();
    }
    expect(budget.usedBytes).toBe(fullBytes);
  });

  it('runs out without a trace: a refused insert changes nothing, and the index goes on', () => {
    const needs: number[] = [];
    const recording = new MemoryBudget(Number.POSITIVE_INFINITY);
    const reserve = recording.reserve.bind(recording);
    recording.reserve = (sizeBytes) => {
      needs.push(recording.usedBytes + sizeBytes);
      reserve(sizeBytes);
    };
    const rehearsal = newIndex(true, recording);
    for (let i = 300_000; i > 0; i--) rehearsal.insert(i * 2, i);
    expect(needs.length).toBeGreaterThan(30);
    expect(rehearsal['inners']['headerChunks'].length).toBe(2);

    // From the second on: without the first leaf there is no index.
    for (const need of [needs[1], needs[2], needs[needs.length >> 1], ...needs.slice(-4)]) {
      const budget = new MemoryBudget(need - 1);
      const index = newIndex(true, budget);
      let fault: unknown = null;
      let least = 300_000;
      for (; least > 0 && fault === null; least--) {
        const { version } = index;
        try {
          index.insert(least * 2, least);
        } catch (error) {
          fault = error;
          expect(index.version).toBe(version);
        }
      }
      expect(fault).toBeInstanceOf(OperatingFault);
      expect(budget.usedBytes).toBeLessThan(need);
      least += 2;
      const model = new OrderedModel();
      for (let i = least; i <= 300_000; i++) {
        model.keys.push(i * 2);
        model.rows.push(i);
      }
      expect(orderedDifference(index, model)).toBeNull();
      index.remove(least * 2, least);
      expect(index.insert(least * 2, least)).toBe(true);
      index.remove(600_000, 300_000);
      model.removeAt(model.size - 1);
      expect(index.insert(599_999, 1)).toBe(true);
      model.insert(599_999, 1);
      expect(orderedDifference(index, model)).toBeNull();
    }
  });

  it('says in time that it will grow', () => {
    const budget = new MemoryBudget(Number.POSITIVE_INFINITY);
    const index = newIndex(true, budget);
    const random = new Random(19);
    for (let batch = 0; batch < 400; batch++) {
      const promised = budget.usedBytes + index.pendingGrowthBytes;
      for (let i = 0; i < 128; i++) index.insert(random.integer(0, GREATEST_KEY), i);
      expect(budget.usedBytes).toBeLessThanOrEqual(promised);
    }
    expect(budget.usedBytes).toBeGreaterThan(4 * LEAF_CHUNK_BYTES);
  });

  it('says in time that it will grow where a dense tree splits everywhere', () => {
    for (const denseEntries of [904_192, 936_448, 968_704]) {
      const budget = new MemoryBudget(Number.POSITIVE_INFINITY);
      const index = newIndex(true, budget);
      const random = new Random(23);
      for (let i = 0; i < denseEntries; i++) index.insert(i * 16, i);
      expect(index['inners']['headerChunks'].length).toBe(1);
      for (let batch = 0; batch < 20; batch++) {
        const promised = budget.usedBytes + index.pendingGrowthBytes;
        for (let i = 0; i < 128; i++) index.insert(random.integer(0, denseEntries - 1) * 16 + random.integer(1, 15), i);
        expect(budget.usedBytes).toBeLessThanOrEqual(promised);
      }
      expect(index['inners']['headerChunks'].length).toBe(2);
    }
  });
});
