/** What one database says of its warehouses and districts: rows and sums of every table, added up by the server. */
import type { DatabasePart } from '../../../../src/bench/database/contract.ts';
import type { Connection } from '../../../../src/drivers/contract.ts';
import { isWarehouseId } from '../../checks/places.ts';
import { CUSTOMER, DISTRICT, HISTORY, NEW_ORDER, ORDER, ORDER_LINE, WAREHOUSE } from '../../schema.ts';
import type { Scale } from '../../specification.ts';
import { readNumbers } from './numbers.ts';
import {
  CUSTOMERS_BY_DISTRICT,
  DISTRICTS,
  HISTORY_BY_DISTRICT,
  LINES_BY_DISTRICT,
  NEW_ORDERS_BY_DISTRICT,
  ORDERS_BY_DISTRICT,
  WAREHOUSES,
} from './statements.ts';

/** One district. Money in cents; NaN where the database has a null; no row is 0 rows and empty sums. */
export interface DistrictBook {
  warehouseId: number;
  districtId: number;
  /** Whether the population has such a district, in a warehouse of this database. */
  expected: boolean;
  /** Null where there is no DISTRICT row. */
  row: { ytd: number; nextOrderId: number } | null;
  orders: number;
  oldestOrder: number;
  newestOrder: number;
  lineCounts: number;
  newOrders: number;
  oldestNewOrder: number;
  newestNewOrder: number;
  lines: number;
  payments: number;
  paid: number;
  customers: number;
  /** Those with an id of the population. */
  expectedCustomers: number;
  deliveries: number;
}

export class DistrictBooks {
  readonly scale: Scale;
  /** Ascending: those of the load, and those that WAREHOUSE or DISTRICT has a row of. */
  readonly warehouseIds: readonly number[];
  /** W_YTD in cents, by warehouse. */
  readonly warehouseYtds: ReadonlyMap<number, number>;
  /** Of each table read here. */
  readonly rows: Record<string, number>;
  private readonly held: ReadonlySet<number>;
  private readonly byKey = new Map<string, DistrictBook>();

  static async read(connection: Connection, part: DatabasePart, scale: Scale): Promise<DistrictBooks> {
    const warehouses = await readNumbers(connection, WAREHOUSES);
    const districts = await readNumbers(connection, DISTRICTS);
    const books = new DistrictBooks(part, scale, warehouses, districts);
    books.enter(ORDER.name, await readNumbers(connection, ORDERS_BY_DISTRICT), (book, values) => {
      [book.orders, book.oldestOrder, book.newestOrder, book.lineCounts] = values;
    });
    books.enter(NEW_ORDER.name, await readNumbers(connection, NEW_ORDERS_BY_DISTRICT), (book, values) => {
      [book.newOrders, book.oldestNewOrder, book.newestNewOrder] = values;
    });
    books.enter(ORDER_LINE.name, await readNumbers(connection, LINES_BY_DISTRICT), (book, values) => {
      [book.lines] = values;
    });
    books.enter(HISTORY.name, await readNumbers(connection, HISTORY_BY_DISTRICT), (book, values) => {
      [book.payments, book.paid] = values;
    });
    const customers = await readNumbers(connection, CUSTOMERS_BY_DISTRICT, [scale.customersPerDistrict]);
    books.enter(CUSTOMER.name, customers, (book, values) => {
      [book.customers, book.expectedCustomers, book.deliveries] = values;
    });
    return books;
  }

  private constructor(part: DatabasePart, scale: Scale, warehouses: number[][], districts: number[][]) {
    this.scale = scale;
    const ids = new Set<number>([...warehouses, ...districts].map(([id]) => id));
    for (let id = part.firstWarehouse; id <= part.lastWarehouse; id++) ids.add(id);
    this.warehouseIds = [...ids].filter(isWarehouseId).sort((a, b) => a - b);
    this.held = new Set(this.warehouseIds);
    this.warehouseYtds = new Map(warehouses.map(([id, ytd]) => [id, ytd]));
    this.rows = { [WAREHOUSE.name]: warehouses.length, [DISTRICT.name]: districts.length };
    for (const id of this.warehouseIds) {
      for (let district = 1; district <= scale.districtsPerWarehouse; district++) this.of(id, district);
    }
    for (const [warehouseId, districtId, ytd, nextOrderId] of districts) {
      this.of(warehouseId, districtId).row = { ytd, nextOrderId };
    }
  }

  /** Those of the population first, by key; then others that some table has rows of. */
  get all(): Iterable<DistrictBook> {
    return this.byKey.values();
  }

  holds(warehouseId: number): boolean {
    return this.held.has(warehouseId);
  }

  isDistrictId(id: number): boolean {
    return id >= 1 && id <= this.scale.districtsPerWarehouse;
  }

  isCustomerId(id: number): boolean {
    return id >= 1 && id <= this.scale.customersPerDistrict;
  }

  isItemId(id: number): boolean {
    return id >= 1 && id <= this.scale.items;
  }

  /** @param rows by district: two columns of key, the number of rows, and what `set` takes with it */
  private enter(table: string, rows: number[][], set: (book: DistrictBook, values: number[]) => void): void {
    this.rows[table] = rows.reduce((sum, [, , count]) => sum + count, 0);
    for (const [warehouseId, districtId, ...values] of rows) set(this.of(warehouseId, districtId), values);
  }

  private of(warehouseId: number, districtId: number): DistrictBook {
    const key = `${warehouseId} ${districtId}`;
    let book = this.byKey.get(key);
    if (book === undefined) {
      book = newBook(warehouseId, districtId, this.holds(warehouseId) && this.isDistrictId(districtId));
      this.byKey.set(key, book);
    }
    return book;
  }
}

const newBook = (warehouseId: number, districtId: number, expected: boolean): DistrictBook => ({
  warehouseId,
  districtId,
  expected,
  row: null,
  orders: 0,
  oldestOrder: 0,
  newestOrder: 0,
  lineCounts: 0,
  newOrders: 0,
  oldestNewOrder: 0,
  newestNewOrder: 0,
  lines: 0,
  payments: 0,
  paid: 0,
  customers: 0,
  expectedCustomers: 0,
  deliveries: 0,
});
