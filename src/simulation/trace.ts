/**
 * What happened, as a hash that tells two runs apart, and as lines for people where somebody wants them. Lines cost more
 * than the run itself, so a run that fails is repeated with lines.
 */

/** Hears every line; `nowMs` is virtual. */
export type TraceSink = (nowMs: number, who: string, what: string) => void;

export class Trace {
  /** Null: nobody reads lines, and none are made. */
  readonly sink: TraceSink | null;
  private high = 0x6a09e667;
  private low = 0xbb67ae85 | 0;

  constructor(sink: TraceSink | null) {
    this.sink = sink;
  }

  /** Adds a number to the hash: a whole one as it is, of any other the part above a millionth. */
  mix(value: number): void {
    const scaled = Number.isInteger(value) ? value : Math.floor(value * 1e6);
    this.mixInt32(scaled | 0);
    if (scaled > 0x7fffffff || scaled < -0x80000000) this.mixInt32(Math.floor(scaled / 2 ** 32) | 0);
  }

  /** 16 hexadecimal digits. */
  get hash(): string {
    return [this.high, this.low].map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
  }

  private mixInt32(word: number): void {
    let { high, low } = this;
    high = Math.imul(high ^ word, 0x85ebca6b);
    high = (high << 13) | (high >>> 19);
    low = Math.imul(low + high, 0xc2b2ae35);
    low ^= low >>> 15;
    this.high = (high + low) | 0;
    this.low = low;
  }
}
