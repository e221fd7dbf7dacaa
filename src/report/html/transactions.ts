/** The transactions of a shard, or of all shards together, as a table: the figures of the console's, in one piece. */
import {
  COUNT_COLUMNS,
  LATENCY_COLUMNS,
  latencyCells,
  type Transactions,
  transactionRows,
  unitFor,
} from '../transaction-table.ts';
import type { Markup } from './markup.ts';
import { renderHtmlTable } from './table.ts';

export function renderTransactions(caption: string, of: Transactions): Markup {
  const rows = transactionRows(of);
  const unit = unitFor(rows);
  const right = (title: string) => ({ title, align: 'right' as const });
  return renderHtmlTable({
    caption,
    columns: [
      { title: 'transaction', align: 'left' },
      ...COUNT_COLUMNS.map(right),
      ...LATENCY_COLUMNS.map((title) => right(`${title}\n${unit.name}`)),
    ],
    rows: rows.map((row) => [row.name, ...row.counts, ...latencyCells(row.latency, unit)]),
  });
}
