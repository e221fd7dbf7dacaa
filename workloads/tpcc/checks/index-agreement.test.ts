import { describe, expect, it } from 'vitest';
import type { ConditionResult } from '../../../src/bench/result.ts';
import { type Database, findRow, openDatabase, runTransactions } from '../testing/database.ts';
import { ConditionTally } from './condition-tally.ts';
import { judgeIndexes } from './index-agreement.ts';

function verdict({ partition }: Database): ConditionResult {
  const tally = new ConditionTally('engine.indexes');
  judgeIndexes(partition, tally);
  return tally.result();
}

function used(): Database {
  const database = openDatabase({ lastWarehouse: 2 });
  runTransactions(database.session, 2000);
  return database;
}

describe('judgeIndexes', () => {
  it('reads every entry of every index of a sound partition', () => {
    const database = used();
    const result = verdict(database);
    expect(result).toMatchObject({ passed: true, violations: [] });
    const entries = database.partition.tables.map(
      (table) => table.rowCount * (table.hashIndexes.length + table.directIndexes.length + table.orderedIndexes.length),
    );
    expect(result.checkedRows).toBe(entries.reduce((sum, count) => sum + count, 0));
  });

  it('does not disturb the transactions that follow', () => {
    const database = used();
    verdict(database);
    runTransactions(database.session, 500);
    expect(verdict(database).passed).toBe(true);
  });

  it('names a row that a point index does not lead to', () => {
    const database = used();
    const { stock } = database.tables;
    const row = findRow(stock.table, { S_W_ID: 2, S_I_ID: 17 });
    const key = stock.primary.key.of2(2, 17);
    stock.primary.remove(key, row);
    const result = verdict(database);
    expect(result.violations).toContain(`STOCK.primary: key ${key} of row ${row} leads to row -1`);
    expect(result.violations).toContain('STOCK.primary: entries 399, rows 400');
  });

  it('names a warehouse that is not found', () => {
    const database = used();
    database.tables.warehouse.primary.remove(2, 1);
    expect(verdict(database).violations).toEqual([
      'WAREHOUSE.primary: entries 1, rows 2',
      'WAREHOUSE.primary: key 2 of row 1 leads to row -1',
    ]);
  });

  it('names a row that an ordered index lacks', () => {
    const database = used();
    const { orderLine } = database.tables;
    const row = findRow(orderLine.table, { OL_W_ID: 1, OL_D_ID: 4, OL_O_ID: 3, OL_NUMBER: 2 });
    const key = orderLine.primary.key.of4(1, 4, 3, 2);
    orderLine.primary.remove(key, row);
    expect(verdict(database).violations).toContain(`ORDER-LINE.primary: key ${key} of row ${row} is not found`);
  });

  it('names an entry that leads to no row, or to a row with another key', () => {
    const database = used();
    const { newOrder, order } = database.tables;
    const unused = newOrder.table.rowBound;
    newOrder.primary.insert(newOrder.primary.key.of3(1, 1, 9_000_000), unused);
    expect(verdict(database).violations).toContain(
      `NEW-ORDER.primary: key ${newOrder.primary.key.of3(1, 1, 9_000_000)} leads to row ${unused}, which is not live`,
    );

    const row = findRow(order.table, { O_W_ID: 2, O_D_ID: 2, O_ID: 2 });
    order.table.putInt32(row, order.customerId, 31 - order.table.getInt32(row, order.customerId));
    const violations = verdict(database).violations.filter((line) => line.startsWith('ORDER.byCustomer: '));
    expect(violations[0]).toMatch(new RegExp(`leads to row ${row}, whose key is \\d+$`));
    expect(violations[1]).toMatch(new RegExp(`of row ${row} is not found$`));
  });

  it('sees two entries that were swapped although the sizes agree', () => {
    const database = used();
    const { orderLine } = database.tables;
    const { table, primary } = orderLine;
    const [a, b] = [1, 2].map((number) =>
      findRow(table, { OL_W_ID: 1, OL_D_ID: 1, OL_O_ID: 1, OL_NUMBER: number }),
    ) as [number, number];
    primary.remove(primary.key.of4(1, 1, 1, 1), a);
    primary.remove(primary.key.of4(1, 1, 1, 2), b);
    primary.insert(primary.key.of4(1, 1, 1, 1), b);
    primary.insert(primary.key.of4(1, 1, 1, 2), a);
    const result = verdict(database);
    expect(result.passed).toBe(false);
    expect(result.violations.every((line) => line.startsWith('ORDER-LINE.primary: '))).toBe(true);
    expect(result.violationCount).toBe(4);
  });

  it('reports a key column outside its range instead of stopping', () => {
    const database = used();
    const { customer } = database.tables;
    customer.table.putInt32(3, customer.table.keyColumn('C_LAST_NUMBER'), -5);
    expect(verdict(database).violations.some((line) => line.startsWith('CUSTOMER.byLastName: '))).toBe(true);
  });
});
