/**
 * The five transactions as procedures of MySQL and MariaDB, in the words that both have: one call each, and what they read
 * and write never leaves the server. Each is a transaction of its own, from START TRANSACTION to COMMIT, because every
 * statement in a procedure would otherwise commit by itself; an error in it undoes everything and reaches the client as it
 * is. They take locks in the same order as the statements of a client do.
 */
import type { Script } from '../../../../src/bench/database/contract.ts';
import { INSTANT, INTEGER, MONEY, type Statement, TEXT } from '../../../../src/drivers/contract.ts';
import { C_DATA_BYTES, FULL_SCALE, STOCK_FLOOR, STOCK_LEVEL_ORDERS, STOCK_REFILL } from '../../specification.ts';

const DISTRICTS = FULL_SCALE.districtsPerWarehouse;

/** As the tables' texts are: with another character set a comparison would not use their indexes. */
const text = (length: number): string => `varchar(${length}) CHARACTER SET ascii COLLATE ascii_bin`;

/** Room for the numbers of 15 lines with commas between them. */
const LIST = text(200);

/** The number at place `v_at` of a list. */
const element = (list: string): string => `SUBSTRING_INDEX(SUBSTRING_INDEX(${list}, ',', v_at), ',', -1)`;

const districtInfo = Array.from(
  { length: DISTRICTS },
  (_, i) => `WHEN ${i + 1} THEN s_dist_${String(i + 1).padStart(2, '0')}`,
).join(' ');

/** Begins a procedure's body after its variables: whatever goes wrong, nothing of it stays. */
const atomically = (name: string): string => `
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN
    ROLLBACK;
    RESIGNAL;
  END;
  DECLARE EXIT HANDLER FOR NOT FOUND BEGIN
    ROLLBACK;
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '${name}: a row is missing';
  END;
  START TRANSACTION;`;

/**
 * Lines come in the order of their stock rows, which are locked in it by everybody. The unused item of 2.4.2.3 undoes
 * everything when the other lines are done, and the answer is an order without a number.
 */
const NEW_ORDER_TEXT = `
CREATE PROCEDURE dbtest_new_order(
  p_w int, p_d int, p_c int, p_entry datetime(3), p_count int, p_all_local int,
  p_lines ${LIST}, p_items ${LIST}, p_supply ${LIST}, p_quantities ${LIST}
) MODIFIES SQL DATA SQL SECURITY INVOKER
BEGIN
  DECLARE v_at int DEFAULT 1;
  DECLARE v_is_unused int DEFAULT 0;
  DECLARE v_order, v_line, v_item, v_supply, v_ordered, v_left int;
  DECLARE v_district_tax, v_warehouse_tax, v_discount numeric(4, 4);
  DECLARE v_price numeric(8, 2);
  DECLARE v_sum numeric(16, 2) DEFAULT 0;
  DECLARE v_info, v_item_name ${text(24)};
  DECLARE v_item_data, v_stock_data ${text(50)};
  ${atomically('dbtest_new_order')}
  UPDATE district SET d_next_o_id = d_next_o_id + 1 WHERE d_w_id = p_w AND d_id = p_d;
  SELECT d_next_o_id - 1, d_tax INTO v_order, v_district_tax FROM district WHERE d_w_id = p_w AND d_id = p_d;
  SELECT c_discount, w_tax INTO v_discount, v_warehouse_tax
    FROM customer JOIN warehouse ON w_id = c_w_id WHERE c_w_id = p_w AND c_d_id = p_d AND c_id = p_c;
  INSERT INTO orders (o_id, o_d_id, o_w_id, o_c_id, o_entry_d, o_carrier_id, o_ol_cnt, o_all_local)
    VALUES (v_order, p_d, p_w, p_c, p_entry, NULL, p_count, p_all_local);
  INSERT INTO new_order (no_o_id, no_d_id, no_w_id) VALUES (v_order, p_d, p_w);
  WHILE v_at <= p_count DO
    SET v_line = ${element('p_lines')}, v_item = ${element('p_items')};
    SET v_supply = ${element('p_supply')}, v_ordered = ${element('p_quantities')};
    SELECT max(i_price), max(i_name), max(i_data) INTO v_price, v_item_name, v_item_data FROM item WHERE i_id = v_item;
    IF v_price IS NULL THEN
      SET v_is_unused = 1;
    ELSE
      SELECT s_quantity - v_ordered, s_data, CASE p_d ${districtInfo} END INTO v_left, v_stock_data, v_info
        FROM stock WHERE s_w_id = v_supply AND s_i_id = v_item FOR UPDATE;
      UPDATE stock SET
        s_quantity = CASE WHEN v_left >= ${STOCK_FLOOR} THEN v_left ELSE v_left + ${STOCK_REFILL} END,
        s_ytd = s_ytd + v_ordered,
        s_order_cnt = s_order_cnt + 1,
        s_remote_cnt = s_remote_cnt + CASE WHEN v_supply = p_w THEN 0 ELSE 1 END
        WHERE s_w_id = v_supply AND s_i_id = v_item;
      INSERT INTO order_line (ol_o_id, ol_d_id, ol_w_id, ol_number, ol_i_id, ol_supply_w_id, ol_delivery_d, ol_quantity,
          ol_amount, ol_dist_info)
        VALUES (v_order, p_d, p_w, v_line, v_item, v_supply, NULL, v_ordered, v_ordered * v_price, v_info);
      SET v_sum = v_sum + v_ordered * v_price;
    END IF;
    SET v_at = v_at + 1;
  END WHILE;
  IF v_is_unused = 1 THEN
    ROLLBACK;
    SELECT NULL, NULL;
  ELSE
    COMMIT;
    SELECT v_order, round(v_sum * (1 - v_discount) * (1 + v_warehouse_tax + v_district_tax), 2);
  END IF;
END`;

/** Sets `v_customer`, of n rows with the name the one at n/2, rounded up, unless the number was given. */
const FIND_CUSTOMER = (w: string, d: string): string => `
  SET v_customer = p_customer;
  IF v_customer IS NULL THEN
    SELECT c_id INTO v_customer FROM (
      SELECT c_id, row_number() OVER (ORDER BY c_first, c_id) AS place, count(*) OVER () AS others
      FROM customer WHERE c_w_id = ${w} AND c_d_id = ${d} AND c_last = p_last
    ) AS named WHERE 2 * place IN (others, others + 1);
  END IF;`;

const PAYMENT_TEXT = `
CREATE PROCEDURE dbtest_payment(
  p_w int, p_d int, p_customer_w int, p_customer_d int, p_customer int, p_last ${text(16)}, p_amount numeric(8, 2),
  p_date datetime(3)
) MODIFIES SQL DATA SQL SECURITY INVOKER
BEGIN
  DECLARE v_customer int;
  DECLARE v_balance numeric(16, 2);
  DECLARE v_credit ${text(2)};
  DECLARE v_warehouse, v_district ${text(10)};
  ${atomically('dbtest_payment')}
  ${FIND_CUSTOMER('p_customer_w', 'p_customer_d')}
  SELECT c_credit, c_balance - p_amount INTO v_credit, v_balance FROM customer
    WHERE c_w_id = p_customer_w AND c_d_id = p_customer_d AND c_id = v_customer FOR UPDATE;
  IF v_credit = 'BC' THEN
    UPDATE customer SET c_balance = v_balance, c_ytd_payment = c_ytd_payment + p_amount, c_payment_cnt = c_payment_cnt + 1,
        c_data = left(concat_ws(' ', c_id, c_d_id, c_w_id, p_d, p_w, p_amount, c_data), ${C_DATA_BYTES})
      WHERE c_w_id = p_customer_w AND c_d_id = p_customer_d AND c_id = v_customer;
  ELSE
    UPDATE customer SET c_balance = v_balance, c_ytd_payment = c_ytd_payment + p_amount, c_payment_cnt = c_payment_cnt + 1
      WHERE c_w_id = p_customer_w AND c_d_id = p_customer_d AND c_id = v_customer;
  END IF;
  UPDATE warehouse SET w_ytd = w_ytd + p_amount WHERE w_id = p_w;
  SELECT w_name INTO v_warehouse FROM warehouse WHERE w_id = p_w;
  UPDATE district SET d_ytd = d_ytd + p_amount WHERE d_w_id = p_w AND d_id = p_d;
  SELECT d_name INTO v_district FROM district WHERE d_w_id = p_w AND d_id = p_d;
  INSERT INTO history (h_c_id, h_c_d_id, h_c_w_id, h_d_id, h_w_id, h_date, h_amount, h_data)
    VALUES (v_customer, p_customer_d, p_customer_w, p_d, p_w, p_date, p_amount, concat(v_warehouse, '    ', v_district));
  COMMIT;
  SELECT v_customer, v_balance;
END`;

/** A customer without orders has none in the answer. The lines are read as the terminal shows them, and counted. */
const ORDER_STATUS_TEXT = `
CREATE PROCEDURE dbtest_order_status(p_w int, p_d int, p_customer int, p_last ${text(16)})
READS SQL DATA SQL SECURITY INVOKER
BEGIN
  DECLARE v_customer, v_order, v_lines, v_supply, v_quantity int;
  DECLARE v_balance, v_amount numeric(16, 2);
  DECLARE v_delivery datetime(3);
  ${atomically('dbtest_order_status')}
  ${FIND_CUSTOMER('p_w', 'p_d')}
  SELECT c_balance INTO v_balance FROM customer WHERE c_w_id = p_w AND c_d_id = p_d AND c_id = v_customer;
  SELECT max(o_id) INTO v_order FROM orders WHERE o_w_id = p_w AND o_d_id = p_d AND o_c_id = v_customer;
  SELECT count(*), max(ol_supply_w_id), sum(ol_quantity), sum(ol_amount), max(ol_delivery_d)
    INTO v_lines, v_supply, v_quantity, v_amount, v_delivery
    FROM order_line WHERE ol_w_id = p_w AND ol_d_id = p_d AND ol_o_id = v_order;
  COMMIT;
  SELECT v_customer, v_balance, v_order, v_lines;
END`;

/** The oldest order is that of the snapshot, which another Delivery may have taken since: a conflict, as for a client. */
const DELIVERY_TEXT = `
CREATE PROCEDURE dbtest_delivery(p_w int, p_carrier int, p_date datetime(3)) MODIFIES SQL DATA SQL SECURITY INVOKER
BEGIN
  DECLARE v_district int DEFAULT 1;
  DECLARE v_skipped int DEFAULT 0;
  DECLARE v_order, v_customer int;
  DECLARE v_amount numeric(16, 2);
  ${atomically('dbtest_delivery')}
  WHILE v_district <= ${DISTRICTS} DO
    SELECT min(no_o_id) INTO v_order FROM new_order WHERE no_w_id = p_w AND no_d_id = v_district;
    IF v_order IS NULL THEN
      SET v_skipped = v_skipped + 1;
    ELSE
      DELETE FROM new_order WHERE no_w_id = p_w AND no_d_id = v_district AND no_o_id = v_order;
      IF ROW_COUNT() = 0 THEN
        SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213, MESSAGE_TEXT = 'another Delivery has taken an order';
      END IF;
      UPDATE orders SET o_carrier_id = p_carrier WHERE o_w_id = p_w AND o_d_id = v_district AND o_id = v_order;
      SELECT o_c_id INTO v_customer FROM orders WHERE o_w_id = p_w AND o_d_id = v_district AND o_id = v_order;
      UPDATE order_line SET ol_delivery_d = p_date WHERE ol_w_id = p_w AND ol_d_id = v_district AND ol_o_id = v_order;
      SELECT sum(ol_amount) INTO v_amount FROM order_line
        WHERE ol_w_id = p_w AND ol_d_id = v_district AND ol_o_id = v_order;
      UPDATE customer SET c_balance = c_balance + v_amount, c_delivery_cnt = c_delivery_cnt + 1
        WHERE c_w_id = p_w AND c_d_id = v_district AND c_id = v_customer;
    END IF;
    SET v_district = v_district + 1;
  END WHILE;
  COMMIT;
  SELECT v_skipped;
END`;

const STOCK_LEVEL_TEXT = `
CREATE PROCEDURE dbtest_stock_level(p_w int, p_d int, p_threshold int) READS SQL DATA SQL SECURITY INVOKER
BEGIN
  DECLARE v_next, v_low int;
  ${atomically('dbtest_stock_level')}
  SELECT d_next_o_id INTO v_next FROM district WHERE d_w_id = p_w AND d_id = p_d;
  SELECT count(DISTINCT s_i_id) INTO v_low FROM order_line JOIN stock ON s_w_id = p_w AND s_i_id = ol_i_id
    WHERE ol_w_id = p_w AND ol_d_id = p_d AND ol_o_id >= v_next - ${STOCK_LEVEL_ORDERS} AND ol_o_id < v_next
      AND s_quantity < p_threshold;
  COMMIT;
  SELECT v_low;
END`;

const TEXTS = {
  dbtest_new_order: NEW_ORDER_TEXT,
  dbtest_payment: PAYMENT_TEXT,
  dbtest_order_status: ORDER_STATUS_TEXT,
  dbtest_delivery: DELIVERY_TEXT,
  dbtest_stock_level: STOCK_LEVEL_TEXT,
};

const drop = (name: string): string => `DROP PROCEDURE IF EXISTS ${name}`;

/** MySQL has no way to replace a procedure but to drop it first. */
export const MYSQL_PROCEDURES: readonly Script[] = Object.entries(TEXTS).map(([name, create]) => ({
  name: `create procedure ${name}`,
  text: `${drop(name)};${create}`,
}));

/** Where they are: not every server that speaks the protocol knows procedures, nor has every user a right to drop them. */
export const MYSQL_DROP_PROCEDURES: readonly Script[] = Object.keys(TEXTS).map((name) => ({
  name: `drop procedure ${name}`,
  text: drop(name),
  onlyWhere: {
    name: `look for the procedure ${name}`,
    text: `SELECT 1 FROM information_schema.routines WHERE routine_schema = database() AND routine_name = '${name}'`,
    parameters: [],
    columns: [INTEGER],
    isOnce: true,
  },
}));

/** The calls: parameters in the order of the procedures. */
export const MYSQL_CALLS = {
  /** Order number and total; nulls where an unused item has undone it. */
  newOrder: {
    name: 'new-order',
    text: 'CALL dbtest_new_order($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)',
    parameters: [INTEGER, INTEGER, INTEGER, INSTANT, INTEGER, INTEGER, TEXT, TEXT, TEXT, TEXT],
    columns: [INTEGER, MONEY],
  },
  /** Customer, balance afterwards. */
  payment: {
    name: 'payment',
    text: 'CALL dbtest_payment($1, $2, $3, $4, $5, $6, $7, $8)',
    parameters: [INTEGER, INTEGER, INTEGER, INTEGER, INTEGER, TEXT, MONEY, INSTANT],
    columns: [INTEGER, MONEY],
  },
  /** Customer, balance, newest order or null, its lines. */
  orderStatus: {
    name: 'order-status',
    text: 'CALL dbtest_order_status($1, $2, $3, $4)',
    parameters: [INTEGER, INTEGER, INTEGER, TEXT],
    columns: [INTEGER, MONEY, INTEGER, INTEGER],
  },
  /** Skipped districts. */
  delivery: {
    name: 'delivery',
    text: 'CALL dbtest_delivery($1, $2, $3)',
    parameters: [INTEGER, INTEGER, INSTANT],
    columns: [INTEGER],
  },
  /** Items below the threshold. */
  stockLevel: {
    name: 'stock-level',
    text: 'CALL dbtest_stock_level($1, $2, $3)',
    parameters: [INTEGER, INTEGER, INTEGER],
    columns: [INTEGER],
  },
} satisfies Record<string, Statement>;
