/** Frames for one connection, in the layout of `wire-layout.ts`: one memory is filled while the other is written. */

import { WORD_BYTES } from '../ring-layout.ts';
import {
  CONTROL,
  CONTROL_HAS_MORE,
  CONTROL_HEADER_WORDS,
  CONTROL_TEXT_BYTES,
  FRAME_HEADER_BYTES,
  textWords,
} from './wire-layout.ts';

const FIRST_CAPACITY_BYTES = 65_536;

/** It grows as needed and never shrinks; who fills it looks at `sizeBytes`. */
export class SendBuffer {
  private filling = new Int32Array(FIRST_CAPACITY_BYTES / 4);
  private writing = new Int32Array(FIRST_CAPACITY_BYTES / 4);
  private filled = 0;

  /** What waits to be taken. */
  get sizeBytes(): number {
    return this.filled * 4;
  }

  /** Adds a frame whose payload starts at `from` in `source`. */
  addFrame(type: number, source: Int32Array, from: number, payloadWords: number): void {
    const to = this.claim(type, payloadWords);
    const { filling } = this;
    const length = payloadWords << 1;
    for (let i = 0; i < length; i++) filling[to + i] = source[from + i];
  }

  /** Adds a frame without payload. */
  addMark(type: number): void {
    this.claim(type, 0);
  }

  /** Adds a piece of a text. */
  addText(piece: Uint8Array, hasMore: boolean): void {
    const words = textWords(piece.length);
    const to = this.claim(CONTROL, CONTROL_HEADER_WORDS + words);
    const { filling } = this;
    filling[to + CONTROL_TEXT_BYTES] = piece.length;
    filling[to + CONTROL_HAS_MORE] = hasMore ? 1 : 0;
    const text = to + 2 * CONTROL_HEADER_WORDS;
    filling.fill(0, text, text + 2 * words);
    new Uint8Array(filling.buffer).set(piece, text * 4);
  }

  /** All that waits, as a view that stays valid until the next `take`. */
  take(): Buffer {
    const bytes = Buffer.from(this.filling.buffer, 0, this.sizeBytes);
    [this.filling, this.writing] = [this.writing, this.filling];
    this.filled = 0;
    return bytes;
  }

  private claim(type: number, payloadWords: number): number {
    const header = this.filled;
    const end = header + 2 + (payloadWords << 1);
    if (end > this.filling.length) this.grow(end);
    this.filling[header] = FRAME_HEADER_BYTES + payloadWords * WORD_BYTES;
    this.filling[header + 1] = type;
    this.filled = end;
    return header + 2;
  }

  private grow(length: number): void {
    const larger = new Int32Array(Math.max(length, 2 * this.filling.length));
    larger.set(this.filling.subarray(0, this.filled));
    this.filling = larger;
  }
}
