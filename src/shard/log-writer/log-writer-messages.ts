/** What the main thread and a shard's log writer say to each other. */
import type { ShardSurvey } from '../../durability/recovery.ts';
import type { LogIdentity } from '../../durability/shard-log.ts';
import type { FaultCode } from '../../errors.ts';

/** When epochs end: after a time, or as soon as the one before is durable. */
export type EpochPolicy = { kind: 'interval'; epochMs: number } | { kind: 'shortest' };

/** `workerData` of a log writer thread. */
export interface LogWriterStart {
  identity: LogIdentity;
  folder: string;
  /** Place among the shards of the process, as the board counts. */
  shard: number;
  board: { memory: SharedArrayBuffer; shards: number };
  doorbell: SharedArrayBuffer;
  /** Of every log writer of the process, woken when an epoch begins. */
  allDoorbells: SharedArrayBuffer[];
  /** By worker of the shard: its place in the process, its ring, and its doorbell. */
  sources: { worker: number; ring: SharedArrayBuffer; doorbell: SharedArrayBuffer }[];
  /** Of every worker of the process, woken when something is acknowledged. */
  workerDoorbells: SharedArrayBuffer[];
  /** Word 0: whether to stop; word 1: whether a snapshot is being written. */
  control: SharedArrayBuffer;
  policy: EpochPolicy;
  /** Whether this one ends the epochs of the process. */
  drives: boolean;
  /** Whether what is durable here is durable in the whole cluster; else main finds that out. */
  isWholeCluster: boolean;
  /** Size of a log file at which a snapshot is asked for; Infinity for never. */
  snapshotLogBytes: number;
}

export const STOP_WORD = 0;
export const SNAPSHOT_WORD = 1;

export type ToLogWriter =
  /** Reads the shard's files. */
  | { kind: 'survey' }
  /** The snapshots of a load are written: from here on the folder holds data. */
  | { kind: 'begin'; snapshots: string[] }
  /** The partitions are recovered: discards what is above the cut. */
  | { kind: 'reopen'; cut: number; highestEpoch: number }
  /** Writes until it is told to stop. */
  | { kind: 'run' };

/** What a log writer did. */
export interface LogWriterReport {
  records: number;
  writtenBytes: number;
  syncs: number;
  epochs: number;
  /** Longest time that a write and sync of an epoch took. */
  longestSyncMs: number;
  /** Of all of them together, and how many they were. */
  syncMs: number;
  steps: number;
}

export type FromLogWriter =
  | { kind: 'surveyed'; survey: ShardSurvey | null }
  | { kind: 'begun' }
  | { kind: 'reopened' }
  | { kind: 'stopped'; report: LogWriterReport }
  /** Every epoch up to this is durable in this shard. Where the process is not the whole cluster. */
  | { kind: 'durable'; epoch: number }
  /** A new log file has begun: a snapshot of this epoch makes those before it superfluous. */
  | { kind: 'snapshotDue'; epoch: number }
  | { kind: 'fault'; code: FaultCode; exitStatus: number; message: string };
