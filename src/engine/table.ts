/**
 * Rows of one table in fixed-stride chunks of typed arrays. A row is an integer; chunk and place follow from its bits.
 * Reads go straight to the chunks. Writes to live rows go through a `Transaction`, which keeps what undoes them; the
 * `put` methods are for rows that no index shows yet.
 */
import { assert } from '../assert.ts';
import type { DirectIndex, SharedDirectIndex } from './direct-index.ts';
import type { HashIndex } from './hash-index.ts';
import type { ImageSink, ImageSource } from './image.ts';
import type { MemoryBudget } from './memory-budget.ts';
import type { OrderedIndex } from './ordered-index.ts';
import { RowBits } from './row-bits.ts';
import {
  type Column,
  type Int32Column,
  type IntegerColumn,
  type KeyColumn,
  layoutRow,
  NULL_INT32,
  NULL_INTEGER,
  type RowLayout,
  type TextColumn,
} from './row-layout.ts';
import type { TableDefinition } from './schema.ts';
import { WRITE_DELETE, WRITE_INSERT, writeTag } from './write-tag.ts';

/**
 * A chunk is as large as the table is expected to be, within these bounds: a small table stays small, and of a large one a
 * core's cache holds the rows and not what leads to their chunks.
 */
const SMALL_CHUNK_BYTES = 1 << 18;
const LARGE_CHUNK_BYTES = 1 << 20;
const NO_ROW = -1;

/** A table as other threads take it over. */
export interface SharedTable {
  allocated: number;
  live: number;
  rows: ArrayBufferLike[];
  liveRows: ArrayBufferLike[];
  directIndexes: SharedDirectIndex[];
}

export class Table {
  readonly name: string;
  readonly id: number;
  readonly layout: RowLayout;
  /** Rows per chunk as a power of two. */
  readonly chunkShift: number;
  readonly chunkMask: number;
  /** Of `writeTag`: what the write-set entries of inserts and deletes start with. */
  readonly insertTag: number;
  readonly deleteTag: number;
  /** Distance of rows in elements of each view. */
  readonly strideBytes: number;
  readonly strideInt32s: number;
  readonly strideFloat64s: number;
  /** The same memory three times. */
  readonly byteChunks: Uint8Array[] = [];
  readonly int32Chunks: Int32Array[] = [];
  readonly float64Chunks: Float64Array[] = [];
  /** Filled by the partition. */
  readonly hashIndexes: HashIndex[] = [];
  readonly directIndexes: DirectIndex[] = [];
  readonly orderedIndexes: OrderedIndex[] = [];
  private readonly liveRows: RowBits;
  private readonly budget: MemoryBudget;
  private readonly columnsByName = new Map<string, Column>();
  private allocated = 0;
  private live = 0;
  private freeHead = NO_ROW;

  private readonly shared: boolean;
  /** Belongs to several partitions: nothing is inserted or deleted any more. */
  frozen = false;

  constructor(definition: TableDefinition, id: number, budget: MemoryBudget) {
    this.name = definition.name;
    this.shared = definition.shared === true;
    this.id = id;
    this.budget = budget;
    this.insertTag = writeTag(WRITE_INSERT, id, 0);
    this.deleteTag = writeTag(WRITE_DELETE, id, 0);
    this.layout = layoutRow(definition, id);
    const { strideBytes } = this.layout;
    this.strideBytes = strideBytes;
    this.strideInt32s = strideBytes / 4;
    this.strideFloat64s = strideBytes / 8;
    const expectedBytes = (definition.expectedRows ?? 0) * strideBytes;
    const chunkBytes = Math.max(SMALL_CHUNK_BYTES, Math.min(LARGE_CHUNK_BYTES, expectedBytes));
    this.chunkShift = Math.max(4, Math.round(Math.log2(chunkBytes / strideBytes)));
    this.chunkMask = (1 << this.chunkShift) - 1;
    this.liveRows = new RowBits(this.chunkShift);
    for (const column of this.layout.columns) this.columnsByName.set(column.name, column);
  }

  /** Rows that are live. */
  get rowCount(): number {
    return this.live;
  }

  /** One more than the highest row ever allocated: the bound of a full scan, which asks `isLive`. */
  get rowBound(): number {
    return this.allocated;
  }

  get chunkBytes(): number {
    return (this.strideBytes << this.chunkShift) + this.liveRows.chunkBytes;
  }

  /** Bytes that the next short batch of inserts may take. */
  get pendingGrowthBytes(): number {
    if (this.frozen) return 0;
    let bytes = this.chunkBytes;
    for (const index of this.hashIndexes) bytes += index.pendingGrowthBytes;
    for (const index of this.directIndexes) bytes += index.pendingGrowthBytes;
    for (const index of this.orderedIndexes) bytes += index.pendingGrowthBytes;
    return bytes;
  }

  column(name: string): Column {
    const column = this.columnsByName.get(name);
    assert(column !== undefined, `${this.name} has no column ${name}`);
    return column;
  }

  /** An int32 column that is in no key. */
  int32Column(name: string): Int32Column {
    const column = this.column(name);
    assert(column.kind === 'int32', `${this.name}.${name} is no int32 column`);
    assert(!column.keyed, `${this.name}.${name} is part of a key`);
    return column;
  }

  /** An int32 column that is part of a key. */
  keyColumn(name: string): KeyColumn {
    const column = this.column(name);
    assert(column.kind === 'int32' && column.keyed, `${this.name}.${name} is not part of a key`);
    return column;
  }

  integerColumn(name: string): IntegerColumn {
    const column = this.column(name);
    assert(column.kind === 'integer', `${this.name}.${name} is no integer column`);
    return column;
  }

  textColumn(name: string): TextColumn {
    const column = this.column(name);
    assert(column.kind === 'text', `${this.name}.${name} is no text column`);
    return column;
  }

  hashIndex(name: string): HashIndex {
    const index = this.hashIndexes.find((candidate) => candidate.name === name);
    assert(index !== undefined, `${this.name} has no hash index ${name}`);
    return index;
  }

  directIndex(name: string): DirectIndex {
    const index = this.directIndexes.find((candidate) => candidate.name === name);
    assert(index !== undefined, `${this.name} has no direct index ${name}`);
    return index;
  }

  orderedIndex(name: string): OrderedIndex {
    const index = this.orderedIndexes.find((candidate) => candidate.name === name);
    assert(index !== undefined, `${this.name} has no ordered index ${name}`);
    return index;
  }

  isLive(row: number): boolean {
    return row >= 0 && row < this.allocated && this.liveRows.has(row);
  }

  /**
   * Takes a row slot, a freed one first. Its content is undefined and no scan shows it until it is marked live.
   * @throws OperatingFault `MEMORY_LIMIT`
   */
  allocate(): number {
    if (this.frozen) assert(false, `${this.name} is shared and cannot change`);
    const free = this.freeHead;
    if (free !== NO_ROW) {
      this.freeHead = this.int32Chunks[free >> this.chunkShift][(free & this.chunkMask) * this.strideInt32s];
      return free;
    }
    if (this.allocated >> this.chunkShift === this.byteChunks.length) this.addChunk();
    return this.allocated++;
  }

  /** Gives a slot back. Its first word links the free slots. */
  free(row: number): void {
    this.int32Chunks[row >> this.chunkShift][(row & this.chunkMask) * this.strideInt32s] = this.freeHead;
    this.freeHead = row;
  }

  /**
   * Recovery: makes the slot exist, whichever it is. `rebuildFreeSlots` is due before anything is allocated again.
   * @throws OperatingFault `MEMORY_LIMIT`
   */
  reach(row: number): void {
    while (row >> this.chunkShift >= this.byteChunks.length) this.addChunk();
    if (row >= this.allocated) this.allocated = row + 1;
  }

  /** Recovery: every slot below the bound that is not live is free from now on, the lowest first. */
  rebuildFreeSlots(): void {
    this.freeHead = NO_ROW;
    for (let row = this.allocated - 1; row >= 0; row--) if (!this.isLive(row)) this.free(row);
  }

  setLive(row: number, live: 0 | 1): void {
    if (this.frozen) assert(false, `${this.name} is shared and cannot change`);
    this.liveRows.set(row, live);
    this.live += live === 1 ? 1 : -1;
  }

  private addChunk(): void {
    this.budget.reserve(this.chunkBytes);
    const rowBytes = this.strideBytes << this.chunkShift;
    const liveBytes = this.liveRows.chunkBytes;
    if (this.shared) this.enterChunk(new SharedArrayBuffer(rowBytes), new SharedArrayBuffer(liveBytes));
    else this.enterChunk(new ArrayBuffer(rowBytes), new ArrayBuffer(liveBytes));
  }

  private enterChunk(rows: ArrayBufferLike, live: ArrayBufferLike): void {
    this.byteChunks.push(new Uint8Array(rows));
    this.int32Chunks.push(new Int32Array(rows));
    this.float64Chunks.push(new Float64Array(rows));
    this.liveRows.chunks.push(new Uint8Array(live));
  }

  /** Whether it belongs to all partitions of the process. */
  get isShared(): boolean {
    return this.shared;
  }

  /** Rows, free slots and indexes as they lie. */
  save(sink: ImageSink): void {
    sink.number(this.allocated);
    sink.number(this.live);
    sink.number(this.freeHead);
    this.eachChunk((rows, live) => {
      sink.bytes(rows);
      sink.bytes(live);
    });
    for (const index of [...this.hashIndexes, ...this.directIndexes, ...this.orderedIndexes]) index.save(sink);
  }

  /** Becomes what `save` gave; the table is empty. @throws OperatingFault `MEMORY_LIMIT` */
  restore(source: ImageSource): void {
    assert(this.allocated === 0, `${this.name} is not empty`);
    const allocated = source.number();
    if (allocated > 0) this.reach(allocated - 1);
    this.live = source.number();
    this.freeHead = source.number();
    this.eachChunk((rows, live) => {
      source.bytes(rows);
      source.bytes(live);
    });
    for (const index of [...this.hashIndexes, ...this.directIndexes, ...this.orderedIndexes]) index.restore(source);
  }

  /** The bytes of the allocated slots of each chunk, and which of them are live. */
  private eachChunk(visit: (rows: Uint8Array, live: Uint8Array) => void): void {
    for (let chunk = 0; chunk << this.chunkShift < this.allocated; chunk++) {
      const slots = Math.min(this.allocated - (chunk << this.chunkShift), this.chunkMask + 1);
      const rows = this.byteChunks[chunk].subarray(0, slots * this.strideBytes);
      visit(rows, this.liveRows.bytesOf(chunk, slots));
    }
  }

  /** The table for other partitions of the process, to be sent to their threads. It cannot change from now on. */
  share(): SharedTable {
    assert(this.shared, `${this.name} is not shared`);
    this.frozen = true;
    return {
      allocated: this.allocated,
      live: this.live,
      rows: this.byteChunks.map((chunk) => chunk.buffer),
      liveRows: this.liveRows.chunks.map((chunk) => chunk.buffer),
      directIndexes: this.directIndexes.map((index) => index.share()),
    };
  }

  /** Becomes what another partition shares. Its memory is counted there. */
  adopt(table: SharedTable): void {
    assert(this.shared && this.allocated === 0, `${this.name} cannot take over a table`);
    table.rows.forEach((rows, i) => {
      this.enterChunk(rows, table.liveRows[i]);
    });
    this.allocated = table.allocated;
    this.live = table.live;
    table.directIndexes.forEach((index, i) => {
      this.directIndexes[i].adopt(index);
    });
    this.frozen = true;
  }

  /** The chunk that holds the row's int32 columns. */
  int32sOf(row: number): Int32Array {
    return this.int32Chunks[row >> this.chunkShift];
  }

  /** Element of its chunk at which the row's int32 columns start. */
  int32Base(row: number): number {
    return (row & this.chunkMask) * this.strideInt32s;
  }

  /** Null reads as NULL_INT32. */
  getInt32(row: number, column: Int32Column | KeyColumn): number {
    return this.int32Chunks[row >> this.chunkShift][(row & this.chunkMask) * this.strideInt32s + column.offset];
  }

  /** Null reads as NULL_INTEGER. */
  getInteger(row: number, column: IntegerColumn): number {
    return this.float64Chunks[row >> this.chunkShift][(row & this.chunkMask) * this.strideFloat64s + column.offset];
  }

  putInt32(row: number, column: Int32Column | KeyColumn, value: number): void {
    this.int32Chunks[row >> this.chunkShift][(row & this.chunkMask) * this.strideInt32s + column.offset] = value;
  }

  putInteger(row: number, column: IntegerColumn, value: number): void {
    this.float64Chunks[row >> this.chunkShift][(row & this.chunkMask) * this.strideFloat64s + column.offset] = value;
  }

  /** Byte in the row's chunk at which the column starts, its length in front. */
  byteOffset(row: number, column: TextColumn): number {
    return (row & this.chunkMask) * this.strideBytes + column.offset;
  }

  /** The chunk that holds the row's bytes. */
  bytesOf(row: number): Uint8Array {
    return this.byteChunks[row >> this.chunkShift];
  }

  textLength(row: number, column: TextColumn): number {
    if (!column.variable) return column.sizeBytes;
    const bytes = this.bytesOf(row);
    const at = this.byteOffset(row, column);
    return column.lengthBytes === 1 ? bytes[at] : bytes[at] | (bytes[at + 1] << 8);
  }

  /** Writes `length` bytes of `source` from `start`. Longer than the column is a bug. */
  putText(row: number, column: TextColumn, source: Uint8Array, start: number, length: number): void {
    const fits = column.variable ? length <= column.sizeBytes : length === column.sizeBytes;
    if (!fits) assert(false, `${this.name}.${column.name}: ${length} bytes do not fit`);
    const bytes = this.bytesOf(row);
    let at = this.byteOffset(row, column);
    if (column.lengthBytes > 0) bytes[at++] = length & 0xff;
    if (column.lengthBytes > 1) bytes[at++] = length >> 8;
    for (let i = 0; i < length; i++) bytes[at + i] = source[start + i];
  }

  /** Copies fixed text between tables by words; both columns have the same size, a multiple of 4. */
  putFixedTextFrom(row: number, column: TextColumn, from: Table, fromRow: number, fromColumn: TextColumn): void {
    const to = this.int32Chunks[row >> this.chunkShift];
    const source = from.int32Chunks[fromRow >> from.chunkShift];
    const at = this.byteOffset(row, column) >> 2;
    const fromAt = from.byteOffset(fromRow, fromColumn) >> 2;
    for (let i = 0, words = column.sizeBytes >> 2; i < words; i++) to[at + i] = source[fromAt + i];
  }

  /** Text as a string, for reports and tests. */
  readText(row: number, column: TextColumn): string {
    const at = this.byteOffset(row, column) + column.lengthBytes;
    // A copy: a decoder does not take shared memory.
    return utf8.decode(this.bytesOf(row).slice(at, at + this.textLength(row, column)));
  }

  /** A column's value for reports and tests: a number, a string, or null. */
  read(row: number, column: Column): number | string | null {
    if (column.kind === 'text') return this.readText(row, column);
    if (column.kind === 'int32') {
      const value = this.getInt32(row, column);
      return column.nullable && value === NULL_INT32 ? null : value;
    }
    const value = this.getInteger(row, column);
    return column.nullable && value === NULL_INTEGER ? null : value;
  }
}

const utf8 = new TextDecoder();
