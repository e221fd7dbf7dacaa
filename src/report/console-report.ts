/**
 * The text report of a run: what people read on stdout. Runs in the main thread after the measurement and turns a
 * `RunResult` into text; it measures, judges and prints nothing, and knows no workload: titles and verdicts are data.
 */
import type { RunResult, ShardResult } from '../bench/result.ts';
import { renderAuditTable } from './audit-table.ts';
import { renderConsistency } from './consistency-section.ts';
import { renderFamiliarLines } from './familiar-lines.ts';
import { formatCount, formatPct, formatRate, plural } from './format.ts';
import { renderHeadline } from './headline.ts';
import { drawHistogram } from './histogram-drawing.ts';
import { paint, type ReportStyle, wrap } from './style.ts';
import { renderTotals } from './totals-section.ts';
import { renderTransactionTable } from './transaction-table.ts';

/** The whole report, ending in a newline. Lines stay within the style's width wherever a word or number allows it. */
export function renderConsoleReport(result: RunResult, style: ReportStyle): string {
  const section = (title: string, lines: string[]): string[] => ['', paint(style, 'heading', title), ...lines];
  const lines = [
    ...renderHeadline(style, result),
    ...result.shards.flatMap((shard) => renderShard(style, shard)),
    ...section('Totals', renderTotals(style, result)),
    ...section('Input audit', renderAuditTable(style, result.audit)),
    ...section('Consistency', renderConsistency(style, result.consistency, result.config.check)),
    ...section('Deviations from the specification', renderDeviations(style, result.deviations)),
    ...section('Summary lines', renderPersistenceNote(style, result)),
    ...renderFamiliarLines(result),
  ];
  return `${lines.join('\n')}\n`;
}

function renderShard(style: ReportStyle, shard: ShardResult): string[] {
  const title =
    `Shard ${shard.shardId}: ${formatRate(shard.throughputTps)} tx/s, ${formatPct(shard.crossShardPct)}% cross-shard ` +
    `(port ${shard.port}, ${plural(shard.warehouses, 'warehouse')}, ${plural(shard.threads, 'thread')})`;
  const completed = shard.histogram.reduce((sum, bucket) => sum + bucket.count, 0);
  const drops = shard.counters['frameDropsTotal'] ?? 0;
  return [
    '',
    paint(style, 'heading', title),
    ...renderTransactionTable(style, shard),
    '',
    `  Latency of the ${formatCount(completed)} transactions completed by shard ${shard.shardId}`,
    ...drawHistogram(style, shard.histogram),
    ...(drops > 0 ? [paint(style, 'bad', `  ${formatCount(drops)} frames were dropped`)] : []),
  ];
}

function renderDeviations(style: ReportStyle, deviations: readonly string[]): string[] {
  if (deviations.length === 0) return ['  none'];
  return deviations.flatMap((deviation) => wrap(style, deviation, '  - ', '    '));
}

function renderPersistenceNote(style: ReportStyle, { totals }: RunResult): string[] {
  if (totals.persistThroughputTps !== totals.throughputTps) return [];
  return wrap(
    style,
    'Nothing is made durable in this run, so agg_persist_throughput equals agg_throughput.',
    '  ',
    '  ',
  );
}
