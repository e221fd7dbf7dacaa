/** Where the middle of a few samples lies. */
import { assert } from '../assert.ts';

/** The middle sample, or the mean of the middle two. */
export function median(samples: readonly number[]): number {
  assert(samples.length > 0, 'a median needs samples');
  const sorted = samples.toSorted((left, right) => left - right);
  const middle = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[middle] as number;
  return ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

/** How many samples at each end a trimmed mean leaves out. */
export const trimmedCount = (samples: number, trimShare: number): number => Math.floor(samples * trimShare);

/**
 * The mean without the lowest and the highest `trimShare` of the samples (0 to below 0.5).
 * @param sorted ascending
 */
export function trimmedMean(sorted: ArrayLike<number>, trimShare: number): number {
  const trimmed = trimmedCount(sorted.length, trimShare);
  const kept = sorted.length - 2 * trimmed;
  assert(kept > 0, 'a trimmed mean needs samples');
  let sum = 0;
  for (let i = trimmed; i < trimmed + kept; i++) sum += sorted[i] as number;
  return sum / kept;
}

/**
 * The quantile at `level` (0 to 1), interpolated between the two nearest samples (Hyndman and Fan 1996, type 7).
 * @param sorted ascending
 */
export function quantile(sorted: ArrayLike<number>, level: number): number {
  assert(sorted.length > 0 && level >= 0 && level <= 1, 'a quantile needs samples and a level from 0 to 1');
  const position = level * (sorted.length - 1);
  const below = Math.floor(position);
  const low = sorted[below] as number;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] as number;
  return low + (position - below) * (high - low);
}
