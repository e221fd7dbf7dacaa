/**
 * All message channels of one worker: a ring to and from every thread that it talks to, which is another worker of the
 * process or its shard's transport. Runs on the worker's thread; knows nothing of what messages mean.
 */
import { assert } from '../assert.ts';
import { Doorbell, type Sleeper } from '../transport/doorbell.ts';
import { FROM_WORKER, TO_WORKER } from '../transport/envelope.ts';
import { Outbox } from '../transport/outbox.ts';
import { RingConsumer } from '../transport/ring-consumer.ts';

/** One thread that a worker exchanges frames with. */
export interface PeerPlumbing {
  /** The workers that are reached through the thread: itself, or those behind a transport. */
  workers: number[];
  outbound: SharedArrayBuffer;
  inbound: SharedArrayBuffer;
  doorbell: SharedArrayBuffer;
}

/** The shared memory of one worker's channels; main makes it. */
export interface MailboxPlumbing {
  worker: number;
  doorbell: SharedArrayBuffer;
  peers: PeerPlumbing[];
  /** Instead of blocking the thread; only where several workers share one. */
  sleeper?: Sleeper;
  /** Stands in for the reading end of a ring, for frames that come late on purpose. */
  delayed?(ring: RingConsumer): FrameSource;
}

/** What a mailbox needs of the reading end of a ring. */
export type FrameSource = Pick<
  RingConsumer,
  'int32s' | 'float64s' | 'type' | 'payloadWords' | 'next' | 'hasNext' | 'release'
>;

/** Takes a frame in place: the views hold it until `receive` returns. */
export interface FrameReceiver {
  receive(type: number, int32s: Int32Array, float64s: Float64Array, at: number, payloadWords: number): void;
}

/** Frames of one source between two looks at the others. */
const DRAIN_MOST = 64;

/** What a worker's messages came to. */
export interface MailboxCounters {
  framesIn: number;
  framesOut: number;
  bytesIn: number;
  bytesOut: number;
  batchesOut: number;
  ringFullSpills: number;
  wakesSent: number;
  wakesSuppressed: number;
  parks: number;
}

class Peer {
  readonly outbox: Outbox;
  readonly source: FrameSource;
  readonly doorbell: Doorbell;
  /** Whether it has frames that are not sent. */
  pending = false;
  /** Whether it has been sent frames and not been woken for them. */
  unrung = false;

  constructor(plumbing: PeerPlumbing, delayed: MailboxPlumbing['delayed']) {
    this.outbox = new Outbox(plumbing.outbound);
    const ring = new RingConsumer(plumbing.inbound);
    this.source = delayed === undefined ? ring : delayed(ring);
    this.doorbell = new Doorbell(plumbing.doorbell);
  }
}

export class Mailbox {
  readonly worker: number;
  /** The views that the last `claim` is for. */
  int32s: Int32Array = new Int32Array(0);
  float64s: Float64Array = new Float64Array(0);
  private readonly peers: Peer[];
  /** By worker. */
  private readonly peerOf: (Peer | undefined)[] = [];
  private readonly doorbell: Doorbell;
  private readonly pending: Peer[] = [];
  private readonly unrung: Peer[] = [];
  private framesIn = 0;
  private wordsIn = 0;

  constructor(plumbing: MailboxPlumbing) {
    this.worker = plumbing.worker;
    this.doorbell = new Doorbell(plumbing.doorbell, plumbing.sleeper);
    this.peers = plumbing.peers.map((peer) => new Peer(peer, plumbing.delayed));
    plumbing.peers.forEach((peer, i) => {
      for (const worker of peer.workers) {
        while (this.peerOf.length <= worker) this.peerOf.push(undefined);
        this.peerOf[worker] = this.peers[i];
      }
    });
  }

  /**
   * Takes a frame for a worker, to be filled before the next call and sent by the next `flush` that finds room.
   * @returns where the payload, whose first word is filled, starts in `int32s`
   */
  claim(toWorker: number, type: number, payloadWords: number): number {
    const peer = this.peerOf[toWorker];
    assert(peer !== undefined, 'there is a channel to the worker');
    const { outbox } = peer;
    const at = outbox.claim(payloadWords, type);
    const { int32s } = outbox;
    this.int32s = int32s;
    this.float64s = outbox.float64s;
    int32s[at + FROM_WORKER] = this.worker;
    int32s[at + TO_WORKER] = toWorker;
    if (!peer.pending) {
      peer.pending = true;
      this.pending.push(peer);
    }
    return at;
  }

  /** Sends what was claimed; `ring` wakes who sleeps. What finds no room waits for the next call. */
  flush(): void {
    const { pending } = this;
    let kept = 0;
    for (let i = 0; i < pending.length; i++) {
      const peer = pending[i];
      if (peer.outbox.flush() && !peer.unrung) {
        peer.unrung = true;
        this.unrung.push(peer);
      }
      if (peer.outbox.backlogWords > 0) pending[kept++] = peer;
      else peer.pending = false;
    }
    pending.length = kept;
  }

  /** Whether somebody was sent frames and not woken for them. */
  get hasUnrung(): boolean {
    return this.unrung.length > 0;
  }

  /** Wakes everybody who was sent frames since the last call. Due before this thread sleeps, at the latest. */
  ring(): void {
    const { unrung } = this;
    for (let i = 0; i < unrung.length; i++) {
      unrung[i].unrung = false;
      unrung[i].doorbell.ring();
    }
    unrung.length = 0;
  }

  /** Hands over a bounded number of frames of each source. @returns how many */
  drain(receiver: FrameReceiver): number {
    const { peers } = this;
    let frames = 0;
    for (let i = 0; i < peers.length; i++) {
      const { source, doorbell } = peers[i];
      let at = source.next();
      if (at < 0) continue;
      let taken = 0;
      while (at >= 0) {
        this.wordsIn += source.payloadWords + 1;
        receiver.receive(source.type, source.int32s, source.float64s, at, source.payloadWords);
        taken++;
        at = taken < DRAIN_MOST ? source.next() : -1;
      }
      frames += taken;
      if (source.release()) doorbell.ringForRoom();
    }
    this.framesIn += frames;
    return frames;
  }

  /**
   * Sleeps until a frame arrives, somebody rings, or the time is over. Call after `flush` and `ring`.
   * @param stayAwake looked at after the announcement: what would otherwise be missed
   */
  park(timeoutMs: number, stayAwake: () => boolean): void {
    const { doorbell, peers } = this;
    doorbell.announce(this.pending.length > 0);
    for (let i = 0; i < peers.length; i++) {
      if (peers[i].source.hasNext() || peers[i].outbox.canRefill()) {
        doorbell.cancel();
        return;
      }
    }
    if (stayAwake()) doorbell.cancel();
    else doorbell.park(timeoutMs);
  }

  /** Whether a frame is there, without taking it: what a short spin looks at. */
  hasFrames(): boolean {
    const { peers } = this;
    for (let i = 0; i < peers.length; i++) if (peers[i].source.hasNext()) return true;
    return false;
  }

  get counters(): MailboxCounters {
    const counters: MailboxCounters = {
      framesIn: this.framesIn,
      framesOut: 0,
      bytesIn: this.wordsIn * 8,
      bytesOut: 0,
      batchesOut: 0,
      ringFullSpills: 0,
      wakesSent: 0,
      wakesSuppressed: 0,
      parks: this.doorbell.counters.parks,
    };
    for (const { outbox, doorbell } of this.peers) {
      counters.framesOut += outbox.counters.frames;
      counters.bytesOut += outbox.counters.bytes;
      counters.batchesOut += outbox.counters.batches;
      counters.ringFullSpills += outbox.counters.spills;
      counters.wakesSent += doorbell.counters.wakesSent;
      counters.wakesSuppressed += doorbell.counters.wakesSuppressed;
    }
    return counters;
  }
}
