/** Payment (TPC-C 2.5.2): a customer pays, and the district, the warehouse and the history book it. */
import { assert } from '../../../src/assert.ts';
import { BLOCKED, COMMITTED, type Outcome, USER_ABORT } from '../../../src/bench/contract.ts';
import type { Transaction } from '../../../src/engine/transaction.ts';
import type { Terminal } from '../inputs.ts';
import type { CustomerLookup } from './customer-lookup.ts';
import type { CustomerPayment } from './customer-payment.ts';
import type { RemoteCustomer } from './remote-customer.ts';
import type { Tables } from './tables.ts';

const SPACE = 32;
/** 2.5.3.3: H_DATA is W_NAME and D_NAME with four spaces between. */
const NAME_GAP = 4;

/** More than W_NAME, the gap and D_NAME. */
const MOST_NAME_BYTES = 32;

/** What the terminal shows (2.5.3.4): numbers here, texts by their rows; a customer at another partition has row -1. */
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
  private readonly customerPayment: CustomerPayment;
  private readonly transaction: Transaction;
  private readonly text = new Uint8Array(MOST_NAME_BYTES);

  constructor(tables: Tables, lookup: CustomerLookup, customerPayment: CustomerPayment, transaction: Transaction) {
    this.tables = tables;
    this.lookup = lookup;
    this.customerPayment = customerPayment;
    this.transaction = transaction;
  }

  /** With the customer at this partition. USER_ABORT only where nobody has the last name (reduced populations). */
  execute(input: Terminal, nowMs: number): Outcome {
    const { access, customer } = this.tables;
    const row =
      input.lastNameNumber >= 0
        ? this.lookup.byLastName(input.customerWarehouseId, input.customerDistrictId, input.lastNameNumber)
        : this.lookup.byId(input.customerWarehouseId, input.customerDistrictId, input.customerId);
    if (row < 0) return USER_ABORT;
    if (access.mustAsk && !access.write(customer.table, row)) return BLOCKED;
    const { warehouseId, districtId, amountCents } = input;
    this.customerPayment.pay(this.transaction, row, warehouseId, districtId, amountCents);
    this.output.balanceCents = customer.table.getInteger(row, customer.balance);
    this.output.customerRow = row;
    return this.book(input, customer.table.getInt32(row, customer.id), nowMs);
  }

  /** With the customer at another partition, which has answered. No fragment holds anything that this touches. */
  finish(input: Terminal, remoteCustomer: RemoteCustomer, nowMs: number): Outcome {
    if (remoteCustomer.customerId === 0) return USER_ABORT;
    this.output.balanceCents = remoteCustomer.balanceCents;
    this.output.customerRow = -1;
    return this.book(input, remoteCustomer.customerId, nowMs);
  }

  /** The home's books: warehouse, district and history. */
  private book(input: Terminal, customerId: number, nowMs: number): Outcome {
    const { warehouse, district } = this.tables;
    const { transaction, output } = this;
    const { warehouseId, districtId, amountCents } = input;
    const warehouseRow = warehouse.primary.get(warehouseId);
    const warehouseYtd = warehouse.table.getInteger(warehouseRow, warehouse.ytd);
    transaction.setInteger(warehouse.table, warehouseRow, warehouse.ytd, warehouseYtd + amountCents);
    const districtRow = district.primary.get(district.primary.key.of2(warehouseId, districtId));
    const districtYtd = district.table.getInteger(districtRow, district.ytd);
    transaction.setInteger(district.table, districtRow, district.ytd, districtYtd + amountCents);

    this.insertHistory(input, customerId, warehouseRow, districtRow, nowMs);
    output.warehouseRow = warehouseRow;
    output.districtRow = districtRow;
    transaction.commit();
    return COMMITTED;
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
