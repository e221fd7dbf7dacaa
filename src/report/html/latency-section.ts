/** Latency by percentile: each transaction over all shards together, and local executions against cross-shard ones. */
import type { LatencyPoint, LatencySummary, LocalityResult, RunResult, TransactionResult } from '../../bench/result.ts';
import { formatCount, formatEdge, formatFixed, formatLatency, formatPct, NO_VALUE } from '../format.ts';
import { logAxis, ninesOf, percentileAxis } from './axis.ts';
import { type ChartLine, type ChartPoint, MOST_LINES, renderLineChart } from './line-chart.ts';
import { type Markup, markup } from './markup.ts';
import { renderHtmlTable } from './table.ts';
import { highest, lowest } from './time-series.ts';
import { renderTransactions } from './transactions.ts';

/** Something with a latency, in a result of this version or of an earlier one. */
interface WithLatency {
  latencyUs: LatencySummary | null;
  latencyCurve?: LatencyPoint[];
}

/** How far behind the last percentile the maximum is drawn, in nines. */
const MAXIMUM_AFTER = 0.12;

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
    curve(transaction.deferred === undefined ? transaction.title : `${transaction.title} (answer)`, transaction),
    ...(transaction.deferred === undefined ? [] : [curve(`${transaction.title} (deferred)`, transaction.deferred)]),
  ]);
  return percentileChart(id, title, lines.slice(0, MOST_LINES), width);
}

function percentileChart(id: string, title: string, all: readonly ChartLine[], width: 'full' | 'half'): Markup | null {
  const lines = all.filter(({ points }) => points.length > 0);
  const points = lines.flatMap((line) => line.points);
  if (points.length === 0) return null;
  const values = points.map(({ y }) => y);
  return renderLineChart({
    id,
    title,
    description: `${lines.map(describeCurve).join('; ')}. The percentile axis is logarithmic; a dot is the maximum.`,
    x: percentileAxis(highest(points.map(({ x }) => x))),
    y: logAxis('latency', [lowest(values), highest(values)], formatEdge),
    lines,
    width,
    markEnds: true,
  });
}

const describeCurve = ({ name, points }: ChartLine): string => {
  const told = points.filter(({ xText }) => ['p50', 'p99', 'max'].includes(xText));
  return `${name}: ${told.map(({ xText, yText }) => `${xText} ${yText}`).join(', ')}`;
};

function curve(name: string, of: WithLatency): ChartLine {
  const finite = pointsOf(of).filter(
    ({ percentile, valueUs }) => percentile >= 0 && percentile <= 100 && valueUs >= 0 && Number.isFinite(valueUs),
  );
  const points: ChartPoint[] = [];
  for (const { percentile, valueUs } of finite) {
    const x = percentile < 100 ? ninesOf(percentile) : (points.at(-1)?.x ?? 0) + MAXIMUM_AFTER;
    const xText = percentile < 100 ? `p${percentile}` : 'max';
    points.push({ x, y: valueUs, xText, yText: formatLatency(valueUs), afterGap: false });
  }
  return { name, points };
}

/** The curve, or what the summary holds of it. */
function pointsOf({ latencyUs, latencyCurve }: WithLatency): readonly LatencyPoint[] {
  if (latencyCurve !== undefined) return latencyCurve;
  if (latencyUs === null) return [];
  const { p50, p90, p95, p99, p999, max } = latencyUs;
  return [
    { percentile: 50, valueUs: p50 },
    { percentile: 90, valueUs: p90 },
    { percentile: 95, valueUs: p95 },
    { percentile: 99, valueUs: p99 },
    { percentile: 99.9, valueUs: p999 },
    { percentile: 100, valueUs: max },
  ];
}

function renderLocality(transactions: readonly TransactionResult[]): Markup {
  const crossing = transactions.filter(({ crossShard }) => crossShard.latencyUs !== null);
  const content =
    crossing.length === 0
      ? markup`<p class="note">No transaction crossed shards.</p>`
      : markup`<div class="pair">${crossing.map((transaction, i) =>
          percentileChart(
            `locality-${i}`,
            `${transaction.title}: local and cross-shard`,
            [curve('local', transaction.local), curve('cross-shard', transaction.crossShard)],
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
