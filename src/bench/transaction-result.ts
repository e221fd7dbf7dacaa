/**
 * What the workers recorded of one transaction type as data, for a shard or for all of them together. Runs in the main
 * thread after the measurement.
 */
import type { Histogram } from 'hdr-histogram-js';
import type { TransactionType } from './contract.ts';
import { latencyCurve } from './latency-curve.ts';
import { summarize } from './latency-summary.ts';
import { decodeHistogram, NANOSECONDS_PER_US, newHistogram, type TypeReport } from './recorder.ts';
import type { LocalityResult, TransactionResult } from './result.ts';
import { share, sum } from './sum.ts';
import { timeShares, transactionTimes } from './time-shares.ts';

/** What was recorded of one type, in one shard or in all of them; `seconds` is how long each report's worker measured. */
export interface TypeTotals {
  type: TransactionType;
  reports: TypeReport[];
  seconds: number[];
  latencies: TypeLatencies;
}

/** Merged latencies of one type. */
export interface TypeLatencies {
  local: Histogram;
  crossShard: Histogram;
  deferred: Histogram;
}

export const noLatencies = (): TypeLatencies => ({
  local: newHistogram(),
  crossShard: newHistogram(),
  deferred: newHistogram(),
});

export function addLatencies(total: TypeLatencies, { local, crossShard, deferred }: TypeLatencies): void {
  total.local.add(local);
  total.crossShard.add(crossShard);
  total.deferred.add(deferred);
}

/** Adds up encoded histograms. */
function merge(encoded: readonly (string | null)[]): Histogram {
  const total = newHistogram();
  for (const text of encoded) if (text !== null) total.add(decodeHistogram(text));
  return total;
}

export const mergeLatencies = (reports: readonly TypeReport[]): TypeLatencies => ({
  local: merge(reports.map((report) => report.local)),
  crossShard: merge(reports.map((report) => report.crossShard)),
  deferred: merge(reports.map((report) => report.deferred)),
});

/** Latencies of the transactions of all types; a deferred execution is no transaction of its own. */
export function completedOf(everyType: readonly TypeLatencies[]): Histogram {
  const total = newHistogram();
  for (const { local, crossShard } of everyType) {
    total.add(local);
    total.add(crossShard);
  }
  return total;
}

/** The keys that tell of a histogram. */
export const latency = (histogram: Histogram): Pick<LocalityResult, 'latencyUs' | 'latencyCurve'> => ({
  latencyUs: summarize(histogram, NANOSECONDS_PER_US),
  latencyCurve: latencyCurve(histogram, NANOSECONDS_PER_US),
});

/** @param completed transactions of all types in the same shards */
export function transactionResult(totals: TypeTotals, completed: number): TransactionResult {
  const { type, reports, seconds, latencies } = totals;
  const { local, crossShard, deferred } = latencies;
  const all = newHistogram();
  all.add(local);
  all.add(crossShard);
  const commits = sum(reports.map((report) => report.commits));
  const userAborts = sum(reports.map((report) => report.userAborts));
  const crossShardCommits = sum(reports.map((report) => report.crossShardCommits));
  const times = reports.map((report) => report.times);
  const localTimes = timeShares(times.map((each) => each.local));
  const crossShardTimes = timeShares(times.map((each) => each.crossShard));
  const limitSeconds = type.deferredLimitSeconds;
  return {
    title: type.title,
    commits,
    userAborts,
    conflictAborts: sum(reports.map((report) => report.conflictAborts)),
    throughputTps: sum(reports.map((report, i) => report.commits / seconds[i])),
    crossShardPct: share(crossShardCommits, commits),
    mixPct: share(commits + userAborts, completed),
    ...latency(all),
    timeShares: transactionTimes(times),
    local: { commits: commits - crossShardCommits, ...latency(local), timeShares: localTimes },
    crossShard: { commits: crossShardCommits, ...latency(crossShard), timeShares: crossShardTimes },
    ...(limitSeconds === undefined
      ? {}
      : {
          deferred: {
            completed: deferred.totalCount,
            ...latency(deferred),
            timeShares: timeShares(times.map((each) => each.deferred)),
            withinLimitPct: percentWithin(deferred, limitSeconds),
            limitSeconds,
          },
        }),
  };
}

/** Share of values up to `limitSeconds`, or null where there are none. */
function percentWithin(histogram: Histogram, limitSeconds: number): number | null {
  if (histogram.totalCount === 0) return null;
  const limitNs = limitSeconds * 1e9;
  if (histogram.maxValue <= limitNs) return 100;
  let low = 0;
  let high = 100;
  while (high - low > 0.001) {
    const middle = (low + high) / 2;
    if (histogram.getValueAtPercentile(middle) <= limitNs) low = middle;
    else high = middle;
  }
  return low;
}
