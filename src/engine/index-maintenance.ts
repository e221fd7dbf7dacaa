/** Keeps the indexes of a table in step with its rows, whoever puts them there: a transaction, or the replay of a log. */
import type { OrderedIndex } from './ordered-index.ts';
import type { Table } from './table.ts';

const NONE: readonly OrderedIndex[] = [];

/**
 * Enters a row into every index of its table, or into none.
 * @param orderedIndexes those of the table, or fewer
 * @returns false when a unique one has the key
 */
export function insertIntoIndexes(
  table: Table,
  row: number,
  orderedIndexes: readonly OrderedIndex[] = table.orderedIndexes,
): boolean {
  const int32s = table.int32sOf(row);
  const base = table.int32Base(row);
  const { hashIndexes, directIndexes } = table;
  let done = 0;
  let complete = false;
  try {
    for (let i = 0; i < hashIndexes.length; i++, done++) {
      if (!hashIndexes[i].insertRow(int32s, base, row)) return false;
    }
    for (let i = 0; i < directIndexes.length; i++, done++) {
      if (!directIndexes[i].insertRow(int32s, base, row)) return false;
    }
    for (let i = 0; i < orderedIndexes.length; i++, done++) {
      if (!orderedIndexes[i].insertRow(int32s, base, row)) return false;
    }
    complete = true;
    return true;
  } finally {
    if (!complete) removeFromIndexes(table, row, done);
  }
}

/** `insertIntoIndexes` for those that are not ordered. */
export const insertIntoPointIndexes = (table: Table, row: number): boolean => insertIntoIndexes(table, row, NONE);

/** Removes a row from the indexes of its table that are not ordered. */
export const removeFromPointIndexes = (table: Table, row: number): void =>
  removeFromIndexes(table, row, table.hashIndexes.length + table.directIndexes.length);

/** Removes a row from the first `count` indexes, in the order in which it was entered. */
export function removeFromIndexes(table: Table, row: number, count: number): void {
  const int32s = table.int32sOf(row);
  const base = table.int32Base(row);
  const { hashIndexes, directIndexes, orderedIndexes } = table;
  let left = count;
  for (let i = 0; i < hashIndexes.length && left > 0; i++, left--) {
    hashIndexes[i].remove(hashIndexes[i].key.ofRow(int32s, base), row);
  }
  for (let i = 0; i < directIndexes.length && left > 0; i++, left--) {
    directIndexes[i].remove(directIndexes[i].key.ofRow(int32s, base), row);
  }
  for (let i = 0; i < orderedIndexes.length && left > 0; i++, left--) {
    orderedIndexes[i].remove(orderedIndexes[i].key.ofRow(int32s, base), row);
  }
}
