/**
 * Messages between the threads of one process. Worker threads run this folder, each with objects of its own over shared
 * memory: one ring for every ordered pair of threads, one doorbell for every thread that receives. Nothing here knows
 * what a frame means, which shard a thread belongs to, or when a thread has work besides messages.
 *
 * This file is where a ring keeps what, apart from how it is used:
 *
 *   byte 128   producer cursor (int32)   words ever published; written by the producer alone
 *   byte 256   consumer cursor (int32)   words ever released; written by the consumer alone
 *   byte 384   frames                    a power of two of 8-byte words
 *
 * Cursors count words and wrap around at 2^31; their difference, again wrapped to 32 bits, is what the ring holds. 128
 * bytes keep them apart because processors fetch cache lines in pairs; the first 128 keep whatever lies before away.
 *
 * A frame is a header word (int32 length in words with the header, int32 type) and its payload words. It starts at a
 * word and never wraps: a padding frame fills the end where the next frame does not fit.
 */
import { assert } from '../assert.ts';

export const WORD_BYTES = 8;
export const HEADER_WORDS = 1;

/** The type of a frame that only fills the end of the ring. Types of messages are above it. */
export const PADDING_TYPE = 0;

/** Where things are, in int32 elements. */
export const PRODUCER_CURSOR = 32;
export const CONSUMER_CURSOR = 64;
export const FRAMES = 96;

/** The smallest ring holds two frames of one payload word, the largest 1 GiB. */
export const CAPACITY_WORDS_MIN = 4;
export const CAPACITY_WORDS_MAX = 2 ** 27;

/**
 * The largest frame, header included. With padding before it a frame of half the capacity fits into an empty ring
 * wherever the cursor stands; a larger one might never.
 */
export const frameWordsMax = (capacityWords: number): number => capacityWords / 2;

/** The smallest capacity of a ring that carries payloads of up to `payloadWordsMax` words. */
export function smallestCapacityWords(payloadWordsMax: number): number {
  let capacityWords = CAPACITY_WORDS_MIN;
  while (frameWordsMax(capacityWords) < HEADER_WORDS + payloadWordsMax) capacityWords *= 2;
  return capacityWords;
}

/**
 * The memory of an empty ring, to be sent to both threads.
 * @param capacityWords a power of two from CAPACITY_WORDS_MIN to CAPACITY_WORDS_MAX
 * @param startCursor where both cursors begin, any int32; other than 0 it tests that they wrap around
 */
export function createRing(capacityWords: number, startCursor = 0): SharedArrayBuffer {
  assert(isCapacity(capacityWords), 'the capacity of a ring is a power of two within its limits');
  const memory = new SharedArrayBuffer(FRAMES * 4 + capacityWords * WORD_BYTES);
  const int32s = new Int32Array(memory);
  Atomics.store(int32s, PRODUCER_CURSOR, startCursor);
  Atomics.store(int32s, CONSUMER_CURSOR, startCursor);
  return memory;
}

/** The capacity, in words, of the ring that `createRing` laid out in `memory`. */
export function capacityWordsOf(memory: SharedArrayBuffer): number {
  const capacityWords = (memory.byteLength - FRAMES * 4) / WORD_BYTES;
  assert(isCapacity(capacityWords), 'the memory is that of a ring');
  return capacityWords;
}

const isCapacity = (words: number): boolean =>
  words >= CAPACITY_WORDS_MIN && words <= CAPACITY_WORDS_MAX && Number.isInteger(Math.log2(words));
