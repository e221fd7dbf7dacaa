/** The bytes of a handshake, from either side, with and without a secret. */
import { Handshake, type HandshakeOptions, type HandshakeOutcome } from '../../../src/transport/tcp/handshake.ts';
import {
  decodeFacts,
  decodeHello,
  decodeRefusal,
  encodeFacts,
  encodeHello,
  encodeRefusal,
  HANDSHAKE_BYTES_MAX,
  NONCE_BYTES,
  REFUSAL_REASONS,
} from '../../../src/transport/tcp/handshake-messages.ts';
import { check, type FuzzTarget, type OpenTarget } from '../fuzz-target.ts';

const HEADER_BYTES = 16;
/** The first byte of an input: bit 0 the role, bit 1 whether there is a secret, bit 2 whether the peer is welcome. */
const ACCEPTS = 1;
const HAS_SECRET = 2;
const UNWELCOME = 4;
/** The second byte of an input: how many bytes come at a time; 0 for all. */
const PREFIX_BYTES = 2;

const OWN_NONCE = new Uint8Array(NONCE_BYTES).fill(1);
const PEER_NONCE = new Uint8Array(NONCE_BYTES).fill(2);
const agreement = { seed: '1', shards: '127.0.0.1:31000 127.0.0.1:31100' };

/** This side is shard 0, the peer is shard 1. */
function optionsOf(flags: number, send: (bytes: Uint8Array) => void): HandshakeOptions {
  return {
    role: (flags & ACCEPTS) !== 0 ? 'accept' : 'connect',
    shardId: 0,
    peerShardId: 1,
    secret: (flags & HAS_SECRET) !== 0 ? 'swordfish' : null,
    facts: { localShardIds: [0], agreement },
    nonce: OWN_NONCE,
    refusalOf: (shardId) => (shardId !== 1 ? 'unexpectedShard' : (flags & UNWELCOME) !== 0 ? 'alreadyLinked' : null),
    send,
  };
}

/** What a real peer says to this side. */
function transcript(flags: number, peer: Partial<HandshakeOptions> = {}): Uint8Array {
  const said: Uint8Array[] = [];
  const toPeer: Uint8Array[] = [];
  const toOwn: Uint8Array[] = [];
  const own = new Handshake(optionsOf(flags, (bytes) => toPeer.push(bytes)));
  const other = new Handshake({
    ...optionsOf(flags ^ ACCEPTS, (bytes) => toOwn.push(bytes)),
    shardId: 1,
    peerShardId: 0,
    nonce: PEER_NONCE,
    facts: { localShardIds: [1], agreement },
    refusalOf: () => null,
    ...peer,
  });
  own.start();
  other.start();
  let ownEnded = false;
  let otherEnded = false;
  while (toPeer.length + toOwn.length > 0) {
    const forPeer = toPeer.shift();
    if (forPeer !== undefined && !otherEnded) otherEnded = other.push(forPeer) !== null;
    const forOwn = toOwn.shift();
    if (forOwn === undefined) continue;
    said.push(forOwn);
    if (!ownEnded) ownEnded = own.push(forOwn) !== null;
  }
  return Buffer.concat(said);
}

interface Run {
  outcome: HandshakeOutcome | null;
  /** Of the stream, up to the end of the handshake. */
  takenBytes: number;
  sentBytes: number;
}

function run(flags: number, stream: Uint8Array, step: number): Run {
  let sentBytes = 0;
  const handshake = new Handshake(
    optionsOf(flags, (bytes) => {
      sentBytes += bytes.length;
    }),
  );
  handshake.start();
  for (let at = 0; at < stream.length; at += step) {
    const outcome = handshake.push(stream.subarray(at, at + step));
    if (outcome === null) continue;
    return { outcome, takenBytes: outcome.kind === 'linked' ? at + outcome.taken : 0, sentBytes };
  }
  return { outcome: null, takenBytes: 0, sentBytes };
}

function describe({ outcome, takenBytes, sentBytes }: Run): string {
  const plain = outcome?.kind === 'linked' ? { ...outcome, taken: 0 } : outcome;
  return JSON.stringify({ plain, takenBytes, sentBytes });
}

/** Messages that are accepted encode to messages that mean the same. */
function checkCodec(body: Uint8Array): void {
  const hello = decodeHello(body);
  if (hello !== null) {
    const again = decodeHello(encodeHello(hello).subarray(HEADER_BYTES));
    check(JSON.stringify(again) === JSON.stringify(hello), 'an accepted hello encodes to another');
  }
  const facts = decodeFacts(body);
  if (facts !== null) {
    const again = decodeFacts(encodeFacts(facts));
    check(JSON.stringify(again) === JSON.stringify(facts), 'accepted facts encode to others');
  }
  const refusal = decodeRefusal(body);
  if (refusal === null) return;
  check(decodeRefusal(encodeRefusal(refusal).subarray(HEADER_BYTES)) === refusal, 'a refusal encodes to another');
}

const FLAGS = [0, ACCEPTS, HAS_SECRET, ACCEPTS | HAS_SECRET, ACCEPTS | UNWELCOME];
const TRANSCRIPTS = FLAGS.map((flags) => transcript(flags));

export const HANDSHAKE: FuzzTarget = {
  name: 'handshake',
  describe: 'Handshake: both roles, changed, cut and repeated messages',
  bytesMax: HANDSHAKE_BYTES_MAX + 1_000,
  dictionary: [
    ...TRANSCRIPTS,
    encodeHello({ from: 1, to: 0, hasSecret: false, nonce: PEER_NONCE }),
    ...REFUSAL_REASONS.map(encodeRefusal),
    '"from":',
    '"nonce":"',
    '"localShardIds":[1,',
    '"agreement":{"__proto__":"x"',
    '\\u0000',
    '\n\u0064\u0062\u0074\u0001\u0000\u0000\u0000',
  ],
  guidedBy: /\/src\/transport\//,
  knownFailures: [],
  seeds: () => [
    ...FLAGS.map((flags, i) => Buffer.concat([Uint8Array.of(flags, 0), TRANSCRIPTS[i]])),
    ...[
      { facts: { localShardIds: [1], agreement: { seed: '2' } } },
      { facts: { localShardIds: [0, 1], agreement } },
      { secret: 'other' },
      { peerShardId: 5 },
    ].map((peer) => Buffer.concat([Uint8Array.of(ACCEPTS, 0), transcript(ACCEPTS, peer)])),
  ],
  open: async (): Promise<OpenTarget> => ({
    execute: (input) => {
      const flags = input[0] ?? 0;
      const stream = input.subarray(PREFIX_BYTES);
      const whole = run(flags, stream, Math.max(1, stream.length));
      const cut = run(flags, stream, input[1] || Math.max(1, stream.length));
      check(describe(cut) === describe(whole), 'the outcome depends on where the bytes are cut');
      check(whole.sentBytes < HANDSHAKE_BYTES_MAX, 'it sends more than a handshake may have');
      if (whole.outcome?.kind === 'linked') {
        const { facts, peerShardId } = whole.outcome;
        check(peerShardId === 1 && (flags & UNWELCOME) === 0, 'somebody is linked who is not welcome');
        check(JSON.stringify(facts.agreement) === JSON.stringify(agreement), 'somebody is linked who differs');
      }
      checkCodec(stream);
    },
    close: async () => {},
  }),
};
