/**
 * Percentiles of a merged HDR histogram. Runs in the main thread after the measurement; it knows no worker and no report.
 * Percentiles always come from merged histograms: an average of percentiles is a percentile of nothing.
 */
import type { Histogram } from 'hdr-histogram-js';
import type { LatencySummary } from './result.ts';

/**
 * Summary in microseconds, or null for an empty histogram.
 * @param histogram in its JavaScript or WebAssembly form
 * @param unitsPerUs recorded units in a microsecond: 1000 where the histogram holds nanoseconds
 */
export function summarize(histogram: Histogram, unitsPerUs: number): LatencySummary | null {
  if (histogram.totalCount === 0) return null;
  const max = histogram.maxValue;
  // A percentile is the upper end of its slot, which may lie above the largest value recorded.
  const percentile = (percent: number): number => Math.min(histogram.getValueAtPercentile(percent), max) / unitsPerUs;
  return {
    mean: Math.min(histogram.mean, max) / unitsPerUs,
    p50: percentile(50),
    p90: percentile(90),
    p95: percentile(95),
    p99: percentile(99),
    p999: percentile(99.9),
    max: max / unitsPerUs,
  };
}
