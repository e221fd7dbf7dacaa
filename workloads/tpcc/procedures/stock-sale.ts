/** What an order line does to its stock row (TPC-C 2.4.2.2), at home or as part of a fragment. */
import type { Transaction } from '../../../src/engine/transaction.ts';
import { STOCK_FLOOR, STOCK_REFILL } from '../specification.ts';
import type { Tables } from './tables.ts';

/** @returns S_QUANTITY afterwards */
export function sellStock(
  transaction: Transaction,
  stock: Tables['stock'],
  row: number,
  ordered: number,
  remote: boolean,
): number {
  const int32s = stock.table.int32sOf(row);
  const base = stock.table.int32Base(row);
  const left = stockAfter(int32s[base + stock.quantity.offset], ordered);
  const ytd = int32s[base + stock.ytd.offset] + ordered;
  const orders = int32s[base + stock.orderCount.offset] + 1;
  transaction.setInt32At(stock.table, row, stock.quantity, int32s, base, left);
  transaction.setInt32At(stock.table, row, stock.ytd, int32s, base, ytd);
  transaction.setInt32At(stock.table, row, stock.orderCount, int32s, base, orders);
  if (remote) {
    const remotes = int32s[base + stock.remoteCount.offset] + 1;
    transaction.setInt32At(stock.table, row, stock.remoteCount, int32s, base, remotes);
  }
  return left;
}

/** What is left of the stock, refilled where it would fall below ten. */
export function stockAfter(inStock: number, ordered: number): number {
  return inStock - ordered >= STOCK_FLOOR ? inStock - ordered : inStock - ordered + STOCK_REFILL;
}
