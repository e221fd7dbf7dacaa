import { describe, expect, it } from 'vitest';
import type { BulkRows } from '../../../src/drivers/contract.ts';
import { exportField } from '../export.ts';
import { expectedRows } from '../population.ts';
import { SMALL_SCALE } from '../testing/database.ts';
import { expectedSqlRows, loadFacts, sharedRows, warehouseRows } from './rows.ts';
import { SQL_TABLES, sqlTable } from './tables.ts';
import { exportedLoad, sorted } from './testing/exported-lines.ts';

/** Every row of the batches as a line of an export, by title of its table. */
function linesOf(batches: Iterable<BulkRows>): Record<string, string[]> {
  const lines: Record<string, string[]> = Object.fromEntries(SQL_TABLES.map(({ title }) => [title, []]));
  for (const { table, rowCount, columns } of batches) {
    const { title, columns: defined } = sqlTable(table);
    expect(columns.map(({ name, type, values }) => [name, type, values.length])).toEqual(
      defined.map(({ name, type }) => [name, type, rowCount]),
    );
    for (let row = 0; row < rowCount; row++) {
      lines[title]?.push(defined.map((column, i) => exportField(column.title, columns[i]?.values[row] ?? null)).join());
    }
  }
  return lines;
}

function* load(seed: number, warehouses: number): Generator<BulkRows> {
  yield* sharedRows(seed, SMALL_SCALE);
  for (let warehouse = 1; warehouse <= warehouses; warehouse++) yield* warehouseRows(seed, warehouse, SMALL_SCALE);
}

describe('the rows of a load', () => {
  it('are those of the embedded engine', () => {
    for (const seed of [1, 77]) expect(sorted(linesOf(load(seed, 2)))).toEqual(exportedLoad(seed, 2, SMALL_SCALE));
  });

  it('come in batches of some thousand rows, after those that they refer to', () => {
    const batches = [...warehouseRows(1, 1)].map(({ table, rowCount }) => ({ table, rowCount }));
    const total = batches.reduce((sum, { rowCount }) => sum + rowCount, 0);
    expect(total / expectedSqlRows(1).warehouses).toBeCloseTo(1, 1);
    expect(Math.max(...batches.map(({ rowCount }) => rowCount))).toBeLessThan(15_000);
    expect(total / batches.length).toBeGreaterThan(1_500);

    const seen = new Map<string, number>();
    const most = (table: string): number => seen.get(table) ?? 0;
    for (const { table, rowCount } of batches) {
      seen.set(table, most(table) + rowCount);
      if (table === 'stock') expect(most('warehouse')).toBe(1);
      if (table === 'orders') expect(most('customer')).toBeGreaterThanOrEqual(most('orders'));
      if (table === 'order_line') expect(most('orders') * 15).toBeGreaterThanOrEqual(most('order_line'));
      if (table === 'order_line') expect(most('stock')).toBe(100_000);
    }
  });

  it('are announced, with the constant of the load', () => {
    expect(expectedSqlRows(3, SMALL_SCALE)).toEqual({ shared: 200, warehouses: expectedRows(SMALL_SCALE, 3) });
    expect(loadFacts(1)).toMatchObject({ customersPerDistrict: '3000', loadDate: '2026-01-01T00:00:00.000Z' });
    expect(loadFacts(1)['C_LOAD']).not.toBe(loadFacts(2)['C_LOAD']);
  });
});
