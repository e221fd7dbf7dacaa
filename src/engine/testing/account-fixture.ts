/** A partition with the table ACCOUNT alone, and rows for it. */
import { expect } from 'vitest';
import { Partition } from '../partition.ts';
import type { Table } from '../table.ts';
import type { Transaction } from '../transaction.ts';
import { partitionDifference } from './compare.ts';
import { PlainPartition, type PlainRow } from './plain-model.ts';
import { ACCOUNT } from './schemas.ts';
import { putValue } from './twin-writer.ts';

export interface Fixture {
  partition: Partition;
  account: Table;
  transaction: Transaction;
  /** Puts a row and inserts it; the row's slot and whether it was taken. */
  insert(table: Table, values: PlainRow): { row: number; taken: boolean };
}

/** NUMBER, BRANCH and CARD are the keys. */
export const account = (number: number, branch: number, card: number): PlainRow => [
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

export function newFixture(): Fixture {
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
export function expectAccounts({ partition }: Fixture, rows: ReadonlyMap<number, PlainRow>): void {
  const plain = new PlainPartition([ACCOUNT]);
  for (const [slot, values] of rows) plain.insert(0, slot, values);
  expect(partitionDifference(partition, plain, 'all accounted for')).toBeNull();
}
