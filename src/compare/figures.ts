/** The figures of a run that comparisons are made of. */
import type { LatencySummary, RunResult, ShardResult, TransactionResult } from '../bench/result.ts';
import type { Better } from '../statistics/verdict.ts';

export const THROUGHPUT = 'throughput';

const PERCENTILES = ['p50', 'p99'] as const;

export interface MetricDefinition {
  key: string;
  title: string;
  unit: 'tx/s' | 'us';
  better: Better;
}

/** Throughput, then p50 and p99 over all transactions, then of each transaction of the workload. */
export function metricsOf(result: RunResult): MetricDefinition[] {
  const latency = (key: string, title: string): MetricDefinition[] =>
    PERCENTILES.map((percentile) => ({
      key: key === '' ? percentile : `${key}.${percentile}`,
      title: `${title} ${percentile}`,
      unit: 'us',
      better: 'lower',
    }));
  const transactions = Object.entries(transactionsOf(result));
  return [
    { key: THROUGHPUT, title: 'throughput', unit: 'tx/s', better: 'higher' },
    ...latency('', 'latency'),
    ...transactions.flatMap(([key, { title }]) => latency(key, title)),
  ];
}

/** By key of the metric; null where nothing was completed, or where the result does not tell. */
export function figuresOf(result: RunResult): Record<string, number | null> {
  const figures: Record<string, number | null> = { [THROUGHPUT]: result.totals.throughputTps };
  const put = (prefix: string, summary: LatencySummary | null): void => {
    for (const percentile of PERCENTILES) figures[`${prefix}${percentile}`] = summary?.[percentile] ?? null;
  };
  put('', result.totals.latencyUs);
  for (const [key, { latencyUs }] of Object.entries(transactionsOf(result))) put(`${key}.`, latencyUs);
  return figures;
}

/** Over all shards. Percentiles of several shards cannot be averaged, so earlier results tell only where there is one. */
function transactionsOf({ totals, shards }: RunResult): Record<string, TransactionResult> {
  if (totals.transactions !== undefined) return totals.transactions;
  return totals.shards === 1 && shards.length === 1 ? (shards[0] as ShardResult).transactions : {};
}
