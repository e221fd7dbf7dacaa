/** The elements as CSV lines (RFC 4180), for checking them with other tools. */
import type { ExportTable } from '../../src/bench/contract.ts';
import type { Table } from '../../src/engine/table.ts';

export function exportElements(table: Table): ExportTable {
  const { columns } = table.layout;
  return {
    name: table.name,
    columns: columns.map(({ name }) => name),
    rows: table.rowBound,
    lines(from, to) {
      let text = '';
      for (let row = from; row < to; row++) {
        if (table.isLive(row)) text += `${columns.map((column) => table.read(row, column)).join(',')}\r\n`;
      }
      return text;
    },
  };
}
