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
import { POSTGRES_CALLS, POSTGRES_DROP_PROCEDURES, POSTGRES_PROCEDURES, UNUSED_ITEM_CODE } from './postgres.ts';

/** Empty where the dialect has none. */
export const procedureScripts = (dialect: Dialect): readonly Script[] =>
  dialect === 'postgres' ? POSTGRES_PROCEDURES : [];

export const dropProcedureScripts = (dialect: Dialect): readonly Script[] =>
  dialect === 'postgres' ? POSTGRES_DROP_PROCEDURES : [];

/** @throws OperatingFault (exit status 2) where the dialect has none */
export function procedureTransactions(dialect: Dialect): Transactions {
  if (dialect === 'postgres') return POSTGRES_TRANSACTIONS;
  throw new OperatingFault('UNSUPPORTED', EXIT.usage, `the workload tpcc has no stored procedures for ${dialect}`);
}

const POSTGRES_TRANSACTIONS: Transactions = {
  async newOrder(transaction, input, nowMs) {
    const { warehouseId, districtId, customerId, lineCount } = input;
    const lists = [input.itemIds, input.supplyWarehouseIds, input.quantities].map((each) => [
      ...each.subarray(0, lineCount),
    ]);
    try {
      const parameters = [warehouseId, districtId, customerId, nowMs, ...lists];
      const [orderId] = await call(transaction, warehouseId, POSTGRES_CALLS.newOrder, parameters);
      return { outcome: COMMITTED, orderId: orderId as number };
    } catch (error) {
      if (error instanceof DatabaseError && error.code === UNUSED_ITEM_CODE) return { outcome: USER_ABORT };
      throw error;
    }
  },

  async payment(transaction, input, nowMs) {
    const { warehouseId, districtId, customerWarehouseId, customerDistrictId, amountCents } = input;
    const customer = [customerWarehouseId, customerDistrictId, ...customerOf(input)];
    const parameters = [warehouseId, districtId, ...customer, amountCents, nowMs];
    await call(transaction, warehouseId, POSTGRES_CALLS.payment, parameters);
    return { outcome: COMMITTED };
  },

  async orderStatus(transaction, input) {
    const { warehouseId, districtId } = input;
    await call(transaction, warehouseId, POSTGRES_CALLS.orderStatus, [warehouseId, districtId, ...customerOf(input)]);
    return { outcome: COMMITTED };
  },

  async delivery(transaction, warehouseId, carrierId, nowMs) {
    const [skipped] = await call(transaction, warehouseId, POSTGRES_CALLS.delivery, [warehouseId, carrierId, nowMs]);
    return { skippedDistricts: skipped as number };
  },

  async stockLevel(transaction, { warehouseId, districtId, threshold }) {
    await call(transaction, warehouseId, POSTGRES_CALLS.stockLevel, [warehouseId, districtId, threshold]);
    return { outcome: COMMITTED };
  },
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
