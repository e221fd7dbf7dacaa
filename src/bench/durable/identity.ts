/** Whose data a folder holds. What the rows after the load depend on must be the same when they are used again. */
import { join } from 'node:path';
import type { RunConfig } from '../../config/run-config.ts';

/** The folder of one shard. */
export const shardFolder = (dataDir: string, shardId: number): string => join(dataDir, `shard-${shardId}`);

/** Words that a person can compare, where a message shows them. */
export function fingerprintOf({ cluster, workload, seed }: RunConfig): string {
  const options = workload.loadOptions ?? [];
  const list = options.map((name) => `${name} ${workload.options[name]}`);
  return [workload.name, `${cluster.warehousesPerShard} warehouses a shard`, `seed ${seed}`, ...list].join(', ');
}
