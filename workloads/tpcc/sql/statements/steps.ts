/**
 * What the five transactions ask of a database, step by step; each dialect has its own words for it. A step is one or
 * several calls, and its result is that of the last: what PostgreSQL does in one statement with RETURNING is an UPDATE and
 * a SELECT elsewhere. Money is in cents, rates in ten-thousandths, dates in milliseconds.
 */
import type { Call, Connection, StatementResult } from '../../../../src/drivers/contract.ts';

export type Step = readonly Call[];

/** An order with its lines, ready to be stored; by line from 0. */
export interface NewOrderRows {
  warehouseId: number;
  districtId: number;
  orderId: number;
  customerId: number;
  entryMs: number;
  allLocal: boolean;
  itemIds: readonly number[];
  supplyWarehouseIds: readonly number[];
  quantities: readonly number[];
  amountsCents: readonly number[];
  districtInfos: readonly string[];
}

export interface StockKey {
  warehouseId: number;
  itemId: number;
}

/** What a stock row becomes. */
export interface StockSale extends StockKey {
  /** S_QUANTITY afterwards. */
  quantity: number;
  /** Added to S_YTD. */
  ordered: number;
  /** Added to S_ORDER_CNT and S_REMOTE_CNT. */
  orders: number;
  remoteOrders: number;
}

export interface CustomerKey {
  warehouseId: number;
  districtId: number;
  customerId: number;
}

export interface HistoryRow {
  customer: CustomerKey;
  warehouseId: number;
  districtId: number;
  dateMs: number;
  amountCents: number;
  /** W_NAME, four spaces, D_NAME (2.5.2.2); null where both are read in the same statement. */
  data: string | null;
}

/** Numbers in comments are columns of a result's rows, in their order. */
export interface TpccSteps {
  /** D_NEXT_O_ID before it grows by one, D_TAX. */
  takeOrderNumber(warehouseId: number, districtId: number): Step;
  /** C_DISCOUNT, C_LAST, C_CREDIT, W_TAX. */
  readBuyer(customer: CustomerKey): Step;
  /** I_ID, I_PRICE, I_NAME, I_DATA: of those that exist. */
  readItems(itemIds: readonly number[]): Step;
  /** S_W_ID, S_I_ID, S_QUANTITY, S_DIST_xx of the district, S_DATA; locked in the order of `keys`, which are sorted. */
  lockStock(keys: readonly StockKey[], districtId: number): Step;
  enterOrder(rows: NewOrderRows): Step;
  enterLines(rows: NewOrderRows): Step;
  sellStock(sales: readonly StockSale[]): Step;

  /** C_ID, C_CREDIT, C_BALANCE before; locked. */
  lockCustomer(customer: CustomerKey): Step;
  /** The same of the one at n/2, rounded up, by C_FIRST (2.5.2.2). */
  lockCustomerByName(warehouseId: number, districtId: number, lastName: string): Step;
  /** W_NAME. */
  payWarehouse(warehouseId: number, amountCents: number): Step;
  /** D_NAME. */
  payDistrict(warehouseId: number, districtId: number, amountCents: number): Step;
  /** @param badCredit goes in front of C_DATA; null for customers with good credit */
  payCustomer(customer: CustomerKey, amountCents: number, badCredit: string | null): Step;
  enterHistory(row: HistoryRow): Step;

  /** C_ID, C_BALANCE, C_FIRST, C_MIDDLE, C_LAST; then O_ID, O_ENTRY_D, O_CARRIER_ID of the newest order, or nulls. */
  readCustomer(customer: CustomerKey): Step;
  readCustomerByName(warehouseId: number, districtId: number, lastName: string): Step;
  /** OL_I_ID, OL_SUPPLY_W_ID, OL_QUANTITY, OL_AMOUNT, OL_DELIVERY_D; by OL_NUMBER. */
  readLines(warehouseId: number, districtId: number, orderId: number): Step;

  /** NO_D_ID, NO_O_ID of the oldest of each district that has one; by NO_D_ID. */
  oldestNewOrders(warehouseId: number): Step;
  /** Affected rows: those that were still there. The lists belong together. */
  removeNewOrders(warehouseId: number, districtIds: readonly number[], orderIds: readonly number[]): Step;
  /** Carrier, delivery date, balance and count of all these orders. */
  deliver(
    warehouseId: number,
    districtIds: readonly number[],
    orderIds: readonly number[],
    carrierId: number,
    dateMs: number,
  ): Step;

  /** How many distinct items of the last 20 orders are below the threshold. */
  countLowStock(warehouseId: number, districtId: number, threshold: number): Step;
}

/** Sends the steps together. @returns the result of each */
export async function perform(connection: Connection, steps: readonly Step[]): Promise<StatementResult[]> {
  return resultsOf(steps, await connection.executeAll(steps.flat()));
}

/** Of the results of all calls those of the steps. */
export function resultsOf(steps: readonly Step[], results: readonly StatementResult[]): StatementResult[] {
  let end = 0;
  return steps.map((step) => {
    end += step.length;
    return results[end - 1];
  });
}
