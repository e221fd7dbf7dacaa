/** Order-Status (TPC-C 2.6.2) as statements: the customer with the newest order, then its lines and the COMMIT. */
import { assert } from '../../../src/assert.ts';
import { COMMITTED, type Outcome } from '../../../src/bench/contract.ts';
import type { SqlTransaction } from '../../../src/bench/database/contract.ts';
import type { Row } from '../../../src/drivers/contract.ts';
import type { Terminal } from '../inputs.ts';
import { lastName } from '../random.ts';
import { perform, type TpccSteps } from './statements/steps.ts';

export interface OrderStatusOutput {
  outcome: Outcome;
  customerId: number;
  balanceCents: number;
  order: { orderId: number; carrierId: number | null; lines: readonly Row[] } | null;
}

export async function orderStatus(
  steps: TpccSteps,
  transaction: SqlTransaction,
  input: Terminal,
): Promise<OrderStatusOutput> {
  const { warehouseId, districtId, customerId: customerNumber, lastNameNumber } = input;
  const shard = transaction.shardOf(warehouseId);
  const wanted =
    lastNameNumber < 0
      ? steps.readCustomer({ warehouseId, districtId, customerId: customerNumber })
      : steps.readCustomerByName(warehouseId, districtId, lastName(lastNameNumber));
  const [{ rows }] = await perform(await transaction.on(shard), [wanted]);
  assert(rows.length === 1, `no customer for an order status in (${warehouseId}, ${districtId})`);
  const [customerId, balanceCents, , , , orderId, , carrierId] = rows[0];
  const calls = orderId === null ? [] : steps.readLines(warehouseId, districtId, orderId as number);
  const [results] = await transaction.commit([{ shard, calls }]);
  return {
    outcome: COMMITTED,
    customerId: customerId as number,
    balanceCents: balanceCents as number,
    order:
      orderId === null
        ? null
        : {
            orderId: orderId as number,
            carrierId: carrierId as number | null,
            lines: results[results.length - 1].rows,
          },
  };
}
