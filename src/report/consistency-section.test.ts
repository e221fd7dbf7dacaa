import { describe, expect, it } from 'vitest';
import type { ConditionResult } from '../bench/result.ts';
import { renderConsistency } from './consistency-section.ts';
import { FAILED_CONDITION, sampleResult } from './testing/sample-result.ts';

const style = { colour: false, width: 100 };
const good = sampleResult().consistency;

describe('renderConsistency', () => {
  it('says in two lines that all conditions hold', () => {
    expect(renderConsistency({ ...style, width: 140 }, good, true)).toEqual([
      '  all 13 conditions hold (800,960 rows checked in 1.23 s)',
      '  hold: 3.3.2.1, 3.3.2.2, 3.3.2.3, 3.3.2.4, 3.3.2.5, 3.3.2.6, 3.3.2.7, 3.3.2.8, 3.3.2.9, 3.3.2.10, 3.3.2.11, 3.3.2.12, stock',
    ]);
  });

  it('names each failed condition, its violations and how many are not shown', () => {
    const conditions = [FAILED_CONDITION, ...good.conditions.slice(1)];
    const lines = renderConsistency(style, { ...good, passed: false, conditions }, true);
    expect(lines[0]).toMatch(/^ {2}1 of 13 conditions FAILED/);
    expect(lines[1]).not.toContain('3.3.2.1,');
    const at = lines.indexOf('  FAILED 3.3.2.1 W_YTD = sum of D_YTD: 5 violations in 8 rows');
    expect(lines.slice(at + 1)).toEqual([
      '    W_ID 1: W_YTD 30034150, sum of D_YTD 30034149',
      '    W_ID 3: W_YTD 30010000, sum of D_YTD 30000000, while the other districts of the warehouse hold',
      '      what was paid to them',
      '    and 3 more',
    ]);
  });

  it('has no count of hidden violations where all are shown', () => {
    const one = { ...FAILED_CONDITION, violationCount: 1, violations: ['W_ID 1: 5 is not 6'] };
    const lines = renderConsistency(style, { ...good, passed: false, conditions: [one] }, true);
    expect(lines).toEqual([
      '  1 of 1 conditions FAILED (8 rows checked in 1.23 s)',
      '  FAILED 3.3.2.1 W_YTD = sum of D_YTD: 1 violation in 8 rows',
      '    W_ID 1: 5 is not 6',
    ]);
  });

  it('tells what is not checkable apart from what failed, once for each reason', () => {
    const lost = (index: number, reason?: string): ConditionResult => ({
      ...(good.conditions[index] as ConditionResult),
      passed: false,
      checkable: false,
      ...(reason === undefined ? {} : { reason }),
    });
    const conditions = [
      ...good.conditions.slice(0, 3),
      lost(3, 'shard 1 is lost'),
      lost(4, 'shard 2 is lost'),
      lost(5, 'shard 1 is lost'),
      lost(6),
    ];
    const lines = renderConsistency(style, { ...good, passed: null, conditions }, true);
    expect(lines).toEqual([
      '  3 of 7 conditions hold, 4 not checkable (560 rows checked in 1.23 s)',
      '  hold: 3.3.2.1, 3.3.2.2, 3.3.2.3',
      '  not checkable: 3.3.2.4, 3.3.2.6: shard 1 is lost',
      '  not checkable: 3.3.2.5: shard 2 is lost',
      '  not checkable: 3.3.2.7: the reason is not known',
    ]);
    const both = renderConsistency(
      style,
      { ...good, passed: false, conditions: [FAILED_CONDITION, lost(3, 'x')] },
      true,
    );
    expect(both[0]).toMatch(/^ {2}1 of 2 conditions FAILED, 1 not checkable /);
    expect(both.filter((line) => line.startsWith('  FAILED'))).toHaveLength(1);
    expect(both.at(-1)).toBe('  not checkable: 3.3.2.4: x');
    const none = renderConsistency(style, { ...good, passed: null, conditions: [lost(0, 'x')] }, true);
    expect(none).toEqual(['  0 of 1 conditions hold, 1 not checkable (80 rows checked in 1.23 s)', expect.any(String)]);
  });

  it('never says that something holds which was not checked', () => {
    const unchecked = { passed: null, checkSeconds: 0, conditions: [] };
    expect(renderConsistency(style, unchecked, false)).toEqual(['  not checked: switched off for this run']);
    expect(renderConsistency(style, unchecked, true)).toEqual(['  not checked: the check could not run']);
    expect(renderConsistency(style, { ...unchecked, passed: true }, true)).toEqual([
      '  the workload has no conditions',
    ]);
    expect(renderConsistency(style, { ...good, passed: null }, true)[0]).toContain('no verdict');
    // Verdicts that contradict each other are shown as a failure.
    expect(renderConsistency(style, { ...good, passed: false }, true)[0]).toContain('FAILED');
    expect(renderConsistency(style, { ...good, conditions: [FAILED_CONDITION] }, true)[0]).toContain('FAILED');
  });
});
