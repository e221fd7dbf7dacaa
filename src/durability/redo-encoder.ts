/**
 * Turns a write set into the body of a redo record, at the moment of the commit: the write set names what changed, the
 * rows hold the new values. Runs on the worker's thread and allocates nothing; knows no file and no epoch.
 */
import type { Int32Column, IntegerColumn, TextColumn } from '../engine/row-layout.ts';
import type { Table } from '../engine/table.ts';
import type { WriteSet } from '../engine/write-set.ts';
import {
  WRITE_DELETE,
  WRITE_INSERT,
  WRITE_INT32,
  WRITE_INTEGER,
  WRITE_TEXT,
  wordOf,
  writeTag,
} from '../engine/write-tag.ts';
import {
  DELETE_WORDS,
  insertWords,
  NUMBER,
  NUMBER_WORDS,
  PLACE,
  ROW,
  TEXT_BYTES,
  TEXT_SIZE,
  textWords,
  WORD_BYTES,
  WORD_INT32S,
} from './redo-layout.ts';

/** One memory through three views. */
export interface WordViews {
  readonly float64s: Float64Array;
  readonly int32s: Int32Array;
  readonly bytes: Uint8Array;
}

export class RedoEncoder {
  private readonly tables: readonly Table[];

  /** @param tables all tables of the partition, by id */
  constructor(tables: readonly Table[]) {
    this.tables = tables;
  }

  /** Words that `encode` will fill. */
  measure(writeSet: WriteSet): number {
    let words = 0;
    for (let entry = 0; entry < writeSet.length; entry++) {
      const table = this.tables[writeSet.table(entry)];
      switch (writeSet.kind(entry)) {
        case WRITE_INSERT:
          words += insertWords(table);
          break;
        case WRITE_DELETE:
          words += DELETE_WORDS;
          break;
        case WRITE_TEXT:
          words += textWords(textSizeOf(table, writeSet.row(entry), writeSet.column(entry)));
          break;
        default:
          words += NUMBER_WORDS;
      }
    }
    return words;
  }

  /** Fills the views from word `at`. @returns the word after the last one */
  encode(writeSet: WriteSet, { float64s, int32s, bytes }: WordViews, at: number): number {
    let to = at;
    for (let entry = 0; entry < writeSet.length; entry++) {
      const kind = writeSet.kind(entry);
      const table = this.tables[writeSet.table(entry)];
      const row = writeSet.row(entry);
      const columnId = writeSet.column(entry);
      float64s[to + PLACE] = wordOf(writeTag(kind, table.id, columnId), row);
      switch (kind) {
        case WRITE_INT32:
          float64s[to + NUMBER] = table.getInt32(row, table.layout.columns[columnId] as Int32Column);
          to += NUMBER_WORDS;
          break;
        case WRITE_INTEGER:
          float64s[to + NUMBER] = table.getInteger(row, table.layout.columns[columnId] as IntegerColumn);
          to += NUMBER_WORDS;
          break;
        case WRITE_TEXT: {
          const from = table.byteOffset(row, table.layout.columns[columnId] as TextColumn);
          const sizeBytes = textSizeOf(table, row, columnId);
          const source = table.bytesOf(row);
          const target = (to + TEXT_BYTES) * WORD_BYTES;
          const words = textWords(sizeBytes);
          float64s[to + TEXT_SIZE] = sizeBytes;
          // The last word's rest would else be whatever lay there, and the same run would not give the same file.
          float64s[to + words - 1] = 0;
          for (let i = 0; i < sizeBytes; i++) bytes[target + i] = source[from + i];
          to += words;
          break;
        }
        case WRITE_INSERT: {
          const source = table.int32sOf(row);
          const from = table.int32Base(row);
          const target = (to + ROW) * WORD_INT32S;
          for (let i = 0; i < table.strideInt32s; i++) int32s[target + i] = source[from + i];
          to += insertWords(table);
          break;
        }
        case WRITE_DELETE:
          to += DELETE_WORDS;
          break;
      }
    }
    return to;
  }
}

/** Bytes of a text as it lies in its row, its length in front. */
function textSizeOf(table: Table, row: number, columnId: number): number {
  const column = table.layout.columns[columnId] as TextColumn;
  return column.lengthBytes + table.textLength(row, column);
}
