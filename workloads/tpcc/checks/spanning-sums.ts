/** Names of the sums that partitions hand over for the conditions that no partition can judge alone. */

/** 1 for each warehouse that the partition holds. */
export const HELD_WAREHOUSES = 'W_ID';

/** By customer, in cents (condition 10). */
export const CUSTOMER_SUMS = { balance: 'C_BALANCE', delivered: 'OL_AMOUNT', paid: 'H_AMOUNT' } as const;

/** What order lines add up to, by stock row, for one of the sums that a stock row keeps. */
export const orderedOf = (column: string): string => `ORDER-LINE for ${column}`;
