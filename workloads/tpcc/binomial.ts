/**
 * Probabilities of the binomial and the normal distribution, for verdicts on drawn input. Pure functions; the main thread
 * calls them once after a run. They know no TPC-C.
 *
 * Probabilities follow Loader, "Fast and Accurate Computation of Binomial Probabilities" (2000): a saddle-point form whose
 * error stays near machine precision for any number of trials, where differences of log-gammas lose digits. Tails are summed
 * term by term outwards; a tail has a few standard deviations' worth of terms, so a thousand million trials are still quick
 * and no normal approximation is needed.
 */
import { assert } from '../../src/assert.ts';

/** ln(n!) - ln(sqrt(2 pi n) (n/e)^n) for n = 0..15, from exact factorials; the series below holds from 16. */
const SMALL_STIRLING_ERRORS = Array.from({ length: 16 }, (_, n) => {
  let factorial = 1;
  for (let i = 2; i <= n; i++) factorial *= i;
  return n === 0 ? 0 : Math.log(factorial) - (0.5 * Math.log(2 * Math.PI * n) + n * Math.log(n) - n);
});

/** Error of Stirling's formula for ln(n!). */
function stirlingError(n: number): number {
  if (n < 16) return SMALL_STIRLING_ERRORS[n] as number;
  const square = n * n;
  return (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - 1 / 1188 / square) / square) / square) / square) / n;
}

/** Deviance x ln(x/mean) + mean - x, without cancellation where x is near the mean. */
function deviance(x: number, mean: number): number {
  const difference = x - mean;
  if (Math.abs(difference) >= 0.1 * (x + mean)) return x * Math.log(x / mean) - difference;
  const v = difference / (x + mean);
  let sum = difference * v;
  let power = 2 * x * v;
  for (let j = 1; ; j++) {
    power *= v * v;
    const next = sum + power / (2 * j + 1);
    if (next === sum) return sum;
    sum = next;
  }
}

function assertBinomial(trials: number, probability: number): void {
  assert(Number.isSafeInteger(trials) && trials >= 0, `trials must be a whole number, got ${trials}`);
  assert(probability >= 0 && probability <= 1, `probability must lie in 0..1, got ${probability}`);
}

/** P(X = successes) for X ~ Binomial(trials, probability). */
export function binomialProbability(successes: number, trials: number, probability: number): number {
  assertBinomial(trials, probability);
  if (successes < 0 || successes > trials || !Number.isInteger(successes)) return 0;
  if (probability === 0) return successes === 0 ? 1 : 0;
  if (probability === 1) return successes === trials ? 1 : 0;
  if (successes === 0) return Math.exp(trials * Math.log1p(-probability));
  if (successes === trials) return Math.exp(trials * Math.log(probability));
  const failures = trials - successes;
  const exponent =
    stirlingError(trials) -
    stirlingError(successes) -
    stirlingError(failures) -
    deviance(successes, trials * probability) -
    deviance(failures, trials * (1 - probability));
  // Multiplied in an order that cannot overflow, however many trials there are.
  return Math.exp(exponent) * Math.sqrt(trials / successes / (2 * Math.PI * failures));
}

/** Sum of probabilities from `from` outwards; only for a tail that does not contain the mean. */
function tail(from: number, trials: number, probability: number, step: 1 | -1): number {
  const odds = probability / (1 - probability);
  let term = binomialProbability(from, trials, probability);
  let sum = 0;
  for (let x = from; term > sum * 1e-17; x += step) {
    sum += term;
    term *= step === 1 ? ((trials - x) / (x + 1)) * odds : x / (trials - x + 1) / odds;
  }
  return sum;
}

/** P(X <= successes) for X ~ Binomial(trials, probability). */
export function binomialAtMost(successes: number, trials: number, probability: number): number {
  assertBinomial(trials, probability);
  if (successes < 0) return 0;
  if (successes >= trials) return 1;
  if (probability === 0) return 1;
  if (probability === 1) return 0;
  return successes < trials * probability
    ? Math.min(1, tail(successes, trials, probability, -1))
    : Math.max(0, 1 - tail(successes + 1, trials, probability, 1));
}

/** P(X >= successes) for X ~ Binomial(trials, probability). */
export function binomialAtLeast(successes: number, trials: number, probability: number): number {
  return binomialAtMost(trials - successes, trials, 1 - probability);
}

/**
 * P-value of the exact two-sided binomial test: the probability, under `probability`, of an outcome that is no likelier
 * than the observed one (the definition that R's `binom.test` uses).
 */
export function binomialTest(successes: number, trials: number, probability: number): number {
  assertBinomial(trials, probability);
  assert(Number.isInteger(successes) && successes >= 0 && successes <= trials, 'successes must lie in 0..trials');
  if (probability === 0) return successes === 0 ? 1 : 0;
  if (probability === 1) return successes === trials ? 1 : 0;
  const mean = trials * probability;
  if (successes === mean) return 1;
  // Outcomes as likely as the observed one count as "no likelier" in spite of rounding.
  const bound = binomialProbability(successes, trials, probability) * (1 + 1e-7);
  const noLikelier = (x: number): boolean => binomialProbability(x, trials, probability) <= bound;
  if (successes < mean) {
    // The probabilities fall from the mean to `trials`: find the first outcome there that is no likelier.
    let low = Math.ceil(mean);
    let high = trials + 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (noLikelier(middle)) high = middle;
      else low = middle + 1;
    }
    const other = low > trials ? 0 : binomialAtLeast(low, trials, probability);
    return Math.min(1, binomialAtMost(successes, trials, probability) + other);
  }
  let low = -1;
  let high = Math.floor(mean);
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (noLikelier(middle)) low = middle;
    else high = middle - 1;
  }
  const other = low < 0 ? 0 : binomialAtMost(low, trials, probability);
  return Math.min(1, binomialAtLeast(successes, trials, probability) + other);
}

/**
 * P(|Z| >= |z|) for a standard normal Z, with a relative error below 1.2e-7 also far out in the tails
 * (Press et al., Numerical Recipes, erfcc).
 */
export function normalTwoSided(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + x / 2);
  const coefficients = [
    0.17087277, -0.82215223, 1.48851587, -1.13520398, 0.27886807, -0.18628806, 0.09678418, 0.37409196, 1.00002368,
    -1.26551223,
  ];
  let polynomial = 0;
  for (const coefficient of coefficients) polynomial = polynomial * t + coefficient;
  return t * Math.exp(-x * x + polynomial);
}
