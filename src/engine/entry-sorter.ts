/**
 * Sorts entries of an ordered index by their keys: a radix sort from the lowest digit on (Knuth, "The Art of Computer
 * Programming", volume 3, 5.2.5), without comparisons, which leaves entries of equal keys in the order in which they came.
 * Its memory is used again for every batch.
 */
const DIGIT_BITS = 11;
const DIGITS = 1 << DIGIT_BITS;

const FEWEST_ENTRIES = 64;

export class EntrySorter {
  /** The entries; sorted ones after `sort`. Others after every `add` and `sort`. */
  keys = new Float64Array(FEWEST_ENTRIES);
  rows = new Int32Array(FEWEST_ENTRIES);
  private otherKeys = new Float64Array(0);
  private otherRows = new Int32Array(0);
  private readonly counts = new Int32Array(DIGITS);
  private count = 0;
  private least = 0;
  private greatest = 0;
  private isAscending = true;

  get size(): number {
    return this.count;
  }

  clear(): void {
    this.count = 0;
    this.least = Number.POSITIVE_INFINITY;
    this.greatest = Number.NEGATIVE_INFINITY;
    this.isAscending = true;
  }

  /** @param key whole, from 0 up to below 2^53 */
  add(key: number, row: number): void {
    const { count } = this;
    if (count === this.keys.length) this.grow();
    if (key < this.greatest) this.isAscending = false;
    else this.greatest = key;
    if (key < this.least) this.least = key;
    this.keys[count] = key;
    this.rows[count] = row;
    this.count = count + 1;
  }

  sort(): void {
    if (this.isAscending) return;
    if (this.otherKeys.length < this.count) {
      this.otherKeys = new Float64Array(this.keys.length);
      this.otherRows = new Int32Array(this.keys.length);
    }
    const range = this.greatest - this.least;
    for (let below = 1; below <= range; below *= DIGITS) this.pass(1 / below);
  }

  private grow(): void {
    const keys = new Float64Array(2 * this.count);
    const rows = new Int32Array(2 * this.count);
    keys.set(this.keys);
    rows.set(this.rows);
    this.keys = keys;
    this.rows = rows;
  }

  /** Sorts by the digit that `scale` brings to the ones, and leaves what is equal there in its order. */
  private pass(scale: number): void {
    const { count, counts, least, keys, rows, otherKeys, otherRows } = this;
    counts.fill(0);
    for (let i = 0; i < count; i++) counts[digitOf(keys[i] - least, scale)]++;
    let before = 0;
    for (let digit = 0; digit < DIGITS; digit++) {
      const here = counts[digit];
      counts[digit] = before;
      before += here;
    }
    for (let i = 0; i < count; i++) {
      const key = keys[i];
      const to = counts[digitOf(key - least, scale)]++;
      otherKeys[to] = key;
      otherRows[to] = rows[i];
    }
    this.keys = otherKeys;
    this.rows = otherRows;
    this.otherKeys = keys;
    this.otherRows = rows;
  }
}

/** The scale is a power of two: the product is exact, and what `&` keeps of it are the ones below 2^32. */
const digitOf = (above: number, scale: number): number => (above * scale) & (DIGITS - 1);
