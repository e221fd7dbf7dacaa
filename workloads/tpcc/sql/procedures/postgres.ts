/**
 * The five transactions as functions in PL/pgSQL: one call each, and what they read and write never leaves the server. They
 * take locks in the same order as the statements of a client do. An unused item (2.4.2.3) raises UNUSED_ITEM_CODE, which
 * undoes everything that the call did.
 */
import type { Script } from '../../../../src/bench/database/contract.ts';
import { INSTANT, INTEGER, listOf, MONEY, type Statement, TEXT } from '../../../../src/drivers/contract.ts';
import { C_DATA_BYTES, FULL_SCALE, STOCK_FLOOR, STOCK_LEVEL_ORDERS, STOCK_REFILL } from '../../specification.ts';

/** SQLSTATE of the rollback of 2.4.2.3; a class of its own, which no server uses. */
export const UNUSED_ITEM_CODE = 'TPC01';

const DISTRICTS = FULL_SCALE.districtsPerWarehouse;

const districtInfo = Array.from(
  { length: DISTRICTS },
  (_, i) => `WHEN ${i + 1} THEN s_dist_${String(i + 1).padStart(2, '0')}`,
).join(' ');

const NEW_ORDER_TEXT = `
CREATE OR REPLACE FUNCTION dbtest_new_order(
  p_w int, p_d int, p_c int, p_entry timestamptz, p_items int[], p_supply int[], p_quantities int[],
  OUT o_order int, OUT o_total numeric
) LANGUAGE plpgsql AS $$
DECLARE
  v_count int := array_length(p_items, 1);
  v_district_tax numeric; v_warehouse_tax numeric; v_discount numeric;
  v_price numeric; v_info text; v_sum numeric := 0;
BEGIN
  UPDATE district SET d_next_o_id = d_next_o_id + 1 WHERE d_w_id = p_w AND d_id = p_d
    RETURNING d_next_o_id - 1, d_tax INTO STRICT o_order, v_district_tax;
  SELECT c_discount, w_tax INTO STRICT v_discount, v_warehouse_tax
    FROM customer, warehouse WHERE c_w_id = p_w AND c_d_id = p_d AND c_id = p_c AND w_id = p_w;
  INSERT INTO orders (o_id, o_d_id, o_w_id, o_c_id, o_entry_d, o_carrier_id, o_ol_cnt, o_all_local)
    VALUES (o_order, p_d, p_w, p_c, p_entry, NULL, v_count, CASE WHEN p_w = ALL (p_supply) THEN 1 ELSE 0 END);
  INSERT INTO new_order (no_o_id, no_d_id, no_w_id) VALUES (o_order, p_d, p_w);
  PERFORM 1 FROM stock JOIN unnest(p_supply, p_items) AS wanted (w, i) ON s_w_id = w AND s_i_id = i
    ORDER BY s_w_id, s_i_id FOR UPDATE OF stock;
  FOR line IN 1 .. v_count LOOP
    SELECT i_price INTO v_price FROM item WHERE i_id = p_items[line];
    IF NOT FOUND THEN
      RAISE EXCEPTION 'item number is not valid' USING ERRCODE = '${UNUSED_ITEM_CODE}';
    END IF;
    UPDATE stock SET
      s_quantity = CASE WHEN s_quantity - p_quantities[line] >= ${STOCK_FLOOR} THEN s_quantity - p_quantities[line]
        ELSE s_quantity - p_quantities[line] + ${STOCK_REFILL} END,
      s_ytd = s_ytd + p_quantities[line],
      s_order_cnt = s_order_cnt + 1,
      s_remote_cnt = s_remote_cnt + CASE WHEN p_supply[line] = p_w THEN 0 ELSE 1 END
      WHERE s_w_id = p_supply[line] AND s_i_id = p_items[line]
      RETURNING CASE p_d ${districtInfo} END INTO STRICT v_info;
    INSERT INTO order_line (ol_o_id, ol_d_id, ol_w_id, ol_number, ol_i_id, ol_supply_w_id, ol_delivery_d, ol_quantity,
        ol_amount, ol_dist_info)
      VALUES (o_order, p_d, p_w, line, p_items[line], p_supply[line], NULL, p_quantities[line],
        p_quantities[line] * v_price, v_info);
    v_sum := v_sum + p_quantities[line] * v_price;
  END LOOP;
  o_total := v_sum * (1 - v_discount) * (1 + v_warehouse_tax + v_district_tax);
END $$`;

/** C_ID of the one in the middle: of n rows the one at n/2, rounded up. */
const MIDDLE_OF_NAME = (w: string, d: string, name: string): string => `
    SELECT c_id FROM (
      SELECT c_id, row_number() OVER (ORDER BY c_first, c_id) AS place, count(*) OVER () AS others
      FROM customer WHERE c_w_id = ${w} AND c_d_id = ${d} AND c_last = ${name}
    ) AS named WHERE place = (others + 1) / 2`;

const PAYMENT_TEXT = `
CREATE OR REPLACE FUNCTION dbtest_payment(
  p_w int, p_d int, p_customer_w int, p_customer_d int, p_customer int, p_last text, p_amount numeric, p_date timestamptz,
  OUT o_customer int, OUT o_balance numeric
) LANGUAGE plpgsql AS $$
DECLARE
  v_credit text; v_warehouse text; v_district text;
BEGIN
  o_customer := p_customer;
  IF o_customer IS NULL THEN
    SELECT c_id INTO STRICT o_customer FROM (${MIDDLE_OF_NAME('p_customer_w', 'p_customer_d', 'p_last')}) AS middle;
  END IF;
  SELECT c_credit INTO STRICT v_credit FROM customer
    WHERE c_w_id = p_customer_w AND c_d_id = p_customer_d AND c_id = o_customer FOR UPDATE;
  IF v_credit = 'BC' THEN
    UPDATE customer SET c_balance = c_balance - p_amount, c_ytd_payment = c_ytd_payment + p_amount,
        c_payment_cnt = c_payment_cnt + 1,
        c_data = left(concat_ws(' ', c_id, c_d_id, c_w_id, p_d, p_w, p_amount::numeric(8, 2), c_data), ${C_DATA_BYTES})
      WHERE c_w_id = p_customer_w AND c_d_id = p_customer_d AND c_id = o_customer RETURNING c_balance INTO o_balance;
  ELSE
    UPDATE customer SET c_balance = c_balance - p_amount, c_ytd_payment = c_ytd_payment + p_amount,
        c_payment_cnt = c_payment_cnt + 1
      WHERE c_w_id = p_customer_w AND c_d_id = p_customer_d AND c_id = o_customer RETURNING c_balance INTO o_balance;
  END IF;
  UPDATE warehouse SET w_ytd = w_ytd + p_amount WHERE w_id = p_w RETURNING w_name INTO STRICT v_warehouse;
  UPDATE district SET d_ytd = d_ytd + p_amount WHERE d_w_id = p_w AND d_id = p_d RETURNING d_name INTO STRICT v_district;
  INSERT INTO history (h_c_id, h_c_d_id, h_c_w_id, h_d_id, h_w_id, h_date, h_amount, h_data)
    VALUES (o_customer, p_customer_d, p_customer_w, p_d, p_w, p_date, p_amount, v_warehouse || '    ' || v_district);
END $$`;

const ORDER_STATUS_TEXT = `
CREATE OR REPLACE FUNCTION dbtest_order_status(
  p_w int, p_d int, p_customer int, p_last text, OUT o_customer int, OUT o_balance numeric, OUT o_order int, OUT o_lines int
) LANGUAGE plpgsql AS $$
BEGIN
  o_customer := p_customer;
  IF o_customer IS NULL THEN
    SELECT c_id INTO STRICT o_customer FROM (${MIDDLE_OF_NAME('p_w', 'p_d', 'p_last')}) AS middle;
  END IF;
  SELECT c_balance INTO STRICT o_balance FROM customer WHERE c_w_id = p_w AND c_d_id = p_d AND c_id = o_customer;
  SELECT o_id INTO o_order FROM orders WHERE o_w_id = p_w AND o_d_id = p_d AND o_c_id = o_customer
    ORDER BY o_id DESC LIMIT 1;
  SELECT count(*) INTO o_lines FROM (
    SELECT ol_i_id, ol_supply_w_id, ol_quantity, ol_amount, ol_delivery_d FROM order_line
    WHERE ol_w_id = p_w AND ol_d_id = p_d AND ol_o_id = o_order OFFSET 0
  ) AS lines;
END $$`;

const DELIVERY_TEXT = `
CREATE OR REPLACE FUNCTION dbtest_delivery(p_w int, p_carrier int, p_date timestamptz, OUT o_skipped int)
LANGUAGE plpgsql AS $$
DECLARE
  v_order int; v_customer int; v_amount numeric;
BEGIN
  o_skipped := 0;
  FOR district IN 1 .. ${DISTRICTS} LOOP
    LOOP
      SELECT no_o_id INTO v_order FROM new_order WHERE no_w_id = p_w AND no_d_id = district ORDER BY no_o_id LIMIT 1;
      EXIT WHEN NOT FOUND;
      DELETE FROM new_order WHERE no_w_id = p_w AND no_d_id = district AND no_o_id = v_order;
      -- Below repeatable read another Delivery may have been faster.
      EXIT WHEN FOUND;
    END LOOP;
    IF v_order IS NULL THEN
      o_skipped := o_skipped + 1;
      CONTINUE;
    END IF;
    UPDATE orders SET o_carrier_id = p_carrier WHERE o_w_id = p_w AND o_d_id = district AND o_id = v_order
      RETURNING o_c_id INTO STRICT v_customer;
    UPDATE order_line SET ol_delivery_d = p_date WHERE ol_w_id = p_w AND ol_d_id = district AND ol_o_id = v_order;
    SELECT sum(ol_amount) INTO STRICT v_amount FROM order_line
      WHERE ol_w_id = p_w AND ol_d_id = district AND ol_o_id = v_order;
    UPDATE customer SET c_balance = c_balance + v_amount, c_delivery_cnt = c_delivery_cnt + 1
      WHERE c_w_id = p_w AND c_d_id = district AND c_id = v_customer;
  END LOOP;
END $$`;

const STOCK_LEVEL_TEXT = `
CREATE OR REPLACE FUNCTION dbtest_stock_level(p_w int, p_d int, p_threshold int, OUT o_low int)
LANGUAGE plpgsql AS $$
DECLARE
  v_next int;
BEGIN
  SELECT d_next_o_id INTO STRICT v_next FROM district WHERE d_w_id = p_w AND d_id = p_d;
  SELECT count(DISTINCT s_i_id) INTO o_low FROM order_line JOIN stock ON s_w_id = p_w AND s_i_id = ol_i_id
    WHERE ol_w_id = p_w AND ol_d_id = p_d AND ol_o_id >= v_next - ${STOCK_LEVEL_ORDERS} AND ol_o_id < v_next
      AND s_quantity < p_threshold;
END $$`;

export const POSTGRES_PROCEDURES: readonly Script[] = [
  { name: 'create function dbtest_new_order', text: NEW_ORDER_TEXT },
  { name: 'create function dbtest_payment', text: PAYMENT_TEXT },
  { name: 'create function dbtest_order_status', text: ORDER_STATUS_TEXT },
  { name: 'create function dbtest_delivery', text: DELIVERY_TEXT },
  { name: 'create function dbtest_stock_level', text: STOCK_LEVEL_TEXT },
];

export const POSTGRES_DROP_PROCEDURES: readonly Script[] = [
  'dbtest_new_order',
  'dbtest_payment',
  'dbtest_order_status',
  'dbtest_delivery',
  'dbtest_stock_level',
].map((name) => ({ name: `drop function ${name}`, text: `DROP FUNCTION IF EXISTS ${name}` }));

/** The calls: parameters in the order of the functions. */
export const POSTGRES_CALLS = {
  /** Order number. */
  newOrder: {
    name: 'new-order',
    text: 'SELECT o_order FROM dbtest_new_order($1, $2, $3, $4, $5, $6, $7)',
    parameters: [INTEGER, INTEGER, INTEGER, INSTANT, listOf(INTEGER), listOf(INTEGER), listOf(INTEGER)],
    columns: [INTEGER],
  },
  /** Customer, balance afterwards. */
  payment: {
    name: 'payment',
    text: 'SELECT o_customer, o_balance FROM dbtest_payment($1, $2, $3, $4, $5, $6, $7, $8)',
    parameters: [INTEGER, INTEGER, INTEGER, INTEGER, INTEGER, TEXT, MONEY, INSTANT],
    columns: [INTEGER, MONEY],
  },
  /** Customer, balance, newest order or null, its lines. */
  orderStatus: {
    name: 'order-status',
    text: 'SELECT o_customer, o_balance, o_order, o_lines FROM dbtest_order_status($1, $2, $3, $4)',
    parameters: [INTEGER, INTEGER, INTEGER, TEXT],
    columns: [INTEGER, MONEY, INTEGER, INTEGER],
  },
  /** Skipped districts. */
  delivery: {
    name: 'delivery',
    text: 'SELECT o_skipped FROM dbtest_delivery($1, $2, $3)',
    parameters: [INTEGER, INTEGER, INSTANT],
    columns: [INTEGER],
  },
  /** Items below the threshold. */
  stockLevel: {
    name: 'stock-level',
    text: 'SELECT o_low FROM dbtest_stock_level($1, $2, $3)',
    parameters: [INTEGER, INTEGER, INTEGER],
    columns: [INTEGER],
  },
} satisfies Record<string, Statement>;
