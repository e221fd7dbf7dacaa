/**
 * The nine tables (TPC-C 1.3) with the specification's column names, and the indexes that the transactions need. Money is
 * in cents, taxes and discounts in ten-thousandths, dates in milliseconds since 1970.
 */
import { columnIds } from '../../src/engine/row-sink.ts';
import {
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
} from '../../src/engine/schema.ts';
import { MOST_LINES } from './specification.ts';

/** Districts and lines are numbered from 1, so their ranges have one more; order numbers run to ten million a district. */
const MOST_WAREHOUSES = 20_000;
const DISTRICT_RANGE = 11;
const CUSTOMER_RANGE = 3_001;
const ORDER_RANGE = 10_000_000;
const LINE_RANGE = MOST_LINES + 1;
const ITEM_RANGE = 100_001;

const part = (column: string, range: number): KeyPart => ({ column, range });
const direct = (...key: KeyPart[]): DirectIndexDefinition => ({ kind: 'direct', key });
const hash = (...key: KeyPart[]): HashIndexDefinition => ({ kind: 'hash', key });
const unique = (...key: KeyPart[]): OrderedIndexDefinition => ({ kind: 'ordered', key, unique: true });
const ordered = (...key: KeyPart[]): OrderedIndexDefinition => ({ kind: 'ordered', key, unique: false });

/** Columns that the engine holds for its indexes and that are no part of the specification's table. */
export const HELPER_COLUMNS: ReadonlySet<string> = new Set(['C_LAST_NUMBER']);

/** What the numbers of a column count, where it is not ones: cents, ten-thousandths, milliseconds since 1970. */
export const MONEY_COLUMNS: ReadonlySet<string> = new Set([
  'W_YTD',
  'D_YTD',
  'C_CREDIT_LIM',
  'C_BALANCE',
  'C_YTD_PAYMENT',
  'H_AMOUNT',
  'OL_AMOUNT',
  'I_PRICE',
]);
export const RATE_COLUMNS: ReadonlySet<string> = new Set(['W_TAX', 'D_TAX', 'C_DISCOUNT']);
export const DATE_COLUMNS: ReadonlySet<string> = new Set(['C_SINCE', 'H_DATE', 'O_ENTRY_D', 'OL_DELIVERY_D']);

export const WAREHOUSE = {
  name: 'WAREHOUSE',
  columns: {
    W_ID: int32,
    W_NAME: variableText(10),
    W_STREET_1: variableText(20),
    W_STREET_2: variableText(20),
    W_CITY: variableText(20),
    W_STATE: fixedText(2),
    W_ZIP: fixedText(9),
    W_TAX: int32,
    W_YTD: integer,
  },
  indexes: { primary: hash(part('W_ID', MOST_WAREHOUSES)) },
} satisfies TableDefinition;

export const DISTRICT = {
  name: 'DISTRICT',
  columns: {
    D_ID: int32,
    D_W_ID: int32,
    D_NAME: variableText(10),
    D_STREET_1: variableText(20),
    D_STREET_2: variableText(20),
    D_CITY: variableText(20),
    D_STATE: fixedText(2),
    D_ZIP: fixedText(9),
    D_TAX: int32,
    D_YTD: integer,
    D_NEXT_O_ID: int32,
  },
  indexes: { primary: direct(part('D_W_ID', MOST_WAREHOUSES), part('D_ID', DISTRICT_RANGE)) },
} satisfies TableDefinition;

/** C_LAST_NUMBER is the number 0..999 of C_LAST (4.3.2.3): names as such do not pack into a key. */
export const CUSTOMER = {
  name: 'CUSTOMER',
  columns: {
    C_ID: int32,
    C_D_ID: int32,
    C_W_ID: int32,
    C_FIRST: variableText(16),
    C_MIDDLE: fixedText(2),
    C_LAST: variableText(16),
    C_STREET_1: variableText(20),
    C_STREET_2: variableText(20),
    C_CITY: variableText(20),
    C_STATE: fixedText(2),
    C_ZIP: fixedText(9),
    C_PHONE: fixedText(16),
    C_SINCE: integer,
    C_CREDIT: fixedText(2),
    C_CREDIT_LIM: integer,
    C_DISCOUNT: int32,
    C_BALANCE: integer,
    C_YTD_PAYMENT: integer,
    C_PAYMENT_CNT: int32,
    C_DELIVERY_CNT: int32,
    C_DATA: variableText(500),
    C_LAST_NUMBER: int32,
  },
  indexes: {
    primary: direct(part('C_W_ID', MOST_WAREHOUSES), part('C_D_ID', DISTRICT_RANGE), part('C_ID', CUSTOMER_RANGE)),
    byLastName: ordered(part('C_W_ID', MOST_WAREHOUSES), part('C_D_ID', DISTRICT_RANGE), part('C_LAST_NUMBER', 1000)),
  },
} satisfies TableDefinition;

export const HISTORY = {
  name: 'HISTORY',
  columns: {
    H_C_ID: int32,
    H_C_D_ID: int32,
    H_C_W_ID: int32,
    H_D_ID: int32,
    H_W_ID: int32,
    H_DATE: integer,
    H_AMOUNT: int32,
    H_DATA: variableText(24),
  },
  indexes: {},
} satisfies TableDefinition;

export const NEW_ORDER = {
  name: 'NEW-ORDER',
  columns: { NO_O_ID: int32, NO_D_ID: int32, NO_W_ID: int32 },
  indexes: {
    primary: unique(part('NO_W_ID', MOST_WAREHOUSES), part('NO_D_ID', DISTRICT_RANGE), part('NO_O_ID', ORDER_RANGE)),
  },
} satisfies TableDefinition;

export const ORDER = {
  name: 'ORDER',
  columns: {
    O_ID: int32,
    O_D_ID: int32,
    O_W_ID: int32,
    O_C_ID: int32,
    O_ENTRY_D: integer,
    O_CARRIER_ID: nullableInt32,
    O_OL_CNT: int32,
    O_ALL_LOCAL: int32,
  },
  indexes: {
    primary: unique(part('O_W_ID', MOST_WAREHOUSES), part('O_D_ID', DISTRICT_RANGE), part('O_ID', ORDER_RANGE)),
    byCustomer: unique(
      part('O_W_ID', MOST_WAREHOUSES),
      part('O_D_ID', DISTRICT_RANGE),
      part('O_C_ID', CUSTOMER_RANGE),
      part('O_ID', ORDER_RANGE),
    ),
  },
} satisfies TableDefinition;

export const ORDER_LINE = {
  name: 'ORDER-LINE',
  columns: {
    OL_O_ID: int32,
    OL_D_ID: int32,
    OL_W_ID: int32,
    OL_NUMBER: int32,
    OL_I_ID: int32,
    OL_SUPPLY_W_ID: int32,
    OL_DELIVERY_D: nullableInteger,
    OL_QUANTITY: int32,
    OL_AMOUNT: int32,
    OL_DIST_INFO: fixedText(24),
  },
  indexes: {
    primary: unique(
      part('OL_W_ID', MOST_WAREHOUSES),
      part('OL_D_ID', DISTRICT_RANGE),
      part('OL_O_ID', ORDER_RANGE),
      part('OL_NUMBER', LINE_RANGE),
    ),
  },
} satisfies TableDefinition;

export const ITEM = {
  name: 'ITEM',
  columns: { I_ID: int32, I_IM_ID: int32, I_NAME: variableText(24), I_PRICE: int32, I_DATA: variableText(50) },
  indexes: { primary: direct(part('I_ID', ITEM_RANGE)) },
  shared: true,
} satisfies TableDefinition;

export const STOCK = {
  name: 'STOCK',
  columns: {
    S_I_ID: int32,
    S_W_ID: int32,
    S_QUANTITY: int32,
    S_DIST_01: fixedText(24),
    S_DIST_02: fixedText(24),
    S_DIST_03: fixedText(24),
    S_DIST_04: fixedText(24),
    S_DIST_05: fixedText(24),
    S_DIST_06: fixedText(24),
    S_DIST_07: fixedText(24),
    S_DIST_08: fixedText(24),
    S_DIST_09: fixedText(24),
    S_DIST_10: fixedText(24),
    S_YTD: int32,
    S_ORDER_CNT: int32,
    S_REMOTE_CNT: int32,
    S_DATA: variableText(50),
  },
  indexes: { primary: direct(part('S_W_ID', MOST_WAREHOUSES), part('S_I_ID', ITEM_RANGE)) },
} satisfies TableDefinition;

/** What the load keeps of itself (2.1.6.1 wants C_LOAD with the data): one row a partition. */
export const LOAD_INFO = {
  name: 'LOAD-INFO',
  columns: { SEED: integer, C_LOAD: int32, FIRST_W_ID: int32, LAST_W_ID: int32, LOAD_DATE: integer },
  indexes: {},
} satisfies TableDefinition;

/** In the order of their ids. */
export const TABLES = [
  WAREHOUSE,
  DISTRICT,
  CUSTOMER,
  HISTORY,
  NEW_ORDER,
  ORDER,
  ORDER_LINE,
  ITEM,
  STOCK,
  LOAD_INFO,
] as const;

/** Ids of tables and columns for a `RowSink`. */
export const TABLE_ID = Object.fromEntries(TABLES.map((table, id) => [table.name, id])) as Record<
  (typeof TABLES)[number]['name'],
  number
>;
export const WAREHOUSE_COLUMN = columnIds(WAREHOUSE);
export const DISTRICT_COLUMN = columnIds(DISTRICT);
export const CUSTOMER_COLUMN = columnIds(CUSTOMER);
export const HISTORY_COLUMN = columnIds(HISTORY);
export const NEW_ORDER_COLUMN = columnIds(NEW_ORDER);
export const ORDER_COLUMN = columnIds(ORDER);
export const ORDER_LINE_COLUMN = columnIds(ORDER_LINE);
export const ITEM_COLUMN = columnIds(ITEM);
export const STOCK_COLUMN = columnIds(STOCK);
export const LOAD_INFO_COLUMN = columnIds(LOAD_INFO);
