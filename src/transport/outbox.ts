/** The sender's side for one target thread: a ring, and a backlog for what the ring has no room for. */
import { assert } from '../assert.ts';
import { FrameBacklog } from './frame-backlog.ts';
import { HEADER_WORDS, WORD_BYTES } from './ring-layout.ts';
import { RingProducer } from './ring-producer.ts';

/** What went to one target since the start. */
export interface OutboxCounters {
  frames: number;
  /** Headers included, padding not. */
  bytes: number;
  /** Times that something became visible to the target. */
  batches: number;
  /** Frames that took the way through the backlog. */
  spills: number;
}

/**
 * Sending never fails and never waits. What it holds is bounded by the caller, who stops admitting work while
 * `backlogWords` is above its limit.
 */
export class Outbox {
  readonly counters: OutboxCounters = { frames: 0, bytes: 0, batches: 0, spills: 0 };
  /** The views that the index of the last `claim` is for. Read them again after every `claim`. */
  int32s: Int32Array;
  float64s: Float64Array;
  private readonly ring: RingProducer;
  private readonly backlog = new FrameBacklog();

  /** @param memory the ring to the target, from `createRing` */
  constructor(memory: SharedArrayBuffer) {
    this.ring = new RingProducer(memory);
    this.int32s = this.ring.int32s;
    this.float64s = this.ring.float64s;
  }

  /** What the ring had no room for, in words with headers. */
  get backlogWords(): number {
    return this.backlog.words;
  }

  /**
   * Takes the next frame, to be filled before the next call and sent by the next `flush` that finds room for it.
   * Asserts that the frame takes at most half of the ring.
   * @param type above PADDING_TYPE
   * @returns where the payload starts in `int32s` (in `float64s` at half of that)
   */
  claim(payloadWords: number, type: number): number {
    this.counters.frames++;
    this.counters.bytes += (HEADER_WORDS + payloadWords) * WORD_BYTES;
    // Behind a frame that waits, room in the ring is not for this one.
    const payload = this.backlog.words === 0 ? this.ring.claim(payloadWords, type) : -1;
    if (payload !== -1) {
      this.int32s = this.ring.int32s;
      this.float64s = this.ring.float64s;
      return payload;
    }
    assert(HEADER_WORDS + payloadWords <= this.ring.frameWordsMax, 'a frame takes at most half of its ring');
    this.counters.spills++;
    const spilled = this.backlog.claim(payloadWords, type);
    this.int32s = this.backlog.int32s;
    this.float64s = this.backlog.float64s;
    return spilled;
  }

  /**
   * Sends what fits, the backlog first come first served.
   * @returns whether the target has something new, so that its doorbell must be rung
   */
  flush(): boolean {
    while (this.refillOne());
    return this.publish();
  }

  /** One step of `flush`: moves the first frame of the backlog into the ring; false when none waits or it must go on waiting. */
  refillOne(): boolean {
    const { backlog, ring } = this;
    if (backlog.words === 0) return false;
    const payload = ring.claim(backlog.firstPayloadWords, backlog.firstType);
    if (payload === -1) return false;
    backlog.moveFirst(ring.int32s, payload);
    return true;
  }

  /** The last step of `flush`. */
  publish(): boolean {
    if (!this.ring.publish()) return false;
    this.counters.batches++;
    return true;
  }

  /** Whether a flush would get something out of the backlog: looked at between announcing a park for room and parking. */
  canRefill(): boolean {
    return this.backlog.words !== 0 && this.ring.fits(this.backlog.firstPayloadWords);
  }
}
