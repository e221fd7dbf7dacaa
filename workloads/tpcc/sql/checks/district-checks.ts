/** Conditions 1, 2, 3, 4, 8, 9 and 11: what the books of warehouses and districts must agree on. */
import { shownCents, shownNumber } from '../../checks/column-values.ts';
import type { ConditionId, ConditionTallies } from '../../checks/condition-tally.ts';
import type { DistrictBook, DistrictBooks } from './district-books.ts';

export function judgeDistricts(books: DistrictBooks, tallies: ConditionTallies): void {
  judgeWarehouses(books, tallies);
  for (const book of books.all) {
    if (!book.expected) {
      violateUnexpected(books, book, tallies);
      continue;
    }
    judgeYearToDate(book, tallies);
    judgeNewestOrder(book, tallies);
    judgeContiguity(book, tallies);
    judgeLines(book, tallies);
    judgeDeliveries(books, book, tallies);
  }
}

const name = (book: DistrictBook, prefix: 'D' | 'H' | 'C' | 'O' | 'NO' | 'OL'): string => {
  const district = prefix === 'D' ? 'D_ID' : `${prefix}_D_ID`;
  return `${prefix}_W_ID=${shownNumber(book.warehouseId)} ${district}=${shownNumber(book.districtId)}`;
};

/** Conditions 1 and 8. */
function judgeWarehouses(books: DistrictBooks, tallies: ConditionTallies): void {
  const districtYtds = new Map<number, number>();
  const paid = new Map<number, number>();
  for (const { warehouseId, row, payments, paid: cents } of books.all) {
    if (row !== null) districtYtds.set(warehouseId, (districtYtds.get(warehouseId) ?? 0) + row.ytd);
    if (payments > 0) paid.set(warehouseId, (paid.get(warehouseId) ?? 0) + cents);
  }
  for (const id of books.warehouseIds) {
    const ytd = books.warehouseYtds.get(id);
    const said = `W_ID=${id}: ${ytd === undefined ? 'no WAREHOUSE row' : `W_YTD ${shownCents(ytd)}`}`;
    const districts = districtYtds.get(id) ?? 0;
    const history = paid.get(id) ?? 0;
    if (ytd !== districts) tallies.of('3.3.2.1').violate(() => `${said}, sum of D_YTD ${shownCents(districts)}`);
    if (ytd !== history) tallies.of('3.3.2.8').violate(() => `${said}, sum of H_AMOUNT ${shownCents(history)}`);
  }
}

/** Condition 9. */
function judgeYearToDate(book: DistrictBook, tallies: ConditionTallies): void {
  if (book.row?.ytd === book.paid) return;
  const said = book.row === null ? 'no DISTRICT row' : `D_YTD ${shownCents(book.row.ytd)}`;
  tallies.of('3.3.2.9').violate(() => `${name(book, 'D')}: ${said}, sum of H_AMOUNT ${shownCents(book.paid)}`);
}

/** Condition 2. */
function judgeNewestOrder(book: DistrictBook, tallies: ConditionTallies): void {
  const { row, newestOrder, newestNewOrder, newOrders, orders, oldestOrder, oldestNewOrder } = book;
  const next = row === null ? Number.NaN : row.nextOrderId;
  const numbered = (orders === 0 || oldestOrder >= 1) && (newOrders === 0 || oldestNewOrder >= 1);
  if (next - 1 === newestOrder && (newOrders === 0 || newestNewOrder === newestOrder) && numbered) return;
  tallies.of('3.3.2.2').violate(() => {
    const said = row === null ? 'no DISTRICT row' : `D_NEXT_O_ID - 1 = ${shownNumber(next - 1)}`;
    const newest = newOrders === 0 ? 'no NEW-ORDER row' : `newest NO_O_ID ${newestNewOrder}`;
    const oldest = numbered ? '' : `, oldest O_ID ${oldestOrder}, oldest NO_O_ID ${oldestNewOrder}`;
    return `${name(book, 'D')}: ${said}, newest O_ID ${newestOrder}, ${newest}${oldest}`;
  });
}

/** Condition 3. */
function judgeContiguity(book: DistrictBook, tallies: ConditionTallies): void {
  const { newOrders, oldestNewOrder: oldest, newestNewOrder: newest } = book;
  const span = newest - oldest + 1;
  if (newOrders === 0 || span === newOrders) return;
  tallies.of('3.3.2.3').violate(() => {
    const numbers = `newest NO_O_ID ${newest} - oldest NO_O_ID ${oldest} + 1 = ${span}`;
    return `${name(book, 'NO')}: ${numbers}, NEW-ORDER rows ${newOrders}`;
  });
}

/** Condition 4. */
function judgeLines(book: DistrictBook, tallies: ConditionTallies): void {
  const { lineCounts, lines } = book;
  if (lineCounts === lines) return;
  const said = `sum of O_OL_CNT ${shownNumber(lineCounts)}, ORDER-LINE rows ${lines}`;
  tallies.of('3.3.2.4').violate(() => `${name(book, 'O')}: ${said}`);
}

/** Condition 11. */
function judgeDeliveries({ scale }: DistrictBooks, book: DistrictBook, tallies: ConditionTallies): void {
  const { orders, newOrders, deliveries } = book;
  const atLoad = scale.ordersPerDistrict - scale.newOrdersPerDistrict;
  if (orders - newOrders === atLoad + deliveries) return;
  tallies.of('3.3.2.11').violate(() => {
    const left = `ORDER rows ${orders} - NEW-ORDER rows ${newOrders} = ${orders - newOrders}`;
    const right = `${atLoad} at load + sum of C_DELIVERY_CNT ${shownNumber(deliveries)} = ${shownNumber(atLoad + deliveries)}`;
    return `${name(book, 'O')}: ${left}, ${right}`;
  });
}

/** Rows of a district that the population does not have: each table's break what reads it. */
function violateUnexpected(books: DistrictBooks, book: DistrictBook, tallies: ConditionTallies): void {
  const what = 'no such district in this database';
  const violate = (ids: readonly ConditionId[], prefix: Parameters<typeof name>[1]): void =>
    tallies.violate(ids, () => `${name(book, prefix)}: ${what}`);
  if (book.row !== null) violate(['3.3.2.1', '3.3.2.2', '3.3.2.9'], 'D');
  if (book.orders > 0) violate(['3.3.2.2', '3.3.2.4', '3.3.2.11'], 'O');
  if (book.newOrders > 0) violate(['3.3.2.2', '3.3.2.3', '3.3.2.11'], 'NO');
  if (book.lines > 0) violate(['3.3.2.4'], 'OL');
  if (book.payments === 0) return;
  violate(['3.3.2.9'], 'H');
  if (books.holds(book.warehouseId)) return;
  tallies.of('3.3.2.8').violate(() => `H_W_ID=${shownNumber(book.warehouseId)}: no such warehouse in this database`);
}
