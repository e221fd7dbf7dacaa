/**
 * One pass each over ORDER, NEW-ORDER and ORDER-LINE in physical order: what the conditions need of them, in flat arrays
 * by place, and the conditions that compare single rows (5, 6, 7). No index is used, so that a broken one hides nothing.
 */
import { NULL_INT32, NULL_INTEGER } from '../../../src/engine/row-layout.ts';
import type { Tables } from '../procedures/tables.ts';
import { int32At, shownInstant, shownNumber } from './column-values.ts';
import type { ConditionId, ConditionTallies } from './condition-tally.ts';
import type { Places } from './places.ts';

const NO_SUCH_PLACE = 'no such order number or district in this partition';

export class OrderScan {
  /** By district: rows, and the newest and oldest numbers (0 where there is no row). */
  readonly orders: Int32Array;
  readonly newestOrders: Int32Array;
  readonly newOrders: Int32Array;
  readonly newestNewOrders: Int32Array;
  readonly oldestNewOrders: Int32Array;
  readonly lines: Int32Array;
  /** By district: sum of O_OL_CNT. */
  readonly lineCounts: Float64Array;
  /** By customer: sum of OL_AMOUNT where OL_DELIVERY_D is not null. */
  readonly deliveredCents: Float64Array;
  private readonly tables: Tables;
  private readonly places: Places;
  private readonly tallies: ConditionTallies;
  /** Place of order 1 of each district; orders take as many places as the newest number says. */
  private readonly firstOrderPlaces: Int32Array;
  /** By order: its row or -1, its lines, and whether NEW-ORDER has it. */
  private readonly orderRows: Int32Array;
  private readonly linesOfOrders: Int32Array;
  private readonly undelivered: Uint8Array;

  constructor(tables: Tables, places: Places, tallies: ConditionTallies) {
    this.tables = tables;
    this.places = places;
    this.tallies = tallies;
    const { districts } = places;
    this.orders = new Int32Array(districts);
    this.newestOrders = new Int32Array(districts);
    this.newOrders = new Int32Array(districts);
    this.newestNewOrders = new Int32Array(districts);
    this.oldestNewOrders = new Int32Array(districts);
    this.lines = new Int32Array(districts);
    this.lineCounts = new Float64Array(districts);
    this.deliveredCents = new Float64Array(places.customers);

    this.measureDistricts();
    this.firstOrderPlaces = new Int32Array(districts + 1);
    for (let i = 0; i < districts; i++) this.firstOrderPlaces[i + 1] = this.firstOrderPlaces[i] + this.newestOrders[i];
    const orderPlaces = this.firstOrderPlaces[districts];
    this.orderRows = new Int32Array(orderPlaces).fill(-1);
    this.linesOfOrders = new Int32Array(orderPlaces);
    this.undelivered = new Uint8Array(orderPlaces);

    this.enterOrders();
    this.enterNewOrders();
    this.enterLines();
    this.judgeOrders();
  }

  private placeOf(district: number, orderId: number): number {
    if (district < 0 || orderId < 1 || orderId > this.newestOrders[district]) return -1;
    return this.firstOrderPlaces[district] + orderId - 1;
  }

  /** Place of the district of the order in `row`, or -1. */
  private districtOfOrder(row: number): number {
    const { order } = this.tables;
    const warehouseId = order.table.getInt32(row, order.warehouseId);
    return this.places.ofDistrict(warehouseId, order.table.getInt32(row, order.districtId));
  }

  private measureDistricts(): void {
    const { order } = this.tables;
    const { table } = order;
    for (let row = 0, end = table.rowBound; row < end; row++) {
      if (!table.isLive(row)) continue;
      const district = this.districtOfOrder(row);
      const orderId = table.getInt32(row, order.id);
      // Numbers have no gaps, so that none is above the rows ever stored; a damaged one must not size the arrays.
      const possible = district >= 0 && orderId >= 1 && orderId <= end;
      if (!possible) this.violatePlace(['3.3.2.2', '3.3.2.4', '3.3.2.5', '3.3.2.6', '3.3.2.11'], row);
      else if (orderId > this.newestOrders[district]) this.newestOrders[district] = orderId;
    }
  }

  private enterOrders(): void {
    const { order } = this.tables;
    const { table } = order;
    for (let row = 0, end = table.rowBound; row < end; row++) {
      if (!table.isLive(row)) continue;
      const district = this.districtOfOrder(row);
      const place = this.placeOf(district, table.getInt32(row, order.id));
      if (place < 0) continue;
      this.orderRows[place] = row;
      this.orders[district]++;
      this.lineCounts[district] += int32At(table, row, order.lineCount);
      if (this.places.ofCustomer(district, table.getInt32(row, order.customerId)) < 0) this.violateCustomer(row);
    }
  }

  private enterNewOrders(): void {
    const { newOrder } = this.tables;
    const { table } = newOrder;
    for (let row = 0, end = table.rowBound; row < end; row++) {
      if (!table.isLive(row)) continue;
      const warehouseId = table.getInt32(row, newOrder.warehouseId);
      const district = this.places.ofDistrict(warehouseId, table.getInt32(row, newOrder.districtId));
      const orderId = table.getInt32(row, newOrder.orderId);
      if (district < 0 || orderId < 1) {
        this.violateNewOrder(['3.3.2.2', '3.3.2.3', '3.3.2.5', '3.3.2.11'], row, NO_SUCH_PLACE);
        continue;
      }
      this.newOrders[district]++;
      if (orderId > this.newestNewOrders[district]) this.newestNewOrders[district] = orderId;
      const oldest = this.oldestNewOrders[district];
      if (oldest === 0 || orderId < oldest) this.oldestNewOrders[district] = orderId;
      const place = this.placeOf(district, orderId);
      if (place >= 0) this.undelivered[place] = 1;
      if (place < 0 || this.orderRows[place] < 0) this.violateNewOrder(['3.3.2.5'], row, 'NEW-ORDER row, no ORDER row');
    }
  }

  private enterLines(): void {
    const { order, orderLine } = this.tables;
    const { table } = orderLine;
    const { orderRows, linesOfOrders, lines, deliveredCents } = this;
    // The lines of an order mostly follow each other: what concerns the order is found out once.
    let warehouseId = NULL_INT32;
    let districtId = NULL_INT32;
    let orderId = NULL_INT32;
    let district = -1;
    let place = -1;
    let orderRow = -1;
    let customer = -1;
    let orderDelivered = false;
    for (let row = 0, end = table.rowBound; row < end; row++) {
      if (!table.isLive(row)) continue;
      const lineOrderId = table.getInt32(row, orderLine.orderId);
      const lineDistrictId = table.getInt32(row, orderLine.districtId);
      const lineWarehouseId = table.getInt32(row, orderLine.warehouseId);
      if (lineOrderId !== orderId || lineDistrictId !== districtId || lineWarehouseId !== warehouseId) {
        orderId = lineOrderId;
        districtId = lineDistrictId;
        warehouseId = lineWarehouseId;
        district = this.places.ofDistrict(warehouseId, districtId);
        place = this.placeOf(district, orderId);
        orderRow = place < 0 ? -1 : orderRows[place];
        customer = -1;
        if (orderRow >= 0) {
          customer = this.places.ofCustomer(district, order.table.getInt32(orderRow, order.customerId));
          orderDelivered = order.table.getInt32(orderRow, order.carrierId) !== NULL_INT32;
        }
      }
      if (district >= 0) lines[district]++;
      else this.violateLine(['3.3.2.4'], row, NO_SUCH_PLACE);
      if (orderRow < 0) {
        this.violateLine(['3.3.2.6', '3.3.2.7'], row, 'ORDER-LINE row, no ORDER row');
        continue;
      }
      linesOfOrders[place]++;
      const delivered = table.getInteger(row, orderLine.deliveryDate) !== NULL_INTEGER;
      if (delivered !== orderDelivered) this.violateDelivery(row, orderRow);
      if (delivered && customer >= 0) deliveredCents[customer] += int32At(table, row, orderLine.amount);
    }
  }

  /** Conditions 5 and 6, once all rows are entered. */
  private judgeOrders(): void {
    const { order } = this.tables;
    const { table } = order;
    for (let row = 0, end = table.rowBound; row < end; row++) {
      if (!table.isLive(row)) continue;
      const place = this.placeOf(this.districtOfOrder(row), table.getInt32(row, order.id));
      if (place < 0) continue;
      const undelivered = this.undelivered[place] === 1;
      if ((table.getInt32(row, order.carrierId) === NULL_INT32) !== undelivered) this.violateCarrier(row, undelivered);
      const lines = this.linesOfOrders[place];
      if (table.getInt32(row, order.lineCount) !== lines) this.violateLineCount(row, lines);
    }
  }

  // Descriptions are made apart from the loops: a closure in a loop body costs an allocation a row.

  private violatePlace(ids: readonly ConditionId[], row: number): void {
    this.tallies.violate(ids, () => `${this.orderName(row)}: ${NO_SUCH_PLACE}`);
  }

  private violateCustomer(row: number): void {
    const { order } = this.tables;
    const customerId = order.table.getInt32(row, order.customerId);
    this.tallies.violate(
      ['3.3.2.10', '3.3.2.12'],
      () => `${this.orderName(row)}: O_C_ID ${shownNumber(customerId)}, no such customer`,
    );
  }

  private violateNewOrder(ids: readonly ConditionId[], row: number, what: string): void {
    const { newOrder } = this.tables;
    const { table } = newOrder;
    this.tallies.violate(ids, () => {
      const warehouseId = shownNumber(table.getInt32(row, newOrder.warehouseId));
      const districtId = shownNumber(table.getInt32(row, newOrder.districtId));
      const orderId = shownNumber(table.getInt32(row, newOrder.orderId));
      return `NO_W_ID=${warehouseId} NO_D_ID=${districtId} NO_O_ID=${orderId}: ${what}`;
    });
  }

  private violateLine(ids: readonly ConditionId[], row: number, what: string): void {
    this.tallies.violate(ids, () => `${orderLineName(this.tables, row)}: ${what}`);
  }

  private violateDelivery(row: number, orderRow: number): void {
    const { order, orderLine } = this.tables;
    this.tallies.of('3.3.2.7').violate(() => {
      const date = shownInstant(orderLine.table.getInteger(row, orderLine.deliveryDate));
      const carrier = shownNumber(order.table.getInt32(orderRow, order.carrierId));
      return `${orderLineName(this.tables, row)}: OL_DELIVERY_D ${date}, O_CARRIER_ID ${carrier}`;
    });
  }

  private violateCarrier(row: number, undelivered: boolean): void {
    const { order } = this.tables;
    this.tallies.of('3.3.2.5').violate(() => {
      const carrier = shownNumber(order.table.getInt32(row, order.carrierId));
      return `${this.orderName(row)}: O_CARRIER_ID ${carrier}, ${undelivered ? 'a' : 'no'} NEW-ORDER row`;
    });
  }

  private violateLineCount(row: number, lines: number): void {
    const { order } = this.tables;
    this.tallies.of('3.3.2.6').violate(() => {
      const lineCount = shownNumber(order.table.getInt32(row, order.lineCount));
      return `${this.orderName(row)}: O_OL_CNT ${lineCount}, ORDER-LINE rows ${lines}`;
    });
  }

  private orderName(row: number): string {
    const { order } = this.tables;
    const { table } = order;
    const warehouseId = shownNumber(table.getInt32(row, order.warehouseId));
    const districtId = shownNumber(table.getInt32(row, order.districtId));
    return `O_W_ID=${warehouseId} O_D_ID=${districtId} O_ID=${shownNumber(table.getInt32(row, order.id))}`;
  }
}

/** Key of an order line, for a violation. */
export function orderLineName(tables: Tables, row: number): string {
  const { orderLine } = tables;
  const { table } = orderLine;
  const warehouseId = shownNumber(table.getInt32(row, orderLine.warehouseId));
  const districtId = shownNumber(table.getInt32(row, orderLine.districtId));
  const orderId = shownNumber(table.getInt32(row, orderLine.orderId));
  const number = shownNumber(table.getInt32(row, orderLine.number));
  return `OL_W_ID=${warehouseId} OL_D_ID=${districtId} OL_O_ID=${orderId} OL_NUMBER=${number}`;
}
