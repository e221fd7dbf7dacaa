/**
 * TPC-C on databases that users run; this folder is the SQL of it: tables, rows of the load, transactions, conditions and
 * exports, in each dialect. Used by whichever thread has a connection: it reaches the server by the driver's contract alone
 * and knows no package, no protocol and no other thread.
 *
 * This file: the specification's tables (1.3) as databases have them. Names are in lower case, which is what PostgreSQL
 * makes of them anyway, and those of three tables differ because they are no identifiers or reserved words.
 */
import { INSTANT, INTEGER, MONEY, RATE, TEXT, type ValueType } from '../../../src/drivers/contract.ts';
import type { TableDefinition } from '../../../src/engine/schema.ts';
import {
  CUSTOMER,
  DATE_COLUMNS,
  DISTRICT,
  HELPER_COLUMNS,
  HISTORY,
  ITEM,
  MONEY_COLUMNS,
  NEW_ORDER,
  ORDER,
  ORDER_LINE,
  RATE_COLUMNS,
  STOCK,
  WAREHOUSE,
} from '../schema.ts';

export interface SqlColumn {
  /** In the database. */
  name: string;
  /** In the specification. */
  title: string;
  type: ValueType;
  nullable: boolean;
  /** Most bytes of a text, and whether shorter ones are none of its values; null for what is no text. */
  text: { bytes: number; fixed: boolean } | null;
}

export interface SqlTable {
  name: string;
  title: string;
  columns: readonly SqlColumn[];
  /** Empty for HISTORY, which has none (1.3.1). */
  primaryKey: readonly string[];
  /** The column that says where a row lives; null for ITEM, which is everywhere. */
  warehouseColumn: string | null;
}

/** Each after those that its rows refer to. */
const TABLES_WITH_KEYS = [
  { definition: ITEM, name: 'item', key: ['i_id'], warehouse: null },
  { definition: WAREHOUSE, name: 'warehouse', key: ['w_id'], warehouse: 'w_id' },
  { definition: DISTRICT, name: 'district', key: ['d_w_id', 'd_id'], warehouse: 'd_w_id' },
  { definition: STOCK, name: 'stock', key: ['s_w_id', 's_i_id'], warehouse: 's_w_id' },
  { definition: CUSTOMER, name: 'customer', key: ['c_w_id', 'c_d_id', 'c_id'], warehouse: 'c_w_id' },
  { definition: HISTORY, name: 'history', key: [], warehouse: 'h_w_id' },
  { definition: ORDER, name: 'orders', key: ['o_w_id', 'o_d_id', 'o_id'], warehouse: 'o_w_id' },
  { definition: NEW_ORDER, name: 'new_order', key: ['no_w_id', 'no_d_id', 'no_o_id'], warehouse: 'no_w_id' },
  {
    definition: ORDER_LINE,
    name: 'order_line',
    key: ['ol_w_id', 'ol_d_id', 'ol_o_id', 'ol_number'],
    warehouse: 'ol_w_id',
  },
] as const;

export const SQL_TABLES: readonly SqlTable[] = TABLES_WITH_KEYS.map(({ definition, name, key, warehouse }) => ({
  name,
  title: definition.name,
  columns: columnsOf(definition),
  primaryKey: key,
  warehouseColumn: warehouse,
}));

function columnsOf(definition: TableDefinition): SqlColumn[] {
  return Object.entries(definition.columns)
    .filter(([title]) => !HELPER_COLUMNS.has(title))
    .map(([title, column]) => ({
      name: title.toLowerCase(),
      title,
      type: 'sizeBytes' in column ? TEXT : numberType(title),
      nullable: 'nullable' in column && column.nullable === true,
      text: 'sizeBytes' in column ? { bytes: column.sizeBytes, fixed: column.kind === 'fixedText' } : null,
    }));
}

function numberType(title: string): ValueType {
  if (MONEY_COLUMNS.has(title)) return MONEY;
  if (RATE_COLUMNS.has(title)) return RATE;
  return DATE_COLUMNS.has(title) ? INSTANT : INTEGER;
}

/** @param name in the database */
export function sqlTable(name: string): SqlTable {
  return SQL_TABLES.find((table) => table.name === name) as SqlTable;
}
