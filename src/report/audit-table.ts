/** The audit of the drawn input as a table with verdicts, and what a verdict other than `pass` means. */
import type { AuditRow, AuditVerdict } from '../bench/result.ts';
import { formatCount, formatFixed, NO_VALUE } from './format.ts';
import { renderTable, type TableColumn } from './plain-table.ts';
import { paint, type ReportStyle, type Tone, wrap } from './style.ts';

const COLUMNS: TableColumn[] = [
  { title: 'input', align: 'left' },
  { title: 'measured', align: 'right' },
  { title: 'expected', align: 'right' },
  { title: 'required', align: 'right' },
  { title: 'samples', align: 'right' },
  { title: 'verdict', align: 'left' },
];

const TONES: Record<AuditVerdict, Tone | null> = {
  pass: 'good',
  fail: 'bad',
  'too few': 'doubtful',
  'not applicable': null,
  info: null,
};

/** Lines of the table, then an explanation of each verdict that needs one. */
export function renderAuditTable(style: ReportStyle, rows: readonly AuditRow[]): string[] {
  const cells = rows.map((row) => {
    const tone = TONES[row.verdict];
    return [
      row.name.includes(row.unit) ? row.name : `${row.name} (${row.unit})`,
      formatFixed(row.measured, 3),
      formatFixed(row.expected, 3),
      required(row),
      formatCount(row.samples),
      tone === null ? row.verdict : paint(style, tone, row.verdict),
    ];
  });
  const lines = renderTable(style, COLUMNS, cells);
  const present = new Set(rows.map((row) => row.verdict));
  const explain = (text: string): void => {
    lines.push(...wrap(style, text, '  ', '    '));
  };
  if (present.has('fail')) {
    explain(
      'fail: outside what is required, and chance does not explain it: the run did not have the specified input.',
    );
  }
  if (present.has('too few')) {
    explain('too few: the sample is too small for a verdict; chance explains the deviation. Run longer.');
  }
  return lines;
}

function required(row: AuditRow): string {
  if (row.low !== null && row.high !== null) return `${row.low} .. ${row.high}`;
  if (row.low !== null) return `at least ${row.low}`;
  return row.high === null ? NO_VALUE : `at most ${row.high}`;
}
