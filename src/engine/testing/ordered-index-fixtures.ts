/** Index and key patterns for the tests of the ordered index. */
import { MemoryBudget } from '../memory-budget.ts';
import { OrderedIndex } from '../ordered-index.ts';
import { runKey } from './keys.ts';
import type { Random } from './random.ts';

/** Keys between two of `interleaved`'s runs. */
const RUN_DISTANCE = 10_000_000;

/** @param keysPerRun keys with one finger of their own; many runs share a finger where it is large */
export const newOrderedIndex = (
  unique: boolean,
  budget = new MemoryBudget(Number.POSITIVE_INFINITY),
  keysPerRun = RUN_DISTANCE,
): OrderedIndex => new OrderedIndex('test', runKey(keysPerRun), unique, budget);

/** Ascending runs at `places` points of the tree, up to `burst` keys at a time at each. */
export const interleaved =
  (places: number, burst: number): ((random: Random) => () => number) =>
  (random: Random) => {
    const next = new Array<number>(places).fill(0);
    let place = 0;
    let left = 0;
    return () => {
      if (left-- <= 0) {
        place = random.integer(0, places - 1);
        left = random.integer(1, burst) - 1;
      }
      return place * RUN_DISTANCE + next[place]++;
    };
  };
