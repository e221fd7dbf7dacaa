/** Files of blocks: cuts them into blocks again, and cuts off a last block that a crash has torn. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { fileFault } from '../errors.ts';
import { HEADER_BYTES, isBeginningOfBlock, readHeader } from './block-layout.ts';
import { damageFault } from './history-reader.ts';

/** A whole block and where it stands, for faults. */
export interface PlacedBlock {
  bytes: Uint8Array;
  where: string;
  /** Bytes of the file up to its end. */
  endByte: number;
}

/**
 * The blocks of a file, in order. A last block that is not all there is left out and told to `onTorn`.
 * @throws OperatingFault FILE when the file cannot be read or is damaged elsewhere
 */
export function* blocksOfFile(path: string, onTorn: (note: string) => void): Generator<PlacedBlock> {
  const descriptor = orFault(path, 'open', () => openSync(path, 'r'));
  try {
    const sizeBytes = orFault(path, 'read', () => fstatSync(descriptor).size);
    let at = 0;
    while (at < sizeBytes) {
      const where = `${path}: at byte ${at}`;
      const rest = sizeBytes - at;
      const head = read(path, descriptor, at, Math.min(HEADER_BYTES, rest));
      const header = head.length < HEADER_BYTES ? beginningOfHeader(head) : readHeader(head);
      if (typeof header === 'string' && !isZero(path, descriptor, at, sizeBytes)) throw damageFault(where, header);
      if (header === null || typeof header === 'string' || HEADER_BYTES + header.payloadBytes > rest) {
        onTorn(`${where}: the last block is torn; ${rest} bytes are left out`);
        return;
      }
      const bytes = read(path, descriptor, at, HEADER_BYTES + header.payloadBytes);
      if (bytes.length === rest && crc32(bytes.subarray(HEADER_BYTES)) !== header.payloadCrc) {
        onTorn(`${where}: the last block is torn; ${rest} bytes are left out`);
        return;
      }
      at += bytes.length;
      yield { bytes, where, endByte: at };
    }
  } finally {
    closeSync(descriptor);
  }
}

/** Null for what may become a header, else what is wrong. */
const beginningOfHeader = (head: Uint8Array): null | string =>
  isBeginningOfBlock(head) ? null : 'no block of a history starts here';

/** A file system may lengthen a file before it writes what belongs there. */
function isZero(path: string, descriptor: number, from: number, to: number): boolean {
  const step = 1 << 20;
  for (let at = from; at < to; at += step) {
    if (read(path, descriptor, at, Math.min(step, to - at)).some((byte) => byte !== 0)) return false;
  }
  return true;
}

/** @throws OperatingFault FILE when the file ends earlier */
function read(path: string, descriptor: number, at: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const count = orFault(path, 'read', () => readSync(descriptor, bytes, done, length - done, at + done));
    if (count === 0) throw damageFault(`${path}: at byte ${at + done}`, 'the file became shorter');
    done += count;
  }
  return bytes;
}

function orFault<Result>(path: string, action: string, attempt: () => Result): Result {
  try {
    return attempt();
  } catch (error) {
    throw fileFault(action, path, error);
  }
}
