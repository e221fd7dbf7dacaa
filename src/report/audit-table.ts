/** The audit of the drawn input as a table with verdicts, and what a verdict other than `pass` means. */
import type { AuditRow, AuditVerdict } from '../bench/result.ts';
import { formatCount, formatFixed, NO_VALUE } from './format.ts';
import { renderTable, type TableColumn } from './plain-table.ts';
import { paint, type ReportStyle, type Tone, wrap } from './style.ts';

export const AUDIT_COLUMNS: readonly TableColumn[] = [
  { title: 'input', align: 'left' },
  { title: 'measured', align: 'right' },
  { title: 'expected', align: 'right' },
  { title: 'required', align: 'right' },
  { title: 'samples', align: 'right' },
  { title: 'verdict', align: 'left' },
];

export const AUDIT_TONES: Record<AuditVerdict, Tone | null> = {
  pass: 'good',
  fail: 'bad',
  'too few': 'doubtful',
  'not applicable': null,
  info: null,
};

/** Lines of the table, then an explanation of each verdict that needs one. */
export function renderAuditTable(style: ReportStyle, rows: readonly AuditRow[]): string[] {
  const cells = rows.map((row) => {
    const tone = AUDIT_TONES[row.verdict];
    return [...auditCells(row), tone === null ? row.verdict : paint(style, tone, row.verdict)];
  });
  const lines = renderTable(style, AUDIT_COLUMNS, cells);
  for (const text of auditNotes(rows)) lines.push(...wrap(style, text, '  ', '    '));
  return lines;
}

/** A row as text, up to its verdict. */
export const auditCells = (row: AuditRow): string[] => [
  row.name.includes(row.unit) ? row.name : `${row.name} (${row.unit})`,
  formatFixed(row.measured, 3),
  formatFixed(row.expected, 3),
  required(row),
  formatCount(row.samples),
];

/** What the verdicts mean that are neither good nor without meaning. */
export function auditNotes(rows: readonly AuditRow[]): string[] {
  const present = new Set(rows.map((row) => row.verdict));
  const notes: string[] = [];
  if (present.has('fail')) {
    notes.push(
      'fail: outside what is required, and chance does not explain it: the run did not have the specified input.',
    );
  }
  if (present.has('too few')) {
    notes.push('too few: the sample is too small for a verdict; chance explains the deviation. Run longer.');
  }
  return notes;
}

function required(row: AuditRow): string {
  if (row.low !== null && row.high !== null) return `${row.low} .. ${row.high}`;
  if (row.low !== null) return `at least ${row.low}`;
  return row.high === null ? NO_VALUE : `at most ${row.high}`;
}
