/**
 * Unique index for point lookups: open addressing with linear probing (Knuth, TAOCP 3, 6.4, algorithm L) and deletion by
 * shifting back (algorithm R), so that there are no tombstones and probes stay short whatever the history.
 *
 * Key and row share one 16-byte slot: a lookup that misses the cache misses it once.
 */
import { assert } from '../assert.ts';
import { bytesOf, type ImageSink, type ImageSource } from './image.ts';
import type { MemoryBudget } from './memory-budget.ts';
import type { PackedKey } from './packed-key.ts';

const SLOT_BYTES = 16;
const EMPTY = -1;
const SMALLEST_SLOTS = 256;
/** Inserts of a short batch of transactions; no more than one doubling makes room for them. */
const SPARE_ROWS = 128;

export class HashIndex {
  readonly name: string;
  readonly key: PackedKey;
  /** Space of the index's keys in the lock table; the partition sets it. */
  lockSpace = 0;
  private readonly budget: MemoryBudget;
  /** Slot i: key at 2i (EMPTY where free), row at 2i + 1. */
  private slots: Float64Array;
  private mask: number;
  private count = 0;

  /** @param expectedRows the index is sized for so many at once; beyond, it doubles */
  constructor(name: string, key: PackedKey, expectedRows: number, budget: MemoryBudget) {
    this.name = name;
    this.key = key;
    this.budget = budget;
    let slots = SMALLEST_SLOTS;
    while (slots < expectedRows * 2) slots *= 2;
    this.mask = slots - 1;
    budget.reserve(slots * SLOT_BYTES);
    this.slots = new Float64Array(slots * 2).fill(EMPTY);
  }

  get size(): number {
    return this.count;
  }

  /** Bytes that the next inserts may take. */
  get pendingGrowthBytes(): number {
    return (this.count + SPARE_ROWS) * 2 > this.mask + 1 ? (this.mask + 1) * 2 * SLOT_BYTES : 0;
  }

  private home(key: number): number {
    let hash = Math.imul((key | 0) ^ Math.imul((key / 4294967296) | 0, 0x85ebca6b), 0x9e3779b1);
    hash ^= hash >>> 15;
    hash = Math.imul(hash, 0x2c1b3c6d);
    hash ^= hash >>> 12;
    return hash & this.mask;
  }

  /** Row of `key`, or -1. */
  get(key: number): number {
    const slots = this.slots;
    const mask = this.mask;
    for (let i = this.home(key); ; i = (i + 1) & mask) {
      const found = slots[2 * i];
      if (found === key) return slots[2 * i + 1] | 0;
      if (found === EMPTY) return -1;
    }
  }

  /** Adds an entry. Returns false, and changes nothing, when the key is there already. */
  insert(key: number, row: number): boolean {
    if (this.count * 2 > this.mask) this.grow();
    const slots = this.slots;
    const mask = this.mask;
    let i = this.home(key);
    for (; slots[2 * i] !== EMPTY; i = (i + 1) & mask) if (slots[2 * i] === key) return false;
    slots[2 * i] = key;
    slots[2 * i + 1] = row;
    this.count++;
    return true;
  }

  /** `insert` with the key of the row at int32 element `base` of `int32s`. Key and insert in one, so that no key is boxed. */
  insertRow(int32s: Int32Array, base: number, row: number): boolean {
    return this.insert(this.key.ofRow(int32s, base), row);
  }

  /** Removes the entry of `key`, which must be there with that row. */
  remove(key: number, row: number): void {
    const slots = this.slots;
    const mask = this.mask;
    let hole = this.home(key);
    while (slots[2 * hole] !== key) {
      if (slots[2 * hole] === EMPTY) assert(false, `${this.name}: key ${key} to remove is missing`);
      hole = (hole + 1) & mask;
    }
    if (slots[2 * hole + 1] !== row) assert(false, `${this.name}: key ${key} belongs to another row`);
    for (let i = (hole + 1) & mask; slots[2 * i] !== EMPTY; i = (i + 1) & mask) {
      const home = this.home(slots[2 * i]);
      const reachableFromHole = ((i - home) & mask) >= ((i - hole) & mask);
      if (!reachableFromHole) continue;
      slots[2 * hole] = slots[2 * i];
      slots[2 * hole + 1] = slots[2 * i + 1];
      hole = i;
    }
    slots[2 * hole] = EMPTY;
    slots[2 * hole + 1] = EMPTY;
    this.count--;
  }

  /** Entries as they lie. */
  save(sink: ImageSink): void {
    sink.number(this.mask + 1);
    sink.number(this.count);
    sink.bytes(bytesOf(this.slots));
  }

  /** Becomes what `save` gave; the index is empty. @throws OperatingFault `MEMORY_LIMIT` */
  restore(source: ImageSource): void {
    const slots = source.number();
    while (this.mask + 1 < slots) this.grow();
    assert(this.mask + 1 === slots, `${this.name}: the index is larger than its image`);
    this.count = source.number();
    source.bytes(bytesOf(this.slots));
  }

  private grow(): void {
    const old = this.slots;
    const slots = (this.mask + 1) * 2;
    this.budget.reserve(slots * SLOT_BYTES);
    this.slots = new Float64Array(slots * 2).fill(EMPTY);
    this.mask = slots - 1;
    this.count = 0;
    for (let i = 0; i < old.length; i += 2) if (old[i] !== EMPTY) this.insert(old[i], old[i + 1]);
    this.budget.release(old.length * 8);
  }
}
