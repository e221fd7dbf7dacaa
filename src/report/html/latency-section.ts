/** Latency by percentile: each transaction over all shards together, and local executions against cross-shard ones. */
import type { LocalityResult, RunResult, TransactionResult } from '../../bench/result.ts';
import { formatCount, formatFixed, formatLatency, formatPct, NO_VALUE } from '../format.ts';
import { MOST_LINES } from './line-chart.ts';
import { type Markup, markup } from './markup.ts';
import { percentileLine, renderPercentileChart } from './percentile-chart.ts';
import { renderHtmlTable } from './table.ts';
import { renderTransactions } from './transactions.ts';

/** Transactions over all shards that the totals cover; null where an earlier result has them by shard alone. */
function transactionsOfAll({ shards, totals }: RunResult): Record<string, TransactionResult> | null {
  if (totals.transactions !== undefined) return totals.transactions;
  return shards.length === 1 && totals.perShard === undefined ? (shards[0]?.transactions ?? null) : null;
}

export function renderLatency(result: RunResult): Markup {
  const transactions = transactionsOfAll(result);
  if (transactions === null) {
    return markup`<section id="latency"><h2>Latency</h2>
<p class="note">This result was written before it held the transactions of all shards together: see each shard.</p></section>
`;
  }
  return markup`<section id="latency"><h2>Latency by percentile</h2>
${renderCurves('latency-curves', 'Latency of each transaction', Object.values(transactions), 'full')}
${renderTransactions(captionOf(result), { ...result.totals, transactions })}</section>
${renderLocality(Object.values(transactions))}`;
}

function captionOf({ config, totals }: RunResult): string {
  const [covered, all] = [totals.shards, config.cluster.shards.length];
  if (all === 1) return 'Transactions';
  return `Transactions of ${covered === all ? `all ${all}` : `${covered} of ${all}`} shards`;
}

/** A line a transaction; a deferred execution has one of its own. Null where nothing completed. */
export function renderCurves(
  id: string,
  title: string,
  transactions: readonly TransactionResult[],
  width: 'full' | 'half',
): Markup | null {
  const lines = transactions.flatMap((transaction) => [
    percentileLine(
      transaction.deferred === undefined ? transaction.title : `${transaction.title} (answer)`,
      transaction,
    ),
    ...(transaction.deferred === undefined
      ? []
      : [percentileLine(`${transaction.title} (deferred)`, transaction.deferred)]),
  ]);
  return renderPercentileChart(id, title, lines.slice(0, MOST_LINES), width);
}

function renderLocality(transactions: readonly TransactionResult[]): Markup {
  const crossing = transactions.filter(({ crossShard }) => crossShard.latencyUs !== null);
  const content =
    crossing.length === 0
      ? markup`<p class="note">No transaction crossed shards.</p>`
      : markup`<div class="pair">${crossing.map((transaction, i) =>
          renderPercentileChart(
            `locality-${i}`,
            `${transaction.title}: local and cross-shard`,
            [percentileLine('local', transaction.local), percentileLine('cross-shard', transaction.crossShard)],
            'half',
          ),
        )}</div>${localityTable(crossing)}`;
  return markup`<section id="locality"><h2>Local against cross-shard</h2>
${content}</section>
`;
}

const LOCALITY_FIGURES = ['p50', 'p95', 'p99', 'p999'] as const;

function localityTable(transactions: readonly TransactionResult[]): Markup {
  const right = (title: string) => ({ title, align: 'right' as const });
  const names = LOCALITY_FIGURES.map((name) => (name === 'p999' ? 'p99.9' : name));
  const row = (name: string, { commits, latencyUs }: LocalityResult, sharePct: string): string[] => [
    name,
    formatCount(commits),
    sharePct,
    ...LOCALITY_FIGURES.map((figure) => (latencyUs === null ? NO_VALUE : formatLatency(latencyUs[figure]))),
  ];
  const rows = transactions.flatMap(({ title, local, crossShard, crossShardPct }) => [
    row(`${title}, local`, local, formatPct(100 - crossShardPct)),
    row(`${title}, cross-shard`, crossShard, formatPct(crossShardPct)),
    ['  cross-shard / local', '', '', ...LOCALITY_FIGURES.map((figure) => ratio(crossShard, local, figure))],
  ]);
  return renderHtmlTable({
    caption: 'Local against cross-shard, commits and latency',
    columns: [{ title: 'transaction', align: 'left' }, right('commits'), right('%'), ...names.map(right)],
    rows,
  });
}

function ratio(upper: LocalityResult, lower: LocalityResult, figure: (typeof LOCALITY_FIGURES)[number]): string {
  const base = lower.latencyUs?.[figure] ?? 0;
  return upper.latencyUs === null || base <= 0 ? NO_VALUE : `${formatFixed(upper.latencyUs[figure] / base, 1)} x`;
}
