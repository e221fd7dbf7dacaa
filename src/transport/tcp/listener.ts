/**
 * The port of a shard: takes connections, and hands those on that finish their handshake. Whatever else connects costs a
 * bounded amount of memory for a bounded time, and is counted. It runs on a transport's thread.
 */
import { createServer, type Server, type Socket } from 'node:net';
import type { HandshakeOptions, PeerFacts, Refusal } from './handshake.ts';
import { HandshakeConnection, type HandshakeEnd } from './handshake-connection.ts';
import type { TransportCounters } from './transport-counters.ts';
import type { TransportLimits } from './transport-limits.ts';

export interface ListenerEvents {
  bound(port: number): void;
  /** The port cannot be taken. */
  bindFailed(error: Error): void;
  /** The receiver owns the socket from here on. */
  linked(peerShardId: number, socket: Socket, facts: PeerFacts, rest: Uint8Array): void;
  refused(refusal: Refusal): void;
  /** Another connection was not let in, for the log. */
  turnedAway(line: string): void;
}

/** Connections that wait for the system to hand them over. */
const BACKLOG_CONNECTIONS = 511;

export class Listener {
  private readonly server: Server;
  private readonly events: ListenerEvents;
  private readonly counters: TransportCounters;
  private readonly limits: TransportLimits;
  private readonly handshakeOptions: () => Omit<HandshakeOptions, 'send'>;
  private readonly unfinished = new Set<HandshakeConnection>();

  /** @param handshakeOptions those of one more accepted connection */
  constructor(
    events: ListenerEvents,
    counters: TransportCounters,
    limits: TransportLimits,
    handshakeOptions: () => Omit<HandshakeOptions, 'send'>,
  ) {
    this.events = events;
    this.counters = counters;
    this.limits = limits;
    this.handshakeOptions = handshakeOptions;
    this.server = createServer({ noDelay: true }, (socket) => this.accept(socket));
  }

  listen(host: string, port: number): void {
    let isBound = false;
    this.server.on('error', (error) => {
      // Later errors concern single connections, which are gone then.
      if (!isBound) this.events.bindFailed(error);
    });
    this.server.listen({ host, port, exclusive: true, backlog: BACKLOG_CONNECTIONS }, () => {
      isBound = true;
      const address = this.server.address();
      this.events.bound(typeof address === 'object' && address !== null ? address.port : port);
    });
  }

  /** Frees the port and ends all unfinished handshakes. */
  close(): void {
    this.server.close();
    for (const connection of this.unfinished) connection.abort();
    this.unfinished.clear();
  }

  private accept(socket: Socket): void {
    const { counters, limits, unfinished } = this;
    // Also for the time when nobody else listens: an error without a listener ends the process.
    socket.on('error', () => {});
    if (unfinished.size >= limits.handshakesMax) {
      counters.connectionsRefused++;
      counters.connectionDrops.tooManyHandshakes++;
      socket.destroy();
      return;
    }
    const from = `${socket.remoteAddress}:${socket.remotePort}`;
    const connection: HandshakeConnection = new HandshakeConnection(
      socket,
      this.handshakeOptions(),
      limits.handshakeTimeoutMs,
      (end) => {
        unfinished.delete(connection);
        this.finish(socket, from, end);
      },
    );
    unfinished.add(connection);
  }

  private finish(socket: Socket, from: string, end: HandshakeEnd): void {
    const { counters, events } = this;
    if (end.kind === 'linked') {
      counters.connectionsAccepted++;
      events.linked(end.peerShardId, socket, end.facts, end.rest);
      return;
    }
    counters.connectionsRefused++;
    switch (end.kind) {
      case 'refused':
        counters.connectionDrops.handshakeRefused++;
        events.refused(end);
        return;
      case 'garbage':
        counters.connectionDrops.handshakeGarbage++;
        events.turnedAway(`Closed a connection from ${from} that does not speak the protocol of dbtest`);
        return;
      case 'timeout':
        counters.connectionDrops.handshakeTimeout++;
        events.turnedAway(`Closed a connection from ${from} that did not finish its handshake in time`);
        return;
      case 'aborted':
        counters.connectionDrops.handshakeAborted++;
        return;
    }
  }
}
