/**
 * Delivery (TPC-C 2.7.4) as statements, for all districts of a warehouse in one transaction: the oldest orders in one round
 * trip, everything that is written in the next, then the COMMIT, when it is known that no other Delivery was faster.
 */
import { COMMITTED, type Outcome } from '../../../src/bench/contract.ts';
import type { SqlTransaction } from '../../../src/bench/database/contract.ts';
import { DatabaseError } from '../../../src/drivers/contract.ts';
import { FULL_SCALE } from '../specification.ts';
import { perform, type TpccSteps } from './statements/steps.ts';

export interface DeliveryOutput {
  outcome: Outcome;
  /** Districts without an undelivered order (2.7.4.2). */
  skippedDistricts: number;
}

/** @throws DatabaseError `conflict` where another Delivery has taken one of the orders; isolation levels above prevent it */
export async function delivery(
  steps: TpccSteps,
  transaction: SqlTransaction,
  warehouseId: number,
  carrierId: number,
  nowMs: number,
): Promise<DeliveryOutput> {
  const connection = await transaction.on(transaction.shardOf(warehouseId));
  const [{ rows }] = await perform(connection, [steps.oldestNewOrders(warehouseId)]);
  const districtIds = rows.map(([districtId]) => districtId as number);
  const orderIds = rows.map(([, orderId]) => orderId as number);
  if (rows.length > 0) {
    const [removed] = await perform(connection, [
      steps.removeNewOrders(warehouseId, districtIds, orderIds),
      steps.deliver(warehouseId, districtIds, orderIds, carrierId, nowMs),
    ]);
    if (removed.affectedRows !== rows.length) {
      throw new DatabaseError('conflict', 'another Delivery has taken an order', { statement: 'delivery' });
    }
  }
  await transaction.commit();
  return { outcome: COMMITTED, skippedDistricts: FULL_SCALE.districtsPerWarehouse - rows.length };
}
