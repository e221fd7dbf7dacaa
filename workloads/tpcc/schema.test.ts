import { describe, expect, it } from 'vitest';
import { Partition } from '../../src/engine/partition.ts';
import type { ColumnDefinition, TableDefinition } from '../../src/engine/schema.ts';
import * as schema from './schema.ts';

/** The tables and columns of clause 1.3, with the widths of their texts: v variable, c fixed, # a number, ? nullable. */
const SPECIFICATION: Record<string, string> = {
  WAREHOUSE: 'W_ID# W_NAMEv10 W_STREET_1v20 W_STREET_2v20 W_CITYv20 W_STATEc2 W_ZIPc9 W_TAX# W_YTD#',
  DISTRICT:
    'D_ID# D_W_ID# D_NAMEv10 D_STREET_1v20 D_STREET_2v20 D_CITYv20 D_STATEc2 D_ZIPc9 D_TAX# D_YTD# D_NEXT_O_ID#',
  CUSTOMER:
    'C_ID# C_D_ID# C_W_ID# C_FIRSTv16 C_MIDDLEc2 C_LASTv16 C_STREET_1v20 C_STREET_2v20 C_CITYv20 C_STATEc2 C_ZIPc9 ' +
    'C_PHONEc16 C_SINCE# C_CREDITc2 C_CREDIT_LIM# C_DISCOUNT# C_BALANCE# C_YTD_PAYMENT# C_PAYMENT_CNT# C_DELIVERY_CNT# C_DATAv500',
  HISTORY: 'H_C_ID# H_C_D_ID# H_C_W_ID# H_D_ID# H_W_ID# H_DATE# H_AMOUNT# H_DATAv24',
  'NEW-ORDER': 'NO_O_ID# NO_D_ID# NO_W_ID#',
  ORDER: 'O_ID# O_D_ID# O_W_ID# O_C_ID# O_ENTRY_D# O_CARRIER_ID? O_OL_CNT# O_ALL_LOCAL#',
  'ORDER-LINE':
    'OL_O_ID# OL_D_ID# OL_W_ID# OL_NUMBER# OL_I_ID# OL_SUPPLY_W_ID# OL_DELIVERY_D? OL_QUANTITY# OL_AMOUNT# OL_DIST_INFOc24',
  ITEM: 'I_ID# I_IM_ID# I_NAMEv24 I_PRICE# I_DATAv50',
  STOCK: `S_I_ID# S_W_ID# S_QUANTITY# ${Array.from(
    { length: 10 },
    (_, i) => `S_DIST_${String(i + 1).padStart(2, '0')}c24`,
  ).join(' ')} S_YTD# S_ORDER_CNT# S_REMOTE_CNT# S_DATAv50`,
};

function shown(name: string, column: ColumnDefinition): string {
  if (column.kind === 'variableText') return `${name}v${column.sizeBytes}`;
  if (column.kind === 'fixedText') return `${name}c${column.sizeBytes}`;
  return `${name}${column.nullable === true ? '?' : '#'}`;
}

describe('the schema (1.3)', () => {
  const tables: readonly TableDefinition[] = schema.TABLES;

  it('has the nine tables with their columns, widths and nullable columns', () => {
    const defined = tables.filter(({ name }) => name !== 'LOAD-INFO');
    expect(defined.map(({ name }) => name).sort()).toEqual(Object.keys(SPECIFICATION).sort());
    for (const { name, columns } of defined) {
      const own = Object.entries(columns).filter(([column]) => !schema.HELPER_COLUMNS.has(column));
      expect(own.map(([column, definition]) => shown(column, definition)).join(' '), name).toBe(SPECIFICATION[name]);
    }
  });

  it('holds money that sums reach in 53 bits, not in 32', () => {
    for (const [table, column] of [
      [schema.WAREHOUSE, 'W_YTD'],
      [schema.DISTRICT, 'D_YTD'],
      [schema.CUSTOMER, 'C_BALANCE'],
      [schema.CUSTOMER, 'C_YTD_PAYMENT'],
      [schema.CUSTOMER, 'C_CREDIT_LIM'],
    ] as const) {
      expect((table.columns as Record<string, ColumnDefinition>)[column]?.kind).toBe('integer');
    }
  });

  it('identifies rows by the keys of the specification, and HISTORY by none', () => {
    const keys = Object.fromEntries(
      tables.map(({ name, indexes }) => [name, indexes['primary']?.key.map((part) => part.column).join()]),
    );
    expect(keys).toEqual({
      WAREHOUSE: 'W_ID',
      DISTRICT: 'D_W_ID,D_ID',
      CUSTOMER: 'C_W_ID,C_D_ID,C_ID',
      HISTORY: undefined,
      'NEW-ORDER': 'NO_W_ID,NO_D_ID,NO_O_ID',
      ORDER: 'O_W_ID,O_D_ID,O_ID',
      'ORDER-LINE': 'OL_W_ID,OL_D_ID,OL_O_ID,OL_NUMBER',
      ITEM: 'I_ID',
      STOCK: 'S_W_ID,S_I_ID',
      'LOAD-INFO': undefined,
    });
  });

  it('has the access paths by last name and by newest order', () => {
    const path = (table: TableDefinition, index: string): string | undefined =>
      table.indexes[index]?.key.map((part) => part.column).join();
    expect(path(schema.CUSTOMER, 'byLastName')).toBe('C_W_ID,C_D_ID,C_LAST_NUMBER');
    expect(path(schema.ORDER, 'byCustomer')).toBe('O_W_ID,O_D_ID,O_C_ID,O_ID');
    for (const table of [schema.NEW_ORDER, schema.ORDER, schema.ORDER_LINE]) {
      expect(table.indexes.primary.kind).toBe('ordered');
    }
  });

  it('numbers tables and columns as a partition does', () => {
    const partition = new Partition();
    for (const table of tables) {
      const created = partition.createTable(table);
      expect(created.id).toBe(schema.TABLE_ID[table.name as keyof typeof schema.TABLE_ID]);
    }
    const customer = partition.table('CUSTOMER');
    for (const [name, id] of Object.entries(schema.CUSTOMER_COLUMN)) expect(customer.column(name).id).toBe(id);
    const stock = partition.table('STOCK');
    for (const [name, id] of Object.entries(schema.STOCK_COLUMN)) expect(stock.column(name).id).toBe(id);
  });

  it('packs the largest keys of a full database', () => {
    const partition = new Partition();
    for (const table of tables) partition.createTable(table);
    const { key } = partition.table('ORDER-LINE').orderedIndex('primary');
    const largest = key.of4(19_999, 10, 9_999_999, 15);
    expect(largest).toBeLessThan(2 ** 53);
    expect(key.of4(19_999, 10, 9_999_999, 14)).toBe(largest - 1);
    const byCustomer = partition.table('ORDER').orderedIndex('byCustomer').key;
    expect(byCustomer.of4(19_999, 10, 3000, 9_999_999)).toBeLessThan(2 ** 53);
  });
});
