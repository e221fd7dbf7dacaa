/**
 * The consistency conditions (TPC-C 3.3.2) as SQL, the same for every dialect. Each reads its tables once and sends back
 * aggregates by district, or the rows that break a condition: how many, and the first of them by key. A null must not make
 * a condition hold: sums over one are null, and comparisons with one count as broken.
 */
import { INSTANT, INTEGER, MONEY, type Statement, type ValueType } from '../../../../src/drivers/contract.ts';
import { MOST_VIOLATIONS } from '../../checks/condition-tally.ts';

/** Parameters are whole numbers. */
function statement(name: string, columns: readonly ValueType[], text: string): Statement {
  const parameters = Array.from({ length: Math.max(0, ...[...text.matchAll(/\$(\d)/g)].map(([, n]) => Number(n))) });
  return { name: `check: ${name}`, text, columns, parameters: parameters.map(() => INTEGER), isOnce: true };
}

const integers = (count: number): ValueType[] => Array.from({ length: count }, () => INTEGER);

/** A sum that is null where a summand is. */
const sumOf = (value: string): string => `CASE WHEN count(${value}) = count(*) THEN sum(${value}) END`;

/** Broken rows: all counted in the last column, the first of them by the leading columns given out. */
const first = (keys: number): string =>
  `ORDER BY ${Array.from({ length: keys }, (_, i) => i + 1).join(', ')} LIMIT ${MOST_VIOLATIONS}`;
const ALL = 'count(*) OVER ()';

const NEW_ORDER_OF_ORDER = 'no_w_id = o_w_id AND no_d_id = o_d_id AND no_o_id = o_id';
const ORDER_OF_LINE = 'o_w_id = ol_w_id AND o_d_id = ol_d_id AND o_id = ol_o_id';
const CUSTOMER_OF_ORDER = 'c_w_id = o_w_id AND c_d_id = o_d_id AND c_id = o_c_id';
const CUSTOMER_OF_HISTORY = 'c_w_id = h_c_w_id AND c_d_id = h_c_d_id AND c_id = h_c_id';
const isNull = (column: string): string => `CASE WHEN ${column} IS NULL THEN 1 ELSE 0 END`;

// --- by warehouse and district: conditions 1, 2, 3, 4, 8, 9 and 11 ------------------------------------------------------

/** W_ID, W_YTD */
export const WAREHOUSES = statement('warehouses', [INTEGER, MONEY], 'SELECT w_id, w_ytd FROM warehouse ORDER BY w_id');

/** D_W_ID, D_ID, D_YTD, D_NEXT_O_ID */
export const DISTRICTS = statement(
  'districts',
  [INTEGER, INTEGER, MONEY, INTEGER],
  'SELECT d_w_id, d_id, d_ytd, d_next_o_id FROM district ORDER BY d_w_id, d_id',
);

/** By district: rows, oldest and newest O_ID, sum of O_OL_CNT */
export const ORDERS_BY_DISTRICT = statement(
  'orders by district',
  integers(6),
  `SELECT o_w_id, o_d_id, count(*), min(o_id), max(o_id), ${sumOf('o_ol_cnt')}
   FROM orders GROUP BY o_w_id, o_d_id ORDER BY o_w_id, o_d_id`,
);

/** By district: rows, oldest and newest NO_O_ID */
export const NEW_ORDERS_BY_DISTRICT = statement(
  'new-orders by district',
  integers(5),
  `SELECT no_w_id, no_d_id, count(*), min(no_o_id), max(no_o_id)
   FROM new_order GROUP BY no_w_id, no_d_id ORDER BY no_w_id, no_d_id`,
);

/** By district: rows */
export const LINES_BY_DISTRICT = statement(
  'order lines by district',
  integers(3),
  'SELECT ol_w_id, ol_d_id, count(*) FROM order_line GROUP BY ol_w_id, ol_d_id ORDER BY ol_w_id, ol_d_id',
);

/** By the district that was paid at: rows, sum of H_AMOUNT */
export const HISTORY_BY_DISTRICT = statement(
  'history by district',
  [INTEGER, INTEGER, INTEGER, MONEY],
  `SELECT h_w_id, h_d_id, count(*), ${sumOf('h_amount')} FROM history GROUP BY h_w_id, h_d_id ORDER BY h_w_id, h_d_id`,
);

/** $1 customers of a district. By district: rows, those of them with an id that there is, sum of C_DELIVERY_CNT */
export const CUSTOMERS_BY_DISTRICT = statement(
  'customers by district',
  integers(5),
  `SELECT c_w_id, c_d_id, count(*), sum(CASE WHEN c_id BETWEEN 1 AND $1 THEN 1 ELSE 0 END), ${sumOf('c_delivery_cnt')}
   FROM customer GROUP BY c_w_id, c_d_id ORDER BY c_w_id, c_d_id`,
);

// --- by order: conditions 5, 6 and 7 -----------------------------------------------------------------------------------

/** O_W_ID, O_D_ID, O_ID, O_CARRIER_ID, whether it has a NEW-ORDER row, all such rows */
export const CARRIERS = statement(
  'carriers',
  integers(6),
  `SELECT o_w_id, o_d_id, o_id, o_carrier_id, 1 - ${isNull('no_o_id')}, ${ALL}
   FROM orders LEFT JOIN new_order ON ${NEW_ORDER_OF_ORDER}
   WHERE ${isNull('o_carrier_id')} = ${isNull('no_o_id')} ${first(3)}`,
);

/** NO_W_ID, NO_D_ID, NO_O_ID, all such rows */
export const NEW_ORDERS_WITHOUT_ORDER = statement(
  'new-orders without order',
  integers(4),
  `SELECT no_w_id, no_d_id, no_o_id, ${ALL} FROM new_order LEFT JOIN orders ON ${NEW_ORDER_OF_ORDER}
   WHERE o_id IS NULL ${first(3)}`,
);

/** O_W_ID, O_D_ID, O_ID, O_OL_CNT, its lines, all such rows */
export const LINE_COUNTS = statement(
  'lines of orders',
  integers(6),
  `SELECT o_w_id, o_d_id, o_id, o_ol_cnt, coalesce(line_count, 0), ${ALL}
   FROM orders LEFT JOIN (
     SELECT ol_w_id, ol_d_id, ol_o_id, count(*) AS line_count FROM order_line GROUP BY ol_w_id, ol_d_id, ol_o_id
   ) counted ON ${ORDER_OF_LINE}
   WHERE (o_ol_cnt = coalesce(line_count, 0)) IS NOT TRUE ${first(3)}`,
);

/** OL_W_ID, OL_D_ID, OL_O_ID, OL_NUMBER, all such rows */
export const LINES_WITHOUT_ORDER = statement(
  'lines without order',
  integers(5),
  `SELECT ol_w_id, ol_d_id, ol_o_id, ol_number, ${ALL} FROM order_line LEFT JOIN orders ON ${ORDER_OF_LINE}
   WHERE o_id IS NULL ${first(4)}`,
);

/** OL_W_ID, OL_D_ID, OL_O_ID, OL_NUMBER, OL_DELIVERY_D, O_CARRIER_ID, all such rows */
export const DELIVERY_DATES = statement(
  'delivery dates',
  [...integers(4), INSTANT, INTEGER, INTEGER],
  `SELECT ol_w_id, ol_d_id, ol_o_id, ol_number, ol_delivery_d, o_carrier_id, ${ALL}
   FROM order_line JOIN orders ON ${ORDER_OF_LINE}
   WHERE ${isNull('ol_delivery_d')} <> ${isNull('o_carrier_id')} ${first(4)}`,
);

// --- by customer: conditions 10 and 12 ---------------------------------------------------------------------------------

const sumAndNulls = (value: string, sum: string): string =>
  `sum(${value}) AS ${sum}, count(*) - count(${value}) AS ${sum}_nulls`;
const known = (sum: string): string => `CASE WHEN ${sum}_nulls > 0 THEN NULL ELSE coalesce(${sum}, 0) END`;

/**
 * Customers whose books this database does not explain. C_W_ID, C_D_ID, C_ID, C_BALANCE, C_YTD_PAYMENT, sum of delivered
 * OL_AMOUNT, sum of H_AMOUNT. Where databases have a share in each other's customers these are many.
 */
export const CUSTOMER_BOOKS = statement(
  'books of customers',
  [INTEGER, INTEGER, INTEGER, MONEY, MONEY, MONEY, MONEY],
  `SELECT c_w_id, c_d_id, c_id, c_balance, c_ytd_payment, delivered_sum, paid_sum FROM (
     SELECT c_w_id, c_d_id, c_id, c_balance, c_ytd_payment,
       ${known('delivered')} AS delivered_sum, ${known('paid')} AS paid_sum
     FROM customer
     LEFT JOIN (
       SELECT o_w_id, o_d_id, o_c_id, ${sumAndNulls('ol_amount', 'delivered')}
       FROM order_line JOIN orders ON ${ORDER_OF_LINE}
       WHERE ol_delivery_d IS NOT NULL GROUP BY o_w_id, o_d_id, o_c_id
     ) deliveries ON ${CUSTOMER_OF_ORDER}
     LEFT JOIN (
       SELECT h_c_w_id, h_c_d_id, h_c_id, ${sumAndNulls('h_amount', 'paid')}
       FROM history GROUP BY h_c_w_id, h_c_d_id, h_c_id
     ) payments ON ${CUSTOMER_OF_HISTORY}
   ) books
   WHERE (c_balance = delivered_sum - paid_sum) IS NOT TRUE
     OR (c_balance + c_ytd_payment = delivered_sum) IS NOT TRUE
   ORDER BY c_w_id, c_d_id, c_id`,
);

/** Payments of customers who are not here. H_C_W_ID, H_C_D_ID, H_C_ID, sum of H_AMOUNT */
export const PAID_WITHOUT_CUSTOMER = statement(
  'payments without customer',
  [INTEGER, INTEGER, INTEGER, MONEY],
  `SELECT h_c_w_id, h_c_d_id, h_c_id, ${sumOf('h_amount')}
   FROM history LEFT JOIN customer ON ${CUSTOMER_OF_HISTORY}
   WHERE c_id IS NULL GROUP BY h_c_w_id, h_c_d_id, h_c_id ORDER BY h_c_w_id, h_c_d_id, h_c_id`,
);

/** $1 customers of a district. O_W_ID, O_D_ID, O_ID, O_C_ID of orders of nobody, all such rows */
export const ORDERS_OF_NOBODY = statement(
  'orders of nobody',
  integers(5),
  `SELECT o_w_id, o_d_id, o_id, o_c_id, ${ALL} FROM orders WHERE (o_c_id BETWEEN 1 AND $1) IS NOT TRUE ${first(3)}`,
);

/** Deliveries to customers who are gone. O_W_ID, O_D_ID, O_C_ID, sum of delivered OL_AMOUNT */
export const DELIVERED_WITHOUT_CUSTOMER = statement(
  'deliveries without customer',
  [INTEGER, INTEGER, INTEGER, MONEY],
  `SELECT o_w_id, o_d_id, o_c_id, ${sumOf('ol_amount')}
   FROM orders LEFT JOIN customer ON ${CUSTOMER_OF_ORDER} JOIN order_line ON ${ORDER_OF_LINE}
   WHERE c_id IS NULL AND ol_delivery_d IS NOT NULL
   GROUP BY o_w_id, o_d_id, o_c_id ORDER BY o_w_id, o_d_id, o_c_id`,
);

/** $1, $2: a district. C_ID of its customers */
export const CUSTOMERS_OF_DISTRICT = statement(
  'customers of a district',
  [INTEGER],
  'SELECT c_id FROM customer WHERE c_w_id = $1 AND c_d_id = $2 ORDER BY c_id',
);

// --- by stock row ------------------------------------------------------------------------------------------------------

/** What the order lines after order $1 of each district took from each stock row. */
const TAKEN = `ol_supply_w_id, ol_i_id, ${sumAndNulls('ol_quantity', 'quantity')}, count(*) AS line_count,
       sum(CASE WHEN ol_supply_w_id = ol_w_id THEN 0 ELSE 1 END) AS remote_count`;
const STOCK_OF_LINE = 's_w_id = ol_supply_w_id AND s_i_id = ol_i_id';

/** Rows of ITEM */
export const ITEM_ROWS = statement('items', [INTEGER], 'SELECT count(*) FROM item');

/** $1 items. By warehouse: rows, those of them with an item that there is */
export const STOCK_BY_WAREHOUSE = statement(
  'stock by warehouse',
  integers(3),
  `SELECT s_w_id, count(*), sum(CASE WHEN s_i_id BETWEEN 1 AND $1 THEN 1 ELSE 0 END)
   FROM stock GROUP BY s_w_id ORDER BY s_w_id`,
);

/** $1: a warehouse. S_I_ID of its rows */
export const STOCK_OF_WAREHOUSE = statement(
  'stock of a warehouse',
  [INTEGER],
  'SELECT s_i_id FROM stock WHERE s_w_id = $1 ORDER BY s_i_id',
);

/**
 * Stock rows that the order lines of this database, after order $1, do not explain. S_W_ID, S_I_ID; S_YTD, S_ORDER_CNT,
 * S_REMOTE_CNT; sum of OL_QUANTITY, lines, lines of other warehouses
 */
export const STOCK_BOOKS = statement(
  'books of stock',
  integers(8),
  `SELECT s_w_id, s_i_id, s_ytd, s_order_cnt, s_remote_cnt, ordered, line_sum, remote_sum FROM (
     SELECT s_w_id, s_i_id, s_ytd, s_order_cnt, s_remote_cnt,
       ${known('quantity')} AS ordered, coalesce(line_count, 0) AS line_sum, coalesce(remote_count, 0) AS remote_sum
     FROM stock LEFT JOIN (
       SELECT ${TAKEN} FROM order_line WHERE ol_o_id > $1 GROUP BY ol_supply_w_id, ol_i_id
     ) taken ON ${STOCK_OF_LINE}
   ) books
   WHERE (s_ytd = ordered) IS NOT TRUE OR (s_order_cnt = line_sum) IS NOT TRUE OR (s_remote_cnt = remote_sum) IS NOT TRUE
   ORDER BY s_w_id, s_i_id`,
);

/**
 * Order lines after order $1 whose stock row is not here, by OL_SUPPLY_W_ID and OL_I_ID: sum of OL_QUANTITY, lines, lines of
 * other warehouses
 */
export const LINES_WITHOUT_STOCK = statement(
  'lines without stock',
  integers(5),
  `SELECT ol_supply_w_id, ol_i_id, ${known('quantity')}, line_count, remote_count FROM (
     SELECT ${TAKEN} FROM order_line LEFT JOIN stock ON ${STOCK_OF_LINE}
     WHERE ol_o_id > $1 AND s_i_id IS NULL GROUP BY ol_supply_w_id, ol_i_id
   ) taken ORDER BY ol_supply_w_id, ol_i_id`,
);

/**
 * Order lines after order $1 of which no stock row can be, with $2 items and $3 as the last warehouse number that there can
 * be. OL_W_ID, OL_D_ID, OL_O_ID, OL_NUMBER, OL_SUPPLY_W_ID, OL_I_ID, all such rows
 */
export const IMPOSSIBLE_LINES = statement(
  'lines of no stock',
  integers(7),
  `SELECT ol_w_id, ol_d_id, ol_o_id, ol_number, ol_supply_w_id, ol_i_id, ${ALL} FROM order_line
   WHERE ol_o_id > $1 AND ((ol_i_id BETWEEN 1 AND $2) IS NOT TRUE OR (ol_supply_w_id BETWEEN 1 AND $3) IS NOT TRUE)
   ${first(4)}`,
);
