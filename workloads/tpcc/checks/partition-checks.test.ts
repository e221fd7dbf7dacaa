import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ConditionResult } from '../../../src/bench/result.ts';
import { NULL_INT32, NULL_INTEGER } from '../../../src/engine/row-layout.ts';
import type { Transaction } from '../../../src/engine/transaction.ts';
import { TABLES } from '../schema.ts';
import {
  type Database,
  findRow,
  liveRows,
  openDatabase,
  type PlainRow,
  RUN_INSTANT_MS,
  readRow,
  runTransactions,
} from '../testing/database.ts';
import { shownCents } from './column-values.ts';
import { CONDITION_IDS } from './condition-tally.ts';
import { judge } from './judge.ts';
import { checkPartition } from './partition-checks.ts';

const STOCK_IDS = ['stock.S_YTD', 'stock.S_ORDER_CNT', 'stock.S_REMOTE_CNT'];
const ALL_BUT_INDEXES = CONDITION_IDS.filter((id) => id !== 'engine.indexes');

let database: Database;
let transaction: Transaction;

beforeAll(() => {
  database = openDatabase({ lastWarehouse: 2, seed: 7, changeableItems: true });
  runTransactions(database.session, 5000);
  transaction = database.partition.newTransaction();
});

afterEach(() => {
  transaction.abort();
  expect(failures()).toEqual({});
});

function verdicts(): ConditionResult[] {
  return judge([checkPartition(database.partition, database.scale)], true);
}

/** Violations by id of the conditions that fail. */
function failures(): Record<string, string[]> {
  const failed = verdicts().filter((verdict) => !verdict.passed);
  for (const verdict of failed) expect(verdict.violationCount).toBeGreaterThan(0);
  return Object.fromEntries(failed.map((verdict) => [verdict.id, verdict.violations]));
}

const table = (name: string) => database.partition.table(name);

function set(name: string, row: number, values: PlainRow): void {
  for (const [columnName, value] of Object.entries(values)) {
    const column = table(name).column(columnName);
    if (column.kind === 'int32' && !column.keyed) {
      transaction.setInt32(table(name), row, column, (value ?? NULL_INT32) as number);
    } else if (column.kind === 'integer') {
      transaction.setInteger(table(name), row, column, (value ?? NULL_INTEGER) as number);
    } else throw new Error('tests damage numbers');
  }
}

function insert(name: string, values: PlainRow): void {
  const target = table(name);
  const row = target.allocate();
  for (const column of target.layout.columns) {
    const value = values[column.name] ?? null;
    if (column.kind === 'int32') target.putInt32(row, column, (value ?? NULL_INT32) as number);
    else if (column.kind === 'integer') target.putInteger(row, column, (value ?? NULL_INTEGER) as number);
    else {
      const bytes = new TextEncoder().encode(String(value ?? '').padEnd(column.variable ? 0 : column.sizeBytes));
      target.putText(row, column, bytes, 0, bytes.length);
    }
  }
  expect(transaction.insert(target, row)).toBe(true);
}

const read = (name: string, row: number): PlainRow => readRow(table(name), row);
const remove = (name: string, row: number): void => transaction.delete(table(name), row);
const empty = (name: string): void => {
  for (const row of liveRows(table(name))) remove(name, row);
};

function sumWhere(name: string, column: string, values: PlainRow): number {
  return liveRows(table(name))
    .map((row) => read(name, row))
    .filter((row) => Object.entries(values).every(([key, value]) => row[key] === value))
    .reduce((sum, row) => sum + Number(row[column]), 0);
}

const lineKey = (line: PlainRow): string =>
  `OL_W_ID=${line['OL_W_ID']} OL_D_ID=${line['OL_D_ID']} OL_O_ID=${line['OL_O_ID']} OL_NUMBER=${line['OL_NUMBER']}`;
const orderKey = (order: PlainRow): string =>
  `O_W_ID=${order['O_W_ID']} O_D_ID=${order['O_D_ID']} O_ID=${order['O_ID']}`;
const customerKey = (customer: PlainRow): string =>
  `C_W_ID=${customer['C_W_ID']} C_D_ID=${customer['C_D_ID']} C_ID=${customer['C_ID']}`;

/** An order line since the load that is delivered, of the customer who is returned with it. */
function deliveredLine(): { row: number; line: PlainRow; customer: PlainRow } {
  const row = findRow(
    table('ORDER-LINE'),
    { OL_W_ID: 1 },
    (line) => Number(line['OL_O_ID']) > 30 && line['OL_DELIVERY_D'] !== null && line['OL_SUPPLY_W_ID'] === 1,
  );
  const line = read('ORDER-LINE', row);
  const order = read(
    'ORDER',
    findRow(table('ORDER'), { O_W_ID: 1, O_D_ID: line['OL_D_ID'] as number, O_ID: line['OL_O_ID'] as number }),
  );
  const customer = read(
    'CUSTOMER',
    findRow(table('CUSTOMER'), { C_W_ID: 1, C_D_ID: line['OL_D_ID'] as number, C_ID: order['O_C_ID'] as number }),
  );
  return { row, line, customer };
}

describe('a sound database', () => {
  it('passes every condition, and every condition has read rows', () => {
    const results = verdicts();
    expect(results.map((verdict) => verdict.id)).toEqual(CONDITION_IDS);
    for (const verdict of results) {
      expect(verdict).toMatchObject({ passed: true, violationCount: 0, violations: [] });
      expect(verdict.checkedRows).toBeGreaterThan(0);
      if (verdict.id.startsWith('3.3.2.')) expect(verdict.title).toContain(`(TPC-C ${verdict.id})`);
    }
    const lines = table('ORDER-LINE').rowCount;
    expect(results.find((verdict) => verdict.id === '3.3.2.7')?.checkedRows).toBe(table('ORDER').rowCount + lines);
  });

  it('has been written to by every kind of transaction, remote ones included', () => {
    expect(table('ORDER').rowCount).toBeGreaterThan(2 * 10 * 30 + 1000);
    expect(table('HISTORY').rowCount).toBeGreaterThan(2 * 10 * 30 + 1000);
    expect(sumWhere('CUSTOMER', 'C_DELIVERY_CNT', {})).toBeGreaterThan(1000);
    expect(sumWhere('STOCK', 'S_REMOTE_CNT', {})).toBeGreaterThan(50);
    expect(
      liveRows(table('HISTORY')).filter((row) => {
        const history = read('HISTORY', row);
        return history['H_W_ID'] !== history['H_C_W_ID'];
      }).length,
    ).toBeGreaterThan(50);
  });

  it('passes right after the load', () => {
    const fresh = openDatabase({ lastWarehouse: 3 });
    expect(judge([checkPartition(fresh.partition, fresh.scale)], true).filter((verdict) => !verdict.passed)).toEqual(
      [],
    );
  });

  it('passes with NEW-ORDER drained by deliveries', () => {
    const drained = openDatabase();
    for (let i = 0; i < 9; i++) drained.session.delivery.execute(1, 1 + i, RUN_INSTANT_MS);
    expect(drained.partition.table('NEW-ORDER').rowCount).toBe(0);
    expect(
      judge([checkPartition(drained.partition, drained.scale)], true).filter((verdict) => !verdict.passed),
    ).toEqual([]);
  });
});

describe('condition 1', () => {
  it('and 8 name a warehouse whose W_YTD is off', () => {
    const row = findRow(table('WAREHOUSE'), { W_ID: 2 });
    const ytd = Number(read('WAREHOUSE', row)['W_YTD']);
    set('WAREHOUSE', row, { W_YTD: ytd + 1 });
    const said = `W_ID=2: W_YTD ${shownCents(ytd + 1)}`;
    expect(failures()).toEqual({
      '3.3.2.1': [`${said}, sum of D_YTD ${shownCents(ytd)}`],
      '3.3.2.8': [`${said}, sum of H_AMOUNT ${shownCents(ytd)}`],
    });
  });

  it('prints amounts of the initial database as the specification does', () => {
    const fresh = openDatabase();
    const { warehouse, district } = fresh.tables;
    const change = fresh.partition.newTransaction();
    change.setInteger(warehouse.table, 0, warehouse.ytd, 30_000_000);
    for (let row = 0; row < 10; row++) {
      change.setInteger(district.table, row, district.ytd, row === 9 ? 2_999_900 : 3_000_000);
    }
    const first = judge([checkPartition(fresh.partition, fresh.scale)], true)[0] as ConditionResult;
    expect(first.violations).toEqual(['W_ID=1: W_YTD 300000.00, sum of D_YTD 299999.00']);
  });

  it('does not let nulls on both sides cancel out', () => {
    set('WAREHOUSE', findRow(table('WAREHOUSE'), { W_ID: 1 }), { W_YTD: null });
    for (let district = 1; district <= 10; district++) {
      set('DISTRICT', findRow(table('DISTRICT'), { D_W_ID: 1, D_ID: district }), { D_YTD: district === 1 ? null : 0 });
    }
    const failed = failures();
    expect(Object.keys(failed)).toEqual(['3.3.2.1', '3.3.2.8', '3.3.2.9']);
    expect(failed['3.3.2.1']).toEqual(['W_ID=1: W_YTD null, sum of D_YTD null']);
  });

  it('reports a warehouse without a WAREHOUSE row', () => {
    remove('WAREHOUSE', findRow(table('WAREHOUSE'), { W_ID: 1 }));
    const failed = failures();
    expect(Object.keys(failed)).toEqual(['3.3.2.1', '3.3.2.8']);
    expect(failed['3.3.2.1']?.[0]).toMatch(/^W_ID=1: no WAREHOUSE row, sum of D_YTD \d+\.\d\d$/);
  });
});

describe('condition 2', () => {
  it('names a district whose D_NEXT_O_ID is off', () => {
    const row = findRow(table('DISTRICT'), { D_W_ID: 2, D_ID: 7 });
    const next = Number(read('DISTRICT', row)['D_NEXT_O_ID']);
    set('DISTRICT', row, { D_NEXT_O_ID: next + 1 });
    expect(Object.keys(failures())).toEqual(['3.3.2.2']);
    expect(failures()['3.3.2.2']?.[0]).toContain(
      `D_W_ID=2 D_ID=7: D_NEXT_O_ID - 1 = ${next}, newest O_ID ${next - 1}, `,
    );
    set('DISTRICT', row, { D_NEXT_O_ID: null });
    expect(Object.keys(failures())).toEqual(['3.3.2.2']);
    expect(failures()['3.3.2.2']?.[0]).toContain('D_NEXT_O_ID - 1 = null');
  });

  it('fails when the newest NEW-ORDER is not the newest order', () => {
    const newest = liveRows(table('NEW-ORDER'))
      .map((row) => ({ row, key: read('NEW-ORDER', row) }))
      .filter(({ key }) => key['NO_W_ID'] === 1)
      .reduce((most, next) => (Number(next.key['NO_O_ID']) > Number(most.key['NO_O_ID']) ? next : most));
    const rows = liveRows(table('NEW-ORDER')).filter((row) => {
      const key = read('NEW-ORDER', row);
      return key['NO_W_ID'] === 1 && key['NO_D_ID'] === newest.key['NO_D_ID'];
    });
    expect(rows.length).toBeGreaterThan(1);
    remove('NEW-ORDER', newest.row);
    const failed = failures();
    expect(Object.keys(failed)).toEqual(['3.3.2.2', '3.3.2.5', '3.3.2.11']);
    const number = Number(newest.key['NO_O_ID']);
    expect(failed['3.3.2.2']).toEqual([
      `D_W_ID=1 D_ID=${newest.key['NO_D_ID']}: D_NEXT_O_ID - 1 = ${number}, newest O_ID ${number}, newest NO_O_ID ${number - 1}`,
    ]);
  });

  it('reports an order number far beyond the others without giving every number between them a place', () => {
    insert('ORDER', { O_W_ID: 1, O_D_ID: 2, O_ID: 9_999_999, O_C_ID: 1, O_OL_CNT: 0, O_CARRIER_ID: 1 });
    const failed = failures();
    expect(Object.keys(failed)).toEqual(['3.3.2.2', '3.3.2.4', '3.3.2.5', '3.3.2.6', '3.3.2.11']);
    for (const violations of Object.values(failed)) expect(violations[0]).toContain('O_W_ID=1 O_D_ID=2 O_ID=9999999');
  });

  it('reports a district without a DISTRICT row', () => {
    remove('DISTRICT', findRow(table('DISTRICT'), { D_W_ID: 1, D_ID: 4 }));
    const failed = failures();
    expect(Object.keys(failed)).toEqual(['3.3.2.1', '3.3.2.2', '3.3.2.9']);
    expect(failed['3.3.2.2']?.[0]).toContain('D_W_ID=1 D_ID=4: no DISTRICT row');
    expect(failed['3.3.2.9']?.[0]).toContain('D_W_ID=1 D_ID=4: no DISTRICT row');
  });
});

describe('condition 3', () => {
  it('names a district with a gap, and 5 and 11 miss the row', () => {
    const numbers = liveRows(table('NEW-ORDER'))
      .map((row) => read('NEW-ORDER', row))
      .filter((key) => key['NO_W_ID'] === 2)
      .reduce((byDistrict, key) => {
        const district = Number(key['NO_D_ID']);
        return byDistrict.set(district, [...(byDistrict.get(district) ?? []), Number(key['NO_O_ID'])]);
      }, new Map<number, number[]>());
    const [district, ids] = [...numbers].find(([, candidates]) => candidates.length >= 3) as [number, number[]];
    const [oldest, newest] = [Math.min(...ids), Math.max(...ids)];
    const row = findRow(table('NEW-ORDER'), { NO_W_ID: 2, NO_D_ID: district, NO_O_ID: oldest + 1 });
    remove('NEW-ORDER', row);
    expect(failures()).toEqual({
      '3.3.2.3': [
        `NO_W_ID=2 NO_D_ID=${district}: newest NO_O_ID ${newest} - oldest NO_O_ID ${oldest} + 1 = ${ids.length}, NEW-ORDER rows ${
          ids.length - 1
        }`,
      ],
      '3.3.2.5': [`O_W_ID=2 O_D_ID=${district} O_ID=${oldest + 1}: O_CARRIER_ID null, no NEW-ORDER row`],
      '3.3.2.11': [expect.stringMatching(new RegExp(`^O_W_ID=2 O_D_ID=${district}: ORDER rows \\d+ - NEW-ORDER rows`))],
    });
  });
});

describe('conditions 4 and 6', () => {
  it('name the district and the order of a line too few', () => {
    const row = findRow(table('ORDER-LINE'), { OL_W_ID: 1, OL_D_ID: 3, OL_O_ID: 5, OL_NUMBER: 2 });
    const order = read('ORDER', findRow(table('ORDER'), { O_W_ID: 1, O_D_ID: 3, O_ID: 5 }));
    const count = Number(order['O_OL_CNT']);
    const sum = sumWhere('ORDER', 'O_OL_CNT', { O_W_ID: 1, O_D_ID: 3 });
    remove('ORDER-LINE', row);
    expect(failures()).toEqual({
      '3.3.2.4': [`O_W_ID=1 O_D_ID=3: sum of O_OL_CNT ${sum}, ORDER-LINE rows ${sum - 1}`],
      '3.3.2.6': [`O_W_ID=1 O_D_ID=3 O_ID=5: O_OL_CNT ${count}, ORDER-LINE rows ${count - 1}`],
    });
  });

  it('name the order of a line too many', () => {
    const order = read(
      'ORDER',
      findRow(table('ORDER'), { O_W_ID: 1, O_D_ID: 3 }, (row) => Number(row['O_OL_CNT']) < 15),
    );
    const first = read(
      'ORDER-LINE',
      findRow(table('ORDER-LINE'), { OL_W_ID: 1, OL_D_ID: 3, OL_O_ID: order['O_ID'] as number, OL_NUMBER: 1 }),
    );
    insert('ORDER-LINE', { ...first, OL_NUMBER: Number(order['O_OL_CNT']) + 1 });
    const failed = failures();
    expect(Object.keys(failed)).toEqual(['3.3.2.4', '3.3.2.6']);
    expect(failed['3.3.2.6']).toEqual([
      `${orderKey(order)}: O_OL_CNT ${order['O_OL_CNT']}, ORDER-LINE rows ${Number(order['O_OL_CNT']) + 1}`,
    ]);
  });

  it('fail on a wrong or null O_OL_CNT', () => {
    const row = findRow(table('ORDER'), { O_W_ID: 2, O_D_ID: 10, O_ID: 1 });
    const count = Number(read('ORDER', row)['O_OL_CNT']);
    for (const wrong of [count + 1, null]) {
      set('ORDER', row, { O_OL_CNT: wrong });
      const failed = failures();
      expect(Object.keys(failed)).toEqual(['3.3.2.4', '3.3.2.6']);
      expect(failed['3.3.2.6']).toEqual([`O_W_ID=2 O_D_ID=10 O_ID=1: O_OL_CNT ${wrong}, ORDER-LINE rows ${count}`]);
    }
  });

  it('and 7 report lines without an order', () => {
    insert('ORDER-LINE', {
      OL_W_ID: 1,
      OL_D_ID: 1,
      OL_O_ID: 0,
      OL_NUMBER: 3,
      OL_SUPPLY_W_ID: 1,
      OL_I_ID: 1,
      OL_QUANTITY: 1,
      OL_AMOUNT: 0,
    });
    const failed = failures();
    expect(Object.keys(failed)).toEqual(['3.3.2.4', '3.3.2.6', '3.3.2.7']);
    const said = 'OL_W_ID=1 OL_D_ID=1 OL_O_ID=0 OL_NUMBER=3: ORDER-LINE row, no ORDER row';
    expect(failed['3.3.2.6']).toEqual([said]);
    expect(failed['3.3.2.7']).toEqual([said]);
  });
});

describe('condition 5', () => {
  it('and 7 fail on a delivered order whose carrier is null', () => {
    const row = findRow(table('ORDER'), { O_W_ID: 1, O_D_ID: 5, O_ID: 4 });
    const count = Number(read('ORDER', row)['O_OL_CNT']);
    set('ORDER', row, { O_CARRIER_ID: null });
    const failed = failures();
    expect(Object.keys(failed)).toEqual(['3.3.2.5', '3.3.2.7']);
    expect(failed['3.3.2.5']).toEqual(['O_W_ID=1 O_D_ID=5 O_ID=4: O_CARRIER_ID null, no NEW-ORDER row']);
    expect(failed['3.3.2.7']).toHaveLength(Math.min(10, count));
    expect(failed['3.3.2.7']?.[0]).toBe(
      'OL_W_ID=1 OL_D_ID=5 OL_O_ID=4 OL_NUMBER=1: OL_DELIVERY_D 2026-01-01T00:00:00.000Z, O_CARRIER_ID null',
    );
  });

  it('and 7 fail on an undelivered order with a carrier', () => {
    const key = read('NEW-ORDER', findRow(table('NEW-ORDER'), { NO_W_ID: 1 }));
    const order = { O_W_ID: 1, O_D_ID: key['NO_D_ID'] as number, O_ID: key['NO_O_ID'] as number };
    set('ORDER', findRow(table('ORDER'), order), { O_CARRIER_ID: 0 });
    const failed = failures();
    expect(Object.keys(failed)).toEqual(['3.3.2.5', '3.3.2.7']);
    expect(failed['3.3.2.5']).toEqual([`${orderKey(order)}: O_CARRIER_ID 0, a NEW-ORDER row`]);
    expect(failed['3.3.2.7']?.[0]).toContain('OL_DELIVERY_D null, O_CARRIER_ID 0');
  });

  it('reports a NEW-ORDER row without an order', () => {
    const newest = Number(read('DISTRICT', findRow(table('DISTRICT'), { D_W_ID: 1, D_ID: 6 }))['D_NEXT_O_ID']) - 1;
    insert('NEW-ORDER', { NO_W_ID: 1, NO_D_ID: 6, NO_O_ID: newest + 1 });
    const failed = failures();
    expect(failed['3.3.2.5']).toEqual([`NO_W_ID=1 NO_D_ID=6 NO_O_ID=${newest + 1}: NEW-ORDER row, no ORDER row`]);
    expect(Object.keys(failed)).toEqual(['3.3.2.2', '3.3.2.5', '3.3.2.11']);
  });

  it('and others report an order that is gone', () => {
    remove('ORDER', findRow(table('ORDER'), { O_W_ID: 1, O_D_ID: 8, O_ID: 2 }));
    const failed = failures();
    expect(Object.keys(failed)).toEqual(['3.3.2.4', '3.3.2.6', '3.3.2.7', '3.3.2.11']);
    expect(failed['3.3.2.6']?.[0]).toBe('OL_W_ID=1 OL_D_ID=8 OL_O_ID=2 OL_NUMBER=1: ORDER-LINE row, no ORDER row');
  });
});

describe('condition 7', () => {
  it('names a delivered line without a date', () => {
    const row = findRow(table('ORDER-LINE'), { OL_W_ID: 2, OL_D_ID: 2, OL_O_ID: 7, OL_NUMBER: 4 });
    set('ORDER-LINE', row, { OL_DELIVERY_D: null });
    const failed = failures();
    expect(Object.keys(failed)).toEqual(['3.3.2.7']);
    expect(failed['3.3.2.7']?.[0]).toMatch(
      /^OL_W_ID=2 OL_D_ID=2 OL_O_ID=7 OL_NUMBER=4: OL_DELIVERY_D null, O_CARRIER_ID \d+$/,
    );
  });

  it('names an undelivered line with a date, whose amount then counts for its customer', () => {
    const row = findRow(table('ORDER-LINE'), { OL_W_ID: 2, OL_DELIVERY_D: null });
    set('ORDER-LINE', row, { OL_DELIVERY_D: RUN_INSTANT_MS });
    const failed = failures();
    expect(Object.keys(failed)).toEqual(['3.3.2.7', '3.3.2.10', '3.3.2.12']);
    expect(failed['3.3.2.7']).toEqual([
      `${lineKey(read('ORDER-LINE', row))}: OL_DELIVERY_D 2026-06-01T00:00:00.000Z, O_CARRIER_ID null`,
    ]);
  });
});

describe('conditions 8 and 9', () => {
  it('and 10 name warehouse, district and customer of a changed payment', () => {
    const row = findRow(table('HISTORY'), { H_W_ID: 2, H_D_ID: 9, H_C_W_ID: 1 });
    const history = read('HISTORY', row);
    const paidAt = (column: string, values: PlainRow): number => sumWhere('HISTORY', column, values);
    const ofWarehouse = paidAt('H_AMOUNT', { H_W_ID: 2 });
    const ofDistrict = paidAt('H_AMOUNT', { H_W_ID: 2, H_D_ID: 9 });
    set('HISTORY', row, { H_AMOUNT: Number(history['H_AMOUNT']) + 25 });
    const failed = failures();
    expect(Object.keys(failed)).toEqual(['3.3.2.8', '3.3.2.9', '3.3.2.10']);
    const ytdOf = (name: string, values: PlainRow, column: string): number =>
      Number(read(name, findRow(table(name), values))[column]);
    expect(failed['3.3.2.8']).toEqual([
      `W_ID=2: W_YTD ${shownCents(ytdOf('WAREHOUSE', { W_ID: 2 }, 'W_YTD'))}, sum of H_AMOUNT ${shownCents(ofWarehouse + 25)}`,
    ]);
    expect(failed['3.3.2.9']).toEqual([
      `D_W_ID=2 D_ID=9: D_YTD ${shownCents(ytdOf('DISTRICT', { D_W_ID: 2, D_ID: 9 }, 'D_YTD'))}, sum of H_AMOUNT ${shownCents(ofDistrict + 25)}`,
    ]);
    const who = `C_W_ID=1 C_D_ID=${history['H_C_D_ID']} C_ID=${history['H_C_ID']}: C_BALANCE `;
    expect(failed['3.3.2.10']?.[0]?.startsWith(who)).toBe(true);
  });

  it('fail on a null H_AMOUNT', () => {
    set('HISTORY', findRow(table('HISTORY'), { H_W_ID: 1, H_D_ID: 1 }), { H_AMOUNT: null });
    const failed = failures();
    expect(Object.keys(failed)).toEqual(['3.3.2.8', '3.3.2.9', '3.3.2.10']);
    for (const violations of Object.values(failed)) expect(violations[0]).toContain('sum of H_AMOUNT null');
  });

  it('report payments at a warehouse or district that does not exist, and by customers who do not', () => {
    const payment = { H_W_ID: 1, H_D_ID: 1, H_C_W_ID: 1, H_C_D_ID: 1, H_C_ID: 1, H_DATE: 0, H_AMOUNT: 0 };
    insert('HISTORY', { ...payment, H_W_ID: 3 });
    insert('HISTORY', { ...payment, H_D_ID: 11 });
    insert('HISTORY', { ...payment, H_C_ID: 31 });
    insert('HISTORY', { ...payment, H_C_W_ID: 3 });
    expect(failures()).toEqual({
      '3.3.2.8': ['H_W_ID=3: no such warehouse in this partition'],
      '3.3.2.9': [
        'H_W_ID=3 H_D_ID=1: no such district in this partition',
        'H_W_ID=1 H_D_ID=11: no such district in this partition',
      ],
      '3.3.2.10': [
        'H_C_W_ID=1 H_C_D_ID=1 H_C_ID=31: no such customer',
        'C_W_ID=3 C_D_ID=1 C_ID=1: no partition has the warehouse, sum of H_AMOUNT 0.00',
      ],
    });
  });

  it('name a district whose D_YTD is off', () => {
    const row = findRow(table('DISTRICT'), { D_W_ID: 1, D_ID: 10 });
    set('DISTRICT', row, { D_YTD: Number(read('DISTRICT', row)['D_YTD']) - 100 });
    const failed = failures();
    expect(Object.keys(failed)).toEqual(['3.3.2.1', '3.3.2.9']);
    expect(failed['3.3.2.9']?.[0]).toContain('D_W_ID=1 D_ID=10: D_YTD ');
  });
});

describe('conditions 10 and 12', () => {
  it('name a customer whose balance is off, with both sides', () => {
    const { customer, line } = deliveredLine();
    const key: PlainRow = { C_W_ID: 1, C_D_ID: line['OL_D_ID'] as number, C_ID: customer['C_ID'] as number };
    const paid = sumWhere('HISTORY', 'H_AMOUNT', {
      H_C_W_ID: 1,
      H_C_D_ID: key['C_D_ID'] as number,
      H_C_ID: key['C_ID'] as number,
    });
    const balance = Number(customer['C_BALANCE']);
    const ytd = Number(customer['C_YTD_PAYMENT']);
    expect(ytd).toBe(paid);
    set('CUSTOMER', findRow(table('CUSTOMER'), key), { C_BALANCE: balance + 7 });
    const delivered = shownCents(balance + ytd);
    expect(failures()).toEqual({
      '3.3.2.10': [
        `${customerKey(key)}: C_BALANCE ${shownCents(balance + 7)}, sum of delivered OL_AMOUNT ${delivered} - sum of H_AMOUNT ${shownCents(paid)} = ${shownCents(balance)}`,
      ],
      '3.3.2.12': [
        `${customerKey(key)}: C_BALANCE ${shownCents(balance + 7)} + C_YTD_PAYMENT ${shownCents(ytd)} = ${shownCents(balance + ytd + 7)}, sum of delivered OL_AMOUNT ${delivered}`,
      ],
    });
  });

  it('fail on a delivered amount that is off or null, and name its customer', () => {
    const { row, line, customer } = deliveredLine();
    for (const wrong of [Number(line['OL_AMOUNT']) + 1, null]) {
      set('ORDER-LINE', row, { OL_AMOUNT: wrong });
      const failed = failures();
      expect(Object.keys(failed)).toEqual(['3.3.2.10', '3.3.2.12']);
      for (const violations of Object.values(failed)) {
        expect(violations).toHaveLength(1);
        expect(violations[0]?.startsWith(`${customerKey(customer)}: `)).toBe(true);
      }
    }
  });

  it('fail on null money', () => {
    const row = findRow(table('CUSTOMER'), { C_W_ID: 2, C_D_ID: 1, C_ID: 30 });
    set('CUSTOMER', row, { C_BALANCE: null });
    expect(Object.keys(failures())).toEqual(['3.3.2.10', '3.3.2.12']);
    expect(failures()['3.3.2.10']?.[0]).toContain('C_BALANCE null');
  });

  it('only 12 reads C_YTD_PAYMENT', () => {
    const row = findRow(table('CUSTOMER'), { C_W_ID: 2, C_D_ID: 1, C_ID: 30 });
    for (const wrong of [Number(read('CUSTOMER', row)['C_YTD_PAYMENT']) - 1, null]) {
      set('CUSTOMER', row, { C_YTD_PAYMENT: wrong });
      const failed = failures();
      expect(Object.keys(failed)).toEqual(['3.3.2.12']);
      expect(failed['3.3.2.12']?.[0]).toContain('C_W_ID=2 C_D_ID=1 C_ID=30: ');
    }
  });

  it('report a customer who is gone, and orders and customers outside the population', () => {
    const row = findRow(table('CUSTOMER'), { C_W_ID: 1, C_D_ID: 1, C_DELIVERY_CNT: 0 });
    const gone = read('CUSTOMER', row);
    remove('CUSTOMER', row);
    const failed = failures();
    expect(Object.keys(failed)).toEqual(['3.3.2.10', '3.3.2.12']);
    expect(failed['3.3.2.10']?.[0]?.startsWith(`${customerKey(gone)}: C_BALANCE null`)).toBe(true);
    expect(failed['3.3.2.12']).toEqual([`${customerKey(gone)}: no CUSTOMER row, sum of delivered OL_AMOUNT 0.00`]);
    insert('CUSTOMER', { ...gone, C_ID: 31 });
    expect(Object.keys(failures())).toEqual(['3.3.2.10', '3.3.2.11', '3.3.2.12']);
    expect(failures()['3.3.2.11']).toEqual(['C_W_ID=1 C_D_ID=1 C_ID=31: no such customer in this partition']);
    const order = findRow(table('ORDER'), { O_W_ID: 1, O_D_ID: 2, O_ID: 1 });
    transaction.abort();
    const placed = read('ORDER', order);
    remove('ORDER', order);
    insert('ORDER', { ...placed, O_C_ID: 99 });
    expect(Object.keys(failures())).toEqual(['3.3.2.10', '3.3.2.12']);
    expect(failures()['3.3.2.12']).toEqual(['O_W_ID=1 O_D_ID=2 O_ID=1: O_C_ID 99, no such customer']);
  });
});

describe('condition 11', () => {
  it('counts deliveries by C_DELIVERY_CNT', () => {
    const row = findRow(table('CUSTOMER'), { C_W_ID: 2, C_D_ID: 4 });
    const deliveries = sumWhere('CUSTOMER', 'C_DELIVERY_CNT', { C_W_ID: 2, C_D_ID: 4 });
    expect(deliveries).toBeGreaterThan(0);
    const orders = liveRows(table('ORDER')).filter((candidate) => {
      const order = read('ORDER', candidate);
      return order['O_W_ID'] === 2 && order['O_D_ID'] === 4;
    }).length;
    const newOrders = orders - 21 - deliveries;
    set('CUSTOMER', row, { C_DELIVERY_CNT: Number(read('CUSTOMER', row)['C_DELIVERY_CNT']) + 1 });
    expect(failures()).toEqual({
      '3.3.2.11': [
        `O_W_ID=2 O_D_ID=4: ORDER rows ${orders} - NEW-ORDER rows ${newOrders} = ${21 + deliveries}, 21 at load + sum of C_DELIVERY_CNT ${deliveries + 1} = ${22 + deliveries}`,
      ],
    });
    set('CUSTOMER', row, { C_DELIVERY_CNT: null });
    expect(Object.keys(failures())).toEqual(['3.3.2.11']);
  });
});

describe('the conditions on stock', () => {
  const stockRow = (warehouseId: number): { row: number; stock: PlainRow } => {
    const row = findRow(table('STOCK'), { S_W_ID: warehouseId }, (stock) => Number(stock['S_ORDER_CNT']) > 0);
    return { row, stock: read('STOCK', row) };
  };

  it('name a stock row whose column is off', () => {
    for (const [column, id] of [
      ['S_YTD', 'stock.S_YTD'],
      ['S_ORDER_CNT', 'stock.S_ORDER_CNT'],
      ['S_REMOTE_CNT', 'stock.S_REMOTE_CNT'],
    ] as const) {
      const { row, stock } = stockRow(2);
      for (const wrong of [Number(stock[column]) + 1, null]) {
        set('STOCK', row, { [column]: wrong });
        const failed = failures();
        expect(Object.keys(failed)).toEqual([id]);
        const [line] = failed[id] as [string];
        expect(line.startsWith(`S_W_ID=2 S_I_ID=${stock['S_I_ID']}: ${column} ${wrong}, `)).toBe(true);
        expect(line.endsWith(` ${stock[column]}`)).toBe(true);
      }
      set('STOCK', row, { [column]: stock[column] as number });
    }
  });

  it('catch remote stock that silently stays home', () => {
    // The line says warehouse 2, but warehouse 1 was charged.
    const { row, line } = deliveredLine();
    set('ORDER-LINE', row, { OL_SUPPLY_W_ID: 2 });
    const failed = failures();
    expect(Object.keys(failed)).toEqual(STOCK_IDS);
    const item = line['OL_I_ID'];
    for (const id of ['stock.S_YTD', 'stock.S_ORDER_CNT']) {
      expect(failed[id]?.map((violation) => violation.split(':')[0])).toEqual([
        `S_W_ID=1 S_I_ID=${item}`,
        `S_W_ID=2 S_I_ID=${item}`,
      ]);
    }
    expect(failed['stock.S_REMOTE_CNT']?.map((violation) => violation.split(':')[0])).toEqual([
      `S_W_ID=2 S_I_ID=${item}`,
    ]);
  });

  it('catch a home line that counts as remote', () => {
    const { line } = deliveredLine();
    const home = findRow(table('STOCK'), { S_W_ID: 1, S_I_ID: line['OL_I_ID'] as number });
    set('STOCK', home, { S_REMOTE_CNT: Number(read('STOCK', home)['S_REMOTE_CNT']) + 1 });
    expect(Object.keys(failures())).toEqual(['stock.S_REMOTE_CNT']);
  });

  it('fail on a wrong or null quantity of a new line, but not of a loaded one', () => {
    const { row, line } = deliveredLine();
    for (const wrong of [Number(line['OL_QUANTITY']) + 1, null]) {
      set('ORDER-LINE', row, { OL_QUANTITY: wrong });
      const failed = failures();
      expect(Object.keys(failed)).toEqual(['stock.S_YTD']);
      expect(failed['stock.S_YTD']?.[0]).toContain(`S_W_ID=1 S_I_ID=${line['OL_I_ID']}: `);
    }
    transaction.abort();
    set('ORDER-LINE', findRow(table('ORDER-LINE'), { OL_W_ID: 1, OL_D_ID: 1, OL_O_ID: 30 }), { OL_QUANTITY: 9 });
    expect(failures()).toEqual({});
  });

  it('report a new line that is gone, with everything that it takes along', () => {
    const { row, line } = deliveredLine();
    remove('ORDER-LINE', row);
    const failed = failures();
    expect(Object.keys(failed)).toEqual([
      '3.3.2.4',
      '3.3.2.6',
      '3.3.2.10',
      '3.3.2.12',
      'stock.S_YTD',
      'stock.S_ORDER_CNT',
    ]);
    expect(failed['stock.S_YTD']?.[0]).toContain(`S_W_ID=1 S_I_ID=${line['OL_I_ID']}: S_YTD `);
  });

  it('report stock rows that are gone and those that nobody has', () => {
    const { row, stock } = stockRow(1);
    remove('STOCK', row);
    const failed = failures();
    expect(Object.keys(failed)).toEqual(STOCK_IDS);
    expect(failed['stock.S_ORDER_CNT']).toEqual([
      `S_W_ID=1 S_I_ID=${stock['S_I_ID']}: S_ORDER_CNT null, ORDER-LINE rows ${stock['S_ORDER_CNT']}`,
    ]);
    transaction.abort();
    insert('STOCK', { ...stock, S_I_ID: 201 });
    expect(failures()['stock.S_YTD']).toEqual(['S_W_ID=1 S_I_ID=201: no such stock row in this partition']);
    transaction.abort();

    const { row: lineRow, line } = deliveredLine();
    set('ORDER-LINE', lineRow, { OL_I_ID: 201 });
    expect(Object.keys(failures())).toEqual(STOCK_IDS);
    expect(failures()['stock.S_YTD']?.[0]).toBe(`${lineKey(line)}: OL_SUPPLY_W_ID 1, OL_I_ID 201, no such stock row`);
    set('ORDER-LINE', lineRow, { OL_I_ID: line['OL_I_ID'] as number, OL_SUPPLY_W_ID: 3 });
    expect(failures()['stock.S_YTD']).toContain(
      `S_W_ID=3 S_I_ID=${line['OL_I_ID']}: no partition has the warehouse, sum of OL_QUANTITY ${line['OL_QUANTITY']}`,
    );
  });
});

describe('an empty table', () => {
  const conditionsOf: Record<string, string[]> = {
    WAREHOUSE: ['3.3.2.1', '3.3.2.8'],
    DISTRICT: ['3.3.2.1', '3.3.2.2', '3.3.2.9'],
    CUSTOMER: ['3.3.2.10', '3.3.2.11', '3.3.2.12'],
    HISTORY: ['3.3.2.8', '3.3.2.9', '3.3.2.10'],
    ORDER: ['3.3.2.2', '3.3.2.4', '3.3.2.5', '3.3.2.6', '3.3.2.7', '3.3.2.10', '3.3.2.11', '3.3.2.12'],
    'ORDER-LINE': ['3.3.2.4', '3.3.2.6', '3.3.2.7', '3.3.2.10', '3.3.2.12', ...STOCK_IDS],
    ITEM: STOCK_IDS,
    STOCK: STOCK_IDS,
  };

  it.each(Object.keys(conditionsOf))('%s fails what reads it', (name) => {
    empty(name);
    const failed = failures();
    expect(Object.keys(failed)).toEqual(expect.arrayContaining(conditionsOf[name] as string[]));
    for (const id of conditionsOf[name] as string[]) expect(failed[id]?.[0]).toBe(`table ${name} is empty`);
  });

  it('NEW-ORDER is no fault by itself, but undelivered orders without it are', () => {
    empty('NEW-ORDER');
    const failed = failures();
    expect(Object.keys(failed)).toEqual(['3.3.2.5', '3.3.2.11']);
    expect(Object.values(failed).flat().join()).not.toContain('empty');
  });

  it('fails every condition when nothing is left, whatever adds up to nothing', () => {
    for (const { name } of TABLES) if (name !== 'LOAD-INFO') empty(name);
    const failed = Object.keys(failures());
    expect(ALL_BUT_INDEXES.filter((id) => id !== '3.3.2.3' && !failed.includes(id))).toEqual([]);
    empty('LOAD-INFO');
    const failedToo = Object.keys(failures());
    expect(ALL_BUT_INDEXES.filter((id) => id !== '3.3.2.3' && !failedToo.includes(id))).toEqual([]);
  });
});

describe('a district of which no order is left', () => {
  it('is missed', () => {
    for (const [name, prefix] of [
      ['ORDER', 'O'],
      ['NEW-ORDER', 'NO'],
      ['ORDER-LINE', 'OL'],
    ] as const) {
      for (const row of liveRows(table(name))) {
        const values = read(name, row);
        if (values[`${prefix}_W_ID`] === 2 && values[`${prefix}_D_ID`] === 8) remove(name, row);
      }
    }
    const failed = failures();
    expect(Object.keys(failed)).toEqual(expect.arrayContaining(['3.3.2.2', '3.3.2.10', '3.3.2.11', '3.3.2.12']));
    expect(failed['3.3.2.2']?.[0]).toMatch(/^D_W_ID=2 D_ID=8: D_NEXT_O_ID - 1 = \d+, newest O_ID 0, no NEW-ORDER row$/);
    expect(failed['3.3.2.11']?.[0]).toContain('O_W_ID=2 O_D_ID=8: ORDER rows 0 - NEW-ORDER rows 0 = 0, 21 at load');
  });
});

describe('a warehouse of the load of which no row is left', () => {
  it('is missed', () => {
    const columns: Record<string, string> = {
      WAREHOUSE: 'W_ID',
      DISTRICT: 'D_W_ID',
      CUSTOMER: 'C_W_ID',
      HISTORY: 'H_W_ID',
      'NEW-ORDER': 'NO_W_ID',
      ORDER: 'O_W_ID',
      'ORDER-LINE': 'OL_W_ID',
      STOCK: 'S_W_ID',
    };
    for (const [name, column] of Object.entries(columns)) {
      for (const row of liveRows(table(name))) if (read(name, row)[column] === 2) remove(name, row);
    }
    const failed = failures();
    expect(failed['3.3.2.1']).toEqual(['W_ID=2: no WAREHOUSE row, sum of D_YTD 0.00']);
    expect(failed['3.3.2.12']?.[0]).toContain('C_W_ID=2 C_D_ID=1 C_ID=1: no CUSTOMER row');
  });
});

describe('violations', () => {
  it('are all counted, and the first ten named', () => {
    for (const row of liveRows(table('DISTRICT'))) {
      set('DISTRICT', row, { D_NEXT_O_ID: Number(read('DISTRICT', row)['D_NEXT_O_ID']) + 5 });
    }
    const verdict = verdicts().find(({ id }) => id === '3.3.2.2') as ConditionResult;
    expect(verdict.violationCount).toBe(20);
    expect(verdict.violations).toHaveLength(10);
    expect(new Set(verdict.violations).size).toBe(10);
    for (const violation of verdict.violations) expect(violation).not.toContain('\n');
  });
});
