/**
 * The simulator, main file of the folder: a cluster of real workers, coordinators, participants, rings and doorbells runs on
 * one thread under a virtual clock, and a seed chooses who takes the next step. It runs on whatever thread asks for it and
 * touches no real clock, socket or file. It knows no workload; it steps the code that real runs execute, and never changes it.
 *
 * A cluster that is durable (`disks/`) has several lives: it crashes, is recovered by what its disks hold, and goes on.
 * The same plan gives the same trace.
 */

import { type Run, SimulatedCluster } from './cluster.ts';
import { findViolations } from './conditions.ts';
import type { SimulatedWorkload } from './contract.ts';
import { AcknowledgedHistory } from './disks/acknowledged-history.ts';
import { ClusterFiles } from './disks/cluster-files.ts';
import { type CrashCounts, CrashRecovery, type Recovered } from './disks/crash-recovery.ts';
import { type DiskCounts, DiskTrouble, isRefusal, ProcessKilled } from './disks/disk-trouble.ts';
import type { DurablePlan } from './disks/durable-plan.ts';
import { DurableProcesses, type Storage } from './disks/durable-processes.ts';
import { Life, type LifeRandoms } from './life.ts';
import { makePlan, type SimulationPlan, STREAM } from './plan.ts';
import { Random } from './random.ts';
import { findAnomalies } from './recorded-history.ts';
import { Trace, type TraceSink } from './trace.ts';
import { noTrouble } from './trouble-maker.ts';
import { VirtualClock } from './virtual-clock.ts';

/** What came of one seed. */
export interface SeedReport {
  workload: string;
  seed: number;
  /** What went wrong, a line each; empty where nothing did. */
  violations: string[];
  traceHash: string;
  steps: number;
  transactions: number;
  commits: number;
  userAborts: number;
  /** Transactions that failed because something was lost, or no memory was left. */
  failures: number;
  /** Attempts that were undone for an older transaction. */
  conflicts: number;
  /** Most retries of one transaction. */
  retriesMost: number;
  /** Times that something waited for a lock. */
  lockWaits: number;
  /** Fragments in doubt at the end of a life. */
  inDoubt: number;
  /** What happened to it, by kind. */
  faults: Record<string, number>;
  /** What came of its disks, by kind; empty where nothing is durable. */
  disks: Record<string, number>;
}

/** What a run can be given besides its plan. */
export interface SimulationHooks {
  /** Receives every line of the trace. */
  sink?: TraceSink | null;
  /** Called with the cluster before its first step, and again in each of its lives; for tests that put bugs into it. */
  prepare?: (cluster: SimulatedCluster) => void;
}

/** Runs the plan of a seed. */
export const simulateSeed = (
  name: string,
  workload: SimulatedWorkload,
  seed: number,
  hooks: SimulationHooks = {},
): SeedReport => simulate(makePlan(name, workload, seed), workload, hooks);

/** Runs one plan, from the load to the checks. */
export function simulate(plan: SimulationPlan, workload: SimulatedWorkload, hooks: SimulationHooks = {}): SeedReport {
  const simulation = new Simulation(plan, workload, hooks);
  return simulation.report(simulation.run());
}

class Simulation {
  private readonly plan: SimulationPlan;
  private readonly workload: SimulatedWorkload;
  private readonly hooks: SimulationHooks;
  private readonly cluster: Run;
  private readonly recovery: CrashRecovery | null;
  private readonly randoms: LifeRandoms;
  private readonly trouble = noTrouble();
  private readonly lives: Life[] = [];

  constructor(plan: SimulationPlan, workload: SimulatedWorkload, hooks: SimulationHooks) {
    this.plan = plan;
    this.workload = workload;
    this.hooks = hooks;
    const storage = plan.durable === null ? null : newStorage(plan, plan.durable);
    this.cluster = {
      plan,
      workload: workload.workload,
      trace: new Trace(hooks.sink ?? null),
      clock: new VirtualClock(),
      admission: { left: plan.transactions, started: 0 },
      histories: [],
      storage,
    };
    this.recovery = storage === null ? null : new CrashRecovery(this.cluster, workload, storage);
    this.randoms = { steps: new Random(plan.seed, STREAM.steps), trouble: new Random(plan.seed, STREAM.trouble) };
  }

  /** @returns what went wrong */
  run(): string[] {
    try {
      return this.live();
    } catch (error) {
      return [`threw ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`];
    }
  }

  private live(): string[] {
    const { recovery, plan } = this;
    const crashes = [...(plan.durable?.crashes ?? [])];
    let cluster = this.first();
    for (;;) {
      const crash = crashes.shift() ?? null;
      const life = new Life(cluster, crash, this.randoms, this.trouble);
      this.lives.push(life);
      this.hooks.prepare?.(cluster);
      const stuck = life.run();
      if (stuck !== null) return [stuck];
      const violations = life.powerIsCut ? [] : findViolations(cluster, this.workload.workload);
      if (violations.length > 0) return violations;
      if (recovery === null) return this.anomalies();
      const recovered = this.comeBack(recovery, life, crash);
      if (recovered === null) return recovery.violations.length > 0 ? recovery.violations : this.anomalies();
      cluster = recovered.cluster;
      this.begin(cluster, recovered.beginning);
    }
  }

  /** The files of a cluster that has ended, one way or another. @returns null where nothing comes after it */
  private comeBack(recovery: CrashRecovery, life: Life, crash: DurablePlan['crashes'][number] | null) {
    const { storage } = this.cluster;
    if (storage === null) return null;
    for (const history of this.cluster.histories) {
      if (history instanceof AcknowledgedHistory) history.endLife(life.isDurable);
    }
    storage.files.forgetThreads();
    if (life.isCrashed) recovery.counts.crashes++;
    else if (this.plan.durable?.looksAtEnd !== true) return null;
    if (life.powerIsCut || !life.isCrashed || crash?.losesPower === true) storage.files.crash();
    const recovered = recovery.recover(life.cluster, crash, life.isDurable);
    return life.isCrashed ? recovered : null;
  }

  private first(): SimulatedCluster {
    const { storage } = this.cluster;
    const cluster = new SimulatedCluster(this.cluster);
    if (storage === null) cluster.start();
    else {
      const { shards, workersPerShard } = this.plan;
      const logs = Array.from({ length: shards }, (_, shard) => {
        const first = shard * workersPerShard;
        return storage.files.begin(shard, cluster.partitions.slice(first, first + workersPerShard));
      });
      storage.trouble.mayLie = true;
      this.begin(cluster, { logs, durable: 0 });
    }
    return cluster;
  }

  private begin(cluster: SimulatedCluster, beginning: Recovered['beginning']): void {
    const { plan, lives, cluster: run } = this;
    const { durable } = plan;
    const { storage, clock, trace } = run;
    if (durable === null || storage === null) return;
    const newPartition = (shard: number, worker: number) => cluster.newPartition(shard, worker);
    cluster.start((doorbells) => {
      return new DurableProcesses(
        plan,
        durable,
        storage,
        clock,
        trace,
        { ...beginning, doorbells, newPartition },
        {
          failed: (process, error) => this.processFailed(cluster, storage, process, error),
          step: () => lives.at(-1)?.step(),
        },
      );
    });
  }

  /** A process ends with what its disk refuses, as real ones do. */
  private processFailed(cluster: SimulatedCluster, { random }: Storage, process: number, error: unknown): void {
    if (!(error instanceof ProcessKilled || isRefusal(error))) throw error;
    const { trace, clock } = cluster;
    trace.sink?.(clock.nowMs, `main ${process}`, `ends: ${error.message}`);
    this.trouble.processesLost++;
    cluster.vanish(process, random);
  }

  /** What the histories say; they cover what lost members did, too. */
  private anomalies(): string[] {
    const { histories } = this.cluster;
    const last = this.lives.at(-1)?.cluster;
    histories.forEach((history, worker) => {
      history?.close(last?.members[worker]?.isLost === true);
    });
    // Who was told of what a lying disk has lost knows something that never was.
    if ((this.recovery?.counts.acknowledgedLost ?? 0) > 0) return [];
    const recorded = histories.flatMap((history) => history ?? []);
    return recorded.length === 0 ? [] : findAnomalies(recorded);
  }

  report(violations: string[]): SeedReport {
    const { plan, lives, cluster, trouble } = this;
    const members = lives.flatMap((life) => life.cluster.members);
    const sum = (values: readonly number[]) => values.reduce((all, each) => all + each, 0);
    const coordinators = members.flatMap(({ exchange }) => exchange?.coordinator.counters ?? []);
    const participants = members.flatMap(({ exchange }) => exchange?.participant.counters ?? []);
    const tallies = members.map(({ tally }) => tally);
    const transports = lives.flatMap((life) => life.cluster.transports);
    const spills = sum(members.map(({ exchange }) => exchange?.mailbox.counters.ringFullSpills ?? 0));
    return {
      workload: plan.workload,
      seed: plan.seed,
      violations,
      traceHash: cluster.trace.hash,
      steps: sum(lives.map(({ steps }) => steps)),
      transactions: cluster.admission.started,
      commits: sum(tallies.map(({ commits }) => commits)),
      userAborts: sum(tallies.map(({ userAborts }) => userAborts)),
      failures: sum(tallies.map(({ failures, failuresByDoubt }) => failures + failuresByDoubt)),
      conflicts: sum(coordinators.map(({ conflicts }) => conflicts)),
      retriesMost: Math.max(0, ...coordinators.map(({ retriesMost }) => retriesMost)),
      lockWaits: sum([
        ...coordinators.map(({ lockWaits }) => lockWaits),
        ...participants.map(({ fragmentWaits }) => fragmentWaits),
      ]),
      inDoubt: sum(participants.map(({ inDoubt }) => inDoubt)),
      faults: {
        ...trouble,
        framesSpilled: spills + sum(transports.map((transport) => transport?.spills ?? 0)),
        memoryLimits: members.filter(({ control }) => control.memoryReached).length,
      },
      disks: this.diskCounts(),
    };
  }

  private diskCounts(): Record<string, number> {
    const { recovery, lives, cluster } = this;
    if (recovery === null || cluster.storage === null) return {};
    const sum = (of: (processes: DurableProcesses) => number) =>
      lives.reduce((total, { cluster: { durable } }) => total + (durable === null ? 0 : of(durable)), 0);
    const counts: CrashCounts & DiskCounts = { ...recovery.counts, ...cluster.storage.trouble.counts };
    return {
      durableRuns: 1,
      epochs: sum(({ epochs }) => epochs),
      snapshots: sum(({ snapshotsWritten }) => snapshotsWritten),
      ...counts,
    };
  }
}

function newStorage(plan: SimulationPlan, durable: DurablePlan): Storage {
  const random = new Random(plan.seed, STREAM.disks);
  const trouble = new DiskTrouble(durable, random);
  return { files: new ClusterFiles(plan, trouble), trouble, random };
}
