/** What goes wrong with the disks of a simulated cluster, decided by the seed: the machine's power, and each operation. */
import { EXIT, fileFault, OperatingFault } from '../../errors.ts';
import type { Random } from '../random.ts';
import type { DiskOperation, DiskStrike, DurablePlan, RecoveryStop } from './durable-plan.ts';

/** The power is cut: nothing goes on anywhere. */
export class PowerCut extends Error {
  override readonly message = 'the power is cut';
}

/** The process whose thread asked is killed: nothing goes on in it. */
export class ProcessKilled extends Error {
  override readonly message = 'the process is killed';
}

/** Whether a disk has refused something, which ends the process. */
export const isRefusal = (error: unknown): error is OperatingFault =>
  error instanceof OperatingFault && error.code === 'FILE';

/** What disks did and what came of it, added up over the lives of a cluster. */
export interface DiskCounts {
  writes: number;
  syncs: number;
  slowSyncs: number;
  lies: number;
  refusals: number;
  shortWrites: number;
  powerCuts: number;
  tornFiles: number;
}

const ERRORS = {
  ENOSPC: 'no space left on the device; free some, then recover (ENOSPC)',
  EIO: 'the device reports an error; what was not acknowledged may be lost (EIO)',
} as const;

/** What an operation has to do instead of what was asked. */
export type Stop = PowerCut | ProcessKilled | OperatingFault;

export class DiskTrouble {
  readonly counts: DiskCounts = {
    writes: 0,
    syncs: 0,
    slowSyncs: 0,
    lies: 0,
    refusals: 0,
    shortWrites: 0,
    powerCuts: 0,
    tornFiles: 0,
  };
  private readonly random: Random;
  private readonly plan: DurablePlan;
  private strike: DiskStrike | null = null;
  private strikeLeft = 0;
  /** Operations of any kind until one is struck; Infinity where none is. */
  private operationsLeft = Number.POSITIVE_INFINITY;
  private limitEffect: DiskStrike['effect'] = 'power';
  private isOff = false;
  /** Before, all disks are honest. */
  mayLie = false;

  constructor(plan: DurablePlan, random: Random) {
    this.plan = plan;
    this.random = random;
  }

  /** The next operation of the strike's kind that comes behind so many others is struck. */
  aim(strike: DiskStrike): void {
    this.strike = strike;
    this.strikeLeft = strike.after;
  }

  /** The operation behind so many of any kind is struck. */
  limit({ after, effect }: RecoveryStop): void {
    this.operationsLeft = after;
    this.limitEffect = effect;
  }

  get isAiming(): boolean {
    return this.strike !== null;
  }

  get isPowerOff(): boolean {
    return this.isOff;
  }

  /** Nothing is aimed at any more, and no power is to be cut. */
  relent(): void {
    this.strike = null;
    this.operationsLeft = Number.POSITIVE_INFINITY;
  }

  powerOff(): void {
    if (!this.isOff) this.counts.powerCuts++;
    this.isOff = true;
  }

  powerOn(): void {
    this.isOff = false;
    this.relent();
  }

  /** Before an operation. @returns why it stops, or null where it is performed */
  stop(operation: DiskOperation, path: string): Stop | null {
    if (this.isOff) return new PowerCut();
    if (this.operationsLeft-- <= 0) {
      this.operationsLeft = Number.POSITIVE_INFINITY;
      return this.struck(this.limitEffect, path, operation);
    }
    const { strike } = this;
    if (strike === null || strike.operation !== operation || this.strikeLeft-- > 0) return null;
    this.strike = null;
    return this.struck(strike.effect, path, operation);
  }

  private struck(effect: DiskStrike['effect'], path: string, operation: DiskOperation): Stop {
    if (effect === 'power') {
      this.powerOff();
      return new PowerCut();
    }
    if (effect === 'kill') return new ProcessKilled();
    this.counts.refusals++;
    return fileFault(operation, path, new Error(ERRORS[effect]), EXIT.connection);
  }

  /** Whether a disk says that it has synced and has not. */
  lies(shard: number): boolean {
    const { plan, random, counts } = this;
    if (!this.mayLie || plan.liar !== shard || !random.chance(plan.liePct)) return false;
    counts.lies++;
    return true;
  }

  /** @returns how long the next sync of a log takes, 0 where it is quick */
  slowMs(): number {
    const { plan, random } = this;
    if (plan.slowPct === 0 || !random.chance(plan.slowPct)) return 0;
    this.counts.slowSyncs++;
    return random.fraction() * plan.slowMsMost;
  }

  /** A share of something that is not all of it. */
  part(whole: number): number {
    return Math.floor(this.random.fraction() * whole);
  }

  /** Whether something survives that nothing says will. */
  readonly survives = (): boolean => this.random.chance(50);
}
