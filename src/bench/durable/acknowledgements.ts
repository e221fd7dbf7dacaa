/**
 * What a worker has committed and not acknowledged: the answers of its transactions in the order of their commits, each with
 * its epoch. An answer counts, and its latency ends, when the epoch is durable in every partition. Epochs never go backwards
 * in one worker, so the queue is one. Nothing is allocated after the start.
 */
import { assert } from '../../assert.ts';

/** Answers that may wait. With more the worker admits nothing: what is not acknowledged is bounded. */
export const UNACKNOWLEDGED_MOST = 2 ** 16;
const MASK = UNACKNOWLEDGED_MOST - 1;

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
  private readonly epochs = new Int32Array(UNACKNOWLEDGED_MOST);
  private readonly kinds = new Int32Array(UNACKNOWLEDGED_MOST);
  private readonly startsMs = new Float64Array(UNACKNOWLEDGED_MOST);
  private readonly answeredMs = new Float64Array(UNACKNOWLEDGED_MOST);
  private readonly receipts = new Float64Array(UNACKNOWLEDGED_MOST);
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
    const at = this.end++ & MASK;
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
      const at = this.first & MASK;
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
}
