/** What a Payment does to its customer (TPC-C 2.5.2.2), at home or as a fragment. */
import type { Transaction } from '../../../src/engine/transaction.ts';
import { C_DATA_BYTES } from '../specification.ts';
import type { Tables } from './tables.ts';
import { writeMoney, writeNumber } from './text-bytes.ts';

const B = 'B'.charCodeAt(0);

export class CustomerPayment {
  private readonly customer: Tables['customer'];
  private readonly text = new Uint8Array(2 * C_DATA_BYTES);

  constructor(tables: Tables) {
    this.customer = tables.customer;
  }

  /** Takes the payment, made at a district of a warehouse, off the balance. */
  pay(transaction: Transaction, row: number, warehouseId: number, districtId: number, amountCents: number): void {
    const { customer } = this;
    const { table } = customer;
    const balance = table.getInteger(row, customer.balance) - amountCents;
    transaction.setInteger(table, row, customer.balance, balance);
    const paid = table.getInteger(row, customer.ytdPayment) + amountCents;
    transaction.setInteger(table, row, customer.ytdPayment, paid);
    transaction.setInt32(table, row, customer.paymentCount, table.getInt32(row, customer.paymentCount) + 1);
    if (this.hasBadCredit(row)) this.noteBadCredit(transaction, row, warehouseId, districtId, amountCents);
  }

  hasBadCredit(row: number): boolean {
    const { table, credit } = this.customer;
    return table.bytesOf(row)[table.byteOffset(row, credit)] === B;
  }

  /** The payment goes in front of C_DATA, and what exceeds 500 characters falls off. */
  private noteBadCredit(
    transaction: Transaction,
    row: number,
    warehouseId: number,
    districtId: number,
    amountCents: number,
  ): void {
    const { customer, text } = this;
    const { table } = customer;
    let length = writeNumber(text, 0, table.getInt32(row, customer.id));
    length = writeNumber(text, length, table.getInt32(row, customer.districtId));
    length = writeNumber(text, length, table.getInt32(row, customer.warehouseId));
    length = writeNumber(text, length, districtId);
    length = writeNumber(text, length, warehouseId);
    length = writeMoney(text, length, amountCents);
    const bytes = table.bytesOf(row);
    const at = table.byteOffset(row, customer.data) + customer.data.lengthBytes;
    const kept = Math.min(table.textLength(row, customer.data), C_DATA_BYTES - length);
    for (let i = 0; i < kept; i++) text[length + i] = bytes[at + i];
    transaction.setText(table, row, customer.data, text, 0, length + kept);
  }
}
