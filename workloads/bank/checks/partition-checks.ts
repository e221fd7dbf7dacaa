/**
 * The conditions on one partition, at rest. Runs in the worker thread that owns it: judges what is local, and hands the main
 * thread's `judge` the sums of what other partitions have a share in.
 */
import type { PartialCheck } from '../../../src/bench/contract.ts';
import { OrderedCursor } from '../../../src/engine/ordered-cursor.ts';
import type { Partition } from '../../../src/engine/partition.ts';
import { COUNTER } from '../counters.ts';
import type { Bank } from '../procedures/bank.ts';
import { ConditionTally } from './conditions.ts';

/** Names of the sums of a partial check; by warehouse. */
export const SUMS = {
  cents: 'cents',
  rows: 'rows',
  loaded: 'loaded',
  first: 'first',
  opened: 'opened',
  closed: 'closed',
} as const;

/**
 * @param warehouses of the partition
 * @param loadedAccounts of each of them
 * @param firstAccounts by warehouse: those that were there before the first transaction that is counted
 */
export function checkPartition(
  partition: Partition,
  bank: Bank,
  warehouses: readonly number[],
  loadedAccounts: number,
  firstAccounts: Float64Array,
): PartialCheck {
  const { accounts, counters, opened, closed } = bank;
  const { table } = accounts;
  const balance = new ConditionTally('bank.balance');
  const cents = new Float64Array(opened.length);
  const rows = new Float64Array(opened.length);
  for (let row = 0; row < table.rowBound; row++) {
    if (!table.isLive(row)) continue;
    const warehouse = table.getInt32(row, accounts.warehouseId);
    const found = accounts.balanceOf(row);
    cents[warehouse] += found;
    rows[warehouse]++;
    balance.checkedRows++;
    if (found < 0) balance.violate(`account (${warehouse}, ${table.getInt32(row, accounts.id)}): A_BALANCE ${found}`);
  }
  const locks = new ConditionTally('bank.locks');
  locks.checkedRows = table.rowCount;
  if (partition.locks.held > 0) locks.violate(`${partition.locks.held} locks are held`);
  const own = (value: (warehouse: number) => number) => keyed(warehouses, value);
  const every = Array.from({ length: opened.length - 1 }, (_, i) => i + 1);
  return {
    conditions: [
      balance.result(),
      counted('bank.sums', counters[COUNTER.sums], counters[COUNTER.wrongSums], 'wrong sums'),
      counted(
        'bank.reads',
        counters[COUNTER.lookups] + counters[COUNTER.rangeSums],
        counters[COUNTER.wrongReads],
        'wrong reads',
      ),
      locks.result(),
      judgeIndexes(bank).result(),
    ],
    sums: {
      [SUMS.cents]: own((warehouse) => cents[warehouse]),
      [SUMS.rows]: own((warehouse) => rows[warehouse]),
      [SUMS.loaded]: own(() => loadedAccounts),
      [SUMS.first]: own((warehouse) => firstAccounts[warehouse]),
      [SUMS.opened]: keyed(every, (warehouse) => opened[warehouse]),
      [SUMS.closed]: keyed(every, (warehouse) => closed[warehouse]),
    },
  };
}

function keyed(keys: readonly number[], value: (key: number) => number): { keys: Float64Array; values: Float64Array } {
  return { keys: Float64Array.from(keys), values: Float64Array.from(keys, value) };
}

function counted(id: 'bank.sums' | 'bank.reads', checked: number, wrong: number, what: string) {
  const tally = new ConditionTally(id);
  tally.checkedRows = checked;
  if (wrong > 0) tally.violate(`${wrong} ${what}`, wrong);
  return tally.result();
}

/** Whether both indexes lead to every row of the table and to nothing else. */
function judgeIndexes({ accounts }: Bank): ConditionTally {
  const { table, primary, inOrder } = accounts;
  const tally = new ConditionTally('engine.indexes');
  for (const index of [primary, inOrder]) {
    tally.checkedRows += index.size;
    if (index.size !== table.rowCount) tally.violate(`${index.name}: entries ${index.size}, rows ${table.rowCount}`);
  }
  for (let row = 0; row < table.rowBound; row++) {
    if (!table.isLive(row)) continue;
    const key = primary.key.ofRow(table.int32sOf(row), table.int32Base(row));
    for (const index of [primary, inOrder]) {
      if (index.get(key) !== row) tally.violate(`${index.name}: key ${key} of row ${row} leads to ${index.get(key)}`);
    }
  }
  const cursor = new OrderedCursor(inOrder);
  let before = -1;
  for (cursor.seek(0); cursor.valid; cursor.next()) {
    if (cursor.key <= before) tally.violate(`inOrder: key ${cursor.key} comes after ${before}`);
    if (!table.isLive(cursor.row)) tally.violate(`inOrder: key ${cursor.key} leads to a row that is not live`);
    before = cursor.key;
  }
  return tally;
}
