/**
 * Snapshots of a shard whose workers go on: the state at an epoch is rebuilt from the snapshots before and the log, beside
 * the running partitions, and written. So no worker stops or copies anything; it costs a core and a partition's memory for a
 * while. Runs on a thread of its own; knows no workload: empty partitions are made for it.
 *
 * The order is what makes a crash harmless: new snapshots, then the manifest that names them, then the old files go.
 */
import { assert } from '../assert.ts';
import type { Partition } from '../engine/partition.ts';
import { saveImage } from '../engine/partition-image.ts';
import type { Disk } from './disk.ts';
import { EPOCH_CLOSED, RECORDS } from './log-layout.ts';
import { firstBlockOf, isLogFile, logFiles, readLog } from './log-reader.ts';
import { writeManifest } from './manifest.ts';
import { recoverPartition, surveyShard } from './recovery.ts';
import type { LogIdentity } from './shard-log.ts';
import { SnapshotWriter, snapshotLabel } from './snapshot.ts';

const SNAPSHOT = /^snapshot-\d+-\d+\.dbsnap(\.partial)?$/;

export interface Checkpoint {
  epoch: number;
  snapshotBytes: number;
  /** Of log files that are gone. */
  droppedLogBytes: number;
}

/** The name of a worker's snapshot in its shard's folder. */
export const snapshotName = (epoch: number, workerOfShard: number): string =>
  `snapshot-${String(epoch).padStart(10, '0')}-${workerOfShard}.dbsnap`;

/**
 * Writes the snapshot of a partition that is at rest, under its `snapshotName`.
 * @returns its bytes
 * @throws OperatingFault FILE
 */
export function writeSnapshot(
  disk: Disk,
  folder: string,
  identity: LogIdentity,
  epoch: number,
  workerOfShard: number,
  partition: Partition,
): number {
  const path = `${folder}/${snapshotName(epoch, workerOfShard)}`;
  const aside = `${path}.partial`;
  disk.remove(aside);
  try {
    const writer = new SnapshotWriter(disk, aside, snapshotLabel(identity, epoch, workerOfShard));
    saveImage(partition, writer);
    writer.end();
    disk.rename(aside, path);
    return writer.writtenBytes;
  } catch (error) {
    removeUnfinished(disk, aside);
    throw error;
  }
}

/** Where the disk is full that makes room; where even that fails, the next snapshot does it. */
function removeUnfinished(disk: Disk, path: string): void {
  try {
    disk.remove(path);
  } catch {
    // The fault before says what is wrong.
  }
}

/**
 * Moves the snapshots of a shard forward to an epoch that is durable in the whole cluster.
 * @param newPartition an empty partition with its tables and those that are the same everywhere, for a worker of the shard
 * @throws OperatingFault DAMAGED, FILE, MEMORY_LIMIT; what was in force stays so
 */
export function checkpoint(
  disk: Disk,
  folder: string,
  identity: LogIdentity,
  epoch: number,
  newPartition: (workerOfShard: number) => Partition,
): Checkpoint {
  const survey = surveyShard(disk, folder, identity, false);
  assert(survey !== null, 'a shard that runs has files');
  assert(survey.durableEpoch >= epoch, 'the epoch is durable');
  const snapshots: string[] = [];
  let snapshotBytes = 0;
  for (let worker = 0; worker < identity.workers; worker++) {
    const partition = newPartition(worker);
    recoverPartition(disk, folder, survey, epoch, worker, partition);
    snapshotBytes += writeSnapshot(disk, folder, identity, epoch, worker, partition);
    snapshots.push(snapshotName(epoch, worker));
  }
  disk.syncFolder(folder);
  const firstBlock = firstBlockNeeded(disk, folder, identity, survey.manifest.firstBlock, epoch);
  writeManifest(disk, folder, {
    identity,
    epoch,
    firstBlock,
    snapshots,
    logBytes: completeBytes(disk, folder, firstBlock),
  });
  return { epoch, snapshotBytes, droppedLogBytes: removeLeftovers(disk, folder, firstBlock, snapshots) };
}

/**
 * Removes what the manifest does not need: snapshots that it does not name, and log files that end before its place.
 * @returns bytes of the log files that are gone
 */
export function removeLeftovers(disk: Disk, folder: string, firstBlock: number, snapshots: readonly string[]): number {
  const names = disk.list(folder) ?? [];
  for (const name of names) if (SNAPSHOT.test(name) && !snapshots.includes(name)) disk.remove(`${folder}/${name}`);
  const logs = names.filter(isLogFile);
  const first = logs.findLastIndex((name) => firstBlockOf(name) <= firstBlock);
  let droppedBytes = 0;
  for (const name of logs.slice(0, Math.max(0, first))) {
    droppedBytes += disk.sizeBytes(`${folder}/${name}`);
    disk.remove(`${folder}/${name}`);
  }
  disk.syncFolder(folder);
  return droppedBytes;
}

/** Every file but the one that grows is complete and durable; of that one only the name is. */
function completeBytes(disk: Disk, folder: string, firstBlock: number): Record<string, number> {
  const names = logFiles(disk, folder, firstBlock);
  return Object.fromEntries(
    names.map((name, i) => [name, i < names.length - 1 ? disk.sizeBytes(`${folder}/${name}`) : 0]),
  );
}

/**
 * The first file with a record above the epoch or the end of a later one, or else the last file: where the next recovery
 * begins. An epoch in which nothing was written here must stay durable here, since others may have acknowledged by it.
 */
function firstBlockNeeded(disk: Disk, folder: string, identity: LogIdentity, from: number, epoch: number): number {
  let needed: string | null = null;
  const { files } = readLog(disk, folder, identity, from, (header, _bytes, _at, file) => {
    const counts = header.kind === RECORDS || header.kind === EPOCH_CLOSED;
    if (counts && header.epoch > epoch) needed ??= file.slice(file.lastIndexOf('/') + 1);
  });
  const last = files.at(-1);
  assert(last !== undefined, 'a shard that runs has a log');
  return firstBlockOf(needed ?? last);
}
