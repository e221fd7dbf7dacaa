/**
 * Applies redo records to a partition that recovers: first what a snapshot holds, then each record in the order of the
 * log. Runs on the worker's thread; knows no file and no epoch.
 *
 * A record comes from a file. What does not fit the tables is refused as a value, never an exception: a checksum that holds
 * does not prove that the configuration is the one that wrote it.
 */
import { insertIntoIndexes, removeFromIndexes } from '../engine/index-maintenance.ts';
import type { PackedKey } from '../engine/packed-key.ts';
import type { Table } from '../engine/table.ts';
import {
  columnOf,
  kindOf,
  TAG_RANGE,
  tableOf,
  WRITE_DELETE,
  WRITE_INSERT,
  WRITE_INT32,
  WRITE_INTEGER,
  WRITE_TEXT,
} from '../engine/write-tag.ts';
import type { WordViews } from './redo-encoder.ts';
import {
  INT32_BYTES,
  INTEGER_INT32S,
  NO_WRITE,
  NUMBER_INT32S,
  ROW_INT32S,
  SAME_ROW,
  TAG_INT32S,
  TEXT_SIZE_INT32S,
  textInt32s,
  WORD_INT32S,
} from './redo-layout.ts';

export class RedoApplier {
  private readonly tables: readonly Table[];
  /** An integer's two int32s and its value. */
  private readonly integer = new Float64Array(1);
  private readonly integerInt32s = new Int32Array(this.integer.buffer);

  /** @param tables all tables of the partition, by id */
  constructor(tables: readonly Table[]) {
    this.tables = tables;
  }

  /**
   * Applies the writes in words `at`..`end - 1`.
   * @returns why the record does not fit the partition, which is then partly changed; null when all is applied
   * @throws OperatingFault `MEMORY_LIMIT`
   */
  apply(views: WordViews, at: number, end: number): string | null {
    const { int32s } = views;
    const endInt32s = end * WORD_INT32S;
    let from = at * WORD_INT32S;
    let row = 0;
    let lastTable: Table | null = null;
    while (from < endInt32s) {
      const first = int32s[from];
      if (first === NO_WRITE && from === endInt32s - 1) return null;
      const tag = first & (TAG_RANGE - 1);
      if (first !== tag && first !== (tag | SAME_ROW)) return `int32 ${from - at * WORD_INT32S} is no write`;
      const table: Table | undefined = this.tables[tableOf(tag)];
      if (table === undefined) return `there is no table ${tableOf(tag)}`;
      from += TAG_INT32S;
      if (first === tag) {
        if (from >= endInt32s) return 'the last write is cut off';
        row = int32s[from];
        from += ROW_INT32S;
      } else if (table !== lastTable) return `${table.name}: there is no row before`;
      lastTable = table;
      const size = this.applyOne(table, row, tag, views, from, endInt32s);
      if (typeof size === 'string') return `${table.name}, row ${row}: ${size}`;
      from += size;
    }
    return null;
  }

  /** Free slots are those that no row holds: due once, after the last record. */
  finish(): void {
    for (const table of this.tables) if (!table.frozen) table.rebuildFreeSlots();
  }

  /** @returns the int32s behind tag and row, or what is wrong with the write */
  private applyOne(
    table: Table,
    row: number,
    tag: number,
    views: WordViews,
    from: number,
    end: number,
  ): number | string {
    if (row < 0) return 'no row number';
    if (table.frozen) return 'the table does not change';
    const kind = kindOf(tag);
    if (kind === WRITE_INSERT) return this.insert(table, row, views, from, end);
    if (!table.isLive(row)) return 'a write to a row that is not there';
    switch (kind) {
      case WRITE_INT32:
        return this.setInt32(table, row, columnOf(tag), views.int32s, from, end);
      case WRITE_INTEGER:
        return this.setInteger(table, row, columnOf(tag), views.int32s, from, end);
      case WRITE_TEXT:
        return this.setText(table, row, columnOf(tag), views, from, end);
      case WRITE_DELETE:
        removeFromIndexes(table, row, Number.POSITIVE_INFINITY);
        table.setLive(row, 0);
        return 0;
      default:
        return `kind ${kind} of a write is unknown`;
    }
  }

  private insert(table: Table, row: number, { int32s }: WordViews, from: number, end: number): number | string {
    const { strideInt32s } = table;
    if (from + strideInt32s > end) return 'the inserted row is cut off';
    if (table.isLive(row)) return 'an insert over a row that is there';
    table.reach(row);
    const target = table.int32sOf(row);
    const to = table.int32Base(row);
    for (let i = 0; i < strideInt32s; i++) target[to + i] = int32s[from + i];
    if (!hasKeysInRange(table, target, to)) return 'a key of the inserted row is out of its range';
    if (!insertIntoIndexes(table, row)) return 'the key of an inserted row is there already';
    table.setLive(row, 1);
    return strideInt32s;
  }

  private setInt32(
    table: Table,
    row: number,
    columnId: number,
    int32s: Int32Array,
    from: number,
    end: number,
  ): number | string {
    if (from + NUMBER_INT32S > end) return 'the number is cut off';
    const column = table.layout.columns[columnId];
    if (column === undefined) return `there is no column ${columnId}`;
    if (column.kind !== 'int32' || column.keyed) return `${column.name} does not take this kind of write`;
    table.putInt32(row, column, int32s[from]);
    return NUMBER_INT32S;
  }

  private setInteger(
    table: Table,
    row: number,
    columnId: number,
    int32s: Int32Array,
    from: number,
    end: number,
  ): number | string {
    if (from + INTEGER_INT32S > end) return 'the number is cut off';
    const column = table.layout.columns[columnId];
    if (column === undefined) return `there is no column ${columnId}`;
    if (column.kind !== 'integer') return `${column.name} does not take this kind of write`;
    this.integerInt32s[0] = int32s[from];
    this.integerInt32s[1] = int32s[from + 1];
    const value = this.integer[0];
    if (Math.trunc(value) !== value) return `${column.name}: ${value} is no integer`;
    table.putInteger(row, column, value);
    return INTEGER_INT32S;
  }

  private setText(
    table: Table,
    row: number,
    columnId: number,
    { int32s, bytes }: WordViews,
    from: number,
    end: number,
  ): number | string {
    if (from + TEXT_SIZE_INT32S > end) return 'the text is cut off';
    const column = table.layout.columns[columnId];
    if (column === undefined || column.kind !== 'text') return `column ${columnId} is no text`;
    const sizeBytes = int32s[from];
    const most = column.lengthBytes + column.sizeBytes;
    if (!(sizeBytes >= column.lengthBytes && sizeBytes <= most)) return `${column.name}: ${sizeBytes} bytes of text`;
    const size = TEXT_SIZE_INT32S + textInt32s(sizeBytes);
    if (from + size > end) return 'the text is cut off';
    const start = (from + TEXT_SIZE_INT32S) * INT32_BYTES;
    const length = sizeBytes - column.lengthBytes;
    const stored = storedLength(bytes, start, column.lengthBytes, column.sizeBytes);
    if (stored !== length) return `${column.name}: a text of ${length} bytes says ${stored}`;
    table.putText(row, column, bytes, start + column.lengthBytes, length);
    return size;
  }
}

function hasKeysInRange(
  { hashIndexes, directIndexes, orderedIndexes }: Table,
  int32s: Int32Array,
  base: number,
): boolean {
  const covers = ({ key }: { key: PackedKey }) => key.covers(int32s, base);
  return hashIndexes.every(covers) && directIndexes.every(covers) && orderedIndexes.every(covers);
}

function storedLength(bytes: Uint8Array, at: number, lengthBytes: number, sizeBytes: number): number {
  if (lengthBytes === 0) return sizeBytes;
  return lengthBytes === 1 ? bytes[at] : bytes[at] | (bytes[at + 1] << 8);
}
