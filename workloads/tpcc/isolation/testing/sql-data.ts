/** What the isolation tests read from a database that users run. */
import { assert } from '../../../../src/assert.ts';
import type { ConditionResult } from '../../../../src/bench/result.ts';
import {
  type Connection,
  INSTANT,
  INTEGER,
  MONEY,
  type Statement,
  type ValueType,
} from '../../../../src/drivers/contract.ts';
import { checkDatabase, judgeDatabases } from '../../sql/checks/database-checks.ts';
import { exportedLines } from '../../sql/testing/exported-lines.ts';
import { TINY_SCALE } from '../../testing/database.ts';
import type { StoredCustomer, StoredData, StoredOrder, StoredStock } from '../driver.ts';
import { WAREHOUSES } from './sql-sessions.ts';

const query = (name: string, text: string, parameters: number, columns: readonly ValueType[]): Statement => ({
  name,
  text,
  parameters: Array.from({ length: parameters }, () => INTEGER),
  columns,
});

const WAREHOUSE = query('warehouse', 'SELECT w_ytd FROM warehouse WHERE w_id = $1', 1, [MONEY]);
const DISTRICT = query('district', 'SELECT d_ytd, d_next_o_id FROM district WHERE d_w_id = $1 AND d_id = $2', 2, [
  MONEY,
  INTEGER,
]);
const CUSTOMER = query(
  'customer',
  `SELECT c_balance, c_ytd_payment, c_payment_cnt, c_delivery_cnt FROM customer
   WHERE c_w_id = $1 AND c_d_id = $2 AND c_id = $3`,
  3,
  [MONEY, MONEY, INTEGER, INTEGER],
);
const ORDER = query(
  'order',
  'SELECT o_c_id, o_carrier_id FROM orders WHERE o_w_id = $1 AND o_d_id = $2 AND o_id = $3',
  3,
  [INTEGER, INTEGER],
);
const LINES = query(
  'lines',
  `SELECT ol_i_id, ol_supply_w_id, ol_quantity, ol_amount, ol_delivery_d FROM order_line
   WHERE ol_w_id = $1 AND ol_d_id = $2 AND ol_o_id = $3 ORDER BY ol_number`,
  3,
  [INTEGER, INTEGER, INTEGER, MONEY, INSTANT],
);
const UNDELIVERED = query(
  'undelivered orders',
  'SELECT no_o_id FROM new_order WHERE no_w_id = $1 AND no_d_id = $2 ORDER BY no_o_id',
  2,
  [INTEGER],
);
const STOCK = query(
  'stock',
  'SELECT s_quantity, s_ytd, s_order_cnt, s_remote_cnt FROM stock WHERE s_w_id = $1 AND s_i_id = $2',
  2,
  [INTEGER, INTEGER, INTEGER, INTEGER],
);
const PAYMENTS = query('payments', 'SELECT count(*), sum(h_amount) FROM history WHERE h_w_id = $1 AND h_d_id = $2', 2, [
  INTEGER,
  MONEY,
]);

export class SqlData implements StoredData {
  private readonly connection: Connection;

  constructor(connection: Connection) {
    this.connection = connection;
  }

  async warehouse(...key: [number]): Promise<{ ytdCents: number }> {
    const [ytdCents] = await this.only(WAREHOUSE, key);
    return { ytdCents };
  }

  async district(...key: [number, number]): Promise<{ ytdCents: number; nextOrderId: number }> {
    const [ytdCents, nextOrderId] = await this.only(DISTRICT, key);
    return { ytdCents, nextOrderId };
  }

  async customer(...key: [number, number, number]): Promise<StoredCustomer> {
    const [balanceCents, ytdPaymentCents, paymentCount, deliveryCount] = await this.only(CUSTOMER, key);
    return { balanceCents, ytdPaymentCents, paymentCount, deliveryCount };
  }

  async order(...key: [number, number, number]): Promise<StoredOrder | null> {
    const { rows } = await this.connection.execute(ORDER, key);
    if (rows.length === 0) return null;
    const [[customerId, carrierId]] = rows as [number, number | null][];
    const lines = (await this.connection.execute(LINES, key)).rows;
    return { orderId: key[2], customerId, carrierId, lines: lines.map(storedLine) };
  }

  async undelivered(...key: [number, number]): Promise<number[]> {
    const { rows } = await this.connection.execute(UNDELIVERED, key);
    return rows.map(([orderId]) => orderId as number);
  }

  async stock(...key: [number, number]): Promise<StoredStock> {
    const [quantity, ytd, orderCount, remoteCount] = await this.only(STOCK, key);
    return { quantity, ytd, orderCount, remoteCount };
  }

  async payments(...key: [number, number]): Promise<{ count: number; sumCents: number }> {
    const [count, sumCents] = await this.only(PAYMENTS, key);
    return { count, sumCents: sumCents ?? 0 };
  }

  /** As it is exported, by line: a table has no order of its own. */
  async everything(): Promise<Record<string, string>> {
    const tables = await exportedLines(this.connection);
    return Object.fromEntries(Object.entries(tables).map(([name, lines]) => [name, lines.join('\n')]));
  }

  async conditions(): Promise<readonly ConditionResult[]> {
    const [firstWarehouse, lastWarehouse] = WAREHOUSES;
    const part = { firstWarehouse, lastWarehouse, totalWarehouses: WAREHOUSES.length };
    return judgeDatabases([await checkDatabase(this.connection, part, TINY_SCALE)], true);
  }

  private async only(statement: Statement, key: readonly number[]): Promise<number[]> {
    const { rows } = await this.connection.execute(statement, key);
    assert(rows.length === 1, `${statement.name} has ${rows.length} rows with ${key}`);
    return rows[0] as number[];
  }
}

/** Of OL_I_ID, OL_SUPPLY_W_ID, OL_QUANTITY, OL_AMOUNT, OL_DELIVERY_D. */
export function storedLine(row: readonly unknown[]): StoredOrder['lines'][number] {
  const [itemId, supplyWarehouseId, quantity, amountCents, deliveryMs] = row as number[];
  return { itemId, supplyWarehouseId, quantity, amountCents, isDelivered: deliveryMs !== null };
}
