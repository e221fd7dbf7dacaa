/** The reading end of a ring: reads frames in place and gives their space back in batches. */
import { assert } from '../assert.ts';
import {
  CONSUMER_CURSOR,
  capacityWordsOf,
  FRAMES,
  HEADER_WORDS,
  PADDING_TYPE,
  PRODUCER_CURSOR,
} from './ring-layout.ts';

/**
 * One consumer per ring. It touches the producer's cursor only when it has read all that its copy allows. Every method
 * does at most one atomic operation, so that a model of the protocol can take it as one step.
 */
export class RingConsumer {
  readonly int32s: Int32Array<SharedArrayBuffer>;
  readonly float64s: Float64Array<SharedArrayBuffer>;
  readonly capacityWords: number;
  /** Of the frame that `next` returned last. */
  type = PADDING_TYPE;
  payloadWords = 0;
  private readonly mask: number;
  private read: number;
  private released: number;
  private published: number;

  /** @param memory what `createRing` returned; continues where an earlier consumer released last */
  constructor(memory: SharedArrayBuffer) {
    this.int32s = new Int32Array(memory);
    this.float64s = new Float64Array(memory);
    this.capacityWords = capacityWordsOf(memory);
    this.mask = this.capacityWords - 1;
    this.read = Atomics.load(this.int32s, CONSUMER_CURSOR);
    this.released = this.read;
    this.published = this.read;
  }

  /**
   * Goes to the next frame, whose payload stays valid until `release`. A producer that keeps up can make this go on
   * for ever: the caller bounds its batch.
   * @returns where the payload starts in `int32s` (in `float64s` at half of that), -1 when nothing is published
   */
  next(): number {
    if (this.read === this.published) {
      this.published = Atomics.load(this.int32s, PRODUCER_CURSOR);
      if (this.read === this.published) return -1;
    }
    const payload = this.enter();
    // A padding frame is published together with the frame that it makes room for.
    return this.type === PADDING_TYPE ? this.enter() : payload;
  }

  /** Gives the space of all frames read so far back to the producer; false when there is none. */
  release(): boolean {
    if (this.read === this.released) return false;
    this.released = this.read;
    Atomics.store(this.int32s, CONSUMER_CURSOR, this.read);
    return true;
  }

  /** Whether `next` would find a frame, by the producer's cursor as it is at this moment. */
  hasNext(): boolean {
    this.published = Atomics.load(this.int32s, PRODUCER_CURSOR);
    return this.read !== this.published;
  }

  private enter(): number {
    const header = FRAMES + ((this.read & this.mask) << 1);
    const frameWords = this.int32s[header];
    assert(frameWords > 0 && frameWords <= ((this.published - this.read) | 0), 'a frame lies within what is published');
    this.type = this.int32s[header + 1];
    this.payloadWords = frameWords - HEADER_WORDS;
    this.read = (this.read + frameWords) | 0;
    return header + 2 * HEADER_WORDS;
  }
}
