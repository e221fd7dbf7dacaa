/**
 * The lines that scripts written for other builds of dbtest look for, with their exact names: plain numbers, without
 * separators or exponents, per shard behind `shard N ` and in total at the start of a line. Where the totals cover shards
 * of other processes, those have their lines here too.
 */
import type { RunResult } from '../bench/result.ts';
import { shardTotals } from './coverage.ts';

export function renderFamiliarLines(result: RunResult): string[] {
  const { measuredSeconds } = result.phases;
  const { durability, totals } = result;
  // Where commits are made durable, those that count are acknowledged; before that they came to their commit point.
  const atCommitPoint = new Map(durability?.shards.map((shard) => [shard.shardId, shard.commitPointTps]));
  return [
    ...shardTotals(result).flatMap((shard) => {
      const aborts = shard.userAborts + shard.conflictAborts;
      return lines(`shard ${shard.shardId} `, {
        throughputTps: atCommitPoint.get(shard.shardId) ?? shard.throughputTps,
        persistThroughputTps: shard.throughputTps,
        abortRateTps: measuredSeconds > 0 ? aborts / measuredSeconds : 0,
      });
    }),
    ...lines('', { ...totals, throughputTps: totalAtCommitPoint(result) }),
  ];
}

/** Of the shards of other processes only the acknowledged rate is known here. */
function totalAtCommitPoint({ durability, totals, shards }: RunResult): number {
  if (durability === undefined) return totals.throughputTps;
  const local = shards.reduce((sum, shard) => sum + shard.throughputTps, 0);
  return totals.throughputTps - local + durability.commitPointTps;
}

function lines(
  prefix: string,
  rates: { throughputTps: number; persistThroughputTps: number; abortRateTps: number },
): string[] {
  return [
    `${prefix}agg_throughput: ${plain(rates.throughputTps)} ops/sec`,
    `${prefix}agg_persist_throughput: ${plain(rates.persistThroughputTps)} ops/sec`,
    `${prefix}agg_abort_rate: ${plain(rates.abortRateTps)} aborts/sec`,
  ];
}

function plain(value: number): string {
  return String(Number(value.toFixed(2)));
}
