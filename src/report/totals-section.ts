/** All shards together: throughput, tpmC, aborts, the cross-shard share beside its expectation, latency and memory. */
import type { LatencySummary, RunResult } from '../bench/result.ts';
import { formatBytes, formatCount, formatFixed, formatLatency, formatPct, formatRate } from './format.ts';
import { labelled, type ReportStyle } from './style.ts';

/** At most so many tpmC a warehouse are possible with keying and think times (TPC-C 4.1.3). */
const MOST_TPMC_A_WAREHOUSE = 12.86;
/** Below so many tpmC a warehouse the database is too large for the load (TPC-C 4.1.3). */
const LEAST_TPMC_A_WAREHOUSE = 9;
/** With fewer New-Orders than this the figure is as good as chance. */
const LEAST_FOR_A_VERDICT = 1000;

export function renderTotals(style: ReportStyle, result: RunResult): string[] {
  const { totals } = result;
  const line = (label: string, value: string): string[] => labelled(style, label, value);
  const completed = totals.commits + totals.userAborts;
  const userAbortPct = completed > 0 ? (100 * totals.userAborts) / completed : 0;
  return [
    ...line('throughput', `${formatRate(totals.throughputTps)} tx/s, ${formatCount(totals.commits)} commits`),
    ...line(
      'tpmC',
      `${formatRate(totals.tpmC)} committed New-Orders a minute; ${formatRate(totals.tpmCWithRollbacks)} with the rolled-back ones`,
    ),
    ...line('efficiency', describeEfficiency(result)),
    ...line(
      'aborts',
      `${formatCount(totals.userAborts)} by the user (${formatPct(userAbortPct)}%), ${formatCount(totals.conflictAborts)} by conflict (retried)`,
    ),
    ...line(
      'cross-shard',
      `measured ${formatPct(totals.crossShardPct)}% of the transactions, expected ${formatPct(totals.expectedCrossShardPct)}%`,
    ),
    ...line('latency', describeLatency(totals.latencyUs)),
    ...line(
      'memory',
      `${formatBytes(totals.memory.engineBytes)} in the engine (limit ${formatBytes(totals.memory.limitBytes)}), ${formatBytes(totals.memory.processBytes)} in the process`,
    ),
  ];
}

function describeEfficiency({ config, phases, totals }: RunResult): string {
  if (config.pacing.kind !== 'keying' || totals.efficiencyPct === null) {
    return 'not stated: only a run with keying and think times (--pacing keying) has one';
  }
  const perWarehouse = (totals.efficiencyPct / 100) * MOST_TPMC_A_WAREHOUSE;
  const measured = (totals.tpmC * phases.measuredSeconds) / 60;
  const verdict =
    measured >= LEAST_FOR_A_VERDICT && perWarehouse < LEAST_TPMC_A_WAREHOUSE
      ? `; below ${LEAST_TPMC_A_WAREHOUSE} the database is too large for the load`
      : '';
  return (
    `${formatFixed(totals.efficiencyPct, 1)}%: ${formatPct(perWarehouse)} of at most ` +
    `${MOST_TPMC_A_WAREHOUSE} tpmC a warehouse${verdict}`
  );
}

function describeLatency(latency: LatencySummary | null): string {
  if (latency === null) return 'nothing completed';
  const figures = [
    ['mean', latency.mean],
    ['p50', latency.p50],
    ['p90', latency.p90],
    ['p95', latency.p95],
    ['p99', latency.p99],
    ['p99.9', latency.p999],
    ['max', latency.max],
  ] as const;
  return figures.map(([name, us]) => `${name} ${formatLatency(us)}`).join(', ');
}
