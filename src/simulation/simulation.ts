/**
 * The simulator, main file of the folder: a cluster of real workers, coordinators, participants, rings and doorbells runs on
 * one thread under a virtual clock, and a seed chooses who takes the next step. It runs on whatever thread asks for it and
 * touches no real clock, socket or file. It knows no workload; it steps the code that real runs execute, and never changes it.
 *
 * A run has trouble first, and then a calm phase in which everything outstanding must finish within a bounded number of
 * steps. The same plan gives the same trace.
 */
import { LineActor, MemberActor, TransportActor } from './actors.ts';
import { SimulatedCluster } from './cluster.ts';
import { findViolations } from './conditions.ts';
import { Conductor } from './conductor.ts';
import type { SimulatedWorkload } from './contract.ts';
import { makePlan, type SimulationPlan, STREAM } from './plan.ts';
import { Random } from './random.ts';
import { Scheduler } from './scheduler.ts';
import { Trace, type TraceSink } from './trace.ts';
import { TroubleMaker } from './trouble-maker.ts';

/** Steps that a run may take while there is trouble; then it is over, however many transactions are left. */
const TROUBLE_STEPS_MOST = 30_000;
/** Steps in which everything must have come to its end once there is none. */
const CALM_STEPS_MOST = 60_000;

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
  /** Fragments in doubt at the end. */
  inDoubt: number;
  /** What happened to it, by kind. */
  faults: Record<string, number>;
}

/** What a run can be given besides its plan. */
export interface SimulationHooks {
  /** Receives every line of the trace. */
  sink?: TraceSink | null;
  /** Called with the cluster before its first step; for tests that put bugs into it. */
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
  const run = new Simulation(plan, workload, hooks);
  return run.report(run.run());
}

class Simulation {
  private readonly plan: SimulationPlan;
  private readonly workload: SimulatedWorkload;
  private readonly cluster: SimulatedCluster;
  private readonly members: MemberActor[];
  private readonly scheduler: Scheduler;
  private readonly trouble: TroubleMaker;
  private readonly conductor: Conductor;

  constructor(plan: SimulationPlan, workload: SimulatedWorkload, hooks: SimulationHooks) {
    this.plan = plan;
    this.workload = workload;
    const cluster = new SimulatedCluster(plan, workload.workload, new Trace(hooks.sink ?? null));
    this.cluster = cluster;
    const random = new Random(plan.seed, STREAM.steps);
    this.trouble = new TroubleMaker(cluster, new Random(plan.seed, STREAM.trouble));
    this.members = cluster.members.map((member) => new MemberActor(member, cluster, random, this.trouble.counts));
    const transports = cluster.transports.flatMap((each) =>
      each === undefined ? [] : [new TransportActor(each, cluster)],
    );
    const lines = cluster.links.lines.map((line) => new LineActor(line, cluster, random));
    const actors = [...this.members, ...transports, ...lines];
    this.scheduler = new Scheduler(actors, cluster.clock, random, plan.stepMs, plan.trouble.uneven);
    this.conductor = new Conductor(cluster, random);
    hooks.prepare?.(cluster);
  }

  /** @returns what went wrong */
  run(): string[] {
    try {
      const stuck = this.troubled() ?? this.calm();
      const violations = stuck === null ? findViolations(this.cluster, this.workload.workload) : [stuck];
      return violations;
    } catch (error) {
      return [`threw ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`];
    }
  }

  report(violations: string[]): SeedReport {
    const { plan, cluster, scheduler, trouble } = this;
    const { members } = cluster;
    const sum = (of: (index: number) => number) => members.reduce((total, _, index) => total + of(index), 0);
    const coordinators = members.flatMap(({ exchange }) => exchange?.coordinator.counters ?? []);
    const participants = members.flatMap(({ exchange }) => exchange?.participant.counters ?? []);
    const total = (list: readonly number[]) => list.reduce((all, each) => all + each, 0);
    const spills = sum((i) => members[i].exchange?.mailbox.counters.ringFullSpills ?? 0);
    const transportSpills = total(cluster.transports.map((transport) => transport?.spills ?? 0));
    return {
      workload: plan.workload,
      seed: plan.seed,
      violations,
      traceHash: cluster.trace.hash,
      steps: scheduler.step,
      transactions: cluster.admission.started,
      commits: sum((i) => members[i].tally.commits),
      userAborts: sum((i) => members[i].tally.userAborts),
      failures: sum((i) => members[i].tally.failures + members[i].tally.failuresByDoubt),
      conflicts: total(coordinators.map(({ conflicts }) => conflicts)),
      retriesMost: Math.max(0, ...coordinators.map(({ retriesMost }) => retriesMost)),
      lockWaits: total([
        ...coordinators.map(({ lockWaits }) => lockWaits),
        ...participants.map(({ fragmentWaits }) => fragmentWaits),
      ]),
      inDoubt: total(participants.map(({ inDoubt }) => inDoubt)),
      faults: {
        ...trouble.counts,
        framesSpilled: spills + transportSpills,
        memoryLimits: members.filter(({ control }) => control.memoryReached).length,
      },
    };
  }

  /** @returns what keeps the cluster from going on */
  private troubled(): string | null {
    const { scheduler, trouble, conductor, cluster } = this;
    conductor.begin(scheduler.step);
    while (!conductor.isOver && scheduler.step < TROUBLE_STEPS_MOST) {
      conductor.conduct(scheduler.step);
      trouble.lose(scheduler.step);
      trouble.disturb(scheduler);
      if (scheduler.advance() || conductor.hurry()) continue;
      return `nobody goes on, with ${cluster.admission.left} transactions to start; ${this.outstanding()}`;
    }
    cluster.admission.left = 0;
    return null;
  }

  /** Everything outstanding finishes, then all stop. @returns what does not */
  private calm(): string | null {
    const { scheduler, trouble, conductor, cluster, plan } = this;
    cluster.trace.sink?.(cluster.clock.nowMs, 'main', 'trouble is over');
    const lastStep = scheduler.step + CALM_STEPS_MOST;
    const isOver = () => scheduler.step >= lastStep;
    if (!plan.endsBusy) {
      this.beCalm();
      while (!isOver()) {
        conductor.conduct(scheduler.step);
        trouble.lose(scheduler.step);
        if (!scheduler.advance() && !conductor.hurry()) break;
      }
      if (cluster.living.some(({ outstanding }) => outstanding !== null)) {
        return `transactions do not come to their end${isOver() ? '' : ', and nobody goes on'}: ${this.outstanding()}`;
      }
    }
    conductor.drain(scheduler.step);
    while (!isOver()) {
      conductor.conduct(scheduler.step);
      trouble.lose(scheduler.step);
      if (conductor.isEverybodyDraining) this.beCalm();
      else trouble.disturb(scheduler);
      if (scheduler.advance() || conductor.hurry()) continue;
      break;
    }
    if (conductor.isEverybodyStopped) return null;
    return `the run does not come to its end${isOver() ? '' : ', and nobody goes on'}: ${this.outstanding()}`;
  }

  private beCalm(): void {
    this.scheduler.calm();
    for (const member of this.members) member.calm();
  }

  private outstanding(): string {
    const list = this.cluster.living.map(
      (member) => `${member.name} ${member.sleeps ? 'sleeps' : 'is awake'}, ${member.outstanding ?? 'done'}`,
    );
    return list.join('; ');
  }
}
