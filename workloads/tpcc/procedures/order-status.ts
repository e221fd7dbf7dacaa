/** Order-Status (TPC-C 2.6.2): a customer's newest order and its lines. Read-only. */
import { BLOCKED, COMMITTED, type Outcome, USER_ABORT } from '../../../src/bench/contract.ts';
import type { Terminal } from '../inputs.ts';
import { MOST_LINES } from '../specification.ts';
import type { CustomerLookup } from './customer-lookup.ts';
import type { Tables } from './tables.ts';

/** What the terminal shows (2.6.3.3): numbers here, texts by their rows. Null numbers read as the engine's null. */
export class OrderStatusOutput {
  customerRow = -1;
  balanceCents = 0;
  /** 0 where the customer never ordered. */
  orderId = 0;
  entryDateMs = 0;
  carrierId = 0;
  lineCount = 0;
  readonly itemIds = new Int32Array(MOST_LINES);
  readonly supplyWarehouseIds = new Int32Array(MOST_LINES);
  readonly quantities = new Int32Array(MOST_LINES);
  readonly amountsCents = new Int32Array(MOST_LINES);
  readonly deliveryDatesMs = new Float64Array(MOST_LINES);
}

export class OrderStatus {
  readonly output = new OrderStatusOutput();
  private readonly tables: Tables;
  private readonly lookup: CustomerLookup;

  constructor(tables: Tables, lookup: CustomerLookup) {
    this.tables = tables;
    this.lookup = lookup;
  }

  /** USER_ABORT where there is no such customer, only in reduced populations. Fragments may hold the customer's row. */
  execute(input: Terminal): Outcome {
    const { customer, order, access } = this.tables;
    const { output } = this;
    const { warehouseId, districtId } = input;
    const row =
      input.lastNameNumber >= 0
        ? this.lookup.byLastName(warehouseId, districtId, input.lastNameNumber)
        : this.lookup.byId(warehouseId, districtId, input.customerId);
    if (row < 0) return USER_ABORT;
    if (access.mustAsk && !access.read(customer.table, row)) return BLOCKED;
    output.customerRow = row;
    output.balanceCents = customer.table.getInteger(row, customer.balance);
    const customerId = customer.table.getInt32(row, customer.id);

    const { key } = order.byCustomer;
    const cursor = order.byCustomerCursor;
    cursor.seekBefore(key.of4(warehouseId, districtId, customerId + 1, 0));
    if (!cursor.valid || cursor.key < key.of4(warehouseId, districtId, customerId, 0)) {
      output.orderId = 0;
      output.lineCount = 0;
      return COMMITTED;
    }
    output.orderId = order.table.getInt32(cursor.row, order.id);
    output.entryDateMs = order.table.getInteger(cursor.row, order.entryDate);
    output.carrierId = order.table.getInt32(cursor.row, order.carrierId);
    this.readLines(warehouseId, districtId, output.orderId);
    return COMMITTED;
  }

  private readLines(warehouseId: number, districtId: number, orderId: number): void {
    const { orderLine } = this.tables;
    const { table, cursor } = orderLine;
    const { output } = this;
    const end = orderLine.primary.key.of4(warehouseId, districtId, orderId + 1, 0);
    let line = 0;
    cursor.seek(orderLine.primary.key.of4(warehouseId, districtId, orderId, 0));
    for (; cursor.valid && cursor.key < end; cursor.next(), line++) {
      const { row } = cursor;
      output.itemIds[line] = table.getInt32(row, orderLine.itemId);
      output.supplyWarehouseIds[line] = table.getInt32(row, orderLine.supplyWarehouseId);
      output.quantities[line] = table.getInt32(row, orderLine.quantity);
      output.amountsCents[line] = table.getInt32(row, orderLine.amount);
      output.deliveryDatesMs[line] = table.getInteger(row, orderLine.deliveryDate);
    }
    output.lineCount = line;
  }
}
