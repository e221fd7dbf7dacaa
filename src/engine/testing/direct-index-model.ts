/** What a direct index really holds, found in its pages: for comparing it with a Map or a plain table. */
import { DirectIndex } from '../direct-index.ts';
import { MemoryBudget } from '../memory-budget.ts';
import { keyOf } from './keys.ts';

/** Keys of a page. */
export const PAGE_KEYS = 4096;
export const PAGE_BYTES = PAGE_KEYS * 4;
/** Keys that a direct index can have at most. */
export const WIDEST_RANGE = PAGE_KEYS * 2 ** 24;

/** A direct index over keys 0..range-1. */
export const newDirectIndex = (range = 2 ** 31, budget = new MemoryBudget(Number.POSITIVE_INFINITY)): DirectIndex =>
  new DirectIndex('test', keyOf([range]), budget);

/** The page that stands for absent ones, in every direct index. */
export const ABSENT_PAGE: Int32Array = (() => {
  const index = newDirectIndex();
  index.insert(PAGE_KEYS, 0);
  return index['pages'][0];
})();

/** Entries (key, row) of all pages, ascending. Throws when the page that stands for absent ones holds something. */
export function entriesOf(index: DirectIndex): [key: number, row: number][] {
  const entries: [number, number][] = [];
  if (ABSENT_PAGE.some((element) => element !== 0)) throw new Error('the page of absent keys holds an entry');
  index['pages'].forEach((rows, page) => {
    if (rows === ABSENT_PAGE) return;
    for (let slot = 0; slot < rows.length; slot++) {
      if (rows[slot] !== 0) entries.push([page * PAGE_KEYS + slot, rows[slot] - 1]);
    }
  });
  return entries;
}

/** Compares an index with a Map, every key both ways. Returns the first difference, or null. */
export function directDifference(index: DirectIndex, model: ReadonlyMap<number, number>): string | null {
  if (index.size !== model.size) return `size ${index.size}, expected ${model.size}`;
  for (const [key, row] of model) if (index.get(key) !== row) return `key ${key}: ${index.get(key)}, expected ${row}`;
  const entries = entriesOf(index);
  for (const [key, row] of entries) if (model.get(key) !== row) return `the pages hold (${key}, ${row})`;
  return entries.length === model.size ? null : `the pages hold ${entries.length} entries, expected ${model.size}`;
}
