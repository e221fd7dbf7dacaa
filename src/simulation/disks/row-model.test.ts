import { describe, expect, it } from 'vitest';
import { Partition } from '../../engine/partition.ts';
import { int32, integer, type TableDefinition, variableText } from '../../engine/schema.ts';
import { RowModel } from './row-model.ts';

const ACCOUNT = {
  name: 'ACCOUNT',
  columns: { NUMBER: int32, BALANCE: integer, OWNER: variableText(20) },
  indexes: { byNumber: { kind: 'hash', key: [{ column: 'NUMBER', range: 1000 }] } },
} satisfies TableDefinition;

/** A partition with three accounts, a transaction on it, and what changes them. */
function bank() {
  const partition = new Partition();
  const table = partition.createTable(ACCOUNT);
  const transaction = partition.newTransaction();
  const insert = (number: number) => {
    const row = table.allocate();
    table.putInt32(row, table.keyColumn('NUMBER'), number);
    table.putInteger(row, table.integerColumn('BALANCE'), 100);
    table.putText(row, table.textColumn('OWNER'), new TextEncoder().encode('nobody'), 0, 6);
    transaction.insert(table, row);
    return row;
  };
  const rows = [insert(1), insert(2), insert(3)];
  transaction.commit();
  const name = (row: number, text: string) =>
    transaction.setText(table, row, table.textColumn('OWNER'), new TextEncoder().encode(text), 0, text.length);
  const balance = (row: number, value: number) =>
    transaction.setInteger(table, row, table.integerColumn('BALANCE'), value);
  return { partition, table, transaction, insert, rows, name, balance };
}

function modelled() {
  const made = bank();
  let epoch = 1;
  const model = new RowModel(made.partition, { committing: () => {} }, () => epoch);
  made.partition.listen(model);
  const commitIn = (next: number) => {
    epoch = next;
    made.transaction.commit();
  };
  return { ...made, model, commitIn };
}

describe('a model of rows', () => {
  it('is what the commits up to an epoch have made of them', () => {
    const { model, rows, balance, name, insert, transaction, table, commitIn } = modelled();
    balance(rows[0], 2 ** 40 + 5);
    commitIn(1);
    name(rows[1], 'a much longer one');
    insert(4);
    commitIn(2);
    transaction.delete(table, rows[2]);
    commitIn(3);

    const other = bank();
    expect(model.difference(other.partition, 0)).toBeNull();
    expect(model.difference(other.partition, 1)).toBe('ACCOUNT, row 0, is not what it was at the end of epoch 1');
    other.balance(other.rows[0], 2 ** 40 + 5);
    expect(model.difference(other.partition, 1)).toBeNull();
    other.name(other.rows[1], 'a much longer one');
    expect(model.difference(other.partition, 1)).toMatch(/row 1, is not what it was/);
    expect(model.difference(other.partition, 2)).toMatch(/row 3, is missing/);
    other.insert(4);
    expect(model.difference(other.partition, 2)).toBeNull();
    expect(model.difference(other.partition, 3)).toMatch(/row 2, was not there/);
    other.transaction.delete(other.table, other.rows[2]);
    expect(model.difference(other.partition, 3)).toBeNull();
  });

  it('takes what others decided for their epoch, and nothing of what was undone', () => {
    const { model, rows, balance, name, transaction, commitIn } = modelled();
    model.decidedEpoch = 1;
    balance(rows[0], 7);
    commitIn(5);
    model.decidedEpoch = 0;
    name(rows[1], 'somebody else');
    transaction.abort();
    const other = bank();
    other.balance(other.rows[0], 7);
    expect(model.difference(other.partition, 1)).toBeNull();
  });
});
