/**
 * The universal scalability law (Gunther, "Guerrilla Capacity Planning", 2007, chapter 4): how throughput X depends on the
 * number N of whatever works side by side,
 *
 *   X(N) = lambda N / (1 + sigma (N - 1) + kappa N (N - 1))
 *
 * with lambda the throughput of one, sigma the share that cannot be done side by side, and kappa what each pair costs to
 * agree. The coefficients come from non-linear least squares and are never below 0.
 */
import { assert } from '../assert.ts';

export interface LawCoefficients {
  /** In the unit of the throughput. */
  lambda: number;
  sigma: number;
  kappa: number;
}

export interface LawObservation {
  /** At least 1. */
  n: number;
  /** Throughput, above 0. */
  x: number;
}

/** A law of three coefficients needs so many different N. */
export const LEAST_DISTINCT_N = 3;

export function lawThroughput({ lambda, sigma, kappa }: LawCoefficients, n: number): number {
  return (lambda * n) / (1 + sigma * (n - 1) + kappa * n * (n - 1));
}

/**
 * N with the highest throughput, sqrt((1 - sigma) / kappa): beyond it, more is less. Infinity where throughput never falls, 1
 * where it falls from the start.
 */
export function lawPeak({ sigma, kappa }: LawCoefficients): number {
  if (sigma >= 1) return sigma === 1 && kappa === 0 ? Number.POSITIVE_INFINITY : 1;
  return kappa === 0 ? Number.POSITIVE_INFINITY : Math.max(1, Math.sqrt((1 - sigma) / kappa));
}

/** The law with the least sum of squared differences. @param observations of at least `LEAST_DISTINCT_N` different N */
export function fitLaw(observations: readonly LawObservation[]): LawCoefficients {
  assert(new Set(observations.map(({ n }) => n)).size >= LEAST_DISTINCT_N, 'the law needs three different N');
  const unit = Math.max(...observations.map(({ x }) => x));
  const { lambda, ...rest } = bestOf(meansOf(observations, unit));
  return { lambda: lambda * unit, ...rest };
}

/** The observations of one N as their mean and their number, which have their least squares at the same coefficients. */
interface Mean extends LawObservation {
  weight: number;
}

function meansOf(observations: readonly LawObservation[], unit: number): Mean[] {
  const sums = new Map<number, { sum: number; weight: number }>();
  for (const { n, x } of observations) {
    const before = sums.get(n) ?? { sum: 0, weight: 0 };
    sums.set(n, { sum: before.sum + x / unit, weight: before.weight + 1 });
  }
  return [...sums].map(([n, { sum, weight }]) => ({ n, x: sum / weight, weight }));
}

/** The best with all coefficients above 0, else the best of those that have some of them at 0. */
function bestOf(observations: readonly Mean[]): LawCoefficients {
  const start = linearStart(observations);
  const inside = descend(observations, start, [0, 1, 2]);
  if (inside !== null) return inside.coefficients;
  const onTheEdge = [
    descend(observations, { ...start, sigma: 0 }, [0, 2]),
    descend(observations, { ...start, kappa: 0 }, [0, 1]),
    descend(observations, { ...start, sigma: 0, kappa: 0 }, [0]),
  ].filter((fit) => fit !== null);
  const [first, ...others] = onTheEdge;
  assert(first !== undefined, 'a line through the origin always fits');
  return others.reduce((best, fit) => (fit.squares < best.squares ? fit : best), first).coefficients;
}

/** N / X is linear in 1, N - 1 and N (N - 1); least squares there weigh slow points too much, but are near. */
function linearStart(observations: readonly Mean[]): LawCoefficients {
  const rows = observations.map(({ n }) => [1, n - 1, n * (n - 1)]);
  const solved = leastSquares(
    rows,
    observations.map(({ n, x }) => n / x),
  );
  const [a = 0, b = 0, c = 0] = solved ?? [];
  if (!(a > 0)) return { lambda: Math.max(...observations.map(({ n, x }) => x / n)), sigma: 0.01, kappa: 0 };
  return { lambda: 1 / a, sigma: Math.max(0, b / a), kappa: Math.max(0, c / a) };
}

interface Descent {
  coefficients: LawCoefficients;
  squares: number;
}

const MOST_STEPS = 200;
const MOST_DAMPING = 1e12;
/** A step that changes every coefficient by less than this share ends the descent. */
const SHORT_STEP = 1e-9;

const isNear = (a: LawCoefficients, b: LawCoefficients): boolean =>
  (['lambda', 'sigma', 'kappa'] as const).every(
    (key) => Math.abs(a[key] - b[key]) <= SHORT_STEP * (Math.abs(b[key]) + SHORT_STEP),
  );

/**
 * Levenberg's and Marquardt's descent over some of the coefficients.
 * @param free places in lambda, sigma, kappa; the others stay as they are
 * @returns null where it ends with a coefficient below 0
 */
function descend(observations: readonly Mean[], start: LawCoefficients, free: readonly number[]): Descent | null {
  let current = start;
  let squares = squaresOf(observations, current);
  let damping = 1e-3;
  for (let step = 0; step < MOST_STEPS && damping < MOST_DAMPING; step++) {
    const next = damped(observations, current, free, damping);
    // Steps are short under heavy damping, too; only without it they tell of the bottom.
    if (next !== null && damping <= 1 && isNear(next, current)) break;
    const nextSquares = next === null ? Number.POSITIVE_INFINITY : squaresOf(observations, next);
    if (next === null || !(nextSquares <= squares)) {
      damping *= 10;
      continue;
    }
    current = next;
    squares = nextSquares;
    damping = Math.max(damping / 10, 1e-12);
  }
  const { lambda, sigma, kappa } = current;
  return lambda > 0 && sigma >= 0 && kappa >= 0 ? { coefficients: current, squares } : null;
}

/** Infinite where the law has no throughput above 0 at every N. */
function squaresOf(observations: readonly Mean[], coefficients: LawCoefficients): number {
  let squares = 0;
  for (const { n, x, weight } of observations) {
    const expected = lawThroughput(coefficients, n);
    if (!(expected > 0)) return Number.POSITIVE_INFINITY;
    squares += weight * (x - expected) ** 2;
  }
  return squares;
}

function damped(
  observations: readonly Mean[],
  coefficients: LawCoefficients,
  free: readonly number[],
  damping: number,
): LawCoefficients | null {
  const { lambda, sigma, kappa } = coefficients;
  const rows: number[][] = [];
  const misses: number[] = [];
  for (const { n, x, weight } of observations) {
    const divisor = 1 + sigma * (n - 1) + kappa * n * (n - 1);
    const root = Math.sqrt(weight);
    const bend = (-lambda * n * root) / divisor ** 2;
    const slopes = [(n * root) / divisor, bend * (n - 1), bend * n * (n - 1)];
    rows.push(free.map((place) => slopes[place] as number));
    misses.push(root * (x - (lambda * n) / divisor));
  }
  const change = leastSquares(rows, misses, damping);
  if (change === null) return null;
  const values = [lambda, sigma, kappa];
  for (const [i, place] of free.entries()) (values[place] as number) += change[i] as number;
  const [nextLambda = 0, nextSigma = 0, nextKappa = 0] = values;
  return { lambda: nextLambda, sigma: nextSigma, kappa: nextKappa };
}

/**
 * The x for which `rows` x is nearest to `targets`, by the normal equations in units of the columns' own lengths; few unknowns
 * bear that.
 * @param damping is added to the diagonal
 * @returns null where the columns depend on each other
 */
function leastSquares(rows: readonly number[][], targets: readonly number[], damping = 0): number[] | null {
  const size = rows[0]?.length ?? 0;
  const lengths = Array.from({ length: size }, (_, column) => Math.hypot(...rows.map((row) => row[column] as number)));
  if (lengths.some((length) => !(length > 0) || !Number.isFinite(length))) return null;
  const scaled = rows.map((row) => row.map((value, column) => value / (lengths[column] as number)));
  const system = Array.from({ length: size }, (_, i) => [
    ...Array.from({ length: size }, (_, j) => dot(scaled, i, (row) => row[j] as number) + (i === j ? damping : 0)),
    dot(scaled, i, (_row, k) => targets[k] as number),
  ]);
  const solution = solve(system);
  return solution?.map((value, column) => value / (lengths[column] as number)) ?? null;
}

const dot = (rows: readonly number[][], column: number, other: (row: number[], index: number) => number): number =>
  rows.reduce((sum, row, index) => sum + (row[column] as number) * other(row, index), 0);

/** Gauss's elimination with the largest pivot. @param system each row ends with its right side; changed */
function solve(system: number[][]): number[] | null {
  const size = system.length;
  for (let column = 0; column < size; column++) {
    let pivot = column;
    for (let row = column + 1; row < size; row++) {
      if (Math.abs(at(system, row, column)) > Math.abs(at(system, pivot, column))) pivot = row;
    }
    if (Math.abs(at(system, pivot, column)) < 1e-13) return null;
    [system[column], system[pivot]] = [system[pivot] as number[], system[column] as number[]];
    for (let row = 0; row < size; row++) {
      if (row === column) continue;
      const factor = at(system, row, column) / at(system, column, column);
      for (let k = column; k <= size; k++)
        (system[row] as number[])[k] = at(system, row, k) - factor * at(system, column, k);
    }
  }
  return system.map((row, i) => (row[size] as number) / (row[i] as number));
}

const at = (system: readonly number[][], row: number, column: number): number => system[row]?.[column] as number;
