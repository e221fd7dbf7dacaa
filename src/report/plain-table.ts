/**
 * Tables without frames: columns by spaces and one rule under the head, so that a copied table is still a table in a mail
 * or an issue. It knows no result.
 */
import Table from 'cli-table3';
import { paint, type ReportStyle } from './style.ts';

export interface TableColumn {
  /** May have two lines. */
  title: string;
  align: 'left' | 'right';
}

/** Text, or text over several columns. */
export type TableCell = string | { content: string; span: number };

const NO_FRAME = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  'left-mid': '  ',
  mid: '─',
  'mid-mid': '─',
  right: '',
  'right-mid': '',
  middle: ' ',
};

/**
 * Lines of the table, indented by two. Rows have a cell for every column, spans counted. Columns stand two spaces apart,
 * or one where two would make the table wider than the style.
 */
export function renderTable(
  style: ReportStyle,
  columns: readonly TableColumn[],
  rows: readonly (readonly TableCell[])[],
): string[] {
  const spacious = renderWithGap(style, columns, rows, 2);
  return widthOf(spacious) <= style.width ? spacious : renderWithGap(style, columns, rows, 1);
}

/** Columns that the lines take, colours not counted. */
export function widthOf(lines: readonly string[]): number {
  return Math.max(0, ...lines.map((line) => withoutColours(line).length));
}

/** The text without terminal colours. */
export function withoutColours(text: string): string {
  return text.replaceAll(COLOUR, '');
}

const COLOUR = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g');

function paintLines(style: ReportStyle, title: string): string {
  return title
    .split('\n')
    .map((line) => paint(style, 'heading', line))
    .join('\n');
}

function renderWithGap(
  style: ReportStyle,
  columns: readonly TableColumn[],
  rows: readonly (readonly TableCell[])[],
  gap: 1 | 2,
): string[] {
  const table = new Table({
    chars: { ...NO_FRAME, left: ' '.repeat(3 - gap) },
    style: { 'padding-left': gap - 1, 'padding-right': 0, head: [], border: [], compact: true },
    colAligns: columns.map((column) => column.align),
    rowAligns: ['bottom'],
    head: columns.map((column) => paintLines(style, column.title)),
  });
  for (const row of rows) {
    table.push(
      row.map((cell) =>
        typeof cell === 'string' ? cell : { content: cell.content, colSpan: cell.span, hAlign: 'right' as const },
      ),
    );
  }
  const lines = table.toString().split('\n');
  // The rule counts the padding of the first column, which is the table's indentation.
  return lines.map((line) => line.trimEnd().replace(/^ {2}─{2}/, gap === 2 ? '  ─' : '  ──'));
}
