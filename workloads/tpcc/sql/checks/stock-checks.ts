/** This database's share of the conditions on stock: what its order lines took, and what its stock rows say. */
import type { Connection } from '../../../../src/drivers/contract.ts';
import { shownNumber } from '../../checks/column-values.ts';
import type { ConditionId, ConditionTallies } from '../../checks/condition-tally.ts';
import { KeyedSums } from '../../checks/keyed-sums.ts';
import { isWarehouseId, MOST_WAREHOUSE_ID, stockKey } from '../../checks/places.ts';
import { STOCK_SUMS, type StockShare } from '../../checks/stock-sums.ts';
import { ITEM, STOCK } from '../../schema.ts';
import type { DistrictBooks } from './district-books.ts';
import { readNumbers } from './numbers.ts';
import { lineName, violateRows } from './order-checks.ts';
import {
  IMPOSSIBLE_LINES,
  ITEM_ROWS,
  LINES_WITHOUT_STOCK,
  STOCK_BOOKS,
  STOCK_BY_WAREHOUSE,
  STOCK_OF_WAREHOUSE,
} from './statements.ts';

const STOCK_CONDITIONS: readonly ConditionId[] = STOCK_SUMS.map((sum) => sum.condition);

export interface StockCheck {
  /** One for each of `STOCK_SUMS`, of the stock rows that this database's lines alone do not explain. */
  shares: StockShare[];
  /** Of each table read here. */
  rows: Record<string, number>;
}

export async function judgeStock(
  connection: Connection,
  books: DistrictBooks,
  tallies: ConditionTallies,
): Promise<StockCheck> {
  const { items, ordersPerDistrict } = books.scale;
  const shares = STOCK_SUMS.map(() => ({ stored: new KeyedSums(), ordered: new KeyedSums() }));
  const [[itemRows]] = await readNumbers(connection, ITEM_ROWS);
  const counts = new Map<number, { rows: number; expected: number }>();
  for (const [warehouse, rows, expected] of await readNumbers(connection, STOCK_BY_WAREHOUSE, [items])) {
    counts.set(warehouse, { rows, expected });
  }

  for (const row of await readNumbers(connection, STOCK_BOOKS, [ordersPerDistrict])) enterBooks(row, books, shares);
  const gone = new Set<number>();
  for (const warehouseId of new Set([...books.warehouseIds, ...counts.keys()])) {
    const { rows, expected } = counts.get(warehouseId) ?? { rows: 0, expected: 0 };
    if (books.holds(warehouseId) && rows === items && expected === items) continue;
    await judgePresence(connection, warehouseId, books, gone, tallies);
  }
  await enterLines(connection, books, shares, gone, tallies);
  const rows = [...counts.values()].reduce((sum, count) => sum + count.rows, 0);
  return { shares, rows: { [ITEM.name]: itemRows, [STOCK.name]: rows } };
}

function enterBooks(row: number[], books: DistrictBooks, shares: readonly StockShare[]): void {
  const [warehouseId, itemId, ...values] = row;
  if (!books.holds(warehouseId) || !books.isItemId(itemId)) return;
  const key = stockKey(warehouseId, itemId);
  shares.forEach(({ stored, ordered }, sum) => {
    const [said, lines] = [values[sum], values[sum + shares.length]];
    if (said === lines) return;
    stored.add(key, said);
    ordered.add(key, lines);
  });
}

/** Enters into `gone` the keys of the stock rows that a warehouse has lost. */
async function judgePresence(
  connection: Connection,
  warehouseId: number,
  books: DistrictBooks,
  gone: Set<number>,
  tallies: ConditionTallies,
): Promise<void> {
  const present = await readNumbers(connection, STOCK_OF_WAREHOUSE, [warehouseId]);
  const ids = new Set(present.map(([id]) => id));
  const held = books.holds(warehouseId);
  for (const id of ids) {
    if (held && books.isItemId(id)) continue;
    const name = `S_W_ID=${shownNumber(warehouseId)} S_I_ID=${shownNumber(id)}`;
    tallies.violate(STOCK_CONDITIONS, () => `${name}: no such stock row in this database`);
  }
  if (!held) return;
  for (let id = 1; id <= books.scale.items; id++) if (!ids.has(id)) gone.add(stockKey(warehouseId, id));
}

/** Lines whose stock row lives elsewhere, is gone, or cannot be. */
async function enterLines(
  connection: Connection,
  books: DistrictBooks,
  shares: readonly StockShare[],
  gone: ReadonlySet<number>,
  tallies: ConditionTallies,
): Promise<void> {
  const { items, ordersPerDistrict } = books.scale;
  for (const key of gone) {
    for (const { stored, ordered } of shares) {
      stored.add(key, Number.NaN);
      ordered.add(key, 0);
    }
  }
  let impossible = false;
  for (const [supplyId, itemId, ...sums] of await readNumbers(connection, LINES_WITHOUT_STOCK, [ordersPerDistrict])) {
    if (isWarehouseId(supplyId) && books.isItemId(itemId)) {
      shares.forEach(({ ordered }, sum) => {
        ordered.add(stockKey(supplyId, itemId), sums[sum]);
      });
    } else impossible = true;
  }
  if (!impossible) return;
  await violateRows(
    connection,
    IMPOSSIBLE_LINES,
    [ordersPerDistrict, items, MOST_WAREHOUSE_ID],
    STOCK_CONDITIONS,
    tallies,
    (row) => {
      const [, , , , supplyId, itemId] = row;
      return `${lineName(row)}: OL_SUPPLY_W_ID ${shownNumber(supplyId)}, OL_I_ID ${shownNumber(itemId)}, no such stock row`;
    },
  );
}
