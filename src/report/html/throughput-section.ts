/** Throughput and latency second by second: of all shards together, and shard by shard. */
import type { RunResult } from '../../bench/result.ts';
import { shardTotals, whereTheTotalIs } from '../coverage.ts';
import { formatCount, formatEdge, formatLatency, formatRate } from '../format.ts';
import { shardsTable } from '../shards-table.ts';
import { linearAxis, logAxis } from './axis.ts';
import { type ChartLine, MOST_LINES, renderLineChart } from './line-chart.ts';
import { type Markup, markup } from './markup.ts';
import { renderHtmlTable } from './table.ts';
import {
  describeSamples,
  highest,
  type Joining,
  joiningNote,
  lowest,
  MOST_POINTS,
  type NamedSamples,
  readable,
  samplesByShard,
  secondsAPoint,
  summed,
  timeAxis,
  timeLine,
  timeRange,
} from './time-series.ts';

/** Tails jump from second to second: many lines of them cover each other, so each then has fewer points. */
const LEAST_TAIL_POINTS = 150;

export function renderThroughput(result: RunResult): Markup {
  const throughput = samplesByShard(result, (point) => point.throughputTps);
  const elsewhere = result.config.cluster.shards.length > throughput.length;
  const note = elsewhere ? markup`<p class="note">The series cover the shards of this process.</p>` : null;
  const charts =
    throughput.length === 0
      ? markup`<p class="note">No second of the measurement was completed, so there is nothing to draw over time.</p>`
      : markup`${note}${throughput.length > 1 ? sumChart(throughput) : null}${throughputChart(throughput)}${latencyChart(result)}`;
  return markup`<section id="throughput"><h2>Throughput over time</h2>
${charts}${renderShards(result)}</section>
`;
}

function sumChart(throughput: readonly NamedSamples[]): Markup {
  return chart('throughput-sum', 'Throughput of all shards', [summed(throughput, 'all shards')], 'mean');
}

function throughputChart(throughput: readonly NamedSamples[]): Markup {
  const title = throughput.length === 1 ? 'Throughput' : 'Throughput of each shard';
  return chart('throughput-shards', title + crowdNote(throughput), readable(throughput), 'mean');
}

function chart(id: string, title: string, all: readonly NamedSamples[], joining: Joining): Markup {
  const width = secondsAPoint(all, MOST_POINTS);
  const lines = all.map((samples) => timeLine(samples, width, joining, (value) => `${formatRate(value)} tx/s`));
  const most = highest(lines.flatMap(({ points }) => points.map(({ y }) => y)));
  return renderLineChart({
    id,
    title: title + joiningNote(width, joining),
    description: `Transactions committed a second. ${describeSamples(all, formatRate)}.`,
    x: timeAxis(timeRange(all)[1]),
    y: linearAxis('tx/s', [0, Math.max(most, 1)], 5, compactCount),
    lines,
    width: 'full',
    markEnds: false,
  });
}

/** The tail second by second; where several seconds share a point, the worst of them counts. */
function latencyChart(result: RunResult): Markup | null {
  const all = readable(samplesByShard(result, (point) => point.latencyUs?.p99 ?? null));
  const width = secondsAPoint(all, Math.max(LEAST_TAIL_POINTS, MOST_POINTS / all.length));
  const lines = all.map((samples) => timeLine(samples, width, 'highest', formatLatency));
  const values = lines.flatMap(({ points }: ChartLine) => points.map(({ y }) => y));
  if (values.length === 0) return null;
  const shards = new Set(result.series.map(({ shardId }) => shardId)).size;
  return renderLineChart({
    id: 'latency-shards',
    title: `p99 of each second${shards > 1 ? ' in each shard' : ''}${shards > MOST_LINES ? crowd(shards) : ''}${joiningNote(width, 'highest')}`,
    description: `Latency that 99% of the transactions of a second stayed within. ${describeSamples(all, formatLatency)}.`,
    x: timeAxis(timeRange(all)[1]),
    y: logAxis('latency', [lowest(values), highest(values)], formatEdge),
    lines,
    width: 'full',
    markEnds: false,
  });
}

const crowd = (shards: number): string => `, ${formatCount(shards)} shards as lowest, median and highest`;

const crowdNote = (all: readonly NamedSamples[]): string => (all.length > MOST_LINES ? crowd(all.length) : '');

/** `120k`: short enough for the marks of an axis. */
export function compactCount(value: number): string {
  if (value >= 1e9) return value.toExponential(0);
  if (value >= 1e6) return `${Number((value / 1e6).toPrecision(4))}M`;
  return value >= 1000 ? `${Number((value / 1000).toPrecision(4))}k` : String(value);
}

function renderShards(result: RunResult): Markup | null {
  const shards = shardTotals(result);
  if (shards.length < 2) return null;
  const severalHosts = new Set(result.config.cluster.shards.map(({ host }) => host)).size > 1;
  const elsewhere = whereTheTotalIs(result, 'the total');
  return markup`${renderHtmlTable({ caption: 'Shards side by side', ...shardsTable(result, shards, severalHosts) })}${
    elsewhere === null ? null : markup`<p class="note">${elsewhere}</p>`
  }`;
}
