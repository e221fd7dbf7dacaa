/**
 * Unique index for point lookups of dense keys: a direct-address table in pages (Cormen et al., "Introduction to
 * Algorithms", 11.1). A lookup is two loads and no comparison, and the rows of neighbouring keys share a cache line, so
 * that the index of a hundred thousand rows stays in a core's own cache, where a hash table of the same keys does not.
 *
 * A page of 4,096 keys takes 16 KB as soon as one of them is present: for keys that fill their range, not for others.
 */
import { assert } from '../assert.ts';
import { bytesOf, type ImageSink, type ImageSource } from './image.ts';
import type { MemoryBudget } from './memory-budget.ts';
import type { PackedKey } from './packed-key.ts';

const PAGE_KEYS = 4096;
const PAGE_BYTES = PAGE_KEYS * 4;
const DIRECTORY_ENTRY_BYTES = 8;
/** Inserts of a short batch of transactions, each of which may need a page of its own. */
const SPARE_PAGES = 128;
/** Stands for every absent page, so that a lookup does not ask whether there is one. */
const ABSENT = new Int32Array(PAGE_KEYS);

/** A direct index as other threads take it over; null stands for an absent page. */
export interface SharedDirectIndex {
  count: number;
  pages: (Int32Array | null)[];
}

export class DirectIndex {
  readonly name: string;
  readonly key: PackedKey;
  /** Space of the index's keys in the lock table; the partition sets it. */
  lockSpace = 0;
  private readonly budget: MemoryBudget;
  /** Pages of the whole range of keys. */
  private readonly mostPages: number;
  private presentPages = 0;
  /** By key / 4096, up to the highest page that was ever needed; an element is the row plus one, 0 where there is none. */
  private readonly pages: Int32Array[] = [];
  private count = 0;
  private readonly shared: boolean;

  /** @param shared whether other threads will read it */
  constructor(name: string, key: PackedKey, budget: MemoryBudget, shared = false) {
    assert(key.rangeOfKeys <= PAGE_KEYS * 2 ** 24, `${name}: the key range is too wide for a direct index`);
    this.name = name;
    this.key = key;
    this.budget = budget;
    this.shared = shared;
    this.mostPages = Math.ceil(key.rangeOfKeys / PAGE_KEYS);
  }

  get size(): number {
    return this.count;
  }

  /** Bytes that the next inserts may take. */
  get pendingGrowthBytes(): number {
    const absentPages = this.mostPages - this.presentPages;
    const directoryBytes = (this.mostPages - this.pages.length) * DIRECTORY_ENTRY_BYTES;
    return Math.min(SPARE_PAGES, absentPages) * PAGE_BYTES + directoryBytes;
  }

  /** Row of `key`, a whole number within the range of keys, or -1. */
  get(key: number): number {
    const page = (key / PAGE_KEYS) | 0;
    if (page >= this.pages.length) return -1;
    return this.pages[page][key - page * PAGE_KEYS] - 1;
  }

  /**
   * Adds an entry. Returns false, and changes nothing, when the key is there already.
   * @throws OperatingFault `MEMORY_LIMIT`; nothing has changed then
   */
  insert(key: number, row: number): boolean {
    const page = (key / PAGE_KEYS) | 0;
    if (page >= this.pages.length || this.pages[page] === ABSENT) this.addPage(page);
    const rows = this.pages[page];
    const slot = key - page * PAGE_KEYS;
    if (rows[slot] !== 0) return false;
    rows[slot] = row + 1;
    this.count++;
    return true;
  }

  /** `insert` with the key of the row at int32 element `base` of `int32s`. Key and insert in one, so that no key is boxed. */
  insertRow(int32s: Int32Array, base: number, row: number): boolean {
    return this.insert(this.key.ofRow(int32s, base), row);
  }

  /** Removes the entry of `key`, which must be there with that row. Its page stays. */
  remove(key: number, row: number): void {
    if (row < 0 || this.get(key) !== row)
      assert(false, `${this.name}: key ${key} to remove is missing or belongs to another row`);
    const page = (key / PAGE_KEYS) | 0;
    this.pages[page][key - page * PAGE_KEYS] = 0;
    this.count--;
  }

  private addPage(page: number): void {
    const { pages } = this;
    const added = Math.max(0, page + 1 - pages.length);
    this.budget.reserve(PAGE_BYTES + added * DIRECTORY_ENTRY_BYTES);
    while (pages.length <= page) pages.push(ABSENT);
    pages[page] = new Int32Array(this.shared ? new SharedArrayBuffer(PAGE_BYTES) : new ArrayBuffer(PAGE_BYTES));
    this.presentPages++;
  }

  /** Entries as they lie. */
  save(sink: ImageSink): void {
    sink.number(this.count);
    sink.number(this.pages.length);
    for (const page of this.pages) {
      sink.number(page === ABSENT ? 0 : 1);
      if (page !== ABSENT) sink.bytes(bytesOf(page));
    }
  }

  /** Becomes what `save` gave; the index is empty. @throws OperatingFault `MEMORY_LIMIT` */
  restore(source: ImageSource): void {
    this.count = source.number();
    const pages = source.number();
    for (let page = 0; page < pages; page++) {
      if (source.number() === 0) continue;
      this.addPage(page);
      source.bytes(bytesOf(this.pages[page]));
    }
  }

  /** Its pages, for the same index of another partition. */
  share(): SharedDirectIndex {
    assert(this.shared, `${this.name} is not shared`);
    return { count: this.count, pages: this.pages.map((page) => (page === ABSENT ? null : page)) };
  }

  /** Becomes what another partition shares. */
  adopt(index: SharedDirectIndex): void {
    assert(this.shared && this.count === 0, `${this.name} cannot take over an index`);
    this.count = index.count;
    for (const page of index.pages) this.pages.push(page ?? ABSENT);
    this.presentPages = index.pages.filter((page) => page !== null).length;
  }
}
