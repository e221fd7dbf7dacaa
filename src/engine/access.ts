/**
 * How the code of a transaction asks before it touches what others may hold. While nobody holds a lock there is nothing to
 * ask: `mustAsk` is false, and a procedure skips its questions.
 *
 *   if (access.mustAsk && !(access.write(table, row) && access.insert(other, otherRow))) return BLOCKED;
 *
 * A transaction that runs from start to end only tests. A fragment, and a transaction that waits, keeps what it asked for.
 * After a refusal the caller has undone everything and may `wait` at the place of the refusal.
 */
import type { DirectIndex } from './direct-index.ts';
import type { HashIndex } from './hash-index.ts';
import { EXCLUSIVE, type LockMode, type LockTable, NO_CONFLICT, SHARED } from './lock-table.ts';
import type { OrderedIndex } from './ordered-index.ts';
import type { Table } from './table.ts';

/** Marks a refused row or key; a refused range has its end. */
const POINT = -1;

/** Where a transaction was refused: a row, a key, or a range with its end. */
export interface RefusedPlace {
  space: number;
  key: number;
  end: number;
  mode: LockMode;
}

export class Access {
  private readonly locks: LockTable;
  private owner = 0;
  private keeps = false;
  /** Stamp of the oldest in the way at the last refusal. */
  blockedBy = NO_CONFLICT;
  private blockedSpace = 0;
  private blockedKey = 0;
  private blockedEnd = POINT;
  private blockedMode: LockMode = SHARED;

  constructor(locks: LockTable) {
    this.locks = locks;
  }

  /**
   * Speaks for `owner` from now on.
   * @param keeps whether what is asked for is locked, until `LockTable.releaseAll`
   */
  enter(owner: number, keeps: boolean): void {
    this.owner = owner;
    this.keeps = keeps;
  }

  /** Whether any question can be refused, or its answer must be kept. */
  get mustAsk(): boolean {
    return this.keeps || this.locks.held > 0;
  }

  /** Asks to read a row that was found. */
  read(table: Table, row: number): boolean {
    return this.point(table.id, row, SHARED);
  }

  /** Asks to change a row that was found. */
  write(table: Table, row: number): boolean {
    return this.point(table.id, row, EXCLUSIVE);
  }

  /** Asks to rely on a key being absent. For a key that is present the row is what to ask for. */
  readKey(index: HashIndex | DirectIndex | OrderedIndex, key: number): boolean {
    return this.point(index.lockSpace, key, SHARED);
  }

  /** Asks to rely on which keys are there from `low` up to, and without, `end`. The rows found are to be asked for, too. */
  readRange(index: OrderedIndex, low: number, end: number): boolean {
    const oldest = this.locks.rangeConflict(index.lockSpace, low, end, this.owner);
    if (oldest !== NO_CONFLICT) return this.refuse(index.lockSpace, low, end, SHARED, oldest);
    if (this.keeps) this.locks.lockRange(index.lockSpace, low, end, this.owner);
    return true;
  }

  /** Asks to insert a row that is allocated and put, before `Transaction.insert`. Who is refused gives the slot back (`Table.free`). */
  insert(table: Table, row: number): boolean {
    return this.keysOf(table, row);
  }

  /** Asks to delete a row that was found, before `Transaction.delete`. */
  delete(table: Table, row: number): boolean {
    return this.keysOf(table, row);
  }

  /**
   * Stands in line at the place of the last refusal: who is younger gives up there from now on.
   * @param place receives where that is
   */
  wait(place: RefusedPlace): void {
    const { locks, owner, blockedSpace, blockedKey, blockedEnd } = this;
    place.space = blockedSpace;
    place.key = blockedKey;
    place.end = blockedEnd;
    place.mode = this.blockedMode;
    if (blockedEnd === POINT) locks.wait(blockedSpace, blockedKey, this.blockedMode, owner);
    else locks.waitRange(blockedSpace, blockedKey, blockedEnd, owner);
  }

  /** Stamp of the oldest who would refuse `owner` there again, or NO_CONFLICT. */
  refusal(place: RefusedPlace, owner: number): number {
    const { locks } = this;
    return place.end === POINT
      ? locks.conflict(place.space, place.key, place.mode, owner)
      : locks.rangeConflict(place.space, place.key, place.end, owner);
  }

  /** Whether `owner` would be refused there again. */
  isRefused(place: RefusedPlace, owner: number): boolean {
    return this.refusal(place, owner) !== NO_CONFLICT;
  }

  /** Row and keys change hands together: who reads a key by any index of the table meets the change. */
  private keysOf(table: Table, row: number): boolean {
    const { hashIndexes, directIndexes, orderedIndexes } = table;
    const int32s = table.int32sOf(row);
    const base = table.int32Base(row);
    if (!this.point(table.id, row, EXCLUSIVE)) return false;
    for (const index of hashIndexes) {
      if (!this.point(index.lockSpace, index.key.ofRow(int32s, base), EXCLUSIVE)) return false;
    }
    for (const index of directIndexes) {
      if (!this.point(index.lockSpace, index.key.ofRow(int32s, base), EXCLUSIVE)) return false;
    }
    for (const index of orderedIndexes) {
      if (!this.point(index.lockSpace, index.key.ofRow(int32s, base), EXCLUSIVE)) return false;
    }
    return true;
  }

  private point(space: number, key: number, mode: LockMode): boolean {
    const oldest = this.locks.conflict(space, key, mode, this.owner);
    if (oldest !== NO_CONFLICT) return this.refuse(space, key, POINT, mode, oldest);
    if (this.keeps) this.locks.lock(space, key, mode, this.owner);
    return true;
  }

  private refuse(space: number, key: number, end: number, mode: LockMode, oldest: number): false {
    this.blockedSpace = space;
    this.blockedKey = key;
    this.blockedEnd = end;
    this.blockedMode = mode;
    this.blockedBy = oldest;
    return false;
  }
}
