/**
 * A merged HDR histogram as points of its distribution, for drawing it over a logarithmic percentile axis. Runs in the main
 * thread after the measurement; it knows no report.
 */
import type { Histogram } from 'hdr-histogram-js';
import type { LatencyPoint } from './result.ts';

/** Below 90, where a tenth of the transactions is a small step. */
const BULK_PERCENTILES = [0, 10, 20, 30, 40, 50, 60, 70, 75, 80, 85];
/** Steps from one nine to the next: 90 to 98, then 99 to 99.8, and so on. */
const TAIL_STEPS = [0, 2, 4, 5, 6, 7, 8];
/** Nines of the last decade: up to 99.9998. */
const MOST_NINES = 5;

const PERCENTILES: readonly number[] = [
  ...BULK_PERCENTILES,
  ...Array.from({ length: MOST_NINES }, (_, i) => i + 1).flatMap((nines) =>
    // Parsed, not computed: the summary asks for exactly 99.9.
    TAIL_STEPS.map((step) => Number((100 - (10 - step) / 10 ** (nines - 1)).toFixed(nines))),
  ),
];

/** One value, in hundredths of it; a little less, since 100 - 99.9 is not quite 0.1. */
const ONE_VALUE_PCT = 100 * (1 - 1e-9);

/** So many points a curve has at most, the maximum counted. */
export const MOST_CURVE_POINTS = PERCENTILES.length + 1;

/**
 * Points in microseconds with ascending percentiles, the last of them the maximum at 100; none for an empty histogram.
 * Percentiles beyond the last value but one are left out: the maximum says it all. A point at a percentile of the
 * `LatencySummary` has exactly its value.
 * @param histogram in its JavaScript or WebAssembly form
 * @param unitsPerUs recorded units in a microsecond: 1000 where the histogram holds nanoseconds
 */
export function latencyCurve(histogram: Histogram, unitsPerUs: number): LatencyPoint[] {
  const count = histogram.totalCount;
  if (count === 0) return [];
  const max = histogram.maxValue;
  const supported = PERCENTILES.filter((percentile) => count * (100 - percentile) >= ONE_VALUE_PCT);
  const points = supported.map((percentile) => ({
    percentile,
    valueUs: Math.min(histogram.getValueAtPercentile(percentile), max) / unitsPerUs,
  }));
  return [...points, { percentile: 100, valueUs: max / unitsPerUs }];
}
