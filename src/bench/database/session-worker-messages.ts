/** What a worker thread with database connections starts with: to load warehouses, or to run sessions. */
import type { RunConfig } from '../../config/run-config.ts';

export interface DatabaseWorkerStart {
  config: RunConfig;
  /** Which worker it is: in messages, and for the pool. */
  placement: { shardId: number; workerIndex: number };
  controlMemory: SharedArrayBuffer;
  /** It has no messages from other workers. */
  exchange: null;
  /** By shard; with their passwords, so that they go nowhere else. */
  urls: readonly string[];
  task: LoadTask | SessionsTask;
}

/** Warehouses of one database. */
export interface LoadTask {
  kind: 'load';
  seed: number;
  warehouses: readonly number[];
  /** Whether it also loads what every database has. */
  isShared: boolean;
}

export interface SessionsTask {
  kind: 'sessions';
  /** The sessions of this worker, each with its terminals as a range of the shard's. */
  sessions: readonly { firstTerminal: number; terminals: number }[];
  totalSessions: number;
  /** Names the run in names of two-phase commits. */
  runName: string;
  loadFacts: Readonly<Record<string, string>>;
}
