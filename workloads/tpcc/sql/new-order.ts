/**
 * New-Order (TPC-C 2.4.2) as statements: everything it reads in one round trip, everything it writes and the COMMIT in the
 * next. A shard that supplies lines is asked for its stock rows alone.
 */

import { assert } from '../../../src/assert.ts';
import { COMMITTED, type Outcome, USER_ABORT } from '../../../src/bench/contract.ts';
import type { SqlTransaction } from '../../../src/bench/database/contract.ts';
import type { Row } from '../../../src/drivers/contract.ts';
import type { Terminal } from '../inputs.ts';
import { stockAfter } from '../procedures/stock-sale.ts';
import { ORIGINAL, RATE_UNIT } from '../specification.ts';
import { type NewOrderRows, perform, type StockKey, type StockSale, type TpccSteps } from './statements/steps.ts';

/** What the terminal shows (2.4.3.5), by line where it is a list; up to the unused item where there is one. */
export interface NewOrderOutput {
  outcome: Outcome;
  orderId: number;
  amountsCents: readonly number[];
  /** Before rounding: sum x (1 - C_DISCOUNT) x (1 + W_TAX + D_TAX). */
  totalCents: number;
  /** Where both I_DATA and S_DATA carry ORIGINAL. */
  isBrandB: readonly boolean[];
}

interface Stock {
  quantity: number;
  districtInfo: string;
  isOriginal: boolean;
}

export async function newOrder(
  steps: TpccSteps,
  transaction: SqlTransaction,
  input: Terminal,
  nowMs: number,
): Promise<NewOrderOutput> {
  const read = await readEverything(steps, transaction, input);
  const found = linesFound(input, read.items);
  const rows = orderRows(input, found, read, nowMs);
  const sales = salesOf(input, found, read.stocks);
  const homeShard = transaction.shardOf(input.warehouseId);
  const writes = shardsOf(transaction, sales, homeShard).map((shard) => ({
    shard,
    calls: [
      ...(shard === homeShard ? [...steps.enterOrder(rows), ...steps.enterLines(rows)] : []),
      ...callsFor(steps, transaction, sales, shard),
    ],
  }));
  const isRolledBack = found.length < input.lineCount;
  if (isRolledBack) {
    // 2.4.2.3: the work on the other lines is really done before it is taken back.
    for (const { shard, calls } of writes) await (await transaction.on(shard)).executeAll(calls);
    await transaction.rollback();
  } else {
    await transaction.commit(writes);
  }
  const sumCents = rows.amountsCents.reduce((sum, amount) => sum + amount, 0);
  return {
    outcome: isRolledBack ? USER_ABORT : COMMITTED,
    orderId: read.orderId,
    amountsCents: rows.amountsCents,
    totalCents: sumCents * (1 - read.discount / RATE_UNIT) * (1 + (read.warehouseTax + read.districtTax) / RATE_UNIT),
    isBrandB: found.map(
      (line) => read.items.get(input.itemIds[line])?.isOriginal === true && stockOf(read, input, line).isOriginal,
    ),
  };
}

interface Everything {
  orderId: number;
  districtTax: number;
  discount: number;
  warehouseTax: number;
  items: Map<number, { priceCents: number; isOriginal: boolean }>;
  /** By warehouse and item. */
  stocks: Map<string, Stock>;
}

/** Shard by shard in ascending order, so that locks over several are taken in one order by everybody. */
async function readEverything(steps: TpccSteps, transaction: SqlTransaction, input: Terminal): Promise<Everything> {
  const { warehouseId, districtId, customerId } = input;
  const itemIds = [...new Set(input.itemIds.subarray(0, input.lineCount))];
  const keys = stockKeys(input);
  const homeShard = transaction.shardOf(warehouseId);
  const stocks = new Map<string, Stock>();
  let home: readonly Row[][] = [];
  for (const shard of shardsOf(transaction, keys, homeShard)) {
    const wanted = keys.filter((key) => transaction.shardOf(key.warehouseId) === shard);
    const stockStep = wanted.length === 0 ? [] : [steps.lockStock(wanted, districtId)];
    const connection = await transaction.on(shard);
    if (shard !== homeShard) {
      const [stock] = await perform(connection, stockStep);
      addStocks(stocks, stock.rows);
      continue;
    }
    const results = await perform(connection, [
      steps.takeOrderNumber(warehouseId, districtId),
      steps.readBuyer({ warehouseId, districtId, customerId }),
      steps.readItems(itemIds),
      ...stockStep,
    ]);
    home = results.slice(0, 3).map(({ rows }) => [...rows]);
    if (results.length > 3) addStocks(stocks, results[3].rows);
  }
  const [[taken], [buyer], items] = home;
  assert(taken !== undefined, `no district (${warehouseId}, ${districtId})`);
  assert(buyer !== undefined, `no customer (${warehouseId}, ${districtId}, ${customerId})`);
  return {
    orderId: taken[0] as number,
    districtTax: taken[1] as number,
    discount: buyer[0] as number,
    warehouseTax: buyer[3] as number,
    items: new Map(
      items.map(([id, price, , data]) => [
        id as number,
        { priceCents: price as number, isOriginal: (data as string).includes(ORIGINAL) },
      ]),
    ),
    stocks,
  };
}

/** Ascending, with the own shard. */
function shardsOf(transaction: SqlTransaction, keys: readonly StockKey[], homeShard: number): number[] {
  const shards = new Set([homeShard]);
  for (const { warehouseId } of keys) shards.add(transaction.shardOf(warehouseId));
  return [...shards].sort((a, b) => a - b);
}

const stockName = (warehouseId: number, itemId: number): string => `${warehouseId} ${itemId}`;

/** Each stock row once, by warehouse and item; without that of the unused item. */
function stockKeys({ lineCount, itemIds, supplyWarehouseIds, rollback }: Terminal): StockKey[] {
  const keys = new Map<string, StockKey>();
  for (let line = 0; line < lineCount - (rollback ? 1 : 0); line++) {
    const key = { warehouseId: supplyWarehouseIds[line], itemId: itemIds[line] };
    keys.set(stockName(key.warehouseId, key.itemId), key);
  }
  return [...keys.values()].sort((a, b) => a.warehouseId - b.warehouseId || a.itemId - b.itemId);
}

function addStocks(stocks: Map<string, Stock>, rows: readonly Row[]): void {
  for (const [warehouseId, itemId, quantity, districtInfo, data] of rows) {
    stocks.set(stockName(warehouseId as number, itemId as number), {
      quantity: quantity as number,
      districtInfo: districtInfo as string,
      isOriginal: (data as string).includes(ORIGINAL),
    });
  }
}

function stockOf({ stocks }: Pick<Everything, 'stocks'>, input: Terminal, line: number): Stock {
  const stock = stocks.get(stockName(input.supplyWarehouseIds[line], input.itemIds[line]));
  assert(stock !== undefined, `no stock (${input.supplyWarehouseIds[line]}, ${input.itemIds[line]})`);
  return stock;
}

/** The lines up to an unused item. */
function linesFound({ lineCount, itemIds }: Terminal, items: Everything['items']): number[] {
  const lines = Array.from({ length: lineCount }, (_, line) => line);
  const unused = lines.find((line) => !items.has(itemIds[line]));
  return unused === undefined ? lines : lines.slice(0, unused);
}

function orderRows(input: Terminal, lines: readonly number[], read: Everything, nowMs: number): NewOrderRows {
  const { warehouseId, districtId, customerId, itemIds, supplyWarehouseIds, quantities } = input;
  return {
    warehouseId,
    districtId,
    orderId: read.orderId,
    customerId,
    entryMs: nowMs,
    allLocal: input.remoteLineCount === 0,
    itemIds: lines.map((line) => itemIds[line]),
    supplyWarehouseIds: lines.map((line) => supplyWarehouseIds[line]),
    quantities: lines.map((line) => quantities[line]),
    amountsCents: lines.map((line) => quantities[line] * (read.items.get(itemIds[line])?.priceCents ?? 0)),
    districtInfos: lines.map((line) => stockOf(read, input, line).districtInfo),
  };
}

/** By stock row: two lines may ask for the same one, the second of what the first has left. */
function salesOf(input: Terminal, lines: readonly number[], stocks: Map<string, Stock>): StockSale[] {
  const sales = new Map<string, StockSale>();
  for (const line of lines) {
    const warehouseId = input.supplyWarehouseIds[line];
    const itemId = input.itemIds[line];
    const ordered = input.quantities[line];
    const name = stockName(warehouseId, itemId);
    const before = sales.get(name) ?? {
      warehouseId,
      itemId,
      quantity: stockOf({ stocks }, input, line).quantity,
      ordered: 0,
      orders: 0,
      remoteOrders: 0,
    };
    sales.set(name, {
      ...before,
      quantity: stockAfter(before.quantity, ordered),
      ordered: before.ordered + ordered,
      orders: before.orders + 1,
      remoteOrders: before.remoteOrders + (warehouseId === input.warehouseId ? 0 : 1),
    });
  }
  return [...sales.values()];
}

function callsFor(steps: TpccSteps, transaction: SqlTransaction, sales: readonly StockSale[], shard: number) {
  const there = sales.filter(({ warehouseId }) => transaction.shardOf(warehouseId) === shard);
  return there.length === 0 ? [] : steps.sellStock(there);
}
