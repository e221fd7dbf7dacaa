import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bootstrapInterval, expandedTail } from './bootstrap.ts';
import { median, quantile, trimmedMean } from './location.ts';
import { seededUniform } from './random.ts';

/** The data set of the comparison below. */
const PUBLISHED = [10, 12, 12.5, 12.5, 13.9, 15, 21, 22, 23, 34, 50, 81, 89, 121, 134, 213];

const plain = { trimShare: 0, confidence: 0.95, expanded: false };

const normal = (uniform: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());

describe('bootstrapInterval', () => {
  it('gives the interval that R publishes for a skewed data set', () => {
    // boot.ci of R's package boot with 1,000,000 resamples, as SciPy's tests of scipy.stats.bootstrap quote it.
    const { low, high } = bootstrapInterval(PUBLISHED, { ...plain, resamples: 200_000 });
    expect(Math.abs(low / 28.86 - 1)).toBeLessThan(0.005);
    expect(Math.abs(high / 84.21 - 1)).toBeLessThan(0.005);
  });

  it('is as wide as Student’s interval where samples are normal and the percentiles are moved outwards', () => {
    const uniform = seededUniform(5);
    const samples = Array.from({ length: 40 }, () => normal(uniform));
    const mean = trimmedMean(samples, 0);
    const variance = samples.reduce((sum, each) => sum + (each - mean) ** 2, 0) / 39;
    const { low, high } = bootstrapInterval(samples, { ...plain, expanded: true, resamples: 100_000 });
    expect((high - low) / 2 / (2.0227 * Math.sqrt(variance / 40))).toBeCloseTo(1, 1);
    // By hand: the normal probability below -sqrt(10/9) x 2.262.
    expect(expandedTail(10, 0.95)).toBeCloseTo(0.0086, 4);
  });

  it('contains the true middle of few samples as often as it says', () => {
    const uniform = seededUniform(6);
    let missed = 0;
    for (let i = 0; i < 1000; i++) {
      const samples = Array.from({ length: 8 }, () => Math.exp(0.03 * normal(uniform)) - 1);
      const options = { trimShare: 0.2, confidence: 0.95, expanded: true, resamples: 600 };
      const { low, high } = bootstrapInterval(samples, options);
      if (low > 0 || high < 0) missed++;
    }
    expect(missed).toBeLessThan(60);
    expect(missed).toBeGreaterThan(15);
  });

  it('lies within the samples, moves and scales with them, and does not look at their order', () => {
    const samples = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 2, maxLength: 30 });
    fc.assert(
      fc.property(samples, fc.integer({ min: -50, max: 50 }), (values, shift) => {
        const options = { trimShare: 0.2, confidence: 0.95, expanded: true, resamples: 200 };
        const { low, high } = bootstrapInterval(values, options);
        expect(low).toBeGreaterThanOrEqual(Math.min(...values) - 1e-9);
        expect(high).toBeLessThanOrEqual(Math.max(...values) + 1e-9);
        expect(low).toBeLessThanOrEqual(high);
        const moved = bootstrapInterval(
          values.toReversed().map((value) => 2 * value + shift),
          options,
        );
        expect(moved.low).toBeCloseTo(2 * low + shift, 6);
        expect(moved.high).toBeCloseTo(2 * high + shift, 6);
      }),
    );
  });
});

describe('location', () => {
  it('is what a calculation by hand gives', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    // Three of sixteen are left out at each end.
    expect(trimmedMean(PUBLISHED, 0.2)).toBeCloseTo(36.14, 10);
    // Hyndman and Fan's type 7, by hand.
    expect([0, 0.25, 0.5, 0.75, 1].map((level) => quantile(PUBLISHED, level))).toEqual([10, 13.55, 22.5, 83, 213]);
  });
});
