/**
 * Makes one validated RunConfig of the command line's options and the shard YAML; main file of the folder. The main
 * thread runs it once, before anything starts; workers receive the result as plain data. It reads no command line, knows
 * no workload and starts nothing.
 */
import { availableParallelism } from 'node:os';
import { configFault, usageFault } from '../errors.ts';
import { refuseImpossibleChaos } from './chaos-fit.ts';
import type { ReplicaAddress, RunConfig, ShardAddress, TransportConfig } from './run-config.ts';
import type { ShardFile } from './shard-file.ts';

/** Without a file, shard k listens at this host and at base + step x k. */
export const DEFAULT_HOST = '127.0.0.1';
export const DEFAULT_BASE_PORT = 31000;
export const PORT_STEP = 100;
/** Each worker has its own code compiled, and workers that share a core take turns in that, too. */
export const WARMUP_SECONDS_A_TURN = 2;
export const HIGHEST_PORT = 65535;

/** What the command line says, each value checked by itself; null where it is left to the file or to the defaults. */
export interface RunOptions extends Omit<RunConfig, 'cluster' | 'localShardIds' | 'warmupSeconds' | 'warmupByDefault'> {
  localShards: number[] | null;
  shardIndex: number | null;
  warehouses: number | null;
  /** Port of shard 0 where no file says it; absent or null for the default. */
  basePort?: number | null;
  warmupSeconds: number | null;
}

/**
 * Which shards run in this process: `--local-shards` or `--shard-index`, else the file's `local_shard_indices` (with
 * `multi_shard_mode: true`), else the whole cluster. Without a file the cluster has as many shards as the highest local
 * shard needs, so that `--local-shards=0,1` alone is a cluster of two, and nothing at all is one shard. A file whose
 * shards are on several hosts cannot run as a whole here, so it needs one of the two options.
 *
 * Warehouses per shard: `--warehouses`, else the file's, else one for each worker thread.
 *
 * `--transport shm` needs every shard in this process, since other processes cannot reach its memory.
 *
 * @param cores of the machine, which the default of the warm-up depends on
 * @throws OperatingFault (exit status 2) where the parts do not fit together
 */
export function resolveRunConfig(
  options: RunOptions,
  file: ShardFile | null,
  cores = availableParallelism(),
): RunConfig {
  const { localShards, shardIndex, warehouses, basePort = null, warmupSeconds, ...rest } = options;
  if (localShards !== null && shardIndex !== null) {
    throw usageFault('--local-shards and --shard-index both say which shards run here; give one of them');
  }
  if (basePort !== null && file !== null) {
    throw usageFault(`--base-port: ${file.path} has the ports of its shards; leave one of the two out`);
  }
  const asked = localShards ?? (shardIndex === null ? null : [shardIndex]);
  if (file?.urls !== undefined) {
    throw configFault(`${file.path}: shards`, 'they are databases (url); say which with --driver, or give them ports');
  }
  const shards =
    file?.shards ?? defaultShards(Math.max(0, ...(asked ?? [])) + 1, DEFAULT_HOST, basePort ?? DEFAULT_BASE_PORT);
  refuseOutside(asked, localShards === null ? '--shard-index' : '--local-shards', shards, file);
  const localShardIds = asked ?? file?.localShardIds ?? wholeCluster(shards, file);
  const warehousesPerShard = warehouses ?? file?.warehousesPerShard ?? options.numThreads;
  if (options.numThreads > warehousesPerShard) {
    throw tooManyThreads(options.numThreads, warehousesPerShard, warehouses === null ? file : null);
  }
  refuseUnreachable(options.transport, localShardIds.length, shards.length);
  const config: RunConfig = {
    cluster: { source: file?.path ?? null, shards, warehousesPerShard, ...replicasOf(file) },
    localShardIds: localShardIds.toSorted((left, right) => left - right),
    warmupSeconds: warmupSeconds ?? WARMUP_SECONDS_A_TURN * Math.ceil((localShardIds.length * rest.numThreads) / cores),
    warmupByDefault: warmupSeconds === null,
    ...rest,
  };
  refuseImpossibleChaos(config);
  return config;
}

/** Addresses by the default rule. @throws OperatingFault when the ports run out */
export function defaultShards(
  shardCount: number,
  host: string = DEFAULT_HOST,
  basePort: number = DEFAULT_BASE_PORT,
): ShardAddress[] {
  const highest = basePort + PORT_STEP * (shardCount - 1);
  if (highest > HIGHEST_PORT) {
    const rule = `shard ${shardCount - 1} would listen at port ${highest} (${basePort} + ${PORT_STEP} x shard)`;
    throw usageFault(`${shardCount} shards: ${rule}, above ${HIGHEST_PORT}; use fewer, or a file with their ports`);
  }
  return Array.from({ length: shardCount }, (_, shardId) => ({ shardId, host, port: basePort + PORT_STEP * shardId }));
}

const replicasOf = (file: ShardFile | null): { replicas?: ReplicaAddress[] } =>
  file === null || file.replicas.length === 0 ? {} : { replicas: file.replicas };

function refuseOutside(asked: number[] | null, option: string, shards: ShardAddress[], file: ShardFile | null): void {
  const outside = asked?.find((id) => id >= shards.length);
  if (outside === undefined || file === null) return;
  const range = shards.length === 1 ? 'only shard 0' : `shards 0 to ${shards.length - 1}`;
  throw usageFault(`${option}: there is no shard ${outside}; ${file.path} has ${range}`);
}

function wholeCluster(shards: readonly ShardAddress[], file: ShardFile | null): number[] {
  const hosts = new Set(shards.map(({ host }) => host));
  if (file !== null && hosts.size > 1) {
    const what = `lists shards on ${hosts.size} hosts; say with --shard-index or --local-shards which of them run here`;
    throw configFault(`${file.path}: ${placeOfAddresses(file)}`, what);
  }
  return shards.map(({ shardId }) => shardId);
}

function refuseUnreachable(transport: TransportConfig, localShards: number, allShards: number): void {
  const elsewhere = allShards - localShards;
  if (transport.kind !== 'shm' || elsewhere === 0) return;
  const run = `${elsewhere} of the ${allShards} shards run${elsewhere === 1 ? 's' : ''} in another process`;
  throw usageFault(
    `--transport shm: ${run}, which shared memory does not reach; use auto or tcp, or run all shards here`,
  );
}

/** The key under which the file lists the shards' addresses. */
const placeOfAddresses = (file: ShardFile): string =>
  ({ shards: 'shards', groups: 'localhost', sites: 'sites' })[file.form];

function tooManyThreads(numThreads: number, warehousesPerShard: number, file: ShardFile | null): Error {
  const where = file === null ? '--warehouses' : `${file.path}: warehouses`;
  const shard = `a shard of ${warehousesPerShard} warehouse${warehousesPerShard === 1 ? '' : 's'} (${where})`;
  return usageFault(
    `--num-threads: ${numThreads} is more than ${shard} can use, since each worker thread owns whole warehouses; ` +
      `use at most ${warehousesPerShard} threads or more warehouses`,
  );
}
