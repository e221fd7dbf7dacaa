import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Partition } from './partition.ts';
import { int32, integer, nullableInt32, type TableDefinition, variableText } from './schema.ts';
import type { SharedTable, Table } from './table.ts';

/** Direct indexes of one and of two parts, both over many pages. */
const PRODUCT: TableDefinition = {
  name: 'PRODUCT',
  columns: { ID: int32, SHELF: int32, PRICE: integer, RANK: nullableInt32, NAME: variableText(600) },
  indexes: {
    primary: { kind: 'direct', key: [{ column: 'ID', range: 100_000 }] },
    byShelf: {
      kind: 'direct',
      key: [
        { column: 'SHELF', range: 50 },
        { column: 'ID', range: 100_000 },
      ],
    },
  },
  shared: true,
};

const nameOf = (id: number): string => `product ${id} – ${'x'.repeat(id % 500)}`;
const shelfOf = (id: number): number => (id * 7) % 50;

function put(table: Table, id: number): number {
  const row = table.allocate();
  table.putInt32(row, table.keyColumn('ID'), id);
  table.putInt32(row, table.keyColumn('SHELF'), shelfOf(id));
  table.putInteger(row, table.integerColumn('PRICE'), id * 1e9);
  table.putInt32(row, table.int32Column('RANK'), id % 11);
  const name = new TextEncoder().encode(nameOf(id));
  table.putText(row, table.textColumn('NAME'), name, 0, name.length);
  return row;
}

interface Shared {
  partition: Partition;
  table: Table;
}

/** A partition with PRODUCT as its second table, and these products in it, less those that are deleted again. */
function newOwner(ids: readonly number[], deleted: readonly number[] = []): Shared {
  const { partition, table } = newTaker();
  const transaction = partition.newTransaction();
  for (const id of ids) expect(transaction.insert(table, put(table, id))).toBe(true);
  for (const id of deleted) transaction.delete(table, table.directIndex('primary').get(id));
  transaction.commit();
  return { partition, table };
}

function newTaker(): Shared {
  const partition = new Partition();
  partition.createTable({ name: 'OTHER', columns: { A: int32 }, indexes: {} });
  return { partition, table: partition.createTable(PRODUCT) };
}

/** As it arrives in another thread. */
function sent(shared: SharedTable): SharedTable {
  const { port1, port2 } = new MessageChannel();
  port1.postMessage(shared);
  const message: SharedTable = receiveMessageOnPort(port2)?.message;
  port1.close();
  return message;
}

/** What every read of the table answers. */
function contents(table: Table, ids: readonly number[]) {
  const primary = table.directIndex('primary');
  const byShelf = table.directIndex('byShelf');
  return {
    counts: [table.rowCount, table.rowBound, primary.size, byShelf.size],
    live: Array.from({ length: table.rowBound + 2 }, (_, row) => table.isLive(row)),
    rows: Array.from({ length: table.rowBound }, (_, row) =>
      table.isLive(row) ? table.layout.columns.map((column) => table.read(row, column)) : null,
    ),
    found: ids.map((id) => [primary.get(id), byShelf.get(byShelf.key.of2(shelfOf(id), id))]),
  };
}

const EVERYWHERE = [0, 1, 17, 4095, 4096, 50_000, 99_999, ...Array.from({ length: 700 }, (_, i) => 20_000 + i)];

describe('a shared table', () => {
  it('is the same in another partition, over all pages and chunks, deleted rows left out', () => {
    const { table } = newOwner(EVERYWHERE, [17, 50_000, 20_300]);
    const other = newTaker();
    other.table.adopt(sent(table.share()));
    const asked = [...EVERYWHERE, 2, 30_000, 99_998];
    expect(table.byteChunks.length).toBeGreaterThan(1);
    expect(contents(other.table, asked)).toEqual(contents(table, asked));
    expect(other.table.directIndex('primary').get(17)).toBe(-1);
    const row = other.table.directIndex('primary').get(20_699);
    expect(other.table.readText(row, other.table.textColumn('NAME'))).toBe(nameOf(20_699));
  });

  it('is the same whatever is in it', () => {
    const anyIds = fc.uniqueArray(fc.integer({ min: 0, max: 99_999 }), { maxLength: 60, size: 'max' });
    fc.assert(
      fc.property(anyIds, fc.nat({ max: 10 }), (ids, deletions) => {
        const { table } = newOwner(ids, ids.slice(0, deletions));
        const other = newTaker();
        other.table.adopt(sent(table.share()));
        expect(contents(other.table, ids)).toEqual(contents(table, ids));
      }),
      { numRuns: 40 },
    );
  });

  it('is one memory for all, not a copy', () => {
    const { table } = newOwner(EVERYWHERE);
    const takers = [newTaker(), newTaker()];
    for (const taker of takers) taker.table.adopt(sent(table.share()));
    table.putInteger(3, table.integerColumn('PRICE'), -5);
    for (const taker of takers) expect(taker.table.getInteger(3, taker.table.integerColumn('PRICE'))).toBe(-5);
  });

  it('counts its bytes where it was filled, once', () => {
    const { partition, table } = newOwner(EVERYWHERE);
    const filled = partition.usedBytes;
    const shared = table.share();
    expect(partition.usedBytes).toBe(filled);
    const other = newTaker();
    const empty = other.partition.usedBytes;
    other.table.adopt(sent(shared));
    expect(other.partition.usedBytes).toBe(empty);
    expect(filled).toBeGreaterThan(empty + EVERYWHERE.length * 400);
  });

  it('asks for no room to grow, neither where it was filled nor elsewhere', () => {
    const { table } = newOwner(EVERYWHERE);
    expect(table.pendingGrowthBytes).toBeGreaterThan(0);
    const shared = table.share();
    expect(table.pendingGrowthBytes).toBe(0);
    const limited = new Partition(40_000);
    const other = limited.createTable(PRODUCT);
    expect(limited.hasHeadroom()).toBe(false);
    other.adopt(sent(shared));
    expect(limited.hasHeadroom()).toBe(true);
  });

  it('can be handed on', () => {
    const { table } = newOwner(EVERYWHERE);
    const [second, third] = [newTaker(), newTaker()];
    second.table.adopt(sent(table.share()));
    third.table.adopt(sent(second.table.share()));
    expect(contents(third.table, EVERYWHERE)).toEqual(contents(table, EVERYWHERE));
  });

  it('lets nobody insert or delete once it is shared', () => {
    const refused = 'PRODUCT is shared and cannot change';
    const changes = [
      ({ partition, table }: Shared) => partition.newTransaction().delete(table, 4),
      ({ partition, table }: Shared) => partition.newTransaction().insert(table, put(table, 40_000)),
    ];
    for (const change of changes) {
      const owner = newOwner(EVERYWHERE);
      owner.table.share();
      expect(() => change(owner)).toThrow(refused);
      const taker = newTaker();
      taker.table.adopt(sent(newOwner(EVERYWHERE).table.share()));
      expect(() => change(taker)).toThrow(refused);
    }
  });

  it('is taken over by an empty table alone, and only by one that is shared by definition', () => {
    const { table } = newOwner(EVERYWHERE);
    const shared = sent(table.share());
    const plain = new Partition().createTable({ ...PRODUCT, shared: undefined } as unknown as TableDefinition);
    expect(() => plain.share()).toThrow('PRODUCT is not shared');
    expect(() => plain.adopt(shared)).toThrow('PRODUCT cannot take over a table');
    const filled = newOwner([1, 2]);
    expect(() => filled.table.adopt(shared)).toThrow('PRODUCT cannot take over a table');
    const twice = newTaker();
    twice.table.adopt(shared);
    expect(() => twice.table.adopt(shared)).toThrow('PRODUCT cannot take over a table');
  });
});
