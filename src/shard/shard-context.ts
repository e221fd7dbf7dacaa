/**
 * One local shard as the main thread holds it, and the start and end of its parts: databases first, then transports. The
 * partitions themselves belong to worker threads; here is what connects them. Knows no workload and no phase of a run.
 */
import type { ClusterRole, RunConfig } from '../config/run-config.ts';
import {
  type MultiTransportEvents,
  MultiTransportManager,
  type ShardPlumbing,
} from '../transport/multi-transport-manager.ts';
import type { MailboxPlumbing, PeerPlumbing } from './mailbox.ts';
import { type LocalPlumbing, layPlumbing, workersOf } from './plumbing.ts';
import { RoutingTable, type WarehouseRange } from './routing-table.ts';

/** A partition of a shard's database: the warehouses of one worker. */
export interface PartitionContext {
  /** In the cluster, and in the shard. */
  worker: number;
  workerIndex: number;
  warehouses: WarehouseRange;
  mailbox: MailboxPlumbing;
}

/** Everything of one local shard; shards share nothing but the routing table. */
export interface ShardContext {
  shardId: number;
  clusterRole: ClusterRole;
  host: string;
  port: number;
  /** The database. */
  db: { partitions: PartitionContext[] };
  /** The memory between the shard's workers and its transport. */
  transport: ShardPlumbing;
  /** Rings into the shard's workers and out of them. */
  requestQueues: PeerPlumbing['inbound'][];
  responseQueues: PeerPlumbing['outbound'][];
  /** Names of the tables that are open; filled by the load. */
  tables: string[];
}

/** All local shards, and what they have in common. */
export interface LocalShards {
  contexts: ShardContext[];
  routing: RoutingTable;
  /** By warehouse number: its worker in the cluster. */
  workerOfWarehouse: Int32Array;
  totalWorkers: number;
}

/**
 * Makes the contexts of all local shards.
 * @param longestBodyWords of the workload's fragments and answers
 * @param log hears `Initialized ShardContext for shard X`, and before that of several shards in one process
 */
export function initShardDatabases(
  config: RunConfig,
  longestBodyWords: number,
  log: (line: string) => void,
): LocalShards {
  const { cluster, localShardIds, numThreads, transport } = config;
  const routing = new RoutingTable(cluster.shards.length, cluster.warehousesPerShard, numThreads);
  if (localShardIds.length > 1) log(`Multi-shard mode: running ${localShardIds.length} shards in this process`);
  const plumbing = layPlumbing({
    shards: cluster.shards.length,
    workersPerShard: numThreads,
    localShardIds,
    mode: transport.kind,
    ringCapacityBytes: transport.ringCapacityBytes,
    longestBodyWords,
  });
  const contexts = localShardIds.map((shardId, i) => {
    const context = initShardDB(config, shardId, routing, plumbing, i);
    log(`Initialized ShardContext for shard ${shardId}`);
    return context;
  });
  const workerOfWarehouse = new Int32Array(routing.warehouseCount + 1);
  for (let warehouse = 1; warehouse <= routing.warehouseCount; warehouse++) {
    workerOfWarehouse[warehouse] = routing.shardOf(warehouse) * numThreads + routing.workerOf(warehouse);
  }
  return { contexts, routing, workerOfWarehouse, totalWorkers: cluster.shards.length * numThreads };
}

/** The context of one shard, with its empty partitions. @param place of the shard among the local ones */
export function initShardDB(
  config: RunConfig,
  shardId: number,
  routing: RoutingTable,
  plumbing: LocalPlumbing,
  place: number,
): ShardContext {
  const { host, port } = config.cluster.shards[shardId];
  const mailboxes = plumbing.mailboxes[place];
  const peers = mailboxes.flatMap((mailbox) => mailbox.peers);
  return {
    shardId,
    clusterRole: config.clusterRole,
    host,
    port,
    db: {
      partitions: workersOf(shardId, config.numThreads).map((worker, workerIndex) => ({
        worker,
        workerIndex,
        warehouses: routing.warehousesOf(shardId, workerIndex),
        mailbox: mailboxes[workerIndex],
      })),
    },
    transport: plumbing.transports[place],
    requestQueues: peers.map((peer) => peer.inbound),
    responseQueues: peers.map((peer) => peer.outbound),
    tables: [],
  };
}

/**
 * Starts the event-loop threads of all local shards, each bound to its port.
 * @param agreement what every process of the cluster must have the same
 * @returns null where the cluster is one shard, which nobody needs to reach
 * @throws OperatingFault `TRANSPORT` (exit status 5) with every thread ended and every port free again
 */
export async function initMultiShardTransports(
  config: RunConfig,
  contexts: readonly ShardContext[],
  secret: string | null,
  agreement: Record<string, string>,
  events: MultiTransportEvents,
): Promise<MultiTransportManager | null> {
  const { cluster, numThreads, transport } = config;
  if (cluster.shards.length === 1) return null;
  const manager = new MultiTransportManager(
    {
      shards: cluster.shards,
      localShards: contexts.map((context) => ({ shardId: context.shardId, plumbing: context.transport })),
      workersPerShard: numThreads,
      mode: transport.kind,
      secret,
      agreement,
    },
    events,
  );
  await manager.start();
  return manager;
}

/** Ends all transports and frees their ports; harmless where there is none. */
export async function stopMultiShardTransports(manager: MultiTransportManager | null): Promise<void> {
  await manager?.stop();
}
