/**
 * What a transaction wrote, in order: enough to undo it, to name every changed value for a log, and to replay it.
 *
 * One entry a write: a tag (kind, table, column), the row, and what was there before. What is there afterwards stands in
 * the row itself until the transaction ends, so it is not stored twice.
 */
import type { MemoryBudget } from './memory-budget.ts';
import { columnOf, kindOf, tableOf, type WriteKind } from './write-tag.ts';

/** More than the longest text with its length. */
const TEXT_SIZE_RANGE = 2 ** 17;

const ENTRY_BYTES = 16;
const FIRST_ENTRIES = 512;
const FIRST_TEXT_BYTES = 4096;

export class WriteSet {
  private readonly budget: MemoryBudget;
  private count = 0;
  private capacity = FIRST_ENTRIES;
  /** Two an entry: the tag, the row. */
  private places = new Int32Array(2 * FIRST_ENTRIES);
  /** The old number; for text where its bytes lie: start x 2^17 + size. */
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

  /** What was written where, apart from the row: see `writeTag`. */
  tag(entry: number): number {
    return this.places[2 * entry];
  }

  kind(entry: number): WriteKind {
    return kindOf(this.places[2 * entry]);
  }

  table(entry: number): number {
    return tableOf(this.places[2 * entry]);
  }

  column(entry: number): number {
    return columnOf(this.places[2 * entry]);
  }

  row(entry: number): number {
    return this.places[2 * entry + 1];
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

  /**
   * Adds an entry.
   * @param tag of `writeTag`
   * @throws OperatingFault `MEMORY_LIMIT`, before anything is added
   */
  add(tag: number, row: number, old: number): void {
    const entry = this.count;
    if (entry === this.capacity) this.grow();
    const { places } = this;
    places[2 * entry] = tag;
    places[2 * entry + 1] = row;
    this.olds[entry] = old;
    this.count = entry + 1;
  }

  /** Adds a WRITE_TEXT entry that keeps `sizeBytes` bytes of `source` from `at`. */
  addText(tag: number, row: number, source: Uint8Array, at: number, sizeBytes: number): void {
    if (this.textBytes + sizeBytes > this.texts.length) this.growTexts(sizeBytes);
    const start = this.textBytes;
    this.add(tag, row, start * TEXT_SIZE_RANGE + sizeBytes);
    for (let i = 0; i < sizeBytes; i++) this.texts[start + i] = source[at + i];
    this.textBytes = start + sizeBytes;
  }

  private grow(): void {
    this.budget.reserve(this.capacity * ENTRY_BYTES);
    const { places, olds } = this;
    this.capacity *= 2;
    this.places = new Int32Array(2 * this.capacity);
    this.places.set(places);
    this.olds = new Float64Array(this.capacity);
    this.olds.set(olds);
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
