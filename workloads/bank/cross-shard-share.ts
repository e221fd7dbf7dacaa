/** Expected share of transactions that cross shards. Pure functions, called in the main thread after a run. */
import { CLOSE_ACCOUNT, LOOKUP, OPEN_ACCOUNT, RANGE_SUM, SUM_ALL, TRANSFER } from './mix.ts';

/** What the expectation depends on. Warehouses are spread evenly over the shards. */
export interface CrossShardInput {
  totalWarehouses: number;
  shards: number;
  /** Percent of transfers with another warehouse. */
  remoteTransferPct: number;
  /** Shares of the mix by type, 0..1. */
  mix: readonly number[];
}

/**
 * Percent of all transactions. With W warehouses in S equal shards, another warehouse, uniform over the other W - 1, lies in
 * another shard with probability (W - W/S) / (W - 1). A sum over all accounts crosses wherever there are shards to cross.
 * User aborts are as frequent among those that cross as among the others.
 */
export function expectedCrossShardPct({ totalWarehouses, shards, remoteTransferPct, mix }: CrossShardInput): number {
  if (shards === 1) return 0;
  const otherShard = (totalWarehouses - totalWarehouses / shards) / (totalWarehouses - 1);
  const always = mix[OPEN_ACCOUNT] + mix[CLOSE_ACCOUNT] + mix[RANGE_SUM] + mix[LOOKUP];
  return 100 * (((mix[TRANSFER] * remoteTransferPct) / 100 + always) * otherShard + mix[SUM_ALL]);
}
