/** A coordinator's place for one transaction at a time: that of a terminal, or the deferred work. Objects are reused. */
import type { RefusedPlace } from '../engine/access.ts';
import { NO_CONFLICT } from '../engine/lock-table.ts';

/** States of a slot. */
export const IDLE = 0;
/** Fragments are out. */
export const PREPARING = 1;
/** All answers are in and the own part met a lock; it runs again when that is gone. */
export const OWN_PART_BLOCKED = 2;
/** Met a lock with nothing prepared; begins again when that is gone. */
export const BLOCKED_AT_START = 3;
/** Gave up for an older one; begins again after a pause. */
export const PAUSED = 4;
/**
 * Gave up for an older one, while participants have not answered that attempt yet. It pauses when they have: one attempt of a
 * slot is on its way at a time, so that retries cannot pile up in front of a participant that is slow.
 */
export const GIVING_WAY = 5;

export class CoordinatorSlot {
  state = IDLE;
  sequence = 0;
  stamp = NO_CONFLICT;
  /** Locks what it touches, since it met a lock before. */
  keeps = false;
  /** Waits with locks here or at participants, so only for younger ones. */
  holds = false;
  missing = 0;
  retries = 0;
  startedMs = 0;
  crossedShards = false;
  /** Was held back before its first attempt. */
  fresh = false;
  count = 0;
  readonly participants: number[] = [];
  readonly votes: number[] = [];
  readonly place: RefusedPlace = { space: 0, key: 0, end: 0, mode: 0 };

  /** Ready for the next transaction. */
  clear(): void {
    this.state = IDLE;
    this.count = 0;
    this.retries = 0;
    this.crossedShards = false;
    this.keeps = false;
    this.stamp = NO_CONFLICT;
  }

  involves(isLost: (worker: number) => boolean): boolean {
    for (let i = 0; i < this.count; i++) if (isLost(this.participants[i])) return true;
    return false;
  }

  /** Lost participants of an attempt that was given up will not answer it. */
  expectNoneOf(isLost: (worker: number) => boolean): void {
    this.missing = 0;
    for (let i = 0; i < this.count; i++) if (this.votes[i] === 0 && !isLost(this.participants[i])) this.missing++;
  }

  /** Whether a participant is in another shard than `worker`. */
  leaves(worker: number, workersPerShard: number): boolean {
    const home = Math.floor(worker / workersPerShard);
    for (let i = 0; i < this.count; i++) {
      if (Math.floor(this.participants[i] / workersPerShard) !== home) return true;
    }
    return false;
  }
}
