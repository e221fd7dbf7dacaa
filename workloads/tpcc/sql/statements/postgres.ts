/** The steps of the transactions in PostgreSQL's words: lists are arrays, and what is updated is returned at once. */
import {
  type Call,
  INSTANT,
  INTEGER,
  listOf,
  MONEY,
  type Parameter,
  RATE,
  type Statement,
  TEXT,
  type ValueType,
} from '../../../../src/drivers/contract.ts';
import { C_DATA_BYTES, FULL_SCALE, STOCK_LEVEL_ORDERS } from '../../specification.ts';
import type { CustomerKey, HistoryRow, NewOrderRows, Step, StockKey, StockSale, TpccSteps } from './steps.ts';

const INTEGERS = listOf(INTEGER);

const statement = (
  name: string,
  text: string,
  parameters: Statement['parameters'],
  columns: readonly ValueType[] = [],
): Statement => ({ name, text: text.replace(/\s*\n\s*/g, ' ').trim(), parameters, columns });

const step = (...calls: readonly [Statement, ...Parameter[]][]): Step =>
  calls.map(([each, ...parameters]): Call => ({ statement: each, parameters }));

const TAKE_ORDER_NUMBER = statement(
  'new-order: order number',
  `UPDATE district SET d_next_o_id = d_next_o_id + 1 WHERE d_w_id = $1 AND d_id = $2
   RETURNING d_next_o_id - 1, d_tax`,
  [INTEGER, INTEGER],
  [INTEGER, RATE],
);

const READ_BUYER = statement(
  'new-order: customer',
  `SELECT c_discount, c_last, c_credit, w_tax FROM customer, warehouse
   WHERE c_w_id = $1 AND c_d_id = $2 AND c_id = $3 AND w_id = $1`,
  [INTEGER, INTEGER, INTEGER],
  [RATE, TEXT, TEXT, RATE],
);

const READ_ITEMS = statement(
  'new-order: items',
  'SELECT i_id, i_price, i_name, i_data FROM item WHERE i_id = ANY($1::int[])',
  [INTEGERS],
  [INTEGER, MONEY, TEXT, TEXT],
);

/** By district from 0: each reads its own S_DIST_xx. */
const LOCK_STOCK = Array.from({ length: FULL_SCALE.districtsPerWarehouse }, (_, i) =>
  statement(
    `new-order: stock for district ${i + 1}`,
    `SELECT s_w_id, s_i_id, s_quantity, s_dist_${String(i + 1).padStart(2, '0')}, s_data
     FROM stock JOIN unnest($1::int[], $2::int[]) AS wanted (w, i) ON s_w_id = w AND s_i_id = i
     ORDER BY s_w_id, s_i_id FOR UPDATE OF stock`,
    [INTEGERS, INTEGERS],
    [INTEGER, INTEGER, INTEGER, TEXT, TEXT],
  ),
);

const ENTER_ORDER = statement(
  'new-order: order',
  `INSERT INTO orders (o_id, o_d_id, o_w_id, o_c_id, o_entry_d, o_carrier_id, o_ol_cnt, o_all_local)
   VALUES ($1, $2, $3, $4, $5, NULL, $6, $7)`,
  [INTEGER, INTEGER, INTEGER, INTEGER, INSTANT, INTEGER, INTEGER],
);

const ENTER_NEW_ORDER = statement(
  'new-order: new order',
  'INSERT INTO new_order (no_o_id, no_d_id, no_w_id) VALUES ($1, $2, $3)',
  [INTEGER, INTEGER, INTEGER],
);

const ENTER_LINES = statement(
  'new-order: lines',
  `INSERT INTO order_line (ol_o_id, ol_d_id, ol_w_id, ol_number, ol_i_id, ol_supply_w_id, ol_delivery_d, ol_quantity,
     ol_amount, ol_dist_info)
   SELECT $1, $2, $3, number, item, supply, NULL, quantity, amount, info
   FROM unnest($4::int[], $5::int[], $6::int[], $7::numeric[], $8::text[]) WITH ORDINALITY
     AS line (item, supply, quantity, amount, info, number)`,
  [INTEGER, INTEGER, INTEGER, INTEGERS, INTEGERS, INTEGERS, listOf(MONEY), listOf(TEXT)],
);

const SELL_STOCK = statement(
  'new-order: sell stock',
  `UPDATE stock SET s_quantity = sale.quantity, s_ytd = s_ytd + sale.ordered, s_order_cnt = s_order_cnt + sale.orders,
     s_remote_cnt = s_remote_cnt + sale.remote_orders
   FROM unnest($1::int[], $2::int[], $3::int[], $4::int[], $5::int[], $6::int[])
     AS sale (w, i, quantity, ordered, orders, remote_orders)
   WHERE s_w_id = sale.w AND s_i_id = sale.i`,
  [INTEGERS, INTEGERS, INTEGERS, INTEGERS, INTEGERS, INTEGERS],
);

const LOCKED_CUSTOMER = [INTEGER, TEXT, MONEY];

const LOCK_CUSTOMER = statement(
  'payment: customer',
  'SELECT c_id, c_credit, c_balance FROM customer WHERE c_w_id = $1 AND c_d_id = $2 AND c_id = $3 FOR UPDATE',
  [INTEGER, INTEGER, INTEGER],
  LOCKED_CUSTOMER,
);

/** C_ID of the one in the middle: of n rows the one at n/2, rounded up. */
const MIDDLE_OF_NAME = `
  SELECT c_id FROM (
    SELECT c_id, row_number() OVER (ORDER BY c_first, c_id) AS place, count(*) OVER () AS others
    FROM customer WHERE c_w_id = $1 AND c_d_id = $2 AND c_last = $3
  ) AS named WHERE place = (others + 1) / 2`;

const LOCK_CUSTOMER_BY_NAME = statement(
  'payment: customer by name',
  `SELECT c_id, c_credit, c_balance FROM customer
   WHERE c_w_id = $1 AND c_d_id = $2 AND c_id = (${MIDDLE_OF_NAME}) FOR UPDATE`,
  [INTEGER, INTEGER, TEXT],
  LOCKED_CUSTOMER,
);

const PAY_WAREHOUSE = statement(
  'payment: warehouse',
  'UPDATE warehouse SET w_ytd = w_ytd + $2 WHERE w_id = $1 RETURNING w_name',
  [INTEGER, MONEY],
  [TEXT],
);

const PAY_DISTRICT = statement(
  'payment: district',
  'UPDATE district SET d_ytd = d_ytd + $3 WHERE d_w_id = $1 AND d_id = $2 RETURNING d_name',
  [INTEGER, INTEGER, MONEY],
  [TEXT],
);

const PAID = 'c_balance = c_balance - $4, c_ytd_payment = c_ytd_payment + $4, c_payment_cnt = c_payment_cnt + 1';

const PAY_CUSTOMER = statement(
  'payment: pay',
  `UPDATE customer SET ${PAID} WHERE c_w_id = $1 AND c_d_id = $2 AND c_id = $3`,
  [INTEGER, INTEGER, INTEGER, MONEY],
);

const PAY_WITH_BAD_CREDIT = statement(
  'payment: pay with bad credit',
  `UPDATE customer SET ${PAID}, c_data = left($5::text || c_data, ${C_DATA_BYTES})
   WHERE c_w_id = $1 AND c_d_id = $2 AND c_id = $3`,
  [INTEGER, INTEGER, INTEGER, MONEY, TEXT],
);

const HISTORY_COLUMNS = 'h_c_id, h_c_d_id, h_c_w_id, h_d_id, h_w_id, h_date, h_amount, h_data';

const ENTER_HISTORY = statement(
  'payment: history',
  `INSERT INTO history (${HISTORY_COLUMNS})
   SELECT $1::int, $2::int, $3::int, $4::int, $5::int, $6, $7, w_name || '    ' || d_name
   FROM warehouse, district WHERE w_id = $5::int AND d_w_id = $5::int AND d_id = $4::int`,
  [INTEGER, INTEGER, INTEGER, INTEGER, INTEGER, INSTANT, MONEY],
);

const ENTER_HISTORY_WITH_DATA = statement(
  'payment: history with names',
  `INSERT INTO history (${HISTORY_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
  [INTEGER, INTEGER, INTEGER, INTEGER, INTEGER, INSTANT, MONEY, TEXT],
);

const CUSTOMER_AND_ORDER = [INTEGER, MONEY, TEXT, TEXT, TEXT, INTEGER, INSTANT, INTEGER];

const readCustomerText = (customerId: string): string => `
  SELECT c_id, c_balance, c_first, c_middle, c_last, o_id, o_entry_d, o_carrier_id
  FROM customer LEFT JOIN LATERAL (
    SELECT o_id, o_entry_d, o_carrier_id FROM orders
    WHERE o_w_id = c_w_id AND o_d_id = c_d_id AND o_c_id = c_id ORDER BY o_id DESC LIMIT 1
  ) AS newest ON true
  WHERE c_w_id = $1 AND c_d_id = $2 AND c_id = ${customerId}`;

const READ_CUSTOMER = statement(
  'order-status: customer',
  readCustomerText('$3'),
  [INTEGER, INTEGER, INTEGER],
  CUSTOMER_AND_ORDER,
);

const READ_CUSTOMER_BY_NAME = statement(
  'order-status: customer by name',
  readCustomerText(`(${MIDDLE_OF_NAME})`),
  [INTEGER, INTEGER, TEXT],
  CUSTOMER_AND_ORDER,
);

const READ_LINES = statement(
  'order-status: lines',
  `SELECT ol_i_id, ol_supply_w_id, ol_quantity, ol_amount, ol_delivery_d FROM order_line
   WHERE ol_w_id = $1 AND ol_d_id = $2 AND ol_o_id = $3 ORDER BY ol_number`,
  [INTEGER, INTEGER, INTEGER],
  [INTEGER, INTEGER, INTEGER, MONEY, INSTANT],
);

const OLDEST_NEW_ORDERS = statement(
  'delivery: oldest new orders',
  `SELECT d_id, no_o_id FROM generate_series(1, ${FULL_SCALE.districtsPerWarehouse}) AS district (d_id), LATERAL (
     SELECT no_o_id FROM new_order WHERE no_w_id = $1 AND no_d_id = d_id ORDER BY no_o_id LIMIT 1
   ) AS oldest ORDER BY d_id`,
  [INTEGER],
  [INTEGER, INTEGER],
);

/** Orders by district and number, as `delivered (d, o)`. */
const DELIVERED = 'unnest($2::int[], $3::int[]) AS delivered (d, o)';

const REMOVE_NEW_ORDERS = statement(
  'delivery: remove new orders',
  `DELETE FROM new_order USING ${DELIVERED} WHERE no_w_id = $1 AND no_d_id = d AND no_o_id = o`,
  [INTEGER, INTEGERS, INTEGERS],
);

const SET_CARRIER = statement(
  'delivery: carrier',
  `UPDATE orders SET o_carrier_id = $4 FROM ${DELIVERED} WHERE o_w_id = $1 AND o_d_id = d AND o_id = o`,
  [INTEGER, INTEGERS, INTEGERS, INTEGER],
);

const SET_DELIVERY_DATE = statement(
  'delivery: lines',
  `UPDATE order_line SET ol_delivery_d = $4 FROM ${DELIVERED} WHERE ol_w_id = $1 AND ol_d_id = d AND ol_o_id = o`,
  [INTEGER, INTEGERS, INTEGERS, INSTANT],
);

const CREDIT_CUSTOMERS = statement(
  'delivery: customers',
  `UPDATE customer SET c_balance = c_balance + amount, c_delivery_cnt = c_delivery_cnt + 1
   FROM ${DELIVERED} JOIN orders ON o_w_id = $1 AND o_d_id = d AND o_id = o,
     LATERAL (SELECT sum(ol_amount) AS amount FROM order_line WHERE ol_w_id = $1 AND ol_d_id = d AND ol_o_id = o) AS lines
   WHERE c_w_id = $1 AND c_d_id = d AND c_id = o_c_id`,
  [INTEGER, INTEGERS, INTEGERS],
);

const COUNT_LOW_STOCK = statement(
  'stock-level: count',
  `SELECT count(DISTINCT s_i_id) FROM district
   JOIN order_line ON ol_w_id = $1 AND ol_d_id = $2 AND ol_o_id >= d_next_o_id - ${STOCK_LEVEL_ORDERS} AND ol_o_id < d_next_o_id
   JOIN stock ON s_w_id = $1 AND s_i_id = ol_i_id AND s_quantity < $3
   WHERE d_w_id = $1 AND d_id = $2`,
  [INTEGER, INTEGER, INTEGER],
  [INTEGER],
);

export const POSTGRES_STEPS: TpccSteps = {
  takeOrderNumber: (warehouseId, districtId) => step([TAKE_ORDER_NUMBER, warehouseId, districtId]),
  readBuyer: (customer) => step([READ_BUYER, ...keyOf(customer)]),
  readItems: (itemIds) => step([READ_ITEMS, itemIds]),

  lockStock: (keys: readonly StockKey[], districtId) =>
    step([LOCK_STOCK[districtId - 1], keys.map((key) => key.warehouseId), keys.map((key) => key.itemId)]),

  enterOrder: ({ orderId, districtId, warehouseId, customerId, entryMs, allLocal, itemIds }: NewOrderRows) =>
    step(
      [ENTER_ORDER, orderId, districtId, warehouseId, customerId, entryMs, itemIds.length, allLocal ? 1 : 0],
      [ENTER_NEW_ORDER, orderId, districtId, warehouseId],
    ),

  enterLines: (rows: NewOrderRows) =>
    step([
      ENTER_LINES,
      rows.orderId,
      rows.districtId,
      rows.warehouseId,
      rows.itemIds,
      rows.supplyWarehouseIds,
      rows.quantities,
      rows.amountsCents,
      rows.districtInfos,
    ]),

  sellStock: (sales: readonly StockSale[]) =>
    step([
      SELL_STOCK,
      sales.map((sale) => sale.warehouseId),
      sales.map((sale) => sale.itemId),
      sales.map((sale) => sale.quantity),
      sales.map((sale) => sale.ordered),
      sales.map((sale) => sale.orders),
      sales.map((sale) => sale.remoteOrders),
    ]),

  lockCustomer: (customer) => step([LOCK_CUSTOMER, ...keyOf(customer)]),
  lockCustomerByName: (warehouseId, districtId, lastName) =>
    step([LOCK_CUSTOMER_BY_NAME, warehouseId, districtId, lastName]),
  payWarehouse: (warehouseId, amountCents) => step([PAY_WAREHOUSE, warehouseId, amountCents]),
  payDistrict: (warehouseId, districtId, amountCents) => step([PAY_DISTRICT, warehouseId, districtId, amountCents]),

  payCustomer: (customer, amountCents, badCredit) =>
    badCredit === null
      ? step([PAY_CUSTOMER, ...keyOf(customer), amountCents])
      : step([PAY_WITH_BAD_CREDIT, ...keyOf(customer), amountCents, badCredit]),

  enterHistory({ customer, warehouseId, districtId, dateMs, amountCents, data }: HistoryRow) {
    const { customerId, districtId: customerDistrictId, warehouseId: customerWarehouseId } = customer;
    const values = [customerId, customerDistrictId, customerWarehouseId, districtId, warehouseId, dateMs, amountCents];
    return data === null ? step([ENTER_HISTORY, ...values]) : step([ENTER_HISTORY_WITH_DATA, ...values, data]);
  },

  readCustomer: (customer) => step([READ_CUSTOMER, ...keyOf(customer)]),
  readCustomerByName: (warehouseId, districtId, lastName) =>
    step([READ_CUSTOMER_BY_NAME, warehouseId, districtId, lastName]),
  readLines: (warehouseId, districtId, orderId) => step([READ_LINES, warehouseId, districtId, orderId]),

  oldestNewOrders: (warehouseId) => step([OLDEST_NEW_ORDERS, warehouseId]),
  removeNewOrders: (warehouseId, districtIds, orderIds) =>
    step([REMOVE_NEW_ORDERS, warehouseId, districtIds, orderIds]),
  deliver: (warehouseId, districtIds, orderIds, carrierId, dateMs) =>
    step(
      [SET_CARRIER, warehouseId, districtIds, orderIds, carrierId],
      [SET_DELIVERY_DATE, warehouseId, districtIds, orderIds, dateMs],
      [CREDIT_CUSTOMERS, warehouseId, districtIds, orderIds],
    ),

  countLowStock: (warehouseId, districtId, threshold) => step([COUNT_LOW_STOCK, warehouseId, districtId, threshold]),
};

const keyOf = ({ warehouseId, districtId, customerId }: CustomerKey) => [warehouseId, districtId, customerId] as const;
