/**
 * The tables, keys, indexes and foreign keys (TPC-C 1.3, 1.4) as DDL of each dialect. Money and rates are exact numerics; on
 * SQLite, which has none, integers that count cents and ten-thousandths. Names and last names of customers compare by their
 * bytes everywhere, so that the customer in the middle (2.5.2.2) is the same one on every database.
 */
import type { SchemaOptions, SchemaScripts, Script } from '../../../src/bench/database/contract.ts';
import type { Dialect } from '../../../src/drivers/contract.ts';
import { usageFault } from '../../../src/errors.ts';
import { SQL_TABLES, type SqlColumn, type SqlTable } from './tables.ts';

export interface TpccSchemaOptions extends SchemaOptions {
  /**
   * Whether the warehouses lie in several databases. Foreign keys to the customer of a payment and to the stock of an order
   * line may then lead to another one (2.4.1.5, 2.5.1.2), and are left out.
   */
  spansDatabases?: boolean;
}

interface ForeignKey {
  name: string;
  table: string;
  columns: readonly string[];
  references: string;
  /** Whether the row referred to may have another home. */
  spanning?: true;
}

/** 1.3.1; each refers to a primary key. */
const FOREIGN_KEYS: readonly ForeignKey[] = [
  { name: 'district_warehouse', table: 'district', columns: ['d_w_id'], references: 'warehouse' },
  { name: 'customer_district', table: 'customer', columns: ['c_w_id', 'c_d_id'], references: 'district' },
  {
    name: 'history_customer',
    table: 'history',
    columns: ['h_c_w_id', 'h_c_d_id', 'h_c_id'],
    references: 'customer',
    spanning: true,
  },
  { name: 'history_district', table: 'history', columns: ['h_w_id', 'h_d_id'], references: 'district' },
  { name: 'new_order_orders', table: 'new_order', columns: ['no_w_id', 'no_d_id', 'no_o_id'], references: 'orders' },
  { name: 'orders_customer', table: 'orders', columns: ['o_w_id', 'o_d_id', 'o_c_id'], references: 'customer' },
  { name: 'order_line_orders', table: 'order_line', columns: ['ol_w_id', 'ol_d_id', 'ol_o_id'], references: 'orders' },
  {
    name: 'order_line_stock',
    table: 'order_line',
    columns: ['ol_supply_w_id', 'ol_i_id'],
    references: 'stock',
    spanning: true,
  },
  { name: 'stock_warehouse', table: 'stock', columns: ['s_w_id'], references: 'warehouse' },
  { name: 'stock_item', table: 'stock', columns: ['s_i_id'], references: 'item' },
];

/** Besides the primary keys: customers by name (2.5.2.2) and the newest order of a customer (2.6.2.2). */
const INDEXES = [
  {
    title: 'index of customers by name',
    name: 'customer_by_name',
    unique: false,
    on: 'customer (c_w_id, c_d_id, c_last, c_first)',
  },
  {
    title: 'index of orders by customer',
    name: 'orders_by_customer',
    unique: true,
    on: 'orders (o_w_id, o_d_id, o_c_id, o_id)',
  },
] as const;

/**
 * @throws OperatingFault (exit status 2) for partitions where the database has none, or has none with foreign keys
 */
export function tpccSchema(dialect: Dialect, options: TpccSchemaOptions): SchemaScripts {
  const { foreignKeys, partitions } = options;
  if (partitions > 0 && dialect === 'sqlite') throw usageFault('SQLite has no partitioned tables');
  if (partitions > 0 && foreignKeys && dialect === 'mysql') {
    throw usageFault('MySQL and MariaDB have no foreign keys on partitioned tables; choose one of the two');
  }
  const wanted = FOREIGN_KEYS.filter((key) => foreignKeys && !(key.spanning && options.spansDatabases === true));
  return {
    createTables: SQL_TABLES.flatMap((table) => createTable(dialect, table, wanted, partitions)),
    afterLoad: [...keysAndIndexes(dialect), ...references(dialect, wanted), ...statistics(dialect)],
    drop: [...SQL_TABLES]
      .reverse()
      .map(({ name }) => ({ name: `drop table ${name}`, text: `DROP TABLE IF EXISTS ${name}` })),
  };
}

function createTable(
  dialect: Dialect,
  table: SqlTable,
  foreignKeys: readonly ForeignKey[],
  partitions: number,
): Script[] {
  const { name, columns, primaryKey, warehouseColumn } = table;
  const lines = columns.map(
    (column) => `${column.name} ${columnType(dialect, column)}${column.nullable ? '' : ' NOT NULL'}`,
  );
  // InnoDB and SQLite keep the rows in the primary key: there it comes with the table.
  if (primaryKey.length > 0 && dialect !== 'postgres') lines.push(`PRIMARY KEY (${primaryKey.join(', ')})`);
  // SQLite cannot add them later.
  if (dialect === 'sqlite') for (const key of foreignKeys) if (key.table === name) lines.push(reference(key));
  const partitioned = partitions > 0 && warehouseColumn !== null;
  let end = '';
  if (dialect === 'mysql') end = ' ENGINE = InnoDB DEFAULT CHARACTER SET ascii COLLATE ascii_bin';
  if (dialect === 'sqlite' && primaryKey.length > 0) end = ' WITHOUT ROWID';
  if (partitioned) end += ` PARTITION BY HASH (${warehouseColumn})`;
  if (partitioned && dialect === 'mysql') end += ` PARTITIONS ${partitions}`;
  const scripts = [{ name: `create table ${name}`, text: `CREATE TABLE ${name} (\n  ${lines.join(',\n  ')}\n)${end}` }];
  if (partitioned && dialect === 'postgres') {
    const parts = Array.from({ length: partitions }, (_, remainder) => {
      const values = `FOR VALUES WITH (MODULUS ${partitions}, REMAINDER ${remainder})`;
      return `CREATE TABLE ${name}_${remainder} PARTITION OF ${name} ${values}`;
    });
    scripts.push({ name: `create partitions of ${name}`, text: parts.join(';\n') });
  }
  return scripts;
}

/** What holds at most 32,767: districts, and what belongs to a line or an order. */
const SMALL_COLUMN = /(^|_)d_id$|_number$|_quantity$|_ol_cnt$|_carrier_id$|_all_local$/;
/** What grows for as long as a run goes on. */
const SUM_COLUMN = /_ytd$|_balance$|_ytd_payment$|_credit_lim$/;

function columnType(dialect: Dialect, column: SqlColumn): string {
  const { name, type, text } = column;
  if (dialect === 'sqlite') return text === null ? 'INTEGER' : 'TEXT';
  switch (type.kind) {
    case 'text':
      return textType(dialect, column);
    case 'instant':
      return dialect === 'postgres' ? 'timestamp (3) with time zone' : 'datetime(3)';
    case 'decimal':
      return type.digits === 4 ? 'numeric(4, 4)' : SUM_COLUMN.test(name) ? 'numeric(16, 2)' : 'numeric(8, 2)';
    default:
      return SMALL_COLUMN.test(name) ? 'smallint' : 'integer';
  }
}

function textType(dialect: Dialect, { name, text }: SqlColumn): string {
  const type = `${text?.fixed ? 'char' : 'varchar'}(${text?.bytes})`;
  const compared = name === 'c_last' || name === 'c_first';
  return dialect === 'postgres' && compared ? `${type} COLLATE "C"` : type;
}

function keysAndIndexes(dialect: Dialect): Script[] {
  const keys = SQL_TABLES.filter(({ primaryKey }) => dialect === 'postgres' && primaryKey.length > 0).map(
    ({ name, primaryKey }) => ({
      name: `primary key of ${name}`,
      text: `ALTER TABLE ${name} ADD PRIMARY KEY (${primaryKey.join(', ')})`,
    }),
  );
  const indexes = INDEXES.map(({ title, name, unique, on }) => ({
    name: title,
    text: `CREATE ${unique ? 'UNIQUE ' : ''}INDEX ${name} ON ${on}`,
  }));
  return [...keys, ...indexes];
}

function references(dialect: Dialect, foreignKeys: readonly ForeignKey[]): Script[] {
  if (dialect === 'sqlite') return [];
  return foreignKeys.map((key) => ({
    name: `foreign key ${key.name}`,
    text: `ALTER TABLE ${key.table} ADD CONSTRAINT ${key.name} ${reference(key)}`,
  }));
}

function reference({ columns, references: table }: ForeignKey): string {
  const key = SQL_TABLES.find(({ name }) => name === table)?.primaryKey ?? [];
  return `FOREIGN KEY (${columns.join(', ')}) REFERENCES ${table} (${key.join(', ')})`;
}

/** What the planner knows of the rows; on PostgreSQL also which pages hold rows that everybody sees. */
function statistics(dialect: Dialect): Script[] {
  const tables = SQL_TABLES.map(({ name }) => name);
  const list = tables.join(', ');
  if (dialect === 'postgres')
    return [{ name: 'vacuum and analyze', text: `VACUUM (ANALYZE) ${list}`, isOutsideTransaction: true }];
  if (dialect === 'mysql') return [{ name: 'analyze tables', text: `ANALYZE TABLE ${list}` }];
  return [{ name: 'analyze tables', text: 'ANALYZE' }];
}
