import { describe, expect, expectTypeOf, it } from 'vitest';
import { Partition } from './partition.ts';
import { type Int32Column, type KeyColumn, NULL_INT32, NULL_INTEGER } from './row-layout.ts';
import type { Table } from './table.ts';
import { account, expectAccounts, newFixture } from './testing/account-fixture.ts';
import { partitionDifference, rowOf } from './testing/compare.ts';
import { PlainPartition } from './testing/plain-model.ts';
import { Random } from './testing/random.ts';
import { DOCUMENT, JOURNAL } from './testing/schemas.ts';
import { TwinWriter } from './testing/twin-writer.ts';
import type { Transaction } from './transaction.ts';

/** As a caller does that has the row's chunk and place at hand. */
function setInt32At(transaction: Transaction, table: Table, row: number, name: string, value: number): void {
  transaction.setInt32At(table, row, table.int32Column(name), table.int32sOf(row), table.int32Base(row), value);
}

describe('Transaction writes', () => {
  it('has no handle to set a column that is part of a key', () => {
    const fixture = newFixture();
    const { account: table, transaction } = fixture;
    fixture.insert(table, account(1, 1, 11));
    for (const name of ['NUMBER', 'BRANCH', 'CARD']) {
      expect(() => transaction.setInt32(table, 0, table.int32Column(name), 1)).toThrow('part of a key');
      expect(() => setInt32At(transaction, table, 0, name, 1)).toThrow('part of a key');
    }
    transaction.commit();
    expectAccounts(fixture, new Map([[0, account(1, 1, 11)]]));
    // The handle of such a column does not pass the type check (tsc judges these).
    expectTypeOf(transaction.setInt32).parameter(2).toEqualTypeOf<Int32Column>();
    expectTypeOf(transaction.setInt32At).parameter(2).toEqualTypeOf<Int32Column>();
    expectTypeOf<KeyColumn>().not.toExtend<Int32Column>();
    expectTypeOf<Table['int32Column']>().returns.toEqualTypeOf<Int32Column>();
    expectTypeOf<Table['keyColumn']>().returns.toEqualTypeOf<KeyColumn>();
  });

  it('sets an int32 the same with the chunk at hand: in rows of any chunk, undone alike', () => {
    for (const end of ['commit', 'abort'] as const) {
      const { transaction, account: table, insert } = newFixture();
      const rows = table.chunkMask + 40;
      for (let n = 0; n < rows; n++) insert(table, account(n, 1, n));
      transaction.commit();
      const before = Array.from({ length: rows }, (_, row) => rowOf(table, row));
      const written = [0, 1, table.chunkMask, table.chunkMask + 1, rows - 1];
      for (const row of written) {
        const [direct, plain] = [row + 1, -row - 1];
        setInt32At(transaction, table, row, 'VISITS', direct);
        expect(table.read(row, table.column('VISITS'))).toBe(direct);
        setInt32At(transaction, table, row, 'RANK', NULL_INT32);
        expect(table.read(row, table.column('RANK'))).toBeNull();
        setInt32At(transaction, table, row, 'RANK', direct);
        transaction.setInt32(table, row, table.int32Column('VISITS'), plain);
        const { writeSet } = transaction;
        const [byPlace, byRow] = [writeSet.length - 4, writeSet.length - 1];
        for (const part of ['kind', 'table', 'column', 'row'] as const) {
          expect(writeSet[part](byPlace)).toBe(writeSet[part](byRow));
        }
        expect([writeSet.oldNumber(byPlace), writeSet.oldNumber(byRow)]).toEqual([0, direct]);
      }
      transaction[end]();
      for (const row of end === 'commit' ? written : []) [before[row][7], before[row][9]] = [row + 1, -row - 1];
      expect(before.map((_, row) => rowOf(table, row))).toEqual(before);
    }
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
      expect(() => setInt32At(transaction, table, 0, 'VISITS', value)).toThrow('no int32');
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
      setInt32At(transaction, table, 0, 'VISITS', 5);
      setInt32At(transaction, table, 0, 'VISITS', value);
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
