/**
 * Merges the partitions' partial checks into verdicts; runs in the main thread. A customer's payments and a stock row's
 * order lines may lie in other partitions than the customer and the stock row (TPC-C 2.4.1.5, 2.5.1.2), so that condition
 * 10 and those on stock are settled here. Knows no partition, only what `checkPartition` made of them.
 */
import { assert } from '../../../src/assert.ts';
import type { PartialCheck } from '../../../src/bench/contract.ts';
import type { ConditionResult } from '../../../src/bench/result.ts';
import { shownCents, shownNumber } from './column-values.ts';
import {
  CONDITION_IDS,
  type ConditionId,
  ConditionTallies,
  type ConditionTally,
  DATABASE_CONDITION_IDS,
} from './condition-tally.ts';
import { KeyedSums } from './keyed-sums.ts';
import { customerName } from './money-conditions.ts';
import { customerOfKey, stockOfKey } from './places.ts';
import { CUSTOMER_SUMS, HELD_WAREHOUSES, orderedOf } from './spanning-sums.ts';
import { STOCK_SUMS, stockName } from './stock-sums.ts';

/** What was checked each for itself, and of which conditions it can tell. */
interface Checked {
  name: string;
  conditions: readonly ConditionId[];
}

export const PARTITIONS: Checked = { name: 'partition', conditions: CONDITION_IDS };
export const DATABASES: Checked = { name: 'database', conditions: DATABASE_CONDITION_IDS };

/**
 * @param complete whether these are all partitions; if not, conditions on sums that others have a share in are not checkable
 * @returns one verdict a condition; nothing passes when there is no partition or one has left a condition out
 */
export function judge(
  partials: readonly PartialCheck[],
  complete: boolean,
  checked: Checked = PARTITIONS,
): ConditionResult[] {
  const { name, conditions } = checked;
  const tallies = new ConditionTallies(conditions);
  for (const id of conditions) mergeVerdicts(id, partials, name, tallies.of(id));
  if (!complete) return tallies.results().map((result) => withoutSpanning(result, name));
  const held = mergeSums(partials, HELD_WAREHOUSES);
  judgeBalances(partials, held, name, tallies.of('3.3.2.10'));
  for (const sum of STOCK_SUMS) judgeStock(partials, sum, held, name, tallies.of(sum.condition));
  return tallies.results();
}

const SPANNING: ReadonlySet<string> = new Set(['3.3.2.10', ...STOCK_SUMS.map(({ condition }) => condition)]);

function withoutSpanning(result: ConditionResult, place: string): ConditionResult {
  if (!SPANNING.has(result.id) || !result.passed) return result;
  return { ...result, passed: false, checkable: false, reason: `a ${place} with a share in it is lost` };
}

function mergeVerdicts(id: ConditionId, partials: readonly PartialCheck[], place: string, tally: ConditionTally): void {
  if (partials.length === 0) tally.violate(() => `no ${place} was checked`);
  for (const partial of partials) {
    const verdict = partial.conditions.find((condition) => condition.id === id);
    if (verdict === undefined) tally.violate(() => `a ${place} was not checked`);
    else tally.merge(verdict);
  }
}

function mergeSums(partials: readonly PartialCheck[], name: string): KeyedSums {
  const merged = new KeyedSums();
  for (const { sums } of partials) {
    const entries = sums[name];
    assert(entries !== undefined, `a partial check lacks the sum ${name}`);
    merged.addAll(entries);
  }
  return merged;
}

/** Condition 10. */
function judgeBalances(partials: readonly PartialCheck[], held: KeyedSums, place: string, tally: ConditionTally): void {
  const balances = mergeSums(partials, CUSTOMER_SUMS.balance);
  const delivered = mergeSums(partials, CUSTOMER_SUMS.delivered);
  const paid = mergeSums(partials, CUSTOMER_SUMS.paid);
  for (const key of paid.sortedKeys()) {
    const payments = paid.get(key);
    const expected = delivered.get(key) - payments;
    const settled = balances.has(key) ? balances.get(key) === expected : payments === 0;
    if (settled && held.has(customerOfKey(key).warehouseId)) continue;
    tally.violate(() => {
      const name = customerName(key);
      const sum = `sum of H_AMOUNT ${shownCents(payments)}`;
      if (!held.has(customerOfKey(key).warehouseId)) return `${name}: no ${place} has the warehouse, ${sum}`;
      // The customer's own place sends nothing where its own rows explain C_BALANCE.
      if (!balances.has(key)) return `${name}: C_BALANCE leaves out payments at other ${place}s, ${sum}`;
      const lines = `sum of delivered OL_AMOUNT ${shownCents(delivered.get(key))}`;
      return `${name}: C_BALANCE ${shownCents(balances.get(key))}, ${lines} - ${sum} = ${shownCents(expected)}`;
    });
  }
}

/** One of the conditions on stock. */
function judgeStock(
  partials: readonly PartialCheck[],
  sum: (typeof STOCK_SUMS)[number],
  held: KeyedSums,
  place: string,
  tally: ConditionTally,
): void {
  const { column, adds } = sum;
  const stored = mergeSums(partials, column);
  const ordered = mergeSums(partials, orderedOf(column));
  for (const key of ordered.sortedKeys()) {
    const lines = ordered.get(key);
    const settled = stored.has(key) ? stored.get(key) === lines : lines === 0;
    if (settled && held.has(stockOfKey(key).warehouseId)) continue;
    tally.violate(() => {
      const name = stockName(key);
      const added = `${adds} ${shownNumber(lines)}`;
      if (!held.has(stockOfKey(key).warehouseId)) return `${name}: no ${place} has the warehouse, ${added}`;
      // The stock row's own place sends nothing where its own lines explain the column.
      if (!stored.has(key)) return `${name}: ${column} leaves out order lines of other ${place}s, ${added}`;
      return `${name}: ${column} ${shownNumber(stored.get(key))}, ${added}`;
    });
  }
}
