import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AssertionFailure } from '../assert.ts';
import { FrameBacklog } from './frame-backlog.ts';
import { type Message, messageOf } from './testing/ring-pair.ts';

function add(backlog: FrameBacklog, message: Message): void {
  const index = backlog.claim(message.payload.length, message.type);
  backlog.float64s.set(message.payload, index / 2);
}

function take(backlog: FrameBacklog): Message {
  const target = new Float64Array(600);
  const message = { type: backlog.firstType, payload: Array<number>(backlog.firstPayloadWords) };
  backlog.moveFirst(new Int32Array(target.buffer), 4);
  message.payload = [...target.subarray(2, 2 + message.payload.length)];
  return message;
}

describe('FrameBacklog', () => {
  it('is first in, first out, and grows', () => {
    const backlog = new FrameBacklog();
    const messages = Array.from({ length: 300 }, (_, i) => messageOf(i, i % 11));
    for (const message of messages) add(backlog, message);
    expect(backlog.words).toBe(messages.reduce((sum, { payload }) => sum + 1 + payload.length, 0));
    expect(messages.map(() => take(backlog))).toEqual(messages);
    expect(backlog.words).toBe(0);
  });

  it('keeps a frame that is larger than all its memory', () => {
    const backlog = new FrameBacklog();
    const messages = [messageOf(1, 2), messageOf(2, 500), messageOf(3, 0)];
    for (const message of messages) add(backlog, message);
    expect(messages.map(() => take(backlog))).toEqual(messages);
  });

  it('does not grow when it never holds much', () => {
    const backlog = new FrameBacklog();
    const sizeBytes = backlog.int32s.byteLength;
    add(backlog, messageOf(0, 3));
    for (let i = 1; i < 1000; i++) {
      add(backlog, messageOf(i, 3));
      expect(take(backlog)).toEqual(messageOf(i - 1, 3));
    }
    expect(backlog.int32s.byteLength).toBe(sizeBytes);
  });

  it('copies every bit of a payload', () => {
    const backlog = new FrameBacklog();
    const bits = [0x7ff00001, -1, 0x12345678, -(2 ** 31)];
    backlog.int32s.set(bits, backlog.claim(2, 1));
    const target = new Int32Array(4);
    backlog.moveFirst(target, 0);
    expect([...target]).toEqual(bits);
  });

  it('asserts when nothing waits', () => {
    expect(() => new FrameBacklog().moveFirst(new Int32Array(4), 0)).toThrow(AssertionFailure);
  });

  it('is a queue', () => {
    const size = fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 0, max: 40 }) }, fc.integer({ min: 41, max: 500 }));
    const step = fc.oneof({ weight: 3, arbitrary: size }, { weight: 2, arbitrary: fc.constant(null) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
        const backlog = new FrameBacklog();
        const queue: Message[] = [];
        let seed = 0;
        for (const payloadWords of steps) {
          if (payloadWords !== null) {
            const message = messageOf(++seed, payloadWords);
            add(backlog, message);
            queue.push(message);
          } else if (queue.length > 0) expect(take(backlog)).toEqual(queue.shift());
          expect(backlog.words).toBe(queue.reduce((sum, { payload }) => sum + 1 + payload.length, 0));
        }
      }),
    );
  });
});
