/** The consistency conditions by name, and what a check has found out about each of them. */
import type { ConditionResult } from '../../../src/bench/result.ts';
import { CUSTOMER, DISTRICT, HISTORY, ITEM, NEW_ORDER, ORDER, ORDER_LINE, STOCK, WAREHOUSE } from '../schema.ts';

/** A verdict counts every violation and names the first of them. */
export const MOST_VIOLATIONS = 10;

interface Condition {
  readonly title: string;
  /** What it reads. All of these hold rows from the load on, NEW-ORDER excepted, so an empty one is a violation. */
  readonly tables: readonly string[];
}

const ORDERS_AND_LINES = [ORDER.name, ORDER_LINE.name];
const STOCK_TABLES = [STOCK.name, ORDER_LINE.name, ITEM.name];

/** The twelve conditions of clause 3.3.2, and the effects of New-Orders on stock, which cross warehouses (2.4.2.2). */
export const CONDITIONS = {
  '3.3.2.1': {
    title: 'W_YTD = sum of D_YTD, per warehouse (TPC-C 3.3.2.1)',
    tables: [WAREHOUSE.name, DISTRICT.name],
  },
  '3.3.2.2': {
    title: 'D_NEXT_O_ID - 1 = newest O_ID = newest NO_O_ID, per district (TPC-C 3.3.2.2)',
    tables: [DISTRICT.name, ORDER.name, NEW_ORDER.name],
  },
  '3.3.2.3': {
    title: 'newest NO_O_ID - oldest NO_O_ID + 1 = NEW-ORDER rows, per district (TPC-C 3.3.2.3)',
    tables: [NEW_ORDER.name],
  },
  '3.3.2.4': { title: 'sum of O_OL_CNT = ORDER-LINE rows, per district (TPC-C 3.3.2.4)', tables: ORDERS_AND_LINES },
  '3.3.2.5': {
    title: 'O_CARRIER_ID is null exactly where a NEW-ORDER row exists (TPC-C 3.3.2.5)',
    tables: [ORDER.name, NEW_ORDER.name],
  },
  '3.3.2.6': { title: 'O_OL_CNT = ORDER-LINE rows, per order (TPC-C 3.3.2.6)', tables: ORDERS_AND_LINES },
  '3.3.2.7': {
    title: 'OL_DELIVERY_D is null exactly where O_CARRIER_ID is (TPC-C 3.3.2.7)',
    tables: ORDERS_AND_LINES,
  },
  '3.3.2.8': {
    title: 'W_YTD = sum of H_AMOUNT, per warehouse (TPC-C 3.3.2.8)',
    tables: [WAREHOUSE.name, HISTORY.name],
  },
  '3.3.2.9': {
    title: 'D_YTD = sum of H_AMOUNT, per district (TPC-C 3.3.2.9)',
    tables: [DISTRICT.name, HISTORY.name],
  },
  '3.3.2.10': {
    title: 'C_BALANCE = sum of delivered OL_AMOUNT - sum of H_AMOUNT, per customer (TPC-C 3.3.2.10)',
    tables: [CUSTOMER.name, HISTORY.name, ...ORDERS_AND_LINES],
  },
  '3.3.2.11': {
    title: 'orders - new-orders = those at load + deliveries, per district (TPC-C 3.3.2.11)',
    tables: [CUSTOMER.name, ORDER.name, NEW_ORDER.name],
  },
  '3.3.2.12': {
    title: 'C_BALANCE + C_YTD_PAYMENT = sum of delivered OL_AMOUNT, per customer (TPC-C 3.3.2.12)',
    tables: [CUSTOMER.name, ...ORDERS_AND_LINES],
  },
  'stock.S_YTD': {
    title: 'S_YTD = sum of OL_QUANTITY since the load, per stock row (TPC-C 2.4.2.2)',
    tables: STOCK_TABLES,
  },
  'stock.S_ORDER_CNT': {
    title: 'S_ORDER_CNT = order lines since the load, per stock row (TPC-C 2.4.2.2)',
    tables: STOCK_TABLES,
  },
  'stock.S_REMOTE_CNT': {
    title: 'S_REMOTE_CNT = order lines of other warehouses since the load, per stock row (TPC-C 2.4.2.2)',
    tables: STOCK_TABLES,
  },
  'engine.indexes': { title: 'every index holds exactly the rows of its table, under their keys', tables: [] },
} satisfies Record<string, Condition>;

export type ConditionId = keyof typeof CONDITIONS;
export const CONDITION_IDS = Object.keys(CONDITIONS) as ConditionId[];
/** Those that can be told of a database whose storage is its own business. */
export const DATABASE_CONDITION_IDS = CONDITION_IDS.filter((id) => id !== 'engine.indexes');

/** One condition while it is checked. */
export class ConditionTally {
  checkedRows = 0;
  violationCount = 0;
  private readonly id: ConditionId;
  private readonly violations: string[] = [];

  constructor(id: ConditionId) {
    this.id = id;
  }

  /** @param describe names the keys and both sides, in one line; called only while violations are kept */
  violate(describe: () => string): void {
    this.violationCount++;
    if (this.violations.length < MOST_VIOLATIONS) this.violations.push(describe());
  }

  /** As `violate`, for violations of which somebody else counted all and kept the first. */
  violateAll(count: number, descriptions: readonly string[]): void {
    this.violationCount += count;
    this.violations.push(...descriptions.slice(0, MOST_VIOLATIONS - this.violations.length));
  }

  /** Adds another partition's verdict on the same condition. */
  merge(other: ConditionResult): void {
    this.checkedRows += other.checkedRows;
    this.violateAll(other.violationCount, other.violations);
  }

  result(): ConditionResult {
    const { id, checkedRows, violationCount, violations } = this;
    return { id, title: CONDITIONS[id].title, passed: violationCount === 0, checkedRows, violationCount, violations };
  }
}

/** All conditions while they are checked. */
export class ConditionTallies {
  private readonly tallies: ReadonlyMap<ConditionId, ConditionTally>;

  constructor(ids: readonly ConditionId[] = CONDITION_IDS) {
    this.tallies = new Map(ids.map((id) => [id, new ConditionTally(id)]));
  }

  of(id: ConditionId): ConditionTally {
    return this.tallies.get(id) as ConditionTally;
  }

  /** One violation of several conditions. */
  violate(ids: readonly ConditionId[], describe: () => string): void {
    for (const id of ids) this.of(id).violate(describe);
  }

  results(): ConditionResult[] {
    return [...this.tallies.values()].map((tally) => tally.result());
  }
}
