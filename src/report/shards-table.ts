/** The shards side by side: a row each, and one for all of them together. */
import type { RunResult, ShardTotals } from '../bench/result.ts';
import { shardTotals } from './coverage.ts';
import { formatCount, formatLatencyIn, formatPct, formatRate, timeUnitFor } from './format.ts';
import { renderTable, type TableColumn, widthOf } from './plain-table.ts';
import type { ReportStyle } from './style.ts';

/**
 * Lines without heading; none where there is nothing to compare. Shards of other processes have no percentiles here:
 * those come from merged histograms, and only the merged one of all shards is known. Hosts that do not fit are left out.
 */
export function renderShardsTable(style: ReportStyle, result: RunResult): string[] {
  const rows = shardTotals(result);
  if (rows.length < 2) return [];
  const severalHosts = new Set(result.config.cluster.shards.map(({ host }) => host)).size > 1;
  const complete = renderRows(style, result, rows, severalHosts);
  return severalHosts && widthOf(complete) > style.width ? renderRows(style, result, rows, false) : complete;
}

function renderRows(style: ReportStyle, result: RunResult, rows: readonly ShardTotals[], withHosts: boolean): string[] {
  const table = shardsTable(result, rows, withHosts);
  return renderTable(style, table.columns, table.rows);
}

/** Columns and rows: one for each of `shards`, and one for all of them together. */
export function shardsTable(
  result: RunResult,
  shards: readonly ShardTotals[],
  withHosts: boolean,
): { columns: TableColumn[]; rows: string[][] } {
  const { totals } = result;
  const local = new Map(result.shards.map((shard) => [shard.shardId, shard]));
  const latencies = [totals.latencyUs, ...result.shards.map((shard) => shard.latencyUs)];
  const medians = latencies.flatMap((latency) => (latency === null ? [] : [latency.p50]));
  const unit = timeUnitFor(medians.length === 0 ? 0 : Math.min(...medians));
  const spread = shards.some(({ shardId }) => !local.has(shardId));
  const addressOf = addresses(result, withHosts);
  const columns: TableColumn[] = [
    { title: 'shard', align: 'left' },
    { title: withHosts ? 'address' : 'port', align: 'right' },
    ...(spread ? [{ title: 'runs', align: 'left' as const }] : []),
    ...[
      'tx/s',
      'share\n%',
      'commits',
      'cross-\nshard %',
      'conflict\naborts',
      `p50\n${unit.name}`,
      `p99\n${unit.name}`,
    ].map((title): TableColumn => ({ title, align: 'right' })),
  ];
  const row = (
    name: string,
    place: string[],
    counts: Omit<ShardTotals, 'shardId'>,
    latency: { p50: number; p99: number } | null | undefined,
  ): string[] => [
    name,
    ...place,
    formatRate(counts.throughputTps),
    formatPct(totals.throughputTps > 0 ? (100 * counts.throughputTps) / totals.throughputTps : null),
    formatCount(counts.commits),
    formatPct(counts.crossShardPct),
    formatCount(counts.conflictAborts),
    formatLatencyIn(latency?.p50, unit),
    formatLatencyIn(latency?.p99, unit),
  ];
  const place = (shardId: number): string[] => [
    addressOf(shardId),
    ...(spread ? [local.has(shardId) ? 'here' : 'elsewhere'] : []),
  ];
  const rows = [
    ...shards.map((shard) =>
      row(String(shard.shardId), place(shard.shardId), shard, local.get(shard.shardId)?.latencyUs),
    ),
    row('all', spread ? ['', ''] : [''], totals, totals.latencyUs),
  ];
  return { columns, rows };
}

function addresses({ config, shards }: RunResult, withHosts: boolean): (shardId: number) => string {
  const listed = config.cluster.shards;
  const ports = new Map([...listed, ...shards].map(({ shardId, port }) => [shardId, String(port)]));
  const hosts = new Map(listed.map(({ shardId, host }) => [shardId, host]));
  return (shardId) => `${withHosts ? `${hosts.get(shardId) ?? ''}:` : ''}${ports.get(shardId) ?? ''}`;
}
