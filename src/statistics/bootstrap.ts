/**
 * Statistics of repeated measurements, main file of the folder: bootstrap intervals, paired ratios, when to stop repeating,
 * and the verdict. Pure functions that any thread may call; the main thread does, after each pair of runs. They know
 * numbers only: no result, no file, no clock.
 *
 * Intervals are percentile intervals (Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13) of a
 * trimmed mean. Of few samples a plain percentile interval is too short; Hesterberg, "What Teachers Should Know About the
 * Bootstrap" (The American Statistician 69, 2015) moves its percentiles outwards so far that it has the width
 * of Student's interval where samples are normal.
 */
import { assert } from '../assert.ts';
import { normalProbability, studentQuantile } from './distributions.ts';
import { DrawnSets } from './drawn-sets.ts';
import { quantile, trimmedCount } from './location.ts';

/** Enough that the limits move by less than a hundredth of the interval from one seed to the next. */
export const RESAMPLES = 4000;

export interface Interval {
  low: number;
  high: number;
}

export interface BootstrapOptions {
  /** Share of the samples left out at each end, 0 to below 0.5. */
  trimShare: number;
  /** 0.95 is a 95% interval. */
  confidence: number;
  /** Whether the percentiles are moved outwards for few samples. */
  expanded: boolean;
  resamples?: number;
}

/** The percentile interval of the trimmed mean of `samples`, of which there must be at least two. */
export function bootstrapInterval(samples: readonly number[], options: BootstrapOptions): Interval {
  const { trimShare, confidence, expanded, resamples = RESAMPLES } = options;
  assert(samples.length >= 2, 'an interval needs at least two samples');
  const sorted = Float64Array.from(samples).sort();
  const replicates = resampledMeans(sorted, trimShare, resamples).sort();
  const tail = expanded ? expandedTail(samples.length, confidence) : (1 - confidence) / 2;
  return { low: quantile(replicates, tail), high: quantile(replicates, 1 - tail) };
}

/** The tail probability that gives a percentile interval the width of Student's interval. */
export function expandedTail(samples: number, confidence: number): number {
  const quantileOfStudent = studentQuantile(samples - 1, 1 - confidence);
  return normalProbability(-Math.sqrt(samples / (samples - 1)) * quantileOfStudent);
}

/**
 * Trimmed means of samples drawn with replacement. Each set of draws counts twice, the second time with the ranks turned
 * over: with draws that are the same in every comparison, whatever lopsidedness they happen to have would favour the same
 * side in all of them.
 */
function resampledMeans(sorted: Float64Array, trimShare: number, resamples: number): Float64Array {
  const size = sorted.length;
  const trimmed = trimmedCount(size, trimShare);
  const kept = size - 2 * trimmed;
  const draws = new DrawnSets(size, trimmed, Math.ceil(resamples / 2));
  const means = new Float64Array(2 * draws.sets);
  for (let set = 0; set < draws.sets; set++) {
    const first = draws.firstOf(set);
    const { weights } = draws;
    let sum = 0;
    let turnedOver = 0;
    for (let i = 0; i < size; i++) {
      const weight = weights[first + i] as number;
      sum += weight * (sorted[i] as number);
      turnedOver += weight * (sorted[size - 1 - i] as number);
    }
    means[2 * set] = sum / kept;
    means[2 * set + 1] = turnedOver / kept;
  }
  return means;
}
