/** What a result says about durability. */
import type { Checkpoint } from '../../durability/checkpoint.ts';
import type { LogWriterReport } from '../../shard/log-writer/log-writer-messages.ts';
import { sum } from '../sum.ts';
import type { MeasuredReport } from '../worker-messages.ts';
import type { DurabilityResult, Recovery } from './durability-figures.ts';

/** What a durable run hands over, of this process. */
export interface DurabilityFacts {
  /** By local shard. */
  writers: LogWriterReport[];
  recovery: Recovery | null;
  checkpoints: (Checkpoint & { shardId: number; seconds: number })[];
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
