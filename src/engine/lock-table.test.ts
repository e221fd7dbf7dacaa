import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DOUBTFUL, EXCLUSIVE, type LockMode, LockTable, NO_CONFLICT, SHARED } from './lock-table.ts';
import { MemoryBudget } from './memory-budget.ts';
import { heldBytes } from './testing/held-bytes.ts';
import { MOST_IDS } from './write-tag.ts';

const INDEX = MOST_IDS + 3;

/** Owners 0..n-1 with the stamps 10, 20, ...: owner 0 is the oldest. */
function newTable(owners = 4): LockTable {
  const table = new LockTable();
  for (let owner = 0; owner < owners; owner++) table.enter(owner, 10 * (owner + 1));
  return table;
}

describe('LockTable', () => {
  it('lets readers share and keeps a writer alone, whatever the row or key', () => {
    const table = newTable();
    table.lock(1, 7, SHARED, 0);
    expect(table.conflict(1, 7, SHARED, 1)).toBe(NO_CONFLICT);
    expect(table.conflict(1, 7, EXCLUSIVE, 1)).toBe(10);
    expect(table.conflict(1, 8, EXCLUSIVE, 1)).toBe(NO_CONFLICT);
    expect(table.conflict(2, 7, EXCLUSIVE, 1)).toBe(NO_CONFLICT);
    table.lock(2, 7, EXCLUSIVE, 1);
    expect(table.conflict(2, 7, SHARED, 2)).toBe(20);
    expect(table.conflict(2, 7, EXCLUSIVE, 1)).toBe(NO_CONFLICT);
  });

  it('names the oldest in the way, so that only somebody older than all of them waits', () => {
    const table = newTable();
    table.lock(1, 7, SHARED, 2);
    table.lock(1, 7, SHARED, 1);
    expect(table.conflict(1, 7, EXCLUSIVE, 0)).toBe(20);
    expect(table.conflict(1, 7, EXCLUSIVE, 3)).toBe(20);
    expect(table.conflict(1, 7, EXCLUSIVE, 1)).toBe(30);
  });

  it('has an upgrade of a shared lock conflict with the other readers alone', () => {
    const table = newTable();
    table.lock(1, 7, SHARED, 1);
    expect(table.conflict(1, 7, EXCLUSIVE, 1)).toBe(NO_CONFLICT);
    table.lock(1, 7, EXCLUSIVE, 1);
    expect(table.has(1, 7, EXCLUSIVE, 1)).toBe(true);
    expect(table.conflict(1, 7, SHARED, 0)).toBe(20);
  });

  it('lets who waits stand in the way of younger ones and not of older ones', () => {
    const table = newTable();
    table.lock(1, 7, SHARED, 3);
    table.wait(1, 7, EXCLUSIVE, 1);
    expect(table.conflict(1, 7, SHARED, 2)).toBe(20);
    expect(table.conflict(1, 7, SHARED, 0)).toBe(NO_CONFLICT);
    table.stopWaiting(1);
    expect(table.conflict(1, 7, SHARED, 2)).toBe(NO_CONFLICT);
    expect(table.has(1, 7, SHARED, 3)).toBe(true);
  });

  it('keeps inserts and deletes out of scanned ranges, and scans out of undecided keys', () => {
    const table = newTable();
    table.lockRange(INDEX, 100, 200, 1);
    expect(table.conflict(INDEX, 99, EXCLUSIVE, 2)).toBe(NO_CONFLICT);
    expect(table.conflict(INDEX, 100, EXCLUSIVE, 2)).toBe(20);
    expect(table.conflict(INDEX, 199, EXCLUSIVE, 2)).toBe(20);
    expect(table.conflict(INDEX, 200, EXCLUSIVE, 2)).toBe(NO_CONFLICT);
    expect(table.conflict(INDEX, 150, SHARED, 2)).toBe(NO_CONFLICT);
    expect(table.conflict(INDEX, 150, EXCLUSIVE, 1)).toBe(NO_CONFLICT);
    table.lock(INDEX, 250, EXCLUSIVE, 2);
    expect(table.rangeConflict(INDEX, 200, 251, 1)).toBe(30);
    expect(table.rangeConflict(INDEX, 200, 250, 1)).toBe(NO_CONFLICT);
    expect(table.rangeConflict(INDEX + 1, 200, 251, 1)).toBe(NO_CONFLICT);
    expect(table.rangeConflict(INDEX, 200, 251, 2)).toBe(NO_CONFLICT);
  });

  it('releases everything of one owner and nothing of another', () => {
    const table = newTable();
    for (let key = 0; key < 1000; key++) table.lock(1, key, SHARED, key % 2);
    table.lockRange(INDEX, 0, 10, 0);
    table.lockRange(INDEX, 0, 10, 1);
    table.releaseAll(0);
    expect(table.held).toBe(501);
    for (let key = 0; key < 1000; key++) expect(table.has(1, key, SHARED, key % 2)).toBe(key % 2 === 1);
    expect(table.conflict(INDEX, 5, EXCLUSIVE, 2)).toBe(20);
    table.releaseAll(1);
    expect(table.held).toBe(0);
    expect(table.conflict(INDEX, 5, EXCLUSIVE, 2)).toBe(NO_CONFLICT);
    table.enter(0, 99);
    expect(() => table.enter(1, 98)).not.toThrow();
  });

  it('has a waiting scan stand in the way of younger inserts and deletes alone', () => {
    const table = newTable();
    table.lock(INDEX, 150, EXCLUSIVE, 3);
    table.waitRange(INDEX, 100, 200, 1);
    expect(table.conflict(INDEX, 120, EXCLUSIVE, 2)).toBe(20);
    expect(table.conflict(INDEX, 120, EXCLUSIVE, 0)).toBe(NO_CONFLICT);
    expect(table.conflict(INDEX, 120, SHARED, 2)).toBe(NO_CONFLICT);
    expect(table.rangeConflict(INDEX, 120, 130, 2)).toBe(NO_CONFLICT);
    expect(table.conflict(INDEX, 200, EXCLUSIVE, 2)).toBe(NO_CONFLICT);
    table.stopWaiting(1);
    expect(table.conflict(INDEX, 120, EXCLUSIVE, 2)).toBe(NO_CONFLICT);
  });

  it('takes the same lock of the same owner twice as one', () => {
    const table = newTable();
    for (let i = 0; i < 3; i++) {
      table.lock(1, 7, SHARED, 0);
      table.lockRange(INDEX, 5, 9, 0);
    }
    expect(table.held).toBe(2);
    table.lockRange(INDEX, 5, 10, 0);
    table.lockRange(INDEX + 1, 5, 9, 0);
    table.lockRange(INDEX, 5, 9, 1);
    table.lock(1, 7, EXCLUSIVE, 0);
    expect(table.held).toBe(6);
    // What waits for a range does not hold it.
    table.waitRange(INDEX, 20, 30, 2);
    table.lockRange(INDEX, 20, 30, 2);
    table.stopWaiting(2);
    expect(table.conflict(INDEX, 25, EXCLUSIVE, 3)).toBe(30);
    expect(table.held).toBe(7);
  });

  it('counts every release, and nothing else, for those who look again then', () => {
    const table = newTable();
    table.lock(1, 7, SHARED, 0);
    table.waitRange(INDEX, 0, 5, 0);
    table.releaseAll(1);
    table.stopWaiting(2);
    expect(table.changes).toBe(0);
    table.stopWaiting(0);
    const once = table.changes;
    expect(once).toBeGreaterThan(0);
    table.releaseAll(0);
    expect(table.changes).toBeGreaterThan(once);
    const twice = table.changes;
    table.releaseAll(0);
    expect(table.changes).toBe(twice);
  });

  it('has those who wait look again when somebody takes a lock, which may be an older one that goes past them', () => {
    const table = newTable();
    table.lock(1, 7, SHARED, 3);
    expect(table.changes).toBe(0);
    table.wait(1, 7, EXCLUSIVE, 1);
    expect(table.conflict(1, 7, EXCLUSIVE, 1)).toBe(40);
    const before = table.changes;
    expect(table.conflict(1, 7, SHARED, 0)).toBe(NO_CONFLICT);
    table.lock(1, 7, SHARED, 0);
    expect(table.changes).toBeGreaterThan(before);
    expect(table.conflict(1, 7, EXCLUSIVE, 1)).toBe(10);
    table.stopWaiting(1);
    const { changes } = table;
    table.lock(1, 8, SHARED, 0);
    expect(table.changes).toBe(changes);
  });

  it('has a holder in doubt in the way of everybody, and nobody old enough to wait for it', () => {
    const table = newTable();
    table.lock(1, 7, EXCLUSIVE, 3);
    table.lock(INDEX, 5, EXCLUSIVE, 3);
    table.lock(1, 8, SHARED, 2);
    const { changes } = table;
    table.doubt(3);
    expect(table.changes).toBeGreaterThan(changes);
    for (const owner of [0, 1, 2]) {
      expect(table.conflict(1, 7, SHARED, owner)).toBe(DOUBTFUL);
      expect(table.rangeConflict(INDEX, 0, 9, owner)).toBe(DOUBTFUL);
    }
    expect(DOUBTFUL).toBeLessThan(0);
    expect(table.conflict(1, 8, EXCLUSIVE, 0)).toBe(30);
    table.releaseAll(3);
    table.enter(3, 40);
    expect(table.conflict(1, 7, SHARED, 0)).toBe(NO_CONFLICT);
  });

  it('counts its memory, which no limit refuses', () => {
    const budget = new MemoryBudget(60_000);
    const table = new LockTable(budget);
    const first = budget.usedBytes;
    expect(first).toBe(heldBytes(table));
    table.enter(0, 1);
    for (let key = 0; key < 5000; key++) table.lock(1, key, EXCLUSIVE, 0);
    expect(budget.usedBytes).toBe(heldBytes(table));
    expect(budget.usedBytes).toBeGreaterThan(budget.limitBytes);
    expect(budget.enforcing).toBe(true);
    for (let key = 0; key < 5000; key++) expect(table.has(1, key, EXCLUSIVE, 0)).toBe(true);
    table.releaseAll(0);
    const used = budget.usedBytes;
    for (let key = 0; key < 5000; key++) table.lock(1, key, EXCLUSIVE, 0);
    expect(budget.usedBytes).toBe(used);
  });

  it('refuses a new life for an owner that still holds locks', () => {
    const table = newTable();
    table.lock(1, 7, SHARED, 0);
    expect(() => table.enter(0, 50)).toThrow('still has locks');
  });
});

/** The same rules on plain lists, asked one by one. */
class PlainLocks {
  entries: { space: number; low: number; end: number | null; mode: LockMode; owner: number; waits: boolean }[] = [];
  readonly stamps: number[];

  constructor(stamps: number[]) {
    this.stamps = stamps;
  }

  private oldest(owner: number, inTheWay: (entry: PlainLocks['entries'][number]) => boolean): number {
    const stamps = this.entries
      .filter((entry) => entry.owner !== owner && inTheWay(entry))
      .filter((entry) => !entry.waits || this.stamps[entry.owner] < this.stamps[owner])
      .map((entry) => this.stamps[entry.owner]);
    return Math.min(NO_CONFLICT, ...stamps);
  }

  conflict(space: number, key: number, mode: LockMode, owner: number): number {
    return this.oldest(owner, (entry) => {
      if (entry.space !== space) return false;
      if (entry.end !== null) return mode === EXCLUSIVE && entry.low <= key && key < entry.end;
      return entry.low === key && (mode === EXCLUSIVE || entry.mode === EXCLUSIVE);
    });
  }

  rangeConflict(space: number, low: number, end: number, owner: number): number {
    return this.oldest(
      owner,
      (entry) =>
        entry.space === space && entry.end === null && entry.mode === EXCLUSIVE && entry.low >= low && entry.low < end,
    );
  }
}

const OWNERS = 5;
type StepKind = 'lock' | 'range' | 'stopWaiting' | 'release';
const anyMode = fc.constantFrom<LockMode>(SHARED, EXCLUSIVE);
const anyOwner = fc.integer({ min: 0, max: OWNERS - 1 });
const anySpace = fc.constantFrom(0, 1, MOST_IDS, MOST_IDS + 1);
const anyKey = fc.oneof(fc.integer({ min: 0, max: 12 }), fc.constantFrom(2 ** 40, 2 ** 53 - 8));
const anyLength = fc.integer({ min: 1, max: 6 });
const step = (kind: StepKind) => fc.tuple(fc.constant(kind), anyOwner, anySpace, anyKey, anyMode, anyLength);
const anyStep = fc.oneof(
  { weight: 6, arbitrary: step('lock') },
  { weight: 4, arbitrary: step('range') },
  { weight: 1, arbitrary: step('stopWaiting') },
  { weight: 1, arbitrary: step('release') },
);

/** Both as the protocol uses them: a lock where nobody is in the way, a wait where only younger ones are. */
class Pair {
  readonly table = new LockTable();
  readonly plain: PlainLocks;

  constructor(stamps: number[]) {
    this.plain = new PlainLocks(stamps);
    stamps.forEach((stamp, owner) => {
      this.table.enter(owner, stamp);
    });
  }

  lock(owner: number, space: number, key: number, mode: LockMode): void {
    const { table, plain } = this;
    const conflict = table.conflict(space, key, mode, owner);
    expect(conflict).toBe(plain.conflict(space, key, mode, owner));
    const waits = conflict !== NO_CONFLICT;
    if (waits && plain.stamps[owner] > conflict) return;
    const held = plain.entries.some(
      (entry) =>
        entry.owner === owner &&
        entry.space === space &&
        entry.end === null &&
        entry.low === key &&
        entry.mode >= mode &&
        !entry.waits,
    );
    expect(table.has(space, key, mode, owner)).toBe(held);
    if (waits) table.wait(space, key, mode, owner);
    else table.lock(space, key, mode, owner);
    if (waits || !held) plain.entries.push({ space, low: key, end: null, mode, owner, waits });
  }

  range(owner: number, space: number, low: number, end: number): void {
    const { table, plain } = this;
    if (space < MOST_IDS) return;
    const conflict = table.rangeConflict(space, low, end, owner);
    expect(conflict).toBe(plain.rangeConflict(space, low, end, owner));
    const waits = conflict !== NO_CONFLICT;
    if (waits && plain.stamps[owner] > conflict) return;
    const held = plain.entries.some(
      (entry) =>
        entry.owner === owner && entry.space === space && entry.low === low && entry.end === end && !entry.waits,
    );
    if (waits) table.waitRange(space, low, end, owner);
    else table.lockRange(space, low, end, owner);
    if (waits || !held) plain.entries.push({ space, low, end, mode: SHARED, owner, waits });
  }

  release(owner: number, onlyWaits: boolean): void {
    const { table, plain } = this;
    const before = plain.entries.length;
    const changes = table.changes;
    if (onlyWaits) table.stopWaiting(owner);
    else table.releaseAll(owner);
    plain.entries = plain.entries.filter((entry) => entry.owner !== owner || (onlyWaits && !entry.waits));
    expect(table.changes > changes).toBe(plain.entries.length < before);
  }

  /** What lets a test in an empty space end early must be exact. */
  expectCounters(): void {
    const { table, plain } = this;
    expect(table.held).toBe(plain.entries.length);
    for (const space of [0, 1, MOST_IDS, MOST_IDS + 1]) {
      const points = plain.entries.filter((entry) => entry.space === space && entry.end === null);
      expect(table['points'][space]).toBe(points.length);
      if (space < MOST_IDS) continue;
      const exclusive = points.filter((entry) => entry.mode === EXCLUSIVE);
      expect(table['exclusiveKeys'][space - MOST_IDS]).toBe(exclusive.length);
    }
  }
}

describe('LockTable against a plain list', () => {
  it('answers alike after any locks, waits and releases', () => {
    let waits = 0;
    fc.assert(
      fc.property(
        fc.shuffledSubarray([10, 20, 30, 40, 50], { minLength: OWNERS }),
        fc.array(anyStep, { maxLength: 120, size: 'max' }),
        (stamps, steps) => {
          const pair = new Pair(stamps);
          for (const [kind, owner, space, key, mode, length] of steps) {
            if (kind === 'lock') pair.lock(owner, space, key, mode);
            else if (kind === 'range') pair.range(owner, space, key, key + length);
            else pair.release(owner, kind === 'stopWaiting');
            pair.expectCounters();
          }
          waits += pair.plain.entries.filter((entry) => entry.waits && entry.end !== null).length;
          for (let owner = 0; owner < OWNERS; owner++) pair.release(owner, false);
          pair.expectCounters();
          expect(pair.table['ranges']).toBe(-1);
        },
      ),
      { seed: 5, numRuns: 300 },
    );
    expect(waits).toBeGreaterThan(50);
  });
});
