import { beforeAll, describe, expect, it } from 'vitest';
import type { ExportTable } from '../../src/bench/contract.ts';
import { exportTables } from './export.ts';
import { TABLES } from './schema.ts';
import { type Database, findRow, liveRows, openDatabase, runTransactions } from './testing/database.ts';

let database: Database;

beforeAll(() => {
  database = openDatabase({ lastWarehouse: 2 });
});

function exported(name: string, from: Database = database): ExportTable {
  const table = exportTables(from.partition, true).find((candidate) => candidate.name === name);
  if (table === undefined) throw new Error(`${name} is not exported`);
  return table;
}

const lines = (table: ExportTable): string[] => table.lines(0, table.rows).split('\r\n').slice(0, -1);

/** Splits a record (RFC 4180). */
const fields = (line: string): string[] =>
  [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
  );

/** The first exported record with this value in this column. */
function record(table: ExportTable, column: string, value: string): Record<string, string> {
  const at = table.columns.indexOf(column);
  const line = lines(table).find((candidate) => fields(candidate)[at] === value);
  const values = fields(line ?? '');
  return Object.fromEntries(table.columns.map((name, i) => [name, values[i] ?? '']));
}

describe('exportTables', () => {
  it('has the nine tables with the columns of the specification and nothing of the engine', () => {
    const tables = exportTables(database.partition, true);
    expect(tables.map(({ name }) => name)).toEqual(
      TABLES.map(({ name }) => name).filter((name) => name !== 'LOAD-INFO'),
    );
    for (const { name, columns } of tables) {
      const defined: Record<string, unknown> = TABLES.find((table) => table.name === name)?.columns ?? {};
      expect(columns).toEqual(Object.keys(defined).filter((column) => column !== 'C_LAST_NUMBER'));
    }
  });

  it('leaves out ITEM where another partition writes what all of them share', () => {
    const names = (shared: boolean) => exportTables(database.partition, shared).map(({ name }) => name);
    expect(names(false)).toEqual(names(true).filter((name) => name !== 'ITEM'));
    expect(names(true)).toContain('ITEM');
  });

  it('writes a line for every live row, and as many fields as columns', () => {
    for (const table of exportTables(database.partition, true)) {
      const written = lines(table);
      expect(written).toHaveLength(database.partition.table(table.name).rowCount);
      for (const line of written.slice(0, 200)) expect(fields(line)).toHaveLength(table.columns.length);
    }
  });

  it('writes the same in pieces as at once', () => {
    const table = exported('ORDER-LINE');
    let pieces = '';
    for (let from = 0; from < table.rows; from += 97) pieces += table.lines(from, Math.min(from + 97, table.rows));
    expect(pieces).toBe(table.lines(0, table.rows));
  });

  it('prints money with two decimals, rates with four, dates as instants, null as nothing', () => {
    const warehouse = record(exported('WAREHOUSE'), 'W_ID', '2');
    expect(warehouse['W_YTD']).toBe('3000.00');
    expect(warehouse['W_TAX']).toMatch(/^0\.[01]\d{3}$|^0\.2000$/);
    const customer = record(exported('CUSTOMER'), 'C_ID', '7');
    expect(customer).toMatchObject({
      C_BALANCE: '-10.00',
      C_YTD_PAYMENT: '10.00',
      C_CREDIT_LIM: '50000.00',
      C_SINCE: '2026-01-01T00:00:00.000Z',
      C_PAYMENT_CNT: '1',
      C_LAST: 'BARBARANTI',
    });
    expect(customer['C_DISCOUNT']).toMatch(/^0\.[0-5]\d{3}$/);
    expect(record(exported('ORDER'), 'O_ID', '30')['O_CARRIER_ID']).toBe('');
    expect(record(exported('ORDER'), 'O_ID', '21')['O_CARRIER_ID']).toMatch(/^\d+$/);
    expect(record(exported('ORDER-LINE'), 'OL_O_ID', '21')).toMatchObject({
      OL_AMOUNT: '0.00',
      OL_DELIVERY_D: '2026-01-01T00:00:00.000Z',
    });
    expect(record(exported('ORDER-LINE'), 'OL_O_ID', '22')['OL_DELIVERY_D']).toBe('');
  });

  it('prints small and negative amounts with their zeros', () => {
    const changed = openDatabase();
    const { customer } = changed.tables;
    const amounts = [0, 5, -5, 99, -100, 123_456_789_012, -7_000_000_000_001];
    amounts.forEach((amount, i) => {
      const row = findRow(customer.table, { C_W_ID: 1, C_D_ID: 1, C_ID: i + 1 });
      customer.table.putInteger(row, customer.balance, amount);
    });
    const table = exported('CUSTOMER', changed);
    const printed = amounts.map((_, i) => record(table, 'C_ID', String(i + 1))['C_BALANCE']);
    expect(printed).toEqual(['0.00', '0.05', '-0.05', '0.99', '-1.00', '1234567890.12', '-70000000000.01']);
  });

  it('quotes texts with commas, quotes and line breaks', () => {
    const changed = openDatabase();
    const { table } = changed.tables.item;
    const texts = ['one, two, three', 'the "best" item', 'two\r\nlines of it', '"'.repeat(14), ','.repeat(14)];
    texts.forEach((text, i) => {
      const bytes = new TextEncoder().encode(text);
      table.putText(findRow(table, { I_ID: i + 1 }), table.textColumn('I_NAME'), bytes, 0, bytes.length);
    });
    const item = exported('ITEM', changed);
    const written = item.lines(0, texts.length);
    const quoted = texts.map((text) => `"${text.replaceAll('"', '""')}"`);
    for (const text of quoted) expect(written).toContain(`,${text},`);
    expect(item.lines(10, 11)).not.toContain('"');
  });

  it('leaves out rows that are deleted or rolled back', () => {
    const changed = openDatabase();
    runTransactions(changed.session, 300);
    const table = changed.partition.table('NEW-ORDER');
    expect(table.rowBound).toBeGreaterThan(table.rowCount);
    const written = lines(exported('NEW-ORDER', changed));
    expect(written).toHaveLength(table.rowCount);
    expect(new Set(written).size).toBe(table.rowCount);
    const live = liveRows(table).map((row) =>
      ['NO_O_ID', 'NO_D_ID', 'NO_W_ID'].map((column) => table.read(row, table.column(column))).join(),
    );
    expect(written).toEqual(live);
  });
});
