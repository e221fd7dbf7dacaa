import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Generations } from './generations.ts';
import { LIST_RANGE } from './schema.ts';

const WAREHOUSES = 3;
const LISTS = 4;

describe('the lists in use', () => {
  it('are the first ones at first, and fresh ones where one was retired', () => {
    const generations = new Generations(WAREHOUSES, LISTS);
    expect(generations.listAt(2, 3)).toBe(3);
    generations.retire(2, 3);
    expect([generations.listAt(2, 3), generations.listAt(2, 2), generations.listAt(3, 3)]).toEqual([3 + LISTS, 2, 3]);
    // The same list again, by somebody who is behind.
    generations.retire(2, 3);
    expect(generations.successorOf(2, 3)).toBe(3 + LISTS);
  });

  it('end at the last number of a list, which stays in use', () => {
    const lists = LIST_RANGE / 2;
    const generations = new Generations(1, lists);
    for (let i = 0; i < 5; i++) generations.retire(1, generations.listAt(1, lists - 1));
    expect(generations.listAt(1, lists - 1)).toBe(LIST_RANGE - 1);
  });

  it('only ever move on, and as far as anybody is known to be', () => {
    const list = fc.record({
      warehouse: fc.integer({ min: 1, max: WAREHOUSES }),
      list: fc.nat(100),
      full: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(list), (seen) => {
        const generations = new Generations(WAREHOUSES, LISTS);
        for (const { warehouse, list, full } of seen) {
          const before = generations.successorOf(warehouse, list);
          if (full) generations.retire(warehouse, list);
          else generations.observe(warehouse, list);
          expect(generations.successorOf(warehouse, list)).toBe(Math.max(before, full ? list + LISTS : list));
        }
      }),
    );
  });
});
