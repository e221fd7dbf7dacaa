/** Whether a run fits what the databases hold and what they are. Runs on the main thread, before anything is measured. */
import type { RunConfig } from '../../config/run-config.ts';
import type { Connection } from '../../drivers/contract.ts';
import { EXIT, OperatingFault, usageFault } from '../../errors.ts';
import type { ServerResult } from '../result.ts';
import type { LoadPlan } from './load-record.ts';
import { routingOf } from './shard-routing.ts';

/** @throws OperatingFault (exit status 2) where there are more sessions than terminals */
export const withWarehouses = (config: RunConfig, warehousesPerShard: number): RunConfig => {
  const terminals = warehousesPerShard * config.terminalsPerWarehouse;
  if (config.numThreads > terminals) {
    throw usageFault(
      `--num-threads: ${config.numThreads} sessions are more than the ${terminals} terminals of ` +
        `${warehousesPerShard} warehouse${warehousesPerShard === 1 ? '' : 's'}; use at most ${terminals}`,
    );
  }
  return { ...config, cluster: { ...config.cluster, warehousesPerShard } };
};

/** What of a load's place does not fit the run; null where all does. */
export function misplaced(plan: LoadPlan, config: RunConfig, shard: number): string | null {
  const { firstWarehouse, lastWarehouse, totalWarehouses } = routingOf(config).part(shard);
  if (plan.workload !== config.workload.name) return `it is of the workload ${plan.workload}`;
  if (plan.firstWarehouse === firstWarehouse && plan.lastWarehouse === lastWarehouse) {
    if (plan.totalWarehouses === totalWarehouses) return null;
    return `it was loaded as part of ${plan.totalWarehouses} warehouses, and the run has ${totalWarehouses}`;
  }
  return `it has warehouses ${plan.firstWarehouse} to ${plan.lastWarehouse}, and the run wants ${firstWarehouse} to ${lastWarehouse}`;
}

/** What the servers say of themselves, as lines too, and which of them refuse to write; by shard. @throws DatabaseError */
export async function readServers(
  { database }: RunConfig,
  connections: readonly Connection[],
): Promise<{ results: ServerResult[]; lines: string[]; readOnly: number[] }> {
  const results: ServerResult[] = [];
  const lines: string[] = [];
  const readOnly: number[] = [];
  for (const [shardId, connection] of connections.entries()) {
    const { isReadOnly, product, version, isolation, settings } = await connection.facts();
    if (isReadOnly) readOnly.push(shardId);
    const place = database?.places[shardId] ?? '';
    results.push({ shardId, place, product, version, isolation, settings });
    lines.push(`Connected to ${place}: ${product} ${version}, ${isolation ?? 'an isolation level without a name'}`);
  }
  return { results, lines, readOnly };
}

/** @throws OperatingFault (exit status 5) */
export function refuseReadOnly(config: RunConfig, readOnly: readonly number[]): void {
  if (readOnly.length === 0) return;
  const places = readOnly.map((shard) => config.database?.places[shard]).join(', ');
  throw new OperatingFault(
    'DATABASE',
    EXIT.connection,
    `${places}: the server is read-only; use one that takes writes`,
  );
}

/** A run says of the tables what they are, whatever was asked for. */
export const withLoadedTables = (config: RunConfig, { foreignKeys, partitions }: LoadPlan): RunConfig =>
  config.database === undefined ? config : { ...config, database: { ...config.database, foreignKeys, partitions } };
