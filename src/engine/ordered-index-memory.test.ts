import { describe, expect, it } from 'vitest';
import { OperatingFault } from '../errors.ts';
import { MemoryBudget } from './memory-budget.ts';
import { INNER_CHUNK_BYTES, LEAF_CHUNK_BYTES } from './ordered-index-nodes.ts';
import { GREATEST_KEY } from './testing/keys.ts';
import { newOrderedIndex } from './testing/ordered-index-fixtures.ts';
import { OrderedModel, orderedDifference, structureFault } from './testing/ordered-index-model.ts';
import { Random } from './testing/random.ts';

describe('OrderedIndex memory', () => {
  it('stays the same for a queue: inserted at the right, removed at the left', () => {
    for (const places of [1, 10]) {
      const budget = new MemoryBudget(Number.POSITIVE_INFINITY);
      const index = newOrderedIndex(true, budget);
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
    const index = newOrderedIndex(false, budget);
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
    const rehearsal = newOrderedIndex(true, recording);
    for (let i = 300_000; i > 0; i--) rehearsal.insert(i * 2, i);
    expect(needs.length).toBeGreaterThan(30);
    expect(rehearsal['inners']['headerChunks'].length).toBe(2);

    // From the second on: without the first leaf there is no index.
    for (const need of [needs[1], needs[2], needs[needs.length >> 1], ...needs.slice(-4)]) {
      const budget = new MemoryBudget(need - 1);
      const index = newOrderedIndex(true, budget);
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
    const index = newOrderedIndex(true, budget);
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
      const index = newOrderedIndex(true, budget);
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
