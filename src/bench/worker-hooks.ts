/**
 * What may watch or disturb a worker's loop. Both are absent in an ordinary run, which then pays one comparison a transaction.
 */
import type { Outcome } from './contract.ts';

/** Hears when a terminal starts a transaction and when it has its answer. The workload tells it of reads and writes itself. */
export interface HistoryHook {
  begin(terminal: number): void;
  end(terminal: number, outcome: Outcome): void;
}

/** Trouble on purpose. */
export interface ChaosHook {
  /** Called once a turn; may block the thread. */
  turn(nowMs: number): void;
}

export interface WorkerHooks {
  history: HistoryHook | null;
  chaos: ChaosHook | null;
}

export const NO_HOOKS: WorkerHooks = { history: null, chaos: null };
