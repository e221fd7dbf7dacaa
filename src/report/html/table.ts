/** Tables with captions and headings that screen readers announce; a wide one scrolls in its own box. It knows no result. */
import { type Markup, markup, type Part } from './markup.ts';

export interface HtmlColumn {
  /** A line break between its lines is shown as one. */
  title: string;
  align: 'left' | 'right';
}

/** Text or markup, or one of them over several columns. */
export type HtmlCell = Part | { content: string; span: number };

export interface HtmlTable {
  caption: string;
  columns: readonly HtmlColumn[];
  /** The first cell of a row is its heading. */
  rows: readonly (readonly HtmlCell[])[];
}

export function renderHtmlTable({ caption, columns, rows }: HtmlTable): Markup {
  const head = columns.map(({ title, align }) => markup`<th scope="col" class="${align}">${inLines(title)}</th>`);
  return markup`<div class="scroll" role="region" tabindex="0" aria-label="${caption}"><table>
<caption><span>${caption}</span></caption>
<thead><tr>${head}</tr></thead>
<tbody>${rows.map((row) => markup`<tr>${renderCells(row, columns)}</tr>\n`)}</tbody>
</table></div>
`;
}

const inLines = (title: string): Markup[] =>
  title.split('\n').map((line, i) => (i === 0 ? markup`${line}` : markup`<br>${line}`));

function renderCells(row: readonly HtmlCell[], columns: readonly HtmlColumn[]): Markup[] {
  let column = 0;
  return row.map((cell, i) => {
    const align = columns[column]?.align ?? 'right';
    const span = isSpan(cell) ? cell.span : 1;
    column += span;
    const content = isSpan(cell) ? cell.content : cell;
    if (i === 0) return headingCell(content);
    return span === 1
      ? markup`<td class="${align}">${content}</td>`
      : markup`<td class="${align}" colspan="${span}">${content}</td>`;
  });
}

/** A name that the console indents is part of the row above. */
const headingCell = (content: Part): Markup =>
  typeof content === 'string' && content.startsWith('  ')
    ? markup`<th scope="row" class="left part">${content.trim()}</th>`
    : markup`<th scope="row" class="left">${content}</th>`;

const isSpan = (cell: HtmlCell): cell is { content: string; span: number } =>
  typeof cell === 'object' && cell !== null && 'span' in cell;

/** Labels and what they stand for. */
export const renderFacts = (facts: readonly (readonly [label: string, value: Part])[]): Markup =>
  markup`<dl class="facts">${facts.map(([label, value]) => markup`<div><dt>${label}</dt><dd>${value}</dd></div>\n`)}</dl>
`;
