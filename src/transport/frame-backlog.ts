/** Frames that wait for room in a ring, in order, in memory of the sender's own that grows. */
import { assert } from '../assert.ts';
import { HEADER_WORDS, WORD_BYTES } from './ring-layout.ts';

const FIRST_CAPACITY_WORDS = 64;

/** The frames lie one after the other with the headers of a ring (length with header, type), without padding. */
export class FrameBacklog {
  /** The views that an index returned by `claim` is for; other ones after the next `claim`. */
  int32s = new Int32Array(FIRST_CAPACITY_WORDS * 2);
  float64s = new Float64Array(this.int32s.buffer);
  private first = 0;
  private end = 0;

  /** What waits, headers included. */
  get words(): number {
    return this.end - this.first;
  }

  /** Takes a frame at the end; returns where its payload starts in `int32s`. */
  claim(payloadWords: number, type: number): number {
    const frameWords = HEADER_WORDS + payloadWords;
    if (this.end + frameWords > this.float64s.length) this.makeRoom(frameWords);
    const header = this.end << 1;
    this.int32s[header] = frameWords;
    this.int32s[header + 1] = type;
    this.end += frameWords;
    return header + 2 * HEADER_WORDS;
  }

  /** Of the first frame. */
  get firstPayloadWords(): number {
    return this.int32s[this.first << 1] - HEADER_WORDS;
  }

  get firstType(): number {
    return this.int32s[(this.first << 1) + 1];
  }

  /** Copies the first frame's payload to `target` and forgets the frame. */
  moveFirst(target: Int32Array, payload: number): void {
    assert(this.first < this.end, 'there is a frame to move');
    const frameWords = this.int32s[this.first << 1];
    // As int32: a float64 that is not a number need not survive a copy bit by bit. By a loop: a view would be garbage.
    const from = (this.first + HEADER_WORDS) << 1;
    const length = (frameWords - HEADER_WORDS) << 1;
    for (let i = 0; i < length; i++) target[payload + i] = this.int32s[from + i];
    this.first += frameWords;
    if (this.first === this.end) {
      this.first = 0;
      this.end = 0;
    }
  }

  /** Moves the frames to the front, into twice the memory when they fill more than half of it. It never shrinks. */
  private makeRoom(frameWords: number): void {
    const words = this.words;
    let capacityWords = this.float64s.length;
    while ((words + frameWords) * 2 > capacityWords) capacityWords *= 2;
    if (capacityWords > this.float64s.length) {
      const memory = new Int32Array((capacityWords * WORD_BYTES) / 4);
      memory.set(this.int32s.subarray(this.first << 1, this.end << 1));
      this.int32s = memory;
      this.float64s = new Float64Array(memory.buffer);
    } else this.int32s.copyWithin(0, this.first << 1, this.end << 1);
    this.first = 0;
    this.end = words;
  }
}
