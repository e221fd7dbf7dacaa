/** Random numbers that a seed repeats (Marsaglia's xorshift, 32 bits): the same seed gives the same inputs in the same order. */

export class Random {
  private state: number;

  /** @param seed any integer */
  constructor(seed: number) {
    // Neighbouring seeds must not begin alike, and the state must not be 0.
    this.state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) | 0 || 1;
    for (let i = 0; i < 8; i++) this.next();
  }

  /** 0..bound-1. */
  below(bound: number): number {
    return this.next() % bound;
  }

  /** True once in so many times. */
  oneIn(times: number): boolean {
    return this.below(times) === 0;
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)];
  }

  private next(): number {
    let { state } = this;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.state = state;
    return state >>> 0;
  }
}
