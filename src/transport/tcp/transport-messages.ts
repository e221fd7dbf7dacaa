/** What the main thread and the thread of a transport say to each other. */
import type { PeerFacts } from './handshake.ts';
import type { TransportCounters } from './transport-counters.ts';
import type { TransportLimits } from './transport-limits.ts';

export interface ShardAddress {
  shardId: number;
  host: string;
  port: number;
}

/** The shared memory between a worker and its shard's transport. Rings are from `createRing`, doorbells from `createDoorbell`. */
export interface WorkerPlumbing {
  /** The worker's. */
  doorbell: SharedArrayBuffer;
  /** The worker produces, the transport consumes. */
  toTransport: SharedArrayBuffer;
  /** The transport produces, the worker consumes. Holds frames of LINK_DOWN_WORDS at least. */
  fromTransport: SharedArrayBuffer;
}

export interface ShardPlumbing {
  /** The transport's: workers ring it after they published (`ring`) and after they released (`ringForRoom`). */
  doorbell: SharedArrayBuffer;
  /** The shard's workers, by their index in the shard. */
  workers: readonly WorkerPlumbing[];
}

/** `workerData` of a transport's thread. */
export interface TransportStart {
  address: ShardAddress;
  /** Shards to be linked with. */
  peers: readonly ShardAddress[];
  workersPerShard: number;
  plumbing: ShardPlumbing;
  secret: string | null;
  facts: PeerFacts;
  limits: TransportLimits;
}

export type ToTransport =
  /** Connects to the peers with a lower shard id; the others connect to this one. */
  | { kind: 'connect' }
  | { kind: 'control'; toShard: number; text: string }
  /** Answered in the order of the requests. */
  | { kind: 'counters' }
  /** Breaks links, as a network would, and takes no others; of `shardIds`, or all. */
  | { kind: 'breakLinks'; shardIds: readonly number[] | null; reason: string }
  /** Ends all links in order, and the thread. */
  | { kind: 'stop' };

export type FromTransport =
  /** `osThreadId` is null where the system does not say. */
  | { kind: 'bound'; port: number; osThreadId: number | null }
  | { kind: 'bindFailed'; code: string; reason: string }
  | { kind: 'linked'; shardId: number; localShardIds: readonly number[] }
  /** Why there is no link to the peer yet. */
  | { kind: 'notLinked'; shardId: number; reason: string }
  /** There never will be a link to the peer. */
  | { kind: 'refused'; shardId: number; reason: string }
  | { kind: 'log'; line: string }
  | { kind: 'control'; fromShard: number; text: string }
  | { kind: 'lost'; shardId: number; reason: string }
  | { kind: 'left'; shardId: number }
  | { kind: 'counters'; counters: TransportCounters }
  | { kind: 'stopped'; counters: TransportCounters };
