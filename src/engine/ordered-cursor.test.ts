import { describe, expect, it } from 'vitest';
import { MemoryBudget } from './memory-budget.ts';
import { OrderedCursor } from './ordered-cursor.ts';
import { OrderedIndex } from './ordered-index.ts';
import { GREATEST_KEY, singleKey } from './testing/keys.ts';
import { OrderedModel } from './testing/ordered-index-model.ts';
import { Random } from './testing/random.ts';

const newIndex = (unique: boolean): OrderedIndex =>
  new OrderedIndex('test', singleKey(), unique, new MemoryBudget(Number.POSITIVE_INFINITY));

/** The entry that the cursor shows, or null. */
const shown = (cursor: OrderedCursor): [number, number] | null => (cursor.valid ? [cursor.key, cursor.row] : null);

const entryAt = (model: OrderedModel, at: number): [number, number] | null =>
  at >= 0 && at < model.size ? [model.keys[at], model.rows[at]] : null;

function expectSame(cursor: OrderedCursor, returned: boolean, model: OrderedModel, at: number): void {
  const expected = entryAt(model, at);
  const actual = shown(cursor);
  if (returned !== (expected !== null) || String(actual) !== String(expected)) {
    expect.fail(`the cursor shows ${actual} and returned ${returned}, expected ${expected}`);
  }
}

describe('OrderedCursor', () => {
  for (const unique of [true, false]) {
    it(`seeks and moves like a sorted array (${unique ? 'unique' : 'equal keys allowed'})`, () => {
      for (let seed = 1; seed <= 12; seed++) {
        const random = new Random(seed);
        const index = newIndex(unique);
        const model = new OrderedModel();
        const range = random.pick([5, 300, 3000, 100_000]);
        const changes = random.pick([0, 1, 70, 400, 4000]);
        for (let row = 0; row < changes; row++) {
          const key = random.integer(0, range);
          if (index.insert(key, row)) model.insert(key, row);
          if (model.size > 0 && random.chance(0.4)) {
            const at = random.integer(0, model.size - 1);
            index.remove(model.keys[at], model.rows[at]);
            model.removeAt(at);
          }
        }
        const cursor = new OrderedCursor(index);
        for (let probe = 0; probe < 1500; probe++) {
          const key = random.chance(0.02) ? random.pick([0, GREATEST_KEY]) : random.integer(0, range + 1);
          const forward = random.chance(0.5);
          let at = model.lowerBound(key, -1) - (forward ? 0 : 1);
          expectSame(cursor, forward ? cursor.seek(key) : cursor.seekBefore(key), model, at);
          for (let moves = random.integer(0, 90); moves > 0 && cursor.valid; moves--) {
            const ahead = random.chance(forward ? 0.9 : 0.1);
            at += ahead ? 1 : -1;
            expectSame(cursor, ahead ? cursor.next() : cursor.previous(), model, at);
          }
        }
      }
    });
  }

  it('asserts when it moves after any change of the index', () => {
    const index = newIndex(true);
    for (let key = 0; key < 500; key++) index.insert(key, key);
    const cursor = new OrderedCursor(index);
    const changes = [() => index.insert(1000, 1), () => index.remove(250, 250), () => index.insert(250, 250)];
    for (const change of changes) {
      for (const move of [() => cursor.next(), () => cursor.previous()]) {
        cursor.seek(100);
        index.insert(5000, 1);
        expect(move).toThrow('changed');
        index.remove(5000, 1);
        expect(move).toThrow('changed');
      }
      cursor.seek(100);
      change();
      expect([cursor.key, cursor.row]).toEqual([100, 100]);
      expect(() => cursor.next()).toThrow('changed');
      expect(cursor.seek(100)).toBe(true);
      expect(cursor.next()).toBe(true);
    }
    cursor.seek(100);
    expect(index.insert(100, 7)).toBe(false);
    expect(cursor.next()).toBe(true);
  });

  it('asserts when it moves past an end, or without a seek', () => {
    const index = newIndex(true);
    const cursor = new OrderedCursor(index);
    expect(() => cursor.next()).toThrow('ended');
    expect(cursor.seek(0)).toBe(false);
    expect(() => cursor.next()).toThrow('ended');
    expect(cursor.seekBefore(GREATEST_KEY)).toBe(false);
    expect(() => cursor.previous()).toThrow('ended');
    for (let key = 0; key < 100; key++) index.insert(key, key);
    cursor.seek(99);
    expect(cursor.next()).toBe(false);
    expect(() => cursor.next()).toThrow('ended');
    cursor.seek(0);
    expect(cursor.previous()).toBe(false);
    expect(() => cursor.previous()).toThrow('ended');
    expect(() => cursor.next()).toThrow('ended');
  });
});
