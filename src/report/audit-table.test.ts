import { describe, expect, it } from 'vitest';
import type { AuditRow } from '../bench/result.ts';
import { renderAuditTable } from './audit-table.ts';
import { withoutColours } from './plain-table.ts';

const row: AuditRow = {
  name: 'remote Payments',
  unit: '%',
  measured: 15.02134,
  expected: 15,
  low: 14,
  high: 16,
  samples: 880_000,
  verdict: 'pass',
};
const style = { colour: false, width: 100 };

describe('renderAuditTable', () => {
  it('shows what was measured beside what is expected and required', () => {
    const lines = renderAuditTable(style, [
      row,
      { ...row, name: 'order lines', unit: 'lines', low: null, high: null, verdict: 'info' },
      { ...row, name: 'Payment in the mix', low: 43, high: null, measured: null, expected: null },
      { ...row, name: 'something small', low: null, high: 2 },
    ]);
    expect(lines.map((line) => line.trim().split(/ {2,}/))).toEqual([
      ['input', 'measured', 'expected', 'required', 'samples', 'verdict'],
      [expect.stringMatching(/^─+$/)],
      ['remote Payments (%)', '15.021', '15.000', '14 .. 16', '880,000', 'pass'],
      ['order lines', '15.021', '15.000', '-', '880,000', 'info'],
      ['Payment in the mix (%)', '-', '-', 'at least 43', '880,000', 'pass'],
      ['something small (%)', '15.021', '15.000', 'at most 2', '880,000', 'pass'],
    ]);
  });

  it('explains a failure and a sample that is too small, and nothing else', () => {
    const notes = (verdict: AuditRow['verdict']): string =>
      renderAuditTable(style, [{ ...row, verdict }])
        .slice(3)
        .join(' ');
    expect(notes('fail')).toMatch(/^ {2}fail: outside what is required/);
    expect(notes('too few')).toMatch(/^ {2}too few: the sample is too small/);
    for (const verdict of ['pass', 'info', 'not applicable'] as const) expect(notes(verdict)).toBe('');
  });

  it('colours verdicts without moving a column', () => {
    const rows = (['pass', 'fail', 'too few', 'info', 'not applicable'] as const).map((verdict) => ({
      ...row,
      verdict,
    }));
    const coloured = renderAuditTable({ ...style, colour: true }, rows);
    expect(coloured[2]).toContain('\u001b[32mpass');
    expect(coloured[3]).toContain('\u001b[31mfail');
    expect(coloured[4]).toContain('\u001b[33mtoo few');
    expect(coloured.map(withoutColours)).toEqual(renderAuditTable(style, rows));
  });
});
