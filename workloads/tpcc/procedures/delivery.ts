/** Delivery (TPC-C 2.7.4): delivers the oldest undelivered order of each district of a warehouse, in one transaction. */
import { assert } from '../../../src/assert.ts';
import { BLOCKED, COMMITTED, type Outcome } from '../../../src/bench/contract.ts';
import type { Transaction } from '../../../src/engine/transaction.ts';
import type { Tables } from './tables.ts';

const NONE = -1;

export class Delivery {
  /** Districts that the last execution found without an undelivered order (2.7.4.2). */
  skippedDistricts = 0;
  private readonly tables: Tables;
  private readonly transaction: Transaction;
  /** What the lookups found, by district from 0; a NEW-ORDER row of NONE where there is no undelivered order. */
  private readonly newOrderRows: Int32Array;
  private readonly orderRows: Int32Array;
  private readonly customerRows: Int32Array;

  constructor(tables: Tables, transaction: Transaction, districtsPerWarehouse: number) {
    this.tables = tables;
    this.transaction = transaction;
    this.newOrderRows = new Int32Array(districtsPerWarehouse);
    this.orderRows = new Int32Array(districtsPerWarehouse);
    this.customerRows = new Int32Array(districtsPerWarehouse);
  }

  /** BLOCKED before anything is written: fragments at this partition may hold rows of CUSTOMER. */
  execute(warehouseId: number, carrierId: number, nowMs: number): Outcome {
    this.findOldestOrders(warehouseId);
    this.findCustomers(warehouseId);
    if (this.tables.access.mustAsk && !this.ask()) return BLOCKED;
    this.skippedDistricts = 0;
    for (let i = 0; i < this.newOrderRows.length; i++) {
      if (this.newOrderRows[i] === NONE) this.skippedDistricts++;
      else this.deliverOrder(warehouseId, i, carrierId, nowMs);
    }
    this.transaction.commit();
    return COMMITTED;
  }

  private ask(): boolean {
    const { access, customer } = this.tables;
    for (let i = 0; i < this.customerRows.length; i++) {
      if (this.newOrderRows[i] !== NONE && !access.write(customer.table, this.customerRows[i])) return false;
    }
    return true;
  }

  /** Looks up all districts before any is worked on, so that their cache misses overlap. */
  private findOldestOrders(warehouseId: number): void {
    const { newOrder, order } = this.tables;
    const { newOrderRows, orderRows } = this;
    const { key } = newOrder.primary;
    const { cursor } = newOrder;
    for (let i = 0; i < newOrderRows.length; i++) {
      cursor.seek(key.of3(warehouseId, i + 1, 0));
      const found = cursor.valid && cursor.key < key.of3(warehouseId, i + 2, 0);
      newOrderRows[i] = found ? cursor.row : NONE;
      if (!found) continue;
      const orderId = newOrder.table.getInt32(cursor.row, newOrder.orderId);
      orderRows[i] = order.primary.get(order.primary.key.of3(warehouseId, i + 1, orderId));
      if (orderRows[i] < 0) assert(false, `no order (${warehouseId}, ${i + 1}, ${orderId}) for its NEW-ORDER row`);
    }
  }

  private findCustomers(warehouseId: number): void {
    const { order, customer } = this.tables;
    const { key } = customer.primary;
    for (let i = 0; i < this.customerRows.length; i++) {
      if (this.newOrderRows[i] === NONE) continue;
      const customerId = order.table.getInt32(this.orderRows[i], order.customerId);
      this.customerRows[i] = customer.primary.get(key.of3(warehouseId, i + 1, customerId));
    }
  }

  private deliverOrder(warehouseId: number, i: number, carrierId: number, nowMs: number): void {
    const { newOrder, order, customer } = this.tables;
    const { transaction } = this;
    const orderRow = this.orderRows[i];
    transaction.delete(newOrder.table, this.newOrderRows[i]);
    transaction.setInt32(order.table, orderRow, order.carrierId, carrierId);
    const orderId = order.table.getInt32(orderRow, order.id);
    const sumCents = this.deliverLines(warehouseId, i + 1, orderId, nowMs);

    const customerRow = this.customerRows[i];
    const balance = customer.table.getInteger(customerRow, customer.balance);
    transaction.setInteger(customer.table, customerRow, customer.balance, balance + sumCents);
    const deliveries = customer.table.getInt32(customerRow, customer.deliveryCount);
    transaction.setInt32(customer.table, customerRow, customer.deliveryCount, deliveries + 1);
  }

  /** @returns the sum of the amounts */
  private deliverLines(warehouseId: number, districtId: number, orderId: number, nowMs: number): number {
    const { orderLine } = this.tables;
    const { cursor, table } = orderLine;
    const { key } = orderLine.primary;
    const end = key.of4(warehouseId, districtId, orderId + 1, 0);
    let sumCents = 0;
    cursor.seek(key.of4(warehouseId, districtId, orderId, 0));
    for (; cursor.valid && cursor.key < end; cursor.next()) {
      sumCents += table.getInt32(cursor.row, orderLine.amount);
      this.transaction.setInteger(table, cursor.row, orderLine.deliveryDate, nowMs);
    }
    return sumCents;
  }
}
