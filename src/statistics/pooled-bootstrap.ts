/**
 * Bootstrap of a figure that is made of several groups of repeated measurements, where each group is too small to know its
 * own spread: the deviations from the groups' means are pooled (Davison and Hinkley, "Bootstrap Methods and their
 * Application", 1997, section 6.2 and 3.2), stretched for the degree of freedom that each mean took, and drawn anew around
 * each mean. It holds where all groups have about the same spread, which logarithms of throughput have.
 */
import { assert } from '../assert.ts';
import { normalProbability, studentQuantile } from './distributions.ts';
import { seededUniform } from './random.ts';

/** Limits may be infinite where the figure is. */
export interface PooledInterval {
  low: number;
  high: number;
}

export const POOLED_RESAMPLES = 1000;
const RESAMPLING_SEED = 20_070_601;

/** Measurements beyond one in each group: what is known of the spread. */
export const pooledFreedom = (groups: readonly (readonly number[])[]): number =>
  groups.reduce((sum, group) => sum + Math.max(0, group.length - 1), 0);

/**
 * Draws all groups anew.
 * @returns `statistic` of each redrawing; none where no group has two measurements
 */
export function pooledReplicates<Statistic>(
  groups: readonly (readonly number[])[],
  statistic: (groups: readonly (readonly number[])[]) => Statistic,
  resamples: number = POOLED_RESAMPLES,
): Statistic[] {
  const means = groups.map((group) => group.reduce((sum, value) => sum + value, 0) / group.length);
  const deviations = groups.flatMap((group, i) =>
    group.length < 2
      ? []
      : group.map((value) => (value - (means[i] as number)) * Math.sqrt(group.length / (group.length - 1))),
  );
  if (deviations.length === 0) return [];
  const uniform = seededUniform(RESAMPLING_SEED);
  const drawn = (): number => deviations[Math.floor(uniform() * deviations.length)] as number;
  return Array.from({ length: resamples }, () =>
    statistic(groups.map((group, i) => group.map(() => (means[i] as number) + drawn()))),
  );
}

/**
 * The percentile interval of replicates, its percentiles moved outwards to Student's: the spread is known from `freedom`
 * measurements only.
 */
export function pooledInterval(replicates: readonly number[], freedom: number, confidence: number): PooledInterval {
  assert(replicates.length > 0 && freedom >= 1, 'an interval needs replicates');
  const sorted = Float64Array.from(replicates).sort();
  const tail = normalProbability(-studentQuantile(freedom, 1 - confidence));
  // By rank, since nothing lies between a number and infinity.
  const low = Math.floor(tail * (sorted.length - 1));
  return { low: sorted[low] as number, high: sorted[sorted.length - 1 - low] as number };
}
