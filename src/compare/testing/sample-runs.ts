/** Results of runs with figures that a test sets, for tests of comparisons. */
import type { RunResult } from '../../bench/result.ts';

/** A run of `base` that did `throughputTps`, whose latencies are `latencyFactor` times as long. */
export function runLike(base: RunResult, throughputTps: number, seed = 1, latencyFactor = 1): RunResult {
  const copy = structuredClone(base);
  copy.seed = seed;
  copy.totals.throughputTps = throughputTps;
  for (const summary of [
    copy.totals.latencyUs,
    ...Object.values(copy.totals.transactions ?? {}).map(({ latencyUs }) => latencyUs),
  ]) {
    if (summary === null) continue;
    summary.p50 *= latencyFactor;
    summary.p99 *= latencyFactor;
  }
  return copy;
}
