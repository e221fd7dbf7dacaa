/**
 * The transport of one shard: its port, its links to peer shards, and the frames between these and the shard's workers.
 * Runs on a thread of its own (`transport-thread.ts`), an event loop that must not block. It knows neither transactions
 * nor what the texts mean that it carries from main thread to main thread.
 */
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { assert } from '../../assert.ts';
import { Dialer } from './dialer.ts';
import { FrameDecoder } from './frame-decoder.ts';
import type { HandshakeOptions, HandshakeRole, PeerFacts, Refusal, RefusalReason } from './handshake.ts';
import { NONCE_BYTES } from './handshake-messages.ts';
import { refusalText } from './handshake-texts.ts';
import { Link } from './link.ts';
import { Listener } from './listener.ts';
import { RingPump } from './ring-pump.ts';
import { errorCode } from './socket-reasons.ts';
import { newCounters, type TransportCounters } from './transport-counters.ts';
import type { FromTransport, ToTransport, TransportStart } from './transport-messages.ts';

/** Further connections that are not let in are only counted: garbage must not fill the log. */
const TURNED_AWAY_LINES_MAX = 10;

export class Transport {
  private readonly start: TransportStart;
  private readonly shardId: number;
  private readonly post: (message: FromTransport) => void;
  private readonly osThreadId: number | null;
  private readonly counters: TransportCounters;
  /** By shard; null before there is a link, and after. */
  private readonly links: (Link | null)[] = [];
  private readonly pump: RingPump;
  private readonly listener: Listener;
  private readonly dialers: Dialer[];
  private readonly heartbeat: NodeJS.Timeout;
  /** Peers that had a link; there is no second one. */
  private readonly met = new Set<number>();
  private turnedAwayLines = 0;
  /** Runs from the beginning of a stop. */
  private stopTimer: NodeJS.Timeout | null = null;
  private hasEnded = false;

  /** @param post says something to the main thread */
  constructor(start: TransportStart, osThreadId: number | null, post: (message: FromTransport) => void) {
    const { address, peers, plumbing, limits, workersPerShard } = start;
    assert(plumbing.workers.length === workersPerShard, 'every worker has its rings');
    this.start = start;
    this.shardId = address.shardId;
    this.osThreadId = osThreadId;
    this.post = post;
    this.counters = newCounters(this.shardId);
    for (let i = Math.max(this.shardId, ...peers.map((peer) => peer.shardId)); i >= 0; i--) this.links.push(null);
    this.pump = new RingPump(this.shardId, plumbing, this.links, this.counters, limits, () => this.resumeLinks());
    this.listener = new Listener(
      {
        bound: (port) => this.bound(port),
        bindFailed: (error) => post({ kind: 'bindFailed', code: errorCode(error), reason: error.message }),
        linked: (peer, socket, facts, rest) => this.addLink(peer, socket, facts, rest),
        refused: (refusal) => this.refusedAccepted(refusal),
        turnedAway: (line) => this.logTurnedAway(line),
      },
      this.counters,
      limits,
      () => this.handshakeOptions('accept', this.shardId),
    );
    this.dialers = peers
      .filter((peer) => peer.shardId < this.shardId)
      .map((peer) => {
        const events = {
          linked: (shardId: number, socket: Socket, facts: PeerFacts, rest: Uint8Array) =>
            this.addLink(shardId, socket, facts, rest),
          refused: (shardId: number, refusal: Refusal) => this.postRefused(shardId, refusal),
          failed: (shardId: number, reason: string) => post({ kind: 'notLinked', shardId, reason }),
        };
        return new Dialer(peer, events, limits, () => this.handshakeOptions('connect', peer.shardId));
      });
    this.heartbeat = setInterval(() => {
      for (const link of this.links) link?.heartbeat();
    }, limits.heartbeatMs);
    this.listener.listen(address.host, address.port);
  }

  receive(message: ToTransport): void {
    switch (message.kind) {
      case 'connect':
        for (const dialer of this.dialers) dialer.start();
        return;
      case 'control':
        this.links[message.toShard]?.sendControl(message.text);
        return;
      case 'breakLinks':
        this.breakLinks(message.shardIds, message.reason);
        return;
      case 'counters':
        this.post({ kind: 'counters', counters: this.countersNow() });
        return;
      case 'stop':
        this.stop();
        return;
    }
  }

  private bound(port: number): void {
    this.post({ kind: 'bound', port, osThreadId: this.osThreadId });
    this.pump.schedule();
  }

  private handshakeOptions(role: HandshakeRole, peerShardId: number): Omit<HandshakeOptions, 'send'> {
    const { secret, facts } = this.start;
    const nonce = randomBytes(NONCE_BYTES);
    const refusalOf = (shardId: number) => this.refusalOf(role, shardId);
    return { role, shardId: this.shardId, peerShardId, secret, facts, nonce, refusalOf };
  }

  private refusalOf(role: HandshakeRole, peerShardId: number): RefusalReason | null {
    const { peers } = this.start;
    const isExpected = role === 'accept' ? peerShardId > this.shardId : peerShardId < this.shardId;
    if (!isExpected || !peers.some((peer) => peer.shardId === peerShardId)) return 'unexpectedShard';
    return this.met.has(peerShardId) ? 'alreadyLinked' : null;
  }

  private addLink(peerShardId: number, socket: Socket, facts: PeerFacts, rest: Uint8Array): void {
    const { workersPerShard, limits } = this.start;
    this.met.add(peerShardId);
    const decoder = new FrameDecoder(
      {
        workerFrame: (type, int32s, at, payloadWords) => this.pump.deliver(type, int32s, at, payloadWords),
        control: (text) => this.post({ kind: 'control', fromShard: peerShardId, text }),
        goodbye: () => link.goodbye(),
      },
      {
        payloadWordsMax: this.pump.payloadWordsMax,
        controlBytesMax: limits.controlBytesMax,
        workersPerShard,
        ownFirstWorker: this.shardId * workersPerShard,
        peerFirstWorker: peerShardId * workersPerShard,
      },
    );
    const link = new Link(
      peerShardId,
      socket,
      decoder,
      {
        received: () => this.received(link),
        written: () => this.pump.schedule(),
        faulty: (_, fault) => {
          this.counters.frameDrops[fault]++;
        },
        closed: (_, reason) => this.removeLink(link, reason),
      },
      this.counters,
      limits,
    );
    this.links[peerShardId] = link;
    this.post({ kind: 'linked', shardId: peerShardId, localShardIds: facts.localShardIds });
    link.receive(rest);
  }

  private received(link: Link): void {
    this.pump.flushWorkers();
    if (this.stopTimer === null && this.pump.backlogWordsMost > this.start.limits.backlogWordsMax) link.pause();
  }

  private resumeLinks(): void {
    if (this.pump.backlogWordsMost > this.start.limits.backlogWordsMax / 2) return;
    for (const link of this.links) if (link?.isPaused) link.resume();
  }

  private removeLink(link: Link, reason: string | null): void {
    const shardId = link.peerShardId;
    this.links[shardId] = null;
    if (this.stopTimer !== null) {
      this.endIfAlone();
      return;
    }
    // For workers it is the same whether the peer took its leave: whoever waits for it must hear.
    this.pump.deliverLinkDown(shardId);
    this.post(reason === null ? { kind: 'left', shardId } : { kind: 'lost', shardId, reason });
    // A frame may be held for it.
    this.pump.schedule();
  }

  private refusedAccepted(refusal: Refusal): void {
    const { peerShardId } = refusal;
    const name = peerShardId === null ? 'A connection' : `Shard ${peerShardId}`;
    this.logTurnedAway(`${name} was not let in by shard ${this.shardId}: it ${refusalText(refusal, this.shardId)}`);
    if (peerShardId === null || this.refusalOf('accept', peerShardId) !== null) return;
    // Whoever has the secret belongs to the cluster, and will not have another configuration on the next attempt.
    if (refusal.reason === 'agreement' || refusal.reason === 'overlap') this.postRefused(peerShardId, refusal);
    else this.post({ kind: 'notLinked', shardId: peerShardId, reason: `it ${refusalText(refusal, this.shardId)}` });
  }

  private postRefused(shardId: number, refusal: Refusal): void {
    this.post({ kind: 'refused', shardId, reason: refusalText(refusal, this.shardId) });
  }

  private logTurnedAway(line: string): void {
    if (this.turnedAwayLines === TURNED_AWAY_LINES_MAX) return;
    this.turnedAwayLines++;
    const isLast = this.turnedAwayLines === TURNED_AWAY_LINES_MAX;
    this.post({ kind: 'log', line: isLast ? `${line} (further connections are only counted)` : line });
  }

  private countersNow(): TransportCounters {
    const { frameDrops, connectionDrops } = this.counters;
    const counters = { ...this.counters, frameDrops: { ...frameDrops }, connectionDrops: { ...connectionDrops } };
    this.pump.addTo(counters);
    return counters;
  }

  private breakLinks(shardIds: readonly number[] | null, reason: string): void {
    if (shardIds === null) {
      this.listener.close();
      for (const dialer of this.dialers) dialer.stop();
    }
    for (const link of this.links) {
      if (link !== null && (shardIds === null || shardIds.includes(link.peerShardId))) link.destroy(reason);
    }
  }

  /** Ends every link in order; those whose peers do not answer in time, without it. */
  private stop(): void {
    if (this.stopTimer !== null) return;
    this.stopTimer = setTimeout(() => {
      for (const link of this.links) link?.destroy();
    }, this.start.limits.goodbyeTimeoutMs);
    this.listener.close();
    for (const dialer of this.dialers) dialer.stop();
    this.pump.drainAll();
    // Nothing may follow a goodbye.
    this.pump.stop();
    for (const link of this.links) {
      if (link?.isPaused) link.resume();
      link?.leave();
    }
    this.endIfAlone();
  }

  private endIfAlone(): void {
    if (this.hasEnded || this.stopTimer === null || this.links.some((link) => link !== null)) return;
    this.hasEnded = true;
    clearTimeout(this.stopTimer);
    clearInterval(this.heartbeat);
    this.post({ kind: 'stopped', counters: this.countersNow() });
  }
}
