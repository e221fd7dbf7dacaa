/** What the main thread and a worker say to each other between the phases; during a phase they share a `ControlBlock`. */
import type { RunConfig } from '../config/run-config.ts';
import type { FaultCode } from '../errors.ts';
import type { ExchangeSetup } from '../shard/exchange.ts';
import type { ChaosCount } from './chaos/chaos-counts.ts';
import type { PartialCheck, PartitionPlacement } from './contract.ts';
import type { RecorderReport } from './recorder.ts';

/** `workerData` of a worker thread. */
export interface WorkerStart {
  config: RunConfig;
  placement: PartitionPlacement;
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
  | { kind: 'run' }
  | { kind: 'check' }
  /** Appends the partition's rows to `TABLE.csv` files in the folder; the first worker writes headers and shared tables. */
  | { kind: 'export'; directory: string; first: boolean };

/** What a worker measured. Counters are those of the measurement alone. */
export interface MeasuredReport {
  measuredSeconds: number;
  counters: Record<string, number>;
  recorded: RecorderReport;
  endedByMemory: boolean;
  engineBytes: number;
  /** Most deferred transactions that waited at once. */
  deferredQueueMost: number;
  /** How often the worker had nothing to do and parked. */
  parks: number;
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
  | { kind: 'measured'; report: MeasuredReport }
  | { kind: 'checked'; partial: PartialCheck }
  | { kind: 'exported' }
  /** Of a worker with database sessions, unasked: one of its connections was lost, or it must give up. */
  | { kind: 'connectionLost'; message: string }
  | { kind: 'databaseFailed'; message: string }
  /** For the log; no answer to anything. */
  | { kind: 'log'; line: string }
  /** An operating fault; the worker waits for nothing more. */
  | { kind: 'fault'; code: FaultCode; exitStatus: number; message: string };
