/** What a worker needs so that its commits become durable: the epochs that they belong to, and the way to the log. */
import type { EpochClock } from '../../durability/epoch-clock.ts';
import type { RedoOutbox } from './redo-outbox.ts';

export interface WorkerLog {
  readonly clock: EpochClock;
  readonly redo: RedoOutbox;
}

/** What messages carry where nothing is made durable. */
export const NO_EPOCH = 0;

/** The epoch of what commits now. */
export const epochNow = (log: WorkerLog | null): number => (log === null ? NO_EPOCH : log.clock.current);
