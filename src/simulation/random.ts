/** The dice of a simulation: everything that is not decided by the code under test comes from here. */

const UNIT = 2 ** -32;
const WARM_UP = 12;

/** sfc32 of Doty-Humphrey's PractRand. The same key gives the same numbers on every machine. */
export class Random {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;

  /**
   * @param seed a whole number within 2^53
   * @param stream what the numbers are for, so that one use does not shift another
   */
  constructor(seed: number, stream: number) {
    this.a = seed | 0;
    this.b = Math.floor(seed / 2 ** 32) | 0;
    this.c = stream | 0;
    for (let i = 0; i < WARM_UP; i++) this.bits();
  }

  private bits(): number {
    const result = (((this.a + this.b) | 0) + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + result) | 0;
    return result;
  }

  /** In [0, 1). */
  fraction(): number {
    return (this.bits() >>> 0) * UNIT;
  }

  /** A whole number in [low, high], each equally likely; high - low below 2^31. */
  uniform(low: number, high: number): number {
    return low + (((this.bits() >>> 0) * UNIT * (high - low + 1)) | 0);
  }

  /** True in `pct` of a hundred cases. */
  chance(pct: number): boolean {
    return this.fraction() * 100 < pct;
  }

  /** One of `values`, each equally likely. */
  pick<T>(values: readonly T[]): T {
    return values[this.uniform(0, values.length - 1)];
  }
}
