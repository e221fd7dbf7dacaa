/** Connects to one peer shard and tries again until it is there. It runs on a transport's thread. */
import { connect, type Socket } from 'node:net';
import type { HandshakeOptions, PeerFacts, Refusal } from './handshake.ts';
import { HandshakeConnection, type HandshakeEnd } from './handshake-connection.ts';
import type { TransportLimits } from './transport-limits.ts';
import type { ShardAddress } from './transport-messages.ts';

export interface DialerEvents {
  /** The receiver owns the socket from here on. */
  linked(peerShardId: number, socket: Socket, facts: PeerFacts, rest: Uint8Array): void;
  /** It will not try again. */
  refused(peerShardId: number, refusal: Refusal): void;
  /** It will try again. */
  failed(peerShardId: number, reason: string): void;
}

export class Dialer {
  private readonly peer: ShardAddress;
  private readonly events: DialerEvents;
  private readonly limits: TransportLimits;
  private readonly handshakeOptions: () => Omit<HandshakeOptions, 'send'>;
  private connection: HandshakeConnection | null = null;
  private retry: NodeJS.Timeout | null = null;
  private isStopped = false;

  /** @param handshakeOptions those of one more attempt */
  constructor(
    peer: ShardAddress,
    events: DialerEvents,
    limits: TransportLimits,
    handshakeOptions: () => Omit<HandshakeOptions, 'send'>,
  ) {
    this.peer = peer;
    this.events = events;
    this.limits = limits;
    this.handshakeOptions = handshakeOptions;
  }

  start(): void {
    if (this.isStopped || this.connection !== null) return;
    const { host, port } = this.peer;
    const socket = connect({ host, port, noDelay: true });
    // Also for the time when nobody else listens: an error without a listener ends the process.
    socket.on('error', () => {});
    this.connection = new HandshakeConnection(socket, this.handshakeOptions(), this.limits.handshakeTimeoutMs, (end) =>
      this.finish(socket, end),
    );
  }

  stop(): void {
    this.isStopped = true;
    this.connection?.abort();
    if (this.retry !== null) clearTimeout(this.retry);
  }

  private finish(socket: Socket, end: HandshakeEnd): void {
    const { events, peer } = this;
    if (end.kind === 'linked') {
      this.isStopped = true;
      this.connection = null;
      events.linked(peer.shardId, socket, end.facts, end.rest);
    } else if (end.kind === 'refused') {
      this.isStopped = true;
      this.connection = null;
      events.refused(peer.shardId, end);
    } else {
      events.failed(peer.shardId, failureText(end));
      this.retry = setTimeout(() => {
        this.connection = null;
        this.start();
      }, this.limits.retryMs);
    }
  }
}

function failureText(end: Exclude<HandshakeEnd, { kind: 'linked' | 'refused' }>): string {
  switch (end.kind) {
    case 'garbage':
      return 'what listens there does not speak the protocol of dbtest';
    case 'timeout':
      return 'no answer';
    case 'aborted':
      return end.reason;
  }
}
