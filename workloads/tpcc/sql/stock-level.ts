/** Stock-Level (TPC-C 2.8.2) as one statement, in one round trip with BEGIN and COMMIT. */
import { COMMITTED, type Outcome } from '../../../src/bench/contract.ts';
import type { SqlTransaction } from '../../../src/bench/database/contract.ts';
import type { Terminal } from '../inputs.ts';
import type { TpccSteps } from './statements/steps.ts';

export interface StockLevelOutput {
  outcome: Outcome;
  lowStock: number;
}

export async function stockLevel(
  steps: TpccSteps,
  transaction: SqlTransaction,
  { warehouseId, districtId, threshold }: Terminal,
): Promise<StockLevelOutput> {
  const shard = transaction.shardOf(warehouseId);
  await transaction.on(shard);
  const calls = steps.countLowStock(warehouseId, districtId, threshold);
  const [results] = await transaction.commit([{ shard, calls }]);
  return { outcome: COMMITTED, lowStock: results[results.length - 1].rows[0][0] as number };
}
