import { describe, expect, it } from 'vitest';
import { COMMITTED, USER_ABORT } from '../../../src/bench/contract.ts';
import { NULL_INT32, NULL_INTEGER } from '../../../src/engine/row-layout.ts';
import { Deck, ORDER_STATUS_TYPE } from '../deck.ts';
import { Terminal } from '../inputs.ts';
import { drawConstants } from '../random.ts';
import {
  type Database,
  exportTexts,
  findRow,
  openDatabase,
  runTransactions,
  SMALL_SCALE,
} from '../testing/database.ts';
import { PlainDatabase } from '../testing/plain-model.ts';

function askFor(warehouse: number, district: number, customer: { id: number } | { name: number }): Terminal {
  const rules = {
    scale: SMALL_SCALE,
    totalWarehouses: 2,
    constants: drawConstants(1),
    remoteItemPct: 1,
    remotePaymentPct: 15,
  };
  const input = new Terminal(1, warehouse, 0, new Deck(), rules);
  input.type = ORDER_STATUS_TYPE;
  input.districtId = district;
  input.customerWarehouseId = warehouse;
  input.customerDistrictId = district;
  input.customerId = 'id' in customer ? customer.id : 0;
  input.lastNameNumber = 'name' in customer ? customer.name : -1;
  return input;
}

/** Asks the procedure and the model, and compares everything that is shown. */
function compare(database: Database, model: PlainDatabase, input: Terminal): void {
  const { orderStatus } = database.session;
  const expected = model.orderStatus(input);
  expect(orderStatus.execute(input)).toBe(expected === null ? USER_ABORT : COMMITTED);
  if (expected === null) return;
  const { output } = orderStatus;
  expect(output.balanceCents).toBe(expected.customer['C_BALANCE']);
  expect(database.tables.customer.table.getInt32(output.customerRow, database.tables.customer.id)).toBe(
    expected.customer['C_ID'],
  );
  expect(output.orderId).toBe(expected.order?.['O_ID'] ?? 0);
  expect(output.lineCount).toBe(expected.lines.length);
  if (expected.order === null) return;
  expect(output.entryDateMs).toBe(expected.order['O_ENTRY_D']);
  expect(output.carrierId).toBe(expected.order['O_CARRIER_ID'] ?? NULL_INT32);
  expected.lines.forEach((line, i) => {
    expect(output.itemIds[i]).toBe(line['OL_I_ID']);
    expect(output.supplyWarehouseIds[i]).toBe(line['OL_SUPPLY_W_ID']);
    expect(output.quantities[i]).toBe(line['OL_QUANTITY']);
    expect(output.amountsCents[i]).toBe(line['OL_AMOUNT']);
    expect(output.deliveryDatesMs[i]).toBe(line['OL_DELIVERY_D'] ?? NULL_INTEGER);
  });
}

describe('Order-Status', () => {
  it('shows the newest order and its lines, for every customer by number and by name', () => {
    const database = openDatabase({ lastWarehouse: 2 });
    runTransactions(database.session, 1500);
    const model = new PlainDatabase(database.partition);
    for (const warehouse of [1, 2]) {
      for (const district of [1, 5, 10]) {
        for (let i = 0; i < 30; i++) {
          compare(database, model, askFor(warehouse, district, { id: i + 1 }));
          compare(database, model, askFor(warehouse, district, { name: i }));
        }
      }
    }
  });

  it('shows an order right after it was entered, and the next one instead once that is there', () => {
    const database = openDatabase();
    const { newOrder, orderStatus, terminals } = database.session;
    const input = terminals[0] as Terminal;
    do input.draw();
    while (input.type !== 0 || input.rollback);
    input.districtId = 10;
    input.customerId = 30;
    for (const [orderId, nowMs] of [
      [31, 1000],
      [32, 2000],
    ] as const) {
      newOrder.execute(input, nowMs, null);
      expect(orderStatus.execute(askFor(1, 10, { id: 30 }))).toBe(COMMITTED);
      expect(orderStatus.output).toMatchObject({ orderId, entryDateMs: nowMs, carrierId: NULL_INT32 });
      expect(orderStatus.output.lineCount).toBe(input.lineCount);
    }
  });

  it('shows no order of a customer who never ordered, nor that of a neighbour', () => {
    const database = openDatabase();
    const { order } = database.tables;
    const transaction = database.partition.newTransaction();
    for (const customer of [1, 30]) {
      transaction.delete(order.table, findRow(order.table, { O_W_ID: 1, O_D_ID: 5, O_C_ID: customer }));
    }
    transaction.commit();
    for (const id of [1, 30]) {
      expect(database.session.orderStatus.execute(askFor(1, 5, { id }))).toBe(COMMITTED);
      expect(database.session.orderStatus.output).toMatchObject({ orderId: 0, lineCount: 0 });
    }
    expect(database.session.orderStatus.execute(askFor(1, 5, { id: 2 }))).toBe(COMMITTED);
    expect(database.session.orderStatus.output.orderId).toBeGreaterThan(0);
  });

  it('finds nobody where nobody has the name, and changes nothing at all', () => {
    const database = openDatabase();
    const before = exportTexts(database.session);
    expect(database.session.orderStatus.execute(askFor(1, 1, { name: 999 }))).toBe(USER_ABORT);
    expect(database.session.orderStatus.execute(askFor(1, 1, { name: 3 }))).toBe(COMMITTED);
    expect(exportTexts(database.session)).toEqual(before);
  });
});
