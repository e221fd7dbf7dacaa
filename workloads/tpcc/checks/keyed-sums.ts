/**
 * Sums by integer key, in two flat arrays with open addressing: millions of keys cost no object each, and what a worker
 * hands over is two typed arrays.
 */

const EMPTY = -1;
const FIRST_SLOTS = 64;

/** Sums as they travel between threads; keys ascend. */
export interface SumEntries {
  keys: Float64Array;
  values: Float64Array;
}

export class KeyedSums {
  private keys = new Float64Array(FIRST_SLOTS).fill(EMPTY);
  private values = new Float64Array(FIRST_SLOTS);
  private mask = FIRST_SLOTS - 1;
  private count = 0;

  /** Number of keys. */
  get size(): number {
    return this.count;
  }

  /** @param key a whole number from 0 to 2^53 - 1 */
  add(key: number, value: number): void {
    let slot = this.slotOf(key);
    if (this.keys[slot] === EMPTY) {
      if (this.count * 2 > this.mask) {
        this.grow();
        slot = this.slotOf(key);
      }
      this.keys[slot] = key;
      this.count++;
    }
    this.values[slot] += value;
  }

  addAll(entries: SumEntries): void {
    for (let i = 0; i < entries.keys.length; i++) this.add(entries.keys[i], entries.values[i]);
  }

  has(key: number): boolean {
    return this.keys[this.slotOf(key)] === key;
  }

  /** 0 where the key is absent: an empty sum. */
  get(key: number): number {
    const slot = this.slotOf(key);
    return this.keys[slot] === key ? this.values[slot] : 0;
  }

  sortedKeys(): Float64Array {
    return this.keys.filter((key) => key !== EMPTY).sort();
  }

  entries(): SumEntries {
    const keys = this.sortedKeys();
    return { keys, values: keys.map((key) => this.get(key)) };
  }

  /** Slot of `key`, or the free one where it belongs. */
  private slotOf(key: number): number {
    let hash = Math.imul((key | 0) ^ Math.imul((key / 4294967296) | 0, 0x85ebca6b), 0x9e3779b1);
    hash ^= hash >>> 15;
    let slot = hash & this.mask;
    while (this.keys[slot] !== EMPTY && this.keys[slot] !== key) slot = (slot + 1) & this.mask;
    return slot;
  }

  private grow(): void {
    const { keys, values } = this;
    const slots = keys.length * 2;
    this.keys = new Float64Array(slots).fill(EMPTY);
    this.values = new Float64Array(slots);
    this.mask = slots - 1;
    for (let i = 0; i < keys.length; i++) {
      if (keys[i] === EMPTY) continue;
      const slot = this.slotOf(keys[i]);
      this.keys[slot] = keys[i];
      this.values[slot] = values[i];
    }
  }
}
