import { describe, expect, it } from 'vitest';
import { enoughPairs, morePairsFor, NOMINAL_CONFIDENCE, type PairPlan, pairsMostOf } from './pair-plan.ts';
import { PAIRS_FOR_INTERVAL, type PairedSample, pairedRatio, precisionOf, type RatioEstimate } from './paired-ratio.ts';
import { type Noise, noisyMachine } from './testing/noisy-machine.ts';
import { judge, type Verdict } from './verdict.ts';

const TRIES = 2000;
/** Fewer than a comparison takes, for time; the limits of an interval are less exact, on either side alike. */
const RESAMPLES = 500;
const PRECISION = 0.02;

const QUIET: Noise = { spread: 0.02, drifts: false, disturbed: 0 };
const DRIFTING: Noise = { spread: 0.02, drifts: true, disturbed: 0 };
const DISTURBED: Noise = { spread: 0.02, drifts: true, disturbed: 0.05 };
const NOISY: Noise = { spread: 0.05, drifts: true, disturbed: 0.05 };

const UNTIL_PRECISE: PairPlan = { kind: 'until-precise', precision: PRECISION, pairsMost: 40 };
const TEN_PAIRS: PairPlan = { kind: 'fixed', pairs: 10 };

interface Compared {
  verdict: Verdict;
  estimate: RatioEstimate;
}

/** Compares in the order A B B A, as the product does, a machine on which b does `ratio` times what a does. */
function compare(seed: number, noise: Noise, ratio: number, plan: PairPlan): Compared {
  const run = noisyMachine(seed, noise);
  const samples: PairedSample[] = [];
  let latest: RatioEstimate | null = null;
  const estimateOf = (): RatioEstimate => {
    if (latest?.pairs !== samples.length) latest = pairedRatio(samples, NOMINAL_CONFIDENCE, RESAMPLES) as RatioEstimate;
    return latest;
  };
  do {
    if (samples.length % 2 === 0) {
      const a = run(1000);
      samples.push({ a, b: run(1000 * ratio) });
    } else {
      const b = run(1000 * ratio);
      samples.push({ a: run(1000), b });
    }
  } while (!enoughPairs(plan, samples.length, () => [estimateOf()]));
  const estimate = estimateOf();
  return { verdict: judge(estimate, 'higher', PRECISION), estimate };
}

function countVerdicts(noise: Noise, ratio: number, plan: PairPlan, tries = TRIES): Record<Verdict['kind'], number> {
  const counts = { faster: 0, slower: 0, 'no difference': 0, 'too noisy': 0 };
  for (let seed = 0; seed < tries; seed++) counts[compare(seed, noise, ratio, plan).verdict.kind]++;
  return counts;
}

describe('a configuration compared with itself', () => {
  it.each([
    ['a quiet machine, until precise', QUIET, UNTIL_PRECISE],
    ['a drifting machine, until precise', DRIFTING, UNTIL_PRECISE],
    ['a drifting and disturbed machine, until precise', DISTURBED, UNTIL_PRECISE],
    ['a noisy machine, until precise or forty pairs', NOISY, UNTIL_PRECISE],
    ['a drifting and disturbed machine, ten pairs', DISTURBED, TEN_PAIRS],
    ['a quiet machine, forty pairs', QUIET, { kind: 'fixed', pairs: 40 }],
  ] satisfies [string, Noise, PairPlan][])('differs in at most 100 of 2000 tries on %s', (_, noise, plan) => {
    const counts = countVerdicts(noise, 1, plan);
    expect(counts.faster + counts.slower).toBeLessThanOrEqual(100);
    // Neither side is favoured: of 70 tries the difference has a standard deviation of 8.
    expect(Math.abs(counts.faster - counts.slower)).toBeLessThan(30);
  });

  it('would differ more often if the rule stopped at the first difference it sees', () => {
    let differences = 0;
    // Forty are found long before; the tries after that would show nothing more.
    for (let seed = 0; seed < 500 && differences <= 40; seed++) {
      const run = noisyMachine(seed, DRIFTING);
      const samples: PairedSample[] = [];
      while (samples.length < 40) {
        samples.push({ a: run(1000), b: run(1000) });
        const estimate = pairedRatio(samples, NOMINAL_CONFIDENCE, RESAMPLES) as RatioEstimate;
        const { kind } = judge(estimate, 'higher', PRECISION);
        if (kind === 'faster' || kind === 'slower') {
          differences++;
          break;
        }
      }
    }
    expect(differences).toBeGreaterThan(40);
  });
});

describe('a difference of 10%', () => {
  it.each([
    ['slower', 0.9, DRIFTING],
    ['faster', 1.1, DRIFTING],
    ['slower', 0.9, DISTURBED],
  ] as const)('is called %s once the interval is narrow enough', (expected, ratio, noise) => {
    const counts = countVerdicts(noise, ratio, UNTIL_PRECISE, 500);
    expect(counts[expected]).toBeGreaterThan(0.99 * 500);
  });

  it('is found with the pairs that a comparison asks for which was too noisy', () => {
    let asked = 0;
    let found = 0;
    for (let seed = 0; seed < TRIES; seed++) {
      const few = { kind: 'fixed' as const, pairs: 4 + 2 * (seed % 4) };
      const { verdict, estimate } = compare(seed, NOISY, 0.9, few);
      if (verdict.kind !== 'too noisy') continue;
      asked++;
      // Who is told only how many pairs an interval takes has to ask again.
      const first = { ...few, pairs: few.pairs + verdict.morePairs };
      let again = compare(TRIES + seed, NOISY, 0.9, first);
      if (estimate.interval === null && again.verdict.kind === 'too noisy') {
        const second = { ...first, pairs: first.pairs + again.verdict.morePairs };
        again = compare(2 * TRIES + seed, NOISY, 0.9, second);
      }
      if (again.verdict.kind === 'slower') found++;
    }
    expect(asked).toBeGreaterThan(TRIES / 4);
    expect(found).toBeGreaterThan(0.97 * asked);
  });
});

describe('the interval', () => {
  it('holds the true ratio as often as it says, the stopping rule included', () => {
    let missed = 0;
    for (let seed = 0; seed < TRIES; seed++) {
      const { interval } = compare(seed, DISTURBED, 1.3, UNTIL_PRECISE).estimate;
      if (interval === null || interval.low > 1.3 || interval.high < 1.3) missed++;
    }
    expect(missed).toBeLessThanOrEqual(0.05 * TRIES);
  });

  it('turns over when the sides change places', () => {
    const run = noisyMachine(3, NOISY);
    const samples = Array.from({ length: 12 }, () => ({ a: run(1), b: run(2) }));
    const one = pairedRatio(samples, 0.95) as RatioEstimate;
    const other = pairedRatio(
      samples.map(({ a, b }) => ({ a: b, b: a })),
      0.95,
    ) as RatioEstimate;
    expect(other.ratio).toBeCloseTo(1 / one.ratio, 12);
    expect(other.interval?.low).toBeCloseTo(1 / (one.interval?.high ?? 0), 9);
  });

  it('needs six pairs, and measurements above 0', () => {
    const pair = { a: 10, b: 20 };
    expect(pairedRatio([], 0.95)).toBeNull();
    expect(pairedRatio([pair, { a: 0, b: 1 }], 0.95)).toBeNull();
    expect(pairedRatio(Array(PAIRS_FOR_INTERVAL - 1).fill(pair), 0.95)?.interval).toBeNull();
    const estimate = pairedRatio(Array(PAIRS_FOR_INTERVAL).fill(pair), 0.95) as RatioEstimate;
    expect(estimate.ratio).toBeCloseTo(2, 12);
    expect(precisionOf(estimate)).toBeCloseTo(0, 12);
  });
});

describe('judge', () => {
  const estimate = (low: number, high: number): RatioEstimate => ({
    pairs: 10,
    ratio: (low + high) / 2,
    interval: { low, high },
  });

  it.each([
    [1.01, 1.03, 'higher', 'faster'],
    [1.01, 1.03, 'lower', 'slower'],
    [0.97, 0.99, 'higher', 'slower'],
    [0.97, 0.99, 'lower', 'faster'],
    [0.99, 1.01, 'higher', 'no difference'],
    [1, 1.01, 'lower', 'no difference'],
    [0.9, 1.2, 'higher', 'too noisy'],
    [0.5, 0.9, 'higher', 'slower'],
  ] as const)('calls %d to %d, %s being better, %s', (low, high, better, expected) => {
    expect(judge(estimate(low, high), better, PRECISION).kind).toBe(expected);
  });

  it('asks for more pairs the wider the interval is, and for enough to have one', () => {
    const more = (width: number) => morePairsFor(estimate(1 - width, 1 + width), 0.02);
    // By hand: 30 pairs have half the factor 2.57 / sqrt(9) of 10.
    expect(more(0.04)).toBeGreaterThanOrEqual(18);
    expect(more(0.04)).toBeLessThanOrEqual(22);
    expect(more(0.08)).toBeGreaterThan(3 * more(0.04));
    expect(morePairsFor({ pairs: 1, ratio: 1, interval: null }, 0.02)).toBe(7);
  });
});

describe('enoughPairs', () => {
  const narrow: RatioEstimate = { pairs: 8, ratio: 1, interval: { low: 0.99, high: 1.01 } };
  const wide: RatioEstimate = { pairs: 8, ratio: 1, interval: { low: 0.9, high: 1.1 } };

  it('stops at an even number of at least eight pairs, when every interval is narrow, or at the most', () => {
    const enough = (pairs: number, ...estimates: RatioEstimate[]) => enoughPairs(UNTIL_PRECISE, pairs, () => estimates);
    expect([6, 7, 8, 9, 10].map((pairs) => enough(pairs, narrow))).toEqual([false, false, true, false, true]);
    expect(enough(8, narrow, wide)).toBe(false);
    expect(enough(40, wide)).toBe(true);
    expect(pairsMostOf(TEN_PAIRS)).toBe(10);
    expect([9, 10].map((pairs) => enoughPairs(TEN_PAIRS, pairs, () => [wide]))).toEqual([false, true]);
  });
});
