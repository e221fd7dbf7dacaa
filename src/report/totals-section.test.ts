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

  it('names transactions without an outcome and dropped frames, where there are any', () => {
    const result = sampleResult();
    const plain = renderTotals(style, result).join('\n');
    expect(plain).not.toMatch(/failed|dropped/);
    result.totals.failedByReason = { peerLost: 0 };
    expect(renderTotals(style, result).join('\n')).toBe(plain);
    result.totals.failedByReason = { peerLost: 1234, inDoubt: 0, joinLate: 2 };
    Object.assign(result.shards[0]?.counters ?? {}, { frameDropsTotal: 1 });
    Object.assign(result.shards[1]?.counters ?? {}, { frameDropsTotal: 2 });
    const lines = renderTotals(style, result);
    expect(lines).toContain('  failed        1,236 without an outcome (peer lost 1,234, join late 2)');
    expect(lines).toContain('  dropped       3 frames by the shards of this process, where a healthy run drops none');
    const [dropped] = renderTotals({ ...style, colour: true }, result).filter((line) => line.includes('dropped'));
    expect(dropped).toContain('\u001b[31m');
  });

  it('says what is of this process alone, and where the total is', () => {
    const whole = renderTotals(style, sampleResult({}, { localShardIds: [0] })).join('\n');
    expect(whole).toMatch(/memory {8}of this process: .* in the engine \(limit 12\.00 GB\), .* in all$/);
    expect(whole).not.toContain('prints');
    const local = sampleResult({}, { shards: 4, localShardIds: [1] });
    expect(renderTotals(style, local)[0]).toBe('  The process with shard 0 prints the total of all 4 shards.');
    local.endedBy = 'peer-lost';
    expect(renderTotals(style, local)[0]).toContain('of all 4 shards, if that one still runs.');
  });

  it('survives a run in which nothing completed', () => {
    const result = sampleResult();
    Object.assign(result.totals, { commits: 0, userAborts: 0, latencyUs: null, throughputTps: 0 });
    const lines = renderTotals(style, result);
    expect(lines).toContain('  latency       nothing completed');
    expect(lines.join('\n')).not.toMatch(/NaN|undefined|null|Infinity/);
  });
});
