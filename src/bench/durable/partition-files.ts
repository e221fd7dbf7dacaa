/** A worker's own files: writes the snapshot of its partition after the load, and fills it from files instead of the load. */
import { snapshotName, writeSnapshot } from '../../durability/checkpoint.ts';
import { NodeDisk } from '../../durability/disk.ts';
import { type RecoveredPartition, recoverPartition, type ShardSurvey } from '../../durability/recovery.ts';
import type { LogIdentity } from '../../durability/shard-log.ts';
import type { Partition } from '../../engine/partition.ts';

/** @returns the snapshot's name in the shard's folder @throws OperatingFault FILE */
export function saveLoaded(folder: string, identity: LogIdentity, workerOfShard: number, partition: Partition): string {
  const disk = new NodeDisk();
  writeSnapshot(disk, folder, identity, 0, workerOfShard, partition);
  disk.syncFolder(folder);
  return snapshotName(0, workerOfShard);
}

/** @throws OperatingFault DAMAGED, MEMORY_LIMIT, FILE */
export const recoverFrom = (
  folder: string,
  survey: ShardSurvey,
  cut: number,
  workerOfShard: number,
  partition: Partition,
): RecoveredPartition =>
  recoverPartition(new NodeDisk(), folder, survey, cut, workerOfShard, partition, () => performance.now());
