/**
 * Ends the epochs of a process: after a time, or as soon as the one before is durable in the cluster. Runs on one of the log
 * writers' threads. Epochs of other processes come by messages and only ever raise the number.
 */
import type { EpochBoard } from '../../durability/epoch-board.ts';
import type { EpochPolicy } from './log-writer-messages.ts';

/** Between two looks where nothing happens. */
const IDLE_MS = 20;

export class EpochDriver {
  private readonly board: EpochBoard;
  private readonly policy: EpochPolicy;
  private readonly now: () => number;
  private dueMs: number;

  /** @param now monotonic, milliseconds */
  constructor(board: EpochBoard, policy: EpochPolicy, now: () => number) {
    this.board = board;
    this.policy = policy;
    this.now = now;
    this.dueMs = now();
  }

  /** Ends the epoch where that is due. @returns whether it did */
  tick(): boolean {
    const { board, policy } = this;
    const nowMs = this.now();
    if (policy.kind === 'shortest') {
      // The epoch that is being written was `tick - 1`: the next group ends when it is durable, and gathers until then.
      if (board.clusterDurable < board.tick - 1) return false;
      if (!board.isAwaited && nowMs < this.dueMs) return false;
      board.isAwaited = false;
      this.dueMs = nowMs + IDLE_MS;
    } else {
      if (nowMs < this.dueMs) return false;
      // Late by more than an epoch: no epoch is made up for.
      this.dueMs = Math.max(this.dueMs + policy.epochMs, nowMs);
    }
    board.raiseTick(board.tick + 1);
    return true;
  }

  /** How long nothing is due by itself. Who makes an epoch durable, or awaits one, wakes this thread. */
  remainingMs(): number {
    if (this.policy.kind === 'shortest') {
      const { board } = this;
      if (board.clusterDurable < board.tick - 1) return Number.POSITIVE_INFINITY;
      if (board.isAwaited) return 0;
    }
    return Math.max(0, this.dueMs - this.now());
  }
}
