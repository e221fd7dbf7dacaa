/**
 * The steps of the transactions in words that MySQL, MariaDB and SQLite have in common: no lists as parameters, so that a
 * statement is written for each length, and no RETURNING, so that what was updated is read again, under its lock.
 */
import {
  type Call,
  INSTANT,
  INTEGER,
  MONEY,
  type Parameter,
  RATE,
  type Statement,
  TEXT,
  type ValueType,
} from '../../../../src/drivers/contract.ts';
import { C_DATA_BYTES, FULL_SCALE, STOCK_LEVEL_ORDERS } from '../../specification.ts';
import type { CustomerKey, HistoryRow, NewOrderRows, Step, StockKey, StockSale, TpccSteps } from './steps.ts';

/** What the dialects do not have in common. */
interface Words {
  /** Behind a SELECT whose rows are to be locked; empty where a transaction has the database for itself. */
  forUpdate: string;
  /** Whether the stock rows of an order are updated by one statement: where each is a round trip, or is parsed each time. */
  sellsTogether: boolean;
}

const statement = (
  name: string,
  text: string,
  parameters: readonly ValueType[],
  columns: readonly ValueType[] = [],
): Statement => ({ name, text: text.replace(/\n\s*/g, ' ').trim(), parameters, columns });

const step = (...calls: readonly [Statement, ...Parameter[]][]): Step =>
  calls.map(([each, ...parameters]): Call => ({ statement: each, parameters }));

/** Statements that live as long as the program, one for each length that was asked for. */
function byLength(make: (length: number) => Statement): (length: number) => Statement {
  const made = new Map<number, Statement>();
  return (length) => {
    const known = made.get(length) ?? make(length);
    made.set(length, known);
    return known;
  };
}

/** `$4, $5`; of each element `columns` parameters from number `from` on. */
const marks = (from: number, count: number): string => places(from, count).join(', ');
const places = (from: number, count: number): string[] => Array.from({ length: count }, (_, i) => `$${from + i}`);
const each = (length: number, text: (i: number) => string, separator: string): string =>
  Array.from({ length }, (_, i) => text(i)).join(separator);
const integers = (count: number): ValueType[] => Array.from({ length: count }, () => INTEGER);

/** Rows with one of several keys of two columns, by parameters from number `from` on. */
const oneOf = (length: number, first: string, second: string, from: number): string =>
  `(${each(length, (i) => `(${first} = $${from + 2 * i} AND ${second} = $${from + 2 * i + 1})`, ' OR ')})`;
const pairs = (first: readonly number[], second: readonly number[]): number[] =>
  first.flatMap((value, i) => [value, second[i]]);

/** C_ID of the one in the middle: of n rows the one at n/2, rounded up (2.5.2.2). */
const MIDDLE_OF_NAME = `
  SELECT c_id FROM (
    SELECT c_id, row_number() OVER (ORDER BY c_first, c_id) AS place, count(*) OVER () AS others
    FROM customer WHERE c_w_id = $1 AND c_d_id = $2 AND c_last = $3
  ) AS named WHERE 2 * place IN (others, others + 1)`;

const PAID = 'c_balance = c_balance - $4, c_ytd_payment = c_ytd_payment + $4, c_payment_cnt = c_payment_cnt + 1';
const ONE_CUSTOMER = 'c_w_id = $1 AND c_d_id = $2 AND c_id = $3';
const HISTORY_COLUMNS = 'h_c_id, h_c_d_id, h_c_w_id, h_d_id, h_w_id, h_date, h_amount, h_data';
const LINE_COLUMNS =
  'ol_o_id, ol_d_id, ol_w_id, ol_number, ol_i_id, ol_supply_w_id, ol_delivery_d, ol_quantity, ol_amount, ol_dist_info';

const readCustomerText = (customerId: string): string => `
  SELECT c_id, c_balance, c_first, c_middle, c_last, o_id, o_entry_d, o_carrier_id
  FROM customer LEFT JOIN orders ON o_w_id = c_w_id AND o_d_id = c_d_id AND o_c_id = c_id AND o_id = (
    SELECT max(newest.o_id) FROM orders newest
    WHERE newest.o_w_id = c_w_id AND newest.o_d_id = c_d_id AND newest.o_c_id = c_id
  )
  WHERE c_w_id = $1 AND c_d_id = $2 AND c_id = ${customerId}`;

const LOCKED_CUSTOMER = [INTEGER, TEXT, MONEY];
const CUSTOMER_AND_ORDER = [INTEGER, MONEY, TEXT, TEXT, TEXT, INTEGER, INSTANT, INTEGER];
const THREE = integers(3);
const NAMED = [INTEGER, INTEGER, TEXT];

const TEXTS = {
  growOrderNumber: statement(
    'new-order: next order number',
    'UPDATE district SET d_next_o_id = d_next_o_id + 1 WHERE d_w_id = $1 AND d_id = $2',
    integers(2),
  ),
  readOrderNumber: statement(
    'new-order: order number',
    'SELECT d_next_o_id - 1, d_tax FROM district WHERE d_w_id = $1 AND d_id = $2',
    integers(2),
    [INTEGER, RATE],
  ),
  readBuyer: statement(
    'new-order: customer',
    `SELECT c_discount, c_last, c_credit, w_tax FROM customer JOIN warehouse ON w_id = c_w_id WHERE ${ONE_CUSTOMER}`,
    THREE,
    [RATE, TEXT, TEXT, RATE],
  ),
  readItems: byLength((length) =>
    statement(
      `new-order: ${length} items`,
      `SELECT i_id, i_price, i_name, i_data FROM item WHERE i_id IN (${marks(1, length)})`,
      integers(length),
      [INTEGER, MONEY, TEXT, TEXT],
    ),
  ),
  enterOrder: statement(
    'new-order: order',
    `INSERT INTO orders (o_id, o_d_id, o_w_id, o_c_id, o_entry_d, o_carrier_id, o_ol_cnt, o_all_local)
     VALUES ($1, $2, $3, $4, $5, NULL, $6, $7)`,
    [...integers(4), INSTANT, ...integers(2)],
  ),
  enterNewOrder: statement(
    'new-order: new order',
    'INSERT INTO new_order (no_o_id, no_d_id, no_w_id) VALUES ($1, $2, $3)',
    THREE,
  ),
  enterLines: byLength((length) =>
    statement(
      `new-order: ${length} lines`,
      `INSERT INTO order_line (${LINE_COLUMNS}) VALUES ${each(length, lineValues, ', ')}`,
      [...THREE, ...Array.from({ length }, () => [INTEGER, INTEGER, INTEGER, MONEY, TEXT]).flat()],
    ),
  ),
  sellStock: statement(
    'new-order: sell stock',
    `UPDATE stock SET s_quantity = $3, s_ytd = s_ytd + $4, s_order_cnt = s_order_cnt + $5,
       s_remote_cnt = s_remote_cnt + $6 WHERE s_w_id = $1 AND s_i_id = $2`,
    integers(6),
  ),
  sellStocks: byLength((length) =>
    statement(
      `new-order: sell ${length} stock rows`,
      `UPDATE stock SET s_quantity = ${ofSale(length, 2)}, s_ytd = s_ytd + ${ofSale(length, 3)},
         s_order_cnt = s_order_cnt + ${ofSale(length, 4)}, s_remote_cnt = s_remote_cnt + ${ofSale(length, 5)}
       WHERE ${each(length, (sale) => `(${isSale(sale)})`, ' OR ')}`,
      integers(6 * length),
    ),
  ),
  payWarehouse: statement('payment: pay warehouse', 'UPDATE warehouse SET w_ytd = w_ytd + $2 WHERE w_id = $1', [
    INTEGER,
    MONEY,
  ]),
  readWarehouse: statement('payment: warehouse', 'SELECT w_name FROM warehouse WHERE w_id = $1', [INTEGER], [TEXT]),
  payDistrict: statement(
    'payment: pay district',
    'UPDATE district SET d_ytd = d_ytd + $3 WHERE d_w_id = $1 AND d_id = $2',
    [INTEGER, INTEGER, MONEY],
  ),
  readDistrict: statement(
    'payment: district',
    'SELECT d_name FROM district WHERE d_w_id = $1 AND d_id = $2',
    integers(2),
    [TEXT],
  ),
  payCustomer: statement('payment: pay', `UPDATE customer SET ${PAID} WHERE ${ONE_CUSTOMER}`, [...THREE, MONEY]),
  payWithBadCredit: statement(
    'payment: pay with bad credit',
    `UPDATE customer SET ${PAID}, c_data = substr(concat($5, c_data), 1, ${C_DATA_BYTES}) WHERE ${ONE_CUSTOMER}`,
    [...THREE, MONEY, TEXT],
  ),
  enterHistory: statement(
    'payment: history',
    `INSERT INTO history (${HISTORY_COLUMNS})
     SELECT $1, $2, $3, d_id, w_id, $6, $7, concat(w_name, '    ', d_name)
     FROM warehouse JOIN district ON d_w_id = w_id WHERE w_id = $5 AND d_id = $4`,
    [...integers(5), INSTANT, MONEY],
  ),
  enterHistoryWithData: statement(
    'payment: history with names',
    `INSERT INTO history (${HISTORY_COLUMNS}) VALUES (${marks(1, 8)})`,
    [...integers(5), INSTANT, MONEY, TEXT],
  ),
  readCustomer: statement('order-status: customer', readCustomerText('$3'), THREE, CUSTOMER_AND_ORDER),
  readCustomerByName: statement(
    'order-status: customer by name',
    readCustomerText(`(${MIDDLE_OF_NAME})`),
    NAMED,
    CUSTOMER_AND_ORDER,
  ),
  readLines: statement(
    'order-status: lines',
    `SELECT ol_i_id, ol_supply_w_id, ol_quantity, ol_amount, ol_delivery_d FROM order_line
     WHERE ol_w_id = $1 AND ol_d_id = $2 AND ol_o_id = $3 ORDER BY ol_number`,
    THREE,
    [INTEGER, INTEGER, INTEGER, MONEY, INSTANT],
  ),
  // By the index of each district: a warehouse without deliveries has thousands.
  oldestNewOrders: statement(
    'delivery: oldest new orders',
    `SELECT d_id, oldest FROM (
       SELECT d_id, (SELECT min(no_o_id) FROM new_order WHERE no_w_id = d_w_id AND no_d_id = d_id) AS oldest
       FROM district WHERE d_w_id = $1
     ) AS districts WHERE oldest IS NOT NULL ORDER BY d_id`,
    [INTEGER],
    integers(2),
  ),
  removeNewOrders: byLength((length) =>
    statement(
      `delivery: remove ${length} new orders`,
      `DELETE FROM new_order WHERE no_w_id = $1 AND ${oneOf(length, 'no_d_id', 'no_o_id', 2)}`,
      integers(1 + 2 * length),
    ),
  ),
  setCarrier: byLength((length) =>
    statement(
      `delivery: carrier of ${length}`,
      `UPDATE orders SET o_carrier_id = $2 WHERE o_w_id = $1 AND ${oneOf(length, 'o_d_id', 'o_id', 3)}`,
      integers(2 + 2 * length),
    ),
  ),
  setDeliveryDate: byLength((length) =>
    statement(
      `delivery: lines of ${length}`,
      `UPDATE order_line SET ol_delivery_d = $2 WHERE ol_w_id = $1 AND ${oneOf(length, 'ol_d_id', 'ol_o_id', 3)}`,
      [INTEGER, INSTANT, ...integers(2 * length)],
    ),
  ),
  creditCustomer: statement(
    'delivery: customer',
    `UPDATE customer SET c_delivery_cnt = c_delivery_cnt + 1, c_balance = c_balance + (
       SELECT sum(ol_amount) FROM order_line WHERE ol_w_id = $1 AND ol_d_id = $2 AND ol_o_id = $3)
     WHERE c_w_id = $1 AND c_d_id = $2
       AND c_id = (SELECT o_c_id FROM orders WHERE o_w_id = $1 AND o_d_id = $2 AND o_id = $3)`,
    THREE,
  ),
  countLowStock: statement(
    'stock-level: count',
    `SELECT count(DISTINCT s_i_id) FROM district
     JOIN order_line ON ol_w_id = d_w_id AND ol_d_id = d_id
       AND ol_o_id >= d_next_o_id - ${STOCK_LEVEL_ORDERS} AND ol_o_id < d_next_o_id
     JOIN stock ON s_w_id = d_w_id AND s_i_id = ol_i_id AND s_quantity < $3
     WHERE d_w_id = $1 AND d_id = $2`,
    THREE,
    [INTEGER],
  ),
};

/** Six parameters a sale: warehouse, item, and what becomes of their row. */
const isSale = (sale: number): string => `s_w_id = $${6 * sale + 1} AND s_i_id = $${6 * sale + 2}`;

function ofSale(length: number, place: number): string {
  return `CASE ${each(length, (sale) => `WHEN ${isSale(sale)} THEN $${6 * sale + place + 1}`, ' ')} END`;
}

function lineValues(line: number): string {
  const [item, supply, quantity, amount, info] = places(4 + 5 * line, 5);
  return `($1, $2, $3, ${line + 1}, ${item}, ${supply}, NULL, ${quantity}, ${amount}, ${info})`;
}

/** Statements that lock rows by reading them. */
function lockingTexts({ forUpdate }: Words) {
  const lockCustomerText = (customerId: string): string =>
    `SELECT c_id, c_credit, c_balance FROM customer WHERE c_w_id = $1 AND c_d_id = $2 AND c_id = ${customerId} ${forUpdate}`;
  return {
    /** By district from 0: each reads its own S_DIST_xx. */
    lockStock: Array.from({ length: FULL_SCALE.districtsPerWarehouse }, (_, i) =>
      byLength((length) =>
        statement(
          `new-order: ${length} stock rows for district ${i + 1}`,
          `SELECT s_w_id, s_i_id, s_quantity, s_dist_${String(i + 1).padStart(2, '0')}, s_data FROM stock
           WHERE ${oneOf(length, 's_w_id', 's_i_id', 1)} ORDER BY s_w_id, s_i_id ${forUpdate}`,
          integers(2 * length),
          [INTEGER, INTEGER, INTEGER, TEXT, TEXT],
        ),
      ),
    ),
    lockCustomer: statement('payment: customer', lockCustomerText('$3'), THREE, LOCKED_CUSTOMER),
    lockCustomerByName: statement(
      'payment: customer by name',
      lockCustomerText(`(${MIDDLE_OF_NAME})`),
      NAMED,
      LOCKED_CUSTOMER,
    ),
  };
}

const keyOf = ({ warehouseId, districtId, customerId }: CustomerKey) => [warehouseId, districtId, customerId] as const;

function plainSteps(words: Words): TpccSteps {
  const locking = lockingTexts(words);
  return {
    takeOrderNumber: (...district) => step([TEXTS.growOrderNumber, ...district], [TEXTS.readOrderNumber, ...district]),
    readBuyer: (customer) => step([TEXTS.readBuyer, ...keyOf(customer)]),
    readItems: (itemIds) => step([TEXTS.readItems(itemIds.length), ...itemIds]),

    lockStock(keys: readonly StockKey[], districtId) {
      const lock = locking.lockStock[districtId - 1](keys.length);
      return step([lock, ...keys.flatMap(({ warehouseId, itemId }) => [warehouseId, itemId])]);
    },

    enterOrder({ orderId, districtId, warehouseId, customerId, entryMs, allLocal, itemIds }: NewOrderRows) {
      const key = [orderId, districtId, warehouseId] as const;
      return step(
        [TEXTS.enterOrder, ...key, customerId, entryMs, itemIds.length, allLocal ? 1 : 0],
        [TEXTS.enterNewOrder, ...key],
      );
    },

    enterLines({ orderId, districtId, warehouseId, itemIds, ...lines }: NewOrderRows) {
      const { supplyWarehouseIds, quantities, amountsCents, districtInfos } = lines;
      const values = itemIds.flatMap((itemId, line) => [
        itemId,
        supplyWarehouseIds[line],
        quantities[line],
        amountsCents[line],
        districtInfos[line],
      ]);
      return itemIds.length === 0
        ? []
        : step([TEXTS.enterLines(itemIds.length), orderId, districtId, warehouseId, ...values]);
    },

    sellStock(sales: readonly StockSale[]) {
      const values = sales.map((sale): Parameter[] => [
        ...[sale.warehouseId, sale.itemId],
        ...[sale.quantity, sale.ordered, sale.orders, sale.remoteOrders],
      ]);
      return words.sellsTogether
        ? step([TEXTS.sellStocks(sales.length), ...values.flat()])
        : values.flatMap((sale) => step([TEXTS.sellStock, ...sale]));
    },

    lockCustomer: (customer) => step([locking.lockCustomer, ...keyOf(customer)]),
    lockCustomerByName: (...name) => step([locking.lockCustomerByName, ...name]),
    payWarehouse: (warehouseId, amountCents) =>
      step([TEXTS.payWarehouse, warehouseId, amountCents], [TEXTS.readWarehouse, warehouseId]),
    payDistrict: (warehouseId, districtId, amountCents) =>
      step([TEXTS.payDistrict, warehouseId, districtId, amountCents], [TEXTS.readDistrict, warehouseId, districtId]),

    payCustomer: (customer, amountCents, badCredit) =>
      badCredit === null
        ? step([TEXTS.payCustomer, ...keyOf(customer), amountCents])
        : step([TEXTS.payWithBadCredit, ...keyOf(customer), amountCents, badCredit]),

    enterHistory({ customer, warehouseId, districtId, dateMs, amountCents, data }: HistoryRow) {
      const payer = [customer.customerId, customer.districtId, customer.warehouseId] as const;
      const values = [...payer, districtId, warehouseId, dateMs, amountCents] as const;
      return data === null
        ? step([TEXTS.enterHistory, ...values])
        : step([TEXTS.enterHistoryWithData, ...values, data]);
    },

    readCustomer: (customer) => step([TEXTS.readCustomer, ...keyOf(customer)]),
    readCustomerByName: (...name) => step([TEXTS.readCustomerByName, ...name]),
    readLines: (...order) => step([TEXTS.readLines, ...order]),

    oldestNewOrders: (warehouseId) => step([TEXTS.oldestNewOrders, warehouseId]),
    removeNewOrders: (warehouseId, districtIds, orderIds) =>
      step([TEXTS.removeNewOrders(orderIds.length), warehouseId, ...pairs(districtIds, orderIds)]),

    deliver(warehouseId, districtIds, orderIds, carrierId, dateMs) {
      const orders = pairs(districtIds, orderIds);
      return [
        ...step(
          [TEXTS.setCarrier(orderIds.length), warehouseId, carrierId, ...orders],
          [TEXTS.setDeliveryDate(orderIds.length), warehouseId, dateMs, ...orders],
        ),
        ...orderIds.flatMap((orderId, i) => step([TEXTS.creditCustomer, warehouseId, districtIds[i], orderId])),
      ];
    },

    countLowStock: (...wanted) => step([TEXTS.countLowStock, ...wanted]),
  };
}

/** A transaction is the only writer. */
export const SQLITE_STEPS: TpccSteps = plainSteps({ forUpdate: '', sellsTogether: false });

export const MYSQL_STEPS: TpccSteps = plainSteps({ forUpdate: 'FOR UPDATE', sellsTogether: true });
