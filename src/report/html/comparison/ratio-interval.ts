/** A ratio and its interval as a small picture in a table: what lies left of the line is less than as much. */
import type { MetricComparison } from '../../../compare/comparison.ts';
import { intervalText, ratioText } from '../../comparison-report.ts';
import { formatFixed } from '../../format.ts';
import { type Markup, markup } from '../markup.ts';

const WIDTH = 240;
const HEIGHT = 12;
const LEAST_FACTOR = 1.05;
/** One figure that is all noise must not press the others together: what is beyond this ends at the edge. */
const MOST_FACTOR = 3;

/** Edge of the pictures of one table: they reach from 1 / factor to factor, logarithmically. */
export function scaleOf(metrics: readonly MetricComparison[]): number {
  const values = metrics.flatMap(({ ratio, interval }) =>
    interval === null ? [ratio] : [ratio, interval.low, interval.high],
  );
  const factors = values.filter((value) => value > 0).map((value) => Math.max(value, 1 / value));
  return Math.min(MOST_FACTOR, Math.max(LEAST_FACTOR, ...factors));
}

/** `0.80 .. 1 .. 1.25`, the heading of the pictures. */
export const scaleText = (factor: number): string => `${formatFixed(1 / factor, 2)} .. 1 .. ${formatFixed(factor, 2)}`;

export function renderInterval(metric: MetricComparison, factor: number): Markup {
  const { ratio, interval } = metric;
  const x = (value: number): number => {
    const share = value > 0 ? Math.log(value) / Math.log(factor) : -1;
    return Number((WIDTH / 2 + Math.max(-1, Math.min(1, share)) * (WIDTH / 2 - 4)).toFixed(1));
  };
  const middle = HEIGHT / 2;
  const span = interval === null ? null : markup`<path d="M${x(interval.low)},${middle}H${x(interval.high)}"/>`;
  return markup`<svg class="interval" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${ratioText(ratio)}, interval ${intervalText(metric)}"><path class="one" d="M${WIDTH / 2},0V${HEIGHT}"/>${span}<circle cx="${x(ratio)}" cy="${middle}" r="3.5"/></svg>`;
}
