/** The clock of a simulated cluster. It moves with every step, and a little whenever somebody looks. */
import type { CoordinatorClock } from '../shard/completion.ts';

/** Who spins until a time is over must come to an end. */
const LOOK_MS = 0.0005;

export class VirtualClock implements CoordinatorClock {
  nowMs = 1000;
  /** The dates that transactions store are after those of every load. */
  readonly epochOffsetMs = Date.UTC(2026, 5, 1);

  now(): number {
    this.nowMs += LOOK_MS;
    return this.nowMs;
  }
}
