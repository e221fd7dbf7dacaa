/**
 * Takes the frames out of the stream of one connection. Nothing that a peer sends gets past it unless it is a frame of the
 * protocol for a worker of this shard from one of the peer's. It knows neither the socket nor who gets the frames.
 */
import { isUtf8 } from 'node:buffer';
import { assert } from '../../assert.ts';
import { ENVELOPE_WORDS, FIRST_WORKER_TYPE, FROM_WORKER, LAST_WORKER_TYPE, TO_WORKER } from '../envelope.ts';
import { WORD_BYTES } from '../ring-layout.ts';
import type { FrameFault } from './transport-counters.ts';
import {
  CONTROL,
  CONTROL_HAS_MORE,
  CONTROL_HEADER_WORDS,
  CONTROL_PIECE_BYTES,
  CONTROL_TEXT_BYTES,
  FRAME_HEADER_BYTES,
  GOODBYE,
  HEARTBEAT,
  textWords,
} from './wire-layout.ts';

/** Who gets what comes over a connection. */
export interface FrameSink {
  /** A frame whose payload starts at `at` in `int32s`, for the time of the call. */
  workerFrame(type: number, int32s: Int32Array, at: number, payloadWords: number): void;
  control(text: string): void;
  goodbye(): void;
}

/** What a peer may send. */
export interface FrameRules {
  /** The largest payload that fits into the rings of the shard's workers. */
  payloadWordsMax: number;
  /** The longest text. */
  controlBytesMax: number;
  /** Workers of a shard have numbers in a row. */
  workersPerShard: number;
  ownFirstWorker: number;
  peerFirstWorker: number;
}

/** What is taken of a chunk at a time, besides the frame that is not whole yet. */
const PIECE_BYTES = 65_536;

const CONTROL_WORDS_MAX = CONTROL_HEADER_WORDS + CONTROL_PIECE_BYTES / WORD_BYTES;

export class FrameDecoder {
  private readonly sink: FrameSink;
  private readonly rules: FrameRules;
  /** Starts with the first byte of a frame, so that int32s lie where they should. */
  private readonly bytes: Uint8Array;
  private readonly int32s: Int32Array;
  private end = 0;
  private text: Uint8Array[] = [];
  private textBytes = 0;
  private isEnded = false;
  private fault: FrameFault | null = null;

  constructor(sink: FrameSink, rules: FrameRules) {
    this.sink = sink;
    this.rules = rules;
    const largestWords = Math.max(rules.payloadWordsMax, CONTROL_WORDS_MAX);
    const memory = new ArrayBuffer(PIECE_BYTES + FRAME_HEADER_BYTES + largestWords * WORD_BYTES);
    this.bytes = new Uint8Array(memory);
    this.int32s = new Int32Array(memory);
  }

  /** Hands over the frames that `chunk` completes. @returns what is wrong with the first that is; then nothing more is to come */
  push(chunk: Uint8Array): FrameFault | null {
    assert(this.fault === null, 'nothing is read behind a fault');
    let taken = 0;
    while (taken < chunk.length && this.fault === null) {
      const count = Math.min(chunk.length - taken, this.bytes.length - this.end);
      this.bytes.set(count === chunk.length ? chunk : chunk.subarray(taken, taken + count), this.end);
      this.end += count;
      taken += count;
      this.parse();
    }
    return this.fault;
  }

  private parse(): void {
    const { int32s, end } = this;
    let at = 0;
    while (end - at >= FRAME_HEADER_BYTES) {
      const header = at >> 2;
      const lengthBytes = int32s[header];
      const type = int32s[header + 1];
      // Before the rest is there: a length that cannot be would be waited for in vain.
      this.fault = this.faultOfHeader(type, lengthBytes);
      if (this.fault !== null) return;
      if (end - at < lengthBytes) break;
      const payloadWords = (lengthBytes - FRAME_HEADER_BYTES) / WORD_BYTES;
      this.fault =
        type >= FIRST_WORKER_TYPE
          ? this.enterWorkerFrame(type, header + 2, payloadWords)
          : this.enterOwn(type, header + 2, payloadWords);
      if (this.fault !== null) return;
      at += lengthBytes;
    }
    if (at === 0) return;
    if (at < end) this.bytes.copyWithin(0, at, end);
    this.end = end - at;
  }

  private faultOfHeader(type: number, lengthBytes: number): FrameFault | null {
    if (this.isEnded) return 'afterGoodbye';
    const payloadBytes = lengthBytes - FRAME_HEADER_BYTES;
    if (type >= FIRST_WORKER_TYPE && type <= LAST_WORKER_TYPE) {
      if (payloadBytes < ENVELOPE_WORDS * WORD_BYTES || payloadBytes % WORD_BYTES !== 0) return 'badLength';
      return payloadBytes > this.rules.payloadWordsMax * WORD_BYTES ? 'oversized' : null;
    }
    if (type === CONTROL) {
      if (payloadBytes < CONTROL_HEADER_WORDS * WORD_BYTES || payloadBytes % WORD_BYTES !== 0) return 'badLength';
      return payloadBytes > CONTROL_WORDS_MAX * WORD_BYTES ? 'oversized' : null;
    }
    if (type !== HEARTBEAT && type !== GOODBYE) return 'unknownType';
    return payloadBytes === 0 ? null : 'badLength';
  }

  private enterWorkerFrame(type: number, at: number, payloadWords: number): FrameFault | null {
    const { int32s, rules } = this;
    const toIndex = int32s[at + TO_WORKER] - rules.ownFirstWorker;
    if (toIndex < 0 || toIndex >= rules.workersPerShard) return 'wrongRecipient';
    const fromIndex = int32s[at + FROM_WORKER] - rules.peerFirstWorker;
    if (fromIndex < 0 || fromIndex >= rules.workersPerShard) return 'wrongSender';
    this.sink.workerFrame(type, int32s, at, payloadWords);
    return null;
  }

  private enterOwn(type: number, at: number, payloadWords: number): FrameFault | null {
    if (type === CONTROL) return this.enterControl(at, payloadWords);
    if (type === GOODBYE) {
      this.isEnded = true;
      this.sink.goodbye();
    }
    return null;
  }

  private enterControl(at: number, payloadWords: number): FrameFault | null {
    const sizeBytes = this.int32s[at + CONTROL_TEXT_BYTES];
    const hasMore = this.int32s[at + CONTROL_HAS_MORE];
    if (sizeBytes < 0 || textWords(sizeBytes) !== payloadWords - CONTROL_HEADER_WORDS) return 'badLength';
    // Tiny pieces without end would cost more than the text that is limited.
    if (hasMore !== 0 && sizeBytes !== CONTROL_PIECE_BYTES) return 'badLength';
    this.textBytes += sizeBytes;
    if (this.textBytes > this.rules.controlBytesMax) return 'oversized';
    const first = at * 4 + CONTROL_HEADER_WORDS * WORD_BYTES;
    this.text.push(this.bytes.slice(first, first + sizeBytes));
    if (hasMore !== 0) return null;
    const bytes = Buffer.concat(this.text, this.textBytes);
    this.text = [];
    this.textBytes = 0;
    // Read leniently, it would be another text than the one that was sent.
    if (!isUtf8(bytes)) return 'badText';
    this.sink.control(bytes.toString('utf8'));
    return null;
  }
}
