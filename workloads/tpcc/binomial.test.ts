import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binomialAtLeast, binomialAtMost, binomialProbability, binomialTest, normalTwoSided } from './binomial.ts';

/** Exact probabilities times 100^trials, for a probability of so many percent. */
function exactNumerators(trials: number, percent: number): bigint[] {
  const numerators: bigint[] = [];
  let choose = 1n;
  for (let k = 0; k <= trials; k++) {
    numerators.push(choose * BigInt(percent) ** BigInt(k) * BigInt(100 - percent) ** BigInt(trials - k));
    choose = (choose * BigInt(trials - k)) / BigInt(k + 1);
  }
  return numerators;
}

/** a / b of integers beyond the range of a double, to sixteen digits or so. */
function ratio(a: bigint, b: bigint): number {
  if (a === 0n) return 0;
  // Digits of b / a first, so that a tiny ratio keeps its own digits.
  const shift = BigInt(Math.max(0, b.toString().length - a.toString().length) + 20);
  return Number(`${(a * 10n ** shift) / b}e-${shift}`);
}

const within = (actual: number, expected: number, relative: number): boolean =>
  expected === 0 ? actual === 0 : Math.abs(actual - expected) <= relative * expected;

describe('binomialProbability', () => {
  it('equals exact arithmetic for every outcome', () => {
    for (const [trials, percent] of [
      [1, 60],
      [7, 15],
      [40, 1],
      [97, 43],
      [150, 99],
    ] as const) {
      const numerators = exactNumerators(trials, percent);
      const whole = 100n ** BigInt(trials);
      numerators.forEach((numerator, k) => {
        const expected = ratio(numerator, whole);
        const actual = binomialProbability(k, trials, percent / 100);
        expect(within(actual, expected, 1e-11), `${k} of ${trials} at ${percent}%: ${actual}, not ${expected}`).toBe(
          true,
        );
      });
    }
  });

  it('is certain at the ends', () => {
    expect(binomialProbability(0, 10, 0)).toBe(1);
    expect(binomialProbability(1, 10, 0)).toBe(0);
    expect(binomialProbability(10, 10, 1)).toBe(1);
    expect(binomialProbability(9, 10, 1)).toBe(0);
    expect(binomialProbability(0, 0, 0.3)).toBe(1);
    expect(binomialProbability(11, 10, 0.3)).toBe(0);
  });

  it('keeps its digits for a thousand million trials', () => {
    // The largest probability is 1 / sqrt(2 pi n p q) to within terms of 1/n.
    const trials = 1e9;
    const peak = 1 / Math.sqrt(2 * Math.PI * trials * 0.01 * 0.99);
    expect(binomialProbability(1e7, trials, 0.01) / peak).toBeCloseTo(1, 7);
  });
});

describe('binomialTest', () => {
  it('agrees with published figures', () => {
    // The example of R's binom.test: Mendelian inheritance, Conover (1971).
    expect(binomialTest(682, 925, 0.75)).toBeCloseTo(0.3825, 4);
    // Dice: 51 sixes in 235 rolls, one-sided and two-sided.
    expect(binomialAtLeast(51, 235, 1 / 6)).toBeCloseTo(0.02654, 5);
    expect(binomialTest(51, 235, 1 / 6)).toBeCloseTo(0.0437, 4);
    // The example of SciPy's binomtest, alternative "greater".
    expect(binomialAtLeast(3, 15, 0.1)).toBeCloseTo(0.18406106910639114, 14);
  });

  it('equals a brute-force sum over all outcomes that are no likelier', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 120 }).chain((trials) => fc.tuple(fc.constant(trials), fc.nat({ max: trials }))),
        fc.integer({ min: 1, max: 99 }),
        ([trials, successes], percent) => {
          const numerators = exactNumerators(trials, percent);
          const observed = numerators[successes] as bigint;
          const sum = numerators.filter((n) => n <= observed).reduce((total, n) => total + n, 0n);
          const expected = ratio(sum, 100n ** BigInt(trials));
          expect(binomialTest(successes, trials, percent / 100)).toSatisfy((p: number) => within(p, expected, 1e-9));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('calls a true hypothesis improbable no more often than it says', () => {
    for (const [trials, probability] of [
      [50, 0.01],
      [300, 0.15],
      [1000, 0.6],
    ] as const) {
      for (const level of [0.05, 0.001, 1e-6]) {
        let rejected = 0;
        for (let k = 0; k <= trials; k++) {
          if (binomialTest(k, trials, probability) < level) rejected += binomialProbability(k, trials, probability);
        }
        expect(rejected).toBeLessThanOrEqual(level);
      }
    }
  });

  it('approaches the normal distribution, quickly, for a thousand million trials', () => {
    const trials = 1e9;
    const sd = Math.sqrt(trials * 0.01 * 0.99);
    for (const z of [0.5, 1.959964, -3, 4.891638]) {
      const p = binomialTest(Math.round(1e7 + z * sd), trials, 0.01);
      expect(p / normalTwoSided(z)).toBeGreaterThan(0.98);
      expect(p / normalTwoSided(z)).toBeLessThan(1.02);
    }
    expect(binomialTest(0, trials, 0.01)).toBe(0);
    expect(binomialTest(1e7, trials, 0.01)).toBe(1);
  });

  it('is certain about impossible outcomes', () => {
    expect(binomialTest(0, 5, 0)).toBe(1);
    expect(binomialTest(1, 5, 0)).toBe(0);
    expect(binomialTest(5, 5, 1)).toBe(1);
    expect(binomialTest(4, 5, 1)).toBe(0);
    expect(binomialTest(0, 0, 0.3)).toBe(1);
    expect(() => binomialTest(6, 5, 0.3)).toThrow('0..trials');
    expect(() => binomialTest(1, 5, 1.1)).toThrow('0..1');
  });
});

describe('binomialAtMost and binomialAtLeast', () => {
  it('overlap in exactly one outcome', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5000 }).chain((trials) => fc.tuple(fc.constant(trials), fc.nat({ max: trials }))),
        fc.integer({ min: 1, max: 99 }),
        ([trials, k], percent) => {
          const p = percent / 100;
          const sum = binomialAtMost(k, trials, p) + binomialAtLeast(k, trials, p) - binomialProbability(k, trials, p);
          expect(sum).toBeCloseTo(1, 10);
        },
      ),
    );
  });

  it('cover everything and nothing', () => {
    expect(binomialAtMost(-1, 10, 0.3)).toBe(0);
    expect(binomialAtMost(10, 10, 0.3)).toBe(1);
    expect(binomialAtLeast(0, 10, 0.3)).toBe(1);
    expect(binomialAtLeast(11, 10, 0.3)).toBe(0);
  });
});

describe('normalTwoSided', () => {
  it('agrees with tables, far out too', () => {
    const table = [
      [0, 1],
      [1, 0.3173105079],
      [1.959963985, 0.05],
      [2.575829304, 0.01],
      [-3.290526731, 0.001],
      [4.891638476, 1e-6],
      [7, 2.559625088e-12],
    ] as const;
    for (const [z, p] of table) expect(normalTwoSided(z) / p).toBeCloseTo(1, 6);
  });
});
