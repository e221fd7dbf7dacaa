/** What each worker thread of this process starts with. */
import { availableParallelism } from 'node:os';
import type { RunConfig } from '../config/run-config.ts';
import type { LocalShards } from '../shard/shard-context.ts';
import { ControlBlock } from './control-block.ts';
import type { WorkerStart } from './worker-messages.ts';

/** One for each partition of the local shards, by shard. */
export function workerStarts(config: RunConfig, local: LocalShards): WorkerStart[] {
  const { cluster, numThreads, localShardIds, terminalsPerWarehouse } = config;
  const severalProcesses = cluster.shards.length > localShardIds.length;
  const localWorkers = localShardIds.length * numThreads;
  const busyTransports = severalProcesses || config.transport.kind === 'tcp';
  const threads = localWorkers + (busyTransports ? localShardIds.length : 0);
  return local.contexts.flatMap(({ shardId, db }) =>
    db.partitions.map(({ workerIndex, warehouses, mailbox }): WorkerStart => {
      const terminals = (warehouses.last - warehouses.first + 1) * terminalsPerWarehouse;
      return {
        config,
        placement: {
          shardId,
          workerIndex,
          firstWarehouse: warehouses.first,
          lastWarehouse: warehouses.last,
          totalWarehouses: local.routing.warehouseCount,
          terminalsPerWarehouse,
          seed: config.seed,
        },
        controlMemory: new ControlBlock().memory,
        memoryLimitBytes: config.memoryLimitBytes / localWorkers,
        totalWorkers: local.totalWorkers,
        exchange:
          local.totalWorkers === 1
            ? null
            : {
                plumbing: mailbox,
                totalWorkers: local.totalWorkers,
                workersPerShard: numThreads,
                workerOfWarehouse: local.workerOfWarehouse,
                terminals,
                // Whose links break is lost to the others as another process would be.
                severalProcesses: severalProcesses || config.chaos?.some(({ kind }) => kind === 'stop') === true,
              },
        maySpin: threads <= availableParallelism(),
      };
    }),
  );
}
