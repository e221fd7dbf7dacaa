import { describe, expect, it } from 'vitest';
import { OperatingFault } from '../errors.ts';
import { Partition } from './partition.ts';
import type { TableDefinition } from './schema.ts';
import { partitionDifference } from './testing/compare.ts';
import { heldBytes } from './testing/held-bytes.ts';
import { PlainPartition } from './testing/plain-model.ts';
import { Random } from './testing/random.ts';
import { ACCOUNT, BOOKING, DOCUMENT, JOURNAL } from './testing/schemas.ts';
import { TwinWriter } from './testing/twin-writer.ts';

const DEFINITIONS: readonly TableDefinition[] = [ACCOUNT, JOURNAL, DOCUMENT, BOOKING];
/** Tables of the writes, one as likely as another: most go to ACCOUNT, whose four indexes grow then. */
const STEPS = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 3];
const WEIGHTS = { insert: 12, set: 3, delete: 1 };

/** Calls `call`; returns whether it ran into the memory limit. Anything else is thrown on. */
function outOfMemory(call: () => void): boolean {
  try {
    call();
    return false;
  } catch (error) {
    if (error instanceof OperatingFault && error.code === 'MEMORY_LIMIT') return true;
    throw error;
  }
}

interface Run {
  partition: Partition;
  plain: PlainPartition;
  /** Undefined where not even the empty tables fit. */
  writer?: TwinWriter;
  random: Random;
}

/** Creates the tables and an idle writer within the limit. */
function open(limitBytes: number, seed: number, onReserve?: (neededBytes: number) => void): Run {
  const partition = new Partition(limitBytes);
  const { budget } = partition;
  if (onReserve !== undefined) {
    const reserve = budget.reserve.bind(budget);
    budget.reserve = (sizeBytes) => {
      onReserve(budget.usedBytes + sizeBytes);
      reserve(sizeBytes);
    };
  }
  const random = new Random(seed);
  const plain = new PlainPartition(DEFINITIONS);
  const run: Run = { partition, plain, random };
  outOfMemory(() => {
    for (const definition of DEFINITIONS) partition.createTable({ ...definition, expectedRows: 300 });
    run.writer = new TwinWriter(partition, plain, random, WEIGHTS);
  });
  return run;
}

/** Transactions of up to 900 writes until `rows` rows are there or memory runs out; true when it ran out. */
function fill({ partition, random }: Run, writer: TwinWriter, rows: number): boolean {
  const count = (): number => partition.tables.reduce((sum, table) => sum + table.rowCount, 0);
  while (count() < rows) {
    for (let steps = random.integer(1, 900); steps > 0; steps--) {
      const table = random.pick(STEPS);
      if (outOfMemory(() => writer.step(table))) return true;
    }
    if (random.chance(0.1)) writer.abort();
    else writer.commit();
  }
  return false;
}

describe('The memory limit of a partition', () => {
  it('can strike at every allocation, and what follows the abort is what was before the transaction', () => {
    const rows = 15_000;
    let greatest = 0;
    const needs: number[] = [];
    const rehearsal = open(Number.POSITIVE_INFINITY, 1, (neededBytes) => {
      if (neededBytes <= greatest) return;
      greatest = neededBytes;
      needs.push(neededBytes);
    });
    expect(fill(rehearsal, rehearsal.writer as TwinWriter, rows)).toBe(false);
    expect(needs.length).toBeGreaterThan(30);

    let faultsInTransactions = 0;
    for (const needed of needs) {
      const run = open(needed - 1, 1);
      const { partition, plain, writer } = run;
      if (writer === undefined) {
        expect(partition.usedBytes).toBeLessThan(needed);
        continue;
      }
      expect(fill(run, writer, rows)).toBe(true);
      faultsInTransactions++;
      expect(partition.usedBytes).toBeLessThan(needed);
      expect(partition.usedBytes).toBe(heldBytes(partition, writer.transaction));
      expect(partitionDifference(partition, plain, 'some pending')).toBeNull();
      writer.abort();
      expect(partition.usedBytes).toBe(heldBytes(partition, writer.transaction));
      expect(partitionDifference(partition, plain, 'all accounted for')).toBeNull();

      // Life goes on: what needs no memory still commits, and what needs some is refused again without a trace.
      const usedBytes = partition.usedBytes;
      for (let n = 0; n < 8; n++) {
        let failed = false;
        for (let steps = 0; steps < 40 && !failed; steps++) failed = outOfMemory(() => writer.step());
        if (failed) writer.abort();
        else writer.commit();
      }
      expect(partitionDifference(partition, plain, 'all accounted for')).toBeNull();
      expect(partition.usedBytes).toBeLessThanOrEqual(Math.max(usedBytes, needed - 1));
    }
    expect(faultsInTransactions).toBeGreaterThan(25);
  });

  it('is announced by hasHeadroom before a short batch of transactions can hit it', () => {
    const random = new Random(2);
    let stops = 0;
    for (let limitBytes = 1_200_000; limitBytes < 12_000_000; limitBytes += random.integer(60_000, 260_000)) {
      const { partition, plain, writer } = open(limitBytes, random.integer(0, 1e9));
      if (writer === undefined) continue;
      let batches = 0;
      for (; partition.hasHeadroom(); batches++) {
        for (let transaction = 0; transaction < 16; transaction++) {
          for (let steps = 0; steps < 8; steps++) writer.step();
          if (transaction % 10 === 9) writer.abort();
          else writer.commit();
        }
        expect(partition.usedBytes).toBeLessThanOrEqual(limitBytes);
      }
      stops++;
      expect(partitionDifference(partition, plain, 'all accounted for')).toBeNull();
      // It is not overcautious: at most a growth of everything at once is left over.
      const growthBytes = partition.tables.reduce((sum, table) => sum + table.pendingGrowthBytes, 0);
      expect(limitBytes - partition.usedBytes).toBeLessThan(growthBytes);
      if (limitBytes > 7_500_000) expect(batches).toBeGreaterThan(10);
    }
    expect(stops).toBeGreaterThan(20);
  });

  it('never makes an abort fail, even where the undo needs a node that others have taken', () => {
    const definition = DEFINITIONS[2];
    const partition = new Partition(40_000_000);
    partition.createTable(definition);
    const plain = new PlainPartition([definition]);
    const writer = new TwinWriter(partition, plain, new Random(3), WEIGHTS);
    const index = partition.tables[0].orderedIndexes[0];
    const put = (id: number): boolean => writer.insert(0, [id, '']);
    // Every leaf is full, and the pool has none left.
    let next = 0;
    while (index.leaves.available > 0 || index.size % 64 > 0) put(10 * next++);
    writer.commit();
    // One leaf is emptied, and its node serves a split elsewhere.
    for (let i = 640; i < 704; i++) writer.delete(0, i);
    expect(index.leaves.available).toBe(1);
    put(10 * 1300 + 5);
    expect(index.leaves.available).toBe(0);
    const limit = partition.budget as { limitBytes: number };
    limit.limitBytes = partition.usedBytes;
    expect(outOfMemory(() => put(10 * 2000 + 5))).toBe(true);
    writer.abort();
    expect(partitionDifference(partition, plain, 'all accounted for')).toBeNull();
    expect(index.leaves.available).toBeGreaterThan(0);
    expect(partition.usedBytes).toBeGreaterThan(limit.limitBytes);
    expect(partition.usedBytes).toBe(heldBytes(partition, writer.transaction));
    expect(partition.hasHeadroom()).toBe(false);
    // Enforced again afterwards.
    expect(partition.budget.enforcing).toBe(true);
  });

  it('does not switch on again with an abort what its owner has switched off', () => {
    const partition = new Partition(40_000_000);
    const table = partition.createTable(ACCOUNT);
    const transaction = partition.newTransaction();
    partition.budget.enforcing = false;
    transaction.insert(table, table.allocate());
    transaction.abort();
    expect(partition.budget.enforcing).toBe(false);
  });
});
