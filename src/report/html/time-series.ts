/** A shard's points a second as lines of a chart: thinned to what a chart can show, with gaps where seconds are missing. */
import type { RunResult, SeriesPoint } from '../../bench/result.ts';
import { formatCount, plural } from '../format.ts';
import { type Axis, spanAxis } from './axis.ts';
import type { ChartLine, ChartPoint } from './line-chart.ts';
import { MOST_LINES } from './line-chart.ts';

/** As many as a wide chart shows of one line, and few enough for a small file. */
export const MOST_POINTS = 600;

/** A value of one second. */
export interface Sample {
  second: number;
  value: number;
}

export interface NamedSamples {
  name: string;
  samples: readonly Sample[];
}

/** How several seconds become one point. */
export type Joining = 'mean' | 'highest';

/** By local shard the finite values of its seconds, ascending. */
export function samplesByShard(result: RunResult, value: (point: SeriesPoint) => number | null): NamedSamples[] {
  const byShard = groupedBy(result.series, ({ shardId }) => shardId);
  return [...byShard].map(([shardId, points]) => ({
    name: `shard ${shardId}`,
    samples: points
      .flatMap((point) => {
        const found = value(point);
        return found === null || !Number.isFinite(found) || !Number.isFinite(point.second)
          ? []
          : [{ second: point.second, value: found }];
      })
      .toSorted((left, right) => left.second - right.second),
  }));
}

/** The sum of all, over the seconds that each has. */
export function summed(all: readonly NamedSamples[], name: string): NamedSamples {
  return { name, samples: acrossShards(all, (values) => values.reduce((sum, value) => sum + value, 0)) };
}

/** Each of a few shards, or the lowest, the median and the highest of many, which no chart can show one by one. */
export function readable(all: readonly NamedSamples[]): readonly NamedSamples[] {
  if (all.length <= MOST_LINES) return all;
  const at = (place: (count: number) => number) =>
    acrossShards(all, (values) => values.toSorted((left, right) => left - right)[place(values.length)] as number);
  return [
    { name: 'lowest shard', samples: at(() => 0) },
    { name: 'median shard', samples: at((count) => Math.floor((count - 1) / 2)) },
    { name: 'highest shard', samples: at((count) => count - 1) },
  ];
}

function acrossShards(all: readonly NamedSamples[], join: (values: number[]) => number): Sample[] {
  const bySecond = groupedBy(
    all.flatMap(({ samples }) => samples),
    ({ second }) => second,
  );
  return [...bySecond].flatMap(([second, samples]) =>
    samples.length === all.length ? [{ second, value: join(samples.map(({ value }) => value)) }] : [],
  );
}

/** In the order of each key's first element. */
function groupedBy<Element>(elements: readonly Element[], key: (element: Element) => number): Map<number, Element[]> {
  const groups = new Map<number, Element[]>();
  for (const element of elements) {
    const group = groups.get(key(element));
    if (group === undefined) groups.set(key(element), [element]);
    else group.push(element);
  }
  return groups;
}

/** Seconds that one point stands for, so that a run of any length fits a chart of at most `mostPoints` a line. */
export function secondsAPoint(all: readonly NamedSamples[], mostPoints: number): number {
  const [first, last] = timeRange(all);
  return Math.max(1, Math.ceil((last - first + 1) / mostPoints));
}

/** First and last second; 0 and 1 where there is none. */
export function timeRange(all: readonly NamedSamples[]): [number, number] {
  const ends = all.flatMap(({ samples }) => [samples[0]?.second ?? Number.NaN, samples.at(-1)?.second ?? Number.NaN]);
  const known = ends.filter((second) => !Number.isNaN(second));
  return known.length === 0 ? [0, 1] : [Math.min(...known), Math.max(...known)];
}

/** @param width seconds that one point stands for */
export function timeLine(
  { name, samples }: NamedSamples,
  width: number,
  joining: Joining,
  text: (value: number) => string,
): ChartLine {
  const points: ChartPoint[] = [];
  let lastGroup = Number.NaN;
  for (const [group, members] of groupedBy(samples, ({ second }) => Math.floor((second - 1) / width))) {
    const values = members.map(({ value }) => value);
    const y = joining === 'mean' ? values.reduce((sum, value) => sum + value, 0) / values.length : highest(values);
    const last = members.at(-1)?.second ?? 0;
    const first = members[0]?.second ?? 0;
    const xText =
      first === last ? `second ${formatCount(last)}` : `seconds ${formatCount(first)} to ${formatCount(last)}`;
    points.push({ x: last, y, xText, yText: text(y), afterGap: group !== lastGroup + 1 });
    lastGroup = group;
  }
  return { name, points };
}

export const highest = (values: readonly number[]): number =>
  values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);

export const lowest = (values: readonly number[]): number =>
  values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);

const TIME_UNITS = [
  { name: 'seconds', seconds: 1, upTo: 180 },
  { name: 'minutes', seconds: 60, upTo: 3 * 3600 },
  { name: 'hours', seconds: 3600, upTo: Number.POSITIVE_INFINITY },
] as const;

/** The measurement from its beginning to `lastSecond`. */
export function timeAxis(lastSecond: number): Axis {
  const unit = TIME_UNITS.find(({ upTo }) => lastSecond <= upTo) ?? TIME_UNITS[2];
  const axis = spanAxis(`${unit.name} of the measurement`, [0, Math.max(lastSecond, 1) / unit.seconds], 6, String);
  return { ...axis, place: (second) => axis.place(second / unit.seconds) };
}

/** What a point of a thinned chart stands for, as the end of a heading; empty where it is a second. */
export const joiningNote = (width: number, joining: Joining): string =>
  width === 1 ? '' : ` (${joining} of ${plural(width, 'second')} a point)`;

/** `shard 0: lowest 1,200, mean 1,300, highest 1,400`, for those who do not see the chart. */
export function describeSamples(all: readonly NamedSamples[], text: (value: number) => string): string {
  return all
    .map(({ name, samples }) => {
      if (samples.length === 0) return `${name}: no values`;
      const values = samples.map(({ value }) => value);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      return `${name}: lowest ${text(lowest(values))}, mean ${text(mean)}, highest ${text(highest(values))}`;
    })
    .join('; ');
}
