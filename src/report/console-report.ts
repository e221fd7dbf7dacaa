/**
 * The text report of a run: what people read on stdout. Runs in the main thread after the measurement and turns a
 * `RunResult` into text; it measures, judges and prints nothing, and knows no workload: titles and verdicts are data.
 */
import { type ChaosCount, describeChaosCount } from '../bench/chaos/chaos-counts.ts';
import type { RunResult, ShardResult } from '../bench/result.ts';
import { renderAuditTable } from './audit-table.ts';
import { renderConsistency } from './consistency-section.ts';
import { deviationsTitle, totalsTitle, whereTheTotalIs } from './coverage.ts';
import { renderDurability } from './durability-section.ts';
import { renderFamiliarLines } from './familiar-lines.ts';
import { formatCount, formatPct, formatRate } from './format.ts';
import { describeShard, renderHeadline, sendsMessages } from './headline.ts';
import { drawHistogram } from './histogram-drawing.ts';
import { renderDrops, renderMessageCounters } from './message-counters.ts';
import { renderShardsTable } from './shards-table.ts';
import { paint, type ReportStyle, wrap } from './style.ts';
import { renderThresholds } from './thresholds-section.ts';
import { renderTimeShares } from './time-shares-table.ts';
import { renderTotals } from './totals-section.ts';
import { renderTransactionTable } from './transaction-table.ts';

/** The whole report, ending in a newline. Lines stay within the style's width wherever a word or number allows it. */
export function renderConsoleReport(result: RunResult, style: ReportStyle): string {
  const section = (title: string, lines: string[]): string[] => ['', paint(style, 'heading', title), ...lines];
  const { check } = result.config;
  const comparison = renderShardsTable(style, result);
  const part = result.cluster.scope === 'local' ? ' (this process)' : '';
  const lines = [
    ...renderHeadline(style, result),
    ...result.shards.flatMap((shard) => renderShard(style, result, shard)),
    ...(comparison.length > 0 ? section(`Shards${part}`, comparison) : []),
    ...section(totalsTitle(result), renderTotals(style, result)),
    ...(result.durability === undefined ? [] : section('Durability', renderDurability(style, result))),
    ...section(`Input audit${part}`, renderAuditTable(style, result.audit)),
    ...section('Consistency', checkedElsewhere(style, result) ?? renderConsistency(style, result.consistency, check)),
    ...(result.thresholds === undefined ? [] : section('Thresholds', renderThresholds(style, result.thresholds))),
    ...(result.chaos === undefined ? [] : section('Trouble on purpose', renderChaos(style, result.chaos))),
    ...section(deviationsTitle(result), renderDeviations(style, result.deviations)),
    ...section('Summary lines', renderSummaryNotes(style, result)),
    ...renderFamiliarLines(result),
  ];
  return `${lines.join('\n')}\n`;
}

function renderShard(style: ReportStyle, result: RunResult, shard: ShardResult): string[] {
  const title =
    `Shard ${shard.shardId}: ${formatRate(shard.throughputTps)} tx/s, ${formatPct(shard.crossShardPct)}% cross-shard ` +
    `(${describeShard(result, shard)})`;
  const completed = shard.histogram.reduce((sum, bucket) => sum + bucket.count, 0);
  const counters = sendsMessages(result) ? renderMessageCounters(style, shard.counters) : [];
  return [
    '',
    paint(style, 'heading', title),
    ...renderDrops(style, shard.counters),
    ...renderTransactionTable(style, shard),
    '',
    `  Latency of the ${formatCount(completed)} transactions completed by shard ${shard.shardId}`,
    ...drawHistogram(style, shard.histogram),
    ...renderTimeShares(style, shard),
    ...(counters.length > 0 ? ['', ...counters] : []),
  ];
}

/** What to say of the conditions where another process checks them; null where this one has something to show. */
function checkedElsewhere(style: ReportStyle, result: RunResult): string[] | null {
  const { consistency, config } = result;
  const where = whereTheTotalIs(result, 'the conditions');
  if (where === null || !config.check || consistency.passed !== null || consistency.conditions.length > 0) return null;
  return wrap(style, where, '  ', '  ');
}

/** A line for each entry of `--chaos`: what it came to. */
function renderChaos(style: ReportStyle, chaos: readonly ChaosCount[]): string[] {
  return chaos.flatMap((count) => wrap(style, `${count.spec}: ${describeChaosCount(count)}`, '  ', '    '));
}

function renderDeviations(style: ReportStyle, deviations: readonly string[]): string[] {
  if (deviations.length === 0) return ['  none'];
  return deviations.flatMap((deviation) => wrap(style, deviation, '  - ', '    '));
}

function renderSummaryNotes(style: ReportStyle, result: RunResult): string[] {
  const { totals } = result;
  const notes = [whereTheTotalIs(result, 'these lines')];
  if (result.config.database !== undefined) {
    notes.push('A commit is as durable as the server makes it, so agg_persist_throughput equals agg_throughput.');
  } else if (result.durability !== undefined) {
    notes.push(
      'agg_throughput counts transactions at their commit point, agg_persist_throughput those that were acknowledged: durable ' +
        'in every partition. All other figures are of acknowledged ones.',
    );
  } else if (totals.persistThroughputTps === totals.throughputTps) {
    notes.push('Nothing is made durable in this run, so agg_persist_throughput equals agg_throughput.');
  }
  return notes.flatMap((note) => (note === null ? [] : wrap(style, note, '  ', '  ')));
}
