import { describe, expect, it } from 'vitest';
import type { DirectIndex } from './direct-index.ts';
import { MemoryBudget } from './memory-budget.ts';
import { directDifference, newDirectIndex, PAGE_BYTES, PAGE_KEYS, WIDEST_RANGE } from './testing/direct-index-model.ts';
import { heldBytes } from './testing/held-bytes.ts';
import { Random } from './testing/random.ts';

/** Calls `insert` and gives the code of the fault that it throws, or null. */
function faultOf(insert: () => unknown): unknown {
  try {
    insert();
    return null;
  } catch (error) {
    return (error as { code?: unknown }).code ?? error;
  }
}

/** Keys of three dense runs far apart, and some between them. */
function someKeys(seed: number): number[] {
  const random = new Random(seed);
  const runs = [0, 70 * PAGE_KEYS, 400 * PAGE_KEYS + 100].flatMap((first) =>
    Array.from({ length: 9000 }, (_, i) => first + i),
  );
  return random.shuffle([...runs, ...Array.from({ length: 60 }, () => random.integer(0, 600 * PAGE_KEYS))]);
}

describe('DirectIndex memory', () => {
  it('is nothing at first, then a page for each that has a key, and the directory up to the last', () => {
    const budget = new MemoryBudget(Number.POSITIVE_INFINITY);
    const index = newDirectIndex(2 ** 31, budget);
    expect(budget.usedBytes).toBe(0);
    const pages = new Set<number>();
    let last = -1;
    someKeys(1).forEach((key, row) => {
      const taken = index.insert(key, row);
      pages.add(Math.floor(key / PAGE_KEYS));
      last = Math.max(last, Math.floor(key / PAGE_KEYS));
      const expected = pages.size * PAGE_BYTES + (last + 1) * 8;
      if (budget.usedBytes !== expected)
        expect.fail(`${budget.usedBytes} bytes after ${key} (${taken}), not ${expected}`);
    });
    expect(pages.size).toBeGreaterThan(20);
    expect(budget.usedBytes).toBe(heldBytes(index));
  });

  it('stays when keys are removed, and serves the keys that come back', () => {
    const budget = new MemoryBudget(Number.POSITIVE_INFINITY);
    const index = newDirectIndex(2 ** 31, budget);
    const keys = [...new Set(someKeys(2))];
    keys.forEach((key, row) => {
      index.insert(key, row);
    });
    const filledBytes = budget.usedBytes;
    for (let round = 0; round < 3; round++) {
      keys.forEach((key, row) => {
        index.remove(key, row);
      });
      expect(index.size).toBe(0);
      expect(budget.usedBytes).toBe(filledBytes);
      keys.forEach((key, row) => {
        index.insert(key, row);
      });
      expect(budget.usedBytes).toBe(filledBytes);
    }
    expect(budget.usedBytes).toBe(heldBytes(index));
  });

  it('runs out without a trace at every allocation, and the index goes on', () => {
    const keys = [...new Set(someKeys(3))];
    const needs: number[] = [];
    const recording = new MemoryBudget(Number.POSITIVE_INFINITY);
    const reserve = recording.reserve.bind(recording);
    recording.reserve = (sizeBytes) => {
      needs.push(recording.usedBytes + sizeBytes);
      reserve(sizeBytes);
    };
    const rehearsal = newDirectIndex(2 ** 31, recording);
    keys.forEach((key, row) => {
      rehearsal.insert(key, row);
    });
    expect(needs.length).toBeGreaterThan(30);

    for (const need of needs) {
      const budget = new MemoryBudget(need - 1);
      const index = newDirectIndex(2 ** 31, budget);
      const model = new Map<number, number>();
      let next = 0;
      while (faultOf(() => index.insert(keys[next], next)) === null) {
        model.set(keys[next], next);
        next++;
      }
      const { usedBytes } = budget;
      for (let again = 0; again < 3; again++) {
        expect(faultOf(() => index.insert(keys[next], next))).toBe('MEMORY_LIMIT');
        expect(index.get(keys[next])).toBe(-1);
      }
      expect(budget.usedBytes).toBe(usedBytes);
      expect(usedBytes).toBe(heldBytes(index));
      expect(usedBytes).toBeLessThan(need);
      expect(directDifference(index, model)).toBeNull();

      // A key of a page that is there comes and goes; the refused one fits into a greater budget.
      if (next > 0) {
        index.remove(keys[0], 0);
        expect(index.insert(keys[0], 1)).toBe(true);
        model.set(keys[0], 1);
      }
      (budget as { limitBytes: number }).limitBytes = need;
      expect(index.insert(keys[next], next)).toBe(true);
      model.set(keys[next], next);
      expect(budget.usedBytes).toBe(need);
      expect(directDifference(index, model)).toBeNull();
    }
  });

  it('counts the directory before it makes one: the last key of the widest range needs 128 MB', () => {
    const neededBytes = PAGE_BYTES + 8 * 2 ** 24;
    const budget = new MemoryBudget(neededBytes - 1);
    const index = newDirectIndex(WIDEST_RANGE, budget);
    expect(faultOf(() => index.insert(WIDEST_RANGE - 1, 3))).toBe('MEMORY_LIMIT');
    expect(index['pages'].length).toBe(0);
    expect(budget.usedBytes).toBe(0);
    expect(index.get(WIDEST_RANGE - 1)).toBe(-1);
  });

  it('is counted beyond the limit while an abort runs', () => {
    const budget = new MemoryBudget(PAGE_BYTES);
    const index = newDirectIndex(2 ** 31, budget);
    expect(faultOf(() => index.insert(0, 0))).toBe('MEMORY_LIMIT');
    budget.enforcing = false;
    expect(index.insert(0, 0)).toBe(true);
    budget.enforcing = true;
    expect(budget.usedBytes).toBe(PAGE_BYTES + 8);
    expect(directDifference(index, new Map([[0, 0]]))).toBeNull();
  });

  it('says in time that it will grow, for keys that fill their range', () => {
    for (const fronts of [1, 10]) {
      const budget = new MemoryBudget(Number.POSITIVE_INFINITY);
      const index: DirectIndex = newDirectIndex(2 ** 31, budget);
      const random = new Random(fronts);
      const next = Array.from({ length: fronts }, (_, front) => front * 50 * PAGE_KEYS);
      let pagesGrown = 0;
      for (let batch = 0; batch < 900; batch++) {
        const before = budget.usedBytes;
        const promised = before + index.pendingGrowthBytes;
        for (let row = 0; row < 128; row++) index.insert(next[random.integer(0, fronts - 1)]++, row);
        expect(budget.usedBytes).toBeLessThanOrEqual(promised);
        if (budget.usedBytes > before) pagesGrown++;
      }
      expect(pagesGrown).toBeGreaterThan(15);
    }
  });
});
