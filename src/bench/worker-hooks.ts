/**
 * What may watch or disturb a worker's loop. Both are absent in an ordinary run, which then pays one comparison a transaction.
 */
import type { Outcome } from './contract.ts';
import type { AcknowledgementListener } from './durable/acknowledgements.ts';
import type { WorkerLogCounters } from './durable/worker-durability.ts';

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
  durable?: DurabilityHook | null;
  receipts?: ReceiptHook | null;
}

/** Makes commits durable; see `durable/worker-durability.ts`. */
export interface DurabilityHook {
  readonly clock: { look(): void; readonly current: number };
  beginTurn(): boolean;
  add(kind: number, type: number, crossedShards: boolean, startMs: number, answeredMs: number, receipt: number): void;
  endTurn(listener: AcknowledgementListener): void;
  sleep(timeoutMs: number): number;
  park(timeoutMs: number): void;
  wake(): void;
  readonly counters: WorkerLogCounters;
}

/** Keeps what a client would keep of the answers that it got. */
export interface ReceiptHook {
  /** @returns the receipt of the terminal's last transaction, or NaN where it has none */
  of(terminal: number): number;
  /** The transaction is acknowledged. */
  note(type: number, receipt: number): void;
  /** What was noted is kept for good. */
  flush(): void;
}

export const NO_HOOKS: WorkerHooks = { history: null, chaos: null };
