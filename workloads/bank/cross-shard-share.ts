/** Expected share of transactions that cross shards. Pure functions, called in the main thread after a run. */
import { CLOSE_ACCOUNT, LOOKUP, OPEN_ACCOUNT, RANGE_SUM, SUM_ALL, TRANSFER } from './mix.ts';

/** What the expectation depends on. Warehouses are spread evenly over the shards. */
export interface CrossShardInput {
  totalWarehouses: number;
  shards: number;
  /** Percent of transfers with another warehouse. */
  remoteTransferPct: number;
  /** Percent of transfers, and of openings and closings that find something to do, that the user aborts. */
  userAbortPct: number;
  /** Shares of the mix by type, 0..1. */
  mix: readonly number[];
}

/** Half of the openings and closings find an account that is open, or none that is, and have nothing to abort. */
const IDLE_SHARE = 0.5;

/**
 * Percent of the commits. With W warehouses in S equal shards, another warehouse, uniform over the other W - 1, lies in
 * another shard with probability (W - W/S) / (W - 1). A sum over all accounts crosses wherever there are shards to cross.
 * Aborts for want of money are left out: they are as frequent among what crosses as among the rest.
 */
export function expectedCrossShardPct(input: CrossShardInput): number {
  const { totalWarehouses, shards, mix } = input;
  if (shards === 1) return 0;
  const otherShard = (totalWarehouses - totalWarehouses / shards) / (totalWarehouses - 1);
  const kept = 1 - input.userAbortPct / 100;
  const transfers = mix[TRANSFER] * kept;
  const changes = (mix[OPEN_ACCOUNT] + mix[CLOSE_ACCOUNT]) * (IDLE_SHARE + (1 - IDLE_SHARE) * kept);
  const reads = mix[RANGE_SUM] + mix[LOOKUP];
  const crossing = ((transfers * input.remoteTransferPct) / 100 + changes + reads) * otherShard + mix[SUM_ALL];
  const all = transfers + changes + reads + mix[SUM_ALL];
  return all === 0 ? 0 : (100 * crossing) / all;
}
