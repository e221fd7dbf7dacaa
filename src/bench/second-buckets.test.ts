import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { percentileOf, SecondBuckets } from './second-buckets.ts';

const latencies = fc.array(
  fc.oneof(
    fc.integer({ min: 0, max: 200 }),
    fc.integer({ min: 0, max: 5e6 }),
    fc.integer({ min: 0, max: 2 ** 41 - 1 }),
  ),
  { minLength: 1, maxLength: 200 },
);

describe('SecondBuckets', () => {
  it('gives the percentiles of several workers together within 0.8%', () => {
    fc.assert(
      fc.property(
        fc.array(latencies, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 100 }),
        (workers, p) => {
          const sparse = workers.map((values) => {
            const buckets = new SecondBuckets();
            for (const value of values) buckets.add(value);
            return buckets.take();
          });
          const sorted = workers.flat().sort((a, b) => a - b);
          const truth = sorted[Math.ceil((p / 100) * sorted.length) - 1];
          const measured = percentileOf(sparse, p) as number;
          expect(Math.abs(measured - truth)).toBeLessThanOrEqual(truth * 0.008 + 0.5);
        },
      ),
    );
  });

  it('starts each second anew, and has no percentile of nothing', () => {
    const buckets = new SecondBuckets();
    buckets.add(1000);
    expect(buckets.take().counts).toEqual([1]);
    expect(buckets.take()).toEqual({ buckets: [], counts: [] });
    expect(percentileOf([buckets.take()], 50)).toBeNull();
  });

  it('counts what is too long in the last bucket', () => {
    const buckets = new SecondBuckets();
    buckets.add(3.6e12);
    expect(percentileOf([buckets.take()], 50)).toBeGreaterThan(2e12);
  });
});
