/**
 * One life of a simulated cluster, from its first step to its end: trouble first, and then a calm phase in which everything
 * outstanding must finish within a bounded number of steps. What is not durable has one life; what is may crash and have
 * others.
 */
import { LineActor, MemberActor, TransportActor } from './actors.ts';
import type { SimulatedCluster } from './cluster.ts';
import { Conductor } from './conductor.ts';
import { CrashMaker } from './disks/crash-maker.ts';
import { PowerCut } from './disks/disk-trouble.ts';
import type { CrashPlan } from './disks/durable-plan.ts';
import type { Random } from './random.ts';
import { Scheduler } from './scheduler.ts';
import { type TroubleCounts, TroubleMaker } from './trouble-maker.ts';

/** Steps that a life may take while there is trouble; then it is over, however many transactions are left. */
const TROUBLE_STEPS_MOST = 30_000;
/** Steps in which everything must have come to its end once there is none. */
const CALM_STEPS_MOST = 60_000;

export interface LifeRandoms {
  steps: Random;
  trouble: Random;
}

export class Life {
  readonly cluster: SimulatedCluster;
  /** Everything has stopped at once. */
  powerIsCut = false;
  /** All that was committed is durable in the whole cluster. */
  isDurable = false;
  private readonly members: MemberActor[];
  private readonly scheduler: Scheduler;
  private readonly trouble: TroubleMaker;
  private readonly conductor: Conductor;
  private readonly crashes: CrashMaker | null;

  /** @param crash how it ends; null where it ends when all transactions are over */
  constructor(cluster: SimulatedCluster, crash: CrashPlan | null, randoms: LifeRandoms, counts: TroubleCounts) {
    const { plan, run, durable } = cluster;
    this.cluster = cluster;
    this.trouble = new TroubleMaker(cluster, randoms.trouble, counts);
    this.members = cluster.members.map((member) => new MemberActor(member, cluster, randoms.steps, counts));
    const transports = cluster.transports.flatMap((each) =>
      each === undefined ? [] : [new TransportActor(each, cluster)],
    );
    const lines = cluster.links.lines.map((line) => new LineActor(line, cluster, randoms.steps));
    const actors = [...this.members, ...transports, ...lines, ...(durable?.actors ?? [])];
    this.scheduler = new Scheduler(actors, cluster.clock, randoms.steps, plan.stepMs, plan.trouble.uneven);
    this.conductor = new Conductor(cluster, randoms.steps);
    this.crashes =
      crash === null || run.storage === null
        ? null
        : new CrashMaker(crash, cluster, this.trouble, run.storage.trouble, run.storage.random);
  }

  get steps(): number {
    return this.scheduler.step;
  }

  /** It has not come to its own end: others follow. */
  get isCrashed(): boolean {
    return this.powerIsCut || this.isEnding;
  }

  /** @returns what keeps the cluster from going on, or null */
  run(): string | null {
    try {
      return this.troubled() ?? this.calm();
    } catch (error) {
      if (!(error instanceof PowerCut)) throw error;
      this.powerIsCut = true;
      this.say('the power is cut');
      return null;
    }
  }

  /** One step of whoever can take one, besides those of `run`. */
  step(): void {
    this.scheduler.advance();
  }

  private get isEnding(): boolean {
    return this.cluster.durable !== null && (this.cluster.isDamaged || this.crashes?.isRestarting === true);
  }

  private troubled(): string | null {
    const { scheduler, trouble, conductor, cluster } = this;
    conductor.begin(scheduler.step);
    while (!conductor.isOver && !this.isEnding && scheduler.step < TROUBLE_STEPS_MOST) {
      conductor.conduct(scheduler.step);
      this.lose();
      trouble.disturb(scheduler);
      if (scheduler.advance() || conductor.hurry() || this.isEnding) continue;
      return `nobody goes on, with ${cluster.admission.left} transactions to start; ${this.outstanding()}`;
    }
    if (!this.isEnding) cluster.admission.left = 0;
    return null;
  }

  /** Everything outstanding finishes, then all stop. @returns what does not */
  private calm(): string | null {
    const { scheduler, trouble, conductor, cluster } = this;
    this.say('trouble is over');
    const lastStep = scheduler.step + CALM_STEPS_MOST;
    const isOver = () => scheduler.step >= lastStep;
    if (!cluster.plan.endsBusy && !this.isEnding) {
      const stuck = this.finish(isOver);
      if (stuck !== null) return stuck;
    }
    conductor.drain(scheduler.step);
    while (!isOver() && !(cluster.durable !== null && conductor.isEverybodyStopped)) {
      conductor.conduct(scheduler.step);
      this.lose();
      if (conductor.isEverybodyDraining) this.beCalm();
      else trouble.disturb(scheduler);
      if (scheduler.advance() || conductor.hurry()) continue;
      break;
    }
    if (conductor.isEverybodyStopped) return this.settle(isOver);
    return `the run does not come to its end${isOver() ? '' : ', and nobody goes on'}: ${this.outstanding()}`;
  }

  /** Every transaction that began ends; in a durable cluster it is acknowledged, too. */
  private finish(isOver: () => boolean): string | null {
    const { scheduler, conductor, cluster } = this;
    this.beCalm();
    while (!isOver() && !this.isEnding && !this.isAcknowledged) {
      conductor.conduct(scheduler.step);
      this.lose();
      if (!scheduler.advance() && !conductor.hurry()) break;
    }
    if (this.isEnding) return null;
    if (cluster.living.some(({ outstanding }) => outstanding !== null)) {
      return `transactions do not come to their end${isOver() ? '' : ', and nobody goes on'}: ${this.outstanding()}`;
    }
    if (cluster.durable !== null && !this.isAcknowledged) return 'what was committed is never acknowledged';
    return null;
  }

  private get isAcknowledged(): boolean {
    const { living, durable } = this.cluster;
    if (durable === null) return false;
    return living.every(
      ({ outstanding, durability }) => outstanding === null && durability?.worker.unacknowledged === 0,
    );
  }

  /** Waits until everything that was committed is durable, where that can be known. */
  private settle(isOver: () => boolean): string | null {
    const { cluster, scheduler } = this;
    const { durable, members } = cluster;
    if (durable === null) return null;
    const last = Math.max(...members.map(({ durability }) => durability?.lastEpoch ?? 0));
    while (!isOver() && !cluster.isDamaged && durable.durableEverywhere < last) {
      this.lose();
      if (!scheduler.advance()) break;
    }
    if (cluster.isDamaged) return null;
    this.isDurable = durable.durableEverywhere >= last;
    return this.isDurable ? null : `epoch ${last} does not become durable, only ${durable.durableEverywhere}`;
  }

  private lose(): void {
    this.trouble.lose(this.scheduler.step);
    this.crashes?.crash(this.scheduler.step);
  }

  private beCalm(): void {
    this.scheduler.calm();
    for (const member of this.members) member.calm();
  }

  private say(what: string): void {
    const { trace, clock } = this.cluster;
    trace.sink?.(clock.nowMs, 'main', what);
  }

  private outstanding(): string {
    const list = this.cluster.living.map(
      (member) => `${member.name} ${member.sleeps ? 'sleeps' : 'is awake'}, ${member.outstanding ?? 'done'}`,
    );
    return list.join('; ');
  }
}
