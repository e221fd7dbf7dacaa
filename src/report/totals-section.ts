/** All shards that a result covers together: throughput, tpmC, aborts, the cross-shard share beside its expectation, latency and memory. */
import type { LatencySummary, RunResult } from '../bench/result.ts';
import { whereTheTotalIs } from './coverage.ts';
import { formatBytes, formatCount, formatFixed, formatLatency, formatPct, formatRate, plural } from './format.ts';
import { droppedFrames, inWords } from './message-counters.ts';
import { labelled, paint, type ReportStyle, wrap } from './style.ts';

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
  const failures = describeFailures(totals.failedByReason);
  const elsewhere = whereTheTotalIs(result, 'the total');
  return [
    ...(elsewhere === null ? [] : wrap(style, elsewhere, '  ', '  ')),
    ...line('throughput', `${formatRate(totals.throughputTps)} tx/s, ${formatCount(totals.commits)} commits`),
    ...(hasTpmC(result)
      ? [
          ...line(
            'tpmC',
            `${formatRate(totals.tpmC)} committed New-Orders a minute; ${formatRate(totals.tpmCWithRollbacks)} with the rolled-back ones`,
          ),
          ...line('efficiency', describeEfficiency(result)),
        ]
      : []),
    ...line(
      'aborts',
      `${formatCount(totals.userAborts)} by the user (${formatPct(userAbortPct)}%), ${formatCount(totals.conflictAborts)} by conflict (retried)`,
    ),
    ...(failures === null ? [] : line('failed', failures).map((each) => paint(style, 'doubtful', each))),
    ...describeDrops(style, droppedFrames(result)),
    ...line(
      'cross-shard',
      `measured ${formatPct(totals.crossShardPct)}% of the transactions, expected ${formatPct(totals.expectedCrossShardPct)}%`,
    ),
    ...line('latency', describeLatency(totals.latencyUs)),
    ...line('memory', describeMemory(result)),
  ];
}

/** Only TPC-C counts New-Orders a minute and has an efficiency: of another workload these lines would say nothing. */
export const hasTpmC = ({ config }: RunResult): boolean => config.workload.name === 'tpcc';

/** Transactions that ended without an outcome, by reason; null where there are none. */
export function describeFailures(failedByReason: Record<string, number> = {}): string | null {
  const reasons = Object.entries(failedByReason).filter(([, count]) => count > 0);
  if (reasons.length === 0) return null;
  const failed = reasons.reduce((sum, [, count]) => sum + count, 0);
  const why = reasons.map(([reason, count]) => `${inWords(reason)} ${formatCount(count)}`).join(', ');
  return `${formatCount(failed)} without an outcome (${why})`;
}

function describeDrops(style: ReportStyle, frames: number): string[] {
  if (frames === 0) return [];
  const text = `${plural(frames, 'frame')} by the shards of this process, where a healthy run drops none`;
  return labelled(style, 'dropped', text).map((each) => paint(style, 'bad', each));
}

export function describeEfficiency({ config, phases, totals }: RunResult): string {
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

export function describeMemory({ cluster, config, totals }: RunResult): string {
  const { engineBytes, limitBytes, processBytes } = totals.memory;
  if (config.database !== undefined) return `${formatBytes(processBytes)} in the process`;
  const engine = `${formatBytes(engineBytes)} in the engine (limit ${formatBytes(limitBytes)})`;
  return cluster.processes === 1
    ? `${engine}, ${formatBytes(processBytes)} in the process`
    : `of this process: ${engine}, ${formatBytes(processBytes)} in all`;
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
