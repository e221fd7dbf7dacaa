/** Expected share of transactions that cross shards. Pure, called in the main thread after a run. */

export interface CrossShardInput {
  totalWarehouses: number;
  shards: number;
  mostOperations: number;
  remotePct: number;
}

/**
 * Percent of the transactions. One of n operations, n uniform in 1..most, stays at home unless an operation is for a
 * warehouse of another shard: for W warehouses in S equal shards a remote one is with probability (W - W/S) / (W - 1).
 */
export function expectedCrossShardPct({ totalWarehouses, shards, mostOperations, remotePct }: CrossShardInput): number {
  if (shards === 1) return 0;
  const elsewhere = (totalWarehouses - totalWarehouses / shards) / (totalWarehouses - 1);
  const stays = 1 - (remotePct / 100) * elsewhere;
  let local = 0;
  for (let operations = 1; operations <= mostOperations; operations++) local += stays ** operations / mostOperations;
  return 100 * (1 - local);
}
