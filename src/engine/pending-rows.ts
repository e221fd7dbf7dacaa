/**
 * Rows of a table that one of its ordered indexes does not show yet. A recovery asks no index anything before its end, so
 * what goes to distant leaves can wait and be entered in the order of the keys: what comes to one leaf comes at once, where
 * the rows of a log, each by itself, would wait for memory at every one; and a row that is deleted soon never gets there.
 */
import type { EntrySorter } from './entry-sorter.ts';
import type { OrderedIndex } from './ordered-index.ts';
import type { Table } from './table.ts';

const FEWEST_BITS_BYTES = 1 << 10;
const NO_ROW = -1;

export class PendingRows {
  readonly index: OrderedIndex;
  private readonly table: Table;
  /** A row that came twice is in it twice. */
  private rows = new Int32Array(64);
  private count = 0;
  /** A bit for each slot. */
  private bits = new Uint8Array(FEWEST_BITS_BYTES);

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
    if (this.count === this.rows.length) this.rows = larger(this.rows, new Int32Array(2 * this.count));
    if (row >> 3 >= this.bits.length) {
      this.bits = larger(this.bits, new Uint8Array(2 * Math.max(this.bits.length, row >> 3)));
    }
    this.rows[this.count++] = row;
    this.bits[row >> 3] |= 1 << (row & 7);
  }

  /** @returns whether the row was pending: the index does not show it, nor will */
  drop(row: number): boolean {
    const at = row >> 3;
    if (at >= this.bits.length) return false;
    const bit = 1 << (row & 7);
    const wasPending = (this.bits[at] & bit) !== 0;
    this.bits[at] &= ~bit;
    return wasPending;
  }

  /**
   * Enters all rows into the index.
   * @returns a row whose key the index has already, or -1
   * @throws OperatingFault `MEMORY_LIMIT`
   */
  enter(sorter: EntrySorter): number {
    const { table, index, rows, bits } = this;
    if (this.count === 0) return NO_ROW;
    sorter.clear();
    for (let i = 0; i < this.count; i++) {
      const row = rows[i];
      const bit = 1 << (row & 7);
      if ((bits[row >> 3] & bit) === 0) continue;
      bits[row >> 3] &= ~bit;
      sorter.add(index.key.ofRow(table.int32sOf(row), table.int32Base(row)), row);
    }
    this.count = 0;
    sorter.sort();
    const entered = index.insertAscending(sorter.keys, sorter.rows, sorter.size);
    return entered < sorter.size ? sorter.rows[entered] : NO_ROW;
  }
}

function larger<T extends Int32Array | Uint8Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
