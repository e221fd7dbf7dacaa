/**
 * The merged latency histograms of a run, for files that carry whole histograms. Runs on the main thread after the
 * measurement. They are the same histograms that the percentiles of the result come from.
 */
import type { Histogram } from 'hdr-histogram-js';
import type { TransactionType } from './contract.ts';
import { newHistogram } from './recorder.ts';
import { mergeLatencies } from './transaction-result.ts';
import type { MeasuredReport } from './worker-messages.ts';

/** Latencies of one transaction in one shard over the whole measurement; not empty. */
export interface ShardHistogram {
  shardId: number;
  /** Key of the transaction in results: `newOrder`. */
  transaction: string;
  /** Whether it tells of the deferred execution, and not of the terminal's answer. */
  deferred: boolean;
  /** Nanoseconds, three significant digits. */
  histogram: Histogram;
}

/** What was measured, by worker; `shardIds` names the shard of each. */
export interface MeasuredShards {
  reports: readonly MeasuredReport[];
  shardIds: readonly number[];
}

/** By shard in the order of `localShardIds`, then by transaction in the workload's order. */
export function shardHistograms(
  localShardIds: readonly number[],
  { reports, shardIds }: MeasuredShards,
  types: readonly TransactionType[],
): ShardHistogram[] {
  return localShardIds
    .flatMap((shardId) => {
      const ofShard = reports.filter((_, i) => shardIds[i] === shardId);
      return types.flatMap(({ key: transaction }, type): ShardHistogram[] => {
        const latencies = mergeLatencies(ofShard.map(({ recorded }) => recorded.types[type]));
        const answers = newHistogram();
        answers.add(latencies.local);
        answers.add(latencies.crossShard);
        return [
          { shardId, transaction, deferred: false, histogram: answers },
          { shardId, transaction, deferred: true, histogram: latencies.deferred },
        ];
      });
    })
    .filter(({ histogram }) => histogram.totalCount > 0);
}
