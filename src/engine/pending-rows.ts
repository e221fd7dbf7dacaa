/**
 * Rows of a table that one of its ordered indexes does not show yet. A recovery asks no index anything before its end, so
 * what goes to distant leaves can wait and be entered in the order of the keys: what comes to one leaf comes at once, where
 * the rows of a log, each by itself, would wait for memory at every one; and a row that is deleted soon never gets there.
 */
import type { EntrySorter } from './entry-sorter.ts';
import type { OrderedIndex } from './ordered-index.ts';
import { RowBits } from './row-bits.ts';
import type { Table } from './table.ts';

/** Rows per chunk of bits, as a power of two: 1 KB. */
const BITS_CHUNK_SHIFT = 13;
const NO_ROW = -1;

export class PendingRows {
  readonly index: OrderedIndex;
  private readonly table: Table;
  /** A row that came twice is in it twice. */
  private rows = new Int32Array(64);
  private count = 0;
  private readonly isPending = new RowBits(BITS_CHUNK_SHIFT);
  private readonly mostRows: number;

  /**
   * @param index one of the table's
   * @param mostRows of a batch
   */
  constructor(table: Table, index: OrderedIndex, mostRows: number) {
    this.mostRows = mostRows;
    this.table = table;
    this.index = index;
  }

  get isFull(): boolean {
    return this.count >= this.mostRows;
  }

  /** The row is in its slot, and the index lacks it. */
  add(row: number): void {
    if (this.count === this.rows.length) {
      const rows = new Int32Array(2 * this.count);
      rows.set(this.rows);
      this.rows = rows;
    }
    const { chunks, chunkBytes } = this.isPending;
    while (row >> BITS_CHUNK_SHIFT >= chunks.length) chunks.push(new Uint8Array(chunkBytes));
    this.rows[this.count++] = row;
    this.isPending.set(row, 1);
  }

  /** @returns whether the row was pending: the index does not show it, nor will */
  drop(row: number): boolean {
    const { isPending } = this;
    if (row >> BITS_CHUNK_SHIFT >= isPending.chunks.length || !isPending.has(row)) return false;
    isPending.set(row, 0);
    return true;
  }

  /**
   * Enters all rows into the index.
   * @returns a row whose key the index has already, or -1
   * @throws OperatingFault `MEMORY_LIMIT`
   */
  enter(sorter: EntrySorter): number {
    const { table, index, rows } = this;
    if (this.count === 0) return NO_ROW;
    sorter.clear();
    for (let i = 0; i < this.count; i++) {
      const row = rows[i];
      if (this.drop(row)) sorter.add(index.key.ofRow(table.int32sOf(row), table.int32Base(row)), row);
    }
    this.count = 0;
    sorter.sort();
    const entered = index.insertAscending(sorter.keys, sorter.rows, sorter.size);
    return entered < sorter.size ? sorter.rows[entered] : NO_ROW;
  }
}
