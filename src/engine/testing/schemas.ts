/** Tables for tests: any table that a workload could define, as an arbitrary of fast-check. */
import fc from 'fast-check';
import {
  type ColumnDefinition,
  type DirectIndexDefinition,
  fixedText,
  type HashIndexDefinition,
  int32,
  integer,
  type KeyPart,
  nullableInt32,
  nullableInteger,
  type OrderedIndexDefinition,
  type TableDefinition,
  variableText,
} from '../schema.ts';

const anyColumn: fc.Arbitrary<ColumnDefinition> = fc.oneof(
  { weight: 4, arbitrary: fc.constant(int32) },
  fc.constantFrom(nullableInt32, integer, nullableInteger),
  fc.integer({ min: 1, max: 30 }).map(fixedText),
  fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constantFrom(255, 256, 600)).map(variableText),
);

interface IndexShape {
  kind: 'hash' | 'direct' | 'unique' | 'ordered';
  /** Which of the int32 columns, counted round. */
  parts: { column: number; range: number }[];
}

const anyIndex: fc.Arbitrary<IndexShape> = fc.record({
  kind: fc.constantFrom('hash', 'direct', 'unique', 'ordered'),
  parts: fc.array(fc.record({ column: fc.nat({ max: 9 }), range: fc.integer({ min: 2, max: 40 }) }), {
    minLength: 1,
    maxLength: 4,
  }),
});

function withIndexes(name: string, definitions: ColumnDefinition[], shapes: IndexShape[]): TableDefinition {
  const columns = Object.fromEntries(definitions.map((definition, i) => [`C${i}`, definition]));
  const candidates = Object.keys(columns).filter((column) => columns[column] === int32);
  const indexes: Record<string, HashIndexDefinition | DirectIndexDefinition | OrderedIndexDefinition> = {};
  if (candidates.length > 0) {
    shapes.forEach((shape, i) => {
      const chosen = new Map<string, KeyPart>();
      for (const { column, range } of shape.parts) {
        const picked = candidates[column % candidates.length];
        chosen.set(picked, { column: picked, range });
      }
      const key = [...chosen.values()];
      const { kind } = shape;
      indexes[`I${i}`] =
        kind === 'hash' || kind === 'direct' ? { kind, key } : { kind: 'ordered', key, unique: kind === 'unique' };
    });
  }
  return { name, columns, indexes };
}

/** A table of one to twelve columns of every kind, with up to four indexes over its plain int32 columns. */
export const anyTable = (name: string): fc.Arbitrary<TableDefinition> =>
  fc
    .tuple(fc.array(anyColumn, { minLength: 1, maxLength: 12 }), fc.array(anyIndex, { maxLength: 4 }))
    .map(([columns, shapes]) => withIndexes(name, columns, shapes));

/** Values that a key column may hold in every index that it is part of: 0 to one below this. */
export function keyRange(definition: TableDefinition, column: string): number {
  let range = Number.POSITIVE_INFINITY;
  for (const index of Object.values(definition.indexes)) {
    for (const part of index.key) if (part.column === column) range = Math.min(range, part.range);
  }
  return range;
}

/** A table with two unique hash indexes, a unique ordered one and one that allows equal keys. */
export const ACCOUNT: TableDefinition = {
  name: 'ACCOUNT',
  columns: {
    NUMBER: int32,
    BRANCH: int32,
    CARD: int32,
    NOTE: variableText(300),
    BALANCE: integer,
    CODE: fixedText(8),
    LIMIT: nullableInteger,
    RANK: nullableInt32,
    NAME: variableText(20),
    VISITS: int32,
  },
  indexes: {
    primary: { kind: 'hash', key: [{ column: 'NUMBER', range: 100_000 }] },
    byCard: { kind: 'hash', key: [{ column: 'CARD', range: 1_000_000 }] },
    inBranch: {
      kind: 'ordered',
      key: [
        { column: 'BRANCH', range: 50 },
        { column: 'NUMBER', range: 100_000 },
      ],
      unique: true,
    },
    byBranch: { kind: 'ordered', key: [{ column: 'BRANCH', range: 50 }], unique: false },
  },
};

/**
 * A table with indexes of all three kinds over columns of their own, so that each unique one alone can refuse a row: a
 * hash index, two direct ones (one of three parts; both over several pages), a unique ordered one and one that allows
 * equal keys.
 */
export const BOOKING: TableDefinition = {
  name: 'BOOKING',
  columns: {
    PRICE: integer,
    HALL: int32,
    ROW: int32,
    SEAT: int32,
    NUMBER: int32,
    GUEST: int32,
    TICKET: int32,
    NOTE: variableText(40),
    STATE: nullableInt32,
    VISITS: int32,
  },
  indexes: {
    byGuest: { kind: 'ordered', key: [{ column: 'GUEST', range: 60_000 }], unique: true },
    bySeat: {
      kind: 'direct',
      key: [
        { column: 'HALL', range: 6 },
        { column: 'ROW', range: 70 },
        { column: 'SEAT', range: 90 },
      ],
    },
    byRow: { kind: 'ordered', key: [{ column: 'ROW', range: 70 }], unique: false },
    byTicket: { kind: 'direct', key: [{ column: 'TICKET', range: 30_000 }] },
    primary: { kind: 'hash', key: [{ column: 'NUMBER', range: 50_000 }] },
  },
};

/** Append-only, without an index. */
export const JOURNAL: TableDefinition = {
  name: 'JOURNAL',
  columns: { AMOUNT: integer, TEXT: variableText(24) },
  indexes: {},
};

/** The smallest row: 8 bytes of text, and the links of free slots lie over it. */
export const LABEL: TableDefinition = { name: 'LABEL', columns: { TEXT: fixedText(1) }, indexes: {} };

/** A row of 1.4 KB: few fit into a chunk. */
export const DOCUMENT: TableDefinition = {
  name: 'DOCUMENT',
  columns: { ID: int32, BODY: variableText(1400) },
  indexes: { primary: { kind: 'ordered', key: [{ column: 'ID', range: 2 ** 31 - 1 }], unique: true } },
};
