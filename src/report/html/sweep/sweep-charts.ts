/** Charts of a sweep: a figure over each axis whose values are numbers, a line for each combination of the others. */
import { lawThroughput } from '../../../statistics/scalability-law.ts';
import { describeValues, groupedBy, isRemoteShare, valuesWithout } from '../../../sweep/axes.ts';
import type { Crossover, ScalabilityFit, SweepPoint, SweepResult } from '../../../sweep/sweep.ts';
import { formatEdge, formatFixed, formatLatency, formatRate, plural } from '../../format.ts';
import { rateText, valuesText } from '../../sweep/words.ts';
import { type Axis, linearAxis, logAxis, spanAxis } from '../axis.ts';
import { type ChartLine, type ChartPoint, MOST_LINES, renderLineChart } from '../line-chart.ts';
import { type Markup, markup } from '../markup.ts';
import { compactCount } from '../throughput-section.ts';
import { highest, lowest } from '../time-series.ts';

/** Points of a drawn law. */
const CURVE_POINTS = 80;
/** A law is drawn up to its peak, unless that lies further than this beyond what was measured. */
const DRAWN_BEYOND = 2;

/** Axes to draw over: their values are numbers, and there are several. */
export const drawnAxes = ({ config }: SweepResult): string[] =>
  config.axes
    .filter(({ values }) => values.length > 1 && values.every((value) => /^\d+(\.\d+)?$/.test(value)))
    .map(({ name }) => name);

export const throughputChart = (result: SweepResult, axis: string): Markup | null =>
  chartOver(result, axis, THROUGHPUT);

export const tailChart = (result: SweepResult, axis: string): Markup | null => chartOver(result, axis, TAIL);

interface Figure {
  key: string;
  id: string;
  title: string;
  text(value: number): string;
  axis(values: readonly number[]): Axis;
  /** Whether laws are drawn. */
  hasLaw: boolean;
}

const THROUGHPUT: Figure = {
  key: 'throughput',
  id: 'throughput-over',
  title: 'Throughput',
  text: rateText,
  axis: (values) => linearAxis('tx/s', [0, Math.max(highest(values), 1)], 5, compactCount),
  hasLaw: true,
};

const TAIL: Figure = {
  key: 'p99',
  id: 'p99-over',
  title: 'p99',
  text: formatLatency,
  axis: (values) => logAxis('latency', [lowest(values), highest(values)], formatEdge),
  hasLaw: false,
};

function chartOver({ points, fits }: SweepResult, axis: string, figure: Figure): Markup | null {
  const groups = groupedBy(points, ({ values }) => describeValues(valuesWithout(values, [axis])));
  const measured = groups
    .map((group) => ({
      name: valuesText(valuesWithout(group[0]?.values ?? {}, [axis])) || 'median of the runs',
      fit: fits.find((fit) => fit.axis === axis && sameValues(fit, group[0], axis)) ?? null,
      points: pointsOf(group, axis, figure),
    }))
    .filter((each) => each.points.length > 0);
  const drawn = measured.slice(0, MOST_LINES);
  if (drawn.length === 0) return null;
  const withLaws = figure.hasLaw && drawn.some(({ fit }) => fit !== null) && 2 * drawn.length <= MOST_LINES;
  const lines = drawn.flatMap(({ name, fit, points: its }, look): ChartLine[] => {
    if (!withLaws || fit === null) return [{ name, points: its, draws: 'both', look }];
    const law = { name: drawn.length === 1 ? 'fitted law' : `law at ${name}`, points: curveOf(fit), look };
    return [{ name, points: its, draws: 'points', look }, law];
  });
  const all = lines.flatMap((line) => line.points);
  const left = measured.length - drawn.length;
  const chart = renderLineChart({
    id: `${figure.id}-${axis}`,
    title: `${figure.title} over ${axis}`,
    description: drawn
      .map(({ name, points: its }) => `${name}: ${its.map(({ xText, yText }) => `${xText} ${yText}`).join(', ')}`)
      .join('; '),
    x: axisOver(axis, all),
    y: figure.axis(all.map(({ y }) => y)),
    lines,
    width: 'full',
    markEnds: false,
  });
  return left === 0
    ? chart
    : markup`${chart}<p class="note">The first ${MOST_LINES} combinations are drawn; the table has the other ${plural(left, 'combination')}, too.</p>`;
}

const MARKS = 8;

/** Of whole numbers, such as shards, no fractions are marked. */
function axisOver(axis: string, points: readonly ChartPoint[]): Axis {
  const range: [number, number] = [lowest(points.map(({ x }) => x)), highest(points.map(({ x }) => x))];
  const isWhole = range.every(Number.isInteger);
  const marks = isWhole ? Math.max(1, Math.min(MARKS, range[1] - range[0])) : MARKS;
  return spanAxis(axisTitle(axis), range, marks, String);
}

const axisTitle = (axis: string): string => (isRemoteShare(axis) ? `${axis} (%)` : axis);

const sameValues = (fit: ScalabilityFit, point: SweepPoint | undefined, axis: string): boolean =>
  describeValues(fit.values) === describeValues(valuesWithout(point?.values ?? {}, [axis]));

function pointsOf(group: readonly SweepPoint[], axis: string, { key, text }: Figure): ChartPoint[] {
  return group
    .flatMap(({ values, median, low, high, runs }): ChartPoint[] => {
      const y = median[key];
      if (y === undefined) return [];
      const range = runs.length < 2 ? '' : ` (${text(low[key] ?? y)} to ${text(high[key] ?? y)})`;
      return [
        { x: Number(values[axis]), y, xText: `${axis} ${values[axis]}`, yText: `${text(y)}${range}`, afterGap: false },
      ];
    })
    .toSorted((left, right) => left.x - right.x);
}

function curveOf(fit: ScalabilityFit): ChartPoint[] {
  const counts = fit.measured.map(({ n }) => n);
  const [first, last] = [lowest(counts), highest(counts)];
  const end = fit.peakN !== null && fit.peakN <= DRAWN_BEYOND * last ? Math.max(last, fit.peakN) : last;
  return Array.from({ length: CURVE_POINTS }, (_, i) => {
    const n = first + (i / (CURVE_POINTS - 1)) * (end - first);
    const y = lawThroughput(fit, n);
    return { x: n, y, xText: `${fit.axis} ${formatFixed(n, 1)}`, yText: rateText(y), afterGap: false };
  });
}

/** The throughput of several shards beside that of one, over the remote share; the line at 1 is where they are no faster. */
export function crossoverChart(axis: string, crossovers: readonly Crossover[]): Markup {
  const drawn = crossovers.slice(0, MOST_LINES - 1);
  const shares = drawn.flatMap(({ measured }) => measured.map(({ sharePct }) => sharePct));
  const range: [number, number] = [lowest(shares), highest(shares)];
  const lines = drawn.map(
    ({ shards, values, measured }): ChartLine => ({
      name: [`${shards} shards`, valuesText(values)].filter((part) => part !== '').join(', '),
      draws: 'both',
      points: measured.map(({ sharePct, ratio }) => ({
        x: sharePct,
        y: ratio,
        xText: `${axis} ${sharePct}`,
        yText: `${formatFixed(ratio, 2)} times one shard`,
        afterGap: false,
      })),
    }),
  );
  const one = range.map((x) => ({ x, y: 1, xText: `${axis} ${x}`, yText: '1', afterGap: false }));
  const ratios = drawn.flatMap(({ measured }) => measured.map(({ ratio }) => ratio));
  return renderLineChart({
    id: `crossover-${axis}`,
    title: `Several shards beside one over ${axis}`,
    description: lines
      .map(({ name, points }) => `${name}: ${points.map(({ xText, yText }) => `${xText} ${yText}`).join(', ')}`)
      .join('; '),
    x: spanAxis(axisTitle(axis), range, 8, String),
    y: linearAxis('times the throughput of one shard', [0, Math.max(1, highest(ratios))], 5, String),
    lines: [...lines, { name: 'as fast as one shard', points: one }],
    width: 'full',
    markEnds: false,
  });
}

/** A bar as long as the value's share of the highest. */
export const bar = (value: number, most: number): Markup =>
  markup`<svg class="bar" viewBox="0 0 300 12" preserveAspectRatio="none" role="img" aria-label="${formatRate(value)}"><rect x="0" y="0" width="${most > 0 ? ((300 * value) / most).toFixed(1) : 0}" height="12"/></svg>`;
