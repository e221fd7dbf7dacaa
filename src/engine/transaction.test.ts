import { describe, expect, it } from 'vitest';
import { Partition } from './partition.ts';
import { NULL_INT32, NULL_INTEGER } from './row-layout.ts';
import { int32, type TableDefinition } from './schema.ts';
import type { Table } from './table.ts';
import { freeSlots, partitionDifference, rowOf } from './testing/compare.ts';
import { PlainPartition, type PlainRow } from './testing/plain-model.ts';
import { Random } from './testing/random.ts';
import { ACCOUNT, DOCUMENT, JOURNAL, LABEL } from './testing/schemas.ts';
import { putValue, TwinWriter } from './testing/twin-writer.ts';
import type { Transaction } from './transaction.ts';

interface Fixture {
  partition: Partition;
  account: Table;
  transaction: Transaction;
  /** Puts a row and inserts it; the row's slot and whether it was taken. */
  insert(table: Table, values: PlainRow): { row: number; taken: boolean };
}

/** NUMBER, BRANCH and CARD are the keys. */
const account = (number: number, branch: number, card: number): PlainRow => [
  number,
  branch,
  card,
  `note of ${number}`,
  number * 100,
  'CODE0001',
  null,
  null,
  `name ${number}`,
  0,
];

function newFixture(): Fixture {
  const partition = new Partition();
  const table = partition.createTable(ACCOUNT);
  const transaction = partition.newTransaction();
  return {
    partition,
    account: table,
    transaction,
    insert(target, values) {
      const row = target.allocate();
      values.forEach((value, columnId) => {
        putValue(target, row, columnId, value);
      });
      return { row, taken: transaction.insert(target, row) };
    },
  };
}

/** Compares ACCOUNT with rows that were inserted in this order from slot 0. */
function expectAccounts({ partition }: Fixture, rows: ReadonlyMap<number, PlainRow>): void {
  const plain = new PlainPartition([ACCOUNT]);
  for (const [slot, values] of rows) plain.insert(0, slot, values);
  expect(partitionDifference(partition, plain, 'all accounted for')).toBeNull();
}

describe('Transaction.insert', () => {
  it('refuses a duplicate key of any unique index and leaves nothing', () => {
    const clashes = {
      'the first hash index': account(1, 9, 999),
      'the second hash index': account(999, 9, 11),
      'both hash indexes, by different rows': account(1, 9, 22),
    };
    for (const values of Object.values(clashes)) {
      const fixture = newFixture();
      fixture.insert(fixture.account, account(1, 1, 11));
      fixture.insert(fixture.account, account(2, 1, 22));
      fixture.transaction.commit();
      const before = fixture.transaction.writeSet.length;
      const { row, taken } = fixture.insert(fixture.account, values);
      expect(taken).toBe(false);
      expect(fixture.transaction.writeSet.length).toBe(before);
      expect(fixture.account.isLive(row)).toBe(false);
      expect(freeSlots(fixture.account)).toEqual([row]);
      const rest = new Map([
        [0, account(1, 1, 11)],
        [1, account(2, 1, 22)],
      ]);
      expectAccounts(fixture, rest);
      fixture.transaction.commit();
      expectAccounts(fixture, rest);
    }
  });

  it('refuses when only the third index, an ordered one, has the key', () => {
    const part = (column: string) => [{ column, range: 100 }];
    const definition: TableDefinition = {
      name: 'T',
      columns: { A: int32, B: int32, C: int32, D: int32 },
      indexes: {
        a: { kind: 'hash', key: part('A') },
        b: { kind: 'ordered', key: part('B'), unique: false },
        c: { kind: 'ordered', key: part('C'), unique: true },
        d: { kind: 'ordered', key: part('D'), unique: true },
      },
    };
    for (const clash of [
      [2, 5, 3, 9],
      [2, 5, 9, 4],
    ]) {
      const fixture = newFixture();
      const table = fixture.partition.createTable(definition);
      fixture.insert(table, [1, 2, 3, 4]);
      fixture.transaction.commit();
      expect(fixture.insert(table, clash).taken).toBe(false);
      expect(fixture.insert(table, [2, 2, 30, 40]).taken).toBe(true);
      fixture.transaction.commit();
      const plain = new PlainPartition([ACCOUNT, definition]);
      plain.insert(1, 0, [1, 2, 3, 4]);
      plain.insert(1, 1, [2, 2, 30, 40]);
      expect(partitionDifference(fixture.partition, plain, 'all accounted for')).toBeNull();
    }
  });

  it('keeps what the transaction did before a refused insert', () => {
    const fixture = newFixture();
    fixture.insert(fixture.account, account(1, 1, 11));
    fixture.transaction.commit();
    fixture.transaction.setInt32(fixture.account, 0, fixture.account.int32Column('VISITS'), 5);
    expect(fixture.insert(fixture.account, account(1, 2, 22)).taken).toBe(false);
    expect(fixture.insert(fixture.account, account(2, 2, 22)).taken).toBe(true);
    fixture.transaction.commit();
    const visited = account(1, 1, 11);
    visited[9] = 5;
    expectAccounts(
      fixture,
      new Map([
        [0, visited],
        [1, account(2, 2, 22)],
      ]),
    );
  });

  it('gives a key back within the transaction that deleted it, and undoes both', () => {
    const fixture = newFixture();
    fixture.insert(fixture.account, account(1, 1, 11));
    fixture.transaction.commit();
    fixture.transaction.delete(fixture.account, 0);
    const { row, taken } = fixture.insert(fixture.account, account(1, 7, 11));
    expect([row, taken]).toEqual([1, true]);
    fixture.transaction.abort();
    expectAccounts(fixture, new Map([[0, account(1, 1, 11)]]));
  });

  it('asserts for a key outside its declared range, and leaves nothing', () => {
    for (const values of [account(100_000, 1, 1), account(1, 50, 1), account(1, 1, -1)]) {
      const fixture = newFixture();
      expect(() => fixture.insert(fixture.account, values)).toThrow('outside');
      expectAccounts(fixture, new Map());
      expect(fixture.transaction.writeSet.length).toBe(0);
    }
  });
});

describe('Transaction slots', () => {
  it('reuses the slots of deleted rows only after the commit', () => {
    const fixture = newFixture();
    for (let n = 0; n < 5; n++) fixture.insert(fixture.account, account(n, 1, n));
    fixture.transaction.commit();
    fixture.transaction.delete(fixture.account, 1);
    fixture.transaction.delete(fixture.account, 3);
    expect(freeSlots(fixture.account)).toEqual([]);
    expect(fixture.insert(fixture.account, account(5, 1, 5)).row).toBe(5);
    expect(rowOf(fixture.account, 3)).toEqual(account(3, 1, 3));
    fixture.transaction.commit();
    const reused = [6, 7].map((n) => fixture.insert(fixture.account, account(n, 1, n)).row);
    expect(reused.sort()).toEqual([1, 3]);
    expect(fixture.insert(fixture.account, account(8, 1, 8)).row).toBe(6);
  });

  it('frees the slots of inserted rows on abort, and keeps those of deleted rows', () => {
    const fixture = newFixture();
    for (let n = 0; n < 3; n++) fixture.insert(fixture.account, account(n, 1, n));
    fixture.transaction.commit();
    fixture.transaction.delete(fixture.account, 1);
    for (let n = 10; n < 14; n++) fixture.insert(fixture.account, account(n, 1, n));
    fixture.transaction.abort();
    expect(freeSlots(fixture.account).sort()).toEqual([3, 4, 5, 6]);
    expect(fixture.account.rowBound).toBe(7);
    expectAccounts(fixture, new Map([0, 1, 2].map((n) => [n, account(n, 1, n)])));
  });

  it('frees a row that was inserted and deleted in one transaction exactly once', () => {
    for (const end of ['commit', 'abort'] as const) {
      const fixture = newFixture();
      const { row } = fixture.insert(fixture.account, account(1, 1, 1));
      fixture.transaction.delete(fixture.account, row);
      fixture.transaction[end]();
      expect(freeSlots(fixture.account)).toEqual([row]);
      expectAccounts(fixture, new Map());
    }
  });

  it('links the slots of the smallest rows, all text', () => {
    const partition = new Partition();
    const table = partition.createTable(LABEL);
    const plain = new PlainPartition([LABEL]);
    const writer = new TwinWriter(partition, plain, new Random(1), { insert: 3, set: 1, delete: 3 });
    for (let i = 0; i < 3000; i++) {
      writer.step();
      if (i % 7 === 0) writer.commit();
      if (i % 50 === 0) writer.abort();
    }
    writer.commit();
    expect(partitionDifference(partition, plain, 'all accounted for')).toBeNull();
    expect(table.rowBound).toBeGreaterThan(table.rowCount);
  });
});

describe('Transaction writes', () => {
  it('refuses to set a column that is part of a key', () => {
    const fixture = newFixture();
    fixture.insert(fixture.account, account(1, 1, 11));
    for (const name of ['NUMBER', 'BRANCH', 'CARD']) {
      const column = fixture.account.int32Column(name);
      expect(() => fixture.transaction.setInt32(fixture.account, 0, column, 1)).toThrow('part of a key');
    }
    fixture.transaction.commit();
    expectAccounts(fixture, new Map([[0, account(1, 1, 11)]]));
  });

  it('takes whole numbers of the column only', () => {
    const fixture = newFixture();
    const { transaction, account: table } = fixture;
    fixture.insert(table, account(1, 1, 11));
    transaction.commit();
    const visits = table.int32Column('VISITS');
    const balance = table.integerColumn('BALANCE');
    for (const value of [0.5, 2 ** 31, -(2 ** 31) - 1, Number.NaN, Number.POSITIVE_INFINITY, 1e300]) {
      expect(() => transaction.setInt32(table, 0, visits, value)).toThrow('no int32');
    }
    const tooGreat = [2 ** 53, -(2 ** 53) - 2, 1e300, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const value of [0.5, -1.25, Number.NaN, ...tooGreat]) {
      expect(() => transaction.setInteger(table, 0, balance, value)).toThrow('no integer');
    }
    expect(transaction.writeSet.length).toBe(0);
    expectAccounts(fixture, new Map([[0, account(1, 1, 11)]]));
    for (const value of [-(2 ** 31) + 1, 2 ** 31 - 1, -1, 0]) {
      transaction.setInt32(table, 0, visits, value);
      expect(table.read(0, visits)).toBe(value);
    }
    for (const value of [-(2 ** 53) + 1, 2 ** 53 - 1, -1, 0]) {
      transaction.setInteger(table, 0, balance, value);
      expect(table.read(0, balance)).toBe(value);
    }
  });

  it('sets nulls', () => {
    const { transaction, account: table, insert } = newFixture();
    const values = account(1, 1, 11);
    values[6] = 5;
    values[7] = 6;
    insert(table, values);
    transaction.setInteger(table, 0, table.integerColumn('LIMIT'), NULL_INTEGER);
    transaction.setInt32(table, 0, table.int32Column('RANK'), NULL_INT32);
    expect([table.read(0, table.column('LIMIT')), table.read(0, table.column('RANK'))]).toEqual([null, null]);
  });

  it('asserts for text that does not fit, and the abort leaves the old one', () => {
    const fixture = newFixture();
    const { transaction, account: table } = fixture;
    fixture.insert(table, account(1, 1, 11));
    transaction.commit();
    const bytes = Buffer.alloc(400, 'x');
    const name = table.textColumn('NAME');
    const code = table.textColumn('CODE');
    expect(() => transaction.setText(table, 0, name, bytes, 0, 21)).toThrow('do not fit');
    for (const length of [0, 7, 9]) {
      expect(() => transaction.setText(table, 0, code, bytes, 0, length)).toThrow('do not fit');
    }
    transaction.abort();
    expectAccounts(fixture, new Map([[0, account(1, 1, 11)]]));
  });

  it('brings back the old text whatever its length', () => {
    const fixture = newFixture();
    const { transaction, account: table } = fixture;
    fixture.insert(table, account(1, 1, 11));
    transaction.commit();
    const note = table.textColumn('NOTE');
    for (const length of [300, 0, 256, 3]) {
      transaction.setText(table, 0, note, Buffer.alloc(300, 'y'), 0, length);
      expect(table.readText(0, note)).toBe('y'.repeat(length));
    }
    transaction.abort();
    expectAccounts(fixture, new Map([[0, account(1, 1, 11)]]));
  });

  it('asserts when a row to delete is not live', () => {
    const { transaction, account: table, insert } = newFixture();
    insert(table, account(1, 1, 11));
    transaction.delete(table, 0);
    for (const row of [0, -1, 1, 77_777]) expect(() => transaction.delete(table, row)).toThrow('not live');
    transaction.abort();
    expect(table.rowCount).toBe(0);
  });

  it('undoes the writes to one cell in reverse', () => {
    const { transaction, account: table, insert } = newFixture();
    insert(table, account(1, 1, 11));
    transaction.commit();
    for (let value = 1; value <= 2000; value++) transaction.setInt32(table, 0, table.int32Column('VISITS'), value);
    transaction.abort();
    expect(table.read(0, table.column('VISITS'))).toBe(0);
  });

  it('undoes a set and a delete of one row, and an insert, a set and a delete', () => {
    const fixture = newFixture();
    const { transaction, account: table } = fixture;
    fixture.insert(table, account(1, 1, 11));
    transaction.commit();
    transaction.setInteger(table, 0, table.integerColumn('BALANCE'), -7);
    transaction.delete(table, 0);
    const { row } = fixture.insert(table, account(1, 1, 11));
    transaction.setInteger(table, row, table.integerColumn('BALANCE'), -8);
    transaction.delete(table, row);
    transaction.abort();
    expectAccounts(fixture, new Map([[0, account(1, 1, 11)]]));
  });

  it('deletes and restores rows of a table without an index', () => {
    const partition = new Partition();
    partition.createTable(JOURNAL);
    partition.createTable(DOCUMENT);
    const plain = new PlainPartition([JOURNAL, DOCUMENT]);
    const writer = new TwinWriter(partition, plain, new Random(4), { insert: 3, set: 2, delete: 2 });
    for (let i = 0; i < 400; i++) {
      for (let step = 0; step < 10; step++) writer.step();
      if (i % 3 === 0) writer.abort();
      else writer.commit();
      expect(partitionDifference(partition, plain, 'all accounted for')).toBeNull();
    }
  });
});
