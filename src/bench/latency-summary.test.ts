import * as fc from 'fast-check';
import { build, type Histogram, initWebAssemblySync } from 'hdr-histogram-js';
import { describe, expect, it } from 'vitest';
import { summarize } from './latency-summary.ts';

initWebAssemblySync();

function newHistogram(useWebAssembly: boolean): Histogram {
  return build({
    bitBucketSize: 32,
    lowestDiscernibleValue: 1,
    highestTrackableValue: 3.6e12,
    numberOfSignificantValueDigits: 3,
    useWebAssembly,
  });
}

describe.each([
  ['JavaScript', false],
  ['WebAssembly', true],
])('summarize, %s histogram', (_, useWebAssembly) => {
  it('has nothing to say about an empty histogram', () => {
    const histogram = newHistogram(useWebAssembly);
    expect(summarize(histogram, 1000)).toBeNull();
    histogram.destroy();
  });

  it('turns nanoseconds into microseconds', () => {
    const histogram = newHistogram(useWebAssembly);
    for (let us = 1; us <= 1000; us++) histogram.recordValue(us * 1000);
    const summary = summarize(histogram, 1000);
    const expected = { mean: 500.5, p50: 500, p90: 900, p95: 950, p99: 990, p999: 999, max: 1000 };
    for (const [key, value] of Object.entries(expected)) {
      const actual = summary?.[key as keyof typeof expected] as number;
      expect(Math.abs(actual - value) / value, `${key} is ${actual}`).toBeLessThan(0.001);
    }
    histogram.destroy();
  });

  it('shows a single value as every figure', () => {
    const histogram = newHistogram(useWebAssembly);
    histogram.recordValue(1_234_567);
    const summary = summarize(histogram, 1000);
    for (const value of Object.values(summary ?? {})) expect(value).toBeCloseTo(1234.567, 0);
    histogram.destroy();
  });

  it('is within a thousandth of the sorted values, in order and never above the maximum', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 2_000_000_000 }), { minLength: 1, maxLength: 300 }), (values) => {
        const histogram = newHistogram(useWebAssembly);
        for (const value of values) histogram.recordValue(value);
        const summary = summarize(histogram, 1000);
        histogram.destroy();
        if (summary === null) throw new Error('values were recorded');
        const sorted = [...values].sort((a, b) => a - b);
        const exact = (percent: number): number =>
          (sorted[Math.ceil((percent / 100) * sorted.length - 1e-9) - 1] as number) / 1000;
        const pairs: [number, number][] = [
          [summary.p50, exact(50)],
          [summary.p90, exact(90)],
          [summary.p95, exact(95)],
          [summary.p99, exact(99)],
          [summary.p999, exact(99.9)],
          [summary.max, exact(100)],
          [summary.mean, sorted.reduce((sum, value) => sum + value, 0) / sorted.length / 1000],
        ];
        for (const [actual, value] of pairs) expect(Math.abs(actual - value)).toBeLessThanOrEqual(value * 0.001 + 1e-9);
        const ordered = [summary.p50, summary.p90, summary.p95, summary.p99, summary.p999, summary.max];
        expect(ordered).toEqual([...ordered].sort((a, b) => a - b));
        expect(summary.mean).toBeLessThanOrEqual(summary.max);
      }),
      { numRuns: 60 },
    );
  });
});
