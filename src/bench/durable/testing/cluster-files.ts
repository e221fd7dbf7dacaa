/**
 * The files of a durable cluster on a disk in memory, and whether what they come to is what it must be: the model repeats
 * the transactions on plain maps, in the order of their decisions.
 */
import { assert } from '../../../assert.ts';
import { checkpoint, snapshotName, writeSnapshot } from '../../../durability/checkpoint.ts';
import { writeManifest } from '../../../durability/manifest.ts';
import { recoverPartition, reopenLog, type ShardSurvey, surveyShard } from '../../../durability/recovery.ts';
import { type LogIdentity, ShardLog } from '../../../durability/shard-log.ts';
import { MemoryDisk } from '../../../durability/testing/memory-disk.ts';
import { Partition } from '../../../engine/partition.ts';
import { Oracle } from '../../../shard/testing/oracle.ts';
import type { OperationResult, PlainAccounts, Program } from '../../../shard/testing/program.ts';
import { ProgramSession } from '../../../shard/testing/program-session.ts';
import { firstAccounts } from '../../../shard/testing/random-programs.ts';

/** A transaction that has decided. */
export interface Decided {
  program: Program;
  results: OperationResult[];
  committed: boolean;
  epoch: number;
}

const folderOf = (shard: number): string => `/data/shard-${shard}`;

/** A partition with the tables of the programs. */
function openPartition(accounts: PlainAccounts = new Map()): { partition: Partition; session: ProgramSession } {
  const partition = new Partition();
  const session = new ProgramSession(0, partition, accounts, { decided: () => {} });
  return { partition, session };
}

const totalOf = (accounts: readonly PlainAccounts[]): number =>
  accounts.reduce((sum, each) => [...each.values()].reduce((part, value) => part + value, sum), 0);

export const highestOf = (surveys: readonly ShardSurvey[]): number =>
  Math.max(...surveys.map(({ highestEpoch }) => highestEpoch));

export class ClusterFiles {
  readonly disk = new MemoryDisk();
  private readonly shards: number;
  private readonly workersPerShard: number;
  private readonly keys: number;

  constructor({ shards, workersPerShard, keys }: { shards: number; workersPerShard: number; keys: number }) {
    this.shards = shards;
    this.workersPerShard = workersPerShard;
    this.keys = keys;
  }

  /** Snapshots of the accounts and empty logs. @param accounts by worker @returns the logs, by shard */
  load(accounts: readonly PlainAccounts[]): ShardLog[] {
    const { disk, workersPerShard } = this;
    return Array.from({ length: this.shards }, (_, shard) => {
      const folder = folderOf(shard);
      disk.makeFolder(folder);
      const snapshots = Array.from({ length: workersPerShard }, (_, worker) => {
        const { partition } = openPartition(accounts[shard * workersPerShard + worker]);
        writeSnapshot(disk, folder, this.identityOf(shard), 0, worker, partition);
        return snapshotName(0, worker);
      });
      const identity = this.identityOf(shard);
      const log = new ShardLog(disk, folder, identity, 0, 0);
      log.startFile();
      writeManifest(disk, folder, { identity, epoch: 0, firstBlock: 0, snapshots });
      return log;
    });
  }

  survey(): ShardSurvey[] {
    return Array.from({ length: this.shards }, (_, shard) => {
      const survey = surveyShard(this.disk, folderOf(shard), this.identityOf(shard));
      assert(survey !== null, 'the folder holds data');
      return survey;
    });
  }

  /** Fills the partition of a worker, which has its tables. */
  recover(worker: number, surveys: readonly ShardSurvey[], cut: number, partition: Partition): void {
    const { workersPerShard } = this;
    const shard = Math.floor(worker / workersPerShard);
    recoverPartition(this.disk, folderOf(shard), surveys[shard], cut, worker % workersPerShard, partition);
  }

  /** Every partition as the files give it. @param cuts by shard */
  recovered(surveys: readonly ShardSurvey[], cuts: readonly number[]): ProgramSession[] {
    return Array.from({ length: this.shards * this.workersPerShard }, (_, worker) => {
      const { partition, session } = openPartition();
      this.recover(worker, surveys, cuts[Math.floor(worker / this.workersPerShard)], partition);
      return session;
    });
  }

  /** Discards what is above the cuts, in the first shards, of which there are as many as surveys. */
  reopen(surveys: readonly ShardSurvey[], cuts: readonly number[], highestEpoch: number): ShardLog[] {
    return surveys.map((survey, shard) => reopenLog(this.disk, folderOf(shard), survey, cuts[shard], highestEpoch));
  }

  checkpoint(shard: number, epoch: number): void {
    checkpoint(this.disk, folderOf(shard), this.identityOf(shard), epoch, () => openPartition().partition);
  }

  /** @returns how partitions differ from what the transactions come to, or null */
  difference(kept: readonly Decided[], found: readonly ProgramSession[]): string | null {
    const model = new Oracle(firstAccounts(found.length, this.keys));
    for (const { program, results, committed } of kept) model.decided(program, results, committed);
    if (model.violations.length > 0) return `dependency: ${model.violations[0]}`;
    const stored = found.map((session) => session.stored());
    const [total, wanted] = [totalOf(stored), totalOf(model.accounts)];
    if (total !== wanted) return `half: all accounts together hold ${total} instead of ${wanted}`;
    for (const [worker, session] of found.entries()) {
      const fault = session.indexFault();
      if (fault !== null) return `worker ${worker}: ${fault}`;
      const expected = model.accounts[worker];
      for (const key of new Set([...stored[worker].keys(), ...expected.keys()])) {
        const [is, should] = [stored[worker].get(key), expected.get(key)];
        if (is !== should) return `differs: worker ${worker}, account ${key}: ${is} instead of ${should}`;
      }
    }
    return null;
  }

  private identityOf(shardId: number): LogIdentity {
    return { shardId, shards: this.shards, workers: this.workersPerShard, fingerprint: 'programs' };
  }
}
