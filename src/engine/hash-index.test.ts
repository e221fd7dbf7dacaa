import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OperatingFault } from '../errors.ts';
import { HashIndex } from './hash-index.ts';
import { MemoryBudget } from './memory-budget.ts';
import { GREATEST_KEY, singleKey } from './testing/keys.ts';
import { Random } from './testing/random.ts';

const newIndex = (expectedRows = 0, budget = new MemoryBudget(Number.POSITIVE_INFINITY)): HashIndex =>
  new HashIndex('test', singleKey(), expectedRows, budget);

const homeOf = (index: HashIndex, key: number): number => index['home'](key);

/** `each` keys of each of `homes`: they collide, and so do those of neighbouring homes. */
function collidingKeys(homes: readonly number[], each: number): number[] {
  const index = newIndex();
  const found = new Map<number, number[]>(homes.map((home) => [home, []]));
  let missing = homes.length * each;
  for (let key = 0; missing > 0; key++) {
    const keys = found.get(homeOf(index, key));
    if (keys === undefined || keys.length === each) continue;
    keys.push(key);
    missing--;
  }
  return [...found.values()].flat();
}

/** Every key finds its row, and nothing else is in the slots. Returns the first difference, or null. */
function difference(index: HashIndex, model: ReadonlyMap<number, number>): string | null {
  if (index.size !== model.size) return `size ${index.size}, expected ${model.size}`;
  for (const [key, row] of model) if (index.get(key) !== row) return `key ${key}: ${index.get(key)}, expected ${row}`;
  let taken = 0;
  const slots = index['slots'];
  for (let i = 0; i < slots.length; i += 2) {
    if (slots[i] === -1) continue;
    taken++;
    if (model.get(slots[i]) !== slots[i + 1]) return `slot ${i / 2} holds (${slots[i]}, ${slots[i + 1]})`;
  }
  return taken === model.size ? null : `${taken} slots are taken, expected ${model.size}`;
}

/** Random inserts and removals of `keys`, compared with a Map after each batch. */
function exercise(index: HashIndex, keys: readonly number[], seed: number, steps: number): void {
  const random = new Random(seed);
  const model = new Map<number, number>();
  for (let step = 1; step <= steps; step++) {
    const key = random.pick(keys);
    const row = model.get(key);
    if (row === undefined) {
      if (index.get(key) !== -1) expect.fail(`key ${key} is not there`);
      if (!index.insert(key, step)) expect.fail(`key ${key} was refused`);
      model.set(key, step);
    } else if (random.chance(0.3)) {
      if (index.insert(key, step)) expect.fail(`key ${key} was taken twice`);
    } else {
      index.remove(key, row);
      model.delete(key);
    }
    if (step % 1000 === 0) expect(difference(index, model)).toBeNull();
  }
  expect(difference(index, model)).toBeNull();
}

describe('HashIndex', () => {
  it('agrees with a Map while it grows and shrinks', () => {
    const random = new Random(1);
    const keys = {
      dense: Array.from({ length: 5000 }, (_, i) => i),
      strided: Array.from({ length: 3000 }, (_, i) => i * 65_536),
      whole: Array.from({ length: 3000 }, () => random.integer(0, GREATEST_KEY)),
      greatest: Array.from({ length: 2000 }, (_, i) => GREATEST_KEY - i),
      negative: Array.from({ length: 2000 }, (_, i) => -2 - i * 4_294_967_296),
      highBits: Array.from({ length: 2000 }, (_, i) => i * 4_294_967_296),
    };
    for (const some of Object.values(keys)) exercise(newIndex(), some, 2, 30_000);
  });

  it('agrees with a Map for any short history (shrinks)', () => {
    const last = newIndex()['mask'];
    const key = fc.constantFrom(...collidingKeys([last - 1, last, 0], 5));
    const step = fc.record({ key, remove: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const index = newIndex();
        const model = new Map<number, number>();
        steps.forEach(({ key, remove }, row) => {
          const known = model.get(key);
          if (remove && known !== undefined) {
            index.remove(key, known);
            model.delete(key);
          } else {
            expect(index.insert(key, row)).toBe(known === undefined);
            if (known === undefined) model.set(key, row);
          }
          expect(difference(index, model)).toBeNull();
        });
      }),
      { seed: 3, numRuns: 300 },
    );
  });

  it('shifts back over colliding keys, also around the end of the slots', () => {
    const slots = newIndex()['mask'] + 1;
    for (const home of [0, slots >> 1, slots - 2, slots - 1]) {
      const keys = collidingKeys([home, (home + 1) & (slots - 1)], 12);
      for (let removed = 0; removed < keys.length; removed++) {
        const index = newIndex();
        const model = new Map<number, number>();
        keys.forEach((key, row) => {
          index.insert(key, row);
          model.set(key, row);
        });
        index.remove(keys[removed], removed);
        model.delete(keys[removed]);
        expect(difference(index, model)).toBeNull();
        expect(index.get(keys[removed])).toBe(-1);
        expect(index['mask']).toBe(slots - 1);
      }
      exercise(newIndex(), keys, home, 4000);
    }
  });

  it('answers -1 for keys that no row can have, also where a removed row lay', () => {
    const index = newIndex();
    const keys = collidingKeys([homeOf(index, -1), homeOf(index, -2)], 4);
    for (const key of keys) index.insert(key, key + 7);
    for (const key of keys) index.remove(key, key + 7);
    for (const key of [-1, -2, Number.NaN, 2 ** 53, 0.5]) expect(index.get(key)).toBe(-1);
  });

  it('asserts when what is to be removed is missing, or belongs to another row', () => {
    const index = newIndex();
    index.insert(5, 50);
    expect(() => index.remove(6, 50)).toThrow('missing');
    expect(() => index.remove(5, 51)).toThrow('another row');
    expect(index.get(5)).toBe(50);
  });

  it('takes the rows it was made for without growing', () => {
    for (const expectedRows of [1, 128, 129, 4096, 5000]) {
      const budget = new MemoryBudget(Number.POSITIVE_INFINITY);
      const index = newIndex(expectedRows, budget);
      const sizedBytes = budget.usedBytes;
      expect(sizedBytes).toBe(index['slots'].byteLength);
      for (let key = 0; key < expectedRows; key++) index.insert(key * 11, key);
      expect(budget.usedBytes).toBe(sizedBytes);
    }
  });

  it('counts what it holds, and never fills more than half', () => {
    const budget = new MemoryBudget(Number.POSITIVE_INFINITY);
    const index = newIndex(0, budget);
    for (let key = 0; key < 20_000; key++) {
      index.insert(key, key);
      if (index.size * 2 > index['mask'] + 1) expect.fail(`${index.size} in ${index['mask'] + 1} slots`);
      if (budget.usedBytes !== index['slots'].byteLength) expect.fail(`${budget.usedBytes} bytes after ${key}`);
    }
  });

  it('spreads keys of any shape: they lie close to their homes', () => {
    const random = new Random(5);
    const shapes: Record<string, (i: number) => number> = {
      dense: (i) => i,
      'three parts': (i) => (Math.floor(i / 30_000) * 11 + (i % 10) + 1) * 3001 + (Math.floor(i / 10) % 3000) + 1,
      'strides of a power of two': (i) => i * 4096,
      'high bits only': (i) => i * 2 ** 32,
      'down from the greatest': (i) => GREATEST_KEY - i,
      random: () => random.integer(0, GREATEST_KEY),
    };
    for (const [name, keyAt] of Object.entries(shapes)) {
      const index = newIndex(65_536);
      for (let i = 0; i < 65_536; i++) index.insert(keyAt(i), i);
      const { slots, mask } = { slots: index['slots'], mask: index['mask'] };
      let distance = 0;
      for (let i = 0; i <= mask; i++) if (slots[2 * i] !== -1) distance += (i - homeOf(index, slots[2 * i])) & mask;
      // A half-full table with perfectly random homes gives 0.5 (Knuth, 6.4, theorem K).
      expect(distance / index.size, name).toBeLessThan(0.6);
    }
  });

  it('says in time that it will grow', () => {
    for (const expectedRows of [0, 3000]) {
      const budget = new MemoryBudget(Number.POSITIVE_INFINITY);
      let most = 0;
      const reserve = budget.reserve.bind(budget);
      budget.reserve = (sizeBytes) => {
        reserve(sizeBytes);
        most = Math.max(most, budget.usedBytes);
      };
      const index = newIndex(expectedRows, budget);
      const random = new Random(4);
      for (let key = 0; key < 40_000; ) {
        const promised = budget.usedBytes + index.pendingGrowthBytes;
        most = 0;
        for (let inserts = random.integer(1, 128); inserts > 0; inserts--, key++) index.insert(key, key);
        expect(most).toBeLessThanOrEqual(promised);
      }
      expect(index.pendingGrowthBytes).toBe(0);
    }
  });

  it('runs out without a trace: a refused growth changes nothing', () => {
    const budget = new MemoryBudget(60_000);
    const index = newIndex(0, budget);
    const model = new Map<number, number>();
    let fault: unknown = null;
    for (let key = 0; fault === null; key++) {
      try {
        index.insert(key, key);
        model.set(key, key);
      } catch (error) {
        fault = error;
      }
    }
    expect(fault).toBeInstanceOf(OperatingFault);
    expect(difference(index, model)).toBeNull();
    expect(budget.usedBytes).toBe(index['slots'].byteLength);
    index.remove(17, 17);
    expect(index.insert(17, 18)).toBe(true);
    model.set(17, 18);
    expect(difference(index, model)).toBeNull();
  });
});
