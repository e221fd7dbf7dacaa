import { beforeEach, describe, expect, it } from 'vitest';
import { COMMITTED, USER_ABORT } from '../../../src/bench/contract.ts';
import type { Terminal } from '../inputs.ts';
import { type Database, findRow, openDatabase, RUN_INSTANT_MS, readRow } from '../testing/database.ts';
import { PlainDatabase } from '../testing/plain-model.ts';
import { newTerminal, type PaymentInput, typePayment } from '../testing/typed-inputs.ts';

const payment = ({ warehouse = 1, ...input }: PaymentInput & { warehouse?: number }): Terminal =>
  typePayment(newTerminal(warehouse), input);

let database: Database;

beforeEach(() => {
  database = openDatabase({ lastWarehouse: 2 });
});

function customerRow(warehouse: number, district: number, id: number): number {
  return findRow(database.tables.customer.table, { C_W_ID: warehouse, C_D_ID: district, C_ID: id });
}

function put(row: number, column: string, text: string): void {
  const { table } = database.tables.customer;
  const bytes = new TextEncoder().encode(text);
  table.putText(row, table.textColumn(column), bytes, 0, bytes.length);
}

describe('Payment', () => {
  it('changes exactly what the specification says, row by row', () => {
    const model = new PlainDatabase(database.partition);
    put(customerRow(2, 9, 30), 'C_CREDIT', 'BC');
    model.row('CUSTOMER', 2, 9, 30)['C_CREDIT'] = 'BC';
    const payments = [
      payment({ customer: { id: 5 } }),
      payment({ customer: { warehouse: 2, district: 9, id: 30 }, amount: 500_000 }),
      payment({ customer: { name: 12 }, amount: 100 }),
      payment({ warehouse: 2, district: 10, customer: { warehouse: 1, district: 1, name: 0 }, amount: 99_999 }),
    ];
    payments.forEach((input, i) => {
      const expected = model.payment(input, RUN_INSTANT_MS + i);
      expect(database.session.payment.execute(input, RUN_INSTANT_MS + i)).toBe(COMMITTED);
      const { output } = database.session.payment;
      expect(output.balanceCents).toBe(expected?.['C_BALANCE']);
      expect(readRow(database.tables.customer.table, output.customerRow)).toEqual(expected);
      expect(new PlainDatabase(database.partition).dump()).toEqual(model.dump());
    });
  });

  it('books at the home warehouse and district, and on the customer of the other warehouse', () => {
    const { warehouse, district, customer, history } = database.tables;
    const before = history.table.rowCount;
    database.session.payment.execute(payment({ customer: { warehouse: 2, district: 7, id: 4 }, amount: 1_000 }), 55);
    const initial = 30 * 1_000;
    expect(warehouse.table.getInteger(findRow(warehouse.table, { W_ID: 1 }), warehouse.ytd)).toBe(10 * initial + 1_000);
    expect(warehouse.table.getInteger(findRow(warehouse.table, { W_ID: 2 }), warehouse.ytd)).toBe(10 * initial);
    const ytd = (w: number, d: number): number =>
      district.table.getInteger(findRow(district.table, { D_W_ID: w, D_ID: d }), district.ytd);
    expect([ytd(1, 3), ytd(2, 7), ytd(1, 7)]).toEqual([initial + 1_000, initial, initial]);
    expect(readRow(customer.table, customerRow(2, 7, 4))).toMatchObject({
      C_BALANCE: -2_000,
      C_YTD_PAYMENT: 2_000,
      C_PAYMENT_CNT: 2,
      C_DELIVERY_CNT: 0,
    });
    expect(history.table.rowCount).toBe(before + 1);
    const home = readRow(warehouse.table, findRow(warehouse.table, { W_ID: 1 }))['W_NAME'];
    const booked = readRow(district.table, findRow(district.table, { D_W_ID: 1, D_ID: 3 }))['D_NAME'];
    expect(readRow(history.table, findRow(history.table, { H_DATE: 55 }))).toEqual({
      H_C_ID: 4,
      H_C_D_ID: 7,
      H_C_W_ID: 2,
      H_D_ID: 3,
      H_W_ID: 1,
      H_DATE: 55,
      H_AMOUNT: 1_000,
      H_DATA: `${home}    ${booked}`,
    });
  });

  it('notes payments of bad credit in front of C_DATA, cut at 500 characters', () => {
    const row = customerRow(2, 10, 17);
    put(row, 'C_CREDIT', 'BC');
    const input = payment({ district: 9, customer: { warehouse: 2, district: 10, id: 17 }, amount: 500_000 });
    const note = '17 10 2 9 1 5000.00 ';
    const data = (): unknown => readRow(database.tables.customer.table, row)['C_DATA'];

    put(row, 'C_DATA', 'a'.repeat(300));
    database.session.payment.execute(input, 0);
    expect(data()).toBe(note + 'a'.repeat(300));
    input.amountCents = 105;
    database.session.payment.execute(input, 0);
    expect(data()).toBe(`17 10 2 9 1 1.05 ${note}${'a'.repeat(300)}`);

    put(row, 'C_DATA', `${'b'.repeat(499)}c`);
    input.amountCents = 500_000;
    database.session.payment.execute(input, 0);
    expect(data()).toBe(note + 'b'.repeat(500 - note.length));
    for (let i = 0; i < 30; i++) database.session.payment.execute(input, 0);
    expect(data()).toBe(note.repeat(25));
  });

  it('leaves C_DATA of good credit alone', () => {
    const row = customerRow(1, 3, 5);
    put(row, 'C_CREDIT', 'GC');
    const before = readRow(database.tables.customer.table, row)['C_DATA'];
    database.session.payment.execute(payment({ customer: { id: 5 } }), 0);
    expect(readRow(database.tables.customer.table, row)['C_DATA']).toBe(before);
  });

  it('commits nothing where nobody has the name, which only a reduced population knows', () => {
    const before = new PlainDatabase(database.partition).dump();
    expect(database.session.payment.execute(payment({ customer: { name: 999 } }), 0)).toBe(USER_ABORT);
    expect(new PlainDatabase(database.partition).dump()).toEqual(before);
  });

  it('keeps W_YTD exact beyond 32 bits', () => {
    const { warehouse } = database.tables;
    const row = findRow(warehouse.table, { W_ID: 1 });
    warehouse.table.putInteger(row, warehouse.ytd, 2 ** 52);
    database.session.payment.execute(payment({ customer: { id: 1 }, amount: 1_01 }), 0);
    expect(warehouse.table.getInteger(row, warehouse.ytd)).toBe(2 ** 52 + 101);
  });
});
