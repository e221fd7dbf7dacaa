import { describe, expect, it, vi } from 'vitest';
import { COMMITTED, USER_ABORT } from '../../../src/bench/contract.ts';
import type { Terminal } from '../inputs.ts';
import {
  type Database,
  exportTexts,
  findRow,
  openDatabase,
  orderedEntries,
  RUN_INSTANT_MS,
  runTransactions,
} from '../testing/database.ts';
import { PlainDatabase } from '../testing/plain-model.ts';
import { items, type Line, newTerminal, typeOrder, UNUSED } from '../testing/typed-inputs.ts';
import { NewOrder } from './new-order.ts';

/** A terminal that asks for exactly this order. */
function order(lines: readonly Line[], { warehouse = 1, district = 4, customer = 7 } = {}): Terminal {
  return typeOrder(newTerminal(warehouse), lines, { district, customer });
}

function setStock(
  database: Database,
  warehouse: number,
  item: number,
  values: { quantity?: number; data?: string },
): void {
  const { stock } = database.tables;
  const row = findRow(stock.table, { S_W_ID: warehouse, S_I_ID: item });
  if (values.quantity !== undefined) stock.table.putInt32(row, stock.quantity, values.quantity);
  if (values.data !== undefined) putText(database, 'STOCK', row, 'S_DATA', values.data);
}

function putText(database: Database, name: string, row: number, column: string, text: string): void {
  const table = database.partition.table(name);
  const bytes = new TextEncoder().encode(text);
  table.putText(row, table.textColumn(column), bytes, 0, bytes.length);
}

describe('New-Order', () => {
  it('changes exactly what the specification says, row by row', () => {
    const database = openDatabase({ lastWarehouse: 2 });
    const model = new PlainDatabase(database.partition);
    const { newOrder } = database.session;
    const orders = [
      order(items(1, 2, 3, 4, 5)),
      order([{ item: 9, supply: 2, quantity: 10 }, ...items(10, 11, 12), { item: 9, quantity: 1 }], { district: 10 }),
      // The same item three times, from both warehouses.
      order([{ item: 50 }, { item: 50, supply: 1 }, { item: 50, quantity: 10 }, ...items(51, 52)], { warehouse: 2 }),
      order(
        Array.from({ length: 15 }, (_, i) => ({ item: 200 - i, quantity: 1 + (i % 10) })),
        { district: 1, customer: 30 },
      ),
    ];
    orders.forEach((input, i) => {
      const expected = model.newOrder(input, RUN_INSTANT_MS + i);
      expect(newOrder.execute(input, RUN_INSTANT_MS + i, null)).toBe(COMMITTED);
      expect(newOrder.output.orderId).toBe(expected?.orderId);
      expect(newOrder.output.totalCents).toBeCloseTo(expected?.totalCents ?? -1, 6);
      const shown = Array.from({ length: input.lineCount }, (_, line) => ({
        brand: newOrder.output.brandB[line] === 1 ? 'B' : 'G',
        stockQuantity: newOrder.output.stockQuantities[line],
        amountCents: newOrder.output.amountsCents[line],
      }));
      expect(shown).toEqual(expected?.lines);
      expect(new PlainDatabase(database.partition).dump()).toEqual(model.dump());
    });
  });

  it('refills stock by 91 only where fewer than 10 would be left', () => {
    const database = openDatabase();
    const cases = [
      { before: 15, ordered: 5, after: 10 },
      { before: 14, ordered: 5, after: 100 },
      { before: 10, ordered: 10, after: 91 },
      { before: 11, ordered: 1, after: 10 },
      { before: 10, ordered: 1, after: 100 },
      { before: 100, ordered: 10, after: 90 },
    ];
    cases.forEach(({ before }, i) => {
      setStock(database, 1, i + 1, { quantity: before });
    });
    database.session.newOrder.execute(
      order(cases.map(({ ordered }, i) => ({ item: i + 1, quantity: ordered }))),
      0,
      null,
    );
    const { stock } = database.tables;
    const after = cases.map((_, i) =>
      stock.table.getInt32(stock.primary.get(stock.primary.key.of2(1, i + 1)), stock.quantity),
    );
    expect(after).toEqual(cases.map((expected) => expected.after));
    expect([...database.session.newOrder.output.stockQuantities.slice(0, cases.length)]).toEqual(after);
  });

  it('counts an order as remote at the supplier only, and all-local only without any', () => {
    const database = openDatabase({ lastWarehouse: 2 });
    const { stock, order: orders } = database.tables;
    const remoteCount = (warehouse: number, item: number): number =>
      stock.table.getInt32(findRow(stock.table, { S_W_ID: warehouse, S_I_ID: item }), stock.remoteCount);
    database.session.newOrder.execute(order([{ item: 1, supply: 2 }, ...items(2, 3, 4, 5)]), 0, null);
    expect([remoteCount(2, 1), remoteCount(1, 1), remoteCount(1, 2)]).toEqual([1, 0, 0]);
    const allLocal = (orderId: number): number =>
      orders.table.getInt32(findRow(orders.table, { O_W_ID: 1, O_D_ID: 4, O_ID: orderId }), orders.allLocal);
    expect(allLocal(31)).toBe(0);
    database.session.newOrder.execute(order(items(1, 2, 3, 4, 5)), 0, null);
    expect(allLocal(32)).toBe(1);
    // Home is the terminal's warehouse, not warehouse 1.
    database.session.newOrder.execute(order([{ item: 1, supply: 1 }, ...items(2, 3, 4, 5)], { warehouse: 2 }), 0, null);
    expect(remoteCount(1, 1)).toBe(1);
  });

  it('keeps tax and discount out of OL_AMOUNT and puts them into the total', () => {
    const database = openDatabase();
    const { warehouse, district, customer, item, orderLine } = database.tables;
    warehouse.table.putInt32(0, warehouse.tax, 1_000);
    district.table.putInt32(findRow(district.table, { D_W_ID: 1, D_ID: 4 }), district.tax, 500);
    customer.table.putInt32(findRow(customer.table, { C_W_ID: 1, C_D_ID: 4, C_ID: 7 }), customer.discount, 2_500);
    for (const id of [1, 2, 3, 4, 5]) item.table.putInt32(findRow(item.table, { I_ID: id }), item.price, 1_000);
    database.session.newOrder.execute(order(items(1, 2, 3, 4, 5)), 0, null);
    const row = findRow(orderLine.table, { OL_W_ID: 1, OL_D_ID: 4, OL_O_ID: 31, OL_NUMBER: 5 });
    expect(orderLine.table.getInt32(row, orderLine.amount)).toBe(5_000);
    // 250.00 x (1 - 0.25) x (1 + 0.10 + 0.05) = 215.625
    expect(database.session.newOrder.output.totalCents).toBeCloseTo(21_562.5, 9);
    expect(database.session.newOrder.output).toMatchObject({ warehouseTax: 1_000, districtTax: 500, discount: 2_500 });
  });

  it("copies the text of the order's district, from the supplier's stock row", () => {
    const database = openDatabase({ lastWarehouse: 2 });
    const { orderLine, stock } = database.tables;
    for (let district = 1; district <= 10; district++) {
      database.session.newOrder.execute(order([{ item: 3, supply: 2 }, ...items(4, 5, 6, 7)], { district }), 0, null);
      const line = findRow(orderLine.table, { OL_W_ID: 1, OL_D_ID: district, OL_O_ID: 31, OL_NUMBER: 1 });
      const supplied = findRow(stock.table, { S_W_ID: 2, S_I_ID: 3 });
      const name = `S_DIST_${String(district).padStart(2, '0')}`;
      expect(orderLine.table.readText(line, orderLine.districtInfo)).toBe(
        stock.table.readText(supplied, stock.table.textColumn(name)),
      );
    }
  });

  it('shows brand B only where both texts carry ORIGINAL, at any place', () => {
    const database = openDatabase();
    const { item } = database.tables;
    const texts = {
      with: `${'x'.repeat(9)}ORIGINAL${'y'.repeat(9)}`,
      without: `${'x'.repeat(13)}ORIGINALE`.replace('NALE', 'NNAL'),
    };
    const cases = [
      { itemData: texts.with, stockData: texts.with, brandB: 1 },
      { itemData: texts.with, stockData: texts.without, brandB: 0 },
      { itemData: texts.without, stockData: texts.with, brandB: 0 },
      { itemData: texts.without, stockData: texts.without, brandB: 0 },
      { itemData: `ORIGINAL${'z'.repeat(18)}`, stockData: `${'z'.repeat(42)}ORIGINAL`, brandB: 1 },
    ];
    cases.forEach(({ itemData, stockData }, i) => {
      putText(database, 'ITEM', findRow(item.table, { I_ID: i + 1 }), 'I_DATA', itemData);
      setStock(database, 1, i + 1, { data: stockData });
    });
    database.session.newOrder.execute(order(items(1, 2, 3, 4, 5)), 0, null);
    expect([...database.session.newOrder.output.brandB.slice(0, 5)]).toEqual(cases.map(({ brandB }) => brandB));
  });

  it('draws the order number inside the transaction: a district counts on without gaps over rollbacks', () => {
    const database = openDatabase();
    const { newOrder } = database.session;
    const given: number[] = [];
    for (let i = 0; i < 12; i++) {
      const rolledBack = i % 3 === 1;
      const outcome = newOrder.execute(order(items(1, 2, 3, 4, rolledBack ? UNUSED : 5)), 0, null);
      expect(outcome).toBe(rolledBack ? USER_ABORT : COMMITTED);
      if (!rolledBack) given.push(newOrder.output.orderId);
    }
    expect(given).toEqual([31, 32, 33, 34, 35, 36, 37, 38]);
    const { district } = database.tables;
    const row = findRow(district.table, { D_W_ID: 1, D_ID: 4 });
    expect(district.table.getInt32(row, district.nextOrderId)).toBe(39);
  });
});

describe('the rollback for an unused item', () => {
  const doomed = [
    { item: 1 },
    { item: 2, supply: 2 },
    { item: 3 },
    { item: 1 },
    { item: 2, supply: 2 },
    { item: UNUSED },
  ];

  it('leaves every table byte by byte and every index entry by entry as it was', () => {
    const database = openDatabase({ lastWarehouse: 2 });
    runTransactions(database.session, 500);
    const texts = exportTexts(database.session);
    const entries = orderedEntries(database.partition);
    const counts = database.partition.tables.map((table) => table.rowCount);
    expect(database.session.newOrder.execute(order(doomed), RUN_INSTANT_MS, null)).toBe(USER_ABORT);
    expect(exportTexts(database.session)).toEqual(texts);
    expect(orderedEntries(database.partition)).toEqual(entries);
    expect(database.partition.tables.map((table) => table.rowCount)).toEqual(counts);
  });

  it('is done after the work of all other lines, remote ones included', () => {
    const database = openDatabase({ lastWarehouse: 2 });
    const transaction = database.partition.newTransaction();
    const { stock, orderLine } = database.tables;
    const remote = findRow(stock.table, { S_W_ID: 2, S_I_ID: 2 });
    const lines = orderLine.table.rowCount;
    const atAbort: Record<string, number> = {};
    const abort = vi.spyOn(transaction, 'abort').mockImplementationOnce(() => {
      atAbort['remoteCount'] = stock.table.getInt32(remote, stock.remoteCount);
      atAbort['ytd'] = stock.table.getInt32(remote, stock.ytd);
      atAbort['lines'] = orderLine.table.rowCount - lines;
      transaction.abort();
    });
    expect(new NewOrder(database.tables, transaction).execute(order(doomed), 0, null)).toBe(USER_ABORT);
    expect(abort).toHaveBeenCalledTimes(2);
    expect(atAbort).toEqual({ remoteCount: 2, ytd: 10, lines: 5 });
    expect(stock.table.getInt32(remote, stock.remoteCount)).toBe(0);
    expect(orderLine.table.rowCount).toBe(lines);
  });

  it('gives the rows back, so that the next order takes their slots', () => {
    const database = openDatabase({ lastWarehouse: 2 });
    const { order: orders, newOrder, orderLine } = database.tables;
    const bounds = (): number[] => [orders, newOrder, orderLine].map(({ table }) => table.rowBound);
    const before = bounds();
    for (let i = 0; i < 100; i++) database.session.newOrder.execute(order(doomed), 0, null);
    expect(bounds()).toEqual([(before[0] ?? 0) + 1, (before[1] ?? 0) + 1, (before[2] ?? 0) + 5]);
    const after = bounds();
    expect(database.session.newOrder.execute(order(items(1, 2, 3, 4, 5)), 0, null)).toBe(COMMITTED);
    expect(bounds()).toEqual(after);
  });

  it('happens in place of nothing else: the input decides, and one in a hundred does', () => {
    const database = openDatabase({ lastWarehouse: 2, seed: 3 });
    const { session } = database;
    let newOrders = 0;
    let rolledBack = 0;
    while (newOrders < 5000) {
      const terminal = newOrders % session.terminals.length;
      const input = session.terminals[terminal] as Terminal;
      if (session.draw(terminal) !== 0) continue;
      newOrders++;
      const outcome = session.start(terminal, RUN_INSTANT_MS);
      expect(outcome).toBe(input.rollback ? USER_ABORT : COMMITTED);
      if (input.rollback) rolledBack++;
    }
    expect(rolledBack).toBeGreaterThan(25);
    expect(rolledBack).toBeLessThan(80);
  });
});
