import { describe, expect, it } from 'vitest';
import { COMMITTED } from '../../../src/bench/contract.ts';
import { Deck, STOCK_LEVEL_TYPE } from '../deck.ts';
import { Terminal } from '../inputs.ts';
import { drawConstants } from '../random.ts';
import {
  type Database,
  exportTexts,
  findRow,
  liveRows,
  openDatabase,
  runTransactions,
  SMALL_SCALE,
} from '../testing/database.ts';
import { PlainDatabase } from '../testing/plain-model.ts';

function level(database: Database, warehouse: number, district: number, threshold: number): number {
  const rules = {
    scale: SMALL_SCALE,
    totalWarehouses: 2,
    constants: drawConstants(1),
    remoteItemPct: 1,
    remotePaymentPct: 15,
  };
  const input = new Terminal(1, warehouse, 0, new Deck(), rules);
  input.type = STOCK_LEVEL_TYPE;
  input.districtId = district;
  input.threshold = threshold;
  expect(database.session.stockLevel.execute(input)).toBe(COMMITTED);
  return database.session.stockLevel.lowStock;
}

describe('Stock-Level', () => {
  it('agrees with a naive count in every district, for every threshold, after every batch of transactions', () => {
    const database = openDatabase({ lastWarehouse: 2, remoteItemPct: 30 });
    let total = 0;
    for (let batch = 0; batch < 3; batch++) {
      const model = new PlainDatabase(database.partition);
      for (const warehouse of [1, 2]) {
        for (let district = 1; district <= 10; district += 3) {
          for (let threshold = 10; threshold <= 20; threshold += 2) {
            const low = level(database, warehouse, district, threshold);
            expect(low).toBe(model.stockLevel(warehouse, district, threshold));
            total += low;
          }
        }
      }
      runTransactions(database.session, 500);
    }
    expect(total).toBeGreaterThan(100);
  });

  it('counts an item once, strictly below the threshold, at home, in the last 20 orders only', () => {
    const database = openDatabase({ lastWarehouse: 2 });
    const { orderLine, stock } = database.tables;
    for (const row of liveRows(stock.table)) stock.table.putInt32(row, stock.quantity, 50);
    // District (1, 5): order 10 is the 21st newest of 30, order 11 the 20th.
    for (const row of liveRows(orderLine.table)) {
      if (orderLine.table.getInt32(row, orderLine.warehouseId) === 1)
        orderLine.table.putInt32(row, orderLine.itemId, 100);
    }
    const sell = (orderId: number, item: number): void => {
      const row = findRow(orderLine.table, { OL_W_ID: 1, OL_D_ID: 5, OL_O_ID: orderId, OL_NUMBER: 1 });
      orderLine.table.putInt32(row, orderLine.itemId, item);
    };
    const put = (warehouse: number, item: number, quantity: number): void => {
      stock.table.putInt32(findRow(stock.table, { S_W_ID: warehouse, S_I_ID: item }), stock.quantity, quantity);
    };
    sell(10, 1);
    sell(11, 2);
    sell(30, 3);
    sell(29, 3);
    sell(28, 4);
    put(1, 1, 5);
    put(1, 2, 14);
    put(1, 3, 15);
    put(2, 4, 5);
    expect(level(database, 1, 5, 15)).toBe(1);
    expect(level(database, 1, 5, 16)).toBe(2);
    put(1, 100, 0);
    expect(level(database, 1, 5, 16)).toBe(3);
    expect(level(database, 1, 6, 16)).toBe(1);
  });

  it('works in a district with fewer than 20 orders', () => {
    const scale = { ...SMALL_SCALE, customersPerDistrict: 12, ordersPerDistrict: 12, newOrdersPerDistrict: 4 };
    const database = openDatabase({ scale });
    const model = new PlainDatabase(database.partition);
    expect(level(database, 1, 1, 20)).toBe(model.stockLevel(1, 1, 20));
    expect(level(database, 1, 10, 101)).toBe(model.stockLevel(1, 10, 101));
  });

  it('changes nothing, however often it runs', () => {
    const database = openDatabase();
    const before = exportTexts(database.session);
    const first = level(database, 1, 2, 20);
    for (let i = 0; i < 3000; i++) expect(level(database, 1, 2, 20)).toBe(first);
    expect(exportTexts(database.session)).toEqual(before);
  });
});
