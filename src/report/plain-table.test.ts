import { describe, expect, it } from 'vitest';
import { renderTable, type TableColumn, widthOf, withoutColours } from './plain-table.ts';

const columns: TableColumn[] = [
  { title: 'name', align: 'left' },
  { title: 'long\nhead', align: 'right' },
  { title: 'n', align: 'right' },
];
const rows = [
  ['a', '1', '22'],
  ['longer', { content: 'over two', span: 2 }],
  ['b', '', '3'],
];

describe('renderTable', () => {
  it('aligns columns without frames, with one rule', () => {
    expect(renderTable({ colour: false, width: 80 }, columns, rows)).toEqual([
      '          long',
      '  name    head   n',
      '  ────────────────',
      '  a          1  22',
      '  longer  over two',
      '  b              3',
    ]);
  });

  it('moves columns closer where it would be too wide', () => {
    expect(renderTable({ colour: false, width: 15 }, columns, rows.slice(0, 1))).toEqual([
      '       long',
      '  name head  n',
      '  ────────────',
      '  a       1 22',
    ]);
  });

  it('is the same with colours, colours apart', () => {
    const coloured = renderTable({ colour: true, width: 80 }, columns, rows);
    const plain = renderTable({ colour: false, width: 80 }, columns, rows);
    expect(coloured).not.toEqual(plain);
    expect(coloured.map((line) => withoutColours(line).trimEnd())).toEqual(plain);
    expect(widthOf(coloured)).toBe(widthOf(plain));
  });
});
