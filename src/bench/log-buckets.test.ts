import * as fc from 'fast-check';
import { build, type Histogram, initWebAssemblySync } from 'hdr-histogram-js';
import { describe, expect, it } from 'vitest';
import { logBuckets } from './log-buckets.ts';
import type { LatencyBucket } from './result.ts';

initWebAssemblySync();

function histogramOf(values: readonly number[], useWebAssembly = false): Histogram {
  const histogram = build({
    bitBucketSize: 64,
    lowestDiscernibleValue: 1,
    highestTrackableValue: 3.6e12,
    numberOfSignificantValueDigits: 3,
    useWebAssembly,
  });
  for (const value of values) histogram.recordValue(value);
  return histogram;
}

const total = (buckets: readonly LatencyBucket[]): number => buckets.reduce((sum, { count }) => sum + count, 0);

describe('logBuckets', () => {
  it('has no buckets for an empty histogram', () => {
    expect(logBuckets(histogramOf([]), 1000)).toEqual([]);
  });

  it('puts values between round edges, empty buckets in the middle included', () => {
    const us = [0.3, 1.1, 1.9, 2, 4.9, 700, 9_999, 12_000];
    const buckets = logBuckets(histogramOf(us.map((value) => value * 1000)), 1000);
    expect(buckets.map(({ fromUs, toUs, count }) => [fromUs, toUs, count])).toEqual([
      [0.2, 0.5, 1],
      [0.5, 1, 0],
      [1, 2, 2],
      [2, 5, 2],
      [5, 10, 0],
      [10, 20, 0],
      [20, 50, 0],
      [50, 100, 0],
      [100, 200, 0],
      [200, 500, 0],
      [500, 1000, 1],
      [1000, 2000, 0],
      [2000, 5000, 0],
      [5000, 10000, 1],
      [10000, 20000, 1],
    ]);
  });

  it('takes finer edges where the values lie closer together, and coarser ones where they do not', () => {
    const edges = (low: number, high: number): number[] =>
      logBuckets(histogramOf([low, high]), 1000).map((b) => b.fromUs);
    expect(edges(1_100, 9_000)).toEqual([1, 1.2, 1.5, 1.7, 2, 2.5, 3, 4, 5, 6, 7, 8.5].slice(0, 12));
    expect(edges(1_000, 900_000)).toHaveLength(18);
    expect(edges(1_000, 900_000).slice(0, 7)).toEqual([1, 1.5, 2, 3, 5, 7, 10]);
    expect(edges(10, 3.5e12)).toHaveLength(12);
  });

  it('has one bucket for one value', () => {
    expect(logBuckets(histogramOf([5_000, 5_000]), 1000)).toEqual([{ fromUs: 5, toUs: 6, count: 2 }]);
  });

  it('counts values of zero apart', () => {
    expect(logBuckets(histogramOf([0, 0, 0]), 1000)).toEqual([{ fromUs: 0, toUs: 0.001, count: 3 }]);
    expect(logBuckets(histogramOf([0, 5_000]), 1000)).toEqual([
      { fromUs: 0, toUs: 5, count: 1 },
      { fromUs: 5, toUs: 6, count: 1 },
    ]);
  });

  it('counts beyond 32 bits', () => {
    const histogram = histogramOf([]);
    histogram.recordValueWithCount(3_000, 6_000_000_000);
    expect(logBuckets(histogram, 1000)).toEqual([{ fromUs: 3, toUs: 4, count: 6_000_000_000 }]);
  });

  it('is the same for the JavaScript and the WebAssembly form', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 2_000_000_000 }), { maxLength: 200 }), (values) => {
        const wasm = histogramOf(values, true);
        expect(logBuckets(wasm, 1000)).toEqual(logBuckets(histogramOf(values), 1000));
        wasm.destroy();
      }),
      { numRuns: 40 },
    );
  });

  it('counts everything, in contiguous buckets, none empty at the ends, and at most twenty-one', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc
            .tuple(fc.double({ min: 0, max: 12, noNaN: true }), fc.nat({ max: 1 }))
            .map(([e, m]) => m * Math.round(10 ** e)),
          { minLength: 1, maxLength: 200 },
        ),
        (values) => {
          const buckets = logBuckets(histogramOf(values), 1000);
          expect(total(buckets)).toBe(values.length);
          expect(buckets.length).toBeLessThanOrEqual(21);
          expect(buckets[0]?.count).toBeGreaterThan(0);
          expect(buckets.at(-1)?.count).toBeGreaterThan(0);
          buckets.forEach((bucket, i) => {
            expect(bucket.toUs).toBeGreaterThan(bucket.fromUs);
            if (i > 0) expect(bucket.fromUs).toBe(buckets[i - 1]?.toUs);
            // A value within a thousandth of an edge may stand on either side.
            const surely = values.filter(
              (v) => v / 1000 > bucket.fromUs * 1.001 && v / 1000 < bucket.toUs * 0.999,
            ).length;
            const possibly = values.filter((v) => v / 1000 >= bucket.fromUs * 0.999 && v / 1000 <= bucket.toUs * 1.001);
            expect(bucket.count).toBeGreaterThanOrEqual(surely);
            expect(bucket.count).toBeLessThanOrEqual(possibly.length);
          });
        },
      ),
      { numRuns: 60 },
    );
  });
});
