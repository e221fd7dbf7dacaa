/** One pass over HISTORY: what was paid at each warehouse and district, and by each customer, of any partition. */
import type { Tables } from '../procedures/tables.ts';
import { int32At, shownNumber } from './column-values.ts';
import type { ConditionTallies } from './condition-tally.ts';
import { KeyedSums } from './keyed-sums.ts';
import { customerKey, isWarehouseId, type Places } from './places.ts';

export class HistorySums {
  /** In cents, by place. */
  readonly ofWarehouses: Float64Array;
  readonly ofDistricts: Float64Array;
  readonly ofCustomers: Float64Array;
  /** In cents, by customer key: customers of other partitions who paid here (2.5.1.2). */
  readonly elsewhere = new KeyedSums();

  constructor(tables: Tables, places: Places, tallies: ConditionTallies) {
    this.ofWarehouses = new Float64Array(places.warehouses);
    this.ofDistricts = new Float64Array(places.districts);
    this.ofCustomers = new Float64Array(places.customers);
    const { history } = tables;
    const { table } = history;
    for (let row = 0, end = table.rowBound; row < end; row++) {
      if (!table.isLive(row)) continue;
      const cents = int32At(table, row, history.amount);
      const warehouseId = table.getInt32(row, history.warehouseId);
      const districtId = table.getInt32(row, history.districtId);
      const warehouse = places.ofWarehouse(warehouseId);
      const district = places.ofDistrict(warehouseId, districtId);
      if (warehouse >= 0) this.ofWarehouses[warehouse] += cents;
      else violateWarehouse(warehouseId, tallies);
      if (district >= 0) this.ofDistricts[district] += cents;
      else violateDistrict(warehouseId, districtId, tallies);

      const customerWarehouseId = table.getInt32(row, history.customerWarehouseId);
      const customerDistrictId = table.getInt32(row, history.customerDistrictId);
      const customerId = table.getInt32(row, history.customerId);
      const customer = places.ofCustomer(places.ofDistrict(customerWarehouseId, customerDistrictId), customerId);
      if (customer >= 0) {
        this.ofCustomers[customer] += cents;
      } else if (
        isWarehouseId(customerWarehouseId) &&
        places.isDistrictId(customerDistrictId) &&
        places.isCustomerId(customerId)
      ) {
        this.elsewhere.add(customerKey(customerWarehouseId, customerDistrictId, customerId), cents);
      } else {
        violateCustomer(customerWarehouseId, customerDistrictId, customerId, tallies);
      }
    }
  }
}

function violateWarehouse(warehouseId: number, tallies: ConditionTallies): void {
  const name = `H_W_ID=${shownNumber(warehouseId)}`;
  tallies.of('3.3.2.8').violate(() => `${name}: no such warehouse in this partition`);
}

function violateDistrict(warehouseId: number, districtId: number, tallies: ConditionTallies): void {
  const name = `H_W_ID=${shownNumber(warehouseId)} H_D_ID=${shownNumber(districtId)}`;
  tallies.of('3.3.2.9').violate(() => `${name}: no such district in this partition`);
}

function violateCustomer(warehouseId: number, districtId: number, customerId: number, tallies: ConditionTallies): void {
  const district = `H_C_W_ID=${shownNumber(warehouseId)} H_C_D_ID=${shownNumber(districtId)}`;
  tallies.of('3.3.2.10').violate(() => `${district} H_C_ID=${shownNumber(customerId)}: no such customer`);
}
