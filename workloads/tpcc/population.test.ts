import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { Partition } from '../../src/engine/partition.ts';
import type { Table } from '../../src/engine/table.ts';
import { binomialTest } from './binomial.ts';
import { Deck } from './deck.ts';
import { expectedRows } from './population.ts';
import { drawConstants, lastName, RandomStream } from './random.ts';
import { TpccSession } from './session.ts';
import * as spec from './specification.ts';
import { binned, countWithin, fits, fitsUniform } from './testing/chi-square.ts';
import { type Database, exportTexts, openDatabase, readRow, runTransactions, SMALL_SCALE } from './testing/database.ts';

const SEED = 9;
const LOAD = '2026-01-01T00:00:00.000Z';

let database: Database;

beforeAll(() => {
  database = openDatabase({ scale: spec.FULL_SCALE, seed: SEED });
});

const table = (name: string): Table => database.partition.table(name);

/** All values of a number column, in row order; null as null. */
function numbers(name: string, column: string): number[] {
  const source = table(name);
  const handle = source.column(column);
  return Array.from({ length: source.rowBound }, (_, row) => source.read(row, handle) as number);
}

function texts(name: string, column: string, rows = table(name).rowBound): string[] {
  const source = table(name);
  const handle = source.textColumn(column);
  return Array.from({ length: rows }, (_, row) => source.readText(row, handle));
}

/** Every value is the same. */
function expectAll(name: string, column: string, value: number | string): void {
  expect([
    ...new Set<number | string>(typeof value === 'string' ? texts(name, column) : numbers(name, column)),
  ]).toEqual([value]);
}

/** Lengths low..high, each equally often, and characters of the pattern only. */
function expectText(name: string, column: string, low: number, high: number, pattern = /^[A-Za-z0-9]*$/): void {
  const values = texts(name, column);
  const lengths = countWithin(
    values.map((value) => value.length),
    low,
    high,
  );
  expect(values.filter((value) => !pattern.test(value))).toEqual([]);
  if (values.length >= 10_000 && high > low) expect(fitsUniform(lengths), `${column} lengths`).toBe(true);
  if (values.length > 1 && high - low > 3) expect(new Set(values).size).toBeGreaterThan(values.length * 0.9);
}

function expectUniform(name: string, column: string, low: number, high: number): void {
  const counts = countWithin(numbers(name, column), low, high);
  const bins = Math.min(100, high - low + 1);
  // Only whole bins are comparable.
  const whole = counts.slice(0, counts.length - (counts.length % bins));
  expect(fitsUniform(binned(whole, bins)), column).toBe(true);
}

function expectShare(hits: number, total: number, pct: number): void {
  expect(binomialTest(hits, total, pct / 100), `${hits} of ${total}, expected ${pct}%`).toBeGreaterThan(1e-4);
}

describe('one warehouse at full scale (4.3.3.1)', () => {
  it('has the cardinalities of the specification', () => {
    const rows = Object.fromEntries(database.partition.tables.map(({ name, rowCount }) => [name, rowCount]));
    const orderLines = numbers('ORDER', 'O_OL_CNT').reduce((sum, count) => sum + count, 0);
    expect(rows).toEqual({
      WAREHOUSE: 1,
      DISTRICT: 10,
      CUSTOMER: 30_000,
      HISTORY: 30_000,
      'NEW-ORDER': 9_000,
      ORDER: 30_000,
      'ORDER-LINE': orderLines,
      ITEM: 100_000,
      STOCK: 100_000,
      'LOAD-INFO': 1,
    });
    expect(Math.abs(orderLines - 300_000)).toBeLessThan(4.5 * Math.sqrt(30_000 * 10));
    const expected = expectedRows(spec.FULL_SCALE, 1) + spec.FULL_SCALE.items;
    const loaded = database.partition.tables.reduce((sum, { rowCount }) => sum + rowCount, 0);
    expect(Math.abs(expected - loaded)).toBeLessThan(3_000);
  });

  it('has its warehouse and districts with taxes, money and addresses', () => {
    for (const [name, prefix] of [
      ['WAREHOUSE', 'W'],
      ['DISTRICT', 'D'],
    ] as const) {
      expectText(name, `${prefix}_NAME`, 6, 10);
      expectText(name, `${prefix}_STREET_1`, 10, 20);
      expectText(name, `${prefix}_STREET_2`, 10, 20);
      expectText(name, `${prefix}_CITY`, 10, 20);
      expectText(name, `${prefix}_STATE`, 2, 2, /^[A-Z]{2}$/);
      expectText(name, `${prefix}_ZIP`, 9, 9, /^\d{4}11111$/);
      countWithin(numbers(name, `${prefix}_TAX`), 0, 2_000);
    }
    expectAll('WAREHOUSE', 'W_ID', 1);
    expectAll('WAREHOUSE', 'W_YTD', 30_000_000);
    expectAll('DISTRICT', 'D_YTD', 3_000_000);
    expectAll('DISTRICT', 'D_NEXT_O_ID', 3_001);
    expectAll('DISTRICT', 'D_W_ID', 1);
    expect(numbers('DISTRICT', 'D_ID')).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect([spec.INITIAL_W_YTD_CENTS, spec.INITIAL_D_YTD_CENTS]).toEqual([30_000_000, 3_000_000]);
  });

  it('has items', () => {
    expect(numbers('ITEM', 'I_ID')).toEqual(Array.from({ length: 100_000 }, (_, i) => i + 1));
    expectUniform('ITEM', 'I_IM_ID', 1, 10_000);
    expectUniform('ITEM', 'I_PRICE', 100, 10_000);
    expectText('ITEM', 'I_NAME', 14, 24);
    expectText('ITEM', 'I_DATA', 26, 50);
  });

  it('has stock', () => {
    expect(numbers('STOCK', 'S_I_ID')).toEqual(Array.from({ length: 100_000 }, (_, i) => i + 1));
    expectAll('STOCK', 'S_W_ID', 1);
    expectUniform('STOCK', 'S_QUANTITY', 10, 100);
    for (const column of ['S_YTD', 'S_ORDER_CNT', 'S_REMOTE_CNT']) expectAll('STOCK', column, 0);
    expectText('STOCK', 'S_DATA', 26, 50);
    for (let district = 1; district <= 10; district++) {
      const info = texts('STOCK', `S_DIST_${String(district).padStart(2, '0')}`, 5_000);
      expect(info.every((value) => /^[A-Za-z0-9]{24}$/.test(value))).toBe(true);
      expect(new Set(info).size).toBe(5_000);
    }
  });

  it('has ORIGINAL in a tenth of I_DATA and S_DATA, at a random place', () => {
    for (const [name, column] of [
      ['ITEM', 'I_DATA'],
      ['STOCK', 'S_DATA'],
    ] as const) {
      const values = texts(name, column);
      const original = values.filter((value) => value.includes('ORIGINAL'));
      expectShare(original.length, values.length, 10);
      // A text of length n has n - 7 places for the word, both ends included.
      const lengths = Array.from({ length: 25 }, (_, i) => 26 + i);
      const endPct = lengths.reduce((sum, length) => sum + 100 / (length - 7), 0) / lengths.length;
      expectShare(original.filter((value) => value.startsWith('ORIGINAL')).length, original.length, endPct);
      expectShare(original.filter((value) => value.endsWith('ORIGINAL')).length, original.length, endPct);
      const tenths = original.map((value) => Math.floor((10 * value.indexOf('ORIGINAL')) / (value.length - 7)));
      expect(countWithin(tenths, 0, 9).every((count) => count > original.length / 15)).toBe(true);
    }
  });

  it('has customers: names in order, then by NURand; credit, discounts and money', () => {
    const names = texts('CUSTOMER', 'C_LAST');
    const nameNumbers = numbers('CUSTOMER', 'C_LAST_NUMBER');
    expect(names.every((name, row) => name === lastName(nameNumbers[row] as number))).toBe(true);
    const later: number[] = [];
    for (let district = 0; district < 10; district++) {
      const ofDistrict = nameNumbers.slice(district * 3_000, (district + 1) * 3_000);
      expect(ofDistrict.slice(0, 1_000)).toEqual(Array.from({ length: 1_000 }, (_, i) => i));
      later.push(...ofDistrict.slice(1_000));
    }
    expect(numbers('CUSTOMER', 'C_ID')).toEqual(Array.from({ length: 30_000 }, (_, i) => (i % 3_000) + 1));
    expect(numbers('CUSTOMER', 'C_D_ID')).toEqual(Array.from({ length: 30_000 }, (_, i) => Math.floor(i / 3_000) + 1));

    const { lastNameLoad } = drawConstants(SEED);
    const shares = new Float64Array(1_000);
    for (let a = 0; a <= 255; a++) {
      for (let b = 0; b <= 999; b++) shares[((a | b) + lastNameLoad) % 1_000] += 1;
    }
    expect(fits(binned(countWithin(later, 0, 999), 250), binned(shares, 250))).toBe(true);

    expectText('CUSTOMER', 'C_FIRST', 8, 16);
    expectAll('CUSTOMER', 'C_MIDDLE', 'OE');
    expectText('CUSTOMER', 'C_STREET_1', 10, 20);
    expectText('CUSTOMER', 'C_STREET_2', 10, 20);
    expectText('CUSTOMER', 'C_CITY', 10, 20);
    expectText('CUSTOMER', 'C_STATE', 2, 2, /^[A-Z]{2}$/);
    expectText('CUSTOMER', 'C_ZIP', 9, 9, /^\d{4}11111$/);
    expectText('CUSTOMER', 'C_PHONE', 16, 16, /^\d{16}$/);
    expectText('CUSTOMER', 'C_DATA', 300, 500);
    const credit = texts('CUSTOMER', 'C_CREDIT');
    expect([...new Set(credit)].sort()).toEqual(['BC', 'GC']);
    expectShare(credit.filter((value) => value === 'BC').length, credit.length, 10);
    expectUniform('CUSTOMER', 'C_DISCOUNT', 0, 5_000);
    expectAll('CUSTOMER', 'C_CREDIT_LIM', 5_000_000);
    expectAll('CUSTOMER', 'C_BALANCE', -1_000);
    expectAll('CUSTOMER', 'C_YTD_PAYMENT', 1_000);
    expectAll('CUSTOMER', 'C_PAYMENT_CNT', 1);
    expectAll('CUSTOMER', 'C_DELIVERY_CNT', 0);
    expectAll('CUSTOMER', 'C_SINCE', Date.parse(LOAD));
  });

  it('has zips of four random digits', () => {
    const digits = countWithin(
      texts('CUSTOMER', 'C_ZIP').map((zip) => Number(zip.slice(0, 4))),
      0,
      9_999,
    );
    expect(fitsUniform(binned(digits, 100))).toBe(true);
  });

  it('has one payment of each customer', () => {
    expect(numbers('HISTORY', 'H_C_ID')).toEqual(numbers('CUSTOMER', 'C_ID'));
    expect(numbers('HISTORY', 'H_C_D_ID')).toEqual(numbers('CUSTOMER', 'C_D_ID'));
    expect(numbers('HISTORY', 'H_D_ID')).toEqual(numbers('CUSTOMER', 'C_D_ID'));
    expectAll('HISTORY', 'H_C_W_ID', 1);
    expectAll('HISTORY', 'H_W_ID', 1);
    expectAll('HISTORY', 'H_AMOUNT', 1_000);
    expectAll('HISTORY', 'H_DATE', Date.parse(LOAD));
    expectText('HISTORY', 'H_DATA', 12, 24);
  });

  it('has orders by a random permutation of the customers, another one in each district', () => {
    const customers = numbers('ORDER', 'O_C_ID');
    const permutations = new Set<string>();
    let fixed = 0;
    for (let district = 0; district < 10; district++) {
      const ofDistrict = customers.slice(district * 3_000, (district + 1) * 3_000);
      permutations.add(ofDistrict.join());
      fixed += ofDistrict.filter((customer, i) => customer === i + 1).length;
      expect([...ofDistrict].sort((a, b) => a - b)).toEqual(Array.from({ length: 3_000 }, (_, i) => i + 1));
      const ups = ofDistrict.filter((customer, i) => i > 0 && customer > (ofDistrict[i - 1] as number)).length;
      expect(Math.abs(ups - 1_499.5)).toBeLessThan(4.5 * Math.sqrt(3_001 / 12));
    }
    expect(permutations.size).toBe(10);
    // One customer in each permutation keeps its place on average.
    expect(fixed).toBeLessThan(30);
  });

  it('has the oldest 2,100 orders of a district delivered, the other 900 in NEW-ORDER', () => {
    const ids = numbers('ORDER', 'O_ID');
    const carriers = numbers('ORDER', 'O_CARRIER_ID') as (number | null)[];
    expect(ids).toEqual(Array.from({ length: 30_000 }, (_, i) => (i % 3_000) + 1));
    expect(carriers.every((carrier, row) => (carrier === null) === (ids[row] as number) >= 2_101)).toBe(true);
    expect(
      fitsUniform(
        countWithin(
          carriers.filter((carrier) => carrier !== null),
          1,
          10,
        ),
      ),
    ).toBe(true);
    expect(fitsUniform(countWithin(numbers('ORDER', 'O_OL_CNT'), 5, 15))).toBe(true);
    expectAll('ORDER', 'O_ALL_LOCAL', 1);
    expectAll('ORDER', 'O_ENTRY_D', Date.parse(LOAD));
    expect(numbers('NEW-ORDER', 'NO_O_ID')).toEqual(Array.from({ length: 9_000 }, (_, i) => (i % 900) + 2_101));
    expect(numbers('NEW-ORDER', 'NO_D_ID')).toEqual(Array.from({ length: 9_000 }, (_, i) => Math.floor(i / 900) + 1));
  });

  it('has lines with amounts and delivery dates by whether their order is delivered', () => {
    const lines = table('ORDER-LINE');
    const orderIds = numbers('ORDER-LINE', 'OL_O_ID');
    const amounts = numbers('ORDER-LINE', 'OL_AMOUNT');
    const dates = numbers('ORDER-LINE', 'OL_DELIVERY_D') as (number | null)[];
    const wrong = Array.from(orderIds.keys()).filter((row) =>
      (orderIds[row] as number) < 2_101
        ? amounts[row] !== 0 || dates[row] !== Date.parse(LOAD)
        : (amounts[row] as number) < 1 || dates[row] !== null,
    );
    expect(wrong).toEqual([]);
    const undelivered = amounts.filter((_, row) => (orderIds[row] as number) >= 2_101);
    const counts = countWithin(undelivered, 1, 999_999);
    expect(fitsUniform(binned(counts.slice(0, 999_900), 100))).toBe(true);
    expectAll('ORDER-LINE', 'OL_QUANTITY', 5);
    expectAll('ORDER-LINE', 'OL_SUPPLY_W_ID', 1);
    expectUniform('ORDER-LINE', 'OL_I_ID', 1, 100_000);
    const info = texts('ORDER-LINE', 'OL_DIST_INFO', 20_000);
    expect(info.every((value) => /^[A-Za-z0-9]{24}$/.test(value))).toBe(true);
    expect(new Set(info).size).toBe(20_000);

    // Lines of an order are numbered from 1 without gaps.
    const numbersOfLines = numbers('ORDER-LINE', 'OL_NUMBER');
    let row = 0;
    for (const count of numbers('ORDER', 'O_OL_CNT')) {
      for (let line = 1; line <= count; line++, row++) if (numbersOfLines[row] !== line) expect.fail(`row ${row}`);
    }
    expect(row).toBe(lines.rowCount);
  });

  it('keeps C_LOAD and the instant of the load with the data (2.1.6.1)', () => {
    const info = table('LOAD-INFO');
    const values = Object.fromEntries(info.layout.columns.map((column) => [column.name, info.read(0, column)]));
    expect(values).toEqual({
      SEED,
      C_LOAD: drawConstants(SEED).lastNameLoad,
      FIRST_W_ID: 1,
      LAST_W_ID: 1,
      LOAD_DATE: Date.parse(LOAD),
    });
  });
});

describe('the ranges of the population', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  /** What a database holds whose every random draw comes out as low or as high as it can. */
  function extreme(bits: 0 | -1): Record<string, Record<string, number | string | null>> {
    vi.spyOn(RandomStream.prototype, 'bits').mockReturnValue(bits);
    const { partition } = openDatabase();
    return Object.fromEntries(
      partition.tables.map((source) => [source.name, readRow(source, source.rowCount - 1)] as const),
    );
  }

  const lengths = (row: Record<string, number | string | null> | undefined, ...columns: string[]): number[] =>
    columns.map((column) => String(row?.[column]).length);

  it('reach their upper ends and no further', () => {
    const rows = extreme(-1);
    expect(rows['WAREHOUSE']).toMatchObject({ W_TAX: 2_000, W_STATE: 'ZZ', W_ZIP: '999911111' });
    expect(rows['DISTRICT']).toMatchObject({ D_TAX: 2_000, D_STATE: 'ZZ', D_ZIP: '999911111' });
    expect(lengths(rows['WAREHOUSE'], 'W_NAME', 'W_STREET_1', 'W_STREET_2', 'W_CITY')).toEqual([10, 20, 20, 20]);
    expect(lengths(rows['DISTRICT'], 'D_NAME', 'D_STREET_1', 'D_STREET_2', 'D_CITY')).toEqual([10, 20, 20, 20]);
    expect(rows['CUSTOMER']).toMatchObject({ C_DISCOUNT: 5_000, C_CREDIT: 'GC', C_PHONE: '9'.repeat(16) });
    expect(lengths(rows['CUSTOMER'], 'C_FIRST', 'C_DATA')).toEqual([16, 500]);
    expect(lengths(rows['HISTORY'], 'H_DATA')).toEqual([24]);
    expect(rows['ITEM']).toMatchObject({ I_IM_ID: 10_000, I_PRICE: 10_000 });
    expect(lengths(rows['ITEM'], 'I_NAME', 'I_DATA')).toEqual([24, 50]);
    expect(rows['STOCK']).toMatchObject({ S_QUANTITY: 100 });
    expect(lengths(rows['STOCK'], 'S_DATA')).toEqual([50]);
    expect(rows['ORDER']).toMatchObject({ O_OL_CNT: 15 });
    expect(rows['ORDER-LINE']).toMatchObject({ OL_NUMBER: 15, OL_AMOUNT: 999_999, OL_I_ID: SMALL_SCALE.items });
  });

  it('reach their lower ends and no further', () => {
    const rows = extreme(0);
    expect(rows['WAREHOUSE']).toMatchObject({ W_TAX: 0, W_STATE: 'AA', W_ZIP: '000011111' });
    expect(lengths(rows['WAREHOUSE'], 'W_NAME', 'W_STREET_1', 'W_STREET_2', 'W_CITY')).toEqual([6, 10, 10, 10]);
    expect(lengths(rows['DISTRICT'], 'D_NAME', 'D_STREET_1', 'D_STREET_2', 'D_CITY')).toEqual([6, 10, 10, 10]);
    expect(rows['CUSTOMER']).toMatchObject({ C_DISCOUNT: 0, C_CREDIT: 'BC', C_PHONE: '0'.repeat(16) });
    expect(lengths(rows['CUSTOMER'], 'C_FIRST', 'C_DATA')).toEqual([8, 300]);
    expect(lengths(rows['HISTORY'], 'H_DATA')).toEqual([12]);
    expect(rows['ITEM']).toMatchObject({ I_IM_ID: 1, I_PRICE: 100 });
    expect(lengths(rows['ITEM'], 'I_NAME', 'I_DATA')).toEqual([14, 26]);
    expect(rows['ITEM']?.['I_DATA']).toBe(`ORIGINAL${'A'.repeat(18)}`);
    expect(rows['STOCK']).toMatchObject({ S_QUANTITY: 10 });
    expect(lengths(rows['STOCK'], 'S_DATA')).toEqual([26]);
    expect(rows['ORDER']).toMatchObject({ O_OL_CNT: 5 });
    expect(rows['ORDER-LINE']).toMatchObject({ OL_NUMBER: 5, OL_AMOUNT: 1, OL_I_ID: 1 });
  });
});

describe('the seed', () => {
  it('decides the database, and nothing else does', () => {
    const text = (seed: number): Record<string, string> =>
      exportTexts(openDatabase({ lastWarehouse: 2, seed }).session);
    const first = text(1);
    expect(text(1)).toEqual(first);
    const other = text(2);
    for (const name of ['WAREHOUSE', 'DISTRICT', 'CUSTOMER', 'HISTORY', 'ORDER', 'ORDER-LINE', 'ITEM', 'STOCK']) {
      expect(other[name], name).not.toBe(first[name]);
    }
    expect(other['NEW-ORDER']).toBe(first['NEW-ORDER']);
  });

  it('gives a warehouse the same rows whoever loads it, and all databases the same items', () => {
    const alone = openDatabase({ firstWarehouse: 3, totalWarehouses: 4 });
    const among = openDatabase({ lastWarehouse: 4 });
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
    const all = exportTexts(among.session);
    const own = exportTexts(alone.session);
    for (const { name, columns: names } of among.session.exportTables(true)) {
      const at = names.indexOf(columns[name] ?? '');
      const rows = (all[name] as string).split('\r\n').filter((line) => at < 0 || line.split(',')[at] === '3');
      const expected = name === 'ITEM' ? all[name] : `${rows.join('\r\n')}\r\n`;
      expect(own[name], name).toBe(expected);
    }
    expect(own['WAREHOUSE']?.split('\r\n')).toHaveLength(2);
  });

  it('gives warehouses different rows', () => {
    const { session } = openDatabase({ lastWarehouse: 2 });
    const rows = (exportTexts(session)['STOCK'] as string).split('\r\n');
    const [one, two] = ['1', '2'].map((id) =>
      rows
        .filter((row) => row.split(',')[1] === id)
        .map((row) =>
          row
            .split(',')
            .filter((_, i) => i !== 1)
            .join(),
        ),
    );
    expect(one).toHaveLength(SMALL_SCALE.items);
    expect(one?.filter((row, i) => row === two?.[i])).toEqual([]);
  });
});

describe('load progress', () => {
  it('counts up to the rows that are stored, near the number that was announced', () => {
    const reports: [number, number][] = [];
    const loaded = openDatabase({ lastWarehouse: 3, progress: (rows, total) => reports.push([rows, total]) });
    const items = loaded.tables.item.table.rowCount;
    const stored = loaded.partition.tables.reduce((sum, { rowCount }) => sum + rowCount, 0) - items;
    expect(reports.at(-1)).toEqual([stored, stored]);
    expect(reports.length).toBeGreaterThanOrEqual(3 * 10);
    const announced = reports[0]?.[1] ?? 0;
    expect(announced).toBe(expectedRows(SMALL_SCALE, 3));
    expect(announced / stored).toBeCloseTo(1, 1);
    expect(reports.every(([rows], i) => i === 0 || rows >= (reports[i - 1]?.[0] ?? 0))).toBe(true);
  });
});

describe('items that are loaded once for several partitions', () => {
  it('are counted where they are loaded, and found by all', () => {
    const partition = new Partition();
    const rules = {
      scale: SMALL_SCALE,
      totalWarehouses: 2,
      constants: drawConstants(1),
      remoteItemPct: 1,
      remotePaymentPct: 15,
    };
    const placement = {
      shardId: 0,
      workerIndex: 0,
      firstWarehouse: 1,
      lastWarehouse: 1,
      totalWarehouses: 2,
      terminalsPerWarehouse: 1,
      seed: 1,
    };
    const session = new TpccSession(partition, placement, rules, () => new Deck());
    const { shared, rows } = session.loadShared();
    expect(rows).toBe(SMALL_SCALE.items);
    expect(partition.tables.map(({ rowCount }) => rowCount).filter((count) => count > 0)).toEqual([rows]);

    const options = { firstWarehouse: 2, totalWarehouses: 2, remoteItemPct: 0, remotePaymentPct: 0 };
    const second = openDatabase({ ...options, items: structuredClone(shared) });
    const alone = openDatabase(options);
    expect(exportTexts(second.session)).toEqual(exportTexts(alone.session));
    expect(alone.partition.usedBytes - second.partition.usedBytes).toBeGreaterThan(0);
    runTransactions(second.session, 200);
    runTransactions(alone.session, 200);
    expect(exportTexts(second.session)).toEqual(exportTexts(alone.session));
  });
});
