import fc from 'fast-check';
import { build } from 'hdr-histogram-js';
import { describe, expect, it } from 'vitest';
import { latencyCurve, MOST_CURVE_POINTS } from './latency-curve.ts';
import { summarize } from './latency-summary.ts';

function histogramOf(values: readonly number[], weight = 1) {
  const histogram = build({ bitBucketSize: 64, highestTrackableValue: 3.6e12, numberOfSignificantValueDigits: 3 });
  for (const value of values) histogram.recordValueWithCount(value, weight);
  return histogram;
}

const LATENCIES = fc.array(fc.integer({ min: 0, max: 1e12 }), { minLength: 1, maxLength: 200 });

describe('latencyCurve', () => {
  it('has no points without values, and one value as all of them', () => {
    expect(latencyCurve(histogramOf([]), 1000)).toEqual([]);
    expect(latencyCurve(histogramOf([5000]), 1000)).toEqual([
      { percentile: 0, valueUs: 5 },
      { percentile: 100, valueUs: 5 },
    ]);
  });

  it('has the values of the summary at its percentiles, rises, ends at the maximum and stays small', () => {
    fc.assert(
      fc.property(LATENCIES, fc.integer({ min: 1, max: 1e6 }), (values, weight) => {
        const histogram = histogramOf(values, weight);
        const points = latencyCurve(histogram, 1000);
        const summary = summarize(histogram, 1000);
        const at = (percentile: number) => points.find((point) => point.percentile === percentile)?.valueUs;
        const figures = [
          [50, summary?.p50],
          [90, summary?.p90],
          [95, summary?.p95],
          [99, summary?.p99],
          [99.9, summary?.p999],
        ] as const;
        for (const [percentile, value] of figures) expect([undefined, value]).toContain(at(percentile));
        expect(at(100)).toBe(summary?.max);
        expect(points.length).toBeLessThanOrEqual(MOST_CURVE_POINTS);
        for (const [i, point] of points.entries()) {
          expect(point.percentile).toBeGreaterThan(points[i - 1]?.percentile ?? -1);
          expect(point.valueUs).toBeGreaterThanOrEqual(points[i - 1]?.valueUs ?? 0);
        }
      }),
    );
  });

  it('reaches as far into the tail as there are values', () => {
    const last = (count: number) => latencyCurve(histogramOf([1, 2], count / 2), 1).at(-2)?.percentile;
    expect([last(10), last(1000), last(100_000), last(1e9)]).toEqual([90, 99.9, 99.999, 99.9998]);
    expect(latencyCurve(histogramOf([1, 2], 5e8), 1)).toHaveLength(MOST_CURVE_POINTS);
  });
});
