/**
 * What a transaction wrote, in order: enough to undo it, to name every changed value for a log, and to replay it.
 *
 * One entry a write: a tag (kind, table, column), the row, and what was there before. What is there afterwards stands in
 * the row itself until the transaction ends, so it is not stored twice.
 */
import type { MemoryBudget } from './memory-budget.ts';

export const WRITE_INT32 = 0;
export const WRITE_INTEGER = 1;
export const WRITE_TEXT = 2;
export const WRITE_INSERT = 3;
export const WRITE_DELETE = 4;
export type WriteKind =
  | typeof WRITE_INT32
  | typeof WRITE_INTEGER
  | typeof WRITE_TEXT
  | typeof WRITE_INSERT
  | typeof WRITE_DELETE;

/** Tag: kind in bits 0..2, table in bits 3..11, column in bits 12..20. */
const TABLE_SHIFT = 3;
const COLUMN_SHIFT = 12;
const ID_MASK = 0x1ff;
/** Tables in a partition and columns in a table. */
export const MOST_IDS = ID_MASK + 1;

/** More than the longest text with its length. */
const TEXT_SIZE_RANGE = 2 ** 17;

const ENTRY_BYTES = 16;
const FIRST_ENTRIES = 512;
const FIRST_TEXT_BYTES = 4096;

export class WriteSet {
  private readonly budget: MemoryBudget;
  private count = 0;
  private capacity = FIRST_ENTRIES;
  private tags = new Int32Array(FIRST_ENTRIES);
  private rows = new Int32Array(FIRST_ENTRIES);
  /** The old number; for text where its bytes lie in `texts`: start x 2^17 + size. */
  private olds = new Float64Array(FIRST_ENTRIES);
  private texts = new Uint8Array(FIRST_TEXT_BYTES);
  private textBytes = 0;

  constructor(budget: MemoryBudget) {
    this.budget = budget;
    budget.reserve(FIRST_ENTRIES * ENTRY_BYTES + FIRST_TEXT_BYTES);
  }

  get length(): number {
    return this.count;
  }

  clear(): void {
    this.count = 0;
    this.textBytes = 0;
  }

  /** Forgets the entries from `length` on, none of them text. */
  truncate(length: number): void {
    this.count = length;
  }

  kind(entry: number): WriteKind {
    return (this.tags[entry] & 7) as WriteKind;
  }

  table(entry: number): number {
    return (this.tags[entry] >> TABLE_SHIFT) & ID_MASK;
  }

  column(entry: number): number {
    return (this.tags[entry] >> COLUMN_SHIFT) & ID_MASK;
  }

  row(entry: number): number {
    return this.rows[entry];
  }

  /** The number before the write, of a WRITE_INT32 or WRITE_INTEGER entry. */
  oldNumber(entry: number): number {
    return this.olds[entry];
  }

  /** Writes the bytes before the write (length bytes included) of a WRITE_TEXT entry to `target`. */
  restoreText(entry: number, target: Uint8Array, at: number): void {
    const start = Math.floor(this.olds[entry] / TEXT_SIZE_RANGE);
    const sizeBytes = this.olds[entry] % TEXT_SIZE_RANGE;
    for (let i = 0; i < sizeBytes; i++) target[at + i] = this.texts[start + i];
  }

  /** Makes room for one more entry before anything is written. @throws OperatingFault `MEMORY_LIMIT` */
  add(kind: WriteKind, table: number, column: number, row: number, old: number): void {
    const entry = this.count;
    if (entry === this.capacity) this.grow();
    this.tags[entry] = kind | (table << TABLE_SHIFT) | (column << COLUMN_SHIFT);
    this.rows[entry] = row;
    this.olds[entry] = old;
    this.count = entry + 1;
  }

  /** Adds a WRITE_TEXT entry that keeps `sizeBytes` bytes of `source` from `at`. */
  addText(table: number, column: number, row: number, source: Uint8Array, at: number, sizeBytes: number): void {
    if (this.textBytes + sizeBytes > this.texts.length) this.growTexts(sizeBytes);
    const start = this.textBytes;
    this.add(WRITE_TEXT, table, column, row, start * TEXT_SIZE_RANGE + sizeBytes);
    for (let i = 0; i < sizeBytes; i++) this.texts[start + i] = source[at + i];
    this.textBytes = start + sizeBytes;
  }

  private grow(): void {
    const capacity = this.capacity * 2;
    this.budget.reserve(this.capacity * ENTRY_BYTES);
    const { tags, rows, olds } = this;
    this.tags = new Int32Array(capacity);
    this.rows = new Int32Array(capacity);
    this.olds = new Float64Array(capacity);
    this.tags.set(tags);
    this.rows.set(rows);
    this.olds.set(olds);
    this.capacity = capacity;
  }

  private growTexts(sizeBytes: number): void {
    const old = this.texts;
    let size = old.length;
    while (this.textBytes + sizeBytes > size) size *= 2;
    this.budget.reserve(size - old.length);
    this.texts = new Uint8Array(size);
    this.texts.set(old);
  }
}
