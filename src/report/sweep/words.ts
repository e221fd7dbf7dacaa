/** Figures of sweeps in words, as every report of a sweep has them. */
import { SHARDS_AXIS } from '../../sweep/axes.ts';
import type {
  Axis,
  AxisValues,
  Crossover,
  Limits,
  MaxRate,
  ScalabilityFit,
  SweepPoint,
  SweepResult,
} from '../../sweep/sweep.ts';
import { formatFixed, formatLatency, formatRate, NO_VALUE, plural } from '../format.ts';

export const rateText = (tps: number | null | undefined): string =>
  tps === null || tps === undefined ? NO_VALUE : `${formatRate(tps)} tx/s`;

export const latencyText = (us: number | null | undefined): string =>
  us === null || us === undefined ? NO_VALUE : formatLatency(us);

/** A figure in the unit of a threshold. */
export function figureText(value: number | null, unit: string): string {
  if (value === null) return NO_VALUE;
  if (unit === 'us') return formatLatency(value);
  return `${formatRate(value)}${unit === 'count' ? '' : unit === '%' ? '%' : ` ${unit}`}`;
}

/** `0.0277`: coefficients are small. */
export const coefficientText = (value: number): string => (value === 0 ? '0' : String(Number(value.toPrecision(3))));

/** `shards=2 num-threads=1`, or nothing. */
export const valuesText = (values: AxisValues): string =>
  Object.entries(values)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');

/** Heading of the fit: `Scalability over shards at num-threads 2`. */
export function fitTitle({ axis, values }: ScalabilityFit): string {
  const where = valuesText(values);
  return `Scalability over ${axis}${where === '' ? '' : ` at ${where}`}`;
}

/** Names, values and intervals of the coefficients. */
export function fitRows(fit: ScalabilityFit): [name: string, value: string, interval: string][] {
  const { lambda, sigma, kappa, peakN, peakTps, intervals, axis } = fit;
  const noun = axis === SHARDS_AXIS ? 'shards' : 'threads a shard';
  const interval = (limits: Limits | undefined, text: (value: number) => string, beyond: string): string =>
    limits === undefined ? 'needs repeated runs' : limitsText(limits, text, beyond);
  return [
    ['lambda, throughput of one', rateText(lambda), interval(intervals?.lambda, rateText, '')],
    ['sigma, not done side by side', coefficientText(sigma), interval(intervals?.sigma, coefficientText, '')],
    ['kappa, agreement of each pair', coefficientText(kappa), interval(intervals?.kappa, coefficientText, '')],
    [
      'point of diminishing return',
      peakN === null ? 'none' : `${countText(peakN)} ${noun}`,
      interval(intervals?.peakN, countText, 'none'),
    ],
    [
      peakN === null ? 'limit of the throughput' : 'throughput there',
      peakTps === null ? 'none' : rateText(peakTps),
      '',
    ],
    ['R squared', formatFixed(fit.rSquared, 3), ''],
  ];
}

/** `12.3 to 45.6`; a missing upper limit is `beyond`. */
const limitsText = ({ low, high }: Limits, text: (value: number) => string, beyond: string): string =>
  low === null && high === null
    ? beyond
    : `${low === null ? beyond : text(low)} to ${high === null ? beyond : text(high)}`;

const countText = (n: number): string => formatFixed(n, n < 100 ? 1 : 0);

/** `4 shards are no faster than one from remote-item-pct 37.2 on (31.0 to 44.8)`. */
export function crossoverText(crossover: Crossover): string {
  const { axis, shards, values, verdict, sharePct, interval, measured } = crossover;
  const where = valuesText(values);
  const subject = `${where === '' ? '' : `At ${where}: `}${shards} shards`;
  const lowest = measured[0]?.sharePct ?? 0;
  const highest = measured.at(-1)?.sharePct ?? 0;
  const ends = `${pctText(lowest)} to ${pctText(highest)}`;
  const text = (pct: number | null, beyond: string): string => (pct === null ? beyond : pctText(pct));
  const limits =
    interval === null
      ? 'one run of each, so no interval'
      : interval.low === null && interval.high === null
        ? `95% interval: beyond what was measured`
        : `95% interval: ${text(interval.low, `below ${pctText(lowest)}`)} to ${text(interval.high, `above ${pctText(highest)}`)}`;
  switch (verdict) {
    case 'crossing':
      return `${subject} are no faster than one from ${axis} ${pctText(sharePct ?? 0)} on (${limits})`;
    case 'faster at every share':
      return `${subject} are faster than one at every ${axis} measured, ${ends}${uncertain(interval, limits)}`;
    case 'faster at no share':
      return `${subject} are faster than one at no ${axis} measured, ${ends}${uncertain(interval, limits)}`;
  }
}

/** An interval with an end inside what was measured says that the verdict is not certain. */
const uncertain = (interval: Limits | null, limits: string): string =>
  interval === null
    ? ' (one run of each)'
    : interval.low === null && interval.high === null
      ? ''
      : ` (but a crossing is not excluded; ${limits})`;

const pctText = (pct: number): string => `${Number(pct.toPrecision(3))}%`;

/** `between 12,500 tx/s, which holds, and 13,000 tx/s, which does not`. */
export function edgesText({ low, high, isSettled }: Pick<MaxRate, 'low' | 'high' | 'isSettled'>): string {
  const unfinished = isSettled || low === null || high === null ? '' : '; not settled';
  if (low === null && high === null) return 'no rate was tried';
  if (low === null) return `no rate holds; ${rateText(high)} does not`;
  if (high === null) return `${rateText(low)} holds; none that does not was found`;
  return `the highest rate lies between ${rateText(low)}, which holds, and ${rateText(high)}, which does not${unfinished}`;
}

/** How many times the throughput of the first point; null without runs of both. */
export function besideFirst(points: readonly SweepPoint[], point: SweepPoint): number | null {
  const [first] = points;
  const [own, its] = [point.median['throughput'], first?.median['throughput']];
  return own === undefined || its === undefined || its === 0 ? null : own / its;
}

/** `shards 1, 2, 4; transport shm, tcp`. */
export const axesText = (axes: readonly Axis[]): string =>
  axes.map(({ name, values }) => `${name} ${values.join(', ')}`).join('; ');

/** The machine of the runs. */
export const hostText = ({ cpu, cores, node, platform }: SweepResult['host']): string =>
  `${cpu}, ${plural(cores, 'core')}, Node ${node.replace(/^v/, '')}, ${platform}`;
