import { describe, expect, it } from 'vitest';
import { AssertionFailure } from '../assert.ts';
import {
  CAPACITY_WORDS_MAX,
  CAPACITY_WORDS_MIN,
  CONSUMER_CURSOR,
  capacityWordsOf,
  createRing,
  FRAMES,
  frameWordsMax,
  HEADER_WORDS,
  PRODUCER_CURSOR,
  smallestCapacityWords,
} from './ring-layout.ts';

describe('the layout of a ring', () => {
  it('keeps what different threads write at least 128 bytes apart', () => {
    expect(PRODUCER_CURSOR * 4).toBeGreaterThanOrEqual(128);
    expect((CONSUMER_CURSOR - PRODUCER_CURSOR) * 4).toBeGreaterThanOrEqual(128);
    expect((FRAMES - CONSUMER_CURSOR) * 4).toBeGreaterThanOrEqual(128);
  });

  it('starts its frames at a word', () => {
    expect((FRAMES * 4) % 8).toBe(0);
  });

  it.each([4, 8, 1024])('has room for %i words and knows it again', (capacityWords) => {
    const memory = createRing(capacityWords, 7);
    expect(memory.byteLength).toBe(FRAMES * 4 + capacityWords * 8);
    expect(capacityWordsOf(memory)).toBe(capacityWords);
    const int32s = new Int32Array(memory);
    expect([int32s[PRODUCER_CURSOR], int32s[CONSUMER_CURSOR]]).toEqual([7, 7]);
  });

  it.each([0, 1, 2, 3, 5, 12, 4.5, -8, CAPACITY_WORDS_MAX * 2])('refuses a capacity of %d words', (capacityWords) => {
    expect(() => createRing(capacityWords)).toThrow(AssertionFailure);
  });

  it.each([0, 32, FRAMES * 4 + 24, FRAMES * 4 + 36])('refuses memory of %i bytes', (sizeBytes) => {
    expect(() => capacityWordsOf(new SharedArrayBuffer(sizeBytes))).toThrow(AssertionFailure);
  });

  it('finds the smallest ring for a payload', () => {
    expect([0, 1, 2, 3, 4, 7, 8, 100].map(smallestCapacityWords)).toEqual([4, 4, 8, 8, 16, 16, 32, 256]);
    for (let payloadWords = 0; payloadWords < 300; payloadWords++) {
      const capacityWords = smallestCapacityWords(payloadWords);
      expect(frameWordsMax(capacityWords)).toBeGreaterThanOrEqual(payloadWords + HEADER_WORDS);
      if (capacityWords > CAPACITY_WORDS_MIN)
        expect(frameWordsMax(capacityWords / 2)).toBeLessThan(payloadWords + HEADER_WORDS);
    }
  });
});
