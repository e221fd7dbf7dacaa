import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Column, layoutRow, type RowLayout } from './row-layout.ts';
import { fixedText, int32, integer, nullableInt32, type TableDefinition, variableText } from './schema.ts';
import { anyTable } from './testing/schemas.ts';
import { columnOf, kindOf, MOST_IDS, tableOf, WRITE_INT32, WRITE_INTEGER, WRITE_TEXT } from './write-tag.ts';

const anyTableId = fc.oneof(fc.constantFrom(0, 1, MOST_IDS - 1), fc.nat({ max: MOST_IDS - 1 }));

/** First byte and size of a column, its length bytes included. */
function extent(column: Column): { from: number; sizeBytes: number } {
  if (column.kind === 'int32') return { from: column.offset * 4, sizeBytes: 4 };
  if (column.kind === 'integer') return { from: column.offset * 8, sizeBytes: 8 };
  return { from: column.offset, sizeBytes: column.lengthBytes + column.sizeBytes };
}

const table = (columns: TableDefinition['columns'], key: string[] = []): TableDefinition => ({
  name: 'T',
  columns,
  indexes: key.length === 0 ? {} : { primary: { kind: 'hash', key: key.map((column) => ({ column, range: 10 })) } },
});

/** Key columns and others have one object shape, so that reads of either stay monomorphic. */
const INT32_COLUMN_FIELDS = ['kind', 'name', 'id', 'nullable', 'offset', 'keyed', 'writeTag'];

describe('layoutRow', () => {
  it('gives every column its own aligned bytes within the stride', () => {
    fc.assert(
      fc.property(anyTable('T'), anyTableId, (definition, tableId) => {
        const { columns, strideBytes } = layoutRow(definition, tableId);
        expect(strideBytes % 8).toBe(0);
        expect(strideBytes).toBeGreaterThanOrEqual(8);
        const owner = new Array<string | undefined>(strideBytes);
        for (const column of columns) {
          const { from, sizeBytes } = extent(column);
          expect(Number.isInteger(column.offset)).toBe(true);
          expect(from + sizeBytes).toBeLessThanOrEqual(strideBytes);
          for (let at = from; at < from + sizeBytes; at++) {
            expect(owner[at]).toBeUndefined();
            owner[at] = column.name;
          }
          const byWords = column.kind === 'text' && !column.variable && column.sizeBytes % 4 === 0;
          if (byWords) expect(column.offset % 4).toBe(0);
        }
        const unused = [...owner].filter((name) => name === undefined).length;
        expect(unused).toBeLessThan(8 + 4 * columns.length);
      }),
      { seed: 1, numRuns: 400 },
    );
  });

  it('keeps the ids, the names and the kinds of the definition', () => {
    fc.assert(
      fc.property(anyTable('T'), anyTableId, (definition, tableId) => {
        const keyed = new Set(
          Object.values(definition.indexes).flatMap((index) => index.key.map((part) => part.column)),
        );
        const { columns } = layoutRow(definition, tableId);
        expect(columns.map((column) => column.name)).toEqual(Object.keys(definition.columns));
        columns.forEach((column, id) => {
          const defined = definition.columns[column.name];
          expect(column.id).toBe(id);
          if (column.kind === 'text') {
            expect(defined.kind).toBe(column.variable ? 'variableText' : 'fixedText');
            expect(defined).toHaveProperty('sizeBytes', column.sizeBytes);
          } else {
            expect(defined).toEqual(column.nullable ? { kind: column.kind, nullable: true } : { kind: column.kind });
          }
          if (column.kind === 'int32') expect(column.keyed).toBe(keyed.has(column.name));
        });
      }),
      { seed: 2, numRuns: 200 },
    );
  });

  it('names every column that a transaction can set by its own tag, of its kind, its table and its id', () => {
    const kinds = { int32: WRITE_INT32, integer: WRITE_INTEGER, text: WRITE_TEXT };
    fc.assert(
      fc.property(anyTable('T'), anyTableId, (definition, tableId) => {
        const { columns } = layoutRow(definition, tableId);
        for (const column of columns) {
          if (column.kind === 'int32') expect(Object.keys(column)).toEqual(INT32_COLUMN_FIELDS);
          const tag = column.writeTag;
          expect([kindOf(tag), tableOf(tag), columnOf(tag)]).toEqual([kinds[column.kind], tableId, column.id]);
        }
      }),
      { seed: 3, numRuns: 200 },
    );
  });

  it('places the columns the same whatever the table id', () => {
    const withoutTags = ({ columns, strideBytes }: RowLayout) => ({
      columns: columns.map((column) => ({ ...column, writeTag: 'writeTag' in column })),
      strideBytes,
    });
    fc.assert(
      fc.property(anyTable('T'), anyTableId, anyTableId, (definition, one, other) => {
        const layouts = [one, other].map((tableId) => layoutRow(definition, tableId));
        expect(withoutTags(layouts[0])).toEqual(withoutTags(layouts[1]));
        // Not one tag is shared by two columns or two tables.
        const tags = layouts.map(({ columns }) => columns.flatMap((it) => ('writeTag' in it ? [it.writeTag] : [])));
        expect(new Set(tags.flat()).size).toBe(one === other ? tags[0].length : 2 * tags[0].length);
      }),
      { seed: 4, numRuns: 200 },
    );
  });

  it('keys a column that is in any index, of any kind', () => {
    const key = (column: string) => [{ column, range: 10 }];
    const { columns } = layoutRow(
      {
        name: 'T',
        columns: { A: int32, B: int32, C: int32, D: int32, E: int32, F: nullableInt32 },
        indexes: {
          a: { kind: 'hash', key: key('A') },
          b: { kind: 'direct', key: key('B') },
          c: { kind: 'ordered', key: key('C'), unique: true },
          d: { kind: 'ordered', key: [...key('D'), ...key('A')], unique: false },
        },
      },
      0,
    );
    expect(columns.map((column) => column.kind === 'int32' && column.keyed)).toEqual([
      true,
      true,
      true,
      true,
      false,
      false,
    ]);
  });

  it('puts 8-byte numbers first, then int32, then text with the least length that holds its size', () => {
    const { columns, strideBytes } = layoutRow(
      table({ A: variableText(255), B: int32, C: integer, D: variableText(256), E: fixedText(4), F: int32 }),
      0,
    );
    expect(columns.map(extent)).toEqual([
      { from: 16, sizeBytes: 256 },
      { from: 8, sizeBytes: 4 },
      { from: 0, sizeBytes: 8 },
      { from: 272, sizeBytes: 258 },
      { from: 532, sizeBytes: 4 },
      { from: 12, sizeBytes: 4 },
    ]);
    expect(strideBytes).toBe(536);
  });

  it('makes the smallest row 8 bytes, so that a free slot can hold a link', () => {
    expect(layoutRow(table({ A: fixedText(1) }), 0).strideBytes).toBe(8);
    expect(layoutRow(table({ A: int32 }), 0).strideBytes).toBe(8);
  });

  it('asserts on definitions that cannot be', () => {
    expect(() => layoutRow(table({}), 0)).toThrow('no columns');
    expect(() => layoutRow(table({ A: fixedText(0) }), 0)).toThrow('0 bytes');
    expect(() => layoutRow(table({ A: variableText(65_536) }), 0)).toThrow('65536 bytes');
    expect(() => layoutRow(table({ A: nullableInt32 }, ['A']), 0)).toThrow('nullable');
    expect(() => layoutRow(table({ A: integer }, ['A']), 0)).toThrow('int32');
    expect(() => layoutRow(table({ A: int32 }, ['B']), 0)).toThrow('int32');
  });
});
