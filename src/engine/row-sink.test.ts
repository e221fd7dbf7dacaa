import { describe, expect, it } from 'vitest';
import { OperatingFault } from '../errors.ts';
import { Partition } from './partition.ts';
import { columnIds, PartitionRowSink, type RowSink } from './row-sink.ts';
import { fixedText, int32, integer, nullableInt32, nullableInteger, variableText } from './schema.ts';
import { partitionDifference, rowOf } from './testing/compare.ts';
import { heldBytes } from './testing/held-bytes.ts';
import { PlainPartition, type PlainRow } from './testing/plain-model.ts';
import { Random } from './testing/random.ts';
import { ACCOUNT, BOOKING, DOCUMENT, JOURNAL } from './testing/schemas.ts';
import { TwinWriter } from './testing/twin-writer.ts';

const THING = {
  name: 'THING',
  columns: {
    ID: int32,
    NAME: variableText(12),
    PRICE: integer,
    RANK: nullableInt32,
    SINCE: nullableInteger,
    CODE: fixedText(4),
  },
  indexes: { primary: { kind: 'hash', key: [{ column: 'ID', range: 1000 }] } },
} as const;
const COLUMN = columnIds(THING);

function write(sink: RowSink, table: number, row: PlainRow, order: readonly number[]): void {
  sink.begin(table);
  for (const column of order) {
    const value = row[column];
    if (value === null) sink.null(column);
    else if (typeof value === 'number') sink.number(column, value);
    else sink.text(column, Buffer.from(`??${value}!`, 'latin1'), 2, value.length);
  }
  sink.end();
}

describe('columnIds', () => {
  it('gives the ids by name, as the table has them', () => {
    expect(COLUMN).toEqual({ ID: 0, NAME: 1, PRICE: 2, RANK: 3, SINCE: 4, CODE: 5 });
    const table = new Partition().createTable(THING);
    for (const [name, id] of Object.entries(COLUMN)) expect(table.column(name).id).toBe(id);
  });
});

describe('PartitionRowSink', () => {
  it('stores numbers, nulls and text, whatever the order of the columns', () => {
    const partition = new Partition();
    const table = partition.createTable(THING);
    const sink = new PartitionRowSink(partition);
    const rows: PlainRow[] = [
      [1, 'one', 2 ** 53 - 1, null, null, 'AAAA'],
      [2, '', -(2 ** 53) + 1, -(2 ** 31) + 1, 0, 'BBBB'],
      [3, 'twelve bytes', 0, 2 ** 31 - 1, -1, '\0\xff\0\xff'],
    ];
    write(sink, 0, rows[0], [0, 1, 2, 3, 4, 5]);
    write(sink, 0, rows[1], [5, 4, 3, 2, 1, 0]);
    write(sink, 0, rows[2], [3, 0, 5, 1, 4, 2]);
    expect([0, 1, 2].map((row) => rowOf(table, row))).toEqual(rows);
    expect(table.read(0, table.column('RANK'))).toBeNull();
    expect(table.read(0, table.column('SINCE'))).toBeNull();
    expect(table.hashIndex('primary').get(3)).toBe(2);
  });

  it('loads tables with indexes in turn, counts the rows, and takes no lasting memory for a row', () => {
    const definitions = [ACCOUNT, JOURNAL, DOCUMENT, BOOKING];
    const partition = new Partition();
    for (const definition of definitions) partition.createTable(definition);
    const plain = new PlainPartition(definitions);
    const random = new Random(1);
    const values = new TwinWriter(new Partition(), plain, random, { insert: 1, set: 0, delete: 0 });
    const sink = new PartitionRowSink(partition);
    const slots = definitions.map(() => 0);
    for (let n = 1; n <= 4000; n++) {
      const table = random.integer(0, definitions.length - 1);
      let row = values.randomRow(plain.tables[table]);
      while (plain.tables[table].clashes(row)) row = values.randomRow(plain.tables[table]);
      write(sink, table, row, random.shuffle(row.map((_, column) => column)));
      plain.insert(table, slots[table]++, row);
      if (sink.rows !== n) expect.fail(`${sink.rows} rows, expected ${n}`);
    }
    expect(partitionDifference(partition, plain, 'all accounted for')).toBeNull();
    expect(partition.usedBytes).toBe(heldBytes(partition, sink));
    const writeSetBytes = new Partition().newTransaction().writeSet;
    expect(heldBytes(sink['transaction'].writeSet)).toBe(heldBytes(writeSetBytes));
  });

  it('asserts for a row with the key of another', () => {
    const partition = new Partition();
    partition.createTable(THING);
    const sink = new PartitionRowSink(partition);
    const row: PlainRow = [1, 'one', 1, 1, 1, 'AAAA'];
    write(sink, 0, row, [0, 1, 2, 3, 4, 5]);
    expect(() => write(sink, 0, row, [0, 1, 2, 3, 4, 5])).toThrow('the key of another');
    expect(sink.rows).toBe(1);
  });

  it('asserts for a value that is not of the column, and touches no other row', () => {
    const partition = new Partition();
    const table = partition.createTable(THING);
    const sink = new PartitionRowSink(partition);
    const rows: PlainRow[] = Array.from({ length: 40 }, (_, i) => [i, 'x', i, null, null, 'CODE']);
    for (const row of rows) write(sink, 0, row, [0, 1, 2, 3, 4, 5]);
    sink.begin(0);
    const bytes = Buffer.alloc(20, 'y');
    expect(() => sink.number(COLUMN.NAME, 5)).toThrow('NAME takes no number');
    expect(() => sink.number(COLUMN.CODE, 5)).toThrow('CODE takes no number');
    for (const column of [COLUMN.ID, COLUMN.PRICE, COLUMN.NAME, COLUMN.CODE]) {
      expect(() => sink.null(column)).toThrow('takes no null');
    }
    for (const column of [COLUMN.ID, COLUMN.PRICE]) expect(() => sink.text(column, bytes, 0, 4)).toThrow('do not fit');
    expect(() => sink.text(COLUMN.NAME, bytes, 0, 13)).toThrow('do not fit');
    expect(() => sink.text(COLUMN.CODE, bytes, 0, 3)).toThrow('do not fit');
    expect(rows.map((_, row) => rowOf(table, row))).toEqual(rows);
  });

  it('stops at the memory limit between rows', () => {
    const partition = new Partition(1_500_000);
    const definitions = [ACCOUNT];
    const table = partition.createTable(ACCOUNT);
    const plain = new PlainPartition(definitions);
    const sink = new PartitionRowSink(partition);
    let fault: unknown = null;
    for (let n = 0; fault === null; n++) {
      const row: PlainRow = [n, n % 50, n, 'note', n, '12345678', null, null, 'name', 0];
      try {
        write(sink, 0, row, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        plain.insert(0, n, row);
      } catch (error) {
        fault = error;
      }
    }
    expect(fault).toBeInstanceOf(OperatingFault);
    expect(sink.rows).toBe(table.rowCount);
    expect(sink.rows).toBeGreaterThan(500);
    expect(partitionDifference(partition, plain, 'all accounted for')).toBeNull();
  });
});
