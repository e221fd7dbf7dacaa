/**
 * The other processes of a run and the local transports, as the phases of a run need them: joined with a deadline, in step
 * with each other, and noticed when they are gone. A run in one process has none and is its own leader. Main thread.
 */
import type { RunConfig } from '../config/run-config.ts';
import { dbtestVersion } from '../config/version.ts';
import { EXIT, OperatingFault } from '../errors.ts';
import { initMultiShardTransports, type LocalShards, stopMultiShardTransports } from '../shard/shard-context.ts';
import type {
  MultiTransportManager,
  PeerShard,
  TransportCounters,
  TransportThread,
} from '../transport/multi-transport-manager.ts';
import { type Announcement, Cluster } from './cluster.ts';

/** What a process sent before one of its links broke still arrives by the others. */
const LOST_PROCESS_GRACE_MS = 500;

export interface PeersEvents {
  log(line: string): void;
  announced(announcement: Announcement): void;
  endRequested(reason: string): void;
  /** Another process has made epochs durable. */
  durable(process: number, epoch: number, tick: number): void;
  /** A shard whose process is gone, or one of this process that others of it cannot reach any more. */
  lost(shardId: number): void;
  /** A transport threw. */
  failed(error: unknown): void;
}

export class Peers {
  cluster: Cluster;
  /** Shards that cannot be reached any more. */
  readonly lostShards: number[] = [];
  private manager: MultiTransportManager | null = null;
  private readonly config: RunConfig;
  private readonly events: PeersEvents;
  /** Until then nobody is missed. */
  private finished = false;
  /** Every shard that is reached by TCP. */
  private linked: readonly PeerShard[] = [];
  private readonly timers: NodeJS.Timeout[] = [];

  constructor(config: RunConfig, events: PeersEvents) {
    this.config = config;
    this.events = events;
    this.cluster = this.clusterOf([]);
  }

  /** Starts the local transports. @throws OperatingFault (exit status 5) where a port is not to be had */
  async start(local: LocalShards, secret: string | null): Promise<void> {
    const { config, events } = this;
    this.manager = await initMultiShardTransports(config, local.contexts, secret, agreementOf(config), {
      log: events.log,
      control: (fromShard, text) => this.cluster.receive(fromShard, text),
      lost: (shardId, reason) => this.lose(shardId, reason),
      left: (shardId) => this.lose(shardId, 'its process has stopped'),
      failed: events.failed,
    });
  }

  /** Waits for the processes of all other shards. @throws OperatingFault that names who is missing or differs */
  async join(signal: AbortSignal): Promise<void> {
    const { config, manager } = this;
    if (manager === null) return;
    const elsewhere = config.cluster.shards.filter(({ shardId }) => !config.localShardIds.includes(shardId));
    if (elsewhere.length > 0) {
      const shards = elsewhere.map(({ shardId, host, port }) => `${shardId} (${host}:${port})`).join(', ');
      this.events.log(`Waiting up to ${config.joinTimeoutSeconds} s for shard ${shards}`);
    }
    this.linked = await manager.connect(config.joinTimeoutSeconds * 1000, signal);
    this.cluster = this.clusterOf(this.linked.filter(({ shardId }) => !config.localShardIds.includes(shardId)));
  }

  threadIds(): TransportThread[] {
    return this.manager?.threadIds() ?? [];
  }

  /** By local shard, flat: what its transport counted. */
  async counters(): Promise<Map<number, Record<string, number>>> {
    const all = (await this.manager?.counters()) ?? [];
    return new Map(all.map((counters) => [counters.shardId, flattened(counters)]));
  }

  /** Trouble on purpose: breaks all links of a local shard's transport. */
  stopTransport(shardId: number): void {
    this.manager?.breakLinks(shardId, null, 'the transport here was stopped on purpose');
  }

  /** For a run that has nothing to report without the lost shards. */
  lostFault(): OperatingFault {
    const shards = `shard${this.lostShards.length === 1 ? '' : 's'} ${this.lostShards.join(', ')}`;
    return new OperatingFault(
      'TRANSPORT',
      EXIT.connection,
      `${shards} was lost before the measurement: nothing to report; see what the log of its process says`,
    );
  }

  /** From now on a peer may go. */
  finish(): void {
    this.finished = true;
  }

  async stop(): Promise<void> {
    this.finished = true;
    for (const timer of this.timers) clearTimeout(timer);
    await stopMultiShardTransports(this.manager);
  }

  private clusterOf(peers: readonly PeerShard[]): Cluster {
    const { localShardIds } = this.config;
    const send = (toShard: number, text: string) => this.manager?.send(localShardIds[0], toShard, text);
    return new Cluster(localShardIds, peers, send, this.events);
  }

  private lose(shardId: number, reason: string): void {
    if (this.finished) return;
    if (this.config.localShardIds.includes(shardId)) {
      this.events.log(`Lost the link with shard ${shardId} of this process: ${reason}`);
    } else {
      this.lostShards.push(shardId);
      this.events.log(`Lost shard ${shardId}: ${reason}`);
      if (this.cluster.lose(shardId)) this.breakOtherLinks(shardId);
    }
    this.events.lost(shardId);
  }

  /** A process counts as a whole: whoever has lost one of its shards must not go on with the others. */
  private breakOtherLinks(lostShardId: number): void {
    const shardIds = this.linked.find((peer) => peer.shardId === lostShardId)?.localShardIds ?? [];
    const timer = setTimeout(() => {
      for (const local of this.config.localShardIds) {
        this.manager?.breakLinks(local, shardIds, 'another link with its process is lost');
      }
    }, LOST_PROCESS_GRACE_MS);
    this.timers.push(timer);
  }
}

/** What every process must have the same, with names that a user knows. */
function agreementOf(config: RunConfig): Record<string, string> {
  const { cluster, workload } = config;
  const addresses = cluster.shards.map(({ host, port }) => `${host}:${port}`);
  return {
    version: dbtestVersion(),
    shards: addresses.join(' '),
    warehouses: String(cluster.warehousesPerShard),
    'num-threads': String(config.numThreads),
    terminals: String(config.terminalsPerWarehouse),
    transport: config.transport.kind,
    'on-peer-loss': config.onPeerLoss,
    workload: workload.name,
    ...Object.fromEntries(Object.entries(workload.options).map(([name, value]) => [name, String(value)])),
    mix: JSON.stringify(config.mix),
    pacing: JSON.stringify(config.pacing),
    warmup: config.warmupByDefault ? 'default' : String(config.warmupSeconds),
    runtime: String(config.runtimeSeconds),
    seed: String(config.seed),
    check: String(config.check),
  };
}

/** Frames and drops of a transport under the names that a shard's counters have. */
function flattened(counters: TransportCounters): Record<string, number> {
  const { shardId: _, frameDrops, connectionDrops, ...rest } = counters;
  const flat: Record<string, number> = {};
  for (const [name, value] of Object.entries(rest)) {
    flat[name.startsWith('connections') ? name : `tcp${name[0].toUpperCase()}${name.slice(1)}`] = value;
  }
  let drops = 0;
  for (const [reason, value] of Object.entries(frameDrops)) {
    drops += value;
    if (value > 0) flat[`dropsBy_${reason}`] = value;
  }
  for (const [reason, value] of Object.entries(connectionDrops)) if (value > 0) flat[`refusedBy_${reason}`] = value;
  flat['frameDropsTotal'] = drops;
  return flat;
}
