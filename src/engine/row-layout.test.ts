import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Column, layoutRow } from './row-layout.ts';
import { fixedText, int32, integer, nullableInt32, type TableDefinition, variableText } from './schema.ts';
import { anyTable } from './testing/schemas.ts';

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

describe('layoutRow', () => {
  it('gives every column its own aligned bytes within the stride', () => {
    fc.assert(
      fc.property(anyTable('T'), (definition) => {
        const { columns, strideBytes } = layoutRow(definition);
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
      fc.property(anyTable('T'), (definition) => {
        const keyed = new Set(
          Object.values(definition.indexes).flatMap((index) => index.key.map((part) => part.column)),
        );
        const { columns } = layoutRow(definition);
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

  it('puts 8-byte numbers first, then int32, then text with the least length that holds its size', () => {
    const { columns, strideBytes } = layoutRow(
      table({ A: variableText(255), B: int32, C: integer, D: variableText(256), E: fixedText(4), F: int32 }),
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
    expect(layoutRow(table({ A: fixedText(1) })).strideBytes).toBe(8);
    expect(layoutRow(table({ A: int32 })).strideBytes).toBe(8);
  });

  it('asserts on definitions that cannot be', () => {
    expect(() => layoutRow(table({}))).toThrow('no columns');
    expect(() => layoutRow(table({ A: fixedText(0) }))).toThrow('0 bytes');
    expect(() => layoutRow(table({ A: variableText(65_536) }))).toThrow('65536 bytes');
    expect(() => layoutRow(table({ A: nullableInt32 }, ['A']))).toThrow('nullable');
    expect(() => layoutRow(table({ A: integer }, ['A']))).toThrow('int32');
    expect(() => layoutRow(table({ A: int32 }, ['B']))).toThrow('int32');
  });
});
