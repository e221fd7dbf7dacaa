import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OperatingFault } from '../errors.ts';
import { MemoryBudget } from './memory-budget.ts';
import { Partition } from './partition.ts';
import { NULL_INT32, NULL_INTEGER } from './row-layout.ts';
import {
  fixedText,
  int32,
  integer,
  nullableInt32,
  nullableInteger,
  type TableDefinition,
  variableText,
} from './schema.ts';
import { Table } from './table.ts';
import { freeSlots, rowOf } from './testing/compare.ts';
import { heldBytes } from './testing/held-bytes.ts';
import { PlainPartition, type PlainRow } from './testing/plain-model.ts';
import { Random } from './testing/random.ts';
import { anyTable, BOOKING, DOCUMENT, JOURNAL, LABEL } from './testing/schemas.ts';
import { putValue, TwinWriter } from './testing/twin-writer.ts';
import { MOST_IDS, WRITE_DELETE, WRITE_INSERT, writeTag } from './write-tag.ts';

const newTable = (definition: TableDefinition, limitBytes = Number.POSITIVE_INFINITY): Table =>
  new Table(definition, 0, new MemoryBudget(limitBytes));

const tableOf = (columns: TableDefinition['columns']): Table => newTable({ name: 'T', columns, indexes: {} });

const encoder = new TextEncoder();

function putString(table: Table, row: number, name: string, text: string): void {
  const bytes = encoder.encode(text);
  table.putText(row, table.textColumn(name), bytes, 0, bytes.length);
}

describe('Table columns', () => {
  it('keeps what was put into every column of neighbouring rows, in any order', () => {
    fc.assert(
      fc.property(anyTable('T'), fc.integer(), (definition, seed) => {
        const random = new Random(seed);
        const partition = new Partition();
        const table = partition.createTable({ ...definition, indexes: {} });
        const plain = new PlainPartition([definition]);
        const writer = new TwinWriter(partition, plain, random, { insert: 1, set: 0, delete: 0 });
        const rows: PlainRow[] = [];
        for (let row = 0; row < 4; row++) {
          expect(table.allocate()).toBe(row);
          rows.push(writer.randomRow(plain.tables[0]));
        }
        const cells = rows.flatMap((values, row) => values.map((_, column) => ({ row, column })));
        for (const { row, column } of random.shuffle([...cells, ...cells])) {
          putValue(table, row, column, rows[row][column]);
        }
        expect([0, 1, 2, 3].map((row) => rowOf(table, row))).toEqual(rows);
      }),
      { seed: 1, numRuns: 150 },
    );
  });

  it('keeps integers exact at the bounds of their types', () => {
    const table = tableOf({ A: int32, B: integer });
    const row = table.allocate();
    for (const value of [-(2 ** 31) + 1, -1, 0, 1, 2 ** 31 - 1]) {
      table.putInt32(row, table.int32Column('A'), value);
      expect(table.getInt32(row, table.int32Column('A'))).toBe(value);
    }
    for (const value of [-(2 ** 53) + 1, -1, 0, 1, 2 ** 53 - 1]) {
      table.putInteger(row, table.integerColumn('B'), value);
      expect(table.getInteger(row, table.integerColumn('B'))).toBe(value);
    }
  });

  it('reads nulls as null where the column may be null, and nowhere else', () => {
    const table = tableOf({ A: nullableInt32, B: nullableInteger, C: int32, D: integer });
    const row = table.allocate();
    table.putInt32(row, table.int32Column('A'), NULL_INT32);
    table.putInteger(row, table.integerColumn('B'), NULL_INTEGER);
    expect(['A', 'B', 'C', 'D'].map((name) => table.read(row, table.column(name)))).toEqual([null, null, 0, 0]);
    table.putInt32(row, table.int32Column('A'), 0);
    table.putInteger(row, table.integerColumn('B'), 0);
    expect(['A', 'B'].map((name) => table.read(row, table.column(name)))).toEqual([0, 0]);
  });

  it('keeps variable text of every length up to its size', () => {
    for (const sizeBytes of [1, 255, 256, 65_535]) {
      const table = tableOf({ BEFORE: int32, A: variableText(sizeBytes), BEHIND: variableText(3) });
      const row = table.allocate();
      const column = table.textColumn('A');
      putString(table, row, 'BEHIND', 'end');
      for (const length of [sizeBytes, sizeBytes >> 1, 1, 0, sizeBytes]) {
        const text = 'x'.repeat(length);
        putString(table, row, 'A', text);
        expect(table.textLength(row, column)).toBe(length);
        expect(table.readText(row, column)).toBe(text);
      }
      expect(table.readText(row, table.textColumn('BEHIND'))).toBe('end');
      expect(() => putString(table, row, 'A', 'x'.repeat(sizeBytes + 1))).toThrow('do not fit');
      expect(table.textLength(row, column)).toBe(sizeBytes);
    }
  });

  it('keeps fixed text of exactly its size, and text beyond ASCII', () => {
    const table = tableOf({ A: fixedText(4), B: variableText(20) });
    const row = table.allocate();
    putString(table, row, 'A', 'abcd');
    expect(table.read(row, table.column('A'))).toBe('abcd');
    for (const text of ['abc', 'abcde', '']) expect(() => putString(table, row, 'A', text)).toThrow('do not fit');
    putString(table, row, 'B', 'Grüße, 世界');
    expect(table.read(row, table.column('B'))).toBe('Grüße, 世界');
  });

  it('copies fixed text by words between tables', () => {
    const from = tableOf({ N: int32, A: fixedText(3), B: fixedText(8), C: fixedText(8) });
    const to = tableOf({ X: fixedText(1), B: fixedText(8), Y: fixedText(1) });
    for (let i = 0; i < 3; i++) {
      from.allocate();
      to.allocate();
    }
    putString(from, 2, 'B', 'ABCDEFGH');
    putString(from, 2, 'C', '12345678');
    putString(to, 1, 'X', 'x');
    putString(to, 1, 'Y', 'y');
    to.putFixedTextFrom(1, to.textColumn('B'), from, 2, from.textColumn('C'));
    expect(['X', 'B', 'Y'].map((name) => to.read(1, to.column(name)))).toEqual(['x', '12345678', 'y']);
    expect(to.read(0, to.column('B'))).toBe('\0'.repeat(8));
    expect(to.read(2, to.column('B'))).toBe('\0'.repeat(8));
  });

  it('finds columns by name and kind, and asserts on others', () => {
    const table = tableOf({ A: int32, B: integer, C: fixedText(1) });
    expect(() => table.column('D')).toThrow('no column D');
    expect(() => table.int32Column('B')).toThrow('no int32');
    expect(() => table.integerColumn('A')).toThrow('no integer');
    expect(() => table.textColumn('A')).toThrow('no text');
    expect(() => table.keyColumn('A')).toThrow('not part of a key');
    expect(() => table.keyColumn('B')).toThrow('not part of a key');
    expect(() => table.keyColumn('C')).toThrow('not part of a key');
    expect(() => table.keyColumn('D')).toThrow('no column D');
    expect(() => table.hashIndex('primary')).toThrow('no hash index');
    expect(() => table.directIndex('primary')).toThrow('no direct index');
    expect(() => table.orderedIndex('primary')).toThrow('no ordered index');
  });

  it('keeps columns that are part of a key apart from those that a transaction can set', () => {
    const table = newTable(BOOKING);
    for (const name of ['HALL', 'ROW', 'SEAT', 'NUMBER', 'GUEST', 'TICKET']) {
      expect(table.keyColumn(name)).toBe(table.column(name));
      expect(table.keyColumn(name).keyed).toBe(true);
      expect(() => table.int32Column(name)).toThrow(`BOOKING.${name} is part of a key`);
    }
    for (const name of ['STATE', 'VISITS']) {
      expect(table.int32Column(name)).toBe(table.column(name));
      expect(table.int32Column(name).keyed).toBe(false);
      expect(() => table.keyColumn(name)).toThrow(`BOOKING.${name} is not part of a key`);
    }
  });

  it('finds indexes by name and kind', () => {
    const table = new Partition().createTable(BOOKING);
    const indexes = [
      { find: (name: string) => table.hashIndex(name), own: ['primary'], kind: 'hash' },
      { find: (name: string) => table.directIndex(name), own: ['bySeat', 'byTicket'], kind: 'direct' },
      { find: (name: string) => table.orderedIndex(name), own: ['byGuest', 'byRow'], kind: 'ordered' },
    ];
    for (const { find, own, kind } of indexes) {
      for (const name of Object.keys(BOOKING.indexes)) {
        if (own.includes(name)) expect(find(name).name).toBe(name);
        else expect(() => find(name)).toThrow(`BOOKING has no ${kind} index ${name}`);
      }
    }
  });

  it('names its inserts and deletes by tags of its id', () => {
    for (const id of [0, 1, 17, MOST_IDS - 1]) {
      const table = new Table(LABEL, id, new MemoryBudget(Number.POSITIVE_INFINITY));
      expect(table.insertTag).toBe(writeTag(WRITE_INSERT, id, 0));
      expect(table.deleteTag).toBe(writeTag(WRITE_DELETE, id, 0));
    }
  });

  it('gives the chunk and the place of the int32 columns of any row', () => {
    for (const definition of [BOOKING, DOCUMENT]) {
      const table = newTable(definition);
      const int32s = table.layout.columns.filter((column) => column.kind === 'int32');
      const rows = 2 * (table.chunkMask + 1) + 3;
      for (let row = 0; row < rows; row++) {
        table.allocate();
        for (const column of int32s) table.putInt32(row, column, row * 100 + column.id);
      }
      for (let row = 0; row < rows; row++) {
        const chunk = table.int32sOf(row);
        const base = table.int32Base(row);
        for (const column of int32s) {
          if (chunk[base + column.offset] !== row * 100 + column.id) expect.fail(`row ${row}, ${column.name}`);
          if (table.getInt32(row, column) !== row * 100 + column.id) expect.fail(`row ${row}, ${column.name}`);
        }
      }
    }
  });
});

describe('Table slots', () => {
  it('gives out new slots in order over chunk bounds, and counts what it holds', () => {
    for (const definition of [LABEL, JOURNAL, DOCUMENT]) {
      const budget = new MemoryBudget(Number.POSITIVE_INFINITY);
      const table = new Table(definition, 0, budget);
      const perChunk = table.chunkMask + 1;
      expect(budget.usedBytes).toBe(0);
      for (let row = 0; row < 2 * perChunk + 1; row++) {
        if (table.allocate() !== row) expect.fail(`row ${row}`);
      }
      expect(table.rowBound).toBe(2 * perChunk + 1);
      expect(table.byteChunks.length).toBe(3);
      expect(budget.usedBytes).toBe(3 * table.chunkBytes);
      expect(budget.usedBytes).toBe(heldBytes(table));
      const column = table.textColumn(definition === DOCUMENT ? 'BODY' : 'TEXT');
      const lastByte = table.byteOffset(perChunk - 1, column) + column.lengthBytes + column.sizeBytes;
      expect(lastByte).toBeLessThanOrEqual(table.bytesOf(perChunk - 1).length);
    }
  });

  it('keeps chunks near a quarter of a megabyte, and rows that fill one alone are possible', () => {
    for (const sizeBytes of [1, 100, 1000, 60_000]) {
      const table = tableOf({ A: variableText(sizeBytes) });
      expect(table.chunkBytes).toBeGreaterThan(150_000);
      expect(table.chunkMask).toBeGreaterThanOrEqual(15);
      expect(table.chunkBytes).toBeLessThan(Math.max(450_000, 16 * (sizeBytes + 16)));
    }
  });

  it('gives freed slots out first, the last one freed before the others', () => {
    for (const definition of [LABEL, JOURNAL, DOCUMENT]) {
      const table = newTable(definition);
      const bound = table.chunkMask + 10;
      for (let i = 0; i < bound; i++) table.allocate();
      const freed = [3, bound - 1, 0, table.chunkMask, table.chunkMask + 1];
      for (const row of freed) table.free(row);
      expect(freeSlots(table)).toEqual([...freed].reverse());
      expect(freed.map(() => table.allocate())).toEqual([...freed].reverse());
      expect(table.allocate()).toBe(bound);
    }
  });

  it('touches nothing but the freed row when it links it', () => {
    const table = newTable(LABEL);
    for (let row = 0; row < 50; row++) {
      table.allocate();
      putString(table, row, 'TEXT', String.fromCharCode(65 + row));
    }
    for (let row = 0; row < 50; row += 2) table.free(row);
    for (let row = 1; row < 50; row += 2) {
      expect(table.readText(row, table.textColumn('TEXT'))).toBe(String.fromCharCode(65 + row));
    }
  });

  it('knows live rows from allocated, dead and impossible ones', () => {
    const table = newTable(JOURNAL);
    expect(table.isLive(0)).toBe(false);
    const row = table.allocate();
    expect(table.isLive(row)).toBe(false);
    expect(table.rowBound).toBe(1);
    table.setLive(row, 1);
    expect(table.isLive(row)).toBe(true);
    expect(table.rowCount).toBe(1);
    expect([-1, 1, 1_000_000].map((other) => table.isLive(other))).toEqual([false, false, false]);
    table.setLive(row, 0);
    expect(table.isLive(row)).toBe(false);
    table.free(row);
    expect(table.isLive(row)).toBe(false);
    expect(table.rowBound).toBe(1);
    expect(table.rowCount).toBe(0);
  });

  it('runs out without a trace', () => {
    const { chunkBytes, chunkMask } = newTable(JOURNAL);
    const table = newTable(JOURNAL, 2 * chunkBytes - 1);
    for (let row = 0; row <= chunkMask; row++) table.allocate();
    for (let i = 0; i < 3; i++) expect(() => table.allocate()).toThrow(OperatingFault);
    expect(table.rowBound).toBe(chunkMask + 1);
    expect(table.byteChunks.length).toBe(1);
    table.free(5);
    expect(table.allocate()).toBe(5);
  });
});
