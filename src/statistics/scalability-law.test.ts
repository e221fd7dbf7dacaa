import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededUniform } from './random.ts';
import { fitLaw, lawPeak, lawThroughput } from './scalability-law.ts';

/** Data sets of the R package usl, with the figures that its documentation publishes for them. */
const SPEC_SDM91 = [
  [1, 64.9],
  [18, 995.9],
  [36, 1652.4],
  [72, 1853.2],
  [108, 1828.9],
  [144, 1775],
  [216, 1702.2],
];
const RAY_TRACER = [
  [1, 20],
  [4, 78],
  [8, 130],
  [12, 170],
  [16, 190],
  [20, 200],
  [24, 210],
  [28, 230],
  [32, 260],
  [48, 280],
  [64, 310],
];

const observations = (rows: readonly number[][]) => rows.map(([n = 0, x = 0]) => ({ n, x }));

describe('fitLaw', () => {
  it('gives the coefficients that R publishes for SPEC SDM91', () => {
    const law = fitLaw(observations(SPEC_SDM91));
    expect(law.sigma).toBeCloseTo(0.0277285, 7);
    expect(law.kappa).toBeCloseTo(0.0001044, 7);
    expect(law.lambda).toBeCloseTo(89.995233, 5);
    expect(lawPeak(law)).toBeCloseTo(96.52, 2);
    // The residual standard error, on four degrees of freedom.
    const squares = SPEC_SDM91.reduce((sum, [n = 0, x = 0]) => sum + (x - lawThroughput(law, n)) ** 2, 0);
    expect(Math.sqrt(squares / 4)).toBeCloseTo(82.8, 1);
  });

  it('gives the coefficients that R publishes for the ray tracer, where the law has no peak', () => {
    const law = fitLaw(observations(RAY_TRACER));
    expect(law.sigma).toBeCloseTo(0.057771, 6);
    expect(law.kappa).toBe(0);
    expect(law.lambda).toBeCloseTo(21.848843, 5);
    expect(lawPeak(law)).toBe(Number.POSITIVE_INFINITY);
  });

  it('finds the law that made the data, whatever its unit', () => {
    const laws = fc.record({
      lambda: fc.double({ min: 0.1, max: 1e6, noNaN: true }),
      sigma: fc.double({ min: 0, max: 0.9, noNaN: true }),
      kappa: fc.double({ min: 0, max: 0.2, noNaN: true }),
    });
    fc.assert(
      fc.property(laws, (law) => {
        const made = [1, 2, 3, 4, 8, 16].map((n) => ({ n, x: lawThroughput(law, n) }));
        const fitted = fitLaw(made);
        for (const { n, x } of made) expect(Math.abs(lawThroughput(fitted, n) / x - 1)).toBeLessThan(1e-3);
      }),
      { numRuns: 100 },
    );
  });

  it('weighs repeated observations one by one', () => {
    const made = observations(SPEC_SDM91);
    const scattered = made.flatMap(({ n, x }) => [0.9, 1, 1.1].map((factor) => ({ n, x: x * factor })));
    const law = fitLaw(scattered);
    expect(law.sigma).toBeCloseTo(fitLaw(made).sigma, 9);
    const lopsided = fitLaw([...made, ...Array.from({ length: 50 }, () => ({ n: 216, x: 1702.2 }))]);
    expect(Math.abs(lawThroughput(lopsided, 216) / 1702.2 - 1)).toBeLessThan(0.005);
    expect(Math.abs(lawThroughput(fitLaw(made), 216) / 1702.2 - 1)).toBeGreaterThan(0.01);
  });

  it('never has a coefficient below 0, and no neighbour fits better', () => {
    const uniform = seededUniform(3);
    let onTheEdge = 0;
    for (let i = 0; i < 200; i++) {
      const real = { lambda: 1000, sigma: 0.2 * uniform(), kappa: 0.02 * uniform() ** 2 };
      const made = [1, 2, 3, 4, 6, 8].map((n) => ({ n, x: lawThroughput(real, n) * (0.8 + 0.4 * uniform()) }));
      const law = fitLaw(made);
      const squares = (of: typeof law) => made.reduce((sum, { n, x }) => sum + (x - lawThroughput(of, n)) ** 2, 0);
      expect(law.lambda).toBeGreaterThan(0);
      expect(Math.min(law.sigma, law.kappa)).toBeGreaterThanOrEqual(0);
      if (law.sigma === 0 || law.kappa === 0) onTheEdge++;
      const least = squares(law) * (1 - 1e-6);
      for (const key of ['lambda', 'sigma', 'kappa'] as const) {
        for (const factor of [0.99, 1.01]) {
          expect(squares({ ...law, [key]: law[key] * factor })).toBeGreaterThanOrEqual(least);
        }
        expect(squares({ ...law, [key]: law[key] + 1e-4 })).toBeGreaterThanOrEqual(least);
      }
    }
    expect(onTheEdge).toBeGreaterThan(20);
  });
});

describe('lawPeak', () => {
  it('is where throughput is highest', () => {
    expect(lawPeak({ lambda: 1, sigma: 0.1, kappa: 0.001 })).toBeCloseTo(30, 9);
    expect(lawPeak({ lambda: 1, sigma: 0.5, kappa: 0.9 })).toBe(1);
    expect(lawPeak({ lambda: 1, sigma: 1.5, kappa: 0 })).toBe(1);
  });
});
