/** New-Order (TPC-C 2.4.2): enters an order, or works on all its lines and takes everything back. */
import { assert } from '../../../src/assert.ts';
import { BLOCKED, COMMITTED, type Outcome, USER_ABORT } from '../../../src/bench/contract.ts';
import { NULL_INT32, NULL_INTEGER } from '../../../src/engine/row-layout.ts';
import type { Transaction } from '../../../src/engine/transaction.ts';
import type { Terminal } from '../inputs.ts';
import { MOST_LINES, RATE_UNIT } from '../specification.ts';
import type { RemoteLines } from './remote-lines.ts';
import { sellStock } from './stock-sale.ts';
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
  private readonly prices = new Int32Array(MOST_LINES);
  /** Sum of what `findLines` read ahead: a use, so that the reads are not optimised away. */
  readAhead = 0;

  constructor(tables: Tables, transaction: Transaction) {
    this.tables = tables;
    this.transaction = transaction;
  }

  /**
   * @param remoteLines what other partitions answered for the lines that they supply, or null where this one has them all
   * @returns USER_ABORT is the specification's rollback for an unused item (2.4.2.3); BLOCKED before anything is written
   */
  execute(input: Terminal, nowMs: number, remoteLines: RemoteLines | null): Outcome {
    const { warehouse, district, customer, access } = this.tables;
    const { transaction, output } = this;
    const { warehouseId, districtId } = input;

    this.findLines(input);
    if (access.mustAsk && !this.ask(input)) return BLOCKED;
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
    const sumCents = this.insertLines(input, orderId, remoteLines);
    if (sumCents < 0) {
      transaction.abort();
      return USER_ABORT;
    }
    output.totalCents =
      sumCents * (1 - output.discount / RATE_UNIT) * (1 + (output.warehouseTax + output.districtTax) / RATE_UNIT);
    transaction.commit();
    return COMMITTED;
  }

  /** Fragments at this partition hold rows of CUSTOMER and STOCK and nothing else that a New-Order touches. */
  private ask(input: Terminal): boolean {
    const { customer, stock, access } = this.tables;
    const { key } = customer.primary;
    const customerRow = customer.primary.get(key.of3(input.warehouseId, input.districtId, input.customerId));
    if (!access.read(customer.table, customerRow)) return false;
    for (let line = 0; line < input.lineCount; line++) {
      const row = this.stockRows[line];
      if (row >= 0 && !access.write(stock.table, row)) return false;
    }
    return true;
  }

  /**
   * Looks up items and stock of all lines, and reads what will be needed of them, before any line is worked on: short
   * loops of independent reads, whose cache misses overlap.
   */
  private findLines(input: Terminal): void {
    const { item, stock } = this.tables;
    const { stockRows, prices } = this;
    const { itemRows } = this.output;
    const { lineCount, itemIds, supplyWarehouseIds } = input;
    for (let line = 0; line < lineCount; line++) itemRows[line] = item.primary.get(itemIds[line]);
    for (let line = 0; line < lineCount; line++) {
      stockRows[line] = stock.primary.get(stock.primary.key.of2(supplyWarehouseIds[line], itemIds[line]));
    }
    for (let line = 0; line < lineCount; line++) {
      const row = itemRows[line];
      prices[line] = row < 0 ? 0 : item.table.getInt32(row, item.price);
    }
    const districtWord = stock.districtInfo[input.districtId].offset >> 2;
    let readAhead = 0;
    for (let line = 0; line < lineCount; line++) {
      const row = stockRows[line];
      if (row < 0) continue;
      const int32s = stock.table.int32sOf(row);
      const base = stock.table.int32Base(row);
      readAhead += int32s[base + stock.quantity.offset] + int32s[base + districtWord];
    }
    this.readAhead = readAhead;
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
  private insertLines(input: Terminal, orderId: number, remoteLines: RemoteLines | null): number {
    const { item, stock, orderLine } = this.tables;
    const { transaction, output, stockRows, prices } = this;
    const { itemRows, amountsCents, stockQuantities, brandB } = output;
    const { warehouseId, districtId } = input;
    const districtInfo = stock.districtInfo[districtId];
    let sumCents = 0;
    for (let line = 0; line < input.lineCount; line++) {
      const itemRow = itemRows[line];
      if (itemRow < 0) return -1;
      const price = prices[line];
      const itemOriginal = containsOriginal(
        item.table.bytesOf(itemRow),
        item.table.byteOffset(itemRow, item.data) + 1,
        item.table.textLength(itemRow, item.data),
      );

      const stockRow = stockRows[line];
      const supplyWarehouseId = input.supplyWarehouseIds[line];
      const ordered = input.quantities[line];
      const elsewhere = stockRow < 0;
      if (elsewhere) {
        assert(remoteLines !== null, 'the stock of a line is at no partition');
        stockQuantities[line] = remoteLines.quantities[line];
        brandB[line] = itemOriginal ? remoteLines.originals[line] : 0;
      } else {
        stockQuantities[line] = sellStock(transaction, stock, stockRow, ordered, supplyWarehouseId !== warehouseId);
        brandB[line] =
          itemOriginal &&
          containsOriginal(
            stock.table.bytesOf(stockRow),
            stock.table.byteOffset(stockRow, stock.data) + 1,
            stock.table.textLength(stockRow, stock.data),
          )
            ? 1
            : 0;
      }

      const amount = ordered * price;
      amountsCents[line] = amount;
      sumCents += amount;
      const row = orderLine.table.allocate();
      const int32s = orderLine.table.int32sOf(row);
      const rowBase = orderLine.table.int32Base(row);
      int32s[rowBase + orderLine.orderId.offset] = orderId;
      int32s[rowBase + orderLine.districtId.offset] = districtId;
      int32s[rowBase + orderLine.warehouseId.offset] = warehouseId;
      int32s[rowBase + orderLine.number.offset] = line + 1;
      int32s[rowBase + orderLine.itemId.offset] = input.itemIds[line];
      int32s[rowBase + orderLine.supplyWarehouseId.offset] = supplyWarehouseId;
      int32s[rowBase + orderLine.quantity.offset] = ordered;
      int32s[rowBase + orderLine.amount.offset] = amount;
      orderLine.table.putInteger(row, orderLine.deliveryDate, NULL_INTEGER);
      if (elsewhere) (remoteLines as RemoteLines).putDistrictInfo(line, int32s, this.districtInfoAt(row));
      else orderLine.table.putFixedTextFrom(row, orderLine.districtInfo, stock.table, stockRow, districtInfo);
      if (!transaction.insert(orderLine.table, row)) assert(false, 'an order line was entered twice');
    }
    return sumCents;
  }

  /** Int32 element of its chunk at which OL_DIST_INFO of the row starts. */
  private districtInfoAt(row: number): number {
    const { orderLine } = this.tables;
    return orderLine.table.byteOffset(row, orderLine.districtInfo) >> 2;
  }
}
