/**
 * This partition's share of the conditions on stock: what the order lines since the load took from each stock row, and
 * what the stock rows say. A line lives with its order and may name a stock row of any partition (2.4.1.5).
 */
import type { Tables } from '../procedures/tables.ts';
import { int32At, shownNumber } from './column-values.ts';
import type { ConditionId, ConditionTallies } from './condition-tally.ts';
import { KeyedSums } from './keyed-sums.ts';
import { orderLineName } from './order-scan.ts';
import { isWarehouseId, type Places, stockKey, stockOfKey } from './places.ts';

/** The three sums a stock row keeps, and what of an order line each of them adds up. */
export const STOCK_SUMS = [
  { column: 'S_YTD', adds: 'sum of OL_QUANTITY', condition: 'stock.S_YTD' },
  { column: 'S_ORDER_CNT', adds: 'ORDER-LINE rows', condition: 'stock.S_ORDER_CNT' },
  { column: 'S_REMOTE_CNT', adds: 'ORDER-LINE rows of other warehouses', condition: 'stock.S_REMOTE_CNT' },
] as const satisfies readonly { column: string; adds: string; condition: ConditionId }[];

const STOCK_CONDITIONS: readonly ConditionId[] = STOCK_SUMS.map((sum) => sum.condition);

/** By stock key, per entry of `STOCK_SUMS`, of the stock rows that this partition's lines alone do not explain. */
export interface StockShare {
  stored: KeyedSums;
  ordered: KeyedSums;
}

/** @returns one share for each of `STOCK_SUMS` */
export function sumStock(tables: Tables, places: Places, tallies: ConditionTallies): StockShare[] {
  const shares = STOCK_SUMS.map(() => ({ stored: new KeyedSums(), ordered: new KeyedSums() }));
  // The sums of a stock row stand side by side: a line touches one cache line of them.
  const ordered = new Float64Array(places.stockRows * STOCK_SUMS.length);
  enterLines(tables, places, ordered, shares, tallies);
  enterStock(tables, places, ordered, shares, tallies);
  return shares;
}

function enterLines(
  tables: Tables,
  places: Places,
  ordered: Float64Array,
  shares: readonly StockShare[],
  tallies: ConditionTallies,
): void {
  const { orderLine } = tables;
  const { table } = orderLine;
  const newestAtLoad = places.scale.ordersPerDistrict;
  for (let row = 0, end = table.rowBound; row < end; row++) {
    if (!table.isLive(row) || table.getInt32(row, orderLine.orderId) <= newestAtLoad) continue;
    const supplyId = table.getInt32(row, orderLine.supplyWarehouseId);
    const itemId = table.getInt32(row, orderLine.itemId);
    const quantity = int32At(table, row, orderLine.quantity);
    const remote = supplyId === table.getInt32(row, orderLine.warehouseId) ? 0 : 1;
    const place = places.ofStock(supplyId, itemId);
    if (place >= 0) {
      const at = place * STOCK_SUMS.length;
      ordered[at] += quantity;
      ordered[at + 1]++;
      ordered[at + 2] += remote;
    } else if (isWarehouseId(supplyId) && places.isItemId(itemId)) {
      const key = stockKey(supplyId, itemId);
      shares[0].ordered.add(key, quantity);
      shares[1].ordered.add(key, 1);
      shares[2].ordered.add(key, remote);
    } else {
      violateLine(tables, row, tallies);
    }
  }
}

function enterStock(
  tables: Tables,
  places: Places,
  ordered: Float64Array,
  shares: readonly StockShare[],
  tallies: ConditionTallies,
): void {
  const { stock } = tables;
  const { table } = stock;
  const present = new Uint8Array(places.stockRows);
  const compare = (sum: number, place: number, stored: number): void => {
    const lines = ordered[place * STOCK_SUMS.length + sum];
    if (stored === lines) return;
    const key = places.stockKeyAt(place);
    shares[sum].stored.add(key, stored);
    shares[sum].ordered.add(key, lines);
  };
  for (let row = 0, end = table.rowBound; row < end; row++) {
    if (!table.isLive(row)) continue;
    const warehouseId = table.getInt32(row, stock.warehouseId);
    const itemId = table.getInt32(row, stock.itemId);
    const place = places.ofStock(warehouseId, itemId);
    if (place < 0) {
      violateStock(warehouseId, itemId, tallies);
      continue;
    }
    present[place] = 1;
    compare(0, place, int32At(table, row, stock.ytd));
    compare(1, place, int32At(table, row, stock.orderCount));
    compare(2, place, int32At(table, row, stock.remoteCount));
  }
  for (let place = 0; place < present.length; place++) {
    if (present[place] === 0) for (let sum = 0; sum < STOCK_SUMS.length; sum++) compare(sum, place, Number.NaN);
  }
}

function violateLine(tables: Tables, row: number, tallies: ConditionTallies): void {
  const { orderLine } = tables;
  tallies.violate(STOCK_CONDITIONS, () => {
    const supplyId = shownNumber(orderLine.table.getInt32(row, orderLine.supplyWarehouseId));
    const itemId = shownNumber(orderLine.table.getInt32(row, orderLine.itemId));
    return `${orderLineName(tables, row)}: OL_SUPPLY_W_ID ${supplyId}, OL_I_ID ${itemId}, no such stock row`;
  });
}

function violateStock(warehouseId: number, itemId: number, tallies: ConditionTallies): void {
  const name = `S_W_ID=${shownNumber(warehouseId)} S_I_ID=${shownNumber(itemId)}`;
  tallies.violate(STOCK_CONDITIONS, () => `${name}: no such stock row in this partition`);
}

/** Key of a stock row, for a violation. */
export function stockName(key: number): string {
  const { warehouseId, itemId } = stockOfKey(key);
  return `S_W_ID=${warehouseId} S_I_ID=${itemId}`;
}
