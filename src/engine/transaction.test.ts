import { describe, expect, it } from 'vitest';
import { Partition } from './partition.ts';
import { account, expectAccounts, newFixture } from './testing/account-fixture.ts';
import { freeSlots, partitionDifference, rowOf } from './testing/compare.ts';
import { PlainPartition } from './testing/plain-model.ts';
import { Random } from './testing/random.ts';
import { LABEL } from './testing/schemas.ts';
import { TwinWriter } from './testing/twin-writer.ts';

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
