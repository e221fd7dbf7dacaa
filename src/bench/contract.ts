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
import type { AuditRow, ConditionResult } from './result.ts';

/** Outcome of a started transaction. Plain integers: they pass through the hot loop. */
export const COMMITTED = 0;
export const USER_ABORT = 1;
/** The completion callback will be called later. */
export const PENDING = 2;
/** The terminal has its answer; the work is queued and `runDeferred` will do it (TPC-C 2.7.2). */
export const QUEUED = 3;
export type Outcome = typeof COMMITTED | typeof USER_ABORT | typeof PENDING | typeof QUEUED;

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

/**
 * What conditions need of one partition: verdicts on what is local, and partial sums, keyed by integers, of what spans
 * partitions. Structured-cloneable.
 */
export interface PartialCheck {
  conditions: ConditionResult[];
  sums: Record<string, { keys: Float64Array; values: Float64Array }>;
}

/** A column of an export; hidden helper columns of the engine are not listed. */
export interface ExportTable {
  name: string;
  columns: string[];
  rows: number;
  /** CSV lines (without header) of rows from..to, for writing in pieces. */
  lines(from: number, to: number): string;
}

/** The executing half of a workload in one worker. */
export interface WorkloadSession {
  /** Fills the partition by the specification's population. */
  load(progress: LoadProgress): void;
  /** Names of the counters that `counters` holds (audit input, skips); the bench takes their difference over the measurement. */
  readonly counters: Float64Array;
  /**
   * Draws the next transaction of the terminal (0-based within the partition) and its whole input.
   * @returns index into the workload's transaction types
   */
  draw(terminal: number): number;
  /** Executes what was drawn. `nowMs` is the wall clock for dates the transaction stores. */
  start(terminal: number, nowMs: number): Outcome;
  /** Whether the transaction that just completed touched another shard. */
  lastCrossedShards(): boolean;
  /** Executes one queued transaction; false when the queue is empty. Only for workloads that return QUEUED. */
  runDeferred(nowMs: number): boolean;
  /** Undoes the transaction that an operating fault (the memory limit) interrupted. */
  abandon(): void;
  /** Everything the partition can say about the consistency conditions, at rest. */
  check(): PartialCheck;
  exportTables(): ExportTable[];
}

export interface WorkloadModule {
  readonly name: string;
  readonly transactionTypes: readonly TransactionType[];
  readonly counterNames: readonly string[];
  readonly options: readonly WorkloadOptionDefinition[];
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
  /** Merges the partitions' partial checks into verdicts. */
  judge(partials: readonly PartialCheck[]): ConditionResult[];
  /** What the report must list as deviating from the workload's specification. */
  deviations(config: RunConfig, counters: Record<string, number>, measuredSeconds: number): string[];
}
