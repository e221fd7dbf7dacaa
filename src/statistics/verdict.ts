/** What a comparison comes to in words. */
import { morePairsFor } from './pair-plan.ts';
import { precisionOf, type RatioEstimate } from './paired-ratio.ts';

/** Whether more of the measured quantity is good, as of throughput, or bad, as of latency. */
export type Better = 'higher' | 'lower';

export type Verdict =
  | { kind: 'faster' }
  | { kind: 'slower' }
  /** The interval holds 1 and is narrow enough to say that much. */
  | { kind: 'no difference' }
  /** The interval holds 1 and is wide, or there is none. */
  | { kind: 'too noisy'; morePairs: number };

/**
 * What b is beside a.
 * @param precision that an interval around 1 needs to say that there is no difference; 0.02 is plus or minus 2%
 */
export function judge(estimate: RatioEstimate, better: Better, precision: number): Verdict {
  const { interval } = estimate;
  if (interval !== null && (interval.low > 1 || interval.high < 1)) {
    return { kind: interval.low > 1 === (better === 'higher') ? 'faster' : 'slower' };
  }
  if (interval !== null && precisionOf(estimate) <= precision) return { kind: 'no difference' };
  return { kind: 'too noisy', morePairs: morePairsFor(estimate, precision) };
}
