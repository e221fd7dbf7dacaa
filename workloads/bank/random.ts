/**
 * Seeded random numbers. A stream is keyed by what it is for, never by the thread that uses it, so that the same seed gives
 * the same transactions however the work is spread.
 */

const UNIT = 2 ** -32;
/** Numbers that are drawn and dropped until a key has spread over the state. */
const WARM_UP = 15;

/** sfc32 of Doty-Humphrey's PractRand: a small chaotic generator with a counter. */
export class RandomStream {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;

  /** @param part of the stream's owner: a terminal's number within its warehouse */
  constructor(seed: number, warehouse: number, part: number) {
    this.a = (seed | 0) ^ ((seed / 2 ** 32) | 0);
    this.b = warehouse | 0;
    this.c = part | 0;
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
}
