/** Payment (TPC-C 2.5.2): a customer pays, and the district, the warehouse and the history book it. */
import { assert } from '../../../src/assert.ts';
import type { Transaction } from '../../../src/engine/transaction.ts';
import type { Terminal } from '../inputs.ts';
import { C_DATA_BYTES } from '../specification.ts';
import type { CustomerLookup } from './customer-lookup.ts';
import type { Tables } from './tables.ts';
import { writeMoney, writeNumber } from './text-bytes.ts';

const B = 'B'.charCodeAt(0);
const SPACE = 32;
/** 2.5.3.3: H_DATA is W_NAME and D_NAME with four spaces between. */
const NAME_GAP = 4;

/** What the terminal shows (2.5.3.4): numbers here, texts by their rows. */
export class PaymentOutput {
  warehouseRow = -1;
  districtRow = -1;
  customerRow = -1;
  balanceCents = 0;
}

export class Payment {
  readonly output = new PaymentOutput();
  private readonly tables: Tables;
  private readonly lookup: CustomerLookup;
  private readonly transaction: Transaction;
  private readonly text = new Uint8Array(2 * C_DATA_BYTES);

  constructor(tables: Tables, lookup: CustomerLookup, transaction: Transaction) {
    this.tables = tables;
    this.lookup = lookup;
    this.transaction = transaction;
  }

  /** @returns whether it committed; false only where nobody has the last name (reduced populations) */
  execute(input: Terminal, nowMs: number): boolean {
    const { warehouse, district } = this.tables;
    const { transaction, output } = this;
    const { warehouseId, districtId, amountCents } = input;
    const customerRow =
      input.lastNameNumber >= 0
        ? this.lookup.byLastName(input.customerWarehouseId, input.customerDistrictId, input.lastNameNumber)
        : this.lookup.byId(input.customerWarehouseId, input.customerDistrictId, input.customerId);
    if (customerRow < 0) {
      transaction.abort();
      return false;
    }
    const warehouseRow = warehouse.primary.get(warehouseId);
    const warehouseYtd = warehouse.table.getInteger(warehouseRow, warehouse.ytd);
    transaction.setInteger(warehouse.table, warehouseRow, warehouse.ytd, warehouseYtd + amountCents);
    const districtRow = district.primary.get(district.primary.key.of2(warehouseId, districtId));
    const districtYtd = district.table.getInteger(districtRow, district.ytd);
    transaction.setInteger(district.table, districtRow, district.ytd, districtYtd + amountCents);

    const customerId = this.payCustomer(customerRow, input);
    this.insertHistory(input, customerId, warehouseRow, districtRow, nowMs);
    output.warehouseRow = warehouseRow;
    output.districtRow = districtRow;
    output.customerRow = customerRow;
    transaction.commit();
    return true;
  }

  private payCustomer(row: number, input: Terminal): number {
    const { customer } = this.tables;
    const { table } = customer;
    const { transaction } = this;
    const { amountCents } = input;
    const balance = table.getInteger(row, customer.balance) - amountCents;
    transaction.setInteger(table, row, customer.balance, balance);
    const paid = table.getInteger(row, customer.ytdPayment) + amountCents;
    transaction.setInteger(table, row, customer.ytdPayment, paid);
    transaction.setInt32(table, row, customer.paymentCount, table.getInt32(row, customer.paymentCount) + 1);
    this.output.balanceCents = balance;
    const customerId = table.getInt32(row, customer.id);
    if (table.bytesOf(row)[table.byteOffset(row, customer.credit)] === B) this.noteBadCredit(row, customerId, input);
    return customerId;
  }

  /** 2.5.2.2: the payment goes in front of C_DATA, and what exceeds 500 characters falls off. */
  private noteBadCredit(row: number, customerId: number, input: Terminal): void {
    const { customer } = this.tables;
    const { table } = customer;
    const { text } = this;
    let length = writeNumber(text, 0, customerId);
    length = writeNumber(text, length, input.customerDistrictId);
    length = writeNumber(text, length, input.customerWarehouseId);
    length = writeNumber(text, length, input.districtId);
    length = writeNumber(text, length, input.warehouseId);
    length = writeMoney(text, length, input.amountCents);
    const bytes = table.bytesOf(row);
    const at = table.byteOffset(row, customer.data) + customer.data.lengthBytes;
    const kept = Math.min(table.textLength(row, customer.data), C_DATA_BYTES - length);
    for (let i = 0; i < kept; i++) text[length + i] = bytes[at + i];
    this.transaction.setText(table, row, customer.data, text, 0, length + kept);
  }

  private insertHistory(
    input: Terminal,
    customerId: number,
    warehouseRow: number,
    districtRow: number,
    nowMs: number,
  ): void {
    const { history, warehouse, district } = this.tables;
    const { text } = this;
    const row = history.table.allocate();
    history.table.putInt32(row, history.customerId, customerId);
    history.table.putInt32(row, history.customerDistrictId, input.customerDistrictId);
    history.table.putInt32(row, history.customerWarehouseId, input.customerWarehouseId);
    history.table.putInt32(row, history.districtId, input.districtId);
    history.table.putInt32(row, history.warehouseId, input.warehouseId);
    history.table.putInteger(row, history.date, nowMs);
    history.table.putInt32(row, history.amount, input.amountCents);

    let length = warehouse.table.textLength(warehouseRow, warehouse.name);
    const warehouseBytes = warehouse.table.bytesOf(warehouseRow);
    const warehouseAt = warehouse.table.byteOffset(warehouseRow, warehouse.name) + 1;
    for (let i = 0; i < length; i++) text[i] = warehouseBytes[warehouseAt + i];
    for (let i = 0; i < NAME_GAP; i++) text[length++] = SPACE;
    const districtLength = district.table.textLength(districtRow, district.name);
    const districtBytes = district.table.bytesOf(districtRow);
    const districtAt = district.table.byteOffset(districtRow, district.name) + 1;
    for (let i = 0; i < districtLength; i++) text[length++] = districtBytes[districtAt + i];
    history.table.putText(row, history.data, text, 0, length);
    if (!this.transaction.insert(history.table, row)) assert(false, 'a history row has no key to meet twice');
  }
}
