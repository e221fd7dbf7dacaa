/** Charts of a comparison: what each pair of runs measured, their ratios, and latency by percentile of both sides. */
import type { RunResult, TransactionResult } from '../../../bench/result.ts';
import type { Comparison, ComparisonResult, MetricComparison, Variant } from '../../../compare/comparison.ts';
import { figureText, ratioText } from '../../comparison-report.ts';
import { type Axis, spanAxis } from '../axis.ts';
import { type ChartLine, type ChartPoint, renderLineChart } from '../line-chart.ts';
import { type Markup, markup } from '../markup.ts';
import { percentileLine, renderPercentileChart } from '../percentile-chart.ts';
import { highest, lowest } from '../time-series.ts';

/** Space above and below what a chart shows, as a share of its range. */
const MARGIN = 0.08;
const THROUGHPUT: Pick<MetricComparison, 'key' | 'title' | 'unit'> = {
  key: 'throughput',
  title: 'throughput',
  unit: 'tx/s',
};

interface Sides {
  a: Variant;
  b: Variant;
}

function sidesOf({ variants }: ComparisonResult, comparison: Comparison): Sides | null {
  const find = (label: string) => variants.find((variant) => variant.label === label);
  const [a, b] = [find(comparison.a), find(comparison.b)];
  return a === undefined || b === undefined ? null : { a, b };
}

/** The verdict's metric and throughput pair by pair, and the ratio of each pair beside the ratio of all. */
export function renderPairs(result: ComparisonResult, comparison: Comparison, index: number): Markup | null {
  const sides = sidesOf(result, comparison);
  if (sides === null) return null;
  const [main] = comparison.metrics;
  const shown = main === undefined || main.key === THROUGHPUT.key ? [THROUGHPUT] : [THROUGHPUT, main];
  return markup`${shown.map((metric) => metricChart(metric, sides, `pairs-${index}-${metric.key}`))}${
    main === undefined ? null : ratioChart(main, comparison, sides, `ratio-${index}`)
  }`;
}

function metricChart(
  metric: Pick<MetricComparison, 'key' | 'title' | 'unit'>,
  { a, b }: Sides,
  id: string,
): Markup | null {
  const lines = [a, b].map(
    (variant): ChartLine => ({
      name: variant.label,
      points: variant.runs.flatMap((run, i) => {
        const value = run.figures[metric.key] ?? null;
        return value === null ? [] : [pointOf(i, value, figureText(metric, value), run.seed)];
      }),
    }),
  );
  const unit = metric.unit === 'us' ? 'µs' : metric.unit;
  return pairChart(id, `${capitalised(metric.title)} of each pair`, unit, lines);
}

function ratioChart(main: MetricComparison, { a, b }: Comparison, sides: Sides, id: string): Markup | null {
  const pairs = Math.min(sides.a.runs.length, sides.b.runs.length);
  const ratios = Array.from({ length: pairs }, (_, i): ChartPoint[] => {
    const [before, after] = [sides.a.runs[i]?.figures[main.key], sides.b.runs[i]?.figures[main.key]];
    if (!before || !after) return [];
    return [pointOf(i, after / before, ratioText(after / before), sides.a.runs[i]?.seed ?? 0)];
  }).flat();
  const level = (name: string, value: number): ChartLine => ({
    name: `${name} ${ratioText(value)}`,
    points: [0.5, pairs + 0.5].map((x) => ({
      x,
      y: value,
      xText: 'all pairs',
      yText: ratioText(value),
      afterGap: false,
    })),
  });
  const lines = [
    { name: 'each pair', points: ratios },
    level('all pairs', main.ratio),
    ...(main.interval === null
      ? []
      : [level('95% interval from', main.interval.low), level('95% interval to', main.interval.high)]),
    level('as much as', 1),
  ];
  return pairChart(id, `${capitalised(main.title)} of ${b} / ${a}`, `${b} / ${a}`, lines);
}

/** The axis is that of the values: differences of a few percent cannot be seen from 0. */
function pairChart(id: string, title: string, unit: string, lines: readonly ChartLine[]): Markup | null {
  const values = lines.flatMap(({ points }) => points.map(({ y }) => y));
  if (values.length === 0) return null;
  const [low, high] = [lowest(values), highest(values)];
  const margin = high > low ? (high - low) * MARGIN : Math.abs(high) * MARGIN || 1;
  const pairs = highest(lines.flatMap(({ points }) => points.map(({ x }) => Math.floor(x))));
  return renderLineChart({
    id,
    title: `${title} (the axis does not begin at 0)`,
    description: lines
      .map(
        ({ name, points }) =>
          `${name}: ${points.length > 40 ? `${points.length} pairs` : points.map(({ yText }) => yText).join(', ')}`,
      )
      .join('; '),
    x: pairAxis(pairs),
    y: spanAxis(unit, [Math.max(0, low - margin), high + margin], 5, shortText),
    lines,
    width: 'full',
    markEnds: true,
  });
}

const pointOf = (i: number, y: number, yText: string, seed: number): ChartPoint => ({
  x: i + 1,
  y,
  xText: `pair ${i + 1}, seed ${seed}`,
  yText,
  afterGap: false,
});

function pairAxis(pairs: number): Axis {
  const axis = spanAxis('pair', [0.5, pairs + 0.5], 12, String);
  return { ...axis, ticks: axis.ticks.filter(({ label }) => Number.isInteger(Number(label))) };
}

function shortText(value: number): string {
  if (value >= 1e6) return `${Number((value / 1e6).toPrecision(5))}M`;
  return value >= 10_000 ? `${Number((value / 1000).toPrecision(5))}k` : String(value);
}

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Curves of the run of each side whose throughput is nearest to the median: percentiles of several runs cannot be merged. */
export function renderLatencyCurves(result: ComparisonResult, comparison: Comparison, index: number): Markup | null {
  const sides = sidesOf(result, comparison);
  if (sides === null) return null;
  const { a, b } = sides;
  const line = ({ label }: Variant, of: Parameters<typeof percentileLine>[1] | undefined): ChartLine =>
    percentileLine(label, of ?? { latencyUs: null });
  const [ofA, ofB] = [transactionsOf(a.typicalRun), transactionsOf(b.typicalRun)];
  const keys = [...new Set([...Object.keys(ofA), ...Object.keys(ofB)])];
  const all = renderPercentileChart(
    `curves-${index}`,
    'Latency by percentile, all transactions',
    [line(a, a.typicalRun.totals), line(b, b.typicalRun.totals)],
    'full',
  );
  const each = keys.flatMap((key, i) => {
    const title = (ofA[key] ?? ofB[key])?.title ?? key;
    return renderPercentileChart(`curves-${index}-${i}`, title, [line(a, ofA[key]), line(b, ofB[key])], 'half') ?? [];
  });
  return markup`<h3>Latency of both sides</h3>
<p class="note">Each curve is that of the run whose throughput is nearest to the median of its side.</p>
${all}<div class="pair">${each}</div>`;
}

/** Over all shards; an earlier result of several shards has no such curves. */
const transactionsOf = ({ totals, shards }: RunResult): Record<string, TransactionResult> =>
  totals.transactions ?? (totals.shards === 1 ? (shards[0]?.transactions ?? {}) : {});
