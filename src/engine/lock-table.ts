/**
 * The locks of one partition: what prepared fragments hold until their decision, and who waits for it. Everything else that
 * runs on the partition takes no lock and only tests these; while `held` is 0 there is nothing to test.
 *
 * Locks are shared or exclusive, on a row, on a key of an index whether the key is present or absent, and on a range of
 * an ordered index. Ranges are shared (they are scans) and meet the exclusive keys of inserts and deletes.
 *
 * Conflicts are settled by age (wait-die: Rosenkrantz, Stearns and Lewis, "System level concurrency control for
 * distributed database systems", 1978): an owner may wait only where it is older than everybody in its way. Who waits
 * stands in the way of everybody younger, so that the oldest gets through whatever arrives.
 */
import { assert } from '../assert.ts';
import { MemoryBudget } from './memory-budget.ts';
import { MOST_IDS } from './write-tag.ts';

export const SHARED = 0;
export const EXCLUSIVE = 1;
export type LockMode = typeof SHARED | typeof EXCLUSIVE;

/** Answer of the conflict tests where nobody is in the way: later than every stamp. */
export const NO_CONFLICT = Number.POSITIVE_INFINITY;

/**
 * Answer of the conflict tests where nobody knows when the holder lets go: the fate of its transaction is in doubt. Earlier
 * than every stamp, so that nobody waits for it by age.
 */
export const DOUBTFUL = -1;

const NONE = -1;
const FIRST_ENTRIES = 256;
const BUCKETS = 1024;
/** Of one entry in all arrays together, and of what does not grow. */
const ENTRY_BYTES = 40;
const FIXED_BYTES = 4 * (BUCKETS + MOST_IDS + 2 * MOST_IDS);

export class LockTable {
  /** Locks and waits that exist. */
  held = 0;
  private capacity = FIRST_ENTRIES;
  /** By entry: table id, or MOST_IDS + number of the index in the partition; row or key; for a range its exclusive end. */
  private spaces = new Int32Array(FIRST_ENTRIES);
  private keys = new Float64Array(FIRST_ENTRIES);
  private ends = new Float64Array(FIRST_ENTRIES);
  private modes = new Int32Array(FIRST_ENTRIES);
  private owners = new Int32Array(FIRST_ENTRIES);
  /** 1 for an owner that waits here instead of holding. */
  private waits = new Int32Array(FIRST_ENTRIES);
  /** Next entry of the same bucket, of the ranges, or of the free list. */
  private nexts = new Int32Array(FIRST_ENTRIES);
  private nextOfOwner = new Int32Array(FIRST_ENTRIES);
  private readonly buckets = new Int32Array(BUCKETS).fill(NONE);
  private ranges = NONE;
  /** Exclusive keys by index: a scan of an index without any asks no further. */
  private readonly exclusiveKeys = new Int32Array(MOST_IDS);
  /** Rows and keys by space: a test in a space without any asks no further. */
  private readonly points = new Int32Array(2 * MOST_IDS);
  private free = NONE;
  private allocated = 0;
  private readonly budget: MemoryBudget;
  /**
   * Raised whenever who is blocked must look again: an owner has let locks or waits go, or somebody has taken a lock, perhaps
   * past a younger one that waits there, which must not go on waiting for somebody older.
   */
  changes = 0;
  private waiting = 0;
  /** By owner: when its transaction first began, and its first entry. */
  private readonly stamps: number[] = [];
  private readonly firstOfOwner: number[] = [];

  constructor(budget = new MemoryBudget(Number.POSITIVE_INFINITY)) {
    this.budget = budget;
    budget.reserve(FIXED_BYTES + FIRST_ENTRIES * ENTRY_BYTES);
  }

  /**
   * Declares that `owner`, a small integer, now stands for a transaction that began at `stamp`. Stamps are unique over the
   * cluster; smaller is older; a transaction keeps its stamp over all its retries. One that met no lock so far needs none:
   * NO_CONFLICT makes it the youngest.
   */
  enter(owner: number, stamp: number): void {
    while (this.stamps.length <= owner) {
      this.stamps.push(NO_CONFLICT);
      this.firstOfOwner.push(NONE);
    }
    assert(this.firstOfOwner[owner] === NONE, `lock owner ${owner} still has locks`);
    this.stamps[owner] = stamp;
  }

  /** Who holds these locks may never let them go: its coordinator is lost. */
  doubt(owner: number): void {
    this.stamps[owner] = DOUBTFUL;
    this.changes++;
  }

  /**
   * Who is in the way of a row or key (`space` and `key`): other holders of a lock that does not go with `mode`, and older
   * ones that wait for it. For an exclusive key also the scans that cover it.
   * @returns the oldest stamp in the way, or NO_CONFLICT; an owner with a smaller stamp may wait, another must give up
   */
  conflict(space: number, key: number, mode: LockMode, owner: number): number {
    const stamp = this.stamps[owner];
    let oldest = NO_CONFLICT;
    if (this.points[space] !== 0) {
      for (let entry = this.buckets[bucketOf(space, key)]; entry !== NONE; entry = this.nexts[entry]) {
        if (this.spaces[entry] !== space || this.keys[entry] !== key) continue;
        if (mode === SHARED && this.modes[entry] === SHARED) continue;
        oldest = this.olderInTheWay(entry, owner, stamp, oldest);
      }
    }
    if (mode === EXCLUSIVE && space >= MOST_IDS) {
      for (let entry = this.ranges; entry !== NONE; entry = this.nexts[entry]) {
        if (this.spaces[entry] !== space || key < this.keys[entry] || key >= this.ends[entry]) continue;
        oldest = this.olderInTheWay(entry, owner, stamp, oldest);
      }
    }
    return oldest;
  }

  /** Who is in the way of a scan of the keys low..end-1: exclusive keys within. Answers as `conflict` does. */
  rangeConflict(space: number, low: number, end: number, owner: number): number {
    const stamp = this.stamps[owner];
    let oldest = NO_CONFLICT;
    if (this.exclusiveKeys[space - MOST_IDS] === 0) return oldest;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      for (let entry = this.buckets[bucket]; entry !== NONE; entry = this.nexts[entry]) {
        if (this.spaces[entry] !== space || this.modes[entry] === SHARED) continue;
        if (this.keys[entry] < low || this.keys[entry] >= end) continue;
        oldest = this.olderInTheWay(entry, owner, stamp, oldest);
      }
    }
    return oldest;
  }

  /** Locks a row or key for `owner`, who has seen that nobody is in the way. Locking twice is harmless. */
  lock(space: number, key: number, mode: LockMode, owner: number): void {
    if (this.has(space, key, mode, owner)) return;
    this.addPoint(space, key, mode, owner, 0);
  }

  /** Locks the keys low..end-1 of an ordered index against inserts and deletes of others. Locking twice is harmless. */
  lockRange(space: number, low: number, end: number, owner: number): void {
    for (let entry = this.firstOfOwner[owner]; entry !== NONE; entry = this.nextOfOwner[entry]) {
      const same = this.spaces[entry] === space && this.keys[entry] === low && this.ends[entry] === end;
      if (same && this.waits[entry] === 0) return;
    }
    this.addRange(space, low, end, owner, 0);
  }

  /** `owner` waits for a scan: everybody younger who wants to insert or delete there gives up from now on. */
  waitRange(space: number, low: number, end: number, owner: number): void {
    this.addRange(space, low, end, owner, 1);
  }

  /** `owner` waits for a row or key: everybody younger who wants it gives up from now on. */
  wait(space: number, key: number, mode: LockMode, owner: number): void {
    this.addPoint(space, key, mode, owner, 1);
  }

  /** Whether `owner` holds a lock on the row or key that is as strong as `mode`. */
  has(space: number, key: number, mode: LockMode, owner: number): boolean {
    for (let entry = this.buckets[bucketOf(space, key)]; entry !== NONE; entry = this.nexts[entry]) {
      const same = this.spaces[entry] === space && this.keys[entry] === key && this.owners[entry] === owner;
      if (same && this.waits[entry] === 0 && this.modes[entry] >= mode) return true;
    }
    return false;
  }

  /** Ends the waits of `owner`; its locks stay. */
  stopWaiting(owner: number): void {
    this.drop(owner, true);
  }

  /** Ends everything of `owner`. */
  releaseAll(owner: number): void {
    this.drop(owner, false);
  }

  private olderInTheWay(entry: number, owner: number, stamp: number, oldest: number): number {
    const other = this.owners[entry];
    if (other === owner) return oldest;
    const otherStamp = this.stamps[other];
    if (this.waits[entry] === 1 && otherStamp > stamp) return oldest;
    return otherStamp < oldest ? otherStamp : oldest;
  }

  private addRange(space: number, low: number, end: number, owner: number, waits: 0 | 1): void {
    assert(space >= MOST_IDS, 'ranges are ranges of an index');
    const entry = this.add(space, low, SHARED, owner, waits);
    this.ends[entry] = end;
    this.nexts[entry] = this.ranges;
    this.ranges = entry;
  }

  private addPoint(space: number, key: number, mode: LockMode, owner: number, waits: 0 | 1): void {
    const entry = this.add(space, key, mode, owner, waits);
    const bucket = bucketOf(space, key);
    this.ends[entry] = NONE;
    this.points[space]++;
    if (mode === EXCLUSIVE && space >= MOST_IDS) this.exclusiveKeys[space - MOST_IDS]++;
    this.nexts[entry] = this.buckets[bucket];
    this.buckets[bucket] = entry;
  }

  private add(space: number, key: number, mode: LockMode, owner: number, waits: 0 | 1): number {
    let entry = this.free;
    if (entry !== NONE) this.free = this.nexts[entry];
    else {
      if (this.allocated === this.capacity) this.grow();
      entry = this.allocated++;
    }
    this.spaces[entry] = space;
    this.keys[entry] = key;
    this.modes[entry] = mode;
    this.owners[entry] = owner;
    this.waits[entry] = waits;
    this.waiting += waits;
    if (waits === 0 && this.waiting > 0) this.changes++;
    this.nextOfOwner[entry] = this.firstOfOwner[owner];
    this.firstOfOwner[owner] = entry;
    this.held++;
    return entry;
  }

  private drop(owner: number, onlyWaits: boolean): void {
    let kept = NONE;
    let entry = this.firstOfOwner[owner] ?? NONE;
    while (entry !== NONE) {
      const next = this.nextOfOwner[entry];
      if (onlyWaits && this.waits[entry] === 0) {
        this.nextOfOwner[entry] = kept;
        kept = entry;
      } else {
        this.unlink(entry);
        this.changes++;
        this.waiting -= this.waits[entry];
        this.nexts[entry] = this.free;
        this.free = entry;
        this.held--;
      }
      entry = next;
    }
    if (owner < this.firstOfOwner.length) this.firstOfOwner[owner] = kept;
  }

  private unlink(entry: number): void {
    if (this.ends[entry] !== NONE) {
      this.ranges = this.without(this.ranges, entry);
      return;
    }
    const space = this.spaces[entry];
    this.points[space]--;
    if (this.modes[entry] === EXCLUSIVE && space >= MOST_IDS) this.exclusiveKeys[space - MOST_IDS]--;
    const bucket = bucketOf(space, this.keys[entry]);
    this.buckets[bucket] = this.without(this.buckets[bucket], entry);
  }

  /** The list that starts at `head` without `entry`. */
  private without(head: number, entry: number): number {
    if (head === entry) return this.nexts[entry];
    let before = head;
    while (this.nexts[before] !== entry) before = this.nexts[before];
    this.nexts[before] = this.nexts[entry];
    return head;
  }

  /** Counted, but not refused: a lock that is due must not fail. */
  private grow(): void {
    const { budget } = this;
    const { enforcing } = budget;
    budget.enforcing = false;
    budget.reserve(this.capacity * ENTRY_BYTES);
    budget.enforcing = enforcing;
    const capacity = this.capacity * 2;
    this.spaces = grown(this.spaces, capacity);
    this.modes = grown(this.modes, capacity);
    this.owners = grown(this.owners, capacity);
    this.waits = grown(this.waits, capacity);
    this.nexts = grown(this.nexts, capacity);
    this.nextOfOwner = grown(this.nextOfOwner, capacity);
    const { keys, ends } = this;
    this.keys = new Float64Array(capacity);
    this.ends = new Float64Array(capacity);
    this.keys.set(keys);
    this.ends.set(ends);
    this.capacity = capacity;
  }
}

function grown(old: Int32Array, length: number) {
  const array = new Int32Array(length);
  array.set(old);
  return array;
}

function bucketOf(space: number, key: number): number {
  const low = Math.imul(key | 0, 0x9e3779b1) ^ Math.imul((key / 4294967296) | 0, 0x85ebca6b);
  const hash = Math.imul(low ^ Math.imul(space, 0xc2b2ae35), 0x27d4eb2f);
  return (hash ^ (hash >>> 15)) & (BUCKETS - 1);
}
