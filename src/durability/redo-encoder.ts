/**
 * Turns a write set into the body of a redo record, at the moment of the commit: the write set names what changed, the
 * rows hold the new values. Runs on the worker's thread and allocates nothing; knows no file and no epoch.
 */
import type { TextColumn } from '../engine/row-layout.ts';
import type { Table } from '../engine/table.ts';
import type { WriteSet } from '../engine/write-set.ts';
import {
  columnOf,
  kindOf,
  TABLE_BITS,
  tableOf,
  WRITE_INSERT,
  WRITE_INT32,
  WRITE_INTEGER,
  WRITE_TEXT,
} from '../engine/write-tag.ts';
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
  wordsOf,
} from './redo-layout.ts';

/** One memory through three views. */
export interface WordViews {
  readonly float64s: Float64Array;
  readonly int32s: Int32Array;
  readonly bytes: Uint8Array;
}

const NO_ROW = -1;

export class RedoEncoder {
  private readonly tables: readonly Table[];
  /** By table and column: where the column's number lies in its row, in int32s. */
  private readonly offsets: readonly Int32Array[];

  /** @param tables all tables of the partition, by id */
  constructor(tables: readonly Table[]) {
    this.tables = tables;
    this.offsets = tables.map(({ layout }) =>
      Int32Array.from(layout.columns, ({ kind, offset }) => (kind === 'integer' ? offset * INTEGER_INT32S : offset)),
    );
  }

  /** Words that `encode` will fill. */
  measure(writeSet: WriteSet): number {
    let int32s = 0;
    let lastRow = NO_ROW;
    let lastTable = 0;
    for (let entry = 0, { length } = writeSet; entry < length; entry++) {
      const tag = writeSet.tag(entry);
      const row = writeSet.row(entry);
      if (row === lastRow && (tag & TABLE_BITS) === lastTable) int32s += TAG_INT32S;
      else {
        int32s += TAG_INT32S + ROW_INT32S;
        lastRow = row;
        lastTable = tag & TABLE_BITS;
      }
      const kind = kindOf(tag);
      if (kind === WRITE_INT32) int32s += NUMBER_INT32S;
      else if (kind === WRITE_INTEGER) int32s += INTEGER_INT32S;
      else if (kind === WRITE_INSERT) int32s += this.tables[tableOf(tag)].strideInt32s;
      else if (kind === WRITE_TEXT) {
        int32s += TEXT_SIZE_INT32S + textInt32s(textSizeOf(this.tables[tableOf(tag)], row, columnOf(tag)));
      }
    }
    return wordsOf(int32s);
  }

  /** Fills the views from word `at`. @returns the word after the last one */
  encode(writeSet: WriteSet, { int32s, bytes }: WordViews, at: number): number {
    let to = at * WORD_INT32S;
    let lastRow = NO_ROW;
    let lastTable = 0;
    for (let entry = 0, { length } = writeSet; entry < length; entry++) {
      const tag = writeSet.tag(entry);
      const row = writeSet.row(entry);
      if (row === lastRow && (tag & TABLE_BITS) === lastTable) int32s[to++] = tag | SAME_ROW;
      else {
        int32s[to] = tag;
        int32s[to + 1] = row;
        to += TAG_INT32S + ROW_INT32S;
        lastRow = row;
        lastTable = tag & TABLE_BITS;
      }
      const tableId = tableOf(tag);
      const table = this.tables[tableId];
      const kind = kindOf(tag);
      if (kind === WRITE_INT32) {
        int32s[to++] = table.int32sOf(row)[table.int32Base(row) + this.offsets[tableId][columnOf(tag)]];
      } else if (kind === WRITE_INTEGER) {
        const source = table.int32sOf(row);
        const from = table.int32Base(row) + this.offsets[tableId][columnOf(tag)];
        int32s[to] = source[from];
        int32s[to + 1] = source[from + 1];
        to += INTEGER_INT32S;
      } else if (kind === WRITE_INSERT) {
        const source = table.int32sOf(row);
        const from = table.int32Base(row);
        const { strideInt32s } = table;
        for (let i = 0; i < strideInt32s; i++) int32s[to + i] = source[from + i];
        to += strideInt32s;
      } else if (kind === WRITE_TEXT) {
        const column = table.layout.columns[columnOf(tag)] as TextColumn;
        const sizeBytes = textSizeOf(table, row, column.id);
        const source = table.bytesOf(row);
        const from = table.byteOffset(row, column);
        int32s[to] = sizeBytes;
        to += TEXT_SIZE_INT32S;
        const words = textInt32s(sizeBytes);
        // The last int32's rest would else be whatever lay there, and the same run would not give the same file.
        if (words > 0) int32s[to + words - 1] = 0;
        const target = to * INT32_BYTES;
        for (let i = 0; i < sizeBytes; i++) bytes[target + i] = source[from + i];
        to += words;
      }
    }
    if (to % WORD_INT32S !== 0) int32s[to++] = NO_WRITE;
    return to / WORD_INT32S;
  }
}

/** Bytes of a text as it lies in its row, its length in front. */
function textSizeOf(table: Table, row: number, columnId: number): number {
  const column = table.layout.columns[columnId] as TextColumn;
  return column.lengthBytes + table.textLength(row, column);
}
