import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Partition } from './partition.ts';
import type { TableDefinition } from './schema.ts';
import { partitionDifference } from './testing/compare.ts';
import { heldBytes } from './testing/held-bytes.ts';
import { heightOf } from './testing/ordered-index-model.ts';
import { PlainPartition } from './testing/plain-model.ts';
import { Random } from './testing/random.ts';
import { Replica } from './testing/replica.ts';
import { ACCOUNT, anyTable, BOOKING, DOCUMENT, JOURNAL, LABEL } from './testing/schemas.ts';
import { TwinWriter, type Weights } from './testing/twin-writer.ts';

/** Random transactions over `definitions`, some aborted in the middle; the model, the indexes and the replica after each. */
function runTransactions(
  definitions: readonly TableDefinition[],
  seed: number,
  shape: { transactions: number; mostSteps: number; weights: Weights },
): TwinWriter {
  const random = new Random(seed);
  const partition = new Partition();
  for (const definition of definitions) partition.createTable(definition);
  const plain = new PlainPartition(definitions);
  const writer = new TwinWriter(partition, plain, random, shape.weights);
  const replica = new Replica(partition.tables);
  for (let n = 0; n < shape.transactions; n++) {
    for (let steps = random.integer(0, shape.mostSteps); steps > 0; steps--) writer.step();
    if (random.chance(0.1)) expect(partitionDifference(partition, plain, 'some pending')).toBeNull();
    if (random.chance(0.4)) writer.abort();
    else {
      expect(replica.apply(writer.transaction.writeSet)).toEqual([]);
      writer.commit();
    }
    expect(writer.transaction.writeSet.length).toBe(0);
    expect(partitionDifference(partition, plain, 'all accounted for')).toBeNull();
    plain.tables.forEach((table, id) => {
      expect(replica.rows[id].size).toBe(table.rows.size);
      for (const [slot, row] of table.rows) {
        const replayed = replica.rows[id].get(slot);
        if (replayed === undefined || replayed.some((value, i) => value !== row[i])) {
          expect.fail(`${table.definition.name} ${slot}: ${replayed}, expected ${row}`);
        }
      }
    });
  }
  expect(partition.usedBytes).toBe(heldBytes(partition, writer.transaction));
  return writer;
}

describe('Transactions against the plain model', () => {
  it('agree for any tables and indexes', () => {
    const tables = fc.tuple(anyTable('T0'), anyTable('T1'), anyTable('T2'));
    fc.assert(
      fc.property(tables, fc.integer(), fc.integer({ min: 1, max: 12 }), (definitions, seed, transactions) => {
        runTransactions(definitions, seed, {
          transactions,
          mostSteps: 30,
          weights: { insert: 5, set: 3, delete: 3 },
        });
      }),
      { seed: 1, numRuns: 120 },
    );
  });

  it('agree over a long run with many refused inserts', () => {
    const crowded: TableDefinition = {
      ...ACCOUNT,
      indexes: {
        primary: { kind: 'hash', key: [{ column: 'NUMBER', range: 60 }] },
        byCard: { kind: 'ordered', key: [{ column: 'CARD', range: 60 }], unique: true },
        byBranch: { kind: 'ordered', key: [{ column: 'BRANCH', range: 3 }], unique: false },
      },
    };
    const writer = runTransactions([crowded, LABEL], 2, {
      transactions: 250,
      mostSteps: 25,
      weights: { insert: 6, set: 3, delete: 2 },
    });
    expect(writer.partition.tables[0].rowCount).toBeGreaterThan(20);
  });

  it('agree over a long run with inserts that any one of the indexes refuses', () => {
    const part = (column: string, range: number) => ({ column, range });
    const crowded: TableDefinition = {
      ...BOOKING,
      name: 'CROWDED',
      indexes: {
        primary: { kind: 'hash', key: [part('NUMBER', 150)] },
        bySeat: { kind: 'direct', key: [part('HALL', 3), part('ROW', 5), part('SEAT', 10)] },
        byTicket: { kind: 'direct', key: [part('TICKET', 150)] },
        byGuest: { kind: 'ordered', key: [part('GUEST', 150)], unique: true },
        byRow: { kind: 'ordered', key: [part('ROW', 5)], unique: false },
      },
    };
    const writer = runTransactions([crowded, BOOKING], 5, {
      transactions: 300,
      mostSteps: 30,
      weights: { insert: 6, set: 3, delete: 2 },
    });
    expect(writer.partition.tables[0].rowCount).toBeGreaterThan(20);
    const alone = ['primary', 'bySeat', 'byTicket', 'byGuest'].map((index) => writer.refusals.get(index) ?? 0);
    expect(Math.min(...alone)).toBeGreaterThan(50);
    // Direct indexes that refuse after the hash index accepted, before the ordered one would have refused too.
    expect(writer.refusals.get('bySeat+byTicket') ?? 0).toBeGreaterThan(10);
    expect(writer.refusals.get('byTicket+byGuest') ?? 0).toBeGreaterThan(10);
  });

  it('agree while tables and indexes grow over many chunks and nodes', () => {
    const writer = runTransactions([ACCOUNT, JOURNAL, DOCUMENT, BOOKING], 3, {
      transactions: 24,
      mostSteps: 1500,
      weights: { insert: 7, set: 2, delete: 1 },
    });
    const [account, , document, booking] = writer.partition.tables;
    expect(account.byteChunks.length).toBeGreaterThan(1);
    expect(document.byteChunks.length).toBeGreaterThan(1);
    for (const index of account.orderedIndexes) expect(heightOf(index)).toBeGreaterThan(0);
    for (const index of booking.orderedIndexes) expect(heightOf(index)).toBeGreaterThan(0);
    for (const index of booking.directIndexes) expect(index['pages'].length).toBeGreaterThan(5);
  });

  it('agree while tables are emptied and filled again', () => {
    const random = new Random(4);
    const definitions = [ACCOUNT, JOURNAL, BOOKING];
    const partition = new Partition();
    for (const definition of definitions) partition.createTable(definition);
    const plain = new PlainPartition(definitions);
    const filling = new TwinWriter(partition, plain, random, { insert: 1, set: 0, delete: 0 });
    let filledBytes = 0;
    for (let round = 0; round < 5; round++) {
      for (const table of partition.tables) while (table.rowCount < 2000) filling.step(table.id);
      filling.commit();
      if (round === 1) filledBytes = partition.usedBytes;
      for (const end of ['abort', 'commit'] as const) {
        plain.tables.forEach((table, id) => {
          for (const slot of random.shuffle([...table.rows.keys()])) filling.delete(id, slot);
        });
        expect(partition.tables.map((table) => table.rowCount)).toEqual([0, 0, 0]);
        filling[end]();
        expect(partitionDifference(partition, plain, 'all accounted for')).toBeNull();
      }
    }
    expect(partition.usedBytes).toBe(filledBytes);
    // A refused insert takes a slot for a moment.
    for (const table of partition.tables) expect(table.rowBound).toBeLessThanOrEqual(2001);
  });
});
