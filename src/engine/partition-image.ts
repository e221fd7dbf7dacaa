/** All tables of a partition as one image, for snapshots. */
import { assert } from '../assert.ts';
import type { ImageSink, ImageSource } from './image.ts';
import type { Partition } from './partition.ts';

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
