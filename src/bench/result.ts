/**
 * The result of a run as data: what `--json` writes and what every report is rendered from. Numbers are numbers, times
 * carry their unit in the name, nothing is formatted here. DESIGN.md section 9 fixes the keys: add, do not rename.
 */

import type { RunConfig } from '../config/run-config.ts';
import type { ChaosCount } from './chaos/chaos-counts.ts';
import type { DurabilityResult } from './durable/durability-figures.ts';

/** Raised when a key changes its meaning or disappears. */
export const RESULT_SCHEMA_VERSION = 1;

/** Microseconds, from one merged HDR histogram with three significant digits. */
export interface LatencySummary {
  mean: number;
  p50: number;
  p90: number;
  p95: number;
  p99: number;
  p999: number;
  max: number;
}

/** A point of a latency distribution: `percentile` percent of the transactions took at most `valueUs` microseconds. */
export interface LatencyPoint {
  percentile: number;
  valueUs: number;
}

/**
 * Where the latency of completed transactions went, in percent of its sum. The kinds exclude each other and leave nothing out,
 * so that they add up to 100; `src/shard/transaction-times.ts` says where each begins and ends.
 */
export interface TimeShares {
  /** The latencies added up. */
  totalSeconds: number;
  /** The own worker ran the transaction itself. */
  executingPct: number;
  /** From when the fragments were out until the last answer was taken. */
  waitingForRemotePct: number;
  /** In line for a lock of the own partition. */
  waitingForLocksPct: number;
  /** Attempts that were given up, and the pauses after them. */
  retryingPct: number;
  /** From when it should have started until the worker began it. */
  queueingPct: number;
  /** From the answer to the acknowledgement; absent where nothing is made durable. */
  waitingForDurabilityPct?: number;
}

/** What a worker spent the measurement on, in percent of the wall time; adds up to 100. */
export interface WorkerTime {
  /** Own transactions: executing, deferred execution, drawing input, recording. */
  ownTransactionsPct: number;
  /** Taking and sending messages, fragments of other workers among them. */
  messagesPct: number;
  /** Asleep, or looking for something to do. */
  idlePct: number;
}

/** Completed transactions (commits and user aborts) and their latency; `latencyUs` is null where there were none. */
export interface LocalityResult {
  commits: number;
  latencyUs: LatencySummary | null;
  /** Ascending, from the histogram of `latencyUs`; the last point is the maximum, at 100. Absent in earlier results. */
  latencyCurve?: LatencyPoint[];
  /** Null where there were none; absent in earlier results, here as in what follows. */
  timeShares?: TimeShares | null;
}

/** The deferred half of a queued transaction (TPC-C 2.7.2): what ran after the terminal had its answer. */
export interface DeferredResult {
  completed: number;
  /** From the terminal's request to the end of the deferred execution. */
  latencyUs: LatencySummary | null;
  latencyCurve?: LatencyPoint[];
  /** Queueing is from the request to the beginning of the deferred execution. */
  timeShares?: TimeShares | null;
  /** Share completed within `limitSeconds`. */
  withinLimitPct: number | null;
  limitSeconds: number;
}

export interface TransactionResult {
  /** The specification's name, e.g. `New-Order`. */
  title: string;
  commits: number;
  userAborts: number;
  conflictAborts: number;
  throughputTps: number;
  crossShardPct: number;
  /** Share of all completed transactions of the shard, or of all shards where it tells of all. */
  mixPct: number;
  latencyUs: LatencySummary | null;
  latencyCurve?: LatencyPoint[];
  timeShares?: TimeShares | null;
  local: LocalityResult;
  crossShard: LocalityResult;
  /** Present where the workload defers the execution. `commits` then counts deferred executions that committed. */
  deferred?: DeferredResult;
}

/** One bar of a latency histogram: completed transactions with fromUs <= latency < toUs. */
export interface LatencyBucket {
  fromUs: number;
  toUs: number;
  count: number;
}

export interface ShardResult {
  shardId: number;
  port: number;
  /** Number of warehouses of the shard. */
  warehouses: number;
  threads: number;
  throughputTps: number;
  commits: number;
  userAborts: number;
  conflictAborts: number;
  crossShardPct: number;
  latencyUs: LatencySummary | null;
  latencyCurve?: LatencyPoint[];
  /** Of all transactions together. */
  timeShares?: TimeShares | null;
  /** By worker of the shard. */
  workers?: WorkerTime[];
  /** By key of the transaction (`newOrder`, ...), in the workload's order. */
  transactions: Record<string, TransactionResult>;
  /** All transactions of the shard together, log-spaced. */
  histogram: LatencyBucket[];
  /** What the shard's threads counted, messages above all: `framesIn`, `parks`, `frameDropsTotal`, ... */
  counters: Record<string, number>;
}

/** `too few`: the sample says nothing yet; `not applicable`: e.g. remote rows where there is one warehouse. */
export type AuditVerdict = 'pass' | 'fail' | 'too few' | 'not applicable' | 'info';

/** One line of the input audit (TPC-C 9.2.2.5). `low`..`high` is the range that the specification requires. */
export interface AuditRow {
  name: string;
  /** e.g. `%` or `lines`. */
  unit: string;
  measured: number | null;
  expected: number | null;
  low: number | null;
  high: number | null;
  /** Number of independent draws behind `measured`. */
  samples: number;
  verdict: AuditVerdict;
}

export interface ConditionResult {
  /** `3.3.2.1` and so on; conditions beyond the specification have their own id. */
  id: string;
  title: string;
  /** False where the condition does not hold, and where it is not checkable. */
  passed: boolean;
  /** Present where what the condition needs was lost; that is no violation. */
  checkable?: false;
  /** Why it is not checkable, as half a sentence: `shard 1 is lost`. */
  reason?: string;
  checkedRows: number;
  /** How many violations there are; `violations` names the first of them with keys and both sides. */
  violationCount: number;
  violations: string[];
}

export interface ConsistencyResult {
  /**
   * False when a condition failed. Null when none did and there is no verdict all the same: the check was switched off,
   * could not run, is done by another process, or met conditions that are not checkable.
   */
  passed: boolean | null;
  checkSeconds: number;
  conditions: ConditionResult[];
  /** Why a check that was asked for could not be made: a database was lost, or somebody interrupted it; absent otherwise. */
  unchecked?: { by: 'connection' | 'interrupt'; reason: string };
}

/** One second of one of this process's shards. */
export interface SeriesPoint {
  /** Seconds since the measurement began; 1 is the end of the first second. */
  second: number;
  shardId: number;
  throughputTps: number;
  /** Within the second. Absent in earlier results, as are conflict aborts. */
  userAborts?: number;
  conflictAborts?: number;
  /** Within 0.8% of the truth: seconds are kept in fewer buckets than the histograms of the whole measurement. */
  latencyUs: { p50: number; p99: number } | null;
}

/** A bound that the run was held to (`--threshold`), and what came of it. */
export interface ThresholdResult {
  /** As it was given: `newOrder.p99<5ms`. */
  threshold: string;
  /** In `unit`; null where there are no samples, which fails. */
  measured: number | null;
  /** In `unit`. */
  limit: number;
  unit: 'us' | 'tx/s' | '1/min' | 'count' | '%';
  passed: boolean;
  /** Why there is no measured value, as half a sentence. */
  reason?: string;
}

/** Why the measurement ended. */
export type EndedBy =
  | 'runtime'
  | 'interrupt'
  | 'memory-limit'
  | 'peer-lost'
  | 'disk-error'
  | 'connection-lost'
  | 'database-error';

/** What the totals say of one shard of the cluster, wherever it runs. */
export interface ShardTotals {
  shardId: number;
  throughputTps: number;
  commits: number;
  userAborts: number;
  conflictAborts: number;
  crossShardPct: number;
}

/** Of which processes the run consists, and which part of it a result tells. */
export interface ClusterResult {
  /** Processes that form the run. */
  processes: number;
  /**
   * `whole`: totals, audit and consistency cover every shard of the cluster. `local`: they cover this process's shards
   * alone, and the process with shard 0 has the whole.
   */
  scope: 'whole' | 'local';
  /** Shards whose process was lost. */
  lostShards: number[];
}

/** What a server said of itself before the run. */
export interface ServerResult {
  shardId: number;
  /** As a URL without its password. */
  place: string;
  product: string;
  version: string;
  /** What transactions really ran at, read back from the server; null where it has no such name for it. */
  isolation: string | null;
  /** By the server's own names. */
  settings: Record<string, string>;
}

export interface DatabaseResult {
  servers: ServerResult[];
  /** Lost in the measurement and around it; `reopened` are those that came back. */
  connectionsLost: number;
  connectionsReopened: number;
  /** The first messages about lost connections, and the one that ended the run. */
  errors: string[];
  /** The weakest isolation level at which the workload's specification is met on these servers. */
  leastIsolation: string;
  client: {
    /** Threads that drive the sessions. */
    workers: number;
    sessions: number;
    /** Of the busiest worker. */
    busyPct: number;
    /** Of the worst worker: 99% of the time its event loop came to what was due within this. */
    eventLoopDelayMs: number;
    /** CPU time of this process as a share of what the machine has, in the measurement. */
    cpuPct: number;
    /** Whether this side, not the databases, bounded the throughput. */
    isBottleneck: boolean;
  };
}

export interface RunResult {
  schemaVersion: number;
  dbtestVersion: string;
  /** ISO 8601, UTC. */
  startedAt: string;
  /** When second 0 of `series` was, likewise. Absent in earlier results. */
  measurementStartedAt?: string;
  endedBy: EndedBy;
  config: RunConfig;
  cluster: ClusterResult;
  seed: number;
  host: { cpu: string; cores: number; memoryBytes: number; node: string; platform: string };
  phases: { loadSeconds: number; warmupSeconds: number; measuredSeconds: number };
  /** Of this process. */
  load: { rows: number; rowsPerSecond: number; engineBytes: number; processBytes: number };
  totals: {
    /** How many shards the totals cover: all of the cluster, or those of this process. */
    shards: number;
    throughputTps: number;
    /** Committed New-Orders a minute; 0 for workloads without one. */
    tpmC: number;
    /** The same with the specification's rolled-back 1% counted. */
    tpmCWithRollbacks: number;
    commits: number;
    userAborts: number;
    conflictAborts: number;
    crossShardPct: number;
    expectedCrossShardPct: number;
    /** tpmC a warehouse as a share of 12.86 (TPC-C 4.1.3); null without keying and think times. */
    efficiencyPct: number | null;
    latencyUs: LatencySummary | null;
    latencyCurve?: LatencyPoint[];
    timeShares?: TimeShares | null;
    /** By key, over all shards that the totals cover: merged histograms, not averages. Absent in earlier results. */
    transactions?: Record<string, TransactionResult>;
    /** Of this process, which the limit is for. */
    memory: { engineBytes: number; limitBytes: number; processBytes: number };
    /** User and conflict aborts a second, as the `agg_abort_rate` line prints it. */
    abortRateTps: number;
    /** Equal to throughputTps while nothing is made durable. */
    persistThroughputTps: number;
    /** Transactions that ended without an outcome, by reason (`peerLost`); they are in no other figure. */
    failedByReason?: Record<string, number>;
    /** Every shard of the cluster by id. Present where the totals cover more shards than `shards` lists. */
    perShard?: ShardTotals[];
  };
  /** What the databases are and what driving them cost; absent on the embedded engine. */
  database?: DatabaseResult;
  /** The shards that run in this process. */
  shards: ShardResult[];
  audit: AuditRow[];
  consistency: ConsistencyResult;
  series: SeriesPoint[];
  /** By entry of `--threshold`; absent without. */
  thresholds?: ThresholdResult[];
  /** Trouble that was made on purpose, by entry of `--chaos`; absent without. */
  chaos?: ChaosCount[];
  /** How commits were made durable; absent where nothing was. */
  durability?: DurabilityResult;
  deviations: string[];
}
