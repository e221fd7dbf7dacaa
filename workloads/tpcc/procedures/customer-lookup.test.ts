import { describe, expect, it } from 'vitest';
import { type Database, findRow, openDatabase, readRow } from '../testing/database.ts';
import { CustomerLookup } from './customer-lookup.ts';

/** Adds customers 31, 32, ... with one last name and these first names to district (1, 2). */
function addSameNames(database: Database, nameNumber: number, firstNames: readonly string[]): void {
  const { customer } = database.tables;
  const { table } = customer;
  const transaction = database.partition.newTransaction();
  const template = findRow(table, { C_W_ID: 1, C_D_ID: 2, C_ID: 1 });
  firstNames.forEach((name, i) => {
    const row = table.allocate();
    for (const column of table.layout.columns) {
      if (column.kind === 'int32') table.putInt32(row, column, table.getInt32(template, column));
      else if (column.kind === 'integer') table.putInteger(row, column, table.getInteger(template, column));
      else {
        const bytes = new TextEncoder().encode(column.name === 'C_FIRST' ? name : table.readText(template, column));
        table.putText(row, column, bytes, 0, bytes.length);
      }
    }
    table.putInt32(row, customer.id, 31 + i);
    table.putInt32(row, table.keyColumn('C_LAST_NUMBER'), nameNumber);
    expect(transaction.insert(table, row)).toBe(true);
  });
  transaction.commit();
}

describe('CustomerLookup', () => {
  it('takes the one at n/2 rounded up, by first name', () => {
    const shuffled = ['DORA', 'ANNA', 'FRED', 'BERT', 'EMIL', 'CARL', 'GINA'];
    const middle = ['ANNA', 'ANNA', 'BERT', 'BERT', 'CARL', 'CARL', 'DORA'];
    for (let n = 1; n <= shuffled.length; n++) {
      const names = ['ANNA', 'BERT', 'CARL', 'DORA', 'EMIL', 'FRED', 'GINA'].slice(0, n);
      const database = openDatabase();
      addSameNames(
        database,
        500,
        shuffled.filter((name) => names.includes(name)),
      );
      const row = new CustomerLookup(database.tables).byLastName(1, 2, 500);
      expect(readRow(database.tables.customer.table, row)['C_FIRST']).toBe(middle[n - 1]);
    }
  });

  it('compares first names by their characters, a shorter one before its longer kin', () => {
    const names = ['b', 'aab', 'aa', 'B', 'a', 'ab', 'Z9', '9Z', 'aaa'];
    const sorted = [...names].sort();
    const database = openDatabase();
    addSameNames(database, 501, names);
    const row = new CustomerLookup(database.tables).byLastName(1, 2, 501);
    expect(readRow(database.tables.customer.table, row)['C_FIRST']).toBe(sorted[4]);
  });

  it('keeps to the district and the name', () => {
    const database = openDatabase({ lastWarehouse: 2 });
    const lookup = new CustomerLookup(database.tables);
    addSameNames(database, 502, ['A', 'B', 'C']);
    expect(lookup.byLastName(1, 1, 502)).toBe(-1);
    expect(lookup.byLastName(1, 3, 502)).toBe(-1);
    expect(lookup.byLastName(2, 2, 502)).toBe(-1);
    expect(lookup.byLastName(1, 2, 503)).toBe(-1);
    for (const [w, d, number] of [
      [1, 1, 0],
      [1, 10, 29],
      [2, 1, 0],
      [2, 10, 29],
    ] as const) {
      const row = readRow(database.tables.customer.table, lookup.byLastName(w, d, number));
      expect(row).toMatchObject({ C_W_ID: w, C_D_ID: d, C_LAST_NUMBER: number });
    }
  });

  it('finds every customer by number and stops at one who does not exist', () => {
    const database = openDatabase({ lastWarehouse: 2 });
    const lookup = new CustomerLookup(database.tables);
    for (const w of [1, 2]) {
      for (let d = 1; d <= 10; d++) {
        for (let c = 1; c <= 30; c++) {
          const row = readRow(database.tables.customer.table, lookup.byId(w, d, c));
          expect(row).toMatchObject({ C_W_ID: w, C_D_ID: d, C_ID: c });
        }
      }
    }
    expect(() => lookup.byId(1, 1, 31)).toThrow('no customer (1, 1, 31)');
    expect(() => lookup.byId(3, 1, 1)).toThrow('no customer (3, 1, 1)');
  });
});
