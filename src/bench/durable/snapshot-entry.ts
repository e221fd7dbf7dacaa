/** The entry of the thread that moves a shard's snapshots forward while its workers go on. */
import { parentPort, workerData } from 'node:worker_threads';
import { checkpoint } from '../../durability/checkpoint.ts';
import { NodeDisk } from '../../durability/disk.ts';
import { Partition } from '../../engine/partition.ts';
import { OperatingFault } from '../../errors.ts';
import { nameThread } from '../../shard/placement/thread-name.ts';
import type { WorkloadModule } from '../contract.ts';
import type { SnapshotStart } from './snapshot-thread.ts';

const { config, placements, folder, identity, epoch } = workerData as SnapshotStart;
nameThread(`snapshot ${identity.shardId}`);
const { default: workload } = (await import(config.workload.moduleUrl)) as { default: WorkloadModule };

function newPartition(workerOfShard: number): Partition {
  const partition = new Partition();
  // Tables that are the same everywhere are in no snapshot.
  workload.open(partition, placements[workerOfShard], config.mix, config.workload.options).loadShared();
  return partition;
}

try {
  const done = checkpoint(new NodeDisk(), folder, identity, epoch, newPartition);
  parentPort?.postMessage({ kind: 'done', checkpoint: done });
} catch (error) {
  if (!(error instanceof OperatingFault)) throw error;
  const { code, exitStatus, message } = error;
  parentPort?.postMessage({ kind: 'fault', fault: { code, exitStatus, message } });
}
