/** Stock-Level (TPC-C 2.8.2): how many recently sold items of a district are below a threshold. Read-only. */
import { BLOCKED, COMMITTED, type Outcome } from '../../../src/bench/contract.ts';
import type { Terminal } from '../inputs.ts';
import { MOST_LINES, STOCK_LEVEL_ORDERS } from '../specification.ts';
import type { Tables } from './tables.ts';

const MOST_ITEMS = STOCK_LEVEL_ORDERS * MOST_LINES;
/** A power of two, well above MOST_ITEMS. */
const SET_SLOTS = 1024;

export class StockLevel {
  /** Result of the last execution. */
  lowStock = 0;
  private readonly tables: Tables;
  private readonly items = new Int32Array(MOST_ITEMS);
  private readonly stockRows = new Int32Array(MOST_ITEMS);
  /** Open-addressing set of item numbers; a slot counts when its stamp is the current one. */
  private readonly setItems = new Int32Array(SET_SLOTS);
  private readonly setStamps = new Int32Array(SET_SLOTS);
  private stamp = 0;

  constructor(tables: Tables) {
    this.tables = tables;
  }

  /** BLOCKED where a fragment holds one of the stock rows. */
  execute(input: Terminal): Outcome {
    const { stock, access } = this.tables;
    const { items, stockRows } = this;
    const { warehouseId } = input;
    const count = this.collectItems(warehouseId, input.districtId);
    // One pass a kind of memory, so that the cache misses of different items overlap.
    for (let i = 0; i < count; i++) stockRows[i] = stock.primary.get(stock.primary.key.of2(warehouseId, items[i]));
    if (access.mustAsk && !this.ask(count)) return BLOCKED;
    let low = 0;
    for (let i = 0; i < count; i++) if (stock.table.getInt32(stockRows[i], stock.quantity) < input.threshold) low++;
    this.lowStock = low;
    return COMMITTED;
  }

  private ask(count: number): boolean {
    const { stock, access } = this.tables;
    for (let i = 0; i < count; i++) if (!access.read(stock.table, this.stockRows[i])) return false;
    return true;
  }

  /** The distinct items of the last 20 orders. */
  private collectItems(warehouseId: number, districtId: number): number {
    const { district, orderLine } = this.tables;
    const { items, setItems, setStamps } = this;
    const stamp = ++this.stamp;
    const districtRow = district.primary.get(district.primary.key.of2(warehouseId, districtId));
    const nextOrderId = district.table.getInt32(districtRow, district.nextOrderId);
    const { key } = orderLine.primary;
    const { cursor, table } = orderLine;
    const end = key.of4(warehouseId, districtId, nextOrderId, 0);
    let count = 0;
    cursor.seek(key.of4(warehouseId, districtId, Math.max(1, nextOrderId - STOCK_LEVEL_ORDERS), 0));
    for (; cursor.valid && cursor.key < end; cursor.next()) {
      const item = table.getInt32(cursor.row, orderLine.itemId);
      let slot = Math.imul(item, 0x9e3779b1) >>> 22;
      while (setStamps[slot] === stamp && setItems[slot] !== item) slot = (slot + 1) & (SET_SLOTS - 1);
      if (setStamps[slot] === stamp) continue;
      setStamps[slot] = stamp;
      setItems[slot] = item;
      items[count++] = item;
    }
    return count;
  }
}
