/**
 * Where the time of a shard's transactions went, and that of its workers: rows for the console and for the page. It knows no
 * workload; results of earlier versions have none of it.
 */
import type { ShardResult, TimeShares, TransactionResult, WorkerTime } from '../bench/result.ts';
import { formatFixed } from './format.ts';
import { renderTable, type TableColumn } from './plain-table.ts';
import { type ReportStyle, wrap } from './style.ts';

/** A kind of time: its key without `Pct`, its heading in up to two lines, and what it is in a legend. */
export const KINDS = [
  { key: 'executingPct', title: 'exe-\ncuting', name: 'executing' },
  { key: 'waitingForRemotePct', title: 'waiting\nremote', name: 'waiting for remote answers' },
  { key: 'waitingForLocksPct', title: 'waiting\nlocks', name: 'waiting for locks' },
  { key: 'retryingPct', title: 're-\ntrying', name: 'retrying' },
  { key: 'queueingPct', title: 'queue-\ning', name: 'queueing' },
  { key: 'waitingForDurabilityPct', title: 'waiting\ndisk', name: 'waiting to be durable' },
] as const satisfies readonly { key: keyof TimeShares; title: string; name: string }[];

/** What a worker does, as the result has it. */
export const WORKER_KINDS = [
  { key: 'ownTransactionsPct', name: 'own transactions' },
  { key: 'messagesPct', name: 'messages and fragments of other workers' },
  { key: 'idlePct', name: 'idle' },
] as const satisfies readonly { key: keyof WorkerTime; name: string }[];

export interface TimeRow {
  /** Indented where it is a part of the row above. */
  name: string;
  times: TimeShares;
}

/** Transactions of a shard, or of all shards together. */
export type TimedTransactions = Pick<ShardResult, 'timeShares'> & {
  transactions?: Readonly<Record<string, TransactionResult>>;
};

/** A row a type, its parts below it, and one for all together; none where there is nothing to tell. */
export function timeRows({ transactions, timeShares }: TimedTransactions): TimeRow[] {
  if (!timeShares) return [];
  return [...Object.values(transactions ?? {}).flatMap(rowsOf), { name: 'all', times: timeShares }];
}

/** Whether all that they do is executing, from start to end. */
export const onlyExecutes = (rows: readonly TimeRow[]): boolean =>
  rows.every(({ times }) => times.executingPct === 100);

/** Cells of the shares; nothing where there is none, so that the others stand out. */
export const timeCells = (times: TimeShares): string[] =>
  KINDS.map(({ key }) => ((times[key] ?? 0) === 0 ? '' : formatFixed(times[key], 1)));

/** Lines of the table and of the workers, with a heading; none for an earlier result. */
export function renderTimeShares(style: ReportStyle, shard: ShardResult): string[] {
  const rows = timeRows(shard);
  const workers = describeWorkers(shard.workers ?? []);
  const about = workers === null ? [] : wrap(style, workers, '  ', '  ');
  if (rows.length === 0) return about.length === 0 ? [] : ['', ...about];
  if (onlyExecutes(rows)) {
    return ['', '  Where time went: every transaction ran from start to end, without a wait', ...about];
  }
  const columns: TableColumn[] = [
    { title: '% of the latency', align: 'left' },
    ...KINDS.map(({ title }): TableColumn => ({ title, align: 'right' })),
  ];
  return [
    '',
    `  Where the time of the transactions of shard ${shard.shardId} went`,
    ...renderTable(
      style,
      columns,
      rows.map(({ name, times }) => [name, ...timeCells(times)]),
    ),
    ...about,
  ];
}

/** In a sentence what workers spent the measurement on, on average and where they differ by how much; null without workers. */
export function describeWorkers(workers: readonly WorkerTime[]): string | null {
  if (workers.length === 0) return null;
  const parts = WORKER_KINDS.map(({ key, name }) => {
    const pcts = workers.map((worker) => worker[key]);
    const mean = formatFixed(pcts.reduce((total, pct) => total + pct, 0) / pcts.length, 1);
    const [low, high] = [formatFixed(Math.min(...pcts), 1), formatFixed(Math.max(...pcts), 1)];
    return `${name} ${mean}%${low === high ? '' : ` (${low} to ${high})`}`;
  });
  return `Its ${workers.length === 1 ? 'worker' : `${workers.length} workers`}: ${parts.join(', ')}`;
}

function rowsOf(transaction: TransactionResult): TimeRow[] {
  const { title, timeShares, local, crossShard, deferred } = transaction;
  if (!timeShares) return [];
  const parts =
    local.timeShares && crossShard.timeShares
      ? [
          { name: '  local', times: local.timeShares },
          { name: '  cross-shard', times: crossShard.timeShares },
        ]
      : [];
  return [
    { name: deferred === undefined ? title : `${title} (answer)`, times: timeShares },
    ...parts,
    ...(deferred?.timeShares ? [{ name: '  deferred execution', times: deferred.timeShares }] : []),
  ];
}
