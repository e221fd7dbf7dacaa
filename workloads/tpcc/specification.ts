/** Constants of TPC-C revision 5.11, each with its clause. */

/** Cardinalities of the initial database (4.3.3.1, 1.2.1). */
export interface Scale {
  /** Rows of ITEM, and of STOCK for each warehouse. */
  items: number;
  districtsPerWarehouse: number;
  customersPerDistrict: number;
  ordersPerDistrict: number;
  /** The newest orders of a district that are not delivered yet. */
  newOrdersPerDistrict: number;
}

/** 4.3.3.1: 100,000 items; 10 districts a warehouse; 3,000 customers and orders a district, the last 900 undelivered. */
export const FULL_SCALE: Scale = {
  items: 100_000,
  districtsPerWarehouse: 10,
  customersPerDistrict: 3_000,
  ordersPerDistrict: 3_000,
  newOrdersPerDistrict: 900,
};

/** 2.4.1.3 and 4.3.3.1: lines of an order. */
export const FEWEST_LINES = 5;
export const MOST_LINES = 15;
/** 2.4.1.5: quantity of an ordered line. */
export const MOST_QUANTITY = 10;
/** 2.4.1.4: one New-Order in a hundred ends in an unused item. */
export const ROLLBACK_PCT = 1;
/** 2.4.1.5: a line is supplied by another warehouse in 1% of the cases. */
export const REMOTE_ITEM_PCT = 1;
/** 2.5.1.2: a customer pays at another warehouse in 15% of the cases. */
export const REMOTE_PAYMENT_PCT = 15;
/** 2.5.1.2 and 2.6.1.2: the customer is chosen by last name in 60% of the cases. */
export const BY_LAST_NAME_PCT = 60;
/** 2.5.1.3: amount of a payment, 1.00 to 5,000.00. */
export const LEAST_PAYMENT_CENTS = 100;
export const MOST_PAYMENT_CENTS = 500_000;
/** 2.7.1.2 and 4.3.3.1: carriers. */
export const MOST_CARRIER_ID = 10;
/** 2.8.1.2: threshold of a Stock-Level. */
export const LEAST_THRESHOLD = 10;
export const MOST_THRESHOLD = 20;
/** 2.8.2.2: orders that a Stock-Level looks at. */
export const STOCK_LEVEL_ORDERS = 20;
/** 2.4.2.2: stock stays at this or above after an order, or is refilled. */
export const STOCK_FLOOR = 10;
export const STOCK_REFILL = 91;

/** 2.1.6: the constants A of the non-uniform random function. */
export const NURAND_A_LAST_NAME = 255;
export const NURAND_A_CUSTOMER_ID = 1023;
export const NURAND_A_ITEM_ID = 8191;
/** 2.1.6.1: how far the run's C of the last name lies from the load's, and what it must not be. */
export const LEAST_C_LAST_DELTA = 65;
export const MOST_C_LAST_DELTA = 119;
export const EXCLUDED_C_LAST_DELTAS: readonly number[] = [96, 112];

/** 4.3.2.3: last names are three of these by the digits of a number. */
export const LAST_NAME_SYLLABLES = ['BAR', 'OUGHT', 'ABLE', 'PRI', 'PRES', 'ESE', 'ANTI', 'CALLY', 'ATION', 'EING'];
export const LAST_NAMES = 1000;

/** 1.3.1: C_DATA keeps at most 500 characters. */
export const C_DATA_BYTES = 500;
/** 4.3.3.1: a tenth of the items and stock rows carry this word; 2.4.2.2: both carry it where the brand is B. */
export const ORIGINAL = 'ORIGINAL';
export const ORIGINAL_PCT = 10;
/** 4.3.3.1: a tenth of the customers has bad credit. */
export const BAD_CREDIT_PCT = 10;

/** 4.3.3.1: money of the initial database, in cents. */
export const INITIAL_W_YTD_CENTS = 30_000_000;
export const INITIAL_D_YTD_CENTS = 3_000_000;
export const INITIAL_BALANCE_CENTS = -1_000;
export const INITIAL_PAYMENT_CENTS = 1_000;
export const CREDIT_LIMIT_CENTS = 5_000_000;
/** 4.3.3.1: taxes up to 0.2000 and discounts up to 0.5000, in ten-thousandths. */
export const MOST_TAX = 2_000;
export const MOST_DISCOUNT = 5_000;
export const RATE_UNIT = 10_000;

/**
 * The date that the load stores: one instant, and the same for everyone, so that the same seed gives the same database
 * on every day and every driver.
 */
export const LOAD_INSTANT_MS = Date.UTC(2026, 0, 1);
