/**
 * What the isolation tests need of a database: transactions that begin with a stated input, stop at a named point and go on
 * when told, and a way to read what is stored. A database with connections of its own runs each transaction in one of
 * them; the embedded engine is stepped. Everything is asynchronous, so that both fit.
 */
import type { ConditionResult } from '../../../src/bench/result.ts';

export interface LineInput {
  itemId: number;
  supplyWarehouseId: number;
  quantity: number;
}

/** What a terminal types in, by transaction; the warehouse is the terminal's own. */
export interface Inputs {
  /** An item above the highest one makes it roll back (2.4.1.4). */
  newOrder: { districtId: number; customerId: number; lines: readonly LineInput[] };
  payment: {
    districtId: number;
    customerWarehouseId: number;
    customerDistrictId: number;
    customerId: number;
    amountCents: number;
  };
  /** `districtId` of a Delivery is the one that the repeated read is about; all districts are delivered. */
  delivery: { carrierId: number; districtId: number };
  orderStatus: { districtId: number; customerId: number };
  stockLevel: { districtId: number; threshold: number };
  /** No transaction of the mix: reads I_PRICE of these items, in this order (3.4.2.7). */
  readPrices: { itemIds: readonly number[] };
  /** No transaction of the mix: raises I_PRICE of these items by ten percent, rounded down to a cent (3.4.2.7). */
  raisePrices: { itemIds: readonly number[] };
}

export type TransactionType = keyof Inputs;

export interface StoredLine {
  itemId: number;
  supplyWarehouseId: number;
  quantity: number;
  amountCents: number;
  isDelivered: boolean;
}

export interface StoredOrder {
  orderId: number;
  customerId: number;
  carrierId: number | null;
  /** By OL_NUMBER. */
  lines: readonly StoredLine[];
}

/** Two results of one read within one transaction, null where nothing was found. */
export interface RepeatedRead {
  first: number | null;
  again: number | null;
}

/** What a terminal is shown, by transaction. */
export interface Outputs {
  /** Also when rolled back: the number that the order would have had (2.4.3.6). Amounts by line, up to the unused item. */
  newOrder: { orderId: number; amountsCents: readonly number[] };
  payment: { balanceCents: number };
  /** `oldestOrderId`: of the input's district, where the transaction was stopped after that read; else null. */
  delivery: { skippedDistricts: number; oldestOrderId: RepeatedRead | null };
  /** `newestOrderId`: where the transaction was stopped after that read; else null. */
  orderStatus: { balanceCents: number; order: StoredOrder | null; newestOrderId: RepeatedRead | null };
  stockLevel: { lowStock: number };
  /** In the order of the input; of `raisePrices` what they were raised to. */
  readPrices: { pricesCents: readonly number[] };
  raisePrices: { pricesCents: readonly number[] };
}

/**
 * Where a transaction stops.
 *   beforeCommit    all its work is done, and its COMMIT is next
 *   beforeRollback  all its work is done, and a ROLLBACK is next: in place of the COMMIT (3.2.2.2), where it is not its own
 *   afterFirstRead  New-Order: after the price of its first line. Order-Status: after its customer's newest order.
 *                   Delivery: after the oldest undelivered order of the input's district. The last two read it again then
 *
 * A transaction that the database cannot stop there runs to its end, with the COMMIT or ROLLBACK that was asked for.
 */
export type StopPoint = 'beforeCommit' | 'beforeRollback' | 'afterFirstRead';

/** Where a transaction is when it gets no further. */
export type Observation<Type extends TransactionType> =
  | { kind: 'stopped' }
  /** For another transaction. */
  | { kind: 'waits' }
  /** It was undone for another transaction, at least once, and the database or its driver tries again. */
  | { kind: 'retries' }
  | { kind: 'completed'; committed: boolean; output: Outputs[Type] };

export interface RunningTransaction<Type extends TransactionType> {
  /** Lets everything that is under way get as far as it gets, and says where this transaction is. */
  observe(): Promise<Observation<Type>>;
  /** From where it was told to stop, to its end. Without effect on one that did not stop. */
  goOn(): Promise<void>;
}

/** What is stored; read while no transaction is under way. */
export interface StoredData {
  warehouse(warehouseId: number): Promise<{ ytdCents: number }>;
  district(warehouseId: number, districtId: number): Promise<{ ytdCents: number; nextOrderId: number }>;
  customer(warehouseId: number, districtId: number, customerId: number): Promise<StoredCustomer>;
  order(warehouseId: number, districtId: number, orderId: number): Promise<StoredOrder | null>;
  /** NO_O_ID of a district, ascending. */
  undelivered(warehouseId: number, districtId: number): Promise<readonly number[]>;
  stock(warehouseId: number, itemId: number): Promise<StoredStock>;
  /** HISTORY rows of payments at a district. */
  payments(warehouseId: number, districtId: number): Promise<{ count: number; sumCents: number }>;
  /** Every row of every table, by table and in an order that no transaction changes: equal where nothing was changed. */
  everything(): Promise<Record<string, string>>;
  /** The consistency conditions (3.3.2). */
  conditions(): Promise<readonly ConditionResult[]>;
}

export interface StoredCustomer {
  balanceCents: number;
  ytdPaymentCents: number;
  paymentCount: number;
  deliveryCount: number;
}

export interface StoredStock {
  quantity: number;
  ytd: number;
  orderCount: number;
  remoteCount: number;
}

/** A loaded database of at least two warehouses, with nothing else going on. */
export interface IsolationDriver {
  /** Two warehouses; of several shards or partitions these lie in different ones. */
  readonly homeWarehouseId: number;
  readonly awayWarehouseId: number;
  /** Highest I_ID. */
  readonly items: number;
  /** Why prices cannot be changed, as half a sentence; null where they can. */
  readonly fixedPricesReason: string | null;
  readonly stored: StoredData;
  /** Begins a transaction in a session of its own, at a terminal of the warehouse. */
  begin<Type extends TransactionType>(
    warehouseId: number,
    type: Type,
    input: Inputs[Type],
    stopAt: StopPoint | null,
  ): Promise<RunningTransaction<Type>>;
  close(): Promise<void>;
}
