/** What a result says about durability. */
import type { Checkpoint } from '../../durability/checkpoint.ts';
import type { LogWriterReport } from '../../shard/log-writer/log-writer-messages.ts';
import { sum } from '../sum.ts';
import type { MeasuredReport } from '../worker-messages.ts';
import type { Recovery } from './durable-shards.ts';

/** What a durable run hands over, of this process. */
export interface DurabilityFacts {
  /** By local shard. */
  writers: LogWriterReport[];
  recovery: Recovery | null;
  checkpoints: (Checkpoint & { shardId: number; seconds: number })[];
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

/** @param reports of the local workers; `shardIds` names the shard of each */
export function durabilityResult(
  facts: DurabilityFacts,
  reports: readonly MeasuredReport[],
  shardIds: readonly number[],
): DurabilityResult {
  const rateOf = (own: readonly MeasuredReport[]) =>
    sum(own.map(({ committed, measuredSeconds }) => committed / measuredSeconds));
  const logs = reports.flatMap(({ log }) => (log === undefined ? [] : [log]));
  const total = (of: (report: LogWriterReport) => number) => sum(facts.writers.map(of));
  const records = sum(logs.map((log) => log.records));
  const recordBytes = sum(logs.map((log) => log.recordBytes));
  const steps = total(({ steps: each }) => each);
  return {
    commitPointTps: rateOf(reports),
    shards: [...new Set(shardIds)].map((shardId) => ({
      shardId,
      commitPointTps: rateOf(reports.filter((_, i) => shardIds[i] === shardId)),
    })),
    records,
    recordBytes,
    bytesPerRecord: records === 0 ? 0 : recordBytes / records,
    logBytes: total(({ writtenBytes }) => writtenBytes),
    epochs: Math.max(0, ...facts.writers.map(({ epochs }) => epochs)),
    syncs: total(({ syncs }) => syncs),
    syncMs: {
      mean: steps === 0 ? 0 : total(({ syncMs }) => syncMs) / steps,
      longest: Math.max(0, ...facts.writers.map(({ longestSyncMs }) => longestSyncMs)),
    },
    unacknowledgedMost: Math.max(0, ...logs.map((log) => log.unacknowledgedMost)),
    turnsHeldBack: sum(logs.map((log) => log.turnsHeldBack)),
    snapshots: facts.checkpoints.map(({ shardId, epoch, snapshotBytes, seconds, droppedLogBytes }) => {
      return { shardId, epoch, sizeBytes: snapshotBytes, seconds, droppedLogBytes };
    }),
    ...(facts.recovery === null ? {} : { recovery: facts.recovery }),
  };
}
