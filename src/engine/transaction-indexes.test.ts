import { describe, expect, it } from 'vitest';
import { OperatingFault } from '../errors.ts';
import { Partition } from './partition.ts';
import { int32, type TableDefinition } from './schema.ts';
import type { Table } from './table.ts';
import { freeSlots, partitionDifference } from './testing/compare.ts';
import { heldBytes } from './testing/held-bytes.ts';
import { PlainPartition, type PlainRow } from './testing/plain-model.ts';
import { BOOKING } from './testing/schemas.ts';
import { putValue } from './testing/twin-writer.ts';
import type { Transaction } from './transaction.ts';

const part = (column: string) => [{ column, range: 20_000 }];

/** Two indexes of each kind that refuse equal keys, each over a column of its own, and one that allows them. */
const SIX: TableDefinition = {
  name: 'SIX',
  columns: { A: int32, B: int32, C: int32, D: int32, E: int32, F: int32, G: int32 },
  indexes: {
    a: { kind: 'hash', key: part('A') },
    b: { kind: 'hash', key: part('B') },
    c: { kind: 'direct', key: part('C') },
    d: { kind: 'direct', key: part('D') },
    e: { kind: 'ordered', key: part('E'), unique: false },
    f: { kind: 'ordered', key: part('F'), unique: true },
    g: { kind: 'ordered', key: part('G'), unique: true },
  },
};
const COLUMNS = Object.keys(SIX.columns);

/** The same table with its indexes declared the other way round: the kind decides the order, not the declaration. */
const SIX_REVERSED: TableDefinition = {
  ...SIX,
  indexes: Object.fromEntries(Object.entries(SIX.indexes).reverse()),
};

class Fixture {
  readonly partition: Partition;
  readonly table: Table;
  readonly transaction: Transaction;
  readonly plain: PlainPartition;

  constructor(definition: TableDefinition, limitBytes = Number.POSITIVE_INFINITY) {
    this.partition = new Partition(limitBytes);
    this.table = this.partition.createTable(definition);
    this.transaction = this.partition.newTransaction();
    this.plain = new PlainPartition([definition]);
  }

  /** Inserts into the table, and into the model where the table took it. */
  insert(values: PlainRow): boolean {
    const row = this.table.allocate();
    values.forEach((value, columnId) => {
      putValue(this.table, row, columnId, value);
    });
    const taken = this.transaction.insert(this.table, row);
    if (taken) this.plain.insert(0, row, values);
    return taken;
  }

  end(how: 'commit' | 'abort'): void {
    this.transaction[how]();
    this.plain[how]();
  }

  expectSame(): void {
    expect(partitionDifference(this.partition, this.plain, 'all accounted for')).toBeNull();
  }
}

/** The row of `base` everywhere: its columns hold base, base + 1, … */
const rowFrom = (base: number): number[] => COLUMNS.map((_, i) => base + i);

/** HALL, ROW and SEAT are one direct index, TICKET the other; NUMBER is hashed, GUEST ordered. */
const booking = (number: number, seat: [number, number, number], ticket: number, guest = number): PlainRow => [
  100,
  ...seat,
  number,
  guest,
  ticket,
  'note',
  null,
  0,
];

describe('Transaction.insert over indexes of all kinds', () => {
  it('refuses when any of them, or several, have the key, and takes back what those before it accepted', () => {
    for (const definition of [SIX, SIX_REVERSED]) {
      // Every choice of the six unique indexes, by the columns of their keys.
      const unique = COLUMNS.filter((column) => column !== 'E');
      for (let choice = 1; choice < 1 << unique.length; choice++) {
        const fixture = new Fixture(definition);
        expect(fixture.insert(rowFrom(100))).toBe(true);
        expect(fixture.insert(rowFrom(200))).toBe(true);
        fixture.end('commit');
        const clashing = rowFrom(9000);
        unique.forEach((column, i) => {
          const at = COLUMNS.indexOf(column);
          if ((choice >> i) & 1) clashing[at] = rowFrom(i % 2 === 0 ? 100 : 200)[at];
        });
        expect(fixture.plain.tables[0].clashes(clashing)).toBe(true);
        expect(fixture.insert(clashing)).toBe(false);
        expect(fixture.transaction.writeSet.length).toBe(0);
        expect(freeSlots(fixture.table)).toEqual([2]);
        fixture.expectSame();
        // What it was about to leave is free for the next row.
        expect(fixture.insert(rowFrom(9000))).toBe(true);
        fixture.end('commit');
        fixture.expectSame();
      }
    }
  });

  it('takes equal keys where only the index that allows them has the key', () => {
    const fixture = new Fixture(SIX);
    fixture.insert(rowFrom(100));
    const equal = rowFrom(200);
    equal[COLUMNS.indexOf('E')] = 104;
    expect(fixture.insert(equal)).toBe(true);
    fixture.end('commit');
    fixture.expectSame();
  });

  it('refuses by a direct index what the hash index accepted, within a transaction that did more', () => {
    for (const end of ['commit', 'abort'] as const) {
      const fixture = new Fixture(BOOKING);
      expect(fixture.insert(booking(1, [0, 0, 0], 0))).toBe(true);
      expect(fixture.insert(booking(2, [5, 69, 89], 29_999))).toBe(true);
      fixture.end('commit');
      expect(fixture.insert(booking(3, [1, 2, 3], 300))).toBe(true);
      for (const refused of [
        booking(4, [0, 0, 0], 400),
        booking(4, [5, 69, 89], 400),
        booking(4, [1, 2, 3], 400),
        booking(4, [4, 4, 4], 0),
        booking(4, [4, 4, 4], 29_999),
        booking(4, [4, 4, 4], 300),
      ]) {
        const before = fixture.transaction.writeSet.length;
        expect(fixture.insert(refused)).toBe(false);
        expect(fixture.table.hashIndex('primary').get(4)).toBe(-1);
        expect(fixture.transaction.writeSet.length).toBe(before);
      }
      expect(fixture.insert(booking(4, [4, 4, 4], 400))).toBe(true);
      fixture.end(end);
      fixture.expectSame();
      expect(fixture.table.rowCount).toBe(end === 'commit' ? 4 : 2);
    }
  });

  it('gives a direct key back within the transaction that deleted it, and undoes both', () => {
    for (const end of ['commit', 'abort'] as const) {
      const fixture = new Fixture(BOOKING);
      fixture.insert(booking(1, [1, 1, 1], 10));
      fixture.end('commit');
      fixture.transaction.delete(fixture.table, 0);
      fixture.plain.delete(0, 0);
      expect(fixture.table.directIndex('byTicket').get(10)).toBe(-1);
      expect(fixture.insert(booking(2, [1, 1, 1], 10))).toBe(true);
      expect(fixture.table.directIndex('byTicket').get(10)).toBe(1);
      fixture.end(end);
      fixture.expectSame();
      expect(fixture.table.directIndex('byTicket').get(10)).toBe(end === 'commit' ? 1 : 0);
    }
  });

  it('asserts for a key outside its declared range in an index of any kind, and leaves nothing', () => {
    for (let column = 0; column < COLUMNS.length; column++) {
      for (const value of [20_000, -1]) {
        const fixture = new Fixture(SIX);
        const values = rowFrom(100);
        values[column] = value;
        expect(() => fixture.insert(values)).toThrow('outside');
        expect(fixture.transaction.writeSet.length).toBe(0);
        expect(freeSlots(fixture.table)).toEqual([0]);
        fixture.expectSame();
      }
    }
  });

  it('takes the hash entry back when a page of a direct index does not fit', () => {
    const fixture = new Fixture(BOOKING);
    fixture.insert(booking(1, [0, 0, 1], 1));
    fixture.end('commit');
    const { budget } = fixture.partition;
    (budget as { limitBytes: number }).limitBytes = budget.usedBytes;
    fixture.insert(booking(2, [0, 0, 2], 2));
    for (const refused of [booking(3, [5, 69, 89], 3), booking(3, [0, 0, 3], 29_999)]) {
      const before = fixture.transaction.writeSet.length;
      expect(() => fixture.insert(refused)).toThrow(OperatingFault);
      expect(fixture.transaction.writeSet.length).toBe(before);
      expect(freeSlots(fixture.table)).toEqual([2]);
      expect(budget.usedBytes).toBe(budget.limitBytes);
      expect(budget.usedBytes).toBe(heldBytes(fixture.partition, fixture.transaction));
      fixture.expectSame();
    }
    expect(fixture.insert(booking(3, [0, 0, 3], 3))).toBe(true);
    fixture.end('commit');
    fixture.expectSame();
  });

  it('asserts for a row that is live already, and leaves it in place', () => {
    for (const when of ['in the same transaction', 'after the commit'] as const) {
      const fixture = new Fixture(BOOKING);
      fixture.insert(booking(1, [1, 1, 1], 10));
      if (when === 'after the commit') fixture.end('commit');
      const { length } = fixture.transaction.writeSet;
      expect(() => fixture.transaction.insert(fixture.table, 0), when).toThrow('BOOKING: row 0 to insert is live');
      expect(fixture.transaction.writeSet.length).toBe(length);
      expect(fixture.table.isLive(0)).toBe(true);
      fixture.expectSame();
      fixture.end('commit');
      fixture.expectSame();
      expect(fixture.insert(booking(2, [1, 1, 2], 20))).toBe(true);
      expect(fixture.table.isLive(1)).toBe(true);
    }
  });

  it('asserts for a live row of a table without an index, where nothing else would refuse it', () => {
    const fixture = new Fixture({ name: 'LOOSE', columns: { A: int32 }, indexes: {} });
    fixture.insert([7]);
    expect(() => fixture.transaction.insert(fixture.table, 0)).toThrow('is live');
    fixture.end('commit');
    expect(fixture.table.rowCount).toBe(1);
    expect(freeSlots(fixture.table)).toEqual([]);
    fixture.expectSame();
  });
});

describe('Index.insertRow', () => {
  it('enters the key of the row, refuses it the second time, and asserts outside the range without a change', () => {
    const { table } = new Fixture(SIX);
    const row = Int32Array.of(-1, ...rowFrom(500), -1);
    for (const index of [...table.hashIndexes, ...table.directIndexes, ...table.orderedIndexes]) {
      const column = table.keyColumn(index.name.toUpperCase());
      const key = 500 + column.id;
      expect(index.insertRow(row, 1, 40), index.name).toBe(true);
      const allowsEqual = index.name === 'e';
      expect(index.insertRow(row, 1, 41), index.name).toBe(allowsEqual);
      expect(index.size).toBe(allowsEqual ? 2 : 1);
      const outside = Int32Array.from(row);
      outside[1 + column.offset] = 20_000;
      expect(() => index.insertRow(outside, 1, 42)).toThrow('outside');
      expect(index.size).toBe(allowsEqual ? 2 : 1);
      // These assert that the entry is there, with that row.
      index.remove(key, 40);
      if (allowsEqual) index.remove(key, 41);
      expect(index.size).toBe(0);
    }
  });
});
