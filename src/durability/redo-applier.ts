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
  COLUMN_BITS,
  columnOf,
  KIND_BITS,
  MOST_IDS,
  MOST_KINDS,
  TABLE_BITS,
  TAG_RANGE,
  tableOf,
  WRITE_DELETE,
  WRITE_INSERT,
  WRITE_INT32,
  WRITE_INTEGER,
  WRITE_TEXT,
  type WriteKind,
  writeTag,
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

/** A record's memory, and the same memory for numbers that do not lie at a multiple of their size. */
export interface RecordViews extends WordViews {
  readonly view: DataView;
}

/** What two tags have in common when the second one may go on with the row of the first. */
const SAME_TABLE_BITS = ~(KIND_BITS | COLUMN_BITS);

/**
 * What replay asks of a table, in one shape. Most writes are numbers: an action says in one load where the number goes, and
 * that the column takes it.
 */
class Target {
  readonly table: Table;
  /** By column and kind, of what the table takes: the kind plus one, and the place in the row in int32s above it; else 0. */
  readonly actions: Int32Array;
  /** Of a tag that goes on with the row of the one before: its bits apart from column and kind. */
  readonly sameTableBits: number;
  readonly keys: readonly PackedKey[];

  constructor(table: Table) {
    this.table = table;
    this.actions = new Int32Array(MOST_IDS * MOST_KINDS);
    this.sameTableBits = SAME_ROW | (writeTag(WRITE_INT32, table.id, 0) & TABLE_BITS);
    for (const column of table.layout.columns) {
      if (column.kind === 'text') this.allow(WRITE_TEXT, column.id, 0);
      else if (column.kind === 'integer') this.allow(WRITE_INTEGER, column.id, column.offset * INTEGER_INT32S);
      else if (!column.keyed) this.allow(WRITE_INT32, column.id, column.offset);
    }
    this.allow(WRITE_INSERT, 0, 0);
    this.allow(WRITE_DELETE, 0, 0);
    this.keys = [...table.hashIndexes, ...table.directIndexes, ...table.orderedIndexes].map(({ key }) => key);
  }

  private allow(kind: WriteKind, columnId: number, offset: number): void {
    this.actions[actionIndex(writeTag(kind, 0, columnId))] = (offset << ACTION_SHIFT) | (kind + 1);
  }
}

const ACTION_SHIFT = 3;
const ACTION_MASK = (1 << ACTION_SHIFT) - 1;
const DO_INT32 = WRITE_INT32 + 1;
const DO_INTEGER = WRITE_INTEGER + 1;
const DO_TEXT = WRITE_TEXT + 1;
const DO_INSERT = WRITE_INSERT + 1;
const DO_DELETE = WRITE_DELETE + 1;

const actionIndex = (tag: number): number => columnOf(tag) * MOST_KINDS + (tag & KIND_BITS);

/** Shorter text is faster one by one. */
const COPIED_BY_BYTE_BYTES = 48;

const NO_ROW = -1;
const REFUSED = -1;

export class RedoApplier {
  private readonly targets: readonly Target[];
  /** Of the record that was refused last. */
  private reason = '';

  /** @param tables all tables of the partition, by id */
  constructor(tables: readonly Table[]) {
    this.targets = tables.map((table) => new Target(table));
  }

  /**
   * Applies the writes in words `at`..`end - 1`.
   * @returns why the record does not fit the partition, which is then partly changed; null when all is applied
   * @throws OperatingFault `MEMORY_LIMIT`
   */
  apply(views: RecordViews, at: number, end: number): string | null {
    const { int32s } = views;
    const endInt32s = end * WORD_INT32S;
    let from = at * WORD_INT32S;
    while (from < endInt32s) {
      const tag = int32s[from];
      if (tag === NO_WRITE && from === endInt32s - 1) return null;
      if (tag < 0 || tag >= TAG_RANGE) return `int32 ${from - at * WORD_INT32S} is no write of another row`;
      const tableId = tableOf(tag);
      if (tableId >= this.targets.length) return `there is no table ${tableId}`;
      const target = this.targets[tableId];
      if (from + TAG_INT32S === endInt32s) return refused(target.table, NO_ROW, 'the write is cut off');
      const row = int32s[from + TAG_INT32S];
      if (row < 0) return refused(target.table, row, 'no row number');
      if (target.table.frozen) return refused(target.table, row, 'the table does not change');
      from += TAG_INT32S + ROW_INT32S;
      // Inserts and changes part here, by what the log says: asked of the row, the processor would guess and wait.
      if ((tag & KIND_BITS) !== WRITE_INSERT) from = this.change(target, row, tag, views, from, endInt32s);
      else {
        from = this.insert(target, row, int32s, from, endInt32s);
        if (from !== REFUSED && from < endInt32s && (int32s[from] & SAME_TABLE_BITS) === target.sameTableBits) {
          from = this.change(target, row, int32s[from], views, from + TAG_INT32S, endInt32s);
        }
      }
      if (from === REFUSED) return refused(target.table, row, this.reason);
    }
    return null;
  }

  /**
   * Applies the write of `tag`, whose value is at `from`, and those behind it that go on with the row.
   * @returns the int32 behind them, or REFUSED
   */
  private change(
    target: Target,
    row: number,
    first: number,
    { int32s, bytes, view }: RecordViews,
    at: number,
    end: number,
  ): number {
    const { table, actions, sameTableBits } = target;
    if (!table.isLive(row)) return this.refuse('a write to a row that is not there');
    const chunk = table.int32sOf(row);
    const base = table.int32Base(row);
    let tag = first;
    let from = at;
    let isLive = true;
    for (;;) {
      const action = actions[actionIndex(tag)];
      const kind = action & ACTION_MASK;
      if (kind === DO_INT32) {
        if (from === end) return this.refuse('the number is cut off');
        chunk[base + (action >> ACTION_SHIFT)] = int32s[from];
        from += NUMBER_INT32S;
      } else if (kind === DO_INTEGER) {
        if (from + INTEGER_INT32S > end) return this.refuse('the number is cut off');
        const value = view.getFloat64(from * INT32_BYTES, true);
        if (Math.trunc(value) !== value) return this.refuse(`${value} is no integer`);
        const to = base + (action >> ACTION_SHIFT);
        chunk[to] = int32s[from];
        chunk[to + 1] = int32s[from + 1];
        from += INTEGER_INT32S;
      } else if (kind === DO_TEXT) {
        const size = setText(table, row, columnOf(tag), int32s, bytes, from, end);
        if (typeof size === 'string') return this.refuse(size);
        from += size;
      } else if (kind === DO_DELETE) {
        removeFromIndexes(table, row, Number.POSITIVE_INFINITY);
        table.setLive(row, 0);
        isLive = false;
      } else if (kind === DO_INSERT) {
        from = this.insert(target, row, int32s, from, end);
        if (from === REFUSED) return REFUSED;
        isLive = true;
      } else return this.refuse(noSuchWrite(table, tag));
      if (from === end) return end;
      tag = int32s[from];
      if ((tag & SAME_TABLE_BITS) !== sameTableBits) return from;
      if (!isLive && (tag & KIND_BITS) !== WRITE_INSERT) return this.refuse('a write to a row that is not there');
      from += TAG_INT32S;
    }
  }

  /** @returns the int32 behind the row, or REFUSED */
  private insert({ table, keys }: Target, row: number, int32s: Int32Array, from: number, end: number): number {
    const { strideInt32s } = table;
    if (from + strideInt32s > end) return this.refuse('the inserted row is cut off');
    if (row >= table.rowBound) table.reach(row);
    else if (table.isLive(row)) return this.refuse('an insert over a row that is there');
    const chunk = table.int32sOf(row);
    const base = table.int32Base(row);
    // By fours: the loop's own work weighs as much as a copied number.
    let i = 0;
    for (; i + 4 <= strideInt32s; i += 4) {
      chunk[base + i] = int32s[from + i];
      chunk[base + i + 1] = int32s[from + i + 1];
      chunk[base + i + 2] = int32s[from + i + 2];
      chunk[base + i + 3] = int32s[from + i + 3];
    }
    for (; i < strideInt32s; i++) chunk[base + i] = int32s[from + i];
    for (let k = 0; k < keys.length; k++) {
      if (!keys[k].covers(chunk, base)) return this.refuse('a key of the inserted row is out of its range');
    }
    if (!insertIntoIndexes(table, row)) return this.refuse('the key of an inserted row is there already');
    table.setLive(row, 1);
    return from + strideInt32s;
  }

  private refuse(reason: string): number {
    this.reason = reason;
    return REFUSED;
  }

  /** Free slots are those that no row holds: due once, after the last record. */
  finish(): void {
    for (const { table } of this.targets) if (!table.frozen) table.rebuildFreeSlots();
  }
}

const refused = (table: Table, row: number, what: string): string => `${table.name}, row ${row}: ${what}`;

function noSuchWrite({ layout: { columns } }: Table, tag: number): string {
  const columnId = columnOf(tag);
  return columnId in columns
    ? `${columns[columnId].name} does not take a write of kind ${tag & KIND_BITS}`
    : `there is no column ${columnId}`;
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
  if (column.kind !== 'text') return `column ${columnId} is no text`;
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
