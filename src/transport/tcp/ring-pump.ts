/**
 * Moves frames between the rings of a shard's workers and its links, and sleeps while there is nothing to move. It runs on
 * a transport's thread, in turns of its event loop: the workers' frames are taken in bounded batches, then every link
 * writes what it got at once. It knows nothing of how links come and go.
 */
import { assert } from '../../assert.ts';
import { Doorbell } from '../doorbell.ts';
import { FROM_WORKER, LINK_DOWN_TYPE, LINK_DOWN_WORDS, LOST_SHARD, NO_WORKER, TO_WORKER } from '../envelope.ts';
import { Outbox } from '../outbox.ts';
import { RingConsumer } from '../ring-consumer.ts';
import { capacityWordsOf, frameWordsMax, HEADER_WORDS } from '../ring-layout.ts';
import type { Link } from './link.ts';
import type { TransportCounters } from './transport-counters.ts';
import type { TransportLimits } from './transport-limits.ts';
import type { ShardPlumbing, WorkerPlumbing } from './transport-messages.ts';

/** A worker that goes on sending does not keep a transport from stopping. */
const DRAIN_ALL_ROUNDS_MAX = 1_000;

/** No frame is held. */
const NONE = -1;

/** One worker of the shard, as the transport sees it. */
class WorkerChannel {
  readonly doorbell: Doorbell;
  readonly source: RingConsumer;
  readonly outbox: Outbox;
  /** Payload of a frame that was taken from the ring while its link had no room. */
  held = NONE;

  constructor(plumbing: WorkerPlumbing) {
    this.doorbell = new Doorbell(plumbing.doorbell);
    this.source = new RingConsumer(plumbing.toTransport);
    this.outbox = new Outbox(plumbing.fromTransport);
  }
}

export class RingPump {
  /** The largest payload that fits into the ring of every worker. */
  readonly payloadWordsMax: number;
  private readonly channels: WorkerChannel[];
  private readonly doorbell: Doorbell;
  private readonly links: readonly (Link | null)[];
  private readonly workersPerShard: number;
  private readonly firstWorker: number;
  private readonly counters: TransportCounters;
  private readonly limits: TransportLimits;
  private readonly refilled: () => void;
  private isScheduled = false;
  private isStopped = false;

  /**
   * @param links by shard; null where there is none at the moment
   * @param refilled called when frames that had waited for room went to their worker
   */
  constructor(
    shardId: number,
    plumbing: ShardPlumbing,
    links: readonly (Link | null)[],
    counters: TransportCounters,
    limits: TransportLimits,
    refilled: () => void,
  ) {
    this.channels = plumbing.workers.map((worker) => new WorkerChannel(worker));
    this.doorbell = new Doorbell(plumbing.doorbell);
    this.links = links;
    this.workersPerShard = plumbing.workers.length;
    this.firstWorker = shardId * this.workersPerShard;
    this.counters = counters;
    this.limits = limits;
    this.refilled = refilled;
    const capacityWords = Math.min(...plumbing.workers.map((worker) => capacityWordsOf(worker.fromTransport)));
    this.payloadWordsMax = frameWordsMax(capacityWords) - HEADER_WORDS;
    assert(this.payloadWordsMax >= LINK_DOWN_WORDS, 'a ring holds the frame that tells of a lost link');
  }

  /** Makes sure that a turn comes, soon. */
  schedule(): void {
    if (this.isScheduled || this.isStopped) return;
    this.isScheduled = true;
    setImmediate(this.turn);
  }

  stop(): void {
    this.isStopped = true;
  }

  /** Passes a frame of a link on to its worker, to be seen after `flushWorkers`. */
  deliver(type: number, int32s: Int32Array, at: number, payloadWords: number): void {
    const { outbox } = this.channels[int32s[at + TO_WORKER] - this.firstWorker];
    const to = outbox.claim(payloadWords, type);
    const target = outbox.int32s;
    const length = payloadWords << 1;
    for (let i = 0; i < length; i++) target[to + i] = int32s[at + i];
    this.counters.framesIn++;
  }

  /** Tells every worker that a shard cannot be reached, behind all that was delivered. */
  deliverLinkDown(lostShardId: number): void {
    this.channels.forEach(({ outbox }, index) => {
      const to = outbox.claim(LINK_DOWN_WORDS, LINK_DOWN_TYPE);
      const target = outbox.int32s;
      target.fill(0, to, to + 2 * LINK_DOWN_WORDS);
      target[to + FROM_WORKER] = NO_WORKER;
      target[to + TO_WORKER] = this.firstWorker + index;
      target[to + LOST_SHARD] = lostShardId;
    });
    this.flushWorkers();
  }

  /** Publishes what was delivered. */
  flushWorkers(): void {
    const { channels } = this;
    let hasBacklog = false;
    for (let i = 0; i < channels.length; i++) {
      const { outbox, doorbell } = channels[i];
      if (outbox.flush()) doorbell.ring();
      if (outbox.backlogWords > 0) hasBacklog = true;
    }
    // A sleep that was announced without a backlog does not end when there is room.
    if (hasBacklog) this.schedule();
  }

  /** What waits for the worker that is furthest behind. */
  get backlogWordsMost(): number {
    const { channels } = this;
    let most = 0;
    for (let i = 0; i < channels.length; i++) most = Math.max(most, channels[i].outbox.backlogWords);
    return most;
  }

  /** Takes everything that the workers have published, as long as the links have room. */
  drainAll(): void {
    for (let round = 0; round < DRAIN_ALL_ROUNDS_MAX && this.drainWorkers(); round++);
    this.flushLinks();
  }

  /** Wakes, parks and spills of this thread. */
  addTo(counters: TransportCounters): void {
    counters.parks += this.doorbell.counters.parks;
    for (const { doorbell, outbox } of this.channels) {
      counters.wakesSent += doorbell.counters.wakesSent;
      counters.wakesSuppressed += doorbell.counters.wakesSuppressed;
      counters.ringFullSpills += outbox.counters.spills;
    }
  }

  private readonly turn = (): void => {
    this.isScheduled = false;
    if (this.isStopped) return;
    this.doorbell.cancel();
    const hasDrained = this.drainWorkers();
    this.flushLinks();
    const hasRefilled = this.refillWorkers();
    if (hasDrained || hasRefilled) this.schedule();
    else this.park();
  };

  private park(): void {
    this.doorbell.announce(this.backlogWordsMost > 0);
    if (this.hasWork()) this.schedule();
    else this.doorbell.parkAsync(this.woken);
  }

  private readonly woken = (): void => {
    if (!this.isScheduled) this.turn();
  };

  /** Looks again, after the announcement. */
  private hasWork(): boolean {
    const { channels } = this;
    for (let i = 0; i < channels.length; i++) {
      const { held, source, outbox } = channels[i];
      // A frame that is held waits for its link, whose write schedules a turn.
      if (held === NONE && source.hasNext()) return true;
      if (outbox.canRefill()) return true;
    }
    return false;
  }

  private drainWorkers(): boolean {
    const { channels } = this;
    let hasMoved = false;
    for (let i = 0; i < channels.length; i++) {
      if (this.drain(channels[i])) hasMoved = true;
    }
    return hasMoved;
  }

  private drain(channel: WorkerChannel): boolean {
    const { source } = channel;
    const { int32s } = source;
    const { links, workersPerShard, counters } = this;
    const framesMax = this.limits.drainFramesMax;
    let at = channel.held === NONE ? source.next() : channel.held;
    channel.held = NONE;
    let frames = 0;
    while (at !== NONE) {
      const link = links[Math.floor(int32s[at + TO_WORKER] / workersPerShard)];
      if (link === null) counters.frameDrops.linkLost++;
      else {
        assert(link !== undefined, 'a frame is for a worker of the cluster');
        if (!link.hasRoom) {
          channel.held = at;
          break;
        }
        link.addFrame(source.type, int32s, at, source.payloadWords);
        counters.framesOut++;
      }
      frames++;
      at = frames < framesMax ? source.next() : NONE;
    }
    // Its space, and that of the frames before it, stays taken while a frame is held.
    if (channel.held === NONE && source.release()) channel.doorbell.ringForRoom();
    return frames > 0;
  }

  private flushLinks(): void {
    const { links } = this;
    for (let i = 0; i < links.length; i++) links[i]?.flush();
  }

  /** Moves on what found its ring full. */
  private refillWorkers(): boolean {
    const { channels } = this;
    let hasMoved = false;
    for (let i = 0; i < channels.length; i++) {
      const { outbox, doorbell } = channels[i];
      if (outbox.backlogWords > 0 && outbox.flush()) {
        doorbell.ring();
        hasMoved = true;
      }
    }
    if (hasMoved) this.refilled();
    return hasMoved;
  }
}
