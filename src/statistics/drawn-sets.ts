/**
 * Which samples a bootstrap draws. That depends on their number alone: the same number of samples gives the same draws, so
 * whoever looks at an interval again and again need not draw again and again.
 */
import { seededUniform } from './random.ts';

const SEED = 20_150_101;
/** Sets of more draws than this are drawn one by one each time. */
const KEPT_DRAWS_MAX = 250_000;
const KEPT_SIZES_MAX = 64;

const kept = new Map<string, Float64Array>();

/** Sets of draws with replacement from `size` sorted samples, as the weight that a trimmed mean gives each of the samples. */
export class DrawnSets {
  readonly sets: number;
  /** Weights of one set begin at `firstOf(set)`, those of the lowest sample first. */
  readonly weights: Float64Array;
  readonly #size: number;
  readonly #trimmed: number;
  /** Null where all sets are there. */
  readonly #uniform: (() => number) | null;
  readonly #draws: Uint32Array;

  /** @param trimmed draws left out at each end of every set */
  constructor(size: number, trimmed: number, sets: number) {
    this.sets = sets;
    this.#size = size;
    this.#trimmed = trimmed;
    const key = `${size} ${trimmed} ${sets}`;
    const known = kept.get(key);
    this.#draws = new Uint32Array(known === undefined ? size : 0);
    const isKept = size * sets <= KEPT_DRAWS_MAX;
    const uniform = known === undefined ? seededUniform(SEED) : null;
    this.#uniform = isKept ? null : uniform;
    this.weights = known ?? new Float64Array(isKept ? size * sets : size);
    if (!isKept || uniform === null) return;
    for (let set = 0; set < sets; set++) this.#draw(uniform, set * size);
    if (kept.size >= KEPT_SIZES_MAX) kept.clear();
    kept.set(key, this.weights);
  }

  /** Where the weights of that set begin. Sets must be asked for in turn, each once. */
  firstOf(set: number): number {
    if (this.#uniform === null) return set * this.#size;
    this.#draw(this.#uniform, 0);
    return 0;
  }

  /** Counting the draws of each sample keeps every drawn set sorted. */
  #draw(uniform: () => number, first: number): void {
    const size = this.#size;
    const draws = this.#draws.fill(0);
    for (let i = 0; i < size; i++) (draws[Math.floor(uniform() * size)] as number)++;
    let toSkip = this.#trimmed;
    let toTake = size - 2 * this.#trimmed;
    for (let i = 0; i < size; i++) {
      const drawn = draws[i] as number;
      const skipped = Math.min(drawn, toSkip);
      const taken = Math.min(drawn - skipped, toTake);
      this.weights[first + i] = taken;
      toSkip -= skipped;
      toTake -= taken;
    }
  }
}
