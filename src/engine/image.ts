/**
 * A partition as a sequence of numbers and pieces of memory, for snapshots: tables, indexes and free lists go out and come
 * back as they lie, so that opening a snapshot builds nothing. What goes where is known to the structure itself; the
 * sequence is only read by the same version with the same table definitions.
 */
import { assert } from '../assert.ts';
import type { Partition } from './partition.ts';

/** Takes an image piece by piece. The bytes are valid for the call only. */
export interface ImageSink {
  number(value: number): void;
  bytes(bytes: Uint8Array): void;
}

/** Gives the pieces back in the same order. */
export interface ImageSource {
  number(): number;
  /** Fills all of `target`. */
  bytes(target: Uint8Array): void;
}

/** Any view of memory as bytes. */
export const bytesOf = (view: ArrayBufferView): Uint8Array =>
  new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

/** The partition must be at rest: no transaction has undecided writes in it. Tables that are shared are left out. */
export function saveImage(partition: Partition, sink: ImageSink): void {
  assert(partition.locks.held === 0, 'nothing is undecided');
  for (const table of partition.tables) if (!table.isShared) table.save(sink);
}

/**
 * Fills a partition whose tables exist and are empty.
 * @throws OperatingFault `MEMORY_LIMIT`
 */
export function restoreImage(partition: Partition, source: ImageSource): void {
  for (const table of partition.tables) if (!table.isShared) table.restore(source);
}
