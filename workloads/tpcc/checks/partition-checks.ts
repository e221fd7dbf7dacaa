/**
 * The consistency conditions (TPC-C 3.3.2) on one partition, at rest. Runs in the worker thread that owns the partition:
 * judges what is local to a warehouse, and hands the main thread's `judge` what other partitions have a share in. Reads
 * tables row by row in physical order into flat arrays; knows nothing of other partitions or of how sums travel.
 */
import type { PartialCheck } from '../../../src/bench/contract.ts';
import type { Partition } from '../../../src/engine/partition.ts';
import { openTables } from '../procedures/tables.ts';
import { NEW_ORDER } from '../schema.ts';
import type { Scale } from '../specification.ts';
import { CONDITION_IDS, CONDITIONS, ConditionTallies } from './condition-tally.ts';
import { judgeDistricts } from './district-conditions.ts';
import { HistorySums } from './history-sums.ts';
import { judgeIndexes } from './index-agreement.ts';
import { judgeCustomers, judgeYearToDate } from './money-conditions.ts';
import { OrderScan } from './order-scan.ts';
import { Places } from './places.ts';
import { CUSTOMER_SUMS, HELD_WAREHOUSES, orderedOf } from './spanning-sums.ts';
import { STOCK_SUMS, sumStock } from './stock-sums.ts';

/**
 * @param scale the population that was loaded: what lies beyond its order numbers came after the load
 * @returns verdicts with this partition's violations, and the sums that `judge` merges; only typed arrays and plain data
 */
export function checkPartition(partition: Partition, scale: Scale): PartialCheck {
  const tables = openTables(partition);
  const tallies = new ConditionTallies();
  countTables(partition, tallies);
  const places = new Places(partition, tables, scale);
  const orders = new OrderScan(tables, places, tallies);
  const paid = new HistorySums(tables, places, tallies);
  judgeYearToDate(tables, places, paid, tallies);
  const books = judgeCustomers(tables, places, orders.deliveredCents, paid, tallies);
  judgeDistricts(tables, places, orders, books.deliveries, tallies);
  const stock = sumStock(tables, places, tallies);
  judgeIndexes(partition, tallies.of('engine.indexes'));

  const keys = Float64Array.from(places.warehouseIds);
  const sums: PartialCheck['sums'] = {
    [HELD_WAREHOUSES]: { keys, values: new Float64Array(keys.length).fill(1) },
    [CUSTOMER_SUMS.balance]: books.balances.entries(),
    [CUSTOMER_SUMS.delivered]: books.delivered.entries(),
    [CUSTOMER_SUMS.paid]: books.paid.entries(),
  };
  STOCK_SUMS.forEach(({ column }, i) => {
    sums[column] = stock[i].stored.entries();
    sums[orderedOf(column)] = stock[i].ordered.entries();
  });
  return { conditions: tallies.results(), sums };
}

/** Counts the rows of each condition's tables; a table without rows is a violation, NEW-ORDER excepted. */
function countTables(partition: Partition, tallies: ConditionTallies): void {
  for (const id of CONDITION_IDS) {
    for (const name of CONDITIONS[id].tables) {
      const { rowCount } = partition.table(name);
      tallies.of(id).checkedRows += rowCount;
      if (rowCount === 0 && name !== NEW_ORDER.name) tallies.of(id).violate(() => `table ${name} is empty`);
    }
  }
}
