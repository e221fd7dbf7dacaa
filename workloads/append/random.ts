/** Seeded random numbers of one terminal: the same seed gives the same transactions, however the work is spread. */
const UNIT = 2 ** -32;
const WARM_UP = 15;

/** sfc32 of Doty-Humphrey's PractRand. */
export class RandomStream {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;

  constructor(seed: number, warehouse: number, terminal: number) {
    this.a = (seed | 0) ^ ((seed / 2 ** 32) | 0);
    this.b = warehouse | 0;
    this.c = terminal | 0;
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

  /** A whole number in [low, high]; high - low below 2^31. */
  uniform(low: number, high: number): number {
    return low + (((this.bits() >>> 0) * UNIT * (high - low + 1)) | 0);
  }

  /** True in `pct` of a hundred cases. */
  chance(pct: number): boolean {
    return (this.bits() >>> 0) * UNIT * 100 < pct;
  }
}
