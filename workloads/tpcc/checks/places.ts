/**
 * Places of a partition's warehouses, districts, customers and stock rows in flat arrays, counted from 0 in the order of
 * their keys. A key that the partition does not hold has the place -1, so that damaged rows cannot lead a check astray.
 */
import type { Partition } from '../../../src/engine/partition.ts';
import type { Tables } from '../procedures/tables.ts';
import { LOAD_INFO } from '../schema.ts';
import type { Scale } from '../specification.ts';

/** More than any warehouse number. */
const WAREHOUSE_RANGE = 2 ** 16;
export const MOST_WAREHOUSE_ID = WAREHOUSE_RANGE - 1;
/** Radices of the keys that customers and stock rows have in sums between partitions; above every cardinality. */
const DISTRICT_RADIX = 2 ** 8;
const CUSTOMER_RADIX = 2 ** 16;
const ITEM_RADIX = 2 ** 20;

export class Places {
  /** Ascending, by place. */
  readonly warehouseIds: Int32Array;
  /** Row of each warehouse and each district, or -1. */
  readonly warehouseRows: Int32Array;
  readonly districtRows: Int32Array;
  readonly scale: Scale;
  private readonly warehousePlaces = new Int32Array(WAREHOUSE_RANGE).fill(-1);
  private readonly districtsEach: number;
  private readonly customersEach: number;
  private readonly itemsEach: number;

  /** A warehouse is the partition's when the load says so or when WAREHOUSE or DISTRICT has a row of it. */
  constructor(partition: Partition, tables: Tables, scale: Scale) {
    this.scale = scale;
    this.districtsEach = scale.districtsPerWarehouse;
    this.customersEach = scale.customersPerDistrict;
    this.itemsEach = scale.items;
    const { warehouse, district } = tables;
    const ids = new Set<number>();
    const loadInfo = partition.table(LOAD_INFO.name);
    const [first, last] = [loadInfo.int32Column('FIRST_W_ID'), loadInfo.int32Column('LAST_W_ID')];
    forEachRow(loadInfo, (row) => {
      const end = Math.min(loadInfo.getInt32(row, last), WAREHOUSE_RANGE - 1);
      for (let id = Math.max(loadInfo.getInt32(row, first), 1); id <= end; id++) ids.add(id);
    });
    forEachRow(warehouse.table, (row) => ids.add(warehouse.table.getInt32(row, warehouse.id)));
    forEachRow(district.table, (row) => ids.add(district.table.getInt32(row, district.warehouseId)));

    this.warehouseIds = Int32Array.from([...ids].filter((id) => id > 0 && id < WAREHOUSE_RANGE)).sort();
    this.warehouseIds.forEach((id, place) => {
      this.warehousePlaces[id] = place;
    });
    this.warehouseRows = new Int32Array(this.warehouses).fill(-1);
    this.districtRows = new Int32Array(this.districts).fill(-1);
    forEachRow(warehouse.table, (row) => {
      const place = this.ofWarehouse(warehouse.table.getInt32(row, warehouse.id));
      if (place >= 0) this.warehouseRows[place] = row;
    });
    forEachRow(district.table, (row) => {
      const warehouseId = district.table.getInt32(row, district.warehouseId);
      const place = this.ofDistrict(warehouseId, district.table.getInt32(row, district.id));
      if (place >= 0) this.districtRows[place] = row;
    });
  }

  /** Number of places of each kind. */
  get warehouses(): number {
    return this.warehouseIds.length;
  }

  get districts(): number {
    return this.warehouses * this.districtsEach;
  }

  get customers(): number {
    return this.districts * this.customersEach;
  }

  get stockRows(): number {
    return this.warehouses * this.itemsEach;
  }

  ofWarehouse(warehouseId: number): number {
    return isWarehouseId(warehouseId) ? this.warehousePlaces[warehouseId] : -1;
  }

  ofDistrict(warehouseId: number, districtId: number): number {
    const warehouse = this.ofWarehouse(warehouseId);
    return warehouse < 0 || !this.isDistrictId(districtId) ? -1 : warehouse * this.districtsEach + districtId - 1;
  }

  /** @param district a place, or -1 */
  ofCustomer(district: number, customerId: number): number {
    return district < 0 || !this.isCustomerId(customerId) ? -1 : district * this.customersEach + customerId - 1;
  }

  ofStock(warehouseId: number, itemId: number): number {
    const warehouse = this.ofWarehouse(warehouseId);
    return warehouse < 0 || !this.isItemId(itemId) ? -1 : warehouse * this.itemsEach + itemId - 1;
  }

  isDistrictId(id: number): boolean {
    return id >= 1 && id <= this.districtsEach;
  }

  isCustomerId(id: number): boolean {
    return id >= 1 && id <= this.customersEach;
  }

  isItemId(id: number): boolean {
    return id >= 1 && id <= this.itemsEach;
  }

  warehouseIdOfDistrict(district: number): number {
    return this.warehouseIds[Math.floor(district / this.districtsEach)];
  }

  districtIdOf(district: number): number {
    return (district % this.districtsEach) + 1;
  }

  /** Key of a customer of this partition in sums between partitions. */
  customerKeyAt(customer: number): number {
    const district = Math.floor(customer / this.customersEach);
    const customerId = (customer % this.customersEach) + 1;
    return customerKey(this.warehouseIdOfDistrict(district), this.districtIdOf(district), customerId);
  }

  /** Key of a stock row of this partition in sums between partitions. */
  stockKeyAt(stock: number): number {
    return stockKey(this.warehouseIds[Math.floor(stock / this.itemsEach)], (stock % this.itemsEach) + 1);
  }
}

/** Whether it can be a warehouse at all, of this partition or another. */
export function isWarehouseId(id: number): boolean {
  return id >= 1 && id < WAREHOUSE_RANGE;
}

/** Key of any customer in sums between partitions. */
export function customerKey(warehouseId: number, districtId: number, customerId: number): number {
  return (warehouseId * DISTRICT_RADIX + districtId) * CUSTOMER_RADIX + customerId;
}

export function customerOfKey(key: number): { warehouseId: number; districtId: number; customerId: number } {
  const district = Math.floor(key / CUSTOMER_RADIX);
  return {
    warehouseId: Math.floor(district / DISTRICT_RADIX),
    districtId: district % DISTRICT_RADIX,
    customerId: key % CUSTOMER_RADIX,
  };
}

/** Key of any stock row in sums between partitions. */
export function stockKey(warehouseId: number, itemId: number): number {
  return warehouseId * ITEM_RADIX + itemId;
}

export function stockOfKey(key: number): { warehouseId: number; itemId: number } {
  return { warehouseId: Math.floor(key / ITEM_RADIX), itemId: key % ITEM_RADIX };
}

/** Calls `visit` for the live rows of a small table. */
function forEachRow(table: Tables['warehouse']['table'], visit: (row: number) => void): void {
  for (let row = 0; row < table.rowBound; row++) if (table.isLive(row)) visit(row);
}
