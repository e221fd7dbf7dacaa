/**
 * Turns at a file that one transaction at a time can write to. The library is synchronous, so that waiting for a lock
 * inside it would stop the very thread that may hold it: sessions of one thread queue up here, in their order, and the
 * one whose turn it is asks again and again for the lock that other threads and processes compete for.
 */
import { setImmediate as nextRound, setTimeout as pause } from 'node:timers/promises';
import { isBusy } from './errors.ts';

const PAUSE_MS = 1;
/** About ten seconds. */
const MOST_ATTEMPTS = 10_000;
/** A lock is mostly held for less than a timer lasts. */
const ATTEMPTS_WITHOUT_PAUSE = 20;

export class WriteTurns {
  private taken = false;
  private readonly waiting: (() => void)[] = [];

  /** Resolves when it is the caller's turn, after everything else on the event loop has had one. */
  async take(): Promise<void> {
    await nextRound();
    if (!this.taken) {
      this.taken = true;
      return;
    }
    await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  release(): void {
    const next = this.waiting.shift();
    if (next === undefined) this.taken = false;
    else next();
  }
}

const turnsByPath = new Map<string, WriteTurns>();

/** The turns that all sessions of this thread have in common. */
export function turnsOf(path: string): WriteTurns {
  const known = turnsByPath.get(path) ?? new WriteTurns();
  turnsByPath.set(path, known);
  return known;
}

/** Does `work` once no other thread or process keeps it from it. @throws what `work` throws, also where it stays locked */
export async function whenUnlocked<T>(work: () => T): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return work();
    } catch (error) {
      if (!isBusy(error) || attempt >= MOST_ATTEMPTS) throw error;
    }
    await (attempt < ATTEMPTS_WITHOUT_PAUSE ? nextRound() : pause(PAUSE_MS));
  }
}
