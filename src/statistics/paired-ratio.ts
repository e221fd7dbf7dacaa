/** How many times as much one configuration does as another, from pairs of runs that were close to each other in time. */
import { bootstrapInterval, type Interval, RESAMPLES } from './bootstrap.ts';
import { trimmedMean } from './location.ts';

/** Below this there is no interval: the extremes of five samples already miss the middle more often than one time in twenty. */
export const PAIRS_FOR_INTERVAL = 6;

/**
 * The share of the pairs left out at each end. Runs on machines that others use have outliers downwards: the mean would
 * follow them, and the median needs half as many pairs again.
 */
const TRIM_SHARE = 0.2;

/** One measurement of each configuration, both above 0. */
export interface PairedSample {
  a: number;
  b: number;
}

export interface RatioEstimate {
  pairs: number;
  /** b to a: the geometric mean of the pairs' ratios without the lowest and the highest fifth. */
  ratio: number;
  /** Null with fewer than `PAIRS_FOR_INTERVAL` pairs. */
  interval: Interval | null;
}

/**
 * Ratios are averaged as logarithms, so that exchanging a and b turns the ratio and its limits over. The drift of a machine
 * that two neighbouring runs share cancels in each pair.
 * @returns null without a pair, or when a measurement is not above 0
 */
export function pairedRatio(
  samples: readonly PairedSample[],
  confidence: number,
  resamples: number = RESAMPLES,
): RatioEstimate | null {
  if (samples.length === 0 || !samples.every(({ a, b }) => a > 0 && b > 0)) return null;
  const logarithms = samples.map(({ a, b }) => Math.log(b / a)).sort((left, right) => left - right);
  const ratio = Math.exp(trimmedMean(logarithms, TRIM_SHARE));
  if (samples.length < PAIRS_FOR_INTERVAL) return { pairs: samples.length, ratio, interval: null };
  const options = { trimShare: TRIM_SHARE, confidence, expanded: true, resamples };
  const { low, high } = bootstrapInterval(logarithms, options);
  return { pairs: samples.length, ratio, interval: { low: Math.exp(low), high: Math.exp(high) } };
}

/** Half the width of the interval as a share of the ratio: 0.02 is plus or minus 2%. Infinite without an interval. */
export function precisionOf({ ratio, interval }: RatioEstimate): number {
  return interval === null ? Number.POSITIVE_INFINITY : (interval.high - interval.low) / 2 / ratio;
}
