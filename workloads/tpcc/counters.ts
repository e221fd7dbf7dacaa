/** What a session counts, for the input audit and the deviations. All are counts of started or executed transactions. */
import { DELIVERY_TYPE, NEW_ORDER_TYPE, ORDER_STATUS_TYPE, PAYMENT_TYPE } from './deck.ts';
import type { Terminal } from './inputs.ts';

export const COUNTER_NAMES = [
  'newOrders',
  'newOrdersRolledBack',
  'orderLines',
  'remoteOrderLines',
  'payments',
  'remotePayments',
  'paymentsByLastName',
  'orderStatuses',
  'orderStatusesByLastName',
  'deliveries',
  'stockLevels',
  'deliveriesExecuted',
  'deliveredDistricts',
  'skippedDistricts',
  'deliveriesWithSkips',
] as const;

/** Index of each counter. */
export const COUNTER = Object.fromEntries(COUNTER_NAMES.map((name, index) => [name, index])) as Record<
  (typeof COUNTER_NAMES)[number],
  number
>;

/** Counts what a terminal has typed in: once a transaction, however many attempts it takes. */
export function countInput(counters: Float64Array, input: Terminal): void {
  switch (input.type) {
    case NEW_ORDER_TYPE:
      counters[COUNTER.newOrders]++;
      counters[COUNTER.orderLines] += input.lineCount;
      counters[COUNTER.remoteOrderLines] += input.remoteLineCount;
      if (input.rollback) counters[COUNTER.newOrdersRolledBack]++;
      break;
    case PAYMENT_TYPE:
      counters[COUNTER.payments]++;
      if (input.customerWarehouseId !== input.warehouseId) counters[COUNTER.remotePayments]++;
      if (input.lastNameNumber >= 0) counters[COUNTER.paymentsByLastName]++;
      break;
    case ORDER_STATUS_TYPE:
      counters[COUNTER.orderStatuses]++;
      if (input.lastNameNumber >= 0) counters[COUNTER.orderStatusesByLastName]++;
      break;
    case DELIVERY_TYPE:
      counters[COUNTER.deliveries]++;
      break;
    default:
      counters[COUNTER.stockLevels]++;
  }
}

/** Counts the deferred execution of a Delivery. */
export function countDelivery(counters: Float64Array, districts: number, skippedDistricts: number): void {
  counters[COUNTER.deliveredDistricts] += districts;
  counters[COUNTER.skippedDistricts] += skippedDistricts;
  if (skippedDistricts > 0) counters[COUNTER.deliveriesWithSkips]++;
  counters[COUNTER.deliveriesExecuted]++;
}
