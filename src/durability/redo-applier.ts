/**
 * Applies redo records to a partition that recovers: first what a snapshot holds, then each record in the order of the
 * log. Runs on the worker's thread; knows no file and no epoch.
 *
 * A record comes from a file. What does not fit the tables is refused as a value, never an exception: a checksum that holds
 * does not prove that the configuration is the one that wrote it.
 */
import { EntrySorter } from '../engine/entry-sorter.ts';
import { insertIntoPointIndexes, removeFromPointIndexes } from '../engine/index-maintenance.ts';
import { ELSEWHERE, ENTERED, REFUSED } from '../engine/ordered-index.ts';
import type { PackedKey } from '../engine/packed-key.ts';
import { PendingRows } from '../engine/pending-rows.ts';
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
  /** What the ordered indexes lack. */
  readonly pending: readonly PendingRows[];
  /** Whether the log deletes from it: what it inserts waits then, since much of it will be gone before it is needed. */
  hasDeletes = false;

  constructor(table: Table, batchRows: number) {
    this.table = table;
    this.pending = table.orderedIndexes.map((index) => new PendingRows(table, index, batchRows));
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

/** Enough that many rows come to each leaf, and little beside the memory of the tables. */
const BATCH_ROWS = 1 << 17;
const NO_ROW = -1;
const KEY_IS_THERE = 'the key of an inserted row is there already';
const NOT_THERE = 'a write to a row that is not there';
const NO_ACTIONS: Int32Array = new Int32Array(0);

export class RedoApplier {
  private readonly targets: readonly Target[];
  private readonly sorter = new EntrySorter();

  /**
   * @param tables all tables of the partition, by id
   * @param batchRows most rows that an ordered index may lack before the end
   */
  constructor(tables: readonly Table[], batchRows = BATCH_ROWS) {
    this.targets = tables.map((table) => new Target(table, batchRows));
  }

  /**
   * Applies the writes in words `at`..`end - 1`.
   * @returns why the record does not fit the partition, which is then partly changed; null when all is applied
   * @throws OperatingFault `MEMORY_LIMIT`
   */
  apply({ int32s, bytes, view }: RecordViews, at: number, end: number): string | null {
    const { targets } = this;
    const endInt32s = end * WORD_INT32S;
    let from = at * WORD_INT32S;
    let target: Target | null = null;
    let actions = NO_ACTIONS;
    let sameTableBits = 0;
    let row = NO_ROW;
    let isLive = false;
    let chunk = NO_ACTIONS;
    let base = 0;
    while (from < endInt32s) {
      const tag = int32s[from];
      from += TAG_INT32S;
      if (tag < TAG_RANGE) {
        if (tag === NO_WRITE && from === endInt32s) return null;
        const tableId = tableOf(tag);
        if (tag < 0 || tableId >= targets.length) return `int32 ${from - at * WORD_INT32S - 1} is no write to a table`;
        target = targets[tableId];
        const { table } = target;
        if (from === endInt32s) return `${table.name}: the write is cut off`;
        row = int32s[from];
        from += ROW_INT32S;
        if (row < 0) return refused(table, row, 'no row number');
        if (table.frozen) return refused(table, row, 'the table does not change');
        actions = target.actions;
        sameTableBits = target.sameTableBits;
        isLive = table.isLive(row);
        // Asked of the tag and not of the row: the processor knows it at once and need not guess.
        if ((tag & KIND_BITS) !== WRITE_INSERT) {
          if (!isLive) return refused(table, row, NOT_THERE);
          chunk = table.int32sOf(row);
          base = table.int32Base(row);
        }
      } else if (target === null || (tag & SAME_TABLE_BITS) !== sameTableBits) {
        return `int32 ${from - at * WORD_INT32S - 1} is no write to the row before it`;
      }
      const action = actions[actionIndex(tag)];
      const kind = action & ACTION_MASK;
      if (kind === DO_INSERT) {
        if (isLive) return refused(target.table, row, 'an insert over a row that is there');
        const fault = this.insert(target, row, int32s, from, endInt32s);
        if (fault !== null) return refused(target.table, row, fault);
        from += target.table.strideInt32s;
        isLive = true;
        chunk = target.table.int32sOf(row);
        base = target.table.int32Base(row);
        continue;
      }
      if (!isLive) return refused(target.table, row, NOT_THERE);
      if (kind === DO_INT32) {
        if (from === endInt32s) return refused(target.table, row, 'the number is cut off');
        chunk[base + (action >> ACTION_SHIFT)] = int32s[from];
        from += NUMBER_INT32S;
      } else if (kind === DO_INTEGER) {
        if (from + INTEGER_INT32S > endInt32s) return refused(target.table, row, 'the number is cut off');
        const value = view.getFloat64(from * INT32_BYTES, true);
        if (Math.trunc(value) !== value) return refused(target.table, row, `${value} is no integer`);
        const to = base + (action >> ACTION_SHIFT);
        chunk[to] = int32s[from];
        chunk[to + 1] = int32s[from + 1];
        from += INTEGER_INT32S;
      } else if (kind === DO_TEXT) {
        const size = setText(target.table, row, columnOf(tag), int32s, bytes, from, endInt32s);
        if (typeof size === 'string') return refused(target.table, row, size);
        from += size;
      } else if (kind === DO_DELETE) {
        remove(target, row);
        isLive = false;
      } else return refused(target.table, row, noSuchWrite(target.table, tag));
    }
    return null;
  }

  /** Fills a slot that holds no row. @returns what is wrong with the row, or null */
  private insert(target: Target, row: number, int32s: Int32Array, from: number, end: number): string | null {
    const { table, keys, pending } = target;
    const { strideInt32s } = table;
    if (from + strideInt32s > end) return 'the inserted row is cut off';
    if (row >= table.rowBound) table.reach(row);
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
      if (!keys[k].covers(chunk, base)) return 'a key of the inserted row is out of its range';
    }
    if (!insertIntoPointIndexes(table, row)) return KEY_IS_THERE;
    table.setLive(row, 1);
    for (let i = 0; i < pending.length; i++) {
      const rows = pending[i];
      const outcome = target.hasDeletes ? ELSEWHERE : rows.index.insertNear(chunk, base, row);
      if (outcome === ENTERED) continue;
      if (outcome === REFUSED) return KEY_IS_THERE;
      rows.add(row);
      if (!rows.isFull) continue;
      const fault = this.enter(rows);
      if (fault !== null) return fault;
    }
    return null;
  }

  /** @returns what is wrong with a row, or null */
  private enter(pending: PendingRows): string | null {
    const row = pending.enter(this.sorter);
    return row < 0 ? null : `the key of row ${row}, which this record or one before it inserted, is there already`;
  }

  /**
   * Due once, after the last record: the ordered indexes get what they lack, and free slots are those that no row holds.
   * @returns why the records do not fit the partition, or null
   * @throws OperatingFault `MEMORY_LIMIT`
   */
  finish(): string | null {
    for (const { table, pending } of this.targets) {
      if (table.frozen) continue;
      for (const rows of pending) {
        const fault = this.enter(rows);
        if (fault !== null) return `${table.name}: ${fault}`;
      }
      table.rebuildFreeSlots();
    }
    return null;
  }
}

function remove(target: Target, row: number): void {
  const { table, pending } = target;
  target.hasDeletes = true;
  removeFromPointIndexes(table, row);
  for (let i = 0; i < pending.length; i++) {
    const { index } = pending[i];
    if (!pending[i].drop(row)) index.remove(index.key.ofRow(table.int32sOf(row), table.int32Base(row)), row);
  }
  table.setLive(row, 0);
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
