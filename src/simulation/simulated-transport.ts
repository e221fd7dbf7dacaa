/**
 * The transport of one simulated shard. It moves frames between the rings of the shard's workers and the lines to other
 * shards, in bounded batches, and sleeps when there is nothing to move, as the one that real runs have does: rings,
 * backlogs and doorbells are theirs, only sockets and bytes are not there.
 */
import { assert } from '../assert.ts';
import { Doorbell, WOKEN } from '../transport/doorbell.ts';
import {
  FROM_WORKER,
  LINK_DOWN_TYPE,
  LINK_DOWN_WORDS,
  LOST_SHARD,
  NO_WORKER,
  TO_WORKER,
} from '../transport/envelope.ts';
import type { ShardPlumbing, WorkerPlumbing } from '../transport/multi-transport-manager.ts';
import { Outbox } from '../transport/outbox.ts';
import { RingConsumer } from '../transport/ring-consumer.ts';
import type { Frame, Line, Links } from './links.ts';

/** Frames taken from one worker in a turn. */
const DRAIN_MOST = 16;
const NONE = -1;

class Channel {
  readonly doorbell: Doorbell;
  readonly source: RingConsumer;
  readonly outbox: Outbox;
  /** Payload of a frame that was taken while its line had no room. */
  held = NONE;

  constructor(plumbing: WorkerPlumbing) {
    this.doorbell = new Doorbell(plumbing.doorbell);
    this.source = new RingConsumer(plumbing.toTransport);
    this.outbox = new Outbox(plumbing.fromTransport);
  }
}

export class SimulatedTransport {
  readonly shard: number;
  isLost = false;
  private readonly channels: Channel[];
  private readonly doorbell: Doorbell;
  private readonly links: Links;
  private readonly workersPerShard: number;
  private isAsleep = false;

  constructor(shard: number, plumbing: ShardPlumbing, links: Links) {
    this.shard = shard;
    this.links = links;
    this.channels = plumbing.workers.map((worker) => new Channel(worker));
    this.doorbell = new Doorbell(plumbing.doorbell);
    this.workersPerShard = plumbing.workers.length;
  }

  /** Whether it would take a turn: it is awake, or somebody has woken it. */
  get isRunnable(): boolean {
    return !this.isLost && (!this.isAsleep || this.doorbell.look() === WOKEN);
  }

  /** Frames that found the ring of their worker full, in all. */
  get spills(): number {
    return this.channels.reduce((sum, { outbox }) => sum + outbox.counters.spills, 0);
  }

  /** A line has got room, or broken: a frame may be held for it. */
  roomAgain(): void {
    if (this.channels.some(({ held }) => held !== NONE)) this.isAsleep = false;
  }

  /** @returns frames that it moved */
  turn(): number {
    this.doorbell.cancel();
    this.isAsleep = false;
    let moved = 0;
    for (const channel of this.channels) moved += this.drain(channel);
    for (const { outbox, doorbell } of this.channels) {
      if (outbox.backlogWords === 0 || !outbox.flush()) continue;
      doorbell.ring();
      moved++;
    }
    if (moved === 0) this.park();
    return moved;
  }

  /** Takes the next of a line: a frame goes to its worker, bad news to all of them. */
  deliver(line: Line): Frame | null {
    const frame = line.frames.shift() ?? null;
    if (frame === null) {
      line.owesNews = false;
      this.tellLinkDown(line.fromShard);
      this.roomAgain();
    } else this.pass(frame);
    for (const { outbox, doorbell } of this.channels) {
      if (outbox.flush()) doorbell.ring();
      // A sleep that was announced without a backlog does not end when there is room.
      if (outbox.backlogWords > 0) this.isAsleep = false;
    }
    return frame;
  }

  private pass({ type, int32s }: Frame): void {
    const channel = this.channels[int32s[TO_WORKER] - this.shard * this.workersPerShard];
    assert(channel !== undefined, 'a frame goes to a worker of the shard');
    const at = channel.outbox.claim(int32s.length / 2, type);
    channel.outbox.int32s.set(int32s, at);
  }

  private tellLinkDown(lostShard: number): void {
    this.channels.forEach(({ outbox }, index) => {
      const at = outbox.claim(LINK_DOWN_WORDS, LINK_DOWN_TYPE);
      outbox.int32s.fill(0, at, at + 2 * LINK_DOWN_WORDS);
      outbox.int32s[at + FROM_WORKER] = NO_WORKER;
      outbox.int32s[at + TO_WORKER] = this.shard * this.workersPerShard + index;
      outbox.int32s[at + LOST_SHARD] = lostShard;
    });
  }

  private drain(channel: Channel): number {
    const { source } = channel;
    const { int32s } = source;
    let at = channel.held === NONE ? source.next() : channel.held;
    channel.held = NONE;
    let frames = 0;
    while (at !== NONE) {
      const line = this.links.line(this.shard, Math.floor(int32s[at + TO_WORKER] / this.workersPerShard));
      assert(line !== undefined, 'a frame goes to a shard that is linked');
      if (!this.links.hasRoom(line)) {
        channel.held = at;
        break;
      }
      if (!line.isBroken)
        line.frames.push({ type: source.type, int32s: int32s.slice(at, at + 2 * source.payloadWords) });
      frames++;
      at = frames < DRAIN_MOST ? source.next() : NONE;
    }
    if (channel.held === NONE && source.release()) channel.doorbell.ringForRoom();
    return frames;
  }

  private park(): void {
    this.doorbell.announce(this.channels.some(({ outbox }) => outbox.backlogWords > 0));
    const hasWork = this.channels.some(
      ({ held, source, outbox }) => (held === NONE && source.hasNext()) || outbox.canRefill(),
    );
    if (hasWork) this.doorbell.cancel();
    else this.isAsleep = true;
  }
}
