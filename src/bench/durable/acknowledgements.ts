/**
 * What a worker has committed and not acknowledged: the answers of its transactions in the order of their commits, each with
 * its epoch. An answer counts, and its latency ends, when the epoch is durable in every partition. Epochs never go backwards
 * in one worker, so the queue is one. Nothing is allocated but when more wait than ever before.
 */
import { assert } from '../../assert.ts';

/** Answers that may wait. With more the worker admits nothing: what is not acknowledged is bounded. */
export const UNACKNOWLEDGED_MOST = 2 ** 16;
/** What an epoch of a fast worker takes; in a ring that is no larger the answers stay near the processor. */
const FIRST_CAPACITY = 2 ** 12;

/** Hears of each answer when it is acknowledged, in the order of the commits. */
export interface AcknowledgementListener {
  /** @param receipt what the session gave for it, or NaN */
  acknowledged(
    kind: number,
    type: number,
    crossedShards: boolean,
    startMs: number,
    answeredMs: number,
    receipt: number,
  ): void;
}

export class Acknowledgements {
  /** Most that waited at once since the start. */
  most = 0;
  private mask = FIRST_CAPACITY - 1;
  private epochs = new Int32Array(FIRST_CAPACITY);
  private kinds = new Int32Array(FIRST_CAPACITY);
  private startsMs = new Float64Array(FIRST_CAPACITY);
  private answeredMs = new Float64Array(FIRST_CAPACITY);
  private receipts = new Float64Array(FIRST_CAPACITY);
  private first = 0;
  private end = 0;

  get count(): number {
    return this.end - this.first;
  }

  /** Whether `room` more find place. */
  admits(room: number): boolean {
    return this.end - this.first + room <= UNACKNOWLEDGED_MOST;
  }

  /** @param kind up to 255, `type` up to 255 */
  add(
    epoch: number,
    kind: number,
    type: number,
    crossedShards: boolean,
    startMs: number,
    answeredMs: number,
    receipt: number,
  ): void {
    const count = this.end - this.first;
    assert(count < UNACKNOWLEDGED_MOST, 'who admits asks first');
    if (count > this.mask) this.grow();
    const at = this.end++ & this.mask;
    this.epochs[at] = epoch;
    this.kinds[at] = kind | (type << 8) | (crossedShards ? 1 << 16 : 0);
    this.startsMs[at] = startMs;
    this.answeredMs[at] = answeredMs;
    this.receipts[at] = receipt;
    if (count >= this.most) this.most = count + 1;
  }

  /** Hands over everything of epochs up to `durableEpoch`. */
  settle(durableEpoch: number, listener: AcknowledgementListener): void {
    while (this.first < this.end) {
      const at = this.first & this.mask;
      if (this.epochs[at] > durableEpoch) return;
      this.first++;
      const word = this.kinds[at];
      const type = (word >> 8) & 0xff;
      listener.acknowledged(
        word & 0xff,
        type,
        word >> 16 === 1,
        this.startsMs[at],
        this.answeredMs[at],
        this.receipts[at],
      );
    }
    // Small numbers stay small integers.
    this.first = 0;
    this.end = 0;
  }

  private grow(): void {
    const { first, end, mask, epochs, kinds, startsMs, answeredMs, receipts } = this;
    const capacity = 2 * (mask + 1);
    this.mask = capacity - 1;
    this.epochs = new Int32Array(capacity);
    this.kinds = new Int32Array(capacity);
    this.startsMs = new Float64Array(capacity);
    this.answeredMs = new Float64Array(capacity);
    this.receipts = new Float64Array(capacity);
    for (let n = first; n < end; n++) {
      const [from, to] = [n & mask, n & this.mask];
      this.epochs[to] = epochs[from];
      this.kinds[to] = kinds[from];
      this.startsMs[to] = startsMs[from];
      this.answeredMs[to] = answeredMs[from];
      this.receipts[to] = receipts[from];
    }
  }
}
