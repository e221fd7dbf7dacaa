import { describe, expect, it } from 'vitest';
import type { RefusedPlace } from './access.ts';
import { EXCLUSIVE, NO_CONFLICT, SHARED } from './lock-table.ts';
import { Partition } from './partition.ts';
import type { Table } from './table.ts';
import { BOOKING } from './testing/schemas.ts';
import { putValue } from './testing/twin-writer.ts';
import type { Transaction } from './transaction.ts';

const OLD = 0;
const YOUNG = 1;
const YOUNGEST = 2;
const STAMPS = [10, 20, 30];

/** What a booking is found by: one value for each index. */
interface Keys {
  row: number;
  seat: number;
  number: number;
  guest: number;
  ticket: number;
}

/** A booking that is there, one that nobody has made, and one that is far from both. */
const THERE: Keys = { row: 10, seat: 10, number: 10, guest: 10, ticket: 10 };
const ABSENT: Keys = { row: 20, seat: 20, number: 20, guest: 20, ticket: 20 };
const FAR: Keys = { row: 60, seat: 60, number: 60, guest: 60, ticket: 60 };
const INDEXES = ['bySeat', 'byTicket', 'primary', 'byGuest', 'byRow'] as const;
const ORDERED = ['byGuest', 'byRow'] as const;

class Fixture {
  readonly partition = new Partition();
  readonly table: Table;
  readonly transaction: Transaction;
  readonly there: number;

  constructor() {
    this.table = this.partition.createTable(BOOKING);
    this.transaction = this.partition.newTransaction();
    STAMPS.forEach((stamp, owner) => {
      this.partition.locks.enter(owner, stamp);
    });
    this.there = this.put(THERE);
    expect(this.transaction.insert(this.table, this.there)).toBe(true);
    this.transaction.commit();
  }

  /** A row that is allocated and put, and in no index. */
  put({ row, seat, number, guest, ticket }: Keys): number {
    const slot = this.table.allocate();
    [100, 1, row, seat, number, guest, ticket, 'note', null, 0].forEach((value, column) => {
      putValue(this.table, slot, column, value);
    });
    return slot;
  }

  index(name: (typeof INDEXES)[number]) {
    const { table } = this;
    if (name === 'primary') return table.hashIndex(name);
    return name === 'byGuest' || name === 'byRow' ? table.orderedIndex(name) : table.directIndex(name);
  }

  /** Key of a booking in an index. */
  key(name: (typeof INDEXES)[number], { row, seat, number, guest, ticket }: Keys): number {
    const { key } = this.index(name);
    const keys = { bySeat: key.of3(1, row, seat), byTicket: ticket, primary: number, byGuest: guest, byRow: row };
    return keys[name];
  }
}

type Question = (fixture: Fixture) => boolean;

const read: Question = ({ partition, table, there }) => partition.access.read(table, there);
const write: Question = ({ partition, table, there }) => partition.access.write(table, there);
const remove: Question = ({ partition, table, there }) => partition.access.delete(table, there);
const insert =
  (keys: Keys): Question =>
  (fixture) =>
    fixture.partition.access.insert(fixture.table, fixture.put(keys));
const readKey =
  (name: (typeof INDEXES)[number], keys: Keys): Question =>
  (fixture) =>
    fixture.partition.access.readKey(fixture.index(name), fixture.key(name, keys));
const readRange =
  (name: (typeof ORDERED)[number], keys: Keys): Question =>
  (fixture) => {
    const low = fixture.key(name, keys);
    return fixture.partition.access.readRange(fixture.table.orderedIndex(name), low, low + 1);
  };

/** Shares nothing with `keys` but what `name` finds it by. */
const sharingOnly = (name: (typeof INDEXES)[number], keys: Keys): Keys => {
  if (name === 'bySeat') return { ...FAR, row: keys.row, seat: keys.seat };
  const column = { byTicket: 'ticket', primary: 'number', byGuest: 'guest', byRow: 'row' } as const;
  return { ...FAR, [column[name]]: keys[column[name]] };
};

/** Every kind of question, and with which of them it cannot go together; the relation is symmetric. */
const QUESTIONS: Record<string, Question> = {
  'read the row': read,
  'write the row': write,
  'delete the row': remove,
  'insert the absent one': insert(ABSENT),
  'insert one far away': insert(FAR),
};
const CLASHES: [string, string][] = [
  ['read the row', 'write the row'],
  ['read the row', 'delete the row'],
  ['write the row', 'write the row'],
  ['write the row', 'delete the row'],
  ['delete the row', 'delete the row'],
  ['insert the absent one', 'insert the absent one'],
  ['insert one far away', 'insert one far away'],
];
for (const name of INDEXES) {
  QUESTIONS[`rely on no key in ${name}`] = readKey(name, ABSENT);
  QUESTIONS[`insert the same in ${name}`] = insert(sharingOnly(name, ABSENT));
  CLASHES.push(['insert the absent one', `rely on no key in ${name}`]);
  CLASHES.push(['insert the absent one', `insert the same in ${name}`]);
  CLASHES.push([`rely on no key in ${name}`, `insert the same in ${name}`]);
  // They have everything but one key in common with the one that is far away.
  CLASHES.push(['insert one far away', `insert the same in ${name}`]);
  for (const other of INDEXES) CLASHES.push([`insert the same in ${name}`, `insert the same in ${other}`]);
}
// The seat is one of its row: the row's index finds both.
CLASHES.push(['insert the same in bySeat', 'rely on no key in byRow']);
for (const name of ORDERED) {
  QUESTIONS[`scan the row's key in ${name}`] = readRange(name, THERE);
  QUESTIONS[`scan the absent key in ${name}`] = readRange(name, ABSENT);
  QUESTIONS[`scan far away in ${name}`] = readRange(name, FAR);
  CLASHES.push(['delete the row', `scan the row's key in ${name}`]);
  CLASHES.push(['insert the absent one', `scan the absent key in ${name}`]);
  CLASHES.push(['insert one far away', `scan far away in ${name}`]);
  for (const inserted of INDEXES) {
    const sharesKey = inserted === name || (name === 'byRow' && inserted === 'bySeat');
    const scanned = sharesKey ? 'the absent key' : 'far away';
    CLASHES.push([`insert the same in ${inserted}`, `scan ${scanned} in ${name}`]);
  }
}

const clash = (one: string, other: string): boolean =>
  CLASHES.some(([a, b]) => (a === one && b === other) || (a === other && b === one));

function ask({ partition }: Fixture, owner: number, keeps: boolean): void {
  partition.access.enter(owner, keeps);
}

describe('Access', () => {
  const pairs = Object.keys(QUESTIONS).flatMap((held) => Object.keys(QUESTIONS).map((asked) => ({ held, asked })));

  it.each([
    ['tests', false],
    ['keeps', true],
  ])('answers every question against everything that another holds, where it only %s', (_, keeps) => {
    for (const { held, asked } of pairs) {
      const fixture = new Fixture();
      const { locks, access } = fixture.partition;
      ask(fixture, OLD, true);
      expect(QUESTIONS[held](fixture), held).toBe(true);
      const before = locks.held;
      expect(before, held).toBeGreaterThan(0);
      ask(fixture, YOUNG, keeps);
      const pair = `"${held}" against "${asked}"`;
      expect(QUESTIONS[asked](fixture), pair).toBe(!clash(held, asked));
      if (clash(held, asked)) expect(access.blockedBy, pair).toBe(STAMPS[OLD]);
      if (!keeps) expect(locks.held, pair).toBe(before);
      else if (!clash(held, asked)) expect(locks.held, pair).toBeGreaterThan(before);
      // What one asks twice is no obstacle to oneself.
      ask(fixture, OLD, keeps);
      if (!clash(held, asked)) expect(QUESTIONS[held](fixture), pair).toBe(true);
    }
  });

  it('refuses nothing any more once the holder has let go', () => {
    for (const { held, asked } of pairs) {
      const fixture = new Fixture();
      ask(fixture, OLD, true);
      QUESTIONS[held](fixture);
      fixture.partition.locks.releaseAll(OLD);
      expect(fixture.partition.locks.held).toBe(0);
      ask(fixture, YOUNG, false);
      expect(QUESTIONS[asked](fixture), `"${held}", then "${asked}"`).toBe(true);
    }
  });

  it.each([
    ['insert', insert(ABSENT), ABSENT],
    ['delete', remove, THERE],
  ])('asks for the row and for all keys of what it is to %s, and keeps them', (_, question, keys) => {
    const fixture = new Fixture();
    const { locks } = fixture.partition;
    const slot = question === remove ? fixture.there : fixture.table.rowBound;
    ask(fixture, YOUNG, true);
    expect(question(fixture)).toBe(true);
    expect(locks.has(fixture.table.id, slot, EXCLUSIVE, YOUNG)).toBe(true);
    for (const name of INDEXES) {
      expect(locks.has(fixture.index(name).lockSpace, fixture.key(name, keys), EXCLUSIVE, YOUNG), name).toBe(true);
    }
    expect(locks.held).toBe(1 + INDEXES.length);
  });

  it('keeps what it asked for as weak as it was asked, and nothing twice', () => {
    const fixture = new Fixture();
    const { locks } = fixture.partition;
    ask(fixture, YOUNG, true);
    for (let i = 0; i < 3; i++) {
      expect(read(fixture)).toBe(true);
      expect(readRange('byRow', THERE)(fixture)).toBe(true);
      expect(readKey('primary', ABSENT)(fixture)).toBe(true);
    }
    expect(locks.held).toBe(3);
    expect(locks.has(fixture.table.id, fixture.there, EXCLUSIVE, YOUNG)).toBe(false);
    ask(fixture, OLD, false);
    expect(read(fixture)).toBe(true);
    expect(write(fixture)).toBe(false);
  });

  it('has no question while nobody holds anything, unless the answer must be kept', () => {
    const fixture = new Fixture();
    const { access, locks } = fixture.partition;
    ask(fixture, YOUNG, false);
    expect(access.mustAsk).toBe(false);
    ask(fixture, YOUNG, true);
    expect(access.mustAsk).toBe(true);
    expect(read(fixture)).toBe(true);
    ask(fixture, OLD, false);
    expect(access.mustAsk).toBe(true);
    locks.releaseAll(YOUNG);
    expect(access.mustAsk).toBe(false);
  });

  it('lets no index and no table be mistaken for another', () => {
    const partition = new Partition();
    const tables = [BOOKING, { ...BOOKING, name: 'OTHER' }].map((definition) => partition.createTable(definition));
    const indexes = tables.flatMap((table) => [...table.hashIndexes, ...table.directIndexes, ...table.orderedIndexes]);
    expect(new Set(indexes.map((index) => index.lockSpace)).size).toBe(2 * INDEXES.length);
    STAMPS.forEach((stamp, owner) => {
      partition.locks.enter(owner, stamp);
    });
    for (const held of indexes) {
      for (const asked of indexes) {
        partition.locks.lock(held.lockSpace, 5, EXCLUSIVE, OLD);
        partition.access.enter(YOUNG, false);
        expect(partition.access.readKey(asked, 5)).toBe(held !== asked);
        partition.locks.releaseAll(OLD);
      }
    }
  });
});

describe('waiting', () => {
  const place: RefusedPlace = { space: 0, key: 0, end: 0, mode: SHARED };

  it.each([
    ['a row to read', write, read, 'write the row'],
    ['a row to write', read, write, 'read the row'],
    ['a key to rely on', insert(ABSENT), readKey('primary', ABSENT), 'insert the absent one'],
    ['a range to scan', insert(ABSENT), readRange('byRow', ABSENT), 'insert the same in byRow'],
    ['keys to insert', readRange('byGuest', ABSENT), insert(ABSENT), 'scan the absent key in byGuest'],
    ['a row to delete', read, remove, 'read the row'],
  ])('for %s ends when the holder lets go, and makes younger ones give up meanwhile', (_, held, asked, younger) => {
    const fixture = new Fixture();
    const { locks, access } = fixture.partition;
    ask(fixture, YOUNGEST, true);
    expect(held(fixture)).toBe(true);
    ask(fixture, OLD, true);
    expect(asked(fixture)).toBe(false);
    expect(access.blockedBy).toBe(STAMPS[YOUNGEST]);
    access.wait(place);
    expect(access.isRefused(place, OLD)).toBe(true);
    expect(access.refusal(place, OLD)).toBe(STAMPS[YOUNGEST]);

    // Somebody between the two: what goes with the holder does not go with the one who waits.
    ask(fixture, YOUNG, false);
    expect(QUESTIONS[younger](fixture)).toBe(false);
    expect(access.blockedBy).toBe(STAMPS[OLD]);
    locks.releaseAll(YOUNGEST);
    expect(access.isRefused(place, OLD)).toBe(false);
    expect(access.refusal(place, OLD)).toBe(NO_CONFLICT);
    ask(fixture, YOUNG, false);
    expect(QUESTIONS[younger](fixture)).toBe(false);

    locks.stopWaiting(OLD);
    ask(fixture, OLD, true);
    expect(asked(fixture)).toBe(true);
  });

  it('stands in nobody older its way', () => {
    const fixture = new Fixture();
    const { access, locks } = fixture.partition;
    ask(fixture, YOUNGEST, true);
    expect(read(fixture)).toBe(true);
    ask(fixture, YOUNG, true);
    expect(write(fixture)).toBe(false);
    access.wait(place);
    ask(fixture, OLD, false);
    expect(read(fixture)).toBe(true);
    locks.enter(YOUNGEST + 1, NO_CONFLICT);
    access.enter(YOUNGEST + 1, false);
    expect(read(fixture)).toBe(false);
    expect(access.blockedBy).toBe(STAMPS[YOUNG]);
  });

  it('tells a row from a range in the place that it fills', () => {
    const fixture = new Fixture();
    const { access, locks } = fixture.partition;
    ask(fixture, YOUNGEST, true);
    expect(insert(ABSENT)(fixture)).toBe(true);
    ask(fixture, YOUNG, true);
    expect(readRange('byRow', ABSENT)(fixture)).toBe(false);
    access.wait(place);
    const { lockSpace } = fixture.table.orderedIndex('byRow');
    const low = fixture.key('byRow', ABSENT);
    expect(place).toEqual({ space: lockSpace, key: low, end: low + 1, mode: SHARED });
    locks.releaseAll(YOUNG);
    ask(fixture, YOUNGEST, true);
    expect(write(fixture)).toBe(true);
    ask(fixture, YOUNG, true);
    expect(write(fixture)).toBe(false);
    access.wait(place);
    expect(place).toMatchObject({ space: fixture.table.id, key: fixture.there, mode: EXCLUSIVE });
    expect(access.isRefused(place, YOUNG)).toBe(true);
    expect(access.isRefused(place, YOUNGEST)).toBe(true);
    locks.stopWaiting(YOUNG);
    expect(access.isRefused(place, YOUNGEST)).toBe(false);
    expect(access.isRefused(place, YOUNG)).toBe(true);
  });
});
