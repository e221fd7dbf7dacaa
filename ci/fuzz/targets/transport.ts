/** The port of a shard as the network sees it: a real transport on a free port, with strangers and with peers that went mad. */
import { connect, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { createDoorbell, Doorbell } from '../../../src/transport/doorbell.ts';
import { FROM_WORKER, LINK_DOWN_TYPE, TO_WORKER } from '../../../src/transport/envelope.ts';
import { RingConsumer } from '../../../src/transport/ring-consumer.ts';
import { createRing } from '../../../src/transport/ring-layout.ts';
import { HandshakeConnection, type HandshakeEnd } from '../../../src/transport/tcp/handshake-connection.ts';
import { encodeHello, NONCE_BYTES } from '../../../src/transport/tcp/handshake-messages.ts';
import { Transport } from '../../../src/transport/tcp/transport.ts';
import { DEFAULT_LIMITS } from '../../../src/transport/tcp/transport-limits.ts';
import type { FromTransport } from '../../../src/transport/tcp/transport-messages.ts';
import { check, type FuzzTarget, type OpenTarget } from '../fuzz-target.ts';
import { encodeFrames } from './frames.ts';

/** The first byte of an input: bit 0, the handshake is done before the rest; bit 1, it ends with a reset. */
const IS_PEER = 1;
const RESETS = 2;
/** The second byte of an input: how many bytes are written at a time; 0 for all. */
const PREFIX_BYTES = 2;

/** Each has one link in the life of a transport; then there is a new one. */
const PEERS = 32;
const HOST = '127.0.0.1';
const PATIENCE_MS = 5_000;
const LIMITS = { ...DEFAULT_LIMITS, handshakeTimeoutMs: 1_000, controlBytesMax: 2 ** 18, goodbyeTimeoutMs: 200 };

/** Shard 0 with one worker, whose frames are taken here. */
class Port {
  readonly messages: FromTransport[] = [];
  port = 0;
  linksLeft = PEERS;
  connections = 0;
  private readonly transport: Transport;
  private readonly source: RingConsumer;
  private readonly doorbell: Doorbell;

  private constructor() {
    const plumbing = { doorbell: createDoorbell(), doorbells: createDoorbell() };
    const fromTransport = createRing(64);
    this.source = new RingConsumer(fromTransport);
    this.doorbell = new Doorbell(plumbing.doorbell);
    const address = { shardId: 0, host: HOST, port: 0 };
    const peers = Array.from({ length: PEERS }, (_, i) => ({ shardId: 1 + i, host: HOST, port: 1 }));
    const worker = { doorbell: plumbing.doorbells, toTransport: createRing(64), fromTransport };
    const start = {
      address,
      peers,
      workersPerShard: 1,
      plumbing: { doorbell: plumbing.doorbell, workers: [worker] },
      secret: null,
      facts: { localShardIds: [0], agreement: {} },
      limits: LIMITS,
    };
    this.transport = new Transport(start, null, (message) => this.messages.push(message));
  }

  static async open(): Promise<Port> {
    const port = new Port();
    const bound = await port.heard('bound');
    port.port = bound.port;
    return port;
  }

  /** Waits for a message, and forgets those before it. */
  async heard<Kind extends FromTransport['kind']>(...kinds: Kind[]): Promise<Extract<FromTransport, { kind: Kind }>> {
    const deadlineMs = performance.now() + PATIENCE_MS;
    for (;;) {
      const at = this.messages.findIndex(({ kind }) => (kinds as string[]).includes(kind));
      if (at >= 0) return this.messages.splice(0, at + 1)[at] as Extract<FromTransport, { kind: Kind }>;
      check(performance.now() < deadlineMs, `the transport does not say: ${kinds.join(' or ')}`);
      await turn();
    }
  }

  /** Takes the worker's frames. @param fromWorker the only one that may send any */
  drain(fromWorker: number): void {
    const { source } = this;
    for (let at = source.next(); at >= 0; at = source.next()) {
      check(source.int32s[at + TO_WORKER] === 0, 'a frame came for another worker');
      const from = source.int32s[at + FROM_WORKER];
      check(source.type === LINK_DOWN_TYPE || from === fromWorker, 'a frame came from nobody who may send it');
    }
    if (source.release()) this.doorbell.ringForRoom();
  }

  /** Whether every connection is accounted for, and the transport still answers. */
  async checkCounters(): Promise<void> {
    this.transport.receive({ kind: 'counters' });
    const { counters } = await this.heard('counters');
    const finished = counters.connectionsAccepted + counters.connectionsRefused;
    check(finished === this.connections, `${this.connections} connections, but ${finished} are counted`);
    const refusals = Object.values(counters.connectionDrops).reduce((sum, count) => sum + count, 0);
    check(refusals === counters.connectionsRefused, 'a refused connection has no reason');
  }

  async close(): Promise<void> {
    this.transport.receive({ kind: 'stop' });
    await this.heard('stopped');
  }
}

function shakeHands(socket: Socket, shardId: number): Promise<HandshakeEnd> {
  const options = {
    role: 'connect',
    shardId,
    peerShardId: 0,
    secret: null,
    facts: { localShardIds: [shardId], agreement: {} },
    nonce: new Uint8Array(NONCE_BYTES).fill(1),
    refusalOf: () => null,
  } as const;
  return new Promise((resolve) => new HandshakeConnection(socket, options, PATIENCE_MS, resolve));
}

async function attack(port: Port, input: Uint8Array): Promise<void> {
  const flags = input[0] ?? 0;
  const stream = input.subarray(PREFIX_BYTES);
  const step = input[1] || Math.max(1, stream.length);
  const shardId = (flags & IS_PEER) !== 0 ? 1 + PEERS - port.linksLeft : -1;
  port.connections++;
  const socket = connect({ port: port.port, host: HOST, noDelay: true });
  let isClosed = false;
  socket.on('error', () => {});
  socket.on('close', () => {
    isClosed = true;
  });
  await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve));
  if (shardId > 0) {
    port.linksLeft--;
    const end = await shakeHands(socket, shardId);
    check(end.kind === 'linked', `a peer is not let in: ${end.kind}`);
  }
  socket.resume();
  for (let at = 0; at < stream.length && !socket.destroyed; at += step) {
    socket.write(stream.subarray(at, at + step));
    if (step < stream.length && at % (64 * step) === 0) await turn();
  }
  const resets = (flags & RESETS) !== 0;
  if (resets) socket.resetAndDestroy();
  else socket.end();
  const deadlineMs = performance.now() + PATIENCE_MS;
  while (!isClosed) {
    port.drain(shardId);
    check(performance.now() < deadlineMs, 'a connection stays open that has ended');
    await turn();
  }
  if (shardId > 0) {
    while (!port.messages.some(({ kind }) => kind === 'lost' || kind === 'left')) {
      port.drain(shardId);
      check(performance.now() < deadlineMs, 'a link stays that has ended');
      await turn();
    }
  }
  port.drain(shardId);
  // A connection that is reset may be gone before it is accepted.
  if (!resets) await port.checkCounters();
}

const hello = encodeHello({ from: 1, to: 0, hasSecret: false, nonce: new Uint8Array(NONCE_BYTES) });
const frames = [
  encodeFrames([{ kind: 'heartbeat' }]),
  encodeFrames([{ kind: 'goodbye' }]),
  encodeFrames([{ kind: 'control', text: '{"kind":"end"}' }]),
  ...[1, 2, 3].map((from) => encodeFrames([{ kind: 'frame', type: 16, payload: [from, 0, 1, 2] }])),
];

export const TRANSPORT: FuzzTarget = {
  name: 'transport',
  describe: 'Transport on a free port: connections before and after the handshake',
  bytesMax: 20_000,
  dictionary: [hello, ...frames],
  guidedBy: /\/src\/transport\//,
  knownFailures: [],
  seeds: () =>
    [0, IS_PEER, RESETS, IS_PEER | RESETS].flatMap((flags) =>
      [0, 3].map((step) =>
        Buffer.concat([Uint8Array.of(flags, step), (flags & IS_PEER) === 0 ? hello : Buffer.concat(frames)]),
      ),
    ),
  open: async (): Promise<OpenTarget> => {
    let port = await Port.open();
    return {
      execute: async (input) => {
        try {
          await attack(port, input);
        } catch (error) {
          port.linksLeft = 0;
          throw error;
        } finally {
          if (port.linksLeft === 0) {
            await port.close();
            port = await Port.open();
          }
        }
      },
      close: () => port.close(),
    };
  },
};
