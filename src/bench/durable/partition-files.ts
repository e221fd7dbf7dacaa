/** A worker's own files: writes the snapshot of its partition after the load, and fills it from files instead of the load. */
import { snapshotName, writeSnapshot } from '../../durability/checkpoint.ts';
import { NodeDisk } from '../../durability/disk.ts';
import { type RecoveredPartition, recoverPartition, type ShardSurvey } from '../../durability/recovery.ts';
import type { Partition } from '../../engine/partition.ts';

/** @returns the snapshot's name in the shard's folder @throws OperatingFault FILE */
export function saveLoaded(folder: string, workerOfShard: number, partition: Partition): string {
  const disk = new NodeDisk();
  const name = snapshotName(0, workerOfShard);
  writeSnapshot(disk, folder, name, partition);
  disk.syncFolder(folder);
  return name;
}

/** @throws OperatingFault DAMAGED, MEMORY_LIMIT, FILE */
export const recoverFrom = (
  folder: string,
  survey: ShardSurvey,
  cut: number,
  workerOfShard: number,
  partition: Partition,
): RecoveredPartition => recoverPartition(new NodeDisk(), folder, survey, cut, workerOfShard, partition);
