import { describe, expect, it } from 'vitest';
import { sampleResult } from './testing/sample-result.ts';
import { renderTotals } from './totals-section.ts';

const style = { colour: false, width: 120 };

describe('renderTotals', () => {
  it('shows tpmC with and without rollbacks, and the cross-shard share beside its expectation', () => {
    const result = sampleResult();
    Object.assign(result.totals, { tpmC: 5_227_200.4, tpmCWithRollbacks: 5_280_000, crossShardPct: 5.87 });
    const lines = renderTotals(style, result);
    expect(lines).toContain(
      '  tpmC          5,227,200 committed New-Orders a minute; 5,280,000 with the rolled-back ones',
    );
    expect(lines).toContain('  cross-shard   measured 5.87% of the transactions, expected 6.04%');
    expect(lines.find((line) => line.includes('aborts'))).toBe(
      '  aborts        8,800 by the user (0.43%), 5,954 by conflict (retried)',
    );
  });

  it('states an efficiency only for keying and think times', () => {
    const result = sampleResult();
    const efficiency = (): string => renderTotals(style, result).find((line) => line.includes('efficiency')) as string;
    result.totals.efficiencyPct = 5000;
    expect(efficiency()).toContain('not stated: only a run with keying and think times');
    expect(efficiency()).not.toContain('5000');
    result.config.pacing = { kind: 'keying' };
    result.totals.efficiencyPct = 98.1;
    expect(efficiency()).toBe('  efficiency    98.1%: 12.62 of at most 12.86 tpmC a warehouse');
    result.totals.efficiencyPct = 50;
    expect(efficiency()).toContain('6.43 of at most 12.86 tpmC a warehouse; below 9 the database is too large');
    result.totals.efficiencyPct = null;
    expect(efficiency()).toContain('not stated');
  });

  it('survives a run in which nothing completed', () => {
    const result = sampleResult();
    Object.assign(result.totals, { commits: 0, userAborts: 0, latencyUs: null, throughputTps: 0 });
    const lines = renderTotals(style, result);
    expect(lines).toContain('  latency       nothing completed');
    expect(lines.join('\n')).not.toMatch(/NaN|undefined|null|Infinity/);
  });
});
