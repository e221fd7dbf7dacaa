/** Conditions 5, 6 and 7: orders against their NEW-ORDER rows and their lines, joined and compared by the server. */
import type { Connection, Statement } from '../../../../src/drivers/contract.ts';
import { NULL_INTEGER } from '../../../../src/engine/row-layout.ts';
import { shownInstant, shownNumber } from '../../checks/column-values.ts';
import type { ConditionId, ConditionTallies } from '../../checks/condition-tally.ts';
import { readNumbers } from './numbers.ts';
import { CARRIERS, DELIVERY_DATES, LINE_COUNTS, LINES_WITHOUT_ORDER, NEW_ORDERS_WITHOUT_ORDER } from './statements.ts';

const orderName = ([warehouse, district, order]: number[]): string =>
  `O_W_ID=${warehouse} O_D_ID=${district} O_ID=${order}`;

/** Key of an order line, for a violation. */
export const lineName = ([warehouse, district, order, line]: number[]): string =>
  `OL_W_ID=${warehouse} OL_D_ID=${district} OL_O_ID=${order} OL_NUMBER=${line}`;

export async function judgeOrders(connection: Connection, tallies: ConditionTallies): Promise<void> {
  const broken = (ids: readonly ConditionId[], statement: Statement, describe: (row: number[]) => string) =>
    violateRows(connection, statement, [], ids, tallies, describe);
  await broken(['3.3.2.5'], CARRIERS, (row) => {
    const [, , , carrier, undelivered] = row;
    const newOrder = `${undelivered === 1 ? 'a' : 'no'} NEW-ORDER row`;
    return `${orderName(row)}: O_CARRIER_ID ${shownNumber(carrier)}, ${newOrder}`;
  });
  await broken(['3.3.2.5'], NEW_ORDERS_WITHOUT_ORDER, ([warehouse, district, order]) => {
    return `NO_W_ID=${warehouse} NO_D_ID=${district} NO_O_ID=${order}: NEW-ORDER row, no ORDER row`;
  });
  await broken(['3.3.2.6'], LINE_COUNTS, (row) => {
    return `${orderName(row)}: O_OL_CNT ${shownNumber(row[3])}, ORDER-LINE rows ${row[4]}`;
  });
  await broken(['3.3.2.6', '3.3.2.7'], LINES_WITHOUT_ORDER, (row) => {
    return `${lineName(row)}: ORDER-LINE row, no ORDER row`;
  });
  await broken(['3.3.2.7'], DELIVERY_DATES, (row) => {
    const [, , , , date, carrier] = row;
    const shown = shownInstant(Number.isNaN(date) ? NULL_INTEGER : date);
    return `${lineName(row)}: OL_DELIVERY_D ${shown}, O_CARRIER_ID ${shownNumber(carrier)}`;
  });
}

/** Enters what a statement gives out: the first rows that break a condition, with the number of all in the last column. */
export async function violateRows(
  connection: Connection,
  statement: Statement,
  parameters: readonly number[],
  ids: readonly ConditionId[],
  tallies: ConditionTallies,
  describe: (row: number[]) => string,
): Promise<void> {
  const rows = await readNumbers(connection, statement, parameters);
  const count = rows[0]?.at(-1) ?? 0;
  for (const id of ids) tallies.of(id).violateAll(count, rows.map(describe));
}
