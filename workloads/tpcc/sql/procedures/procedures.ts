/** `--sql-mode procedures`: each transaction is one call of a stored procedure, on one database. */
import { COMMITTED, USER_ABORT } from '../../../../src/bench/contract.ts';
import type { Script, SqlTransaction } from '../../../../src/bench/database/contract.ts';
import {
  DatabaseError,
  type Dialect,
  type Parameter,
  type Row,
  type Statement,
} from '../../../../src/drivers/contract.ts';
import { EXIT, OperatingFault } from '../../../../src/errors.ts';
import type { Terminal } from '../../inputs.ts';
import { lastName } from '../../random.ts';
import type { Transactions } from '../transactions.ts';
import { MYSQL_CALLS, MYSQL_DROP_PROCEDURES, MYSQL_PROCEDURES } from './mysql.ts';
import { POSTGRES_CALLS, POSTGRES_DROP_PROCEDURES, POSTGRES_PROCEDURES, UNUSED_ITEM_CODE } from './postgres.ts';

/** The procedures of a dialect. */
interface Procedures {
  create: readonly Script[];
  drop: readonly Script[];
  transactions: Transactions;
}

/** Calls whose parameters and answers begin alike in every dialect. */
type CommonCalls = Readonly<Record<'payment' | 'orderStatus' | 'delivery' | 'stockLevel', Statement>>;

/** Empty where the dialect has none. */
export const procedureScripts = (dialect: Dialect): readonly Script[] => PROCEDURES[dialect]?.create ?? [];

export const dropProcedureScripts = (dialect: Dialect): readonly Script[] => PROCEDURES[dialect]?.drop ?? [];

/** @throws OperatingFault (exit status 2) where the dialect has none */
export function procedureTransactions(dialect: Dialect): Transactions {
  const procedures = PROCEDURES[dialect];
  if (procedures !== undefined) return procedures.transactions;
  throw new OperatingFault('UNSUPPORTED', EXIT.usage, `the workload tpcc has no stored procedures for ${dialect}`);
}

const commonTransactions = (calls: CommonCalls): Omit<Transactions, 'newOrder'> => ({
  async payment(transaction, input, nowMs) {
    const { warehouseId, districtId, customerWarehouseId, customerDistrictId, amountCents } = input;
    const customer = [customerWarehouseId, customerDistrictId, ...customerOf(input)];
    const parameters = [warehouseId, districtId, ...customer, amountCents, nowMs];
    await call(transaction, warehouseId, calls.payment, parameters);
    return { outcome: COMMITTED };
  },

  async orderStatus(transaction, input) {
    const { warehouseId, districtId } = input;
    await call(transaction, warehouseId, calls.orderStatus, [warehouseId, districtId, ...customerOf(input)]);
    return { outcome: COMMITTED };
  },

  async delivery(transaction, warehouseId, carrierId, nowMs) {
    const [skipped] = await call(transaction, warehouseId, calls.delivery, [warehouseId, carrierId, nowMs]);
    return { skippedDistricts: skipped as number };
  },

  async stockLevel(transaction, { warehouseId, districtId, threshold }) {
    await call(transaction, warehouseId, calls.stockLevel, [warehouseId, districtId, threshold]);
    return { outcome: COMMITTED };
  },
});

const POSTGRES_TRANSACTIONS: Transactions = {
  ...commonTransactions(POSTGRES_CALLS),

  async newOrder(transaction, input, nowMs) {
    const { warehouseId, districtId, customerId, lineCount } = input;
    const lists = [input.itemIds, input.supplyWarehouseIds, input.quantities].map((each) => [
      ...each.subarray(0, lineCount),
    ]);
    try {
      const parameters = [warehouseId, districtId, customerId, nowMs, ...lists];
      await call(transaction, warehouseId, POSTGRES_CALLS.newOrder, parameters);
      return { outcome: COMMITTED };
    } catch (error) {
      if (error instanceof DatabaseError && error.code === UNUSED_ITEM_CODE) return { outcome: USER_ABORT };
      throw error;
    }
  },
};

const MYSQL_TRANSACTIONS: Transactions = {
  ...commonTransactions(MYSQL_CALLS),

  async newOrder(transaction, input, nowMs) {
    const { warehouseId, districtId, customerId, lineCount, itemIds, supplyWarehouseIds, quantities } = input;
    const lines = Array.from({ length: lineCount }, (_, line) => line).sort(
      (a, b) => supplyWarehouseIds[a] - supplyWarehouseIds[b] || itemIds[a] - itemIds[b] || a - b,
    );
    const listOf = (value: (line: number) => number): string => lines.map(value).join(',');
    const [orderId] = await call(transaction, warehouseId, MYSQL_CALLS.newOrder, [
      ...[warehouseId, districtId, customerId, nowMs, lineCount, input.remoteLineCount === 0 ? 1 : 0],
      listOf((line) => line + 1),
      listOf((line) => itemIds[line]),
      listOf((line) => supplyWarehouseIds[line]),
      listOf((line) => quantities[line]),
    ]);
    return { outcome: orderId === null ? USER_ABORT : COMMITTED };
  },
};

const PROCEDURES: Readonly<Partial<Record<Dialect, Procedures>>> = {
  postgres: { create: POSTGRES_PROCEDURES, drop: POSTGRES_DROP_PROCEDURES, transactions: POSTGRES_TRANSACTIONS },
  mysql: { create: MYSQL_PROCEDURES, drop: MYSQL_DROP_PROCEDURES, transactions: MYSQL_TRANSACTIONS },
};

/** Number and name of the customer, one of them null. */
const customerOf = ({ lastNameNumber, customerId }: Terminal): [number | null, string | null] =>
  lastNameNumber < 0 ? [customerId, null] : [null, lastName(lastNameNumber)];

/** One statement outside a transaction is one of its own. */
async function call(
  transaction: SqlTransaction,
  warehouseId: number,
  statement: Statement,
  parameters: readonly Parameter[],
): Promise<Row> {
  const { rows } = await transaction.executeAlone(transaction.shardOf(warehouseId), { statement, parameters });
  return rows[0];
}
