/**
 * Layout of a block of history, in one place for writer and reader. All numbers are little-endian. A block is complete in
 * itself: numbers that are told as differences start again with it.
 *
 * Header (52 bytes):
 *    0 u32 magic          4 u16 version       6 u16 header size in bytes
 *    8 u32 worker        12 u32 terminals    16 u32 number of the block among its worker's, from 0
 *   20 u32 records       24 f64 host id      32 f64 start of the first transaction in nanoseconds
 *   40 u32 payload size in bytes             44 u32 CRC-32 of the payload    48 u32 CRC-32 of the header before it
 *
 * Payload, for each transaction: terminal, outcome + 4 x operations, start as a signed difference to the transaction before,
 * end as a difference to the start, then the operations: for a read 2 x length, key, and each element as a signed difference to
 * the one before (the first to 0); for an append 1, key, element. Numbers are groups of 7 bits, low first, with the high bit
 * set on all but the last byte; a signed one holds its sign in the lowest bit of its first byte, above it 6 bits.
 */
import { crc32 } from 'node:zlib';

export const HEADER_BYTES = 52;
export const BLOCK_MAGIC = 0x48_54_42_44; // "DBTH"
export const BLOCK_VERSION = 1;

export interface BlockHeader {
  /** Number of the worker in the cluster. */
  worker: number;
  terminals: number;
  /** Counts the blocks of the worker, from 0. */
  blockNumber: number;
  records: number;
  hostId: number;
  /** Nanoseconds. */
  baseNs: number;
  payloadBytes: number;
  payloadCrc: number;
}

/** Writes the header over the first bytes of `block`. */
export function writeHeader(block: Uint8Array, header: BlockHeader): void {
  const view = new DataView(block.buffer, block.byteOffset, HEADER_BYTES);
  view.setUint32(0, BLOCK_MAGIC, true);
  view.setUint16(4, BLOCK_VERSION, true);
  view.setUint16(6, HEADER_BYTES, true);
  view.setUint32(8, header.worker, true);
  view.setUint32(12, header.terminals, true);
  view.setUint32(16, header.blockNumber, true);
  view.setUint32(20, header.records, true);
  view.setFloat64(24, header.hostId, true);
  view.setFloat64(32, header.baseNs, true);
  view.setUint32(40, header.payloadBytes, true);
  view.setUint32(44, header.payloadCrc, true);
  view.setUint32(48, crc32(block.subarray(0, HEADER_BYTES - 4)), true);
}

/** Whether bytes that are fewer than a header agree with one. */
export function isBeginningOfBlock(bytes: Uint8Array): boolean {
  return bytes.subarray(0, 4).every((byte, i) => byte === ((BLOCK_MAGIC >>> (8 * i)) & 0xff));
}

/** The header at the start of `bytes`, or what is wrong with it as half a sentence. `bytes` holds at least a header. */
export function readHeader(bytes: Uint8Array): BlockHeader | string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES);
  if (view.getUint32(0, true) !== BLOCK_MAGIC) return 'no block of a history starts here';
  const version = view.getUint16(4, true);
  if (version !== BLOCK_VERSION) return `its format has the version ${version}, and this dbtest reads ${BLOCK_VERSION}`;
  if (crc32(bytes.subarray(0, HEADER_BYTES - 4)) !== view.getUint32(48, true)) return "the header's checksum is wrong";
  return {
    worker: view.getUint32(8, true),
    terminals: view.getUint32(12, true),
    blockNumber: view.getUint32(16, true),
    records: view.getUint32(20, true),
    hostId: view.getFloat64(24, true),
    baseNs: view.getFloat64(32, true),
    payloadBytes: view.getUint32(40, true),
    payloadCrc: view.getUint32(44, true),
  };
}
