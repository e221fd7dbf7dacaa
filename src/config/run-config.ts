/**
 * The one validated configuration of a run: what the shard YAML, the command line and the defaults come to. Plain data
 * (it is sent to worker threads and printed in the JSON result); every module below `cli` reads this and nothing else.
 */
import type { ChaosEvent } from './chaos.ts';

/** Cluster roles of the shard YAML's replica groups; `localhost` is the leader. */
export type ClusterRole = 'localhost' | 'p1' | 'p2' | 'learner';

/** Where a shard's transport listens. */
export interface ShardAddress {
  shardId: number;
  host: string;
  port: number;
}

/** Where the YAML puts a replica that is not the leader. dbtest replicates nothing; the address is only recorded. */
export interface ReplicaAddress {
  shardId: number;
  /** Place in the shard's replica list, from 1: p1, p2, learner in the form with groups; 0 would be the leader. */
  replicaIndex: number;
  name: string;
  host: string;
  port: number;
}

/** The whole cluster, local shards or not. Warehouses are numbered 1..shards.length * warehousesPerShard. */
export interface ClusterConfig {
  /** The YAML it came from, or null for the built-in defaults. */
  source: string | null;
  /** Ordered by shardId, 0..n-1 without gaps. */
  shards: ShardAddress[];
  warehousesPerShard: number;
  /** Absent when the YAML lists none. */
  replicas?: ReplicaAddress[];
}

/** How terminals choose the next transaction (TPC-C 5.2.4): the deck of 23 cards, or independent draws by weight. */
export type MixConfig = { kind: 'deck' } | { kind: 'weights'; weights: Record<string, number> };

/** When terminals start transactions: at once, after keying and think times (TPC-C 5.2.5), or at a total rate. */
export type PacingConfig = { kind: 'none' } | { kind: 'keying' } | { kind: 'rate'; transactionsPerSecond: number };

/** `auto`: rings inside the process and TCP between processes. `shm` and `tcp` force one of them between shards. */
export type TransportKind = 'auto' | 'shm' | 'tcp';

/** How messages travel. */
export interface TransportConfig {
  kind: TransportKind;
  /** Of each ring, before it is rounded up to a power of two; 0 is the smallest that fits, null the default. */
  ringCapacityBytes: number | null;
}

/** What a process does when the link to another one is lost: end the run, or go on with what it can reach. */
export type PeerLossPolicy = 'stop' | 'continue';

/** On which CPUs the threads run. */
export interface PlacementConfig {
  /** Whether each transport and worker is bound to one CPU. */
  pinCpus: boolean;
  /** The CPUs to use, as `0-3,8`; null for all that the process may use. */
  cpuList: string | null;
  lowTransportPriority: boolean;
}

export interface RunConfig {
  cluster: ClusterConfig;
  /** Shards that run in this process, ascending. */
  localShardIds: number[];
  clusterRole: ClusterRole;
  /** Worker threads per shard. */
  numThreads: number;
  transport: TransportConfig;
  onPeerLoss: PeerLossPolicy;
  /** How long a process waits at the start for those that host the other shards. */
  joinTimeoutSeconds: number;
  placement: PlacementConfig;
  terminalsPerWarehouse: number;
  /** Name of the workload, and the URL of the module that workers load. */
  workload: {
    name: string;
    moduleUrl: string;
    options: WorkloadOptions;
    /** Names of the options that the rows of the load depend on; absent where none does. */
    loadOptions?: readonly string[];
  };
  mix: MixConfig;
  pacing: PacingConfig;
  warmupSeconds: number;
  /** Whether that is the default, which depends on the cores of the machine. */
  warmupByDefault: boolean;
  runtimeSeconds: number;
  seed: number;
  /** Engine memory at which the run ends early, all partitions of the process together. */
  memoryLimitBytes: number;
  /** Whether the consistency conditions are checked after the run. */
  check: boolean;
  /** Where the JSON result goes: a path, `-` for stdout, or null for nowhere. */
  jsonPath: string | null;
  /** Folder of the CSV export, or null. */
  exportDir: string | null;
  /** Where what each transaction read and wrote goes, or null. */
  historyPath: string | null;
  /** How commits are made durable; absent where nothing is. */
  durability?: DurabilityConfig;
  /** Trouble that this process makes on purpose; absent without `--chaos`. */
  chaos?: ChaosEvent[];
  /** The databases that are measured; absent on the embedded engine. */
  database?: DatabaseConfig;
}

/** Databases that users run, one for each shard, and how they are used. Their passwords are not part of it. */
export interface DatabaseConfig {
  /** As in `--driver`. */
  driver: string;
  /** By shard: the database as a URL without its password. */
  places: string[];
  sqlMode: 'statements' | 'procedures';
  /** What transactions ask for; the report says what the server makes of it. */
  isolation: 'read uncommitted' | 'read committed' | 'repeatable read' | 'serializable';
  /** Null for the server's default. */
  schema: string | null;
  foreignKeys: boolean;
  /** Hash partitions of every table with a warehouse; 0 for plain tables. */
  partitions: number;
  prepareStatements: boolean;
  connectTimeoutSeconds: number;
  /** After which a statement without an answer counts as a lost connection. */
  statementTimeoutSeconds: number;
  /** Lost connections that a run survives. */
  maxErrors: number;
}

/**
 * `epoch`: transactions are acknowledged in groups, when the epoch that they belong to is durable. `sync`: the groups are as
 * small as the disk allows.
 */
export interface DurabilityConfig {
  mode: 'epoch' | 'sync';
  /** A folder for each shard is in it. */
  dataDir: string;
  epochMs: number;
  /** Size of a shard's log at which a snapshot is taken. */
  snapshotLogBytes: number;
  /** Where every acknowledged order goes as a line, or null. */
  acknowledgementsPath: string | null;
}

/** Options that a workload declares; numbers only, so that they print and compare plainly. */
export type WorkloadOptions = Record<string, number>;
