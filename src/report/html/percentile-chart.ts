/** Latency over a logarithmic percentile axis, which shows the tail as wide as the bulk; a dot behind the line is the maximum. */
import type { LatencyPoint, LatencySummary } from '../../bench/result.ts';
import { formatEdge, formatLatency } from '../format.ts';
import { logAxis, ninesOf, percentileAxis } from './axis.ts';
import { type ChartLine, type ChartPoint, renderLineChart } from './line-chart.ts';
import type { Markup } from './markup.ts';
import { highest, lowest } from './time-series.ts';

/** Something with a latency, in a result of this version or of an earlier one. */
interface WithLatency {
  latencyUs: LatencySummary | null;
  latencyCurve?: LatencyPoint[];
}

/** How far behind the last percentile the maximum is drawn, in nines. */
const MAXIMUM_AFTER = 0.12;

/** At most `MOST_LINES`; those without points are left out. Null where none has any. */
export function renderPercentileChart(
  id: string,
  title: string,
  all: readonly ChartLine[],
  width: 'full' | 'half',
): Markup | null {
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

/** The line of a result of this version, or of an earlier one. */
export function percentileLine(name: string, of: WithLatency): ChartLine {
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
