/**
 * Layout of a log file: blocks, each a header and a payload, one after the other; the only place that knows it. All
 * numbers little-endian, as the typed arrays of the payload are on every machine that runs this.
 *
 *   bytes  0  magic "dbtl", uint32           4  kind, uint16      6  version, uint16
 *          8  payload bytes, uint32         12  worker within the shard, uint32
 *         16  number of the block, float64  24  epoch, float64
 *         32  digest of the header's first 32 bytes and the payload, 16 bytes
 *         48  payload, padded to 8 bytes
 *
 * Blocks of a shard are numbered without a gap over its files.
 *
 * The payload of a RECORDS block: records of one worker, one after the other, in words of 8 bytes:
 *
 *   word   0  its words, these two included, int32; RECORD_TYPE, int32
 *          1  its epoch, float64
 *          2  body (`redo-layout.ts`)
 *
 * The first word is that of a frame in the ring that brings it, so that many records pass from there in one copy. The epoch
 * of the block is the highest of them. An EPOCH_CLOSED block says that every record of epochs up to its own stands before
 * it, and has no payload; neither has a CUT.
 */
import { DIGEST_BYTES, digestOf } from './digest.ts';

export const MAGIC = 0x6c746264;
export const VERSION = 2;
export const HEADER_BYTES = 48;
const DIGESTED_BYTES = 32;
/** No block is longer: what says so is damaged. */
export const LARGEST_PAYLOAD_BYTES = 1 << 28;

/** Files are written by multiples of this, so that they can go past the page cache. */
export const UNIT_BYTES = 4096;

/** What the file is: JSON text with whose log it is. The first block of each file. */
export const FILE_HEADER = 1;
export const RECORDS = 2;
export const EPOCH_CLOSED = 3;
/** A recovery has discarded every record before this block whose epoch is above the block's. */
export const CUT = 4;
/** Zeros up to the next multiple of UNIT_BYTES. */
export const PADDING = 5;
export type BlockKind = typeof FILE_HEADER | typeof RECORDS | typeof EPOCH_CLOSED | typeof CUT | typeof PADDING;

/** In int32s. */
export const RECORD_WORDS = 0;
export const RECORD_TYPE_AT = 1;
/** In words. */
export const RECORD_EPOCH = 1;
export const RECORD_HEADER_WORDS = 2;
export const RECORD_TYPE = 1;

export interface BlockHeader {
  kind: BlockKind;
  payloadBytes: number;
  worker: number;
  number: number;
  epoch: number;
}

export const padded = (sizeBytes: number): number => (sizeBytes + 7) & ~7;

/** Payload of the PADDING block that ends at a multiple of UNIT_BYTES when it starts at `at`; -1 where none is needed. */
export function paddingPayloadBytes(at: number): number {
  if (at % UNIT_BYTES === 0) return -1;
  return (2 * UNIT_BYTES - HEADER_BYTES - (at % UNIT_BYTES)) % UNIT_BYTES;
}

/** Writes header and digest in front of a payload that stands at `at + HEADER_BYTES` already. */
export function sealBlock(bytes: Uint8Array, at: number, header: BlockHeader): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, HEADER_BYTES);
  view.setUint32(0, MAGIC, true);
  view.setUint16(4, header.kind, true);
  view.setUint16(6, VERSION, true);
  view.setUint32(8, header.payloadBytes, true);
  view.setUint32(12, header.worker, true);
  view.setFloat64(16, header.number, true);
  view.setFloat64(24, header.epoch, true);
  bytes.set(blockDigest(bytes, at, header.payloadBytes), at + DIGESTED_BYTES);
}

/** @returns the header at `at`, or null where none can be: it is cut off, or its fields are impossible */
export function readHeader(bytes: Uint8Array, at: number, length: number): BlockHeader | null {
  if (at + HEADER_BYTES > length) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, HEADER_BYTES);
  const kind = view.getUint16(4, true);
  const payloadBytes = view.getUint32(8, true);
  const number = view.getFloat64(16, true);
  const epoch = view.getFloat64(24, true);
  const whole =
    view.getUint32(0, true) === MAGIC &&
    view.getUint16(6, true) === VERSION &&
    (kind === FILE_HEADER || kind === RECORDS || kind === EPOCH_CLOSED || kind === CUT || kind === PADDING) &&
    payloadBytes <= LARGEST_PAYLOAD_BYTES &&
    Number.isSafeInteger(number) &&
    number >= 0 &&
    Number.isSafeInteger(epoch) &&
    epoch >= 0;
  return whole ? { kind, payloadBytes, worker: view.getUint32(12, true), number, epoch } : null;
}

/** Whether the block at `at`, whose payload is whole, is what was written. */
export function isIntact(bytes: Uint8Array, at: number, payloadBytes: number): boolean {
  const digest = blockDigest(bytes, at, payloadBytes);
  for (let i = 0; i < DIGEST_BYTES; i++) if (bytes[at + DIGESTED_BYTES + i] !== digest[i]) return false;
  return true;
}

function blockDigest(bytes: Uint8Array, at: number, payloadBytes: number): Uint8Array {
  const payload = at + HEADER_BYTES;
  return digestOf(bytes.subarray(at, at + DIGESTED_BYTES), bytes.subarray(payload, payload + payloadBytes));
}
