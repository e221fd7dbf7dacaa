/**
 * Whether a partition's indexes and tables agree: every live row stands in each index under its key, and nothing else does.
 *
 * Following ten million index entries to their rows costs a cache miss each. So an ordered index and its table are read
 * once each in their own memory order, and fingerprints of what they hold are compared; only where these differ are the
 * entries followed, to name the first that do not fit.
 */
import type { DirectIndex } from '../../../src/engine/direct-index.ts';
import type { HashIndex } from '../../../src/engine/hash-index.ts';
import type { OrderedIndex } from '../../../src/engine/ordered-index.ts';
import { NO_NODE } from '../../../src/engine/ordered-index-nodes.ts';
import type { Partition } from '../../../src/engine/partition.ts';
import type { Table } from '../../../src/engine/table.ts';
import type { ConditionTally } from './condition-tally.ts';

/** Below every key. */
const NO_KEY = -1;

/** Judges every index of the partition. */
export function judgeIndexes(partition: Partition, tally: ConditionTally): void {
  for (const table of partition.tables) {
    for (const index of [...table.hashIndexes, ...table.directIndexes, ...table.orderedIndexes]) {
      tally.checkedRows += index.size;
      if (index.size !== table.rowCount) {
        tally.violate(() => `${table.name}.${index.name}: entries ${index.size}, rows ${table.rowCount}`);
      }
    }
    for (const index of [...table.hashIndexes, ...table.directIndexes]) judgePointIndex(table, index, tally);
    for (const index of table.orderedIndexes) judgeOrderedIndex(table, index, tally);
  }
}

function judgePointIndex(table: Table, index: HashIndex | DirectIndex, tally: ConditionTally): void {
  for (let row = 0, end = table.rowBound; row < end; row++) {
    if (!table.isLive(row)) continue;
    const key = keyOf(table, index, row);
    if (index.get(key) !== row) violateEntry(table, index, key, row, tally);
  }
}

function violateEntry(
  table: Table,
  index: HashIndex | DirectIndex,
  key: number,
  row: number,
  tally: ConditionTally,
): void {
  tally.violate(() => `${table.name}.${index.name}: key ${key} of row ${row} leads to row ${index.get(key)}`);
}

function judgeOrderedIndex(table: Table, index: OrderedIndex, tally: ConditionTally): void {
  const expected = fingerprintRows(table, index);
  const found = fingerprintLeaves(index);
  if (found === expected) return;
  const before = tally.violationCount;
  followEntries(table, index, tally);
  if (tally.violationCount > before) return;
  tally.violate(() => `${table.name}.${index.name}: its leaves do not hold the rows of the table`);
}

/** A hash of one entry; the sum of all is the fingerprint, whatever their order. */
function hashOf(key: number, row: number): number {
  let hash = Math.imul((key | 0) ^ Math.imul((key / 4294967296) | 0, 0x85ebca6b), 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 15) ^ row, 0x2c1b3c6d);
  return Math.imul(hash ^ (hash >>> 13), 0x297a2d39);
}

function fingerprintRows(table: Table, index: OrderedIndex): number {
  let sum = 0;
  for (let row = 0, end = table.rowBound; row < end; row++) {
    if (table.isLive(row)) sum = (sum + hashOf(keyOf(table, index, row), row)) | 0;
  }
  return sum;
}

/** Null where the leaves are out of order, or where a leaf is not found from the root. */
function fingerprintLeaves(index: OrderedIndex): number | null {
  const { leaves } = index;
  let sum = 0;
  let previousKey = NO_KEY;
  let previousRow = -1;
  let entries = 0;
  let leaf = index.descend(0, -1);
  for (; leaf !== NO_NODE && entries <= index.size; leaf = leaves.next(leaf)) {
    const keys = leaves.keys(leaf);
    const rows = leaves.rows(leaf);
    const base = leaves.base(leaf);
    const end = base + leaves.count(leaf);
    if (base < end && index.descend(keys[base], index.unique ? -1 : rows[base]) !== leaf) return null;
    for (let i = base; i < end; i++) {
      const key = keys[i];
      const row = rows[i];
      if (key < previousKey || (key === previousKey && (index.unique || row <= previousRow))) return null;
      sum = (sum + hashOf(key, row)) | 0;
      previousKey = key;
      previousRow = row;
    }
    entries += end - base;
  }
  return sum;
}

/** Names the entries whose row is not live or has another key, and the rows that a search does not find. */
function followEntries(table: Table, index: OrderedIndex, tally: ConditionTally): void {
  const { leaves } = index;
  const where = `${table.name}.${index.name}`;
  let entries = 0;
  for (let leaf = index.descend(0, -1); leaf !== NO_NODE && entries <= index.size; leaf = leaves.next(leaf)) {
    for (let i = 0; i < leaves.count(leaf); i++, entries++) {
      const key = leaves.keys(leaf)[leaves.base(leaf) + i];
      const row = leaves.rows(leaf)[leaves.base(leaf) + i];
      if (!table.isLive(row)) tally.violate(() => `${where}: key ${key} leads to row ${row}, which is not live`);
      else if (keyOf(table, index, row) !== key) {
        tally.violate(() => `${where}: key ${key} leads to row ${row}, whose key is ${keyOf(table, index, row)}`);
      }
    }
  }
  for (let row = 0; row < table.rowBound; row++) {
    if (!table.isLive(row)) continue;
    const key = keyOf(table, index, row);
    if (!findsRow(index, key, row)) tally.violate(() => `${where}: key ${key} of row ${row} is not found`);
  }
}

function findsRow(index: OrderedIndex, key: number, row: number): boolean {
  const { leaves } = index;
  const sought = index.unique ? -1 : row;
  const leaf = index.descend(key, sought);
  const position = index.positionIn(leaf, key, sought);
  const at = leaves.base(leaf) + position;
  return position < leaves.count(leaf) && leaves.keys(leaf)[at] === key && leaves.rows(leaf)[at] === row;
}

/** Key of a row, or -1 where a key column is out of its range. */
function keyOf(table: Table, index: HashIndex | DirectIndex | OrderedIndex, row: number): number {
  const int32s = table.int32Chunks[row >> table.chunkShift];
  try {
    return index.key.ofRow(int32s, (row & table.chunkMask) * table.strideInt32s);
  } catch {
    return NO_KEY;
  }
}
