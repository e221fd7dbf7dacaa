/**
 * What a workload is to the bench. A workload is a module whose default export is a `WorkloadModule`; the bench loads it
 * by URL, in the main thread for descriptions and verdicts and in each worker for execution, and knows nothing else of it.
 *
 * The executing half is synchronous where the engine completes in place: `start` returns an outcome. Something that
 * completes later (a remote participant, another database) returns `PENDING` and calls `Completion` afterwards; the
 * bench treats both alike.
 */
import type { RunConfig, WorkloadOptions } from '../config/run-config.ts';
import type { Partition } from '../engine/partition.ts';
import type { FragmentSession, Outcome, RemoteFragments } from '../shard/contract.ts';
import type { DatabaseWorkload } from './database/contract.ts';
import type { PartialCheck } from './partial-check.ts';
import type { AuditRow, ConditionResult } from './result.ts';

export {
  BLOCKED,
  COMMITTED,
  FAILED,
  FAILED_BY_DOUBT,
  type FragmentCall,
  type Outcome,
  PENDING,
  QUEUED,
  type RemoteFragments,
  USER_ABORT,
} from '../shard/contract.ts';
export type { PartialCheck } from './partial-check.ts';

/** A transaction type: identity, share and pacing. */
export interface TransactionType {
  /** Key in results: `newOrder`. */
  key: string;
  /** The specification's name: `New-Order`. */
  title: string;
  /** Cards in the deck. */
  deckCards: number;
  /** Least share of the mix in percent, or null. */
  leastMixPct: number | null;
  keyingSeconds: number;
  thinkMeanSeconds: number;
  /** 90% of the answers must arrive within this. */
  limitSeconds: number;
  /** Whether its commits a minute are the tpmC. */
  countedInTpmC?: true;
  /** Limit of the deferred execution where the type is queued. */
  deferredLimitSeconds?: number;
}

/** A workload option as the command line offers it (`remoteItemPct` -> `--remote-item-pct`). */
export interface WorkloadOptionDefinition {
  name: string;
  describe: string;
  default: number;
  low: number;
  high: number;
  /** Whether the rows of the load depend on it. */
  shapesLoad?: true;
}

/** What a worker knows of itself and of the cluster when it opens the workload. */
export interface PartitionPlacement {
  shardId: number;
  /** Index of the worker within its shard. */
  workerIndex: number;
  /** Warehouses of this partition, inclusive. */
  firstWarehouse: number;
  lastWarehouse: number;
  /** Warehouses of the whole cluster. */
  totalWarehouses: number;
  terminalsPerWarehouse: number;
  seed: number;
}

/** Called during load: rows stored so far and rows expected in total. */
export type LoadProgress = (rows: number, totalRows: number) => void;

/** A column of an export; hidden helper columns of the engine are not listed. */
export interface ExportTable {
  name: string;
  columns: string[];
  rows: number;
  /** CSV lines (without header) of rows from..to, for writing in pieces. */
  lines(from: number, to: number): string;
}

/**
 * Where a session notes what the operations of a terminal's transaction came to, in their order: for `--history`. The bench
 * tells the beginning and the end of the transaction itself. Keys, elements: whole numbers from 0 to 2^53 - 1.
 */
export interface HistoryNotes {
  /** Another attempt, or everything once more: forgets what was noted of the transaction. */
  restart(terminal: number): void;
  /** A list was read; its elements follow. */
  read(terminal: number, key: number): void;
  element(terminal: number, element: number): void;
  append(terminal: number, key: number, element: number): void;
}

/**
 * The executing half of a workload in one worker. Its transactions may have fragments at other workers: then `start` returns
 * PENDING, and the rest of `FragmentSession` is called. With a single worker nothing of that ever happens.
 */
export interface WorkloadSession extends FragmentSession {
  /**
   * Fills the tables that are the same everywhere and that nobody changes: once a process, in its first worker.
   * @returns their rows, and what the others need to see them, to be sent to their threads
   */
  loadShared(): { shared: unknown; rows: number };
  /**
   * Fills the partition by the specification's population.
   * @param shared what the first worker's `loadShared` returned; null in the first worker itself
   */
  load(progress: LoadProgress, shared: unknown): void;
  /** Instead of `load`, before the partition is filled from files: `shared` as for `load`. */
  adoptShared(shared: unknown): void;
  /** After the partition was filled from files: for those who count from what is there. */
  recovered?(): void;
  /**
   * What a client would keep of the answer to the terminal's last transaction, as a number, or NaN where it keeps nothing.
   * Only workloads that have it can write acknowledgements to a file.
   */
  receipt?(terminal: number): number;
  /** How other partitions are reached; before the first transaction, and only where there are others. */
  connect(remote: RemoteFragments): void;
  /** From now on every transaction is noted. Only workloads that have it can record a history. */
  recordHistory?(history: HistoryNotes): void;
  /** Names of the counters that `counters` holds (audit input, skips); the bench takes their difference over the measurement. */
  readonly counters: Float64Array;
  /**
   * Draws the next transaction of the terminal (0-based within the partition) and its whole input.
   * @returns index into the workload's transaction types
   */
  draw(terminal: number): number;
  /** Executes what was drawn. `nowMs` is the wall clock for dates the transaction stores. */
  start(terminal: number, nowMs: number): Outcome;
  /** Transactions that were QUEUED and that `runDeferred` has not done. */
  readonly deferredCount: number;
  /** Executes the oldest queued transaction, on the own partition alone: COMMITTED, or BLOCKED and still queued. */
  runDeferred(nowMs: number): Outcome;
  /** Gives the oldest queued transaction up: what it needs may never be free again. */
  dropDeferred(): void;
  /** Everything the partition can say about the consistency conditions, at rest. */
  check(): PartialCheck;
  /** @param shared whether tables that are the same everywhere are wanted */
  exportTables(shared: boolean): ExportTable[];
}

export interface WorkloadModule {
  readonly name: string;
  readonly transactionTypes: readonly TransactionType[];
  readonly counterNames: readonly string[];
  readonly options: readonly WorkloadOptionDefinition[];
  /** Whether all that its checks need is in its tables, so that they hold after a recovery, too. */
  readonly isRecoverable?: true;
  /** A receipt as words of a line. Where sessions give receipts. */
  receiptText?(receipt: number): string;
  /** Whether its sessions have `recordHistory`. */
  readonly recordsHistory?: true;
  /** The longest body of a fragment or of its answer, in 8-byte words: the least that a message ring must carry. */
  readonly longestFragmentWords: number;
  /** Most tpmC a warehouse can give with keying and think times, or null where the workload has no such figure. */
  readonly mostTpmCPerWarehouse: number | null;
  /** Creates the tables of a partition and the terminals of its warehouses; `load` fills it. */
  open(
    partition: Partition,
    placement: PartitionPlacement,
    mix: RunConfig['mix'],
    options: WorkloadOptions,
  ): WorkloadSession;
  /** Verdicts on the input from counters summed over all workers. */
  audit(counters: Record<string, number>, config: RunConfig): AuditRow[];
  /** Expected share of transactions that cross shards, percent. */
  expectedCrossShardPct(config: RunConfig): number;
  /**
   * Merges the partitions' partial checks into verdicts.
   * @param complete whether they are all of the cluster's; if not, what spans partitions is not checkable
   */
  judge(partials: readonly PartialCheck[], complete: boolean): ConditionResult[];
  /** Its half for databases that users run; absent where it runs on the embedded engine alone. */
  loadDatabase?(): Promise<DatabaseWorkload>;
  /** What the report must list as deviating from the workload's specification. */
  deviations(config: RunConfig, counters: Record<string, number>, measuredSeconds: number): string[];
}
