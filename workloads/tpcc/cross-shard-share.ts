/**
 * Expected share of transactions that cross shards, from the specification's odds of remote lines and customers. Pure
 * functions, called in the main thread after a run; they know nothing of what was measured.
 */
import { assert } from '../../src/assert.ts';
import { FEWEST_LINES, MOST_LINES } from './specification.ts';

/** What the expectation depends on. Warehouses are spread evenly over the shards. */
export interface CrossShardInput {
  totalWarehouses: number;
  shards: number;
  /** Percent of order lines supplied by another warehouse (TPC-C 2.4.1.5: 1). */
  remoteItemPct: number;
  /** Percent of Payments by a customer of another warehouse (TPC-C 2.5.1.2: 15). */
  remotePaymentPct: number;
  /** Shares of the mix, 0..1. The other transactions never leave their warehouse. */
  mix: { newOrder: number; payment: number };
}

/** Percent that crosses shards: of all order lines, New-Orders, Payments and of all transactions. */
export interface CrossShardExpectation {
  orderLinePct: number;
  newOrderPct: number;
  paymentPct: number;
  allPct: number;
}

/**
 * Expected shares of work that crosses shards. With W warehouses in S equal shards, a remote warehouse, uniform over the
 * other W - 1, lies in another shard with probability (W - W/S) / (W - 1). All line
 * counts of a New-Order are equally likely (TPC-C 2.4.1.3).
 */
export function expectedCrossShard(input: CrossShardInput): CrossShardExpectation {
  const { totalWarehouses, shards, mix } = input;
  assert(totalWarehouses >= 1 && shards >= 1 && totalWarehouses >= shards, 'every shard needs a warehouse');
  const otherShard = totalWarehouses === 1 ? 0 : (totalWarehouses - totalWarehouses / shards) / (totalWarehouses - 1);
  const line = (input.remoteItemPct / 100) * otherShard;
  const payment = (input.remotePaymentPct / 100) * otherShard;
  let allLinesStay = 0;
  for (let lines = FEWEST_LINES; lines <= MOST_LINES; lines++) allLinesStay += (1 - line) ** lines;
  const newOrder = 1 - allLinesStay / (MOST_LINES - FEWEST_LINES + 1);
  return {
    orderLinePct: 100 * line,
    newOrderPct: 100 * newOrder,
    paymentPct: 100 * payment,
    allPct: 100 * (mix.newOrder * newOrder + mix.payment * payment),
  };
}
