/**
 * Creates, wires, starts and stops the transports of the shards that this process runs, each on a thread of its own, and
 * tells the main thread what happens to the links with other shards. Runs on the main thread and never blocks it. It
 * knows neither what workers say to each other nor what the main threads of a cluster do.
 */
import { assert } from '../assert.ts';
import { fitsHandshake } from './tcp/handshake.ts';
import {
  bindFault,
  endianFault,
  interruptedFault,
  missingFault,
  stoppedFault,
  unlinkedFault,
} from './tcp/manager-faults.ts';
import { MissingLinks } from './tcp/missing-links.ts';
import type { TransportCounters } from './tcp/transport-counters.ts';
import { TransportHandle } from './tcp/transport-handle.ts';
import { DEFAULT_LIMITS, type TransportLimits } from './tcp/transport-limits.ts';
import type { FromTransport, ShardAddress, ShardPlumbing } from './tcp/transport-messages.ts';

export type { ConnectionDrops, FrameDrops, TransportCounters } from './tcp/transport-counters.ts';
export type { TransportLimits } from './tcp/transport-limits.ts';
export type { ShardAddress, ShardPlumbing, WorkerPlumbing } from './tcp/transport-messages.ts';

/**
 * Between which shards frames travel by TCP: those of different processes (`auto`), none (`shm`), or all (`tcp`). The
 * caller gives its workers the matching rings.
 */
export type TransportMode = 'auto' | 'shm' | 'tcp';

export interface MultiTransportOptions {
  /** All shards of the cluster. */
  shards: readonly ShardAddress[];
  /** The shards that this process runs, with the memory between their workers and their transport. */
  localShards: readonly { shardId: number; plumbing: ShardPlumbing }[];
  /** A worker's number in the cluster is shard id * workersPerShard + its index in the shard. */
  workersPerShard: number;
  mode: TransportMode;
  /** Proved to every peer; null without one. */
  secret: string | null;
  /** What must be the same in every process. */
  agreement: Readonly<Record<string, string>>;
  limits?: Partial<TransportLimits>;
}

export interface MultiTransportEvents {
  log(line: string): void;
  /** A text from the main thread of another process. It may come before `connect` has resolved here. */
  control(fromShard: number, text: string): void;
  /** A peer shard is gone; its workers will not be heard again, and the own ones got LINK_DOWN. Once a shard. */
  lost(shardId: number, reason: string): void;
  /** A peer shard ended its link in order: its process stops. Workers are not told. Once a shard. */
  left(shardId: number): void;
  /** A transport's thread threw. Once. */
  failed(error: unknown): void;
}

/** A shard that is reached by TCP. */
export interface PeerShard {
  shardId: number;
  /** The shards of its process. */
  localShardIds: readonly number[];
}

/** The thread of a transport, by the system's number; null where the system does not say. */
export interface TransportThread {
  shardId: number;
  tid: number | null;
}

/** What `connect` waits for. */
interface Waiting {
  resolve(): void;
  reject(error: unknown): void;
}

export class MultiTransportManager {
  private readonly options: MultiTransportOptions;
  private readonly events: MultiTransportEvents;
  private readonly addresses: ReadonlyMap<number, ShardAddress>;
  private handles: TransportHandle[] = [];
  private tids: TransportThread[] = [];
  private readonly peers = new Map<number, PeerShard>();
  private readonly missing = new MissingLinks();
  private readonly gone = new Set<number>();
  private waiting: Waiting | null = null;
  /** What makes the links impossible: the error of a thread that failed before anything else. */
  private fault: unknown = null;
  private hasFailed = false;
  private isStarting = false;
  private stopping: Promise<void> | null = null;

  constructor(options: MultiTransportOptions, events: MultiTransportEvents) {
    const { shards, localShards, agreement } = options;
    this.options = options;
    this.events = events;
    this.addresses = new Map(shards.map((shard) => [shard.shardId, shard]));
    assert(localShards.length > 0, 'a process runs a shard');
    assert(
      this.localShardIds.every((shardId) => this.addresses.has(shardId)),
      'local shards belong to the cluster',
    );
    assert(options.mode !== 'shm' || localShards.length === shards.length, 'rings reach the shards of one process');
    assert(fitsHandshake({ localShardIds: this.localShardIds, agreement }), 'the agreement fits into a handshake');
  }

  /**
   * Starts a thread for every local shard and waits until all of them listen. When one cannot, all are ended again.
   * @throws OperatingFault (exit status 5) that names shard, address and what to do
   */
  async start(): Promise<void> {
    assert(this.handles.length === 0 && !this.isStarting, 'a manager starts once');
    if (this.stopping !== null) throw stoppedFault();
    const { events } = this;
    const { localShards } = this.options;
    const fault = endianFault();
    if (fault !== null) throw fault;
    this.isStarting = true;
    events.log(`MultiTransportManager: Initializing ${localShards.length} transports`);
    this.handles = localShards.map(({ shardId, plumbing }) => this.spawn(shardId, plumbing));
    try {
      await this.awaitBound();
    } catch (error) {
      // A thread that is stopped before it knows whether it can listen ends with an error of its own.
      const isStopped = this.stopping !== null;
      await this.end(false);
      throw isStopped ? stoppedFault() : error;
    } finally {
      this.isStarting = false;
    }
    events.log(`MultiTransportManager: All ${localShards.length} event loop threads spawned`);
  }

  /**
   * Links the local shards with their peers and waits until all links are up.
   * @param timeoutMs from now
   * @param signal ends the wait
   * @returns the shards that are reached by TCP
   * @throws OperatingFault (exit status 5) that names the shards that are missing, or why a link is impossible; with exit
   *   status 130 after `signal`
   */
  async connect(timeoutMs: number, signal?: AbortSignal): Promise<PeerShard[]> {
    assert(
      (this.handles.length > 0 || this.stopping !== null) && this.waiting === null,
      'links are made once, after a start',
    );
    for (const handle of this.handles) handle.post({ kind: 'connect' });
    await this.awaitLinks(timeoutMs, signal);
    return [...this.peers.values()].sort((left, right) => left.shardId - right.shardId);
  }

  /** Sends a text to the main thread of the process of `toShard`, by the transport of a local shard. A lost shard gets nothing. */
  send(fromShard: number, toShard: number, text: string): void {
    const handle = this.handles.find(({ address }) => address.shardId === fromShard);
    assert(handle !== undefined, `shard ${fromShard} runs in this process`);
    assert(Buffer.byteLength(text) <= this.limits.controlBytesMax, 'a text is within the limit');
    handle.post({ kind: 'control', toShard, text });
  }

  /**
   * Breaks links of a local shard's transport, as a network would: `events.lost` follows here and at the peers.
   * @param toShards the shards at the other ends; null for all, and the transport takes no others then
   * @param reason what `lost` says here
   */
  breakLinks(shardId: number, toShards: readonly number[] | null, reason: string): void {
    const handle = this.handles.find(({ address }) => address.shardId === shardId);
    assert(handle !== undefined, `shard ${shardId} runs in this process`);
    handle.post({ kind: 'breakLinks', shardIds: toShards, reason });
  }

  /** Of every local shard, as of now; after `stop` those of the end. */
  counters(): Promise<TransportCounters[]> {
    return Promise.all(this.handles.map((handle) => handle.counters()));
  }

  threadIds(): TransportThread[] {
    return [...this.tids];
  }

  /** Ends all links in order, frees the ports and joins the threads, in a bounded time. Never rejects; safe at any time. */
  stop(): Promise<void> {
    return this.end(this.handles.length > 0);
  }

  private end(isLogged: boolean): Promise<void> {
    this.stopping ??= this.endThreads(isLogged);
    return this.stopping;
  }

  private async endThreads(isLogged: boolean): Promise<void> {
    this.waiting?.reject(stoppedFault());
    await Promise.all(this.handles.map((handle) => handle.stop()));
    if (isLogged) this.events.log('MultiTransportManager: All transports stopped');
  }

  private get localShardIds(): number[] {
    return this.options.localShards.map(({ shardId }) => shardId);
  }

  private get limits(): TransportLimits {
    return { ...DEFAULT_LIMITS, ...this.options.limits };
  }

  private addressOf(shardId: number): ShardAddress {
    return this.addresses.get(shardId) as ShardAddress;
  }

  private peersOf(shardId: number): ShardAddress[] {
    const { mode, shards } = this.options;
    const local = new Set(this.localShardIds);
    if (mode === 'shm') return [];
    return shards.filter((shard) => shard.shardId !== shardId && (mode === 'tcp' || !local.has(shard.shardId)));
  }

  private spawn(shardId: number, plumbing: ShardPlumbing): TransportHandle {
    const { workersPerShard, secret, agreement } = this.options;
    const peers = this.peersOf(shardId);
    for (const peer of peers) this.missing.add(shardId, peer);
    return new TransportHandle(
      {
        address: this.addressOf(shardId),
        peers,
        workersPerShard,
        plumbing,
        secret,
        facts: { localShardIds: this.localShardIds, agreement },
        limits: this.limits,
      },
      {
        message: (handle, message) => this.receive(handle.address.shardId, message),
        failed: (_, error) => this.fail(error),
      },
    );
  }

  private async awaitBound(): Promise<void> {
    const failures: { address: ShardAddress; code: string; reason: string }[] = [];
    for (const { address, bound } of this.handles) {
      const result = await bound;
      if (this.stopping !== null) throw stoppedFault();
      if ('code' in result) failures.push({ address, ...result });
      else if (failures.length === 0) {
        this.tids.push({ shardId: address.shardId, tid: result.osThreadId });
        this.events.log(`RrrRpcBackend initialized on ${address.host}:${result.port}`);
        this.events.log(`MultiTransportManager: Event loop thread started for shard ${address.shardId}`);
      }
    }
    if (failures.length > 0) throw bindFault(failures);
    if (this.hasFailed) throw this.fault;
  }

  private async awaitLinks(timeoutMs: number, signal: AbortSignal | undefined): Promise<void> {
    if (this.stopping !== null) throw stoppedFault();
    if (this.fault !== null) throw this.fault;
    if (this.missing.count === 0) return;
    const abort = () => this.waiting?.reject(interruptedFault(this.missing));
    const timer = setTimeout(() => this.waiting?.reject(missingFault(this.missing, timeoutMs)), timeoutMs);
    try {
      await new Promise<void>((resolve, reject) => {
        this.waiting = { resolve, reject };
        signal?.addEventListener('abort', abort);
        if (signal?.aborted) abort();
      });
    } finally {
      this.waiting = null;
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    }
  }

  private receive(shardId: number, message: FromTransport): void {
    const { events } = this;
    if (this.stopping !== null) return;
    switch (message.kind) {
      case 'linked':
        this.linked(shardId, message.shardId, message.localShardIds);
        return;
      case 'notLinked':
        this.missing.explain(shardId, message.shardId, message.reason);
        return;
      case 'refused':
        this.failLinks(unlinkedFault(this.addressOf(message.shardId), message.reason));
        return;
      case 'control':
        events.control(message.fromShard, message.text);
        return;
      case 'lost':
      case 'left':
        this.unlinked(message.shardId, message.kind === 'lost' ? message.reason : null);
        return;
      case 'log':
        events.log(message.line);
        return;
    }
  }

  private linked(shardId: number, peerShardId: number, localShardIds: readonly number[]): void {
    this.missing.remove(shardId, peerShardId);
    if (!this.peers.has(peerShardId)) {
      this.peers.set(peerShardId, { shardId: peerShardId, localShardIds });
      const { host, port } = this.addressOf(peerShardId);
      this.events.log(`Connected to shard ${peerShardId} on ${host}:${port}`);
    }
    if (this.missing.count === 0) this.waiting?.resolve();
  }

  private unlinked(shardId: number, reason: string | null): void {
    if (this.gone.has(shardId)) return;
    this.gone.add(shardId);
    const text = reason === null ? 'it has stopped' : reason;
    this.failLinks(unlinkedFault(this.addressOf(shardId), `is gone again: ${text}`));
    if (reason === null) this.events.left(shardId);
    else this.events.lost(shardId, reason);
  }

  private failLinks(fault: unknown): void {
    this.fault ??= fault;
    this.waiting?.reject(fault);
  }

  private fail(error: unknown): void {
    if (this.hasFailed) return;
    this.hasFailed = true;
    this.fault = null;
    this.failLinks(error);
    // Before that, `start` throws it.
    if (!this.isStarting) this.events.failed(error);
  }
}
