/** Makes the configuration of a run on databases of the command line's options, the shard YAML and the URLs. */
import { usageFault } from '../errors.ts';
import type { RunOptions } from './resolve.ts';
import type { DatabaseConfig, RunConfig } from './run-config.ts';
import type { ShardFile } from './shard-file.ts';

/** The server's caches and the sessions' statements are warm after this, if the database fits into memory. */
export const DATABASE_WARMUP_SECONDS = 5;

/** Where a database listens, taken from its URL. */
export interface DatabaseAddress {
  host: string;
  port: number;
}

/**
 * One shard for each database. Warehouses of each come from `--warehouses`, else from the file; else they are left open (0)
 * until it is known what is loaded.
 */
export function resolveDatabaseConfig(
  options: RunOptions,
  database: DatabaseConfig,
  addresses: readonly DatabaseAddress[],
  file: ShardFile | null,
): RunConfig {
  const { localShards: _, shardIndex: __, basePort: ___, warehouses, warmupSeconds, ...rest } = options;
  const warehousesPerShard = warehouses ?? file?.warehousesPerShard ?? 0;
  const terminals = warehousesPerShard * rest.terminalsPerWarehouse;
  if (warehousesPerShard > 0 && rest.numThreads > terminals) {
    throw usageFault(
      `--num-threads: ${rest.numThreads} sessions are more than the ${terminals} terminals of ` +
        `${warehousesPerShard} warehouse${warehousesPerShard === 1 ? '' : 's'}; use at most ${terminals}`,
    );
  }
  return {
    cluster: {
      source: file?.path ?? null,
      shards: addresses.map((address, shardId) => ({ shardId, ...address })),
      warehousesPerShard,
    },
    localShardIds: addresses.map((_, shardId) => shardId),
    warmupSeconds: warmupSeconds ?? DATABASE_WARMUP_SECONDS,
    warmupByDefault: warmupSeconds === null,
    ...rest,
    database,
  };
}
