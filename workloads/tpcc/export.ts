/** The tables as CSV lines (RFC 4180), columns by their specification names: for checking a database with other tools. */
import type { ExportTable } from '../../src/bench/contract.ts';
import type { Partition } from '../../src/engine/partition.ts';
import type { Column } from '../../src/engine/row-layout.ts';
import type { Table } from '../../src/engine/table.ts';
import { HELPER_COLUMNS, ITEM, LOAD_INFO } from './schema.ts';

/** How a number prints: as it is, as an amount with two decimals, as a rate with four, or as an instant. */
const MONEY = new Set([
  'W_YTD',
  'D_YTD',
  'C_CREDIT_LIM',
  'C_BALANCE',
  'C_YTD_PAYMENT',
  'H_AMOUNT',
  'OL_AMOUNT',
  'I_PRICE',
]);
const RATES = new Set(['W_TAX', 'D_TAX', 'C_DISCOUNT']);
const DATES = new Set(['C_SINCE', 'H_DATE', 'O_ENTRY_D', 'OL_DELIVERY_D']);

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

function field(table: Table, row: number, column: Column): string {
  const value = table.read(row, column);
  if (value === null) return '';
  if (typeof value === 'string') return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
  if (MONEY.has(column.name)) return decimal(value, 2);
  if (RATES.has(column.name)) return decimal(value, 4);
  if (DATES.has(column.name)) return new Date(value).toISOString();
  return String(value);
}

/** An integer that counts 10^-digits, without going through a fraction. */
function decimal(value: number, digits: number): string {
  const text = String(Math.abs(value)).padStart(digits + 1, '0');
  return `${value < 0 ? '-' : ''}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}
