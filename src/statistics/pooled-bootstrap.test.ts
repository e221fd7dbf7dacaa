import { describe, expect, it } from 'vitest';
import { pooledFreedom, pooledInterval, pooledReplicates } from './pooled-bootstrap.ts';
import { seededUniform } from './random.ts';
import { fitLaw, lawThroughput } from './scalability-law.ts';

const normal = (uniform: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('the pooled bootstrap', () => {
  it('has an interval as wide as Student’s for the mean of one group', () => {
    const uniform = seededUniform(1);
    const group = Array.from({ length: 40 }, () => normal(uniform));
    const replicates = pooledReplicates([group], ([drawn]) => mean(drawn ?? []), 20_000);
    const { low, high } = pooledInterval(replicates, 39, 0.95);
    const variance = group.reduce((sum, each) => sum + (each - mean(group)) ** 2, 0) / 39;
    expect((high - low) / 2 / (2.0227 * Math.sqrt(variance / 40))).toBeCloseTo(1, 1);
  });

  it('holds the coefficients of a law as often as it says, from three runs of each point', () => {
    const uniform = seededUniform(2);
    const law = { lambda: 1000, sigma: 0.05, kappa: 0.01 };
    const counts = [1, 2, 4, 8];
    let missed = 0;
    for (let i = 0; i < 100; i++) {
      const groups = counts.map((n) =>
        Array.from({ length: 3 }, () => Math.log(lawThroughput(law, n)) + 0.03 * normal(uniform)),
      );
      const kappas = pooledReplicates(
        groups,
        (drawn) =>
          fitLaw(drawn.flatMap((group, k) => group.map((value) => ({ n: counts[k] as number, x: Math.exp(value) }))))
            .kappa,
        200,
      );
      const { low, high } = pooledInterval(kappas, pooledFreedom(groups), 0.95);
      if (low > law.kappa || high < law.kappa) missed++;
    }
    expect(missed).toBeLessThan(12);
    expect(missed).toBeGreaterThan(0);
  });

  it('knows nothing of a spread that was never seen, and takes infinite figures', () => {
    expect(pooledReplicates([[1], [2]], () => 0)).toEqual([]);
    expect(pooledFreedom([[1, 2, 3], [4], [5, 6]])).toBe(3);
    const interval = pooledInterval([1, 2, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY], 1, 0.95);
    expect(interval).toEqual({ low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY });
  });
});
