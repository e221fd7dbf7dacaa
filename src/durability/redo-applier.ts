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
  rowOf,
  tableOf,
  WRITE_DELETE,
  WRITE_INSERT,
  WRITE_INT32,
  WRITE_INTEGER,
  WRITE_TEXT,
} from '../engine/write-tag.ts';
import type { WordViews } from './redo-encoder.ts';
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

/** More than any place: tag of 21 bits, row of 32. */
const PLACE_RANGE = 2 ** 53;
const LARGEST_ROW = 2 ** 31 - 1;

export class RedoApplier {
  private readonly tables: readonly Table[];

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
    const { float64s } = views;
    let from = at;
    while (from < end) {
      const place = float64s[from + PLACE];
      if (!(place >= 0 && place < PLACE_RANGE && Math.trunc(place) === place)) return `word ${from - at} is no write`;
      const table = this.tables[tableOf(place)];
      if (table === undefined) return `there is no table ${tableOf(place)}`;
      const words = this.applyOne(table, views, from, end);
      if (typeof words === 'string') return `${table.name}, row ${rowOf(place)}: ${words}`;
      from += words;
    }
    return from === end ? null : 'the last write is cut off';
  }

  /** Free slots are those that no row holds: due once, after the last record. */
  finish(): void {
    for (const table of this.tables) if (!table.frozen) table.rebuildFreeSlots();
  }

  /** @returns the words of the write, or what is wrong with it */
  private applyOne(table: Table, views: WordViews, from: number, end: number): number | string {
    const place = views.float64s[from + PLACE];
    const kind = kindOf(place);
    const row = rowOf(place);
    if (row < 0 || row > LARGEST_ROW) return 'no row number';
    if (table.frozen) return 'the table does not change';
    if (kind === WRITE_INSERT) return this.insert(table, row, views, from, end);
    if (!table.isLive(row)) return 'a write to a row that is not there';
    switch (kind) {
      case WRITE_INT32:
      case WRITE_INTEGER:
        return this.setNumber(table, row, columnOf(place), kind, views.float64s, from, end);
      case WRITE_TEXT:
        return this.setText(table, row, columnOf(place), views, from, end);
      case WRITE_DELETE:
        removeFromIndexes(table, row, Number.POSITIVE_INFINITY);
        table.setLive(row, 0);
        return DELETE_WORDS;
      default:
        return `kind ${kind} of a write is unknown`;
    }
  }

  private insert(table: Table, row: number, { int32s }: WordViews, from: number, end: number): number | string {
    const words = insertWords(table);
    if (from + words > end) return 'the inserted row is cut off';
    if (table.isLive(row)) return 'an insert over a row that is there';
    table.reach(row);
    const target = table.int32sOf(row);
    const to = table.int32Base(row);
    const source = (from + ROW) * WORD_INT32S;
    for (let i = 0; i < table.strideInt32s; i++) target[to + i] = int32s[source + i];
    if (!hasKeysInRange(table, target, to)) return 'a key of the inserted row is out of its range';
    if (!insertIntoIndexes(table, row)) return 'the key of an inserted row is there already';
    table.setLive(row, 1);
    return words;
  }

  private setNumber(
    table: Table,
    row: number,
    columnId: number,
    kind: typeof WRITE_INT32 | typeof WRITE_INTEGER,
    float64s: Float64Array,
    from: number,
    end: number,
  ): number | string {
    if (from + NUMBER_WORDS > end) return 'the number is cut off';
    const column = table.layout.columns[columnId];
    const value = float64s[from + NUMBER];
    if (column === undefined) return `there is no column ${columnId}`;
    if (column.kind === 'int32' && kind === WRITE_INT32 && !column.keyed) {
      if ((value | 0) !== value) return `${column.name}: ${value} is no int32`;
      table.putInt32(row, column, value);
    } else if (column.kind === 'integer' && kind === WRITE_INTEGER) {
      if (Math.trunc(value) !== value) return `${column.name}: ${value} is no integer`;
      table.putInteger(row, column, value);
    } else return `${column.name} does not take this kind of write`;
    return NUMBER_WORDS;
  }

  private setText(
    table: Table,
    row: number,
    columnId: number,
    { float64s, bytes }: WordViews,
    from: number,
    end: number,
  ): number | string {
    if (from + TEXT_BYTES > end) return 'the text is cut off';
    const column = table.layout.columns[columnId];
    if (column === undefined || column.kind !== 'text') return `column ${columnId} is no text`;
    const sizeBytes = float64s[from + TEXT_SIZE];
    const most = column.lengthBytes + column.sizeBytes;
    if (!(Number.isInteger(sizeBytes) && sizeBytes >= column.lengthBytes && sizeBytes <= most))
      return `${column.name}: ${sizeBytes} bytes of text`;
    const words = textWords(sizeBytes);
    if (from + words > end) return 'the text is cut off';
    const start = (from + TEXT_BYTES) * WORD_BYTES;
    const length = sizeBytes - column.lengthBytes;
    const stored = storedLength(bytes, start, column.lengthBytes, column.sizeBytes);
    if (stored !== length) return `${column.name}: a text of ${length} bytes says ${stored}`;
    table.putText(row, column, bytes, start + column.lengthBytes, length);
    return words;
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
