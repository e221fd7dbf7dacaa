/** Ends one life of a durable cluster as its plan wants it: at a moment, or in the middle of what a disk does. */
import type { SimulatedCluster } from '../cluster.ts';
import type { Random } from '../random.ts';
import type { TroubleMaker } from '../trouble-maker.ts';
import { type DiskTrouble, PowerCut } from './disk-trouble.ts';
import type { CrashPlan } from './durable-plan.ts';

/** Steps after the transaction with which a crash is due, until it happens. */
const DELAY_STEPS_MOST = 300;
/** Steps for which a crash waits for the operation that it aims at. */
const PATIENCE_STEPS = 1500;

export class CrashMaker {
  /** The cluster is to end in good order. */
  isRestarting = false;
  private readonly plan: CrashPlan;
  private readonly cluster: SimulatedCluster;
  private readonly trouble: TroubleMaker;
  private readonly disks: DiskTrouble;
  private readonly random: Random;
  private dueStep = -1;
  private isOver = false;

  constructor(plan: CrashPlan, cluster: SimulatedCluster, trouble: TroubleMaker, disks: DiskTrouble, random: Random) {
    this.plan = plan;
    this.cluster = cluster;
    this.trouble = trouble;
    this.disks = disks;
    this.random = random;
  }

  /** Between two steps. @throws PowerCut */
  crash(step: number): void {
    const { plan, disks } = this;
    if (this.isOver || this.cluster.admission.started < plan.startsBefore) return;
    if (this.dueStep < 0) {
      this.dueStep = step + (plan.strike === null ? this.random.uniform(0, DELAY_STEPS_MOST) : PATIENCE_STEPS);
      if (plan.strike !== null) disks.aim(plan.strike);
    }
    // What was aimed at has come.
    if (plan.strike !== null && !disks.isAiming) this.isOver = true;
    else if (step >= this.dueStep) this.now();
  }

  private now(): void {
    const { plan, trouble, disks } = this;
    this.isOver = true;
    disks.relent();
    switch (plan.kind) {
      case 'power':
        disks.powerOff();
        throw new PowerCut();
      case 'link':
        trouble.breakLink();
        return;
      case 'restart':
        this.isRestarting = true;
        return;
      default:
        trouble.loseProcess();
    }
  }
}
