/** The checker against a test that tries every order, on small random histories. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkHistory, MODELS } from './check-history.ts';
import { hasSerialOrder } from './testing/brute-force.ts';
import { isReadToItsEnd, randomHistory, serialHistory } from './testing/random-histories.ts';
import { blocksOf } from './testing/scripts.ts';

const RUNS = 4_000;

describe.each(MODELS)('%s', (model) => {
  const isStrict = model === 'strict-serializable';

  it('reports no anomaly where there is an order, and misses none where all versions were read', () => {
    const seen = { valid: 0, invalid: 0, skipped: 0 };
    fc.assert(
      fc.property(randomHistory, (transactions) => {
        const hasOrder = hasSerialOrder(transactions, isStrict);
        const { isValid, findings } = checkHistory(blocksOf(transactions), { model });
        if (hasOrder) expect(findings).toEqual([]);
        else if (isReadToItsEnd(transactions)) expect(isValid).toBe(false);
        if (hasOrder) seen.valid++;
        else if (isReadToItsEnd(transactions)) seen.invalid++;
        else seen.skipped++;
      }),
      { numRuns: RUNS },
    );
    expect(Math.min(seen.valid, seen.invalid)).toBeGreaterThan(RUNS / 10);
  });

  it('reports nothing when transactions ran one after the other, also when records are lost', () => {
    fc.assert(
      fc.property(serialHistory, fc.nat(5), (transactions, lost) => {
        expect(checkHistory(blocksOf(transactions), { model }).findings).toEqual([]);
        const rest = transactions.filter((_, i) => i !== lost);
        expect(checkHistory(blocksOf(rest), { model, allowMissing: true }).findings).toEqual([]);
      }),
      { numRuns: RUNS / 4 },
    );
  });
});
