/** The writing end of a ring: claims frames in place and publishes them in batches. */
import { assert } from '../assert.ts';
import {
  CONSUMER_CURSOR,
  capacityWordsOf,
  FRAMES,
  frameWordsMax,
  HEADER_WORDS,
  PADDING_TYPE,
  PRODUCER_CURSOR,
} from './ring-layout.ts';

/**
 * One producer per ring. It touches the consumer's cursor only when its copy says that the ring is full. Every method
 * does at most one atomic operation, so that a model of the protocol can take it as one step.
 */
export class RingProducer {
  readonly int32s: Int32Array<SharedArrayBuffer>;
  readonly float64s: Float64Array<SharedArrayBuffer>;
  readonly capacityWords: number;
  /** The largest frame that `claim` takes, header included. */
  readonly frameWordsMax: number;
  private readonly mask: number;
  private claimed: number;
  private published: number;
  private released: number;

  /** @param memory what `createRing` returned; continues where an earlier producer stopped */
  constructor(memory: SharedArrayBuffer) {
    this.int32s = new Int32Array(memory);
    this.float64s = new Float64Array(memory);
    this.capacityWords = capacityWordsOf(memory);
    this.frameWordsMax = frameWordsMax(this.capacityWords);
    this.mask = this.capacityWords - 1;
    this.claimed = Atomics.load(this.int32s, PRODUCER_CURSOR);
    this.published = this.claimed;
    this.released = Atomics.load(this.int32s, CONSUMER_CURSOR);
  }

  /**
   * Takes the next frame, which the consumer sees after `publish`.
   * @param type above PADDING_TYPE
   * @returns where the payload starts in `int32s` (in `float64s` at half of that), -1 when it does not fit now
   */
  claim(payloadWords: number, type: number): number {
    const frameWords = HEADER_WORDS + payloadWords;
    assert(payloadWords >= 0 && frameWords <= this.frameWordsMax, 'a frame takes at most half of its ring');
    assert(type > PADDING_TYPE, 'types of messages are positive');
    const neededWords = this.neededWords(frameWords);
    if (neededWords > this.freeWords() && neededWords > this.refreshedFreeWords()) return -1;

    if (neededWords !== frameWords) this.writeHeader(neededWords - frameWords, PADDING_TYPE);
    return this.writeHeader(frameWords, type);
  }

  /** Makes all claimed frames visible to the consumer at once; false when there is none. */
  publish(): boolean {
    if (this.claimed === this.published) return false;
    this.published = this.claimed;
    Atomics.store(this.int32s, PRODUCER_CURSOR, this.claimed);
    return true;
  }

  /** Whether a frame would fit now, by the consumer's cursor as it is at this moment. */
  fits(payloadWords: number): boolean {
    return this.neededWords(HEADER_WORDS + payloadWords) <= this.refreshedFreeWords();
  }

  /** The words of the frame, and of the padding before it when it does not fit before the end of the ring. */
  private neededWords(frameWords: number): number {
    const wordsToEnd = this.capacityWords - (this.claimed & this.mask);
    return frameWords <= wordsToEnd ? frameWords : wordsToEnd + frameWords;
  }

  private freeWords(): number {
    return this.capacityWords - ((this.claimed - this.released) | 0);
  }

  private refreshedFreeWords(): number {
    this.released = Atomics.load(this.int32s, CONSUMER_CURSOR);
    return this.freeWords();
  }

  private writeHeader(frameWords: number, type: number): number {
    const header = FRAMES + ((this.claimed & this.mask) << 1);
    this.int32s[header] = frameWords;
    this.int32s[header + 1] = type;
    this.claimed = (this.claimed + frameWords) | 0;
    return header + 2 * HEADER_WORDS;
  }
}
