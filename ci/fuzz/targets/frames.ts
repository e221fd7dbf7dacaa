/** The frames of a connection after the handshake: any bytes, cut anywhere. */
import { FrameDecoder, type FrameRules } from '../../../src/transport/tcp/frame-decoder.ts';
import { SendBuffer } from '../../../src/transport/tcp/send-buffer.ts';
import { CONTROL_PIECE_BYTES, GOODBYE, HEARTBEAT } from '../../../src/transport/tcp/wire-layout.ts';
import { check, type FuzzTarget, type OpenTarget } from '../fuzz-target.ts';

const RULES: FrameRules = {
  payloadWordsMax: 40,
  controlBytesMax: CONTROL_PIECE_BYTES + 64,
  workersPerShard: 2,
  ownFirstWorker: 2,
  peerFirstWorker: 0,
};

/** The first bytes of an input say where the rest is cut; a last one too large to be a place says: everywhere. */
const CUTS = 4;
const EVERYWHERE = 250;
const EVERYWHERE_BYTES_MAX = 1024;

/** What stands for bytes that are no text. */
const UNREADABLE = '\ufffd';

type Event =
  | { kind: 'frame'; type: number; payload: readonly number[] }
  | { kind: 'control'; text: string }
  | { kind: 'goodbye' };

interface Decoded {
  events: Event[];
  fault: string | null;
}

function decode(chunks: readonly Uint8Array[]): Decoded {
  const events: Event[] = [];
  const decoder = new FrameDecoder(
    {
      workerFrame: (type, int32s, at, payloadWords) =>
        events.push({ kind: 'frame', type, payload: Array.from(int32s.subarray(at, at + 2 * payloadWords)) }),
      control: (text) => events.push({ kind: 'control', text }),
      goodbye: () => events.push({ kind: 'goodbye' }),
    },
    RULES,
  );
  for (const chunk of chunks) {
    const fault = decoder.push(chunk);
    if (fault !== null) return { events, fault };
  }
  return { events, fault: null };
}

export function encodeFrames(events: readonly (Event | { kind: 'heartbeat' })[]): Uint8Array {
  const buffer = new SendBuffer();
  for (const event of events) {
    if (event.kind === 'frame') {
      buffer.addFrame(event.type, Int32Array.from(event.payload), 0, event.payload.length / 2);
    } else if (event.kind === 'control') {
      const bytes = Buffer.from(event.text);
      for (let at = 0; at === 0 || at < bytes.length; at += CONTROL_PIECE_BYTES) {
        const end = Math.min(bytes.length, at + CONTROL_PIECE_BYTES);
        buffer.addText(bytes.subarray(at, end), end < bytes.length);
      }
    } else buffer.addMark(event.kind === 'goodbye' ? GOODBYE : HEARTBEAT);
  }
  return Uint8Array.from(buffer.take());
}

function cut(bytes: Uint8Array, places: Uint8Array): Uint8Array[] {
  if ((places.at(-1) ?? 0) >= EVERYWHERE && bytes.length <= EVERYWHERE_BYTES_MAX) {
    return Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));
  }
  const ends = [...places].map((place) => Math.floor((place / 256) * bytes.length)).sort((a, b) => a - b);
  return [...ends, bytes.length].map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end));
}

const textOf = (decoded: Decoded): string => JSON.stringify(decoded);

const int32 = (number: number): Uint8Array => Buffer.from(Int32Array.of(number).buffer);
const cuts = (...places: number[]): Uint8Array =>
  Uint8Array.of(...places, ...new Array<number>(CUTS - places.length).fill(0));

const EXAMPLES: readonly (readonly (Event | { kind: 'heartbeat' })[])[] = [
  [{ kind: 'frame', type: 16, payload: [0, 2, 1, -1, 7, 8] }],
  [{ kind: 'heartbeat' }, { kind: 'frame', type: 255, payload: [1, 3] }, { kind: 'goodbye' }],
  [
    { kind: 'control', text: '' },
    { kind: 'control', text: 'größe' },
  ],
  [
    { kind: 'control', text: 'x'.repeat(CONTROL_PIECE_BYTES + 8) },
    { kind: 'frame', type: 20, payload: [0, 2] },
  ],
];

export const FRAMES: FuzzTarget = {
  name: 'frames',
  describe: 'FrameDecoder: random, changed, cut and repeated frames',
  bytesMax: 80_000,
  dictionary: [
    ...EXAMPLES.slice(0, 3).map(encodeFrames),
    encodeFrames([{ kind: 'heartbeat' }]),
    encodeFrames([{ kind: 'goodbye' }]),
    ...[8, 16, 24, 328, 336, 2, 3, 4, 15, 256, CONTROL_PIECE_BYTES, CONTROL_PIECE_BYTES + 16].map(int32),
  ],
  guidedBy: /\/src\/transport\//,
  knownFailures: [],
  seeds: () => EXAMPLES.map((events, i) => Buffer.concat([cuts(20 * i, 200, 0, 255 * (i % 2)), encodeFrames(events)])),
  open: async (): Promise<OpenTarget> => ({
    execute: (input) => {
      const places = input.subarray(0, CUTS);
      const bytes = input.subarray(CUTS);
      const whole = decode([bytes]);
      const texts = whole.events.map((event) => (event.kind === 'control' ? event.text : '')).join('');
      check(!texts.includes(UNREADABLE) || Buffer.from(bytes).includes(UNREADABLE), 'a text is read that nobody sent');
      check(textOf(decode(cut(bytes, places))) === textOf(whole), 'what comes out depends on where the bytes are cut');
      const encoded = encodeFrames(whole.events);
      const again = decode([encoded]);
      check(textOf(again) === textOf({ events: whole.events, fault: null }), 'accepted frames encode to others');
    },
    close: async () => {},
  }),
};
