/** The conditions on one partition, at rest. Runs in the worker thread that owns it. */
import type { PartialCheck } from '../../../src/bench/contract.ts';
import { OrderedCursor } from '../../../src/engine/ordered-cursor.ts';
import type { Partition } from '../../../src/engine/partition.ts';
import type { Lists } from '../lists.ts';
import { listKey, POSITION_RANGE } from '../schema.ts';
import { ConditionTally } from './conditions.ts';

/** Names of the sums of a partial check, each under the key 0. */
export const SUMS = { elements: 'elements', appended: 'appended' } as const;

/** @param appended by committed transactions of the partition's own terminals, wherever the lists are */
export function checkPartition(partition: Partition, lists: Lists, appended: number): PartialCheck {
  const { table } = lists;
  const locks = new ConditionTally('append.locks');
  locks.checkedRows = table.rowCount;
  if (partition.locks.held > 0) locks.violate(`${partition.locks.held} locks are held`);
  const one = (value: number) => ({ keys: Float64Array.of(0), values: Float64Array.of(value) });
  return {
    conditions: [
      judgePositions(lists).result(),
      judgeElements(lists).result(),
      locks.result(),
      judgeIndexes(lists).result(),
    ],
    sums: { [SUMS.elements]: one(table.rowCount), [SUMS.appended]: one(appended) },
  };
}

function judgePositions({ table, inOrder }: Lists): ConditionTally {
  const tally = new ConditionTally('append.positions');
  const cursor = new OrderedCursor(inOrder);
  let list = -1;
  let expected = 1;
  for (cursor.seek(0); cursor.valid; cursor.next()) {
    tally.checkedRows++;
    const position = cursor.key % POSITION_RANGE;
    const found = (cursor.key - position) / POSITION_RANGE;
    expected = found === list ? expected + 1 : 1;
    list = found;
    if (position !== expected)
      tally.violate(`${table.name}, list ${list}: position ${position} follows ${expected - 1}`);
    expected = position;
  }
  return tally;
}

/** Elements are unlike each other over the whole cluster; the same one in two partitions shows in the count. */
function judgeElements({ table, element, warehouseId, listId }: Lists): ConditionTally {
  const tally = new ConditionTally('append.elements');
  const seen = new Float64Array(table.rowCount);
  let count = 0;
  for (let row = 0; row < table.rowBound; row++) {
    if (table.isLive(row)) seen[count++] = table.getInteger(row, element);
  }
  tally.checkedRows = count;
  seen.sort();
  const repeated = new Set(seen.filter((value, i) => i > 0 && value === seen[i - 1]));
  if (repeated.size === 0) return tally;
  for (let row = 0; row < table.rowBound; row++) {
    if (!table.isLive(row) || !repeated.has(table.getInteger(row, element))) continue;
    const key = listKey(table.getInt32(row, warehouseId), table.getInt32(row, listId));
    tally.violate(`element ${table.getInteger(row, element)} stands in list ${key}, and elsewhere`);
  }
  return tally;
}

function judgeIndexes({ table, inOrder }: Lists): ConditionTally {
  const tally = new ConditionTally('engine.indexes');
  const primary = table.hashIndex('primary');
  tally.checkedRows = table.rowCount;
  for (const { name, size } of [primary, inOrder]) {
    if (size !== table.rowCount) tally.violate(`${name}: entries ${size}, rows ${table.rowCount}`);
  }
  const cursor = new OrderedCursor(inOrder);
  for (cursor.seek(0); cursor.valid; cursor.next()) {
    const { row, key } = cursor;
    if (!table.isLive(row)) tally.violate(`inOrder: key ${key} has row ${row}, which is not live`);
    else if (inOrder.key.ofRow(table.int32sOf(row), table.int32Base(row)) !== key) {
      tally.violate(`inOrder: key ${key} is not that of its row`);
    } else if (primary.get(key) !== row) tally.violate(`primary: key ${key} has row ${primary.get(key)}, not ${row}`);
  }
  return tally;
}
