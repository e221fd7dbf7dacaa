/** What the checks are tested with: damage to two warehouses after a run, each by its name. */
import { type Database, findRow, liveRows, type PlainRow, RUN_INSTANT_MS, readRow } from '../../testing/database.ts';
import type { Damage } from './damage.ts';

const pick = (row: PlainRow, ...columns: string[]): PlainRow =>
  Object.fromEntries(columns.map((column) => [column, row[column] as number]));
const lineKey = (line: PlainRow): PlainRow => pick(line, 'OL_W_ID', 'OL_D_ID', 'OL_O_ID', 'OL_NUMBER');
const set = (table: string, where: PlainRow, values: Record<string, number | null>): Damage => ({
  kind: 'set',
  table,
  where,
  values,
});
const remove = (table: string, where: PlainRow): Damage => ({ kind: 'delete', table, where });
const insert = (table: string, row: PlainRow): Damage => ({ kind: 'insert', table, row });

/** All rows of a warehouse of the load. */
const WAREHOUSE_COLUMNS: Record<string, string> = {
  WAREHOUSE: 'W_ID',
  DISTRICT: 'D_W_ID',
  CUSTOMER: 'C_W_ID',
  HISTORY: 'H_W_ID',
  'NEW-ORDER': 'NO_W_ID',
  ORDER: 'O_W_ID',
  'ORDER-LINE': 'OL_W_ID',
  STOCK: 'S_W_ID',
};

/** @param whole warehouses 1 and 2 at `SMALL_SCALE`, after transactions of every kind */
export function knownDamages(whole: Database): Record<string, Damage[]> {
  const rowOf = (table: string, where: PlainRow, accept?: (row: PlainRow) => boolean): PlainRow => {
    const target = whole.partition.table(table);
    return readRow(target, findRow(target, where, accept));
  };
  const newLine = (): PlainRow =>
    rowOf(
      'ORDER-LINE',
      { OL_W_ID: 1, OL_SUPPLY_W_ID: 1 },
      (line) => Number(line['OL_O_ID']) > 30 && line['OL_DELIVERY_D'] !== null,
    );
  const paymentElsewhere = (): PlainRow => rowOf('HISTORY', { H_W_ID: 2, H_C_W_ID: 1 });
  const soldStock = (): PlainRow => rowOf('STOCK', { S_W_ID: 2 }, (stock) => Number(stock['S_ORDER_CNT']) > 0);
  const undelivered = (): PlainRow => rowOf('NEW-ORDER', { NO_W_ID: 1 });
  const quietCustomer = (): PlainRow => rowOf('CUSTOMER', { C_W_ID: 1, C_D_ID: 1, C_DELIVERY_CNT: 0 });
  /** A column of the row, moved by some amount. */
  const moved = (table: string, where: PlainRow, column: string, by: number): Damage =>
    set(table, where, { [column]: Number(rowOf(table, where)[column]) + by });

  const inTheMiddle = rowOf('NEW-ORDER', { NO_W_ID: 2 }, (row) => {
    const rows = liveRows(whole.partition.table('NEW-ORDER'))
      .map((each) => readRow(whole.partition.table('NEW-ORDER'), each))
      .filter((each) => each['NO_W_ID'] === 2 && each['NO_D_ID'] === row['NO_D_ID'])
      .map((each) => Number(each['NO_O_ID']));
    return Number(row['NO_O_ID']) > Math.min(...rows) && Number(row['NO_O_ID']) < Math.max(...rows);
  });
  const shortOrder = rowOf('ORDER', { O_W_ID: 1, O_D_ID: 3 }, (row) => Number(row['O_OL_CNT']) < 15);
  const firstLine = { OL_W_ID: 1, OL_D_ID: 3, OL_O_ID: shortOrder['O_ID'] as number, OL_NUMBER: 1 };
  const strayLine = { OL_W_ID: 1, OL_D_ID: 1, OL_O_ID: 0, OL_NUMBER: 3, OL_SUPPLY_W_ID: 1, OL_I_ID: 1 };
  const { NO_D_ID, NO_O_ID } = undelivered();
  const next = Number(rowOf('DISTRICT', { D_W_ID: 1, D_ID: 6 })['D_NEXT_O_ID']);
  const payment = paymentElsewhere();
  const nowhere = { ...payment, H_W_ID: 1, H_D_ID: 1, H_C_W_ID: 1, H_C_D_ID: 1, H_C_ID: 1, H_AMOUNT: 0 };
  const wrong: PlainRow[] = [{ H_W_ID: 3 }, { H_D_ID: 11 }, { H_C_ID: 31 }, { H_C_W_ID: 3 }];
  const customer = rowOf('CUSTOMER', { C_W_ID: 1 }, (row) => Number(row['C_DELIVERY_CNT']) > 1);
  const order = rowOf('ORDER', { O_W_ID: 1, O_D_ID: 2, O_ID: 1 });

  return {
    'a W_YTD that is off': [moved('WAREHOUSE', { W_ID: 2 }, 'W_YTD', 1)],
    'nulls on both sides': [
      set('WAREHOUSE', { W_ID: 1 }, { W_YTD: null }),
      ...Array.from({ length: 10 }, (_, i) =>
        set('DISTRICT', { D_W_ID: 1, D_ID: i + 1 }, { D_YTD: i === 0 ? null : 0 }),
      ),
    ],
    'a warehouse without WAREHOUSE row': [remove('WAREHOUSE', { W_ID: 1 })],
    'a D_NEXT_O_ID that is off': [moved('DISTRICT', { D_W_ID: 2, D_ID: 7 }, 'D_NEXT_O_ID', 1)],
    'a D_NEXT_O_ID of null': [set('DISTRICT', { D_W_ID: 2, D_ID: 7 }, { D_NEXT_O_ID: null })],
    'a district without DISTRICT row': [remove('DISTRICT', { D_W_ID: 1, D_ID: 4 })],
    'a NEW-ORDER row too few': [remove('NEW-ORDER', pick(undelivered(), 'NO_W_ID', 'NO_D_ID', 'NO_O_ID'))],
    'a gap in NEW-ORDER': [remove('NEW-ORDER', inTheMiddle)],
    'a line of the load too few': [remove('ORDER-LINE', { OL_W_ID: 1, OL_D_ID: 3, OL_O_ID: 5, OL_NUMBER: 2 })],
    'a line too many': [
      insert('ORDER-LINE', { ...rowOf('ORDER-LINE', firstLine), OL_NUMBER: Number(shortOrder['O_OL_CNT']) + 1 }),
    ],
    'an O_OL_CNT that is off': [moved('ORDER', { O_W_ID: 2, O_D_ID: 10, O_ID: 1 }, 'O_OL_CNT', 1)],
    'an O_OL_CNT of null': [set('ORDER', { O_W_ID: 2, O_D_ID: 10, O_ID: 1 }, { O_OL_CNT: null })],
    'a line without order': [
      insert('ORDER-LINE', { ...strayLine, OL_QUANTITY: 1, OL_AMOUNT: 0, OL_DIST_INFO: 'x'.repeat(24) }),
    ],
    'a delivered order without carrier': [set('ORDER', { O_W_ID: 1, O_D_ID: 5, O_ID: 4 }, { O_CARRIER_ID: null })],
    'an undelivered order with a carrier': [
      set('ORDER', { O_W_ID: 1, O_D_ID: NO_D_ID as number, O_ID: NO_O_ID as number }, { O_CARRIER_ID: 0 }),
    ],
    'a NEW-ORDER row without order': [insert('NEW-ORDER', { NO_W_ID: 1, NO_D_ID: 6, NO_O_ID: next })],
    'an order that is gone': [remove('ORDER', { O_W_ID: 1, O_D_ID: 8, O_ID: 2 })],
    'a delivered line without date': [
      set('ORDER-LINE', { OL_W_ID: 2, OL_D_ID: 2, OL_O_ID: 7, OL_NUMBER: 4 }, { OL_DELIVERY_D: null }),
    ],
    'an undelivered line with a date': [
      set('ORDER-LINE', lineKey(rowOf('ORDER-LINE', { OL_W_ID: 2, OL_DELIVERY_D: null })), {
        OL_DELIVERY_D: RUN_INSTANT_MS,
      }),
    ],
    'a changed payment': [set('HISTORY', payment, { H_AMOUNT: Number(payment['H_AMOUNT']) + 25 })],
    'a payment of null': [set('HISTORY', paymentElsewhere(), { H_AMOUNT: null })],
    'payments at places and by customers that are not there': wrong.map((values) =>
      insert('HISTORY', { ...nowhere, ...values }),
    ),
    'a D_YTD that is off': [moved('DISTRICT', { D_W_ID: 1, D_ID: 10 }, 'D_YTD', -100)],
    'a balance that is off': [moved('CUSTOMER', { C_W_ID: 1, C_D_ID: 2, C_ID: 5 }, 'C_BALANCE', 7)],
    'a balance of null': [set('CUSTOMER', { C_W_ID: 2, C_D_ID: 1, C_ID: 30 }, { C_BALANCE: null })],
    'a delivered amount that is off': [moved('ORDER-LINE', lineKey(newLine()), 'OL_AMOUNT', 1)],
    'a delivered amount of null': [set('ORDER-LINE', lineKey(newLine()), { OL_AMOUNT: null })],
    'a C_YTD_PAYMENT that is off': [moved('CUSTOMER', { C_W_ID: 2, C_D_ID: 1, C_ID: 30 }, 'C_YTD_PAYMENT', -1)],
    'a C_YTD_PAYMENT of null': [set('CUSTOMER', { C_W_ID: 2, C_D_ID: 1, C_ID: 30 }, { C_YTD_PAYMENT: null })],
    'a customer who is gone': [remove('CUSTOMER', pick(quietCustomer(), 'C_W_ID', 'C_D_ID', 'C_ID'))],
    'a customer who is gone, with deliveries': [remove('CUSTOMER', pick(customer, 'C_W_ID', 'C_D_ID', 'C_ID'))],
    'a customer outside the population': [insert('CUSTOMER', { ...quietCustomer(), C_ID: 31 })],
    'an order of nobody': [
      remove('ORDER', pick(order, 'O_W_ID', 'O_D_ID', 'O_ID')),
      insert('ORDER', { ...order, O_C_ID: 99 }),
    ],
    'a C_DELIVERY_CNT that is off': [moved('CUSTOMER', { C_W_ID: 2, C_D_ID: 4, C_ID: 3 }, 'C_DELIVERY_CNT', 1)],
    'a C_DELIVERY_CNT of null': [set('CUSTOMER', { C_W_ID: 2, C_D_ID: 4, C_ID: 3 }, { C_DELIVERY_CNT: null })],
    ...Object.fromEntries(
      (['S_YTD', 'S_ORDER_CNT', 'S_REMOTE_CNT'] as const).flatMap((column) => [
        [`a ${column} that is off`, [moved('STOCK', pick(soldStock(), 'S_W_ID', 'S_I_ID'), column, 1)]],
        [`a ${column} of null`, [set('STOCK', pick(soldStock(), 'S_W_ID', 'S_I_ID'), { [column]: null })]],
      ]),
    ),
    'remote stock that silently stays home': [set('ORDER-LINE', lineKey(newLine()), { OL_SUPPLY_W_ID: 2 })],
    'a quantity that is off': [moved('ORDER-LINE', lineKey(newLine()), 'OL_QUANTITY', 1)],
    'a quantity of null': [set('ORDER-LINE', lineKey(newLine()), { OL_QUANTITY: null })],
    'another quantity of a loaded line, which counts nowhere': [
      set('ORDER-LINE', { OL_W_ID: 1, OL_D_ID: 1, OL_O_ID: 30, OL_NUMBER: 1 }, { OL_QUANTITY: 9 }),
    ],
    'a new line that is gone': [remove('ORDER-LINE', lineKey(newLine()))],
    'a stock row that is gone': [remove('STOCK', pick(soldStock(), 'S_W_ID', 'S_I_ID'))],
    'a stock row that nobody has': [insert('STOCK', { ...soldStock(), S_I_ID: 201 })],
    'a line of an item that is not there': [set('ORDER-LINE', lineKey(newLine()), { OL_I_ID: 201 })],
    'a line of stock in a warehouse that nobody has': [set('ORDER-LINE', lineKey(newLine()), { OL_SUPPLY_W_ID: 3 })],
    ...Object.fromEntries(
      ['WAREHOUSE', 'DISTRICT', 'CUSTOMER', 'HISTORY', 'NEW-ORDER', 'ORDER', 'ORDER-LINE', 'ITEM', 'STOCK'].map(
        (name) => [`an empty ${name}`, [remove(name, {})]],
      ),
    ),
    'a district of which no order is left': [
      remove('ORDER', { O_W_ID: 2, O_D_ID: 8 }),
      remove('NEW-ORDER', { NO_W_ID: 2, NO_D_ID: 8 }),
      remove('ORDER-LINE', { OL_W_ID: 2, OL_D_ID: 8 }),
    ],
    'a warehouse of which no row is left': Object.entries(WAREHOUSE_COLUMNS).map(([table, column]) =>
      remove(table, { [column]: 2 }),
    ),
    'nothing left': [...Object.keys(WAREHOUSE_COLUMNS), 'ITEM'].map((table) => remove(table, {})),
  };
}
