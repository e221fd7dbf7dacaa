/** What goes wrong on purpose during a run: who stands still, is woken for nothing, vanishes, or cannot be reached any more. */
import { COMMIT } from '../shard/message-layout.ts';
import type { SimulatedCluster } from './cluster.ts';
import type { Line } from './links.ts';
import type { Random } from './random.ts';
import type { Scheduler } from './scheduler.ts';

/** Steps after the transaction with which a loss is due, until it happens. */
const LOSS_STEPS_MOST = 300;
/** Percent of losses that wait for a commit on its way, the worst moment, and for how many steps. */
const PATIENT_PCT = 70;
const PATIENCE_STEPS = 1000;

export interface TroubleCounts {
  stalls: number;
  lateWakes: number;
  lostWakes: number;
  spuriousWakes: number;
  processesLost: number;
  linksBroken: number;
}

export const noTrouble = (): TroubleCounts => ({
  stalls: 0,
  lateWakes: 0,
  lostWakes: 0,
  spuriousWakes: 0,
  processesLost: 0,
  linksBroken: 0,
});

export class TroubleMaker {
  private readonly counts: TroubleCounts;
  private readonly cluster: SimulatedCluster;
  private readonly random: Random;
  private lossStep = -1;
  private patienceSteps = 0;

  /** @param counts what happened in all lives of the cluster */
  constructor(cluster: SimulatedCluster, random: Random, counts: TroubleCounts) {
    this.cluster = cluster;
    this.random = random;
    this.counts = counts;
  }

  /** Between two steps, while there is trouble. */
  disturb(scheduler: Scheduler): void {
    const { random, counts, cluster } = this;
    const { stallPct, stallStepsMost, spuriousWakePct } = cluster.plan.trouble;
    if (stallPct > 0 && random.chance(stallPct)) {
      const steps = random.uniform(1, stallStepsMost);
      const who = scheduler.stall(steps);
      counts.stalls++;
      this.say(`${who} stands still for ${steps} steps`);
    }
    if (spuriousWakePct > 0 && random.chance(spuriousWakePct)) {
      const sleeping = cluster.living.filter((member) => member.sleeps);
      if (sleeping.length > 0) {
        counts.spuriousWakes++;
        random.pick(sleeping).step();
      }
    }
  }

  /** Loses what the plan wants to be lost when it is due, also in the calm phase; a loss is no excuse. */
  lose(step: number): void {
    const { trouble } = this.cluster.plan;
    if (trouble.loss === 'none' || this.cluster.admission.started < trouble.lossAfter) return;
    if (this.lossStep < 0) {
      this.lossStep = step + this.random.uniform(0, LOSS_STEPS_MOST);
      this.patienceSteps = this.random.chance(PATIENT_PCT) ? PATIENCE_STEPS : 0;
    }
    if (step < this.lossStep) return;
    const decided = this.linesWithCommits();
    if (decided.length === 0 && step < this.lossStep + this.patienceSteps) return;
    this.lossStep = Number.POSITIVE_INFINITY;
    if (trouble.loss === 'process') this.loseProcess(decided);
    else this.breakLink(decided);
  }

  /** Between processes: where the news of a commit is on its way, so that some may hear it and others not. */
  private linesWithCommits(): Line[] {
    const { links, plan } = this.cluster;
    return links.lines.filter(
      ({ fromShard, toShard, frames }) =>
        plan.processOf[fromShard] !== plan.processOf[toShard] && frames.some(({ type }) => type === COMMIT),
    );
  }

  /** A process vanishes. @param decided lines with the news of a commit */
  loseProcess(decided: readonly Line[] = this.linesWithCommits()): void {
    const { cluster, random, counts } = this;
    const { processOf } = cluster.plan;
    const lost =
      decided.length > 0 ? processOf[random.pick(decided).fromShard] : random.uniform(0, Math.max(...processOf));
    counts.processesLost++;
    this.say(`process ${lost} vanishes`);
    cluster.vanish(lost, random);
  }

  /** A link between processes breaks. @param decided lines with the news of a commit */
  breakLink(decided: readonly Line[] = this.linesWithCommits()): void {
    const { cluster, random, counts } = this;
    const { processOf } = cluster.plan;
    const { lines } = cluster.links;
    const between = lines.filter(({ fromShard, toShard }) => processOf[fromShard] !== processOf[toShard]);
    const line = random.pick(decided.length > 0 ? decided : between);
    const back = cluster.links.line(line.toShard, line.fromShard);
    counts.linksBroken++;
    cluster.isDamaged = true;
    cluster.durable?.separate(processOf[line.fromShard], processOf[line.toShard]);
    this.say(`the link between shards ${line.fromShard} and ${line.toShard} breaks`);
    for (const each of [line, back]) {
      if (each !== undefined) cluster.links.break(each, random.uniform(0, each.frames.length), true);
    }
  }

  private say(what: string): void {
    const { trace, clock } = this.cluster;
    trace.sink?.(clock.nowMs, 'trouble', what);
  }
}
