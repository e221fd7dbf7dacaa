import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Partition } from '../engine/partition.ts';
import type { TableDefinition } from '../engine/schema.ts';
import { freeSlots, partitionDifference } from '../engine/testing/compare.ts';
import { PlainPartition } from '../engine/testing/plain-model.ts';
import { Random } from '../engine/testing/random.ts';
import { ACCOUNT, anyTable, BOOKING, DOCUMENT, JOURNAL, LABEL } from '../engine/testing/schemas.ts';
import { TwinWriter } from '../engine/testing/twin-writer.ts';
import { kindOf, WRITE_INSERT } from '../engine/write-tag.ts';
import { type RecordViews, RedoApplier } from './redo-applier.ts';
import { RedoEncoder } from './redo-encoder.ts';
import { WORD_BYTES } from './redo-layout.ts';

const views = (words: number): RecordViews => {
  const buffer = new ArrayBuffer(words * WORD_BYTES);
  return {
    float64s: new Float64Array(buffer),
    int32s: new Int32Array(buffer),
    bytes: new Uint8Array(buffer).fill(0xa5),
    view: new DataView(buffer),
  };
};

interface Log {
  records: RecordViews[];
  plain: PlainPartition;
  definitions: readonly TableDefinition[];
}

/** Random transactions, the committed ones encoded at their commit. */
function writeLog(definitions: readonly TableDefinition[], seed: number, transactions: number, steps: number): Log {
  const random = new Random(seed);
  const partition = new Partition();
  for (const definition of definitions) partition.createTable(definition);
  const plain = new PlainPartition(definitions);
  const writer = new TwinWriter(partition, plain, random, { insert: 5, set: 4, delete: 3 });
  const encoder = new RedoEncoder(partition.tables);
  const records: RecordViews[] = [];
  writer.transaction.listener = {
    committing(writeSet) {
      const words = encoder.measure(writeSet);
      const record = views(words);
      expect(encoder.encode(writeSet, record, 0)).toBe(words);
      records.push(record);
    },
  };
  for (let n = 0; n < transactions; n++) {
    for (let left = random.integer(0, steps); left > 0; left--) writer.step();
    if (random.chance(0.3)) writer.abort();
    else writer.commit();
  }
  return { records, plain, definitions };
}

/** @param batchRows as the applier takes it */
function replay({ records, definitions }: Log, batchRows?: number): Partition {
  const partition = new Partition();
  for (const definition of definitions) partition.createTable(definition);
  const applier = new RedoApplier(partition.tables, batchRows);
  for (const record of records) expect(applier.apply(record, 0, record.float64s.length)).toBeNull();
  expect(applier.finish()).toBeNull();
  return partition;
}

describe('a log of redo records', () => {
  it('replayed gives the same rows in the same slots and the same indexes, for any tables', () => {
    const tables = fc.tuple(anyTable('T0'), anyTable('T1'), anyTable('T2'));
    fc.assert(
      fc.property(
        tables,
        fc.integer(),
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 40 }),
        (definitions, seed, transactions, batchRows) => {
          const log = writeLog(definitions, seed, transactions, 30);
          expect(partitionDifference(replay(log, batchRows), log.plain, 'all accounted for')).toBeNull();
        },
      ),
      { seed: 1, numRuns: 120 },
    );
  });

  it('replayed gives the same whether ordered indexes follow in small batches or at the end', () => {
    for (const batchRows of [1, 7, 100, undefined]) {
      const log = writeLog([ACCOUNT, DOCUMENT, BOOKING], 8, 150, 60);
      expect(partitionDifference(replay(log, batchRows), log.plain, 'all accounted for')).toBeNull();
    }
  });

  it('replayed leaves a partition that goes on, its free slots the lowest first', () => {
    const log = writeLog([ACCOUNT, JOURNAL, DOCUMENT, BOOKING, LABEL], 2, 60, 200);
    const partition = replay(log);
    for (const table of partition.tables) {
      const free = freeSlots(table);
      expect(free).toEqual(free.toSorted((a, b) => a - b));
      expect(free.length + table.rowCount).toBe(table.rowBound);
    }
    expect(partition.tables.some((table) => freeSlots(table).length > 0)).toBe(true);
    const transaction = partition.newTransaction();
    const [account] = partition.tables;
    const [lowest] = freeSlots(account);
    expect(account.allocate()).toBe(lowest);
    account.free(lowest);
    transaction.abort();
  });

  it('holds nothing of aborted transactions and nothing for those that wrote nothing', () => {
    const log = writeLog([ACCOUNT], 3, 0, 0);
    expect(log.records).toEqual([]);
  });

  it('has the same bytes for the same transactions', () => {
    const bytesOf = (seed: number) =>
      writeLog([ACCOUNT, DOCUMENT], seed, 20, 30).records.map(({ bytes }) => [...bytes]);
    expect(bytesOf(4)).toEqual(bytesOf(4));
  });
});

describe('a record that does not fit', () => {
  it('is refused with a reason, whatever its words are, and never throws', () => {
    const log = writeLog([ACCOUNT, DOCUMENT, BOOKING], 5, 12, 40);
    const random = fc.record({
      record: fc.nat({ max: log.records.length - 1 }),
      byte: fc.nat(),
      value: fc.integer({ min: 0, max: 255 }),
      cut: fc.nat({ max: 3 }),
    });
    let refused = 0;
    fc.assert(
      fc.property(random, ({ record, byte, value, cut }) => {
        const partition = new Partition(64 << 20);
        for (const definition of log.definitions) partition.createTable(definition);
        const applier = new RedoApplier(partition.tables);
        log.records.forEach((each, i) => {
          const damaged = views(each.float64s.length);
          damaged.bytes.set(each.bytes);
          if (i === record) damaged.bytes[byte % damaged.bytes.length] = value;
          const end = Math.max(0, damaged.float64s.length - (i === record ? cut : 0));
          try {
            if (applier.apply(damaged, 0, end) !== null) refused++;
          } catch (error) {
            // A row number far above: the limit of memory is a refusal, too.
            expect(error).toMatchObject({ code: 'MEMORY_LIMIT' });
            refused++;
          }
        });
      }),
      { seed: 6, numRuns: 150 },
    );
    expect(refused).toBeGreaterThan(100);
  });

  it('is refused at the latest at the end when a key is there twice', () => {
    const log = writeLog([DOCUMENT], 9, 40, 4);
    const inserting = log.records.find(({ int32s }) => kindOf(int32s[0]) === WRITE_INSERT);
    if (inserting === undefined) throw new Error('no record begins with an insert');
    const twice = views(inserting.float64s.length);
    twice.bytes.set(inserting.bytes);
    twice.int32s[1] += 1000;
    const outcomes = [1, 2, 100].map((batchRows) => {
      const partition = new Partition();
      partition.createTable(DOCUMENT);
      const applier = new RedoApplier(partition.tables, batchRows);
      const faults = [inserting, twice].map((record) => applier.apply(record, 0, record.float64s.length));
      return [...faults, applier.finish()].filter((fault) => fault !== null);
    });
    for (const faults of outcomes) expect(faults).toEqual([expect.stringMatching(/^DOCUMENT.* is there already$/)]);
  });

  it('names the table and the row', () => {
    const log = writeLog([ACCOUNT], 7, 3, 20);
    const partition = new Partition();
    partition.createTable(ACCOUNT);
    const applier = new RedoApplier(partition.tables);
    const [first] = log.records;
    expect(applier.apply(first, 0, first.float64s.length)).toBeNull();
    expect(applier.apply(first, 0, first.float64s.length)).toMatch(/^ACCOUNT, row \d+: /);
  });
});
