/**
 * How many pairs of runs to make: a number given beforehand, or until the interval is narrow enough.
 *
 * Whoever looks after every pair and stops as soon as a difference shows finds differences that are not there: the chance
 * of at least one false look grows with their number. Hence the rule looks at the width of the interval alone, never at
 * the side of 1 it lies on. What is left is that a width that happens to be small stops early (Chow and Robbins, "On the
 * Asymptotic Theory of Fixed-Width Sequential Confidence Intervals", 1965); a minimum of pairs and a nominal confidence
 * above the stated one make up for it.
 */
import { studentQuantile } from './distributions.ts';
import { precisionOf, type RatioEstimate } from './paired-ratio.ts';

export type PairPlan =
  | { kind: 'fixed'; pairs: number }
  /** `precision` 0.02 is plus or minus 2%. */
  | { kind: 'until-precise'; precision: number; pairsMost: number };

/**
 * At which every interval is taken to hold the 95% that it states: the rest pays for the stopping rule, for few pairs, and
 * for tails that are heavier than any assumed.
 */
export const NOMINAL_CONFIDENCE = 0.97;
/** Fewer pairs than this know their own spread too badly to stop by it. */
export const PAIRS_BEFORE_STOP = 8;

export const pairsMostOf = (plan: PairPlan): number => (plan.kind === 'fixed' ? plan.pairs : plan.pairsMost);

/**
 * Whether `pairs` pairs are enough. Only even numbers are: with as many pairs in each order a steady drift cancels.
 * @param estimates called only where they decide; each must be precise enough
 */
export function enoughPairs(plan: PairPlan, pairs: number, estimates: () => readonly RatioEstimate[]): boolean {
  if (pairs >= pairsMostOf(plan)) return true;
  if (plan.kind === 'fixed' || pairs < PAIRS_BEFORE_STOP || pairs % 2 === 1) return false;
  return estimates().every((estimate) => precisionOf(estimate) <= plan.precision);
}

/** Asking for more than this is no advice. */
const PAIRS_WORTH_ASKING = 100_000;

/**
 * How many pairs more the precision is likely to take: the interval's width falls as Student's interval does.
 * @returns at least 1
 */
export function morePairsFor(estimate: RatioEstimate, precision: number): number {
  if (estimate.interval === null) return Math.max(1, PAIRS_BEFORE_STOP - estimate.pairs);
  const spread = precisionOf(estimate) / widthFactor(estimate.pairs);
  let low = estimate.pairs + 1;
  let high = PAIRS_WORTH_ASKING;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (spread * widthFactor(middle) <= precision) high = middle;
    else low = middle + 1;
  }
  return even(low) - estimate.pairs;
}

const widthFactor = (pairs: number): number =>
  studentQuantile(pairs - 1, 1 - NOMINAL_CONFIDENCE) / Math.sqrt(pairs - 1);

const even = (pairs: number): number => pairs + (pairs % 2);
