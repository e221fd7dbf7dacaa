/** Conditions 2, 3, 4 and 11: what the order tables of a district must agree on as a whole. */
import type { Tables } from '../procedures/tables.ts';
import { int32At, shownNumber } from './column-values.ts';
import type { ConditionTallies } from './condition-tally.ts';
import type { OrderScan } from './order-scan.ts';
import type { Places } from './places.ts';

/** @param deliveries by district: sum of C_DELIVERY_CNT, which counts the deliveries made since the load */
export function judgeDistricts(
  tables: Tables,
  places: Places,
  scan: OrderScan,
  deliveries: Float64Array,
  tallies: ConditionTallies,
): void {
  for (let district = 0; district < places.districts; district++) {
    judgeNewestOrder(tables, places, scan, district, tallies);
    judgeContiguity(places, scan, district, tallies);
    judgeLines(places, scan, district, tallies);
    judgeDeliveries(places, scan, district, deliveries[district], tallies);
  }
}

/** Condition 2. */
function judgeNewestOrder(
  tables: Tables,
  places: Places,
  scan: OrderScan,
  district: number,
  tallies: ConditionTallies,
): void {
  const newestOrder = scan.newestOrders[district];
  const newestNewOrder = scan.newestNewOrders[district];
  const row = places.districtRows[district];
  const next = row < 0 ? Number.NaN : int32At(tables.district.table, row, tables.district.nextOrderId);
  const newestDiffers = newestNewOrder !== 0 && newestNewOrder !== newestOrder;
  if (next - 1 === newestOrder && !newestDiffers) return;
  tallies.of('3.3.2.2').violate(() => {
    const said = row < 0 ? 'no DISTRICT row' : `D_NEXT_O_ID - 1 = ${shownNumber(next - 1)}`;
    const newest = newestNewOrder === 0 ? 'no NEW-ORDER row' : `newest NO_O_ID ${newestNewOrder}`;
    return `${districtName(places, 'D', district)}: ${said}, newest O_ID ${newestOrder}, ${newest}`;
  });
}

/** Condition 3. */
function judgeContiguity(places: Places, scan: OrderScan, district: number, tallies: ConditionTallies): void {
  const rows = scan.newOrders[district];
  const newest = scan.newestNewOrders[district];
  const oldest = scan.oldestNewOrders[district];
  const span = newest - oldest + 1;
  if (rows === 0 || span === rows) return;
  tallies.of('3.3.2.3').violate(() => {
    const numbers = `newest NO_O_ID ${newest} - oldest NO_O_ID ${oldest} + 1 = ${span}`;
    return `${districtName(places, 'NO', district)}: ${numbers}, NEW-ORDER rows ${rows}`;
  });
}

/** Condition 4. */
function judgeLines(places: Places, scan: OrderScan, district: number, tallies: ConditionTallies): void {
  const lineCounts = scan.lineCounts[district];
  const lines = scan.lines[district];
  if (lineCounts === lines) return;
  tallies.of('3.3.2.4').violate(() => {
    const name = districtName(places, 'O', district);
    return `${name}: sum of O_OL_CNT ${shownNumber(lineCounts)}, ORDER-LINE rows ${lines}`;
  });
}

/** Condition 11. */
function judgeDeliveries(
  places: Places,
  scan: OrderScan,
  district: number,
  deliveries: number,
  tallies: ConditionTallies,
): void {
  const orders = scan.orders[district];
  const newOrders = scan.newOrders[district];
  const atLoad = places.scale.ordersPerDistrict - places.scale.newOrdersPerDistrict;
  if (orders - newOrders === atLoad + deliveries) return;
  tallies.of('3.3.2.11').violate(() => {
    const left = `ORDER rows ${orders} - NEW-ORDER rows ${newOrders} = ${orders - newOrders}`;
    const right = `${atLoad} at load + sum of C_DELIVERY_CNT ${shownNumber(deliveries)} = ${shownNumber(atLoad + deliveries)}`;
    return `${districtName(places, 'O', district)}: ${left}, ${right}`;
  });
}

/** Key of a district with the column names of one table, for a violation. */
export function districtName(places: Places, table: 'D' | 'NO' | 'O', district: number): string {
  const districtId = places.districtIdOf(district);
  const key = table === 'D' ? `D_ID=${districtId}` : `${table}_D_ID=${districtId}`;
  return `${table}_W_ID=${places.warehouseIdOfDistrict(district)} ${key}`;
}
