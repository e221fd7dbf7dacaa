/** Who takes the next step. Everybody who could go on may be chosen; who sleeps and was not woken, or waits, may not. */
import type { Random } from './random.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** Somebody who takes steps: a worker, a transport, or a line that delivers. */
export interface Actor {
  readonly name: string;
  /** Whether it would go on now, at this step. */
  isDue(step: number): boolean;
  /** When it goes on although nothing happens to it; Infinity where it does not. */
  dueMs(): number;
  run(step: number): void;
}

/** How much less often than others somebody gets a turn. */
const WEIGHTS = [1, 1, 0.3, 0.04];

export class Scheduler {
  /** Steps taken. */
  step = 0;
  private readonly actors: readonly Actor[];
  private readonly clock: VirtualClock;
  private readonly random: Random;
  private readonly stepMs: number;
  private readonly weights: number[];
  private readonly stalledUntil: number[];

  /** @param uneven whether some get their turns less often */
  constructor(actors: readonly Actor[], clock: VirtualClock, random: Random, stepMs: number, uneven: boolean) {
    this.actors = actors;
    this.clock = clock;
    this.random = random;
    this.stepMs = stepMs;
    this.weights = actors.map(() => (uneven ? random.pick(WEIGHTS) : 1));
    this.stalledUntil = actors.map(() => 0);
  }

  /** Lets somebody stand still for so many steps. @returns who */
  stall(steps: number): string {
    const index = this.random.uniform(0, this.actors.length - 1);
    this.stalledUntil[index] = this.step + steps;
    return this.actors[index].name;
  }

  /** From now on everybody gets turns alike. */
  calm(): void {
    this.weights.fill(1);
    this.stalledUntil.fill(0);
  }

  /**
   * Lets somebody take a step. Where nobody would, time goes by until somebody's is over.
   * @returns false when nobody ever will again by themselves
   */
  advance(): boolean {
    const index = this.choose();
    if (index < 0) return false;
    this.step++;
    this.clock.nowMs += this.random.fraction() * this.stepMs;
    this.actors[index].run(this.step);
    return true;
  }

  private choose(): number {
    const { actors, weights, stalledUntil, step } = this;
    let total = 0;
    let stalled = -1;
    for (let i = 0; i < actors.length; i++) {
      if (!actors[i].isDue(step)) continue;
      if (stalledUntil[i] <= step) total += weights[i];
      else if (stalled < 0 || stalledUntil[i] < stalledUntil[stalled]) stalled = i;
    }
    if (total > 0) return this.pick(this.random.fraction() * total);
    if (stalled >= 0) {
      stalledUntil[stalled] = 0;
      return stalled;
    }
    return this.waitForTime();
  }

  private pick(point: number): number {
    const { actors, weights, stalledUntil, step } = this;
    let rest = point;
    let last = -1;
    for (let i = 0; i < actors.length; i++) {
      if (stalledUntil[i] > step || !actors[i].isDue(step)) continue;
      last = i;
      rest -= weights[i];
      if (rest < 0) return i;
    }
    return last;
  }

  private waitForTime(): number {
    const { actors, clock } = this;
    let first = -1;
    let dueMs = Number.POSITIVE_INFINITY;
    for (let i = 0; i < actors.length; i++) {
      const each = actors[i].dueMs();
      if (each >= dueMs) continue;
      dueMs = each;
      first = i;
    }
    if (first >= 0 && dueMs > clock.nowMs) clock.nowMs = dueMs;
    return first;
  }
}
