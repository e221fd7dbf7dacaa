/**
 * The main threads of a simulated cluster: they tell their workers which phase comes, each process in its own time, and end
 * the run as real ones do: nobody stops before all have decided what they began, and before all have heard it.
 */
import { PHASE_DRAIN, PHASE_MEASURE, PHASE_STOP, PHASE_WARMUP, type Phase } from '../bench/control-block.ts';
import type { SimulatedCluster } from './cluster.ts';
import { RUNNING, STOPPED } from './member.ts';
import type { Random } from './random.ts';

/** Most steps by which one process hears later than another. */
const LAG_STEPS_MOST = 200;
/** Share of the transactions that begin before the measurement. */
const WARMUP_SHARE = 0.2;
const PHASE_NAMES = ['idle', 'warm-up', 'measure', 'drain', 'stop'];

interface Announcement {
  process: number;
  phase: Phase;
  step: number;
}

export class Conductor {
  private readonly cluster: SimulatedCluster;
  private readonly random: Random;
  private readonly processes: number;
  /** In the order in which they were made; each process hears its own in order. */
  private readonly announcements: Announcement[] = [];
  private hasMeasured = false;
  private isDraining = false;
  private areOwnDone = false;
  private isStopping = false;

  constructor(cluster: SimulatedCluster, random: Random) {
    this.cluster = cluster;
    this.random = random;
    this.processes = Math.max(...cluster.plan.processOf) + 1;
  }

  begin(step: number): void {
    this.announce(PHASE_WARMUP, step);
  }

  /** Whether no transaction is to begin any more. */
  get isOver(): boolean {
    const { admission, members } = this.cluster;
    return admission.left <= 0 || members.some(({ control }) => control.memoryReached);
  }

  /** The run ends. */
  drain(step: number): void {
    this.isDraining = true;
    this.announce(PHASE_DRAIN, step);
  }

  get isEverybodyDraining(): boolean {
    return this.cluster.living.every(({ stage }) => stage !== RUNNING);
  }

  get isEverybodyStopped(): boolean {
    return this.cluster.living.every(({ stage }) => stage === STOPPED);
  }

  /** Between two steps: says what is due. */
  conduct(step: number): void {
    const { cluster } = this;
    if (
      !this.hasMeasured &&
      !this.isDraining &&
      cluster.admission.started >= WARMUP_SHARE * cluster.plan.transactions
    ) {
      this.hasMeasured = true;
      this.announce(PHASE_MEASURE, step);
    }
    if (this.isDraining && !this.isStopping) this.lookForEnd(step);
    if (this.announcements.length > 0) this.deliver(step);
  }

  /** Nobody goes on by themselves: whoever has something to say says it now. @returns whether anybody had */
  hurry(): boolean {
    const [next] = this.announcements;
    if (next === undefined) {
      if (!this.isDraining || this.isStopping) return false;
      this.lookForEnd(0);
      return this.announcements.length > 0;
    }
    next.step = 0;
    this.deliver(0);
    return true;
  }

  private lookForEnd(step: number): void {
    const { living } = this.cluster;
    this.areOwnDone ||= living.every(({ control, exchange, stage }) =>
      exchange === null ? stage !== RUNNING : control.ownDone,
    );
    if (!this.areOwnDone) return;
    if (!living.every(({ control, exchange }) => exchange === null || control.fragmentsDecided)) return;
    this.isStopping = true;
    this.announce(PHASE_STOP, step);
  }

  private announce(phase: Phase, step: number): void {
    for (let process = 0; process < this.processes; process++) {
      this.announcements.push({ process, phase, step: step + this.random.uniform(0, LAG_STEPS_MOST) });
    }
  }

  private deliver(step: number): void {
    const heard = new Set<number>();
    for (let i = 0; i < this.announcements.length; i++) {
      const { process, phase, step: due } = this.announcements[i];
      if (due > step || heard.has(process)) {
        heard.add(process);
        continue;
      }
      this.announcements.splice(i--, 1);
      this.tell(process, phase);
    }
  }

  private tell(process: number, phase: Phase): void {
    const { cluster } = this;
    const { trace, clock } = cluster;
    trace.mix(process);
    trace.mix(phase);
    trace.sink?.(clock.nowMs, `main ${process}`, `says ${PHASE_NAMES[phase]}`);
    for (const member of cluster.living) {
      if (cluster.processOf(member) === process) cluster.setPhase(member, phase);
    }
  }
}
