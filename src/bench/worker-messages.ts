/** What the main thread and a worker say to each other between the phases; during a phase they share a `ControlBlock`. */
import type { RunConfig } from '../config/run-config.ts';
import type { FaultCode } from '../errors.ts';
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
}

export type ToWorker =
  | { kind: 'load' }
  | { kind: 'run' }
  | { kind: 'check' }
  /** Appends the partition's rows to `TABLE.csv` files in the folder; writes the header where `header` says so. */
  | { kind: 'export'; directory: string; header: boolean };

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
}

export type FromWorker =
  | { kind: 'ready' }
  | { kind: 'loaded'; rows: number; seconds: number }
  | { kind: 'measured'; report: MeasuredReport }
  | { kind: 'checked'; partial: PartialCheck }
  | { kind: 'exported' }
  /** An operating fault; the worker waits for nothing more. */
  | { kind: 'fault'; code: FaultCode; exitStatus: number; message: string };
