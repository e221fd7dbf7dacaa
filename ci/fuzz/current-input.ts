/**
 * The input that a process works on, in a file that outlives it: int32 number of the input, int32 bytes, then the input. A
 * write to a file stays when its process is killed, and costs less than a message.
 */
import { closeSync, openSync, readSync, writeFileSync, writeSync } from 'node:fs';

const HEADER_BYTES = 8;

export interface CurrentInput {
  descriptor: number;
  /** Inputs so far. */
  count: number;
}

export const createCurrentInput = (path: string): void => writeFileSync(path, Buffer.alloc(HEADER_BYTES));

let buffer = Buffer.alloc(0);

export function writeCurrentInput(current: CurrentInput, input: Uint8Array): void {
  const sizeBytes = HEADER_BYTES + input.length;
  if (buffer.length < sizeBytes) buffer = Buffer.alloc(2 * sizeBytes);
  buffer.writeInt32LE(++current.count, 0);
  buffer.writeInt32LE(input.length, 4);
  buffer.set(input, HEADER_BYTES);
  writeSync(current.descriptor, buffer, 0, sizeBytes, 0);
}

export function readCurrentInput(path: string): { count: number; input: Uint8Array } {
  const descriptor = openSync(path, 'r');
  try {
    const header = Buffer.alloc(HEADER_BYTES);
    readSync(descriptor, header, 0, HEADER_BYTES, 0);
    const input = Buffer.alloc(header.readInt32LE(4));
    readSync(descriptor, input, 0, input.length, HEADER_BYTES);
    return { count: header.readInt32LE(0), input };
  } finally {
    closeSync(descriptor);
  }
}
