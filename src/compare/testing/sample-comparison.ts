/** Comparisons as real ones come out, for tests of reports: noisy runs, curves that differ, everything consistent. */
import type { RunResult } from '../../bench/result.ts';
import { sampleResult } from '../../report/testing/sample-result.ts';
import { seededUniform } from '../../statistics/random.ts';
import type { ComparisonResult } from '../comparison.ts';
import { summarize } from '../summarize.ts';
import { runLike } from './sample-runs.ts';

const CURVE_KEYS = ['latencyCurve'] as const;

/** A run whose whole curves are `latencyFactor` times as long, not only the summary's percentiles. */
function runWithCurves(base: RunResult, throughputTps: number, seed: number, latencyFactor: number): RunResult {
  const run = runLike(base, throughputTps, seed, latencyFactor);
  for (const scope of [run.totals, ...Object.values(run.totals.transactions ?? {})]) {
    for (const key of CURVE_KEYS) for (const point of scope[key] ?? []) point.valueUs *= latencyFactor;
  }
  run.startedAt = new Date(Date.UTC(2026, 10, 21, 9, 0, seed)).toISOString();
  return run;
}

/** A and B, where B does `speed` times what A does; with `withThird`, A beside C too. */
export function sampleComparison(pairs = 10, speed = 0.9, withThird = false): ComparisonResult {
  const uniform = seededUniform(5);
  const noise = (): number => 1 + 0.02 * (uniform() - 0.5);
  const base = sampleResult();
  const runs = (factor: number, change: (run: RunResult) => void = () => undefined): RunResult[] =>
    Array.from({ length: pairs }, (_, i) => {
      const run = runWithCurves(base, 200_000 * factor * noise(), i + 1, noise() / factor);
      change(run);
      return run;
    });
  const variants = [
    { label: 'A', describe: '--local-shards 0,1', results: runs(1) },
    {
      label: 'B',
      describe: '--local-shards 0,1 --transport tcp',
      results: runs(speed, (run) => {
        run.config.transport.kind = 'tcp';
      }),
    },
    ...(withThird ? [{ label: 'C', describe: '--warehouses 4', results: runs(0.6) }] : []),
  ];
  const compared = [
    { a: 0, b: 1, title: 'B beside A', metric: 'throughput' },
    ...(withThird
      ? [{ a: 2, b: 1, title: 'B beside C: 2 shards, and one shard of that size', metric: 'throughput' }]
      : []),
  ];
  return summarize(variants, compared, 'precision', 0.02);
}
