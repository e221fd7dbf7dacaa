/** A small seeded generator for tests (mulberry32): the same seed gives the same run on every machine. */
export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = seed | 0;
  }

  /** Uniform over 0..1, 1 excluded, in steps of 2^-32. */
  uniform(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** Uniform over low..high, both included; the span may be as wide as 2^53. */
  integer(low: number, high: number): number {
    const span = high - low + 1;
    const fraction = span > 2 ** 32 ? this.uniform() + this.uniform() / 2 ** 32 : this.uniform();
    return low + Math.min(span - 1, Math.floor(fraction * span));
  }

  chance(probability: number): boolean {
    return this.uniform() < probability;
  }

  pick<T>(values: readonly T[]): T {
    return values[this.integer(0, values.length - 1)];
  }

  /** Shuffles in place (Fisher and Yates) and returns the same array. */
  shuffle<T>(values: T[]): T[] {
    for (let i = values.length - 1; i > 0; i--) {
      const j = this.integer(0, i);
      [values[i], values[j]] = [values[j], values[i]];
    }
    return values;
  }
}
