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
  SAME_ROW,
  TEXT_SIZE_INT32S,
  textInt32s,
  WORD_INT32S,
} from './redo-layout.ts';

/** Of a column that takes no write of a number. */
const NO_NUMBER = -1;

/** What replay asks of a table, in one shape: a record takes a write apart without looking at columns. */
class Target {
  readonly table: Table;
  /** By column: WRITE_INT32, WRITE_INTEGER or NO_NUMBER; and where the number lies in its row, in int32s. */
  readonly numberKinds: Int32Array;
  readonly offsets: Int32Array;
  readonly keys: readonly PackedKey[];

  constructor(table: Table) {
    this.table = table;
    const { columns } = table.layout;
    this.numberKinds = Int32Array.from(columns, (column) => {
      if (column.kind === 'integer') return WRITE_INTEGER;
      return column.kind === 'int32' && !column.keyed ? WRITE_INT32 : NO_NUMBER;
    });
    this.offsets = Int32Array.from(columns, ({ kind, offset }) =>
      kind === 'integer' ? offset * INTEGER_INT32S : offset,
    );
    this.keys = [...table.hashIndexes, ...table.directIndexes, ...table.orderedIndexes].map(({ key }) => key);
  }
}

/** Shorter text is faster one by one. */
const COPIED_BY_BYTE_BYTES = 48;

const NO_CHUNK: Int32Array = new Int32Array(0);

export class RedoApplier {
  private readonly targets: readonly Target[];
  /** The same memory as the record, for numbers that do not lie at a multiple of their size. */
  private view: DataView = new DataView(new ArrayBuffer(0));

  /** @param tables all tables of the partition, by id */
  constructor(tables: readonly Table[]) {
    this.targets = tables.map((table) => new Target(table));
  }

  /**
   * Applies the writes in words `at`..`end - 1`.
   * @returns why the record does not fit the partition, which is then partly changed; null when all is applied
   * @throws OperatingFault `MEMORY_LIMIT`
   */
  apply({ int32s, bytes }: WordViews, at: number, end: number): string | null {
    const endInt32s = end * WORD_INT32S;
    if (this.view.buffer !== int32s.buffer) this.view = new DataView(int32s.buffer);
    let from = at * WORD_INT32S;
    let target: Target | null = null;
    let row = 0;
    let chunk = NO_CHUNK;
    let base = 0;
    let isLive = false;
    while (from < endInt32s) {
      const first = int32s[from];
      if (first === NO_WRITE && from === endInt32s - 1) return null;
      const tag = first & (TAG_RANGE - 1);
      if (first !== tag && first !== (tag | SAME_ROW)) return `int32 ${from - at * WORD_INT32S} is no write`;
      const named: Target | undefined = this.targets[tableOf(tag)];
      if (named === undefined) return `there is no table ${tableOf(tag)}`;
      const { table } = named;
      const kind = kindOf(tag);
      from++;
      if (first === tag) {
        if (from === endInt32s) return refused(table, row, 'the write is cut off');
        row = int32s[from++];
        if (row < 0) return refused(table, row, 'no row number');
        if (table.frozen) return refused(table, row, 'the table does not change');
        target = named;
        isLive = table.isLive(row);
        if (isLive) {
          chunk = table.int32sOf(row);
          base = table.int32Base(row);
        }
      } else if (named !== target) return refused(table, row, 'a write to the same row, and there is none');
      if (kind === WRITE_INSERT) {
        if (from + table.strideInt32s > endInt32s) return refused(table, row, 'the inserted row is cut off');
        if (isLive) return refused(table, row, 'an insert over a row that is there');
        const fault = insert(named, row, int32s, from);
        if (fault !== null) return refused(table, row, fault);
        from += table.strideInt32s;
        isLive = true;
        chunk = table.int32sOf(row);
        base = table.int32Base(row);
        continue;
      }
      if (!isLive) return refused(table, row, 'a write to a row that is not there');
      if (kind === WRITE_INT32) {
        const columnId = columnOf(tag);
        if (from === endInt32s) return refused(table, row, 'the number is cut off');
        if (named.numberKinds[columnId] !== WRITE_INT32) return refused(table, row, noSuchWrite(table, columnId));
        chunk[base + named.offsets[columnId]] = int32s[from];
        from += NUMBER_INT32S;
      } else if (kind === WRITE_INTEGER) {
        const columnId = columnOf(tag);
        if (from + INTEGER_INT32S > endInt32s) return refused(table, row, 'the number is cut off');
        if (named.numberKinds[columnId] !== WRITE_INTEGER) return refused(table, row, noSuchWrite(table, columnId));
        const value = this.view.getFloat64(int32s.byteOffset + from * INT32_BYTES, true);
        if (Math.trunc(value) !== value) return refused(table, row, `${value} is no integer`);
        const to = base + named.offsets[columnId];
        chunk[to] = int32s[from];
        chunk[to + 1] = int32s[from + 1];
        from += INTEGER_INT32S;
      } else if (kind === WRITE_TEXT) {
        const size = setText(table, row, columnOf(tag), int32s, bytes, from, endInt32s);
        if (typeof size === 'string') return refused(table, row, size);
        from += size;
      } else if (kind === WRITE_DELETE) {
        removeFromIndexes(table, row, Number.POSITIVE_INFINITY);
        table.setLive(row, 0);
        isLive = false;
      } else return refused(table, row, `kind ${kind} of a write is unknown`);
    }
    return null;
  }

  /** Free slots are those that no row holds: due once, after the last record. */
  finish(): void {
    for (const { table } of this.targets) if (!table.frozen) table.rebuildFreeSlots();
  }
}

const refused = (table: Table, row: number, what: string): string => `${table.name}, row ${row}: ${what}`;

function noSuchWrite({ layout: { columns } }: Table, columnId: number): string {
  return columnId in columns
    ? `${columns[columnId].name} does not take this kind of write`
    : `there is no column ${columnId}`;
}

function insert({ table, keys }: Target, row: number, int32s: Int32Array, from: number): string | null {
  table.reach(row);
  const chunk = table.int32sOf(row);
  const to = table.int32Base(row);
  const { strideInt32s } = table;
  for (let i = 0; i < strideInt32s; i++) chunk[to + i] = int32s[from + i];
  for (let i = 0; i < keys.length; i++) {
    if (!keys[i].covers(chunk, to)) return 'a key of the inserted row is out of its range';
  }
  if (!insertIntoIndexes(table, row)) return 'the key of an inserted row is there already';
  table.setLive(row, 1);
  return null;
}

/** @returns the int32s of size and text, or what is wrong with it */
function setText(
  table: Table,
  row: number,
  columnId: number,
  int32s: Int32Array,
  bytes: Uint8Array,
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
  if (length < COPIED_BY_BYTE_BYTES) table.putText(row, column, bytes, start + column.lengthBytes, length);
  else table.bytesOf(row).set(bytes.subarray(start, start + sizeBytes), table.byteOffset(row, column));
  return size;
}

function storedLength(bytes: Uint8Array, at: number, lengthBytes: number, sizeBytes: number): number {
  if (lengthBytes === 0) return sizeBytes;
  return lengthBytes === 1 ? bytes[at] : bytes[at] | (bytes[at + 1] << 8);
}
