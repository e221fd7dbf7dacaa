/** What the main thread and a worker say to each other between the phases; during a phase they share a `ControlBlock`. */
import type { RunConfig } from '../config/run-config.ts';
import type { RecoveredPartition, ShardSurvey } from '../durability/recovery.ts';
import type { LogIdentity } from '../durability/shard-log.ts';
import type { FaultCode } from '../errors.ts';
import type { ExchangeSetup } from '../shard/exchange.ts';
import type { ChaosCount } from './chaos/chaos-counts.ts';
import type { PartialCheck, PartitionPlacement } from './contract.ts';
import type { DurableStart } from './durable/durable-messages.ts';
import type { WorkerLogCounters } from './durable/worker-durability.ts';
import type { RecordedSecond, RecorderReport } from './recorder.ts';

/** `workerData` of a worker thread. */
export interface WorkerStart {
  config: RunConfig;
  placement: PartitionPlacement;
  /** How its commits are made durable; absent where they are not. */
  durable?: DurableStart;
  controlMemory: SharedArrayBuffer;
  /** The worker's share of the memory limit. */
  memoryLimitBytes: number;
  /** Workers of the whole cluster. */
  totalWorkers: number;
  /** How it reaches the others; null where it is the only one. */
  exchange: ExchangeSetup | null;
  /** Whether there is a core for each thread. */
  maySpin: boolean;
}

export type ToWorker =
  /** To the first worker of the process alone. */
  | { kind: 'loadShared' }
  /** `shared` is null for the worker that has loaded it. */
  | { kind: 'load'; shared: unknown }
  /** Instead of `load`. */
  | { kind: 'recover'; shared: unknown; folder: string; survey: ShardSurvey; cut: number }
  /** After `load`: writes the partition into the folder. */
  | { kind: 'save'; folder: string; identity: LogIdentity }
  | { kind: 'run' }
  | { kind: 'check' }
  /** Appends the partition's rows to `TABLE.csv` files in the folder; the first worker writes headers and shared tables. */
  | { kind: 'export'; directory: string; first: boolean };

/**
 * Milliseconds of a worker's measurement; all others were for its own transactions: executing and deferred execution, and what
 * belongs to them, such as drawing input and recording. Time in which the system let something else run is part of each.
 */
export interface WorkerSpent {
  /** Turns with messages, up to the batch: taking and sending them, and fragments of others, without own parts. */
  messagesMs: number;
  /** Turns that found nothing to do, asleep or looking for messages. */
  idleMs: number;
}

/** What a worker measured. Counters are those of the measurement alone. */
export interface MeasuredReport {
  measuredSeconds: number;
  counters: Record<string, number>;
  recorded: RecorderReport;
  endedByMemory: boolean;
  engineBytes: number;
  /** Most deferred transactions that waited at once. */
  deferredQueueMost: number;
  /** Transactions that came to their commit point; those that count are acknowledged. */
  committed: number;
  /** Only of a durable run. */
  log?: WorkerLogCounters & { lastEpoch: number };
  /** How often the worker had nothing to do and parked. */
  parks: number;
  /** What else than its own transactions the worker spent the measurement on. */
  spent: WorkerSpent;
  /** Messages and transactions over partitions since the start; empty for a worker that is alone. */
  exchange: Record<string, number>;
  /** Trouble on purpose since the start; absent without `--chaos`. */
  chaos?: ChaosCount[];
  /** What driving databases cost this side; absent on the embedded engine. */
  client?: ClientReport;
}

/** How busy a worker was that drives sessions with databases. */
export interface ClientReport {
  /** Share of the measurement in which its event loop had something to do. */
  busyPct: number;
  /** 99% of the time the event loop came to what was due within this. */
  eventLoopDelayMs: number;
  /** CPU time of the whole process in the measurement. */
  processCpuSeconds: number;
}

export type FromWorker =
  /** `osThreadId` is null where the system does not say. */
  | { kind: 'ready'; osThreadId: number | null; tables: string[] }
  | { kind: 'sharedLoaded'; shared: unknown; rows: number }
  | { kind: 'loaded'; rows: number; seconds: number }
  | { kind: 'recovered'; recovered: RecoveredPartition; rows: number }
  | { kind: 'saved'; name: string }
  | { kind: 'measured'; report: MeasuredReport }
  | { kind: 'checked'; partial: PartialCheck }
  | { kind: 'exported' }
  /** Of warm-up and measurement, when it is over; no answer to anything. */
  | { kind: 'second'; second: RecordedSecond }
  /** Of a worker with database sessions, unasked: one of its connections was lost, or it must give up. */
  | { kind: 'connectionLost'; message: string }
  | { kind: 'databaseFailed'; message: string }
  /** For the log; no answer to anything. */
  | { kind: 'log'; line: string }
  /** An operating fault; the worker waits for nothing more. */
  | { kind: 'fault'; code: FaultCode; exitStatus: number; message: string };
