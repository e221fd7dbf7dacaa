/**
 * The messages of a handshake as bytes, apart from when they are sent. All numbers are little-endian:
 *
 *   int32 magic   int32 version of the protocol   int32 kind   int32 bytes of the body   body
 *
 *   HELLO     JSON {from, to: shard ids, hasSecret, nonce: hexadecimal}
 *   PROOF     MAC_BYTES of a message authentication code, then JSON {localShardIds, agreement}
 *   REFUSAL   JSON {reason}
 */

const MAGIC = 0x74_62_64_0a;
/** Of the handshake and of the frames behind it (`wire-layout.ts`). */
export const PROTOCOL_VERSION = 1;

export const HELLO = 1;
export const PROOF = 2;
export const REFUSAL = 3;

const HEADER_BYTES = 16;
export const NONCE_BYTES = 32;
export const MAC_BYTES = 32;
/** Of everything that one side says in a handshake. */
export const HANDSHAKE_BYTES_MAX = 65_536;

/** What one process tells another. */
export interface PeerFacts {
  /** The shards that the process runs. */
  localShardIds: readonly number[];
  /** What must be equal everywhere. */
  agreement: Readonly<Record<string, string>>;
}

export interface Hello {
  from: number;
  to: number;
  hasSecret: boolean;
  nonce: Uint8Array;
}

/** Why a side that speaks the protocol is refused. */
export const REFUSAL_REASONS = [
  'version',
  'wrongShard',
  'unexpectedShard',
  'alreadyLinked',
  'secretMissing',
  'secretUnexpected',
  'secretWrong',
  'agreement',
  'overlap',
] as const;
export type RefusalReason = (typeof REFUSAL_REASONS)[number];

export function encodeHello(hello: Hello): Uint8Array {
  const body = JSON.stringify({ ...hello, nonce: Buffer.from(hello.nonce).toString('hex') });
  return encode(HELLO, Buffer.from(body));
}

export const encodeFacts = (facts: PeerFacts): Uint8Array =>
  Buffer.from(JSON.stringify({ localShardIds: facts.localShardIds, agreement: facts.agreement }));

export const encodeProof = (mac: Uint8Array, facts: Uint8Array): Uint8Array =>
  encode(PROOF, Buffer.concat([mac, facts]));

export const encodeRefusal = (reason: RefusalReason): Uint8Array =>
  encode(REFUSAL, Buffer.from(JSON.stringify({ reason })));

function encode(kind: number, body: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(HEADER_BYTES + body.length);
  bytes.writeInt32LE(MAGIC, 0);
  bytes.writeInt32LE(PROTOCOL_VERSION, 4);
  bytes.writeInt32LE(kind, 8);
  bytes.writeInt32LE(body.length, 12);
  bytes.set(body, HEADER_BYTES);
  return bytes;
}

/** The hello in `body`; null when it is none. */
export function decodeHello(body: Uint8Array): Hello | null {
  const value = parseObject(body);
  if (value === null) return null;
  const { from, to, hasSecret, nonce } = value;
  if (!isShardId(from) || !isShardId(to) || typeof hasSecret !== 'boolean' || typeof nonce !== 'string') return null;
  const nonceBytes = Buffer.from(nonce, 'hex');
  return nonceBytes.length === NONCE_BYTES ? { from, to, hasSecret, nonce: nonceBytes } : null;
}

export function decodeFacts(body: Uint8Array): PeerFacts | null {
  const value = parseObject(body);
  if (value === null) return null;
  const { localShardIds, agreement } = value;
  if (!Array.isArray(localShardIds) || !localShardIds.every(isShardId)) return null;
  if (!isObject(agreement) || !Object.values(agreement).every((text) => typeof text === 'string')) return null;
  return { localShardIds, agreement: agreement as Record<string, string> };
}

export function decodeRefusal(body: Uint8Array): RefusalReason | null {
  const reason = parseObject(body)?.['reason'];
  return REFUSAL_REASONS.find((known) => known === reason) ?? null;
}

const isShardId = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 0;
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parseObject(body: Uint8Array): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

/** Puts messages together from a stream that is cut anywhere. It holds HANDSHAKE_BYTES_MAX bytes at most. */
export class HandshakeReader {
  /** Of the message that `read` completed last. */
  kind = 0;
  /** Of the other side, as soon as a header is there. */
  version = PROTOCOL_VERSION;
  isGarbage = false;
  private readonly header = Buffer.alloc(HEADER_BYTES);
  private headerBytes = 0;
  private body: Uint8Array | null = null;
  private bodyBytes = 0;
  private totalBytes = 0;

  /** Takes bytes of `chunk` from `offset` on, up to the end of a message. @returns how many bytes it took */
  read(chunk: Uint8Array, offset: number): number {
    let taken = 0;
    if (this.body === null) {
      taken = Math.min(HEADER_BYTES - this.headerBytes, chunk.length - offset);
      this.header.set(chunk.subarray(offset, offset + taken), this.headerBytes);
      this.headerBytes += taken;
      if (this.headerBytes < HEADER_BYTES) this.isGarbage ||= !this.startsLikeMagic();
      else this.enterBody();
    }
    if (this.body !== null) {
      const count = Math.min(this.body.length - this.bodyBytes, chunk.length - offset - taken);
      this.body.set(chunk.subarray(offset + taken, offset + taken + count), this.bodyBytes);
      this.bodyBytes += count;
      taken += count;
    }
    return taken;
  }

  /** The body of a message that is complete, once; null as long as there is none. */
  takeBody(): Uint8Array | null {
    const { body } = this;
    if (body === null || this.bodyBytes < body.length) return null;
    this.body = null;
    this.headerBytes = 0;
    return body;
  }

  private startsLikeMagic(): boolean {
    for (let i = 0; i < Math.min(this.headerBytes, 4); i++) {
      if (this.header[i] !== ((MAGIC >>> (8 * i)) & 0xff)) return false;
    }
    return true;
  }

  private enterBody(): void {
    this.version = this.header.readInt32LE(4);
    this.kind = this.header.readInt32LE(8);
    const sizeBytes = this.header.readInt32LE(12);
    if (this.header.readInt32LE(0) !== MAGIC || sizeBytes < 0) this.isGarbage = true;
    else {
      this.totalBytes += HEADER_BYTES + sizeBytes;
      if (this.totalBytes > HANDSHAKE_BYTES_MAX) this.isGarbage = true;
      else {
        this.body = new Uint8Array(sizeBytes);
        this.bodyBytes = 0;
      }
    }
  }
}
