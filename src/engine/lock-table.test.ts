import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EXCLUSIVE, type LockMode, LockTable, NO_CONFLICT, SHARED } from './lock-table.ts';
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
const anyMode = fc.constantFrom<LockMode>(SHARED, EXCLUSIVE);
const anyOwner = fc.integer({ min: 0, max: OWNERS - 1 });
const anySpace = fc.constantFrom(0, 1, MOST_IDS, MOST_IDS + 1);
const anyKey = fc.oneof(fc.integer({ min: 0, max: 12 }), fc.constantFrom(2 ** 40, 2 ** 53 - 2));
const anyStep = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.constant('lock' as const), anyOwner, anySpace, anyKey, anyMode) },
  { weight: 3, arbitrary: fc.tuple(fc.constant('range' as const), anyOwner, anySpace, anyKey, anyMode) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('release' as const), anyOwner, anySpace, anyKey, anyMode) },
);

describe('LockTable against a plain list', () => {
  it('answers alike after any locks, waits and releases', () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray([10, 20, 30, 40, 50], { minLength: OWNERS }),
        fc.array(anyStep, { maxLength: 120 }),
        (stamps, steps) => {
          const table = new LockTable();
          const plain = new PlainLocks(stamps);
          stamps.forEach((stamp, owner) => {
            table.enter(owner, stamp);
          });
          for (const [kind, owner, space, key, mode] of steps) {
            if (kind === 'release') {
              const onlyWaits = mode === SHARED;
              if (onlyWaits) table.stopWaiting(owner);
              else table.releaseAll(owner);
              plain.entries = plain.entries.filter((entry) => entry.owner !== owner || (onlyWaits && !entry.waits));
            } else if (kind === 'range') {
              if (space < MOST_IDS) continue;
              const conflict = table.rangeConflict(space, key, key + 4, owner);
              expect(conflict).toBe(plain.rangeConflict(space, key, key + 4, owner));
              if (conflict !== NO_CONFLICT) continue;
              table.lockRange(space, key, key + 4, owner);
              plain.entries.push({ space, low: key, end: key + 4, mode: SHARED, owner, waits: false });
            } else {
              const conflict = table.conflict(space, key, mode, owner);
              expect(conflict).toBe(plain.conflict(space, key, mode, owner));
              const waits = conflict !== NO_CONFLICT;
              if (waits && stamps[owner] > conflict) continue;
              if (waits) table.wait(space, key, mode, owner);
              else table.lock(space, key, mode, owner);
              const same = plain.entries.some(
                (entry) =>
                  !waits &&
                  !entry.waits &&
                  entry.end === null &&
                  entry.owner === owner &&
                  entry.space === space &&
                  entry.low === key &&
                  entry.mode >= mode,
              );
              if (!same) plain.entries.push({ space, low: key, end: null, mode, owner, waits });
            }
            expect(table.held).toBe(plain.entries.length);
          }
        },
      ),
      { seed: 5, numRuns: 500 },
    );
  });
});
