/** What results say of durability: figures alone, for whoever shows them. */

/** How the partitions got their rows. */
export interface Recovery {
  /** The last epoch that was durable everywhere. */
  cutEpoch: number;
  /** Of the newest snapshot that was read. */
  snapshotEpoch: number;
  /** Bytes behind the last whole block of a log that a crash tore. */
  tornBytes: number;
  recordsApplied: number;
  /** Of epochs above the cut: never acknowledged. */
  recordsDiscarded: number;
  /** From the first file to the last partition. */
  seconds: number;
  /** Of all workers together: reading snapshots, and applying the log behind them. Absent in results of older versions. */
  snapshotSeconds?: number;
  replaySeconds?: number;
}

/** In the JSON result as `durability`. Of this process, from the start of the warm-up on. */
export interface DurabilityResult {
  /** Rate at which transactions came to their commit point in the measurement; those that count were acknowledged. */
  commitPointTps: number;
  /** By local shard. */
  shards: { shardId: number; commitPointTps: number }[];
  records: number;
  /** Of records, without the headers of blocks. */
  recordBytes: number;
  bytesPerRecord: number;
  /** Of files. */
  logBytes: number;
  epochs: number;
  syncs: number;
  /** Write and sync of one epoch of one shard. */
  syncMs: { mean: number; longest: number };
  /** Most transactions of one worker that waited for their acknowledgement at once. */
  unacknowledgedMost: number;
  /** Turns in which a worker admitted nothing, since too much waited for the disk. */
  turnsHeldBack: number;
  /** Taken while the workers went on. */
  snapshots: { shardId: number; epoch: number; sizeBytes: number; seconds: number; droppedLogBytes: number }[];
  /** Absent where the run began with a load. */
  recovery?: Recovery;
}
