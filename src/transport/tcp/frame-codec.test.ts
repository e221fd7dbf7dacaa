/** The two ends of a stream of frames: what `SendBuffer` writes is what `FrameDecoder` hands over, and nothing else is. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AssertionFailure } from '../../assert.ts';
import { FrameDecoder, type FrameRules } from './frame-decoder.ts';
import { SendBuffer } from './send-buffer.ts';
import type { FrameFault } from './transport-counters.ts';
import { CONTROL, CONTROL_PIECE_BYTES, GOODBYE, HEARTBEAT } from './wire-layout.ts';

const RULES: FrameRules = {
  payloadWordsMax: 20,
  controlBytesMax: 4 * CONTROL_PIECE_BYTES,
  workersPerShard: 4,
  ownFirstWorker: 8,
  peerFirstWorker: 0,
};

type Event =
  | { kind: 'frame'; type: number; payload: number[] }
  | { kind: 'control'; text: string }
  | { kind: 'goodbye' };

/** A decoder and what it handed over. */
function open(rules = RULES): { decoder: FrameDecoder; events: Event[] } {
  const events: Event[] = [];
  const decoder = new FrameDecoder(
    {
      workerFrame: (type, int32s, at, payloadWords) => {
        events.push({ kind: 'frame', type, payload: [...int32s.subarray(at, at + 2 * payloadWords)] });
      },
      control: (text) => events.push({ kind: 'control', text }),
      goodbye: () => events.push({ kind: 'goodbye' }),
    },
    rules,
  );
  return { decoder, events };
}

/** Everything that the buffer holds, as a copy. */
const bytesOf = (buffer: SendBuffer): Buffer => Buffer.from(buffer.take());

function addFrame(buffer: SendBuffer, type: number, payload: readonly number[]): void {
  buffer.addFrame(type, Int32Array.from([77, 77, ...payload]), 2, payload.length / 2);
}

function addText(buffer: SendBuffer, text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at === 0 || at < bytes.length; at += CONTROL_PIECE_BYTES) {
    const end = Math.min(bytes.length, at + CONTROL_PIECE_BYTES);
    buffer.addText(bytes.subarray(at, end), end < bytes.length);
  }
}

/** Feeds `bytes` in the given pieces; the first fault ends it. */
function feed(decoder: FrameDecoder, bytes: Buffer, cuts: readonly number[]): FrameFault | null {
  const places = [...new Set([...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b);
  let from = 0;
  for (const place of places) {
    const fault = decoder.push(bytes.subarray(from, place));
    if (fault !== null) return fault;
    from = place;
  }
  return null;
}

const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const workerFrame = fc
  .record({
    type: fc.integer({ min: 16, max: 255 }),
    from: fc.integer({ min: 0, max: 3 }),
    to: fc.integer({ min: 8, max: 11 }),
    words: fc.array(fc.tuple(int32, int32), { maxLength: RULES.payloadWordsMax - 1 }),
  })
  .map(({ type, from, to, words }): Event => ({ kind: 'frame', type, payload: [from, to, ...words.flat()] }));
const control = fc.string({ unit: 'binary', maxLength: 50 }).map((text): Event => {
  // What UTF-8 cannot carry does not arrive as it was.
  return { kind: 'control', text: Buffer.from(text).toString() };
});
const heartbeat = fc.constant({ kind: 'heartbeat' } as const);
const stream = fc.array(fc.oneof({ weight: 5, arbitrary: workerFrame }, control, heartbeat), { maxLength: 30 });
const cuts = fc.array(fc.nat(), { maxLength: 40 });

function encode(items: readonly (Event | { kind: 'heartbeat' })[]): Buffer {
  const buffer = new SendBuffer();
  for (const item of items) {
    if (item.kind === 'frame') addFrame(buffer, item.type, item.payload);
    else if (item.kind === 'control') addText(buffer, item.text);
    else buffer.addMark(item.kind === 'goodbye' ? GOODBYE : HEARTBEAT);
  }
  return bytesOf(buffer);
}

describe('a stream of frames', () => {
  it('comes out as it went in, wherever it is cut', () => {
    fc.assert(
      fc.property(stream, cuts, (items, places) => {
        const { decoder, events } = open();
        expect(feed(decoder, encode(items), places)).toBeNull();
        expect(events).toEqual(items.filter(({ kind }) => kind !== 'heartbeat'));
      }),
      { numRuns: 300 },
    );
  });

  it('comes out as it went in, byte by byte', () => {
    const items: Event[] = [
      { kind: 'frame', type: 16, payload: [3, 8, 1, -1, 0x7ff00001, 5] },
      { kind: 'control', text: 'größe' },
      { kind: 'frame', type: 255, payload: [0, 11] },
      { kind: 'goodbye' },
    ];
    const { decoder, events } = open();
    const bytes = encode(items);
    for (let i = 0; i < bytes.length; i++) expect(decoder.push(bytes.subarray(i, i + 1))).toBeNull();
    expect(events).toEqual(items);
  });

  it('carries more than a decoder holds at a time', () => {
    const items = Array.from(
      { length: 20_000 },
      (_, i): Event => ({ kind: 'frame', type: 16, payload: [1, 9, i, ~i] }),
    );
    const { decoder, events } = open();
    expect(decoder.push(encode(items))).toBeNull();
    expect(events).toEqual(items);
  });

  it.each([0, 1, CONTROL_PIECE_BYTES - 1, CONTROL_PIECE_BYTES, 3 * CONTROL_PIECE_BYTES + 1])(
    'carries a text of %i bytes between frames',
    (sizeBytes) => {
      const items: Event[] = [
        { kind: 'control', text: 'x'.repeat(sizeBytes) },
        { kind: 'frame', type: 20, payload: [0, 8] },
      ];
      const { decoder, events } = open();
      expect(decoder.push(encode(items))).toBeNull();
      expect(events).toEqual(items);
    },
  );

  it('lets frames of workers in between the pieces of a text', () => {
    const buffer = new SendBuffer();
    buffer.addText(Buffer.from('1'.repeat(CONTROL_PIECE_BYTES)), true);
    addFrame(buffer, 16, [0, 8]);
    buffer.addText(Buffer.from('2'), false);
    const { decoder, events } = open();
    expect(decoder.push(bytesOf(buffer))).toBeNull();
    expect(events).toEqual([
      { kind: 'frame', type: 16, payload: [0, 8] },
      { kind: 'control', text: `${'1'.repeat(CONTROL_PIECE_BYTES)}2` },
    ]);
  });

  it('goes on after any corruption, or is refused with a reason; what lies before it comes out', () => {
    let refused = 0;
    let framesBehind = 0;
    fc.assert(
      fc.property(
        fc.array(workerFrame, { minLength: 1, maxLength: 8 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        cuts,
        (items, place, change, places) => {
          const bytes = encode(items);
          const position = place % bytes.length;
          bytes[position] ^= change;
          const { decoder, events } = open();
          const fault = feed(decoder, bytes, places);
          let end = 0;
          let whole = 0;
          for (const item of items) {
            end += 8 + (item.kind === 'frame' ? item.payload.length * 4 : 0);
            if (end > position) break;
            whole++;
          }
          expect(events.slice(0, whole)).toEqual(items.slice(0, whole));
          for (const event of events) {
            if (event.kind !== 'frame') continue;
            expect(event.payload[0]).toBeLessThan(4);
            expect(event.payload[1]).toBeGreaterThanOrEqual(8);
            expect(event.payload[1]).toBeLessThan(12);
          }
          if (fault !== null) refused++;
          else framesBehind += events.length - whole;
        },
      ),
      { numRuns: 500 },
    );
    expect(refused).toBeGreaterThan(50);
    expect(framesBehind).toBeGreaterThan(50);
  });

  it('of random bytes never throws and hands over nothing that breaks the rules', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), cuts, (bytes, places) => {
        const { decoder } = open();
        feed(decoder, Buffer.from(bytes), places);
      }),
    );
  });
});

describe('FrameDecoder refuses', () => {
  const header = (lengthBytes: number, type: number, ...payload: number[]) =>
    Buffer.from(Int32Array.from([lengthBytes, type, ...payload]).buffer);

  it.each<[string, FrameFault, Buffer]>([
    ['a type that nobody has', 'unknownType', header(8, 5)],
    ['the type of LINK_DOWN', 'unknownType', header(24, 1, -1, 8, 1, 0)],
    ['the type of padding', 'unknownType', header(8, 0)],
    ['a negative type', 'unknownType', header(16, -16, 0, 8)],
    ['a type above those of workers', 'unknownType', header(16, 256, 0, 8)],
    ['a length of 0', 'badLength', header(0, 16)],
    ['a negative length', 'badLength', header(-16, 16)],
    ['a frame without an envelope', 'badLength', header(8, 16)],
    ['half a word', 'badLength', header(20, 16, 0, 8, 1)],
    ['a heartbeat with content', 'badLength', header(16, HEARTBEAT, 1, 1)],
    ['a goodbye with content', 'badLength', header(16, GOODBYE, 1, 1)],
    ['text without its length', 'badLength', header(8, CONTROL)],
    ['text with another length than it says', 'badLength', header(24, CONTROL, 9, 0, 65, 0)],
    ['text with a negative length', 'badLength', header(16, CONTROL, -8, 0)],
    ['a short piece of text that is not the last', 'badLength', header(24, CONTROL, 8, 1, 65, 0)],
    ['text that is not UTF-8', 'badText', header(24, CONTROL, 1, 0, 0xff, 0)],
    ['a frame above the largest of the shard', 'oversized', header(8 + 8 * 21, 16)],
    ['a huge length', 'oversized', header(0x7ffffff8, 16)],
    ['a huge piece of text', 'oversized', header(0x7ffffff8, CONTROL)],
    ['a worker before those of the shard', 'wrongRecipient', header(16, 16, 0, 7)],
    ['a worker after those of the shard', 'wrongRecipient', header(16, 16, 0, 12)],
    ['a recipient below 0', 'wrongRecipient', header(16, 16, 0, -(2 ** 31))],
    ["a sender that is not the peer's", 'wrongSender', header(16, 16, 4, 8)],
    ['a sender of this shard', 'wrongSender', header(16, 16, 9, 8)],
    ['a sender below 0', 'wrongSender', header(16, 16, -1, 8)],
  ])('%s: %s', (_, fault, bytes) => {
    const { decoder, events } = open();
    expect(decoder.push(bytes)).toBe(fault);
    expect(events).toEqual([]);
    expect(() => decoder.push(bytes)).toThrow(AssertionFailure);
  });

  it('anything behind a goodbye', () => {
    const { decoder, events } = open();
    const buffer = new SendBuffer();
    buffer.addMark(GOODBYE);
    expect(decoder.push(bytesOf(buffer))).toBeNull();
    expect(decoder.push(header(8, HEARTBEAT))).toBe('afterGoodbye');
    expect(events).toEqual([{ kind: 'goodbye' }]);
  });

  it('text that never ends', () => {
    const { decoder, events } = open();
    const buffer = new SendBuffer();
    for (let i = 0; i < 5; i++) buffer.addText(Buffer.alloc(CONTROL_PIECE_BYTES), true);
    expect(decoder.push(bytesOf(buffer))).toBe('oversized');
    expect(events).toEqual([]);
  });

  it('nothing before the frame that is wrong', () => {
    const { decoder, events } = open();
    const buffer = new SendBuffer();
    addFrame(buffer, 16, [0, 8]);
    expect(decoder.push(Buffer.concat([bytesOf(buffer), header(8, 99999)]))).toBe('unknownType');
    expect(events).toEqual([{ kind: 'frame', type: 16, payload: [0, 8] }]);
  });
});

describe('SendBuffer', () => {
  it('is empty after a take, and fills other memory than what was taken', () => {
    const buffer = new SendBuffer();
    addFrame(buffer, 16, [0, 8, 1, 2]);
    expect(buffer.sizeBytes).toBe(24);
    const taken = buffer.take();
    const before = Buffer.from(taken);
    expect(buffer.sizeBytes).toBe(0);
    addFrame(buffer, 17, [1, 9, 3, 4]);
    expect(taken).toEqual(before);
  });

  it('reuses its memory', () => {
    const buffer = new SendBuffer();
    const memories = new Set<ArrayBufferLike>();
    for (let i = 0; i < 10; i++) {
      addFrame(buffer, 16, [0, 8]);
      memories.add(buffer.take().buffer);
    }
    expect(memories.size).toBe(2);
  });

  it('leaves nothing of an earlier frame behind a text', () => {
    const buffer = new SendBuffer();
    for (let i = 0; i < 2; i++) {
      addFrame(buffer, 16, [-1, -1, -1, -1]);
      buffer.take();
    }
    buffer.addText(Buffer.from('abc'), false);
    expect([...bytesOf(buffer).subarray(16)]).toEqual([97, 98, 99, 0, 0, 0, 0, 0]);
  });
});
