import { describe, expect, it } from 'vitest';
import { OperatingFault } from '../errors.ts';
import { Partition } from './partition.ts';
import {
  type DirectIndexDefinition,
  fixedText,
  type HashIndexDefinition,
  int32,
  type TableDefinition,
} from './schema.ts';
import { WIDEST_RANGE } from './testing/direct-index-model.ts';
import { heldBytes } from './testing/held-bytes.ts';
import { PlainPartition } from './testing/plain-model.ts';
import { Random } from './testing/random.ts';
import { ACCOUNT, BOOKING, DOCUMENT, JOURNAL, LABEL } from './testing/schemas.ts';
import { TwinWriter } from './testing/twin-writer.ts';
import { MOST_IDS } from './write-tag.ts';

describe('Partition', () => {
  it('numbers its tables in the order of their creation and finds them by name', () => {
    const partition = new Partition();
    const tables = [ACCOUNT, JOURNAL, LABEL, BOOKING].map((definition) => partition.createTable(definition));
    expect(tables.map((table) => table.id)).toEqual([0, 1, 2, 3]);
    expect(partition.table('JOURNAL')).toBe(tables[1]);
    expect(tables[0].hashIndexes.map((index) => index.name)).toEqual(['primary', 'byCard']);
    expect(tables[0].orderedIndexes.map((index) => [index.name, index.unique])).toEqual([
      ['inBranch', true],
      ['byBranch', false],
    ]);
    expect(tables[0].directIndexes).toEqual([]);
    expect(tables[3].hashIndexes.map((index) => index.name)).toEqual(['primary']);
    expect(tables[3].directIndexes.map((index) => [index.name, index.key.rangeOfKeys])).toEqual([
      ['bySeat', 6 * 70 * 90],
      ['byTicket', 30_000],
    ]);
    expect(tables[3].orderedIndexes.map((index) => [index.name, index.unique])).toEqual([
      ['byGuest', true],
      ['byRow', false],
    ]);
    expect(() => partition.table('NOTHING')).toThrow('no table NOTHING');
    expect(() => partition.createTable(ACCOUNT)).toThrow('ACCOUNT exists');
  });

  it('asserts for keys that name no column, or that do not fit', () => {
    type PointKind = (HashIndexDefinition | DirectIndexDefinition)['kind'];
    const withKey = (column: string, range: number, kind: PointKind): TableDefinition => ({
      name: 'T',
      columns: { A: int32, B: fixedText(4) },
      indexes: { primary: { kind, key: [{ column, range }] } },
    });
    for (const kind of ['hash', 'direct'] as const) {
      expect(() => new Partition().createTable(withKey('C', 10, kind))).toThrow('C');
      expect(() => new Partition().createTable(withKey('B', 10, kind))).toThrow('B');
      expect(() => new Partition().createTable(withKey('A', 2 ** 54, kind))).toThrow('53 bits');
    }
    expect(new Partition().createTable(withKey('A', 2 ** 53, 'hash')).hashIndexes.length).toBe(1);
    expect(new Partition().createTable(withKey('A', WIDEST_RANGE, 'direct')).directIndexes.length).toBe(1);
    expect(() => new Partition().createTable(withKey('A', WIDEST_RANGE + 1, 'direct'))).toThrow('too wide');
  });

  it('takes as many tables and columns as a write set can name, and no more', () => {
    const columns = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`C${i}`, int32]));
    const partition = new Partition();
    for (let i = 0; i < MOST_IDS; i++) partition.createTable({ name: `T${i}`, columns: columns(1), indexes: {} });
    expect(() => partition.createTable(LABEL)).toThrow('too many tables');
    const wide = new Partition().createTable({ name: 'WIDE', columns: columns(MOST_IDS), indexes: {} });
    expect(wide.layout.columns.length).toBe(MOST_IDS);
    expect(() => new Partition().createTable({ name: 'WIDER', columns: columns(MOST_IDS + 1), indexes: {} })).toThrow(
      'too many columns',
    );
  });

  it('gives one transaction after the other to tables that are created in between', () => {
    const partition = new Partition();
    const transaction = partition.newTransaction();
    const table = partition.createTable(LABEL);
    for (let i = 0; i < 3; i++) {
      const row = table.allocate();
      expect(transaction.insert(table, row)).toBe(true);
      if (i === 1) transaction.abort();
      else transaction.commit();
    }
    expect(table.rowCount).toBe(2);
  });

  it('sizes hash indexes for the expected rows, so that a load does not grow them', () => {
    const partition = new Partition();
    const table = partition.createTable({ ...ACCOUNT, expectedRows: 3000 });
    const sizes = table.hashIndexes.map((index) => index['slots'].length);
    const plain = new PlainPartition([ACCOUNT]);
    const writer = new TwinWriter(partition, plain, new Random(1), { insert: 1, set: 0, delete: 0 });
    while (table.rowCount < 3000) writer.step();
    expect(table.hashIndexes.map((index) => index['slots'].length)).toEqual(sizes);
  });

  it('counts every byte of tables, indexes and write sets', () => {
    const partition = new Partition();
    const definitions = [ACCOUNT, JOURNAL, LABEL, DOCUMENT, BOOKING];
    for (const definition of definitions) partition.createTable({ ...definition, expectedRows: 500 });
    const plain = new PlainPartition(definitions);
    expect(partition.usedBytes).toBe(heldBytes(partition));
    const writer = new TwinWriter(partition, plain, new Random(2), { insert: 5, set: 2, delete: 1 });
    for (let batch = 0; batch < 20; batch++) {
      for (let i = 0; i < 1500; i++) writer.step();
      if (batch % 4 === 3) writer.abort();
      else writer.commit();
      expect(partition.usedBytes).toBe(heldBytes(partition, writer.transaction));
    }
    expect(partition.usedBytes).toBeGreaterThan(5_000_000);
  });

  it('does not create a table whose indexes do not fit', () => {
    const partition = new Partition(1_000_000);
    expect(() => partition.createTable({ ...ACCOUNT, expectedRows: 1_000_000 })).toThrow(OperatingFault);
    expect(partition.tables).toEqual([]);
    expect(partition.usedBytes).toBeLessThanOrEqual(1_000_000);
  });

  it('has headroom without a limit', () => {
    const partition = new Partition();
    partition.createTable(ACCOUNT);
    expect(partition.hasHeadroom()).toBe(true);
  });

  it('has headroom just while the growth of the rows and of every index fits', () => {
    for (const definition of [ACCOUNT, BOOKING, JOURNAL]) {
      const partition = new Partition(100_000_000);
      const table = partition.createTable(definition);
      const indexes = [...table.hashIndexes, ...table.directIndexes, ...table.orderedIndexes];
      for (const index of indexes) expect(index.pendingGrowthBytes).toBeGreaterThanOrEqual(0);
      for (const index of table.directIndexes) expect(index.pendingGrowthBytes).toBeGreaterThan(0);
      const growthBytes = indexes.reduce((sum, index) => sum + index.pendingGrowthBytes, table.chunkBytes);
      const { budget } = partition;
      budget.reserve(budget.limitBytes - budget.usedBytes - growthBytes);
      expect(partition.hasHeadroom()).toBe(true);
      budget.reserve(1);
      expect(partition.hasHeadroom()).toBe(false);
    }
  });
});
