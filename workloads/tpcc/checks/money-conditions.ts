/** Conditions 1, 8, 9, 10 and 12: the books of warehouses, districts and customers. */
import type { Tables } from '../procedures/tables.ts';
import { int32At, integerAt, shownCents, shownNumber } from './column-values.ts';
import type { ConditionTallies } from './condition-tally.ts';
import { districtName } from './district-conditions.ts';
import type { HistorySums } from './history-sums.ts';
import { KeyedSums } from './keyed-sums.ts';
import { customerOfKey, type Places } from './places.ts';

/** Conditions 1, 8 and 9. */
export function judgeYearToDate(tables: Tables, places: Places, paid: HistorySums, tallies: ConditionTallies): void {
  const { warehouse, district } = tables;
  const districtSums = new Float64Array(places.warehouses);
  for (let row = 0, end = district.table.rowBound; row < end; row++) {
    if (!district.table.isLive(row)) continue;
    const warehouseId = district.table.getInt32(row, district.warehouseId);
    const districtId = district.table.getInt32(row, district.id);
    if (places.ofDistrict(warehouseId, districtId) < 0) {
      tallies.violate(
        ['3.3.2.1', '3.3.2.2', '3.3.2.9'],
        () => `D_W_ID=${shownNumber(warehouseId)} D_ID=${shownNumber(districtId)}: no such district`,
      );
    }
    const place = places.ofWarehouse(warehouseId);
    if (place >= 0) districtSums[place] += integerAt(district.table, row, district.ytd);
  }

  places.warehouseRows.forEach((row, place) => {
    const ytd = row < 0 ? Number.NaN : integerAt(warehouse.table, row, warehouse.ytd);
    const name = () =>
      `W_ID=${places.warehouseIds[place]}: ${row < 0 ? 'no WAREHOUSE row' : `W_YTD ${shownCents(ytd)}`}`;
    const [districts, history] = [districtSums[place], paid.ofWarehouses[place]];
    if (ytd !== districts) tallies.of('3.3.2.1').violate(() => `${name()}, sum of D_YTD ${shownCents(districts)}`);
    if (ytd !== history) tallies.of('3.3.2.8').violate(() => `${name()}, sum of H_AMOUNT ${shownCents(history)}`);
  });

  places.districtRows.forEach((row, place) => {
    const ytd = row < 0 ? Number.NaN : integerAt(district.table, row, district.ytd);
    const history = paid.ofDistricts[place];
    if (ytd === history) return;
    tallies.of('3.3.2.9').violate(() => {
      const said = row < 0 ? 'no DISTRICT row' : `D_YTD ${shownCents(ytd)}`;
      return `${districtName(places, 'D', place)}: ${said}, sum of H_AMOUNT ${shownCents(history)}`;
    });
  });
}

/** What one pass over CUSTOMER finds. */
export interface CustomerBooks {
  /** By district: sum of C_DELIVERY_CNT. */
  deliveries: Float64Array;
  /**
   * By customer key, in cents: C_BALANCE and its parts, of the customers whose balance this partition's rows alone do
   * not explain. Those of most customers are explained, so that little travels.
   */
  balances: KeyedSums;
  delivered: KeyedSums;
  paid: KeyedSums;
}

/** Condition 12, and this partition's share of conditions 10 and 11. */
export function judgeCustomers(
  tables: Tables,
  places: Places,
  deliveredCents: Float64Array,
  paid: HistorySums,
  tallies: ConditionTallies,
): CustomerBooks {
  const { customer } = tables;
  const { table } = customer;
  const present = new Uint8Array(places.customers);
  const books: CustomerBooks = {
    deliveries: new Float64Array(places.districts),
    balances: new KeyedSums(),
    delivered: new KeyedSums(),
    paid: paid.elsewhere,
  };
  const unexplained = (place: number, balance: number): void => {
    const key = places.customerKeyAt(place);
    books.balances.add(key, balance);
    books.delivered.add(key, deliveredCents[place]);
    books.paid.add(key, paid.ofCustomers[place]);
  };

  for (let row = 0, end = table.rowBound; row < end; row++) {
    if (!table.isLive(row)) continue;
    const warehouseId = table.getInt32(row, customer.warehouseId);
    const district = places.ofDistrict(warehouseId, table.getInt32(row, customer.districtId));
    const place = places.ofCustomer(district, table.getInt32(row, customer.id));
    if (place < 0) {
      violateCustomer(tables, row, tallies);
      continue;
    }
    present[place] = 1;
    books.deliveries[district] += int32At(table, row, customer.deliveryCount);
    const balance = integerAt(table, row, customer.balance);
    const ytdPayment = integerAt(table, row, customer.ytdPayment);
    const delivered = deliveredCents[place];
    if (balance !== delivered - paid.ofCustomers[place]) unexplained(place, balance);
    if (balance + ytdPayment !== delivered) {
      violateBalance(customerName(places.customerKeyAt(place)), balance, ytdPayment, delivered, tallies);
    }
  }

  for (let place = 0; place < present.length; place++) {
    if (present[place] === 1) continue;
    unexplained(place, Number.NaN);
    const name = customerName(places.customerKeyAt(place));
    const delivered = shownCents(deliveredCents[place]);
    tallies.of('3.3.2.12').violate(() => `${name}: no CUSTOMER row, sum of delivered OL_AMOUNT ${delivered}`);
  }
  return books;
}

function violateCustomer(tables: Tables, row: number, tallies: ConditionTallies): void {
  const { customer } = tables;
  const { table } = customer;
  tallies.violate(['3.3.2.10', '3.3.2.11', '3.3.2.12'], () => {
    const warehouseId = shownNumber(table.getInt32(row, customer.warehouseId));
    const districtId = shownNumber(table.getInt32(row, customer.districtId));
    const customerId = shownNumber(table.getInt32(row, customer.id));
    return `C_W_ID=${warehouseId} C_D_ID=${districtId} C_ID=${customerId}: no such customer in this partition`;
  });
}

function violateBalance(
  name: string,
  balance: number,
  ytdPayment: number,
  delivered: number,
  tallies: ConditionTallies,
): void {
  tallies.of('3.3.2.12').violate(() => {
    const sum = `C_BALANCE ${shownCents(balance)} + C_YTD_PAYMENT ${shownCents(ytdPayment)}`;
    return `${name}: ${sum} = ${shownCents(balance + ytdPayment)}, sum of delivered OL_AMOUNT ${shownCents(delivered)}`;
  });
}

/** Key of a customer, for a violation. */
export function customerName(key: number): string {
  const { warehouseId, districtId, customerId } = customerOfKey(key);
  return `C_W_ID=${warehouseId} C_D_ID=${districtId} C_ID=${customerId}`;
}
