/** The tables as CSV lines (RFC 4180), columns by their specification names: for checking a database with other tools. */
import type { ExportTable } from '../../src/bench/contract.ts';
import type { Partition } from '../../src/engine/partition.ts';
import type { Column } from '../../src/engine/row-layout.ts';
import type { Table } from '../../src/engine/table.ts';
import { DATE_COLUMNS, HELPER_COLUMNS, ITEM, LOAD_INFO, MONEY_COLUMNS, RATE_COLUMNS } from './schema.ts';

/**
 * Every table of the specification, with its live rows.
 * @param shared whether ITEM, which every partition sees, is wanted
 */
export function exportTables(partition: Partition, shared: boolean): ExportTable[] {
  const wanted = (table: Table) => table.name !== LOAD_INFO.name && (shared || table.name !== ITEM.name);
  return partition.tables.filter(wanted).map(exportTable);
}

function exportTable(table: Table): ExportTable {
  const columns = table.layout.columns.filter((column) => !HELPER_COLUMNS.has(column.name));
  return {
    name: table.name,
    columns: columns.map((column) => column.name),
    rows: table.rowBound,
    lines(from, to) {
      let text = '';
      for (let row = from; row < to; row++) {
        if (!table.isLive(row)) continue;
        text += `${columns.map((column) => field(table, row, column)).join(',')}\r\n`;
      }
      return text;
    },
  };
}

const field = (table: Table, row: number, column: Column): string => exportField(column.name, table.read(row, column));

/**
 * A value as a field of a line: an amount with two decimals, a rate with four, an instant by ISO 8601, null as nothing.
 * @param column its name in the specification
 */
export function exportField(column: string, value: number | string | null): string {
  if (value === null) return '';
  if (typeof value === 'string') return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
  if (MONEY_COLUMNS.has(column)) return decimal(value, 2);
  if (RATE_COLUMNS.has(column)) return decimal(value, 4);
  if (DATE_COLUMNS.has(column)) return new Date(value).toISOString();
  return String(value);
}

/** An integer that counts 10^-digits, without going through a fraction. */
function decimal(value: number, digits: number): string {
  const text = String(Math.abs(value)).padStart(digits + 1, '0');
  return `${value < 0 ? '-' : ''}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}
