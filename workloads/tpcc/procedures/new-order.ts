/** New-Order (TPC-C 2.4.2): enters an order, or works on all its lines and takes everything back. */
import { assert } from '../../../src/assert.ts';
import { NULL_INT32, NULL_INTEGER } from '../../../src/engine/row-layout.ts';
import type { Transaction } from '../../../src/engine/transaction.ts';
import type { Terminal } from '../inputs.ts';
import { MOST_LINES, RATE_UNIT, STOCK_FLOOR, STOCK_REFILL } from '../specification.ts';
import type { Tables } from './tables.ts';
import { containsOriginal } from './text-bytes.ts';

/** What the terminal shows (2.4.3.5): numbers here, texts by their rows. */
export class NewOrderOutput {
  orderId = 0;
  customerRow = -1;
  warehouseTax = 0;
  districtTax = 0;
  discount = 0;
  /** Before rounding, in cents: sum x (1 - C_DISCOUNT) x (1 + W_TAX + D_TAX). */
  totalCents = 0;
  readonly itemRows = new Int32Array(MOST_LINES);
  readonly stockQuantities = new Int32Array(MOST_LINES);
  readonly amountsCents = new Int32Array(MOST_LINES);
  /** 1 where both I_DATA and S_DATA carry ORIGINAL. */
  readonly brandB = new Uint8Array(MOST_LINES);
}

export class NewOrder {
  readonly output = new NewOrderOutput();
  private readonly tables: Tables;
  private readonly transaction: Transaction;
  private readonly stockRows = new Int32Array(MOST_LINES);

  constructor(tables: Tables, transaction: Transaction) {
    this.tables = tables;
    this.transaction = transaction;
  }

  /** @returns whether it committed; false is the specification's rollback for an unused item (2.4.2.3) */
  execute(input: Terminal, nowMs: number): boolean {
    const { warehouse, district, customer } = this.tables;
    const { transaction, output } = this;
    const { warehouseId, districtId } = input;

    this.findLines(input);
    const warehouseRow = warehouse.primary.get(warehouseId);
    output.warehouseTax = warehouse.table.getInt32(warehouseRow, warehouse.tax);

    const districtRow = district.primary.get(district.primary.key.of2(warehouseId, districtId));
    output.districtTax = district.table.getInt32(districtRow, district.tax);
    const orderId = district.table.getInt32(districtRow, district.nextOrderId);
    transaction.setInt32(district.table, districtRow, district.nextOrderId, orderId + 1);
    output.orderId = orderId;

    const customerKey = customer.primary.key.of3(warehouseId, districtId, input.customerId);
    output.customerRow = customer.primary.get(customerKey);
    output.discount = customer.table.getInt32(output.customerRow, customer.discount);

    this.insertOrder(input, orderId, nowMs);
    const sumCents = this.insertLines(input, orderId);
    if (sumCents < 0) {
      transaction.abort();
      return false;
    }
    output.totalCents =
      sumCents * (1 - output.discount / RATE_UNIT) * (1 + (output.warehouseTax + output.districtTax) / RATE_UNIT);
    transaction.commit();
    return true;
  }

  /** Looks up items and stock of all lines before any is worked on, so that their cache misses overlap. */
  private findLines(input: Terminal): void {
    const { item, stock } = this.tables;
    const { itemRows } = this.output;
    for (let line = 0; line < input.lineCount; line++) itemRows[line] = item.primary.get(input.itemIds[line]);
    for (let line = 0; line < input.lineCount; line++) {
      this.stockRows[line] = stock.primary.get(
        stock.primary.key.of2(input.supplyWarehouseIds[line], input.itemIds[line]),
      );
    }
  }

  private insertOrder(input: Terminal, orderId: number, nowMs: number): void {
    const { order, newOrder } = this.tables;
    const { warehouseId, districtId } = input;
    let allLocal = 1;
    for (let line = 0; line < input.lineCount; line++) {
      if (input.supplyWarehouseIds[line] !== warehouseId) allLocal = 0;
    }
    const row = order.table.allocate();
    order.table.putInt32(row, order.id, orderId);
    order.table.putInt32(row, order.districtId, districtId);
    order.table.putInt32(row, order.warehouseId, warehouseId);
    order.table.putInt32(row, order.customerId, input.customerId);
    order.table.putInteger(row, order.entryDate, nowMs);
    order.table.putInt32(row, order.carrierId, NULL_INT32);
    order.table.putInt32(row, order.lineCount, input.lineCount);
    order.table.putInt32(row, order.allLocal, allLocal);
    const entered = this.transaction.insert(order.table, row);
    assert(entered, 'an order number was given twice');

    const newOrderRow = newOrder.table.allocate();
    newOrder.table.putInt32(newOrderRow, newOrder.orderId, orderId);
    newOrder.table.putInt32(newOrderRow, newOrder.districtId, districtId);
    newOrder.table.putInt32(newOrderRow, newOrder.warehouseId, warehouseId);
    const queued = this.transaction.insert(newOrder.table, newOrderRow);
    assert(queued, 'a new order was entered twice');
  }

  /** @returns the sum of the amounts, or -1 at an unused item: the lines before it are done then */
  private insertLines(input: Terminal, orderId: number): number {
    const { item, stock, orderLine } = this.tables;
    const { transaction, output, stockRows } = this;
    const { itemRows, amountsCents, stockQuantities, brandB } = output;
    const { warehouseId, districtId } = input;
    const districtInfo = stock.districtInfo[districtId];
    let sumCents = 0;
    for (let line = 0; line < input.lineCount; line++) {
      const itemRow = itemRows[line];
      if (itemRow < 0) return -1;
      const price = item.table.getInt32(itemRow, item.price);
      const itemOriginal = containsOriginal(
        item.table.bytesOf(itemRow),
        item.table.byteOffset(itemRow, item.data) + 1,
        item.table.textLength(itemRow, item.data),
      );

      const stockRow = stockRows[line];
      const supplyWarehouseId = input.supplyWarehouseIds[line];
      const ordered = input.quantities[line];
      const inStock = stock.table.getInt32(stockRow, stock.quantity);
      const left = inStock - ordered >= STOCK_FLOOR ? inStock - ordered : inStock - ordered + STOCK_REFILL;
      transaction.setInt32(stock.table, stockRow, stock.quantity, left);
      transaction.setInt32(stock.table, stockRow, stock.ytd, stock.table.getInt32(stockRow, stock.ytd) + ordered);
      const orders = stock.table.getInt32(stockRow, stock.orderCount);
      transaction.setInt32(stock.table, stockRow, stock.orderCount, orders + 1);
      if (supplyWarehouseId !== warehouseId) {
        const remotes = stock.table.getInt32(stockRow, stock.remoteCount);
        transaction.setInt32(stock.table, stockRow, stock.remoteCount, remotes + 1);
      }
      stockQuantities[line] = left;
      brandB[line] =
        itemOriginal &&
        containsOriginal(
          stock.table.bytesOf(stockRow),
          stock.table.byteOffset(stockRow, stock.data) + 1,
          stock.table.textLength(stockRow, stock.data),
        )
          ? 1
          : 0;

      const amount = ordered * price;
      amountsCents[line] = amount;
      sumCents += amount;
      const row = orderLine.table.allocate();
      orderLine.table.putInt32(row, orderLine.orderId, orderId);
      orderLine.table.putInt32(row, orderLine.districtId, districtId);
      orderLine.table.putInt32(row, orderLine.warehouseId, warehouseId);
      orderLine.table.putInt32(row, orderLine.number, line + 1);
      orderLine.table.putInt32(row, orderLine.itemId, input.itemIds[line]);
      orderLine.table.putInt32(row, orderLine.supplyWarehouseId, supplyWarehouseId);
      orderLine.table.putInteger(row, orderLine.deliveryDate, NULL_INTEGER);
      orderLine.table.putInt32(row, orderLine.quantity, ordered);
      orderLine.table.putInt32(row, orderLine.amount, amount);
      orderLine.table.putFixedTextFrom(row, orderLine.districtInfo, stock.table, stockRow, districtInfo);
      if (!transaction.insert(orderLine.table, row)) assert(false, 'an order line was entered twice');
    }
    return sumCents;
  }
}
