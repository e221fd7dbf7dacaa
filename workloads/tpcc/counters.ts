/** What a session counts, for the input audit and the deviations. All are counts of started or executed transactions. */

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
