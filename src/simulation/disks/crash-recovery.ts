/**
 * From a crash to the next life of a cluster, by the steps of a real recovery: all files are surveyed, the cut is agreed on,
 * the partitions are filled, what is above the cut is discarded; and the power may be cut again in between. What was found
 * is compared with what the clients and the models of the life before know.
 */
import { OperatingFault } from '../../errors.ts';
import { type Run, SimulatedCluster } from '../cluster.ts';
import { judgeAll } from '../conditions.ts';
import type { SimulatedWorkload } from '../contract.ts';
import type { ClusterFiles, Survey } from './cluster-files.ts';
import { isRefusal, PowerCut, ProcessKilled } from './disk-trouble.ts';
import type { CrashPlan, RecoveryStop } from './durable-plan.ts';
import type { DurableBeginning, Storage } from './durable-processes.ts';

/** What the crashes of a cluster came to. */
export interface CrashCounts {
  crashes: number;
  /** Crashes in a recovery are none of a life. */
  crashedRecoveries: number;
  recoveries: number;
  /** Files that no recovery accepts; only a disk that lies makes them. */
  refused: number;
  acknowledged: number;
  /** Of a disk that lies. */
  acknowledgedLost: number;
  /** Commits that nobody was told of. */
  takenBack: number;
}

/** A cluster whose partitions are recovered, and how it begins. */
export interface Recovered {
  cluster: SimulatedCluster;
  beginning: Omit<DurableBeginning, 'doorbells' | 'newPartition'>;
}

export class CrashRecovery {
  readonly counts: CrashCounts = {
    crashes: 0,
    crashedRecoveries: 0,
    recoveries: 0,
    refused: 0,
    acknowledged: 0,
    acknowledgedLost: 0,
    takenBack: 0,
  };
  readonly violations: string[] = [];
  private readonly run: Run;
  private readonly workload: SimulatedWorkload;
  private readonly storage: Storage;
  /** Of what was acknowledged in the lives so far. */
  private readonly receipts: number[] = [];

  constructor(run: Run, workload: SimulatedWorkload, storage: Storage) {
    this.run = run;
    this.workload = workload;
    this.storage = storage;
  }

  private get files(): ClusterFiles {
    return this.storage.files;
  }

  /**
   * @param before the cluster that is gone
   * @param isDurable whether all that it had committed is durable
   * @returns null where the files are refused, or something is wrong
   */
  recover(before: SimulatedCluster, plan: CrashPlan | null, isDurable: boolean): Recovered | null {
    const { trouble } = this.storage;
    trouble.powerOn();
    for (const stop of plan?.recoveryStops ?? []) if (!this.breakOff(stop)) return null;
    const survey = this.attempt(() => this.files.survey());
    const cluster = survey === null ? null : this.attempt(() => this.open(before, survey));
    if (survey === null || cluster === null) return null;
    const { cut, highestEpoch } = survey.verdict;
    this.compare(before, cluster, cut, isDurable);
    if (this.violations.length > 0) return null;
    const logs = this.reopen(survey);
    this.note(before, cut);
    this.say(`goes on behind epoch ${highestEpoch}`);
    return { cluster, beginning: { logs, durable: highestEpoch } };
  }

  /**
   * A recovery that changes some of the files, or all of them, before it ends. Its partitions are not looked at: those of the
   * next one are.
   * @returns false where the files are refused
   */
  private breakOff(stop: RecoveryStop): boolean {
    const { trouble } = this.storage;
    const survey = this.attempt(() => this.files.survey());
    if (survey === null) return false;
    trouble.limit(stop);
    try {
      this.reopen(survey);
      if (stop.effect === 'power') trouble.powerOff();
    } catch (error) {
      const isExpected = error instanceof PowerCut || error instanceof ProcessKilled || isRefusal(error);
      if (!isExpected) throw error;
    }
    this.counts.crashedRecoveries++;
    this.say(`the recovery ends: ${stop.effect}`);
    if (trouble.isPowerOff) this.files.crash();
    trouble.powerOn();
    return true;
  }

  /** @returns null where files are refused that a disk has lied about */
  private attempt<T>(body: () => T): T | null {
    try {
      return body();
    } catch (error) {
      if (!(error instanceof OperatingFault)) throw error;
      this.say(`refuses: ${error.message}`);
      if (this.isLiedTo) this.counts.refused++;
      else this.violations.push(`files of honest disks are refused: ${error.message}`);
      return null;
    }
  }

  private get isLiedTo(): boolean {
    return this.storage.trouble.counts.lies > 0;
  }

  private open(before: SimulatedCluster, survey: Survey): SimulatedCluster {
    const { run, workload, files } = this;
    const life = before.life + 1;
    return new SimulatedCluster(run, life, (session, partition, { shardId, workerIndex }) => {
      files.recover(survey, shardId, workerIndex, partition);
      session.recovered?.();
      workload.resumed?.(session, life);
    });
  }

  private reopen(survey: Survey) {
    const { random } = this.storage;
    const order = survey.surveys.map((_, shard) => ({ shard, place: random.fraction() }));
    order.sort((a, b) => a.place - b.place);
    const logs = order.map(({ shard }) => ({ shard, log: this.files.reopen(survey, shard) }));
    return logs.sort((a, b) => a.shard - b.shard).map(({ log }) => log);
  }

  /** What was found against what must be there. */
  private compare(before: SimulatedCluster, after: SimulatedCluster, cut: number, isDurable: boolean): void {
    const { violations, workload } = this;
    this.say(`recovers to epoch ${cut}`);
    after.trace.mix(cut);
    const receipts = [...this.receipts];
    before.members.forEach((member, worker) => {
      const { durability, name } = member;
      if (durability === null) return;
      const { lost, receipts: own } = durability.client.after(cut);
      receipts.push(...own);
      if (lost > 0 && !this.isLiedTo)
        violations.push(`${name}: ${lost} acknowledged transactions are lost, cut at epoch ${cut}`);
      if (isDurable && !this.isLiedTo && (durability.lastEpoch ?? 0) > cut) {
        violations.push(`${name}: epoch ${durability.lastEpoch} was durable everywhere, and is cut at ${cut}`);
      }
      if (durability.client.disorder > 0)
        violations.push(`${name}: answers are not acknowledged in the order of commits`);
      const difference = durability.model.difference(after.partitions[worker], cut);
      if (difference !== null) violations.push(`${name}: ${difference}`);
    });
    const missing = workload.missing?.(after.partitions, receipts) ?? [];
    if (!this.isLiedTo) for (const what of missing) violations.push(`acknowledged and not there: ${what}`);
    violations.push(...judgeAll(after.sessions, workload.workload));
  }

  private note(before: SimulatedCluster, cut: number): void {
    const { counts, receipts } = this;
    counts.recoveries++;
    for (const { durability } of before.members) {
      if (durability === null) continue;
      const outcome = durability.client.after(cut);
      counts.acknowledged += outcome.acknowledged;
      counts.acknowledgedLost += outcome.lost;
      counts.takenBack += outcome.takenBack;
      receipts.push(...outcome.receipts);
    }
  }

  private say(what: string): void {
    const { trace, clock } = this.run;
    trace.sink?.(clock.nowMs, 'recovery', what);
  }
}
