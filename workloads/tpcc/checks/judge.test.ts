import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { PartialCheck } from '../../../src/bench/contract.ts';
import { NULL_INT32, NULL_INTEGER } from '../../../src/engine/row-layout.ts';
import type { Transaction } from '../../../src/engine/transaction.ts';
import { type Database, findRow, openDatabase, type PlainRow, readRow, runTransactions } from '../testing/database.ts';
import { CONDITION_IDS } from './condition-tally.ts';
import { judge } from './judge.ts';
import { checkPartition } from './partition-checks.ts';

const STOCK_IDS = ['stock.S_YTD', 'stock.S_ORDER_CNT', 'stock.S_REMOTE_CNT'];

/** Warehouses 1 and 2 in one partition, 3 and 4 in the other; what crosses them is put in by hand. */
let low: Database;
let high: Database;
let lowChange: Transaction;
let highChange: Transaction;

beforeAll(() => {
  const apart = { totalWarehouses: 4, remoteItemPct: 0, remotePaymentPct: 0, seed: 11 };
  low = openDatabase({ ...apart, firstWarehouse: 1, lastWarehouse: 2 });
  high = openDatabase({ ...apart, firstWarehouse: 3, lastWarehouse: 4 });
  runTransactions(low.session, 3000);
  runTransactions(high.session, 3000);
  lowChange = low.partition.newTransaction();
  highChange = high.partition.newTransaction();
});

afterEach(() => {
  lowChange.abort();
  highChange.abort();
  expect(failuresOf([low, high])).toEqual({});
});

const partial = (database: Database): PartialCheck => checkPartition(database.partition, database.scale);

function failures(partials: readonly PartialCheck[]): Record<string, string[]> {
  const failed = judge(partials, true).filter((verdict) => !verdict.passed);
  return Object.fromEntries(failed.map((verdict) => [verdict.id, verdict.violations]));
}

const failuresOf = (databases: readonly Database[]): Record<string, string[]> => failures(databases.map(partial));

function add(
  database: Database,
  change: Transaction,
  name: string,
  keys: PlainRow,
  amounts: Record<string, number>,
): void {
  const table = database.partition.table(name);
  const row = findRow(table, keys);
  for (const [columnName, amount] of Object.entries(amounts)) {
    const column = table.column(columnName);
    const value = Number(table.read(row, column)) + amount;
    if (column.kind === 'int32' && !column.keyed) change.setInt32(table, row, column, value);
    else if (column.kind === 'integer') change.setInteger(table, row, column, value);
  }
}

function insert(database: Database, change: Transaction, name: string, values: PlainRow): void {
  const table = database.partition.table(name);
  const row = table.allocate();
  for (const column of table.layout.columns) {
    const value = values[column.name] ?? null;
    if (column.kind === 'int32') table.putInt32(row, column, (value ?? NULL_INT32) as number);
    else if (column.kind === 'integer') table.putInteger(row, column, (value ?? NULL_INTEGER) as number);
    else table.putText(row, column, new Uint8Array(column.sizeBytes), 0, column.variable ? 0 : column.sizeBytes);
  }
  expect(change.insert(table, row)).toBe(true);
}

/** The half of a Payment of 12.00 at warehouse 3 that stays there. */
function payAtHome(customer: PlainRow): void {
  add(high, highChange, 'WAREHOUSE', { W_ID: 3 }, { W_YTD: 1200 });
  add(high, highChange, 'DISTRICT', { D_W_ID: 3, D_ID: 9 }, { D_YTD: 1200 });
  insert(high, highChange, 'HISTORY', { H_W_ID: 3, H_D_ID: 9, H_DATE: 0, H_AMOUNT: 1200, ...customer });
}

/** The half that belongs to a customer of warehouse 1. */
function payAtCustomer(): void {
  const customer = { C_W_ID: 1, C_D_ID: 2, C_ID: 5 };
  add(low, lowChange, 'CUSTOMER', customer, { C_BALANCE: -1200, C_YTD_PAYMENT: 1200, C_PAYMENT_CNT: 1 });
}

const CUSTOMER = { H_C_W_ID: 1, H_C_D_ID: 2, H_C_ID: 5 };

describe('a payment by a customer of another partition', () => {
  it('passes only when both partitions are judged together', () => {
    payAtHome(CUSTOMER);
    payAtCustomer();
    expect(Object.keys(failuresOf([low]))).toEqual(['3.3.2.10']);
    expect(failuresOf([low])['3.3.2.10']?.[0]).toMatch(/^C_W_ID=1 C_D_ID=2 C_ID=5: C_BALANCE /);
    expect(failuresOf([high])).toEqual({
      '3.3.2.10': ['C_W_ID=1 C_D_ID=2 C_ID=5: no partition has the warehouse, sum of H_AMOUNT 12.00'],
    });
    expect(failuresOf([low, high])).toEqual({});
    expect(failuresOf([high, low])).toEqual({});
  });

  it('that the customer does not know of fails', () => {
    payAtHome(CUSTOMER);
    expect(failuresOf([low, high])).toEqual({
      '3.3.2.10': [
        'C_W_ID=1 C_D_ID=2 C_ID=5: C_BALANCE leaves out payments at other partitions, sum of H_AMOUNT 12.00',
      ],
    });
  });

  it('that no partition has booked fails', () => {
    payAtCustomer();
    expect(Object.keys(failuresOf([low, high]))).toEqual(['3.3.2.10']);
    expect(failuresOf([low, high])['3.3.2.10']).toHaveLength(1);
  });

  it('booked on another customer fails for both', () => {
    payAtHome({ ...CUSTOMER, H_C_ID: 6 });
    payAtCustomer();
    expect(failuresOf([low, high])['3.3.2.10']?.map((line) => line.split(':')[0])).toEqual([
      'C_W_ID=1 C_D_ID=2 C_ID=5',
      'C_W_ID=1 C_D_ID=2 C_ID=6',
    ]);
  });

  it('with a null amount fails', () => {
    payAtHome(CUSTOMER);
    payAtCustomer();
    const history = high.partition.table('HISTORY');
    const row = findRow(history, { H_C_W_ID: 1 });
    highChange.setInt32(history, row, history.int32Column('H_AMOUNT'), NULL_INT32);
    expect(Object.keys(failuresOf([low, high]))).toEqual(['3.3.2.8', '3.3.2.9', '3.3.2.10']);
  });
});

describe('an order line with stock of another partition', () => {
  const orderedAt3 = (): { row: number; line: PlainRow } => {
    const table = high.partition.table('ORDER-LINE');
    const row = findRow(table, { OL_W_ID: 3 }, (line) => Number(line['OL_O_ID']) > 30);
    return { row, line: readRow(table, row) };
  };

  /** Makes warehouse 1 the supplier of a line of warehouse 3. */
  function supplyFrom1(moveStock: boolean): PlainRow {
    const { row, line } = orderedAt3();
    const table = high.partition.table('ORDER-LINE');
    highChange.setInt32(table, row, table.int32Column('OL_SUPPLY_W_ID'), 1);
    const [item, quantity] = [line['OL_I_ID'] as number, line['OL_QUANTITY'] as number];
    if (moveStock) {
      add(high, highChange, 'STOCK', { S_W_ID: 3, S_I_ID: item }, { S_YTD: -quantity, S_ORDER_CNT: -1 });
      const amounts = { S_YTD: quantity, S_ORDER_CNT: 1, S_REMOTE_CNT: 1 };
      add(low, lowChange, 'STOCK', { S_W_ID: 1, S_I_ID: item }, amounts);
    }
    return line;
  }

  it('passes only when both partitions are judged together', () => {
    const line = supplyFrom1(true);
    expect(Object.keys(failuresOf([low]))).toEqual(STOCK_IDS);
    expect(failuresOf([low])['stock.S_YTD']?.[0]).toContain(`S_W_ID=1 S_I_ID=${line['OL_I_ID']}: S_YTD `);
    expect(failuresOf([high])['stock.S_REMOTE_CNT']).toEqual([
      `S_W_ID=1 S_I_ID=${line['OL_I_ID']}: no partition has the warehouse, ORDER-LINE rows of other warehouses 1`,
    ]);
    expect(failuresOf([low, high])).toEqual({});
    expect(failuresOf([high, low])).toEqual({});
  });

  it('fails where the stock was silently taken at home', () => {
    const line = supplyFrom1(false);
    const failed = failuresOf([low, high]);
    expect(Object.keys(failed)).toEqual(STOCK_IDS);
    const item = line['OL_I_ID'];
    expect(failed['stock.S_REMOTE_CNT']).toEqual([
      `S_W_ID=1 S_I_ID=${item}: S_REMOTE_CNT leaves out order lines of other partitions, ORDER-LINE rows of other warehouses 1`,
    ]);
    expect(failed['stock.S_YTD']?.map((violation) => violation.split(':')[0])).toEqual([
      `S_W_ID=1 S_I_ID=${item}`,
      `S_W_ID=3 S_I_ID=${item}`,
    ]);
  });

  it('fails where the supplier forgot that it was remote', () => {
    const line = supplyFrom1(true);
    add(low, lowChange, 'STOCK', { S_W_ID: 1, S_I_ID: line['OL_I_ID'] as number }, { S_REMOTE_CNT: -1 });
    expect(Object.keys(failuresOf([low, high]))).toEqual(['stock.S_REMOTE_CNT']);
  });
});

describe('merging', () => {
  it('survives the way between threads', () => {
    payAtHome(CUSTOMER);
    payAtCustomer();
    const partials = [partial(low), partial(high)];
    const buffers = partials.flatMap(({ sums }) =>
      Object.values(sums).flatMap(({ keys, values }) => [keys.buffer, values.buffer]),
    );
    expect(new Set(buffers).size).toBe(buffers.length);
    expect(failures(structuredClone(partials, { transfer: buffers as ArrayBuffer[] }))).toEqual({});
  });

  it('adds up rows and violations, and names the first ten', () => {
    for (const [database, change] of [
      [low, lowChange],
      [high, highChange],
    ] as const) {
      const { district } = database.tables;
      for (let row = 0; row < 6; row++) {
        const next = district.table.getInt32(row, district.nextOrderId);
        change.setInt32(district.table, row, district.nextOrderId, next + 1);
      }
    }
    const [a, b] = [partial(low), partial(high)];
    const merged = judge([a, b], true).find(({ id }) => id === '3.3.2.2');
    const rows = [a, b].map(({ conditions }) => conditions.find(({ id }) => id === '3.3.2.2')?.checkedRows ?? 0);
    expect(merged).toMatchObject({ passed: false, violationCount: 12, checkedRows: (rows[0] ?? 0) + (rows[1] ?? 0) });
    expect(merged?.violations).toHaveLength(10);
    expect(merged?.violations.filter((line) => line.startsWith('D_W_ID=1 '))).toHaveLength(6);
    expect(merged?.violations.filter((line) => line.startsWith('D_W_ID=3 '))).toHaveLength(4);
  });

  it('sends nothing about customers and stock that one partition explains', () => {
    const { sums } = partial(low);
    const { W_ID: warehouses, ...others } = sums;
    expect([...(warehouses?.keys ?? [])]).toEqual([1, 2]);
    for (const { keys } of Object.values(others)) expect(keys).toHaveLength(0);
  });

  it('passes nothing when nothing was checked', () => {
    const results = judge([], true);
    expect(results.map(({ id }) => id)).toEqual(CONDITION_IDS);
    for (const verdict of results) {
      expect(verdict).toMatchObject({ passed: false, violationCount: 1, violations: ['no partition was checked'] });
    }
  });

  it('passes no condition that a partition has left out', () => {
    const whole = partial(low);
    const conditions = whole.conditions.filter(({ id }) => id !== '3.3.2.4');
    expect(failures([{ ...whole, conditions }])).toEqual({ '3.3.2.4': ['a partition was not checked'] });
    const { H_AMOUNT: _, ...sums } = whole.sums;
    expect(() => judge([{ ...whole, sums }], true)).toThrow('H_AMOUNT');
  });

  it('has no verdict on sums that a lost partition has a share in, and keeps all other verdicts', () => {
    const spanning = ['3.3.2.10', ...STOCK_IDS];
    for (const { id, passed, checkable, reason, violationCount } of judge([partial(low)], false)) {
      expect(passed, id).toBe(!spanning.includes(id));
      expect(violationCount, id).toBe(0);
      if (!spanning.includes(id)) expect([checkable, reason]).toEqual([undefined, undefined]);
      else expect([checkable, reason]).toEqual([false, expect.stringContaining('lost')]);
    }
    expect(
      judge([partial(low), partial(high)], true).every(({ passed, checkable }) => passed && checkable === undefined),
    ).toBe(true);
  });

  it('still fails what one partition alone violates when another is lost', () => {
    const { warehouse, stock } = low.tables;
    lowChange.setInteger(warehouse.table, 0, warehouse.ytd, 1);
    lowChange.delete(stock.table, 5);
    const failed = judge([partial(low)], false).filter(({ passed, checkable }) => !passed && checkable !== false);
    expect(failed.map(({ id }) => id)).toEqual(expect.arrayContaining(['3.3.2.1', '3.3.2.8']));
    for (const { violationCount } of failed) expect(violationCount).toBeGreaterThan(0);
  });
});
