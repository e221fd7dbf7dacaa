import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { AssertionFailure } from '../assert.ts';
import { RingConsumer } from './ring-consumer.ts';
import { CONSUMER_CURSOR, FRAMES, PRODUCER_CURSOR } from './ring-layout.ts';
import { RingProducer } from './ring-producer.ts';
import { type Message, messageOf, RingPair } from './testing/ring-pair.ts';

const LAST = 2 ** 31 - 1;
/** Cursors that stand at the first word of a ring, in its middle, or shortly before int32 overflows. */
const STARTS = [0, 3, LAST, LAST - 1, LAST - 6, -1, -(2 ** 31)];

afterEach(() => vi.restoreAllMocks());

describe.each(STARTS)('a ring that starts at %i', (start) => {
  it('carries frames in order with type, length and payload', () => {
    const ring = new RingPair(64, start);
    const messages = [messageOf(1, 3, 7), messageOf(2, 0, 1), messageOf(3, 9, LAST)];
    for (const message of messages) expect(ring.send(message)).toBe(true);
    ring.producer.publish();
    expect(ring.receiveAll()).toEqual(messages);
  });

  it('shows nothing before it is published, then all at once', () => {
    const ring = new RingPair(16, start);
    const messages = [messageOf(1, 1), messageOf(2, 2)];
    for (const message of messages) ring.send(message);
    expect([ring.consumer.hasNext(), ring.receive()]).toEqual([false, null]);
    expect(ring.producer.publish()).toBe(true);
    expect(ring.consumer.hasNext()).toBe(true);
    expect(ring.receiveAll()).toEqual(messages);
    expect(ring.producer.publish()).toBe(false);
  });

  it('is full when it is full, and has room again only after a release', () => {
    const ring = new RingPair(4, start - (start & 3));
    expect([ring.send(messageOf(1, 1)), ring.send(messageOf(2, 1)), ring.send(messageOf(3, 0))]).toEqual([
      true,
      true,
      false,
    ]);
    ring.producer.publish();
    expect(ring.receive()).toEqual(messageOf(1, 1));
    expect([ring.producer.fits(1), ring.send(messageOf(3, 1))]).toEqual([false, false]);
    expect([ring.consumer.release(), ring.consumer.release()]).toEqual([true, false]);
    expect([ring.producer.fits(1), ring.send(messageOf(3, 1)), ring.send(messageOf(4, 1))]).toEqual([
      true,
      true,
      false,
    ]);
    ring.producer.publish();
    expect(ring.receiveAll()).toEqual([messageOf(2, 1), messageOf(3, 1)]);
  });

  it.each([4, 8, 16])('goes round and round with %i words', (capacityWords) => {
    const ring = new RingPair(capacityWords, start);
    for (let i = 0; i < 10 * capacityWords; i++) {
      const message = messageOf(i, i % (capacityWords / 2));
      expect(ring.send(message)).toBe(true);
      ring.producer.publish();
      expect(ring.receiveAll()).toEqual([message]);
      ring.consumer.release();
    }
  });

  it.each([4, 8, 16, 64])(
    'takes the largest frame of %i words wherever its cursor stands, when it is empty',
    (words) => {
      for (let offset = 0; offset < words; offset++) {
        const ring = new RingPair(words, (start + offset) | 0);
        const message = messageOf(offset, words / 2 - 1);
        expect(ring.producer.fits(words / 2 - 1)).toBe(true);
        expect(ring.send(message)).toBe(true);
        ring.producer.publish();
        expect(ring.receiveAll()).toEqual([message]);
      }
    },
  );
});

describe('a ring', () => {
  it('never wraps a frame: padding fills the end', () => {
    const ring = new RingPair(8, 6);
    ring.send(messageOf(1, 2));
    const int32s = new Int32Array(ring.memory);
    expect([...int32s.subarray(FRAMES + 12, FRAMES + 14)]).toEqual([2, 0]);
    expect([...int32s.subarray(FRAMES, FRAMES + 2)]).toEqual([3, messageOf(1, 2).type]);
    ring.producer.publish();
    expect(int32s[PRODUCER_CURSOR]).toBe(6 + 2 + 3);
    expect(ring.receiveAll()).toEqual([messageOf(1, 2)]);
    ring.consumer.release();
    expect(int32s[CONSUMER_CURSOR]).toBe(6 + 2 + 3);
  });

  it('needs no padding for a frame that ends where the ring ends', () => {
    const ring = new RingPair(8, 5);
    ring.send(messageOf(1, 2));
    ring.producer.publish();
    expect(new Int32Array(ring.memory)[PRODUCER_CURSOR]).toBe(8);
    expect(ring.receiveAll()).toEqual([messageOf(1, 2)]);
  });

  it('counts the padding when it looks for room', () => {
    const ring = new RingPair(8, 0);
    ring.send(messageOf(1, 3));
    ring.send(messageOf(2, 0));
    ring.send(messageOf(3, 0));
    ring.producer.publish();
    ring.receive();
    ring.consumer.release();
    // Four words are free at the front, two at the end.
    expect([ring.producer.fits(3), ring.producer.fits(1), ring.send(messageOf(4, 3))]).toEqual([true, true, true]);
    expect(ring.producer.fits(0)).toBe(false);
    ring.producer.publish();
    expect(ring.receiveAll()).toEqual([messageOf(2, 0), messageOf(3, 0), messageOf(4, 3)]);
  });

  it('leaves no trace of a claim that did not fit', () => {
    const ring = new RingPair(8, 0);
    ring.send(messageOf(1, 2));
    ring.send(messageOf(2, 2));
    const before = new Uint8Array(ring.memory).slice();
    expect(ring.send(messageOf(3, 3))).toBe(false);
    expect(new Uint8Array(ring.memory)).toEqual(before);
    expect(ring.send(messageOf(3, 1))).toBe(true);
    ring.producer.publish();
    expect(ring.receiveAll()).toEqual([messageOf(1, 2), messageOf(2, 2), messageOf(3, 1)]);
  });

  it('stores and loads cursors once a batch', () => {
    const ring = new RingPair(64);
    const store = vi.spyOn(Atomics, 'store');
    const load = vi.spyOn(Atomics, 'load');
    for (let i = 0; i < 6; i++) ring.send(messageOf(i, 4));
    expect([store.mock.calls.length, load.mock.calls.length]).toEqual([0, 0]);
    ring.producer.publish();
    expect([store.mock.calls.length, load.mock.calls.length]).toEqual([1, 0]);
    for (let i = 0; i < 6; i++) ring.receive();
    ring.consumer.release();
    expect([store.mock.calls.length, load.mock.calls.length]).toEqual([2, 1]);
  });

  it('goes on where the ends before it stopped', () => {
    const ring = new RingPair(16, LAST);
    ring.send(messageOf(1, 2));
    ring.send(messageOf(2, 2));
    ring.producer.publish();
    ring.receive();
    ring.consumer.release();
    const producer = new RingProducer(ring.memory);
    const consumer = new RingConsumer(ring.memory);
    producer.float64s[producer.claim(1, 9) / 2] = 4.5;
    producer.publish();
    consumer.next();
    expect([consumer.type, consumer.payloadWords]).toEqual([messageOf(2, 2).type, 2]);
    const last = consumer.next();
    expect([consumer.type, consumer.payloadWords, consumer.float64s[last / 2]]).toEqual([9, 1, 4.5]);
  });

  it.each([
    ['a frame above half of it', 4, 1],
    ['a negative length', -1, 1],
    ['the type of padding', 1, 0],
    ['a negative type', 1, -3],
  ])('asserts on %s', (_, payloadWords, type) => {
    const ring = new RingPair(8);
    expect(() => ring.producer.claim(payloadWords, type)).toThrow(AssertionFailure);
  });

  it.each([0, -1, 3, LAST])('asserts on a header that cannot be: %i words', (frameWords) => {
    const ring = new RingPair(8);
    ring.send(messageOf(1, 1));
    ring.producer.publish();
    new Int32Array(ring.memory)[FRAMES] = frameWords;
    expect(() => ring.consumer.next()).toThrow(AssertionFailure);
  });
});

describe('a ring against a queue', () => {
  const operation = fc.oneof(
    { weight: 4, arbitrary: fc.record({ payloadWords: fc.nat({ max: 15 }) }) },
    { weight: 2, arbitrary: fc.constant('publish' as const) },
    { weight: 4, arbitrary: fc.constant('receive' as const) },
    { weight: 2, arbitrary: fc.constant('release' as const) },
  );
  const start = fc.oneof(fc.integer(), fc.integer({ min: LAST - 64, max: LAST }));

  /** A frame with the words that it takes, padding before it included. */
  type Held = Message & { words: number };

  it('keeps every frame and its order, and refuses a frame exactly when its words are not free', () => {
    let refusals = 0;
    let paddings = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(4, 8, 16, 32),
        start,
        fc.array(operation, { maxLength: 120, size: 'max' }),
        (capacityWords, cursor, operations) => {
          const ring = new RingPair(capacityWords, cursor);
          const claimed: Held[] = [];
          const visible: Held[] = [];
          const read: Held[] = [];
          let usedWords = 0;
          let position = cursor & (capacityWords - 1);
          let seed = 0;
          for (const step of operations) {
            if (step === 'publish') {
              expect(ring.producer.publish()).toBe(claimed.length > 0);
              visible.push(...claimed.splice(0));
            } else if (step === 'receive') {
              const [frame] = visible.splice(0, 1);
              expect(ring.receive()).toEqual(frame === undefined ? null : { type: frame.type, payload: frame.payload });
              if (frame !== undefined) read.push(frame);
            } else if (step === 'release') {
              expect(ring.consumer.release()).toBe(read.length > 0);
              for (const frame of read.splice(0)) usedWords -= frame.words;
            } else {
              const message = messageOf(++seed, step.payloadWords % (capacityWords / 2));
              const frameWords = 1 + message.payload.length;
              const paddingWords = position + frameWords > capacityWords ? capacityWords - position : 0;
              const words = paddingWords + frameWords;
              const isFree = usedWords + words <= capacityWords;
              if (step.payloadWords % 2 === 0) expect(ring.producer.fits(message.payload.length)).toBe(isFree);
              expect(ring.send(message)).toBe(isFree);
              if (!isFree) refusals++;
              else {
                claimed.push({ ...message, words });
                usedWords += words;
                position = (position + words) % capacityWords;
                if (paddingWords > 0) paddings++;
              }
            }
            expect(ring.consumer.hasNext()).toBe(visible.length > 0);
          }
        },
      ),
      { numRuns: 300 },
    );
    expect(refusals).toBeGreaterThan(1000);
    expect(paddings).toBeGreaterThan(300);
  });
});
