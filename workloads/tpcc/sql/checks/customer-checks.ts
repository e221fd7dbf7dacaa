/** Condition 12, and this database's share of condition 10: the books of customers. */
import type { Connection } from '../../../../src/drivers/contract.ts';
import { shownCents, shownNumber } from '../../checks/column-values.ts';
import type { ConditionTallies } from '../../checks/condition-tally.ts';
import { KeyedSums } from '../../checks/keyed-sums.ts';
import { customerName } from '../../checks/money-conditions.ts';
import { customerKey, isWarehouseId } from '../../checks/places.ts';
import type { DistrictBook, DistrictBooks } from './district-books.ts';
import { readNumbers } from './numbers.ts';
import { violateRows } from './order-checks.ts';
import {
  CUSTOMER_BOOKS,
  CUSTOMERS_OF_DISTRICT,
  DELIVERED_WITHOUT_CUSTOMER,
  ORDERS_OF_NOBODY,
  PAID_WITHOUT_CUSTOMER,
} from './statements.ts';

/** By customer key, in cents, of the customers whose balance this database's rows alone do not explain. */
export interface CustomerShare {
  balances: KeyedSums;
  delivered: KeyedSums;
  paid: KeyedSums;
}

export async function judgeCustomers(
  connection: Connection,
  books: DistrictBooks,
  tallies: ConditionTallies,
): Promise<CustomerShare> {
  const share: CustomerShare = { balances: new KeyedSums(), delivered: new KeyedSums(), paid: new KeyedSums() };
  for (const row of await readNumbers(connection, CUSTOMER_BOOKS)) judgeBooks(row, books, share, tallies);

  const { customersPerDistrict } = books.scale;
  await violateRows(
    connection,
    ORDERS_OF_NOBODY,
    [customersPerDistrict],
    ['3.3.2.10', '3.3.2.12'],
    tallies,
    ([warehouse, district, order, customer]) =>
      `O_W_ID=${warehouse} O_D_ID=${district} O_ID=${order}: O_C_ID ${shownNumber(customer)}, no such customer`,
  );

  await enterPayments(connection, books, share, tallies);
  const gone: number[] = [];
  for (const book of books.all) gone.push(...(await judgePresence(connection, books, book, tallies)));
  if (gone.length > 0) await judgeGone(connection, gone, share, tallies);
  return share;
}

/** A customer whose balance is not what the rows of this database say, or not what the other books of the customer say. */
function judgeBooks(row: number[], books: DistrictBooks, share: CustomerShare, tallies: ConditionTallies): void {
  const [warehouseId, districtId, customerId, balance, ytdPayment, delivered, paid] = row;
  if (!books.holds(warehouseId) || !books.isDistrictId(districtId) || !books.isCustomerId(customerId)) return;
  const key = customerKey(warehouseId, districtId, customerId);
  if (balance !== delivered - paid) {
    share.balances.add(key, balance);
    share.delivered.add(key, delivered);
    share.paid.add(key, paid);
  }
  if (balance + ytdPayment === delivered) return;
  tallies.of('3.3.2.12').violate(() => {
    const sum = `C_BALANCE ${shownCents(balance)} + C_YTD_PAYMENT ${shownCents(ytdPayment)}`;
    return `${customerName(key)}: ${sum} = ${shownCents(balance + ytdPayment)}, sum of delivered OL_AMOUNT ${shownCents(delivered)}`;
  });
}

/** Payments of customers who have no row here, because they live elsewhere or are gone. */
async function enterPayments(
  connection: Connection,
  books: DistrictBooks,
  { paid }: CustomerShare,
  tallies: ConditionTallies,
): Promise<void> {
  for (const [warehouseId, districtId, customerId, cents] of await readNumbers(connection, PAID_WITHOUT_CUSTOMER)) {
    if (isWarehouseId(warehouseId) && books.isDistrictId(districtId) && books.isCustomerId(customerId)) {
      paid.add(customerKey(warehouseId, districtId, customerId), cents);
      continue;
    }
    const district = `H_C_W_ID=${shownNumber(warehouseId)} H_C_D_ID=${shownNumber(districtId)}`;
    tallies.of('3.3.2.10').violate(() => `${district} H_C_ID=${shownNumber(customerId)}: no such customer`);
  }
}

/** @returns keys of the customers whom a district has lost */
async function judgePresence(
  connection: Connection,
  { scale }: DistrictBooks,
  book: DistrictBook,
  tallies: ConditionTallies,
): Promise<number[]> {
  const { warehouseId, districtId, customers, expectedCustomers, expected } = book;
  const most = scale.customersPerDistrict;
  const right = expected && expectedCustomers === most && customers === most;
  if (right || (!expected && customers === 0)) return [];
  const present = await readNumbers(connection, CUSTOMERS_OF_DISTRICT, [warehouseId, districtId]);
  const ids = new Set(present.map(([id]) => id));
  for (const id of ids) {
    if (expected && id >= 1 && id <= most) continue;
    tallies.violate(
      ['3.3.2.10', '3.3.2.11', '3.3.2.12'],
      () => `C_W_ID=${warehouseId} C_D_ID=${districtId} C_ID=${id}: no such customer in this database`,
    );
  }
  if (!expected) return [];
  const all = Array.from({ length: most }, (_, i) => i + 1);
  return all.filter((id) => !ids.has(id)).map((id) => customerKey(warehouseId, districtId, id));
}

async function judgeGone(
  connection: Connection,
  gone: readonly number[],
  share: CustomerShare,
  tallies: ConditionTallies,
): Promise<void> {
  const delivered = new Map<number, number>();
  for (const [warehouse, district, customer, cents] of await readNumbers(connection, DELIVERED_WITHOUT_CUSTOMER)) {
    delivered.set(customerKey(warehouse, district, customer), cents);
  }
  for (const key of gone) {
    const cents = delivered.get(key) ?? 0;
    share.balances.add(key, Number.NaN);
    share.delivered.add(key, cents);
    share.paid.add(key, 0);
    tallies
      .of('3.3.2.12')
      .violate(() => `${customerName(key)}: no CUSTOMER row, sum of delivered OL_AMOUNT ${shownCents(cents)}`);
  }
}
