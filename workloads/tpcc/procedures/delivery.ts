/** Delivery (TPC-C 2.7.4): delivers the oldest undelivered order of each district of a warehouse, in one transaction. */
import { assert } from '../../../src/assert.ts';
import type { Transaction } from '../../../src/engine/transaction.ts';
import type { Tables } from './tables.ts';

export class Delivery {
  /** Districts that the last execution found without an undelivered order (2.7.4.2). */
  skippedDistricts = 0;
  private readonly tables: Tables;
  private readonly transaction: Transaction;
  private readonly districts: number;

  constructor(tables: Tables, transaction: Transaction, districtsPerWarehouse: number) {
    this.tables = tables;
    this.transaction = transaction;
    this.districts = districtsPerWarehouse;
  }

  execute(warehouseId: number, carrierId: number, nowMs: number): void {
    const { newOrder } = this.tables;
    const { key } = newOrder.primary;
    const { cursor } = newOrder;
    this.skippedDistricts = 0;
    for (let districtId = 1; districtId <= this.districts; districtId++) {
      cursor.seek(key.of3(warehouseId, districtId, 0));
      if (!cursor.valid || cursor.key >= key.of3(warehouseId, districtId + 1, 0)) {
        this.skippedDistricts++;
        continue;
      }
      const { row } = cursor;
      const orderId = newOrder.table.getInt32(row, newOrder.orderId);
      this.transaction.delete(newOrder.table, row);
      this.deliverOrder(warehouseId, districtId, orderId, carrierId, nowMs);
    }
    this.transaction.commit();
  }

  private deliverOrder(
    warehouseId: number,
    districtId: number,
    orderId: number,
    carrierId: number,
    nowMs: number,
  ): void {
    const { order, orderLine, customer } = this.tables;
    const { transaction } = this;
    const orderRow = order.primary.get(order.primary.key.of3(warehouseId, districtId, orderId));
    if (orderRow < 0) assert(false, `no order (${warehouseId}, ${districtId}, ${orderId}) for its NEW-ORDER row`);
    transaction.setInt32(order.table, orderRow, order.carrierId, carrierId);

    const { cursor, table } = orderLine;
    const end = orderLine.primary.key.of4(warehouseId, districtId, orderId + 1, 0);
    let sumCents = 0;
    cursor.seek(orderLine.primary.key.of4(warehouseId, districtId, orderId, 0));
    for (; cursor.valid && cursor.key < end; cursor.next()) {
      sumCents += table.getInt32(cursor.row, orderLine.amount);
      transaction.setInteger(table, cursor.row, orderLine.deliveryDate, nowMs);
    }

    const customerId = order.table.getInt32(orderRow, order.customerId);
    const customerRow = customer.primary.get(customer.primary.key.of3(warehouseId, districtId, customerId));
    const balance = customer.table.getInteger(customerRow, customer.balance);
    transaction.setInteger(customer.table, customerRow, customer.balance, balance + sumCents);
    const deliveries = customer.table.getInt32(customerRow, customer.deliveryCount);
    transaction.setInt32(customer.table, customerRow, customer.deliveryCount, deliveries + 1);
  }
}
