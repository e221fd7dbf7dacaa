/** The five transactions as a session executes them; by statements of the client here, by stored procedures elsewhere. */
import type { SqlTransaction } from '../../../src/bench/database/contract.ts';
import type { Terminal } from '../inputs.ts';
import { type DeliveryOutput, delivery } from './delivery.ts';
import { type NewOrderOutput, newOrder } from './new-order.ts';
import { type OrderStatusOutput, orderStatus } from './order-status.ts';
import { type PaymentOutput, payment } from './payment.ts';
import type { TpccSteps } from './statements/steps.ts';
import { type StockLevelOutput, stockLevel } from './stock-level.ts';

/** Each is one attempt, and ends the transaction itself except after an error, which it lets through. */
export interface Transactions {
  newOrder(transaction: SqlTransaction, input: Terminal, nowMs: number): Promise<Pick<NewOrderOutput, 'outcome'>>;
  payment(transaction: SqlTransaction, input: Terminal, nowMs: number): Promise<Pick<PaymentOutput, 'outcome'>>;
  orderStatus(transaction: SqlTransaction, input: Terminal): Promise<Pick<OrderStatusOutput, 'outcome'>>;
  delivery(
    transaction: SqlTransaction,
    warehouseId: number,
    carrierId: number,
    nowMs: number,
  ): Promise<Pick<DeliveryOutput, 'skippedDistricts'>>;
  stockLevel(transaction: SqlTransaction, input: Terminal): Promise<Pick<StockLevelOutput, 'outcome'>>;
}

export const statementTransactions = (steps: TpccSteps): Transactions => ({
  newOrder: (transaction, input, nowMs) => newOrder(steps, transaction, input, nowMs),
  payment: (transaction, input, nowMs) => payment(steps, transaction, input, nowMs),
  orderStatus: (transaction, input) => orderStatus(steps, transaction, input),
  delivery: (transaction, warehouseId, carrierId, nowMs) => delivery(steps, transaction, warehouseId, carrierId, nowMs),
  stockLevel: (transaction, input) => stockLevel(steps, transaction, input),
});
