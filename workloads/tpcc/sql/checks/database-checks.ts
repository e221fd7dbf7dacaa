/**
 * The consistency conditions (TPC-C 3.3.2) of one database, at rest: the server reads and adds up, the thread that has the
 * connection compares and words what it finds as `checks/` does for a partition of the embedded engine. What spans databases
 * is handed to `judge` as sums.
 */

import type { PartialCheck } from '../../../../src/bench/contract.ts';
import type { DatabasePart } from '../../../../src/bench/database/contract.ts';
import type { ConditionResult } from '../../../../src/bench/result.ts';
import type { Connection } from '../../../../src/drivers/contract.ts';
import { CONDITIONS, ConditionTallies, DATABASE_CONDITION_IDS, MOST_VIOLATIONS } from '../../checks/condition-tally.ts';
import { DATABASES, judge } from '../../checks/judge.ts';
import { CUSTOMER_SUMS, HELD_WAREHOUSES, orderedOf } from '../../checks/spanning-sums.ts';
import { STOCK_SUMS } from '../../checks/stock-sums.ts';
import { NEW_ORDER } from '../../schema.ts';
import { FULL_SCALE, type Scale } from '../../specification.ts';
import { judgeCustomers } from './customer-checks.ts';
import { DistrictBooks } from './district-books.ts';
import { judgeDistricts } from './district-checks.ts';
import { judgeOrders } from './order-checks.ts';
import { judgeStock } from './stock-checks.ts';

/**
 * @param part the warehouses that were loaded there
 * @param scale the population that was loaded: what lies beyond its order numbers came after the load
 * @returns verdicts on what the database holds alone, and its share of what spans databases
 */
export async function checkDatabase(
  connection: Connection,
  part: DatabasePart,
  scale: Scale = FULL_SCALE,
): Promise<PartialCheck> {
  const tallies = new ConditionTallies(DATABASE_CONDITION_IDS);
  const books = await DistrictBooks.read(connection, part, scale);
  judgeDistricts(books, tallies);
  await judgeOrders(connection, tallies);
  const customers = await judgeCustomers(connection, books, tallies);
  const stock = await judgeStock(connection, books, tallies);

  const keys = Float64Array.from(books.warehouseIds);
  const sums: PartialCheck['sums'] = {
    [HELD_WAREHOUSES]: { keys, values: new Float64Array(keys.length).fill(1) },
    [CUSTOMER_SUMS.balance]: customers.balances.entries(),
    [CUSTOMER_SUMS.delivered]: customers.delivered.entries(),
    [CUSTOMER_SUMS.paid]: customers.paid.entries(),
  };
  STOCK_SUMS.forEach(({ column }, i) => {
    sums[column] = stock.shares[i].stored.entries();
    sums[orderedOf(column)] = stock.shares[i].ordered.entries();
  });
  const rows = { ...books.rows, ...stock.rows };
  return { conditions: tallies.results().map((result) => withRows(result, rows)), sums };
}

/** Merges what the databases of a run said. @param complete whether these are all of them */
export const judgeDatabases = (partials: readonly PartialCheck[], complete: boolean): ConditionResult[] =>
  judge(partials, complete, DATABASES);

/** Counts the rows of the condition's tables; a table without rows is a violation, NEW-ORDER excepted. */
function withRows(result: ConditionResult, rows: Readonly<Record<string, number>>): ConditionResult {
  const tables: readonly string[] = CONDITIONS[result.id as keyof typeof CONDITIONS].tables;
  const empty = tables
    .filter((name) => rows[name] === 0 && name !== NEW_ORDER.name)
    .map((name) => `table ${name} is empty`);
  const violations = [...empty, ...result.violations].slice(0, MOST_VIOLATIONS);
  const violationCount = result.violationCount + empty.length;
  const checkedRows = tables.reduce((sum, name) => sum + rows[name], 0);
  return { ...result, passed: violationCount === 0, checkedRows, violationCount, violations };
}
