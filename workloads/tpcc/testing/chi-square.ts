/** Pearson's chi-square test of observed counts, for tests with fixed seeds. */

/** Standard normal quantile of the bound: a sound generator stays within it in 99.997% of the seeds. */
const BOUND_SIGMAS = 4;

/** Sum of (observed - expected)^2 / expected; cells that are expected to be empty must be empty. */
export function chiSquare(observed: ArrayLike<number>, expected: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < observed.length; i++) {
    const difference = observed[i] - expected[i];
    if (difference !== 0) sum += (difference * difference) / expected[i];
  }
  return sum;
}

/** Upper bound of chi-square with so many degrees of freedom (Wilson and Hilferty, 1931). */
export function chiSquareBound(degreesOfFreedom: number): number {
  const spread = 2 / (9 * degreesOfFreedom);
  return degreesOfFreedom * (1 - spread + BOUND_SIGMAS * Math.sqrt(spread)) ** 3;
}

/** Whether the counts fit the expected shares, which need not add up to one. */
export function fits(observed: ArrayLike<number>, shares: ArrayLike<number>): boolean {
  const total = Array.from(observed).reduce((sum, count) => sum + count, 0);
  const whole = Array.from(shares).reduce((sum, share) => sum + share, 0);
  const expected = Array.from(shares, (share) => (share / whole) * total);
  const cells = expected.filter((count) => count > 0).length;
  return chiSquare(observed, expected) < chiSquareBound(cells - 1);
}

/** Whether all values are equally likely. */
export function fitsUniform(observed: ArrayLike<number>): boolean {
  return fits(observed, new Float64Array(observed.length).fill(1));
}

/** Counts of the whole numbers low..high in `values`; anything else throws. */
export function countWithin(values: Iterable<number>, low: number, high: number): Int32Array {
  const counts = new Int32Array(high - low + 1);
  for (const value of values) {
    if (!Number.isInteger(value) || value < low || value > high) throw new Error(`${value} is not in ${low}..${high}`);
    counts[value - low]++;
  }
  return counts;
}

/** Sums of so many neighbouring counts each; the last cell takes what is left. */
export function binned(counts: ArrayLike<number>, bins: number): Float64Array {
  const sums = new Float64Array(bins);
  for (let i = 0; i < counts.length; i++) sums[Math.min(bins - 1, Math.floor((i * bins) / counts.length))] += counts[i];
  return sums;
}
