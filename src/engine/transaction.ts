/**
 * Writes of one transaction on one partition. Reads go to the tables; every write to a live row goes through here and is
 * in the write set before it happens, so that `abort` puts everything back, indexes included.
 *
 * Runs on the thread that owns the partition, from start to end; knows no other partition, clock or file.
 */
import { assert } from '../assert.ts';
import { insertIntoIndexes, removeFromIndexes } from './index-maintenance.ts';
import type { MemoryBudget } from './memory-budget.ts';
import { type Int32Column, type IntegerColumn, NULL_INTEGER, type TextColumn } from './row-layout.ts';
import type { Table } from './table.ts';
import { WriteSet } from './write-set.ts';
import { WRITE_DELETE, WRITE_INSERT, WRITE_INT32, WRITE_INTEGER, WRITE_TEXT } from './write-tag.ts';

/** Takes what a transaction wrote at the moment of its commit: a log, a replica, a checker. */
export interface CommitListener {
  /** The write set is whole and the rows have their new values. Must not throw and not write. */
  committing(writeSet: WriteSet): void;
}

export class Transaction {
  readonly writeSet: WriteSet;
  /** Told of every commit that wrote something. */
  listener: CommitListener | null = null;
  private readonly tables: readonly Table[];
  private readonly budget: MemoryBudget;
  private deletes = 0;

  /** @param tables all tables of the partition, by id */
  constructor(tables: readonly Table[], budget: MemoryBudget) {
    this.tables = tables;
    this.budget = budget;
    this.writeSet = new WriteSet(budget);
  }

  /** Sets a column that is in no key. The value is a whole number in the column's range, or NULL_INT32. */
  setInt32(table: Table, row: number, column: Int32Column, value: number): void {
    this.setInt32At(table, row, column, table.int32sOf(row), table.int32Base(row), value);
  }

  /** `setInt32` for a caller that has the row's chunk (`int32sOf`) and place (`int32Base`) at hand. */
  setInt32At(table: Table, row: number, column: Int32Column, int32s: Int32Array, base: number, value: number): void {
    if ((value | 0) !== value) assert(false, `${table.name}.${column.name}: ${value} is no int32`);
    const at = base + column.offset;
    this.writeSet.add(column.writeTag, row, int32s[at]);
    int32s[at] = value;
  }

  /** Sets a column to a whole number within 2^53, or to NULL_INTEGER. */
  setInteger(table: Table, row: number, column: IntegerColumn, value: number): void {
    if (Math.trunc(value) !== value || value < NULL_INTEGER || value > Number.MAX_SAFE_INTEGER) {
      assert(false, `${table.name}.${column.name}: ${value} is no integer within 2^53`);
    }
    const chunk = table.float64Chunks[row >> table.chunkShift];
    const at = (row & table.chunkMask) * table.strideFloat64s + column.offset;
    this.writeSet.add(column.writeTag, row, chunk[at]);
    chunk[at] = value;
  }

  /** Sets text to `length` bytes of `source` from `start`. */
  setText(table: Table, row: number, column: TextColumn, source: Uint8Array, start: number, length: number): void {
    const at = table.byteOffset(row, column);
    const sizeBytes = column.lengthBytes + table.textLength(row, column);
    this.writeSet.addText(column.writeTag, row, table.bytesOf(row), at, sizeBytes);
    table.putText(row, column, source, start, length);
  }

  /**
   * Makes a row live and puts it into its table's indexes. The caller has allocated it and put every column.
   * @returns false when a unique index has the key already: the row's slot is free again then
   * @throws OperatingFault `MEMORY_LIMIT`; the slot is free again then
   */
  insert(table: Table, row: number): boolean {
    if (table.isLive(row)) assert(false, `${table.name}: row ${row} to insert is live`);
    const before = this.writeSet.length;
    let done = false;
    try {
      this.writeSet.add(table.insertTag, row, 0);
      done = insertIntoIndexes(table, row);
    } finally {
      if (!done) {
        this.writeSet.truncate(before);
        table.free(row);
      }
    }
    if (done) table.setLive(row, 1);
    return done;
  }

  /** Takes a live row out of its indexes; its slot is reusable after the commit. */
  delete(table: Table, row: number): void {
    if (!table.isLive(row)) assert(false, `${table.name}: row ${row} to delete is not live`);
    if (table.frozen) assert(false, `${table.name} is shared and cannot change`);
    this.writeSet.add(table.deleteTag, row, 0);
    removeFromIndexes(table, row, Number.POSITIVE_INFINITY);
    table.setLive(row, 0);
    this.deletes++;
  }

  /** Ends the transaction; deleted rows' slots become free. */
  commit(): void {
    const { writeSet, tables, listener } = this;
    if (listener !== null && writeSet.length > 0) listener.committing(writeSet);
    if (this.deletes > 0) {
      for (let entry = 0; entry < writeSet.length; entry++) {
        if (writeSet.kind(entry) === WRITE_DELETE) tables[writeSet.table(entry)].free(writeSet.row(entry));
      }
      this.deletes = 0;
    }
    writeSet.clear();
  }

  /** Ends the transaction and undoes every write, the last one first. Never fails for memory. */
  abort(): void {
    const { writeSet, tables } = this;
    const { enforcing } = this.budget;
    this.budget.enforcing = false;
    for (let entry = writeSet.length - 1; entry >= 0; entry--) {
      const table = tables[writeSet.table(entry)];
      const row = writeSet.row(entry);
      const column = table.layout.columns[writeSet.column(entry)];
      switch (writeSet.kind(entry)) {
        case WRITE_INT32:
          table.putInt32(row, column as Int32Column, writeSet.oldNumber(entry));
          break;
        case WRITE_INTEGER:
          table.putInteger(row, column as IntegerColumn, writeSet.oldNumber(entry));
          break;
        case WRITE_TEXT:
          writeSet.restoreText(entry, table.bytesOf(row), table.byteOffset(row, column as TextColumn));
          break;
        case WRITE_INSERT:
          removeFromIndexes(table, row, Number.POSITIVE_INFINITY);
          table.setLive(row, 0);
          table.free(row);
          break;
        case WRITE_DELETE:
          assert(
            insertIntoIndexes(table, row),
            `${table.name}: the key of a deleted row was taken before the decision`,
          );
          table.setLive(row, 1);
          break;
      }
    }
    this.budget.enforcing = enforcing;
    this.deletes = 0;
    writeSet.clear();
  }
}
