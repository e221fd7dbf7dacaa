/** Compares a partition of the engine with the plain model: rows both ways, every index against its table both ways. */
import type { DirectIndex } from '../direct-index.ts';
import { OrderedCursor } from '../ordered-cursor.ts';
import type { OrderedIndex } from '../ordered-index.ts';
import type { Partition } from '../partition.ts';
import type { Table } from '../table.ts';
import { entriesOf } from './direct-index-model.ts';
import { structureFault } from './ordered-index-model.ts';
import type { PlainPartition, PlainRow, PlainTable, PlainValue } from './plain-model.ts';

/** What a column holds; text as one character a byte. */
export function plainValueOf(table: Table, row: number, columnId: number): PlainValue {
  const column = table.layout.columns[columnId];
  if (column.kind !== 'text') return table.read(row, column);
  const at = table.byteOffset(row, column) + column.lengthBytes;
  return Buffer.from(table.bytesOf(row).subarray(at, at + table.textLength(row, column))).toString('latin1');
}

/** A row as the model keeps it. */
export const rowOf = (table: Table, row: number): PlainRow =>
  table.layout.columns.map((_, columnId) => plainValueOf(table, row, columnId));

/** Slots in the free list, the next to be given out first. Throws when it runs in a circle. */
export function freeSlots(table: Table): number[] {
  const slots: number[] = [];
  for (let slot = table['freeHead']; slot !== -1; ) {
    if (slots.push(slot) > table.rowBound) throw new Error(`${table.name}: the free list is a circle`);
    slot = table.int32Chunks[slot >> table.chunkShift][(slot & table.chunkMask) * table.strideInt32s];
  }
  return slots;
}

/** The key by the definition of a mixed-radix number; does not use the engine's packing. */
function packed(plain: PlainTable, index: string, row: PlainRow): number {
  const parts = plain.definition.indexes[index].key;
  return plain.keyParts(index, row).reduce((key, value, i) => key * parts[i].range + value, 0);
}

function rowsDifference(table: Table, plain: PlainTable): string | null {
  if (table.rowCount !== plain.rows.size) return `${table.rowCount} rows, expected ${plain.rows.size}`;
  for (let slot = 0; slot < table.rowBound; slot++) {
    const expected = plain.rows.get(slot);
    if (table.isLive(slot) !== (expected !== undefined)) return `row ${slot} is live: ${table.isLive(slot)}`;
    if (expected === undefined) continue;
    for (let column = 0; column < expected.length; column++) {
      const actual = plainValueOf(table, slot, column);
      if (!Object.is(actual, expected[column])) {
        return `row ${slot}, ${table.layout.columns[column].name}: ${actual}, expected ${expected[column]}`;
      }
    }
  }
  for (const slot of plain.rows.keys()) if (slot >= table.rowBound) return `row ${slot} is above the bound`;
  return null;
}

function hashDifference(table: Table, plain: PlainTable, name: string): string | null {
  const index = table.hashIndex(name);
  if (index.size !== plain.rows.size) return `${index.size} entries for ${plain.rows.size} rows`;
  for (const [slot, row] of plain.rows) {
    const key = packed(plain, name, row);
    if (index.get(key) !== slot) return `key ${key} gives row ${index.get(key)}, expected ${slot}`;
  }
  const slots = index['slots'];
  for (let i = 0; i < slots.length; i += 2) {
    if (slots[i] === -1) continue;
    const row = plain.rows.get(slots[i + 1]);
    if (row === undefined || packed(plain, name, row) !== slots[i]) return `entry (${slots[i]}, ${slots[i + 1]})`;
  }
  return null;
}

function directDifference(index: DirectIndex, plain: PlainTable): string | null {
  if (index.size !== plain.rows.size) return `${index.size} entries for ${plain.rows.size} rows`;
  for (const [slot, row] of plain.rows) {
    const key = packed(plain, index.name, row);
    if (index.get(key) !== slot) return `key ${key} gives row ${index.get(key)}, expected ${slot}`;
  }
  for (const [key, slot] of entriesOf(index)) {
    const row = plain.rows.get(slot);
    if (row === undefined || packed(plain, index.name, row) !== key) return `entry (${key}, ${slot})`;
  }
  return null;
}

function orderedDifference(index: OrderedIndex, plain: PlainTable): string | null {
  const expected = [...plain.rows].map(([slot, row]) => ({ key: packed(plain, index.name, row), slot }));
  expected.sort((a, b) => a.key - b.key || a.slot - b.slot);
  if (index.size !== expected.length) return `${index.size} entries for ${expected.length} rows`;
  const cursor = new OrderedCursor(index);
  let at = 0;
  for (cursor.seek(0); cursor.valid; cursor.next(), at++) {
    const { key, slot } = expected[at] ?? { key: -1, slot: -1 };
    if (cursor.key !== key || cursor.row !== slot) return `(${cursor.key}, ${cursor.row}), expected (${key}, ${slot})`;
    if (index.unique && index.get(key) !== slot) return `key ${key} gives row ${index.get(key)}`;
  }
  if (at !== expected.length) return `the scan ends after ${at}`;
  for (cursor.seekBefore(2 ** 53); cursor.valid; cursor.previous()) {
    at--;
    if (cursor.row !== expected[at]?.slot) return `backward at ${at}: row ${cursor.row}`;
  }
  return at === 0 ? structureFault(index) : `the backward scan ends before ${at}`;
}

/**
 * @returns the first difference with its place, or null. `slots: 'all accounted for'` wants every slot to be live or free,
 *   as it must be between transactions.
 */
export function partitionDifference(
  partition: Partition,
  plain: PlainPartition,
  slots: 'all accounted for' | 'some pending',
): string | null {
  for (const table of partition.tables) {
    const model = plain.tables[table.id];
    const rows = rowsDifference(table, model);
    if (rows !== null) return `${table.name}: ${rows}`;
    const free = freeSlots(table);
    if (new Set(free).size !== free.length) return `${table.name}: a slot is free twice`;
    const live = free.find((slot) => table.isLive(slot));
    if (live !== undefined) return `${table.name}: slot ${live} is live and free`;
    if (slots === 'all accounted for' && free.length + table.rowCount !== table.rowBound) {
      return `${table.name}: ${free.length} free + ${table.rowCount} live of ${table.rowBound} slots`;
    }
    for (const { name } of table.hashIndexes) {
      const entries = hashDifference(table, model, name);
      if (entries !== null) return `${table.name}.${name}: ${entries}`;
    }
    for (const index of table.directIndexes) {
      const entries = directDifference(index, model);
      if (entries !== null) return `${table.name}.${index.name}: ${entries}`;
    }
    for (const index of table.orderedIndexes) {
      const entries = orderedDifference(index, model);
      if (entries !== null) return `${table.name}.${index.name}: ${entries}`;
    }
  }
  return null;
}
