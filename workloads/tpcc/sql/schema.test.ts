import { describe, expect, it } from 'vitest';
import { tpccSchema } from './schema.ts';
import { DIALECTS } from './testing/dialects.ts';

const plain = { foreignKeys: false, partitions: 0 };
const text = (scripts: readonly { text: string }[]): string => scripts.map((script) => script.text).join(';\n');

describe('tpccSchema', () => {
  it.each(DIALECTS)('makes and drops the nine tables on %s', (dialect) => {
    const { createTables, drop } = tpccSchema(dialect, plain);
    expect(text(createTables).match(/^CREATE TABLE \w+/gm)).toHaveLength(9);
    expect(drop).toHaveLength(9);
    expect(drop[0]?.text).toBe('DROP TABLE IF EXISTS order_line');
  });

  it.each(DIALECTS)('never asks for a floating-point number on %s', (dialect) => {
    expect(text(tpccSchema(dialect, plain).createTables)).not.toMatch(/\b(real|float|double)\b/i);
  });

  it('has the ten foreign keys where they are wanted, and those within a warehouse where it spans databases', () => {
    for (const dialect of DIALECTS) {
      const count = (options: object): number => {
        const { createTables, afterLoad } = tpccSchema(dialect, { ...plain, ...options });
        return text([...createTables, ...afterLoad]).match(/FOREIGN KEY/g)?.length ?? 0;
      };
      expect([count({}), count({ foreignKeys: true }), count({ foreignKeys: true, spansDatabases: true })]).toEqual([
        0, 10, 8,
      ]);
    }
  });

  it('partitions every table but ITEM by warehouse', () => {
    const partitioned = (dialect: 'postgres' | 'mysql') =>
      text(tpccSchema(dialect, { foreignKeys: false, partitions: 4 }).createTables);
    expect(partitioned('postgres').match(/PARTITION BY HASH \(\w+\);?$/gm)).toHaveLength(8);
    expect(partitioned('postgres').match(/PARTITION OF/g)).toHaveLength(32);
    expect(partitioned('mysql').match(/PARTITION BY HASH \(\w+\) PARTITIONS 4/g)).toHaveLength(8);
  });

  it('refuses what a database does not have', () => {
    expect(() => tpccSchema('sqlite', { foreignKeys: false, partitions: 2 })).toThrow(
      'SQLite has no partitioned tables',
    );
    expect(() => tpccSchema('mysql', { foreignKeys: true, partitions: 2 })).toThrow(/no foreign keys on partitioned/);
  });
});
