import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AssertionFailure } from '../assert.ts';
import { Outbox } from './outbox.ts';
import { RingConsumer } from './ring-consumer.ts';
import { createRing } from './ring-layout.ts';
import { type Message, messageOf, receive } from './testing/ring-pair.ts';

function open(capacityWords: number, start = 0): { outbox: Outbox; consumer: RingConsumer } {
  const memory = createRing(capacityWords, start);
  return { outbox: new Outbox(memory), consumer: new RingConsumer(memory) };
}

function send(outbox: Outbox, message: Message): void {
  const index = outbox.claim(message.payload.length, message.type);
  outbox.float64s.set(message.payload, index / 2);
}

/** Flushes and drains until nothing moves any more. */
function drain(outbox: Outbox, consumer: RingConsumer): Message[] {
  const messages: Message[] = [];
  for (;;) {
    outbox.flush();
    const message = receive(consumer);
    if (message === null) return messages;
    messages.push(message);
    consumer.release();
  }
}

describe('Outbox', () => {
  it('sends nothing before a flush, and says when there is something new', () => {
    const { outbox, consumer } = open(16);
    expect(outbox.flush()).toBe(false);
    send(outbox, messageOf(1, 2));
    expect(receive(consumer)).toBeNull();
    expect([outbox.flush(), outbox.flush()]).toEqual([true, false]);
    expect(receive(consumer)).toEqual(messageOf(1, 2));
  });

  it('spills what a full ring has no room for and sends it later, in order', () => {
    const { outbox, consumer } = open(4);
    const messages = Array.from({ length: 200 }, (_, i) => messageOf(i, 1));
    for (const message of messages) send(outbox, message);
    expect(outbox.backlogWords).toBe(2 * 198);
    expect(outbox.counters).toEqual({ frames: 200, bytes: 200 * 16, batches: 0, spills: 198 });
    expect(drain(outbox, consumer)).toEqual(messages);
    expect(outbox.backlogWords).toBe(0);
    expect(outbox.counters).toMatchObject({ frames: 200, spills: 198 });
  });

  it('lets no frame overtake one that waits, although the ring has room for it', () => {
    const { outbox, consumer } = open(8);
    const messages = [messageOf(1, 3), messageOf(2, 2), messageOf(3, 3), messageOf(4, 0)];
    for (const message of messages) send(outbox, message);
    // One word is free: enough for the last frame, not for the one before it.
    expect(outbox.backlogWords).toBe(4 + 1);
    expect(drain(outbox, consumer)).toEqual(messages);
  });

  it('sees room for its backlog as soon as the consumer releases', () => {
    const { outbox, consumer } = open(4);
    expect(outbox.canRefill()).toBe(false);
    for (let i = 0; i < 3; i++) send(outbox, messageOf(i, 1));
    outbox.flush();
    receive(consumer);
    expect(outbox.canRefill()).toBe(false);
    consumer.release();
    expect(outbox.canRefill()).toBe(true);
    expect([outbox.flush(), outbox.backlogWords, outbox.canRefill()]).toEqual([true, 0, false]);
  });

  it('says nothing new when a flush finds no room', () => {
    const { outbox } = open(4);
    for (let i = 0; i < 3; i++) send(outbox, messageOf(i, 1));
    expect([outbox.flush(), outbox.flush(), outbox.backlogWords]).toEqual([true, false, 2]);
    expect(outbox.counters.batches).toBe(1);
  });

  it('asserts on a frame that the ring could never carry, with and without a backlog', () => {
    const { outbox } = open(8);
    expect(() => outbox.claim(4, 1)).toThrow(AssertionFailure);
    for (let i = 0; i < 4; i++) send(outbox, messageOf(i, 3));
    expect(outbox.backlogWords).toBeGreaterThan(0);
    expect(() => outbox.claim(4, 1)).toThrow(AssertionFailure);
  });

  it('is a queue, whatever the sizes and the pace', () => {
    const operation = fc.oneof(
      { weight: 4, arbitrary: fc.record({ payloadWords: fc.nat({ max: 15 }) }) },
      { weight: 2, arbitrary: fc.constant('flush' as const) },
      { weight: 4, arbitrary: fc.constant('receive' as const) },
      { weight: 2, arbitrary: fc.constant('release' as const) },
    );
    const start = fc.oneof(fc.integer(), fc.integer({ min: 2 ** 31 - 64, max: 2 ** 31 - 1 }));
    let spills = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(4, 8, 32),
        start,
        fc.array(operation, { maxLength: 150, size: 'max' }),
        (words, cursor, steps) => {
          const { outbox, consumer } = open(words, cursor);
          const queue: Message[] = [];
          let bytes = 0;
          for (const step of steps) {
            if (step === 'flush') outbox.flush();
            else if (step === 'release') consumer.release();
            else if (step === 'receive') {
              const message = receive(consumer);
              if (message !== null) expect(message).toEqual(queue.shift());
            } else {
              const message = messageOf(outbox.counters.frames, Math.min(step.payloadWords, words / 2 - 1));
              send(outbox, message);
              queue.push(message);
              bytes += 8 + 8 * message.payload.length;
            }
          }
          expect(outbox.counters.bytes).toBe(bytes);
          spills += outbox.counters.spills;
          consumer.release();
          expect(drain(outbox, consumer)).toEqual(queue);
          expect(outbox.backlogWords).toBe(0);
        },
      ),
      { numRuns: 300 },
    );
    expect(spills).toBeGreaterThan(1000);
  });
});
