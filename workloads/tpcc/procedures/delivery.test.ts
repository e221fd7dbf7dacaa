import { describe, expect, it } from 'vitest';
import { COMMITTED } from '../../../src/bench/contract.ts';
import { findRow, openDatabase, RUN_INSTANT_MS, readRow, runTransactions } from '../testing/database.ts';
import { PlainDatabase } from '../testing/plain-model.ts';

describe('Delivery', () => {
  it('changes exactly what the specification says, row by row', () => {
    const database = openDatabase({ lastWarehouse: 2 });
    runTransactions(database.session, 300);
    const model = new PlainDatabase(database.partition);
    const { delivery } = database.session;
    for (let i = 0; i < 6; i++) {
      const warehouse = 1 + (i % 2);
      const skipped = model.delivery(warehouse, 1 + i, RUN_INSTANT_MS + i);
      expect(delivery.execute(warehouse, 1 + i, RUN_INSTANT_MS + i)).toBe(COMMITTED);
      expect(delivery.skippedDistricts).toBe(skipped);
      expect(new PlainDatabase(database.partition).dump()).toEqual(model.dump());
    }
  });

  it('takes the oldest undelivered order of each district and pays its lines to its customer', () => {
    const database = openDatabase();
    const { order, orderLine, customer, newOrder } = database.tables;
    const at = (id: number): { row: number; customerId: number } => {
      const row = findRow(order.table, { O_W_ID: 1, O_D_ID: 3, O_ID: id });
      return { row, customerId: order.table.getInt32(row, order.customerId) };
    };
    const { row, customerId } = at(22);
    const lines = Array.from({ length: order.table.getInt32(row, order.lineCount) }, (_, i) =>
      findRow(orderLine.table, { OL_W_ID: 1, OL_D_ID: 3, OL_O_ID: 22, OL_NUMBER: i + 1 }),
    );
    const sum = lines.reduce((total, line) => total + orderLine.table.getInt32(line, orderLine.amount), 0);
    expect(sum).toBeGreaterThan(0);

    database.session.delivery.execute(1, 8, RUN_INSTANT_MS);
    expect(database.session.delivery.skippedDistricts).toBe(0);
    expect(newOrder.table.rowCount).toBe(10 * 9 - 10);
    expect(() => findRow(newOrder.table, { NO_W_ID: 1, NO_D_ID: 3, NO_O_ID: 22 })).toThrow();
    expect(findRow(newOrder.table, { NO_W_ID: 1, NO_D_ID: 3, NO_O_ID: 23 })).toBeGreaterThanOrEqual(0);
    expect(readRow(order.table, row)['O_CARRIER_ID']).toBe(8);
    expect(readRow(order.table, at(23).row)['O_CARRIER_ID']).toBeNull();
    for (const line of lines) expect(readRow(orderLine.table, line)['OL_DELIVERY_D']).toBe(RUN_INSTANT_MS);
    const paid = findRow(customer.table, { C_W_ID: 1, C_D_ID: 3, C_ID: customerId });
    expect(readRow(customer.table, paid)).toMatchObject({ C_BALANCE: -1_000 + sum, C_DELIVERY_CNT: 1 });
  });

  it('skips and counts districts without an undelivered order, and delivers the others', () => {
    const database = openDatabase({ lastWarehouse: 2 });
    const { newOrder } = database.tables;
    const transaction = database.partition.newTransaction();
    for (let row = 0; row < newOrder.table.rowBound; row++) {
      const { NO_W_ID, NO_D_ID } = readRow(newOrder.table, row);
      if (NO_W_ID === 1 && [1, 6, 10].includes(Number(NO_D_ID))) transaction.delete(newOrder.table, row);
    }
    transaction.commit();
    const before = newOrder.table.rowCount;
    database.session.delivery.execute(1, 1, RUN_INSTANT_MS);
    expect(database.session.delivery.skippedDistricts).toBe(3);
    expect(newOrder.table.rowCount).toBe(before - 7);
    for (let i = 0; i < 8; i++) database.session.delivery.execute(1, 1, RUN_INSTANT_MS);
    expect(database.session.delivery.skippedDistricts).toBe(3);
    database.session.delivery.execute(1, 1, RUN_INSTANT_MS);
    expect(database.session.delivery.skippedDistricts).toBe(10);
    // Warehouse 2 still has all of its orders.
    expect(newOrder.table.rowCount).toBe(10 * 9);
  });
});
