/** A shard's transactions as a table: a row a type, local and cross-shard apart, the deferred halves, and all together. */
import type {
  DeferredResult,
  LatencySummary,
  LocalityResult,
  ShardResult,
  TransactionResult,
} from '../bench/result.ts';
import { formatCount, formatLatencyIn, formatPct, formatRate, type TimeUnit, timeUnitFor } from './format.ts';
import { renderTable, type TableCell, type TableColumn, widthOf } from './plain-table.ts';
import type { ReportStyle } from './style.ts';

/** A row in three parts, so that a narrow report can put counts and latencies into two tables. */
export interface TransactionRow {
  name: string;
  counts: TableCell[];
  latency: LatencySummary | null;
}

/** Titles, some in two lines. */
export const COUNT_COLUMNS = ['commits', 'tx/s', 'mix\n%', 'user\naborts', 'conflict\naborts', 'cross-\nshard %'];

export const LATENCY_COLUMNS = ['mean', 'p50', 'p90', 'p95', 'p99', 'p99.9', 'max'];

/** Transactions of a shard, or of all shards together. */
export type Transactions = Pick<
  ShardResult,
  'transactions' | 'commits' | 'throughputTps' | 'userAborts' | 'conflictAborts' | 'crossShardPct' | 'latencyUs'
>;

/** A row a type, its parts indented below it, and one for all together. */
export const transactionRows = (of: Transactions): TransactionRow[] => [
  ...Object.values(of.transactions).flatMap(rowsOf),
  totalRow(of),
];

/** Lines of one table, or of two where one would be wider than the style. */
export function renderTransactionTable(style: ReportStyle, shard: ShardResult): string[] {
  const rows = transactionRows(shard);
  const unit = unitFor(rows);
  const name: TableColumn = { title: 'transaction', align: 'left' };
  const counts = COUNT_COLUMNS.map((title): TableColumn => ({ title, align: 'right' }));
  const latencies = LATENCY_COLUMNS.map((title): TableColumn => ({ title: `${title}\n${unit.name}`, align: 'right' }));
  const single = renderTable(
    style,
    [name, ...counts, ...latencies],
    rows.map((row) => [row.name, ...row.counts, ...latencyCells(row.latency, unit)]),
  );
  if (widthOf(single) <= style.width) return single;
  const countTable = renderTable(
    style,
    [name, ...counts],
    rows.map((row) => [row.name, ...row.counts]),
  );
  const latencyTable = renderTable(
    style,
    [name, ...latencies],
    rows.map((row) => [row.name, ...latencyCells(row.latency, unit)]),
  );
  return [...countTable, '', ...latencyTable];
}

function rowsOf(transaction: TransactionResult): TransactionRow[] {
  const { deferred } = transaction;
  const rows: TransactionRow[] = [
    {
      name: deferred === undefined ? transaction.title : `${transaction.title} (answer)`,
      counts: [
        formatCount(transaction.commits),
        formatRate(transaction.throughputTps),
        formatPct(transaction.mixPct),
        formatCount(transaction.userAborts),
        formatCount(transaction.conflictAborts),
        formatPct(transaction.crossShardPct),
      ],
      latency: transaction.latencyUs,
    },
  ];
  if (transaction.crossShard.commits > 0) {
    rows.push(localityRow('local', transaction.local), localityRow('cross-shard', transaction.crossShard));
  }
  if (deferred !== undefined) rows.push(deferredRow(deferred));
  return rows;
}

function localityRow(name: string, locality: LocalityResult): TransactionRow {
  return {
    name: `  ${name}`,
    counts: [formatCount(locality.commits), '', '', '', '', ''],
    latency: locality.latencyUs,
  };
}

function deferredRow(deferred: DeferredResult): TransactionRow {
  const within = `within ${formatCount(deferred.limitSeconds)} s: ${formatPct(deferred.withinLimitPct)}%`;
  return {
    name: '  deferred execution',
    counts: [formatCount(deferred.completed), { content: within, span: COUNT_COLUMNS.length - 1 }],
    latency: deferred.latencyUs,
  };
}

function totalRow(shard: Transactions): TransactionRow {
  return {
    name: 'all',
    counts: [
      formatCount(shard.commits),
      formatRate(shard.throughputTps),
      formatPct(shard.latencyUs === null ? null : 100),
      formatCount(shard.userAborts),
      formatCount(shard.conflictAborts),
      formatPct(shard.crossShardPct),
    ],
    latency: shard.latencyUs,
  };
}

/** One unit for the whole table, so that figures compare along rows too; the fastest median decides. */
export function unitFor(rows: readonly TransactionRow[]): TimeUnit {
  const medians = rows.flatMap((row) => (row.latency === null ? [] : [row.latency.p50]));
  return timeUnitFor(medians.length === 0 ? 0 : Math.min(...medians));
}

/** Values of the latency columns, in `unit`. */
export function latencyCells(latency: LatencySummary | null, unit: TimeUnit): string[] {
  const values = [latency?.mean, latency?.p50, latency?.p90, latency?.p95, latency?.p99, latency?.p999, latency?.max];
  return values.map((us) => formatLatencyIn(us, unit));
}
