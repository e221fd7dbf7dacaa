/** What a coordinator needs of whoever starts transactions through it, and what it counts. */
import type { Outcome } from './contract.ts';

/** Told of what happens to the terminals' transactions after `start` returned PENDING. */
export interface CompletionListener {
  complete(terminal: number, outcome: Outcome, crossedShards: boolean): void;
  /** An attempt was undone at the participants; the transaction will be tried again. */
  conflict(terminal: number): void;
}

export interface CoordinatorClock {
  /** Milliseconds, monotonic. */
  now(): number;
  /** What to add for milliseconds since 1970. */
  readonly epochOffsetMs: number;
}

export interface CoordinatorCounters {
  /** Attempts with fragments. */
  attempts: number;
  /** Attempts that were undone for an older transaction. */
  conflicts: number;
  /** Times that a transaction waited for a lock of its own partition. */
  lockWaits: number;
  /** Most retries of one transaction. */
  retriesMost: number;
  /** Transactions that failed because a partition was lost. */
  peerLost: number;
}
