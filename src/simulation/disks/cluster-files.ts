/** The folders of a simulated cluster, a disk for each shard: what outlives its crashes. The steps are those of real runs. */
import { assert } from '../../assert.ts';
import { foundIn, judgeFound, type Verdict } from '../../bench/durable/found-data.ts';
import { type Checkpoint, checkpoint, snapshotName, writeSnapshot } from '../../durability/checkpoint.ts';
import { writeManifest } from '../../durability/manifest.ts';
import { recoverPartition, reopenLog, type ShardSurvey, surveyShard } from '../../durability/recovery.ts';
import { type LogIdentity, ShardLog } from '../../durability/shard-log.ts';
import type { Partition } from '../../engine/partition.ts';
import { EXIT, OperatingFault } from '../../errors.ts';
import type { SimulationPlan } from '../plan.ts';
import type { DiskTrouble } from './disk-trouble.ts';
import { SimulatedDisk } from './simulated-disk.ts';

export const folderOf = (shard: number): string => `/data/shard-${shard}`;

/** What the files of all shards say, and what they come to. */
export interface Survey {
  surveys: ShardSurvey[];
  verdict: Verdict;
}

export class ClusterFiles {
  /** By shard. */
  readonly disks: SimulatedDisk[];
  private readonly plan: SimulationPlan;

  constructor(plan: SimulationPlan, trouble: DiskTrouble) {
    this.plan = plan;
    this.disks = Array.from({ length: plan.shards }, (_, shard) => new SimulatedDisk(shard, trouble));
  }

  /** After a load: the snapshots of the partitions of a shard, and its empty log. */
  begin(shard: number, partitions: readonly Partition[]): ShardLog {
    const disk = this.disks[shard];
    const folder = folderOf(shard);
    const identity = this.identityOf(shard);
    disk.makeFolder(folder);
    const snapshots = partitions.map((partition, worker) => {
      writeSnapshot(disk, folder, identity, 0, worker, partition);
      return snapshotName(0, worker);
    });
    const log = new ShardLog(disk, folder, identity, 0, 0);
    log.startFile();
    writeManifest(disk, folder, { identity, epoch: 0, firstBlock: 0, snapshots });
    return log;
  }

  /** Every process reads its shards' files, and all agree on what they come to. @throws OperatingFault DAMAGED, FILE */
  survey(): Survey {
    const { processOf } = this.plan;
    const surveys = this.disks.map((disk, shard) => surveyShard(disk, folderOf(shard), this.identityOf(shard)));
    const reports = new Map(
      [...new Set(processOf)].map((process) => {
        return [process, foundIn(surveys.filter((_, shard) => processOf[shard] === process))] as const;
      }),
    );
    const verdict = judgeFound(reports);
    assert(verdict?.holdsData === true, 'every folder holds data since the load');
    if (verdict.behind !== null) {
      const { shardId, durableEpoch, clusterEpoch } = verdict.behind;
      const what = `shard ${shardId} ends with epoch ${durableEpoch}, and epoch ${clusterEpoch} was durable in every shard`;
      throw new OperatingFault('DAMAGED', EXIT.usage, what);
    }
    return { surveys: surveys.flatMap((survey) => survey ?? []), verdict };
  }

  /** Fills the empty partition of a worker. @throws OperatingFault DAMAGED, FILE */
  recover({ surveys, verdict }: Survey, shard: number, workerOfShard: number, partition: Partition): void {
    const cut = this.cutOf(surveys, shard, verdict);
    recoverPartition(this.disks[shard], folderOf(shard), surveys[shard], cut, workerOfShard, partition);
  }

  /** Discards what is above the cut. @returns the shard's log, ready for the next epoch */
  reopen({ surveys, verdict }: Survey, shard: number): ShardLog {
    const cut = this.cutOf(surveys, shard, verdict);
    return reopenLog(this.disks[shard], folderOf(shard), surveys[shard], cut, verdict.highestEpoch);
  }

  /** The epoch to which a shard is recovered: the same for all. */
  cutOf(_surveys: readonly ShardSurvey[], _shard: number, verdict: Verdict): number {
    return verdict.cut;
  }

  /** @throws OperatingFault DAMAGED, FILE */
  checkpoint(shard: number, epoch: number, newPartition: (workerOfShard: number) => Partition): Checkpoint {
    return checkpoint(this.disks[shard], folderOf(shard), this.identityOf(shard), epoch, newPartition);
  }

  /** The power is cut. */
  crash(): void {
    for (const disk of this.disks) disk.crash();
  }

  /** All threads are gone. */
  forgetThreads(): void {
    for (const disk of this.disks) disk.between = () => {};
  }

  private identityOf(shardId: number): LogIdentity {
    const { shards, workersPerShard, workload, seed } = this.plan;
    return { shardId, shards, workers: workersPerShard, fingerprint: `${workload}, seed ${seed}` };
  }
}
