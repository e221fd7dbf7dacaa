/** The normal and Student's distribution, as far as intervals need them. */
import { assert } from '../assert.ts';

/**
 * P(Z <= z) of the standard normal distribution, with a relative error below 1.2e-7 in either tail: the Chebyshev fit of
 * the complementary error function in Press et al., Numerical Recipes, 2nd edition, 6.2.
 */
export function normalProbability(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + x / 2);
  let polynomial = 0;
  for (const coefficient of ERFC_COEFFICIENTS) polynomial = polynomial * t + coefficient;
  const upperTail = (t * Math.exp(-x * x + polynomial)) / 2;
  return z > 0 ? 1 - upperTail : upperTail;
}

/** Highest power first. */
const ERFC_COEFFICIENTS = [
  0.17087277, -0.82215223, 1.48851587, -1.13520398, 0.27886807, -0.18628806, 0.09678418, 0.37409196, 1.00002368,
  -1.26551223,
];

/**
 * The value that Student's t exceeds in absolute terms with probability `twoSided`: Hill, "Algorithm 396: Student's
 * t-quantiles", CACM 13 (1970), exact for 1 and 2 degrees of freedom and good to about six digits from 5 on, which is
 * where intervals begin.
 */
export function studentQuantile(degreesOfFreedom: number, twoSided: number): number {
  assert(degreesOfFreedom >= 1 && twoSided > 0 && twoSided < 1, 'a quantile needs freedom and a probability');
  const n = degreesOfFreedom;
  if (n === 2) return Math.sqrt(2 / (twoSided * (2 - twoSided)) - 2);
  if (n === 1) return 1 / Math.tan((twoSided * Math.PI) / 2);
  const a = 1 / (n - 0.5);
  const b = 48 / (a * a);
  let c = ((20700 * a) / b - 98) * a - 16;
  c = c * a + 96.36;
  const d = ((94.5 / (b + c) - 3) / b + 1) * Math.sqrt((a * Math.PI) / 2) * n;
  let y = (d * twoSided) ** (2 / n);
  if (y > 0.05 + a) {
    const x = normalQuantile(twoSided / 2);
    y = x * x;
    if (n < 5) c += 0.3 * (n - 4.5) * (x + 0.6);
    c = (((0.05 * d * x - 5) * x - 7) * x - 2) * x + b + c;
    y = (((((0.4 * y + 6.3) * y + 36) * y + 94.5) / c - y - 3) / b + 1) * x;
    y = Math.expm1(a * y * y);
  } else {
    y =
      ((1 / (((n + 6) / (n * y) - 0.089 * d - 0.822) * (n + 2) * 3) + 0.5 / (n + 4)) * y - 1) * ((n + 1) / (n + 2)) +
      1 / y;
  }
  return Math.sqrt(n * y);
}

/** The z below which the standard normal falls with `probability`, by halving; to 1e-12. */
export function normalQuantile(probability: number): number {
  assert(probability > 0 && probability < 1, 'a quantile needs a probability');
  let low = -40;
  let high = 40;
  while (high - low > 1e-12) {
    const middle = (low + high) / 2;
    if (normalProbability(middle) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
