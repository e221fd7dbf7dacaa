/** A peer that speaks the protocol up to a point, and then does whatever a test wants. */
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { HandshakeOptions } from '../handshake.ts';
import { HandshakeConnection, type HandshakeEnd } from '../handshake-connection.ts';
import { NONCE_BYTES } from '../handshake-messages.ts';
import { SendBuffer } from '../send-buffer.ts';

export class FakePeer {
  readonly socket: Socket;
  readonly received: Buffer[] = [];
  receivedBytes = 0;
  isClosed = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.received.push(chunk);
      this.receivedBytes += chunk.length;
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.isClosed = true;
    });
  }

  /** Connects as shard `shardId` and shakes hands. Rejects when it is not let in. */
  static async connect(port: number, shardId: number, options: Partial<HandshakeOptions> = {}): Promise<FakePeer> {
    const { end, socket } = await shakeHands(port, shardId, options);
    if (end.kind !== 'linked') throw new Error(`not let in: ${JSON.stringify(end)}`);
    return new FakePeer(socket);
  }

  /** Sends one frame of a worker. */
  sendFrame(fromWorker: number, toWorker: number, type: number, content: readonly number[] = []): void {
    const buffer = new SendBuffer();
    buffer.addFrame(type, Int32Array.from([fromWorker, toWorker, ...content]), 0, 1 + content.length / 2);
    this.socket.write(buffer.take());
  }

  sendMark(type: number): void {
    const buffer = new SendBuffer();
    buffer.addMark(type);
    this.socket.write(buffer.take());
  }
}

/** Connects and tries to be let in. */
export function shakeHands(
  port: number,
  shardId: number,
  options: Partial<HandshakeOptions> = {},
): Promise<{ end: HandshakeEnd; socket: Socket }> {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.on('error', () => {});
  const defaults = {
    role: 'connect',
    shardId,
    peerShardId: 0,
    secret: null,
    facts: { localShardIds: [shardId], agreement: {} },
    nonce: new Uint8Array(NONCE_BYTES).fill(1),
    refusalOf: () => null,
  } as const;
  return new Promise((resolve) => {
    new HandshakeConnection(socket, { ...defaults, ...options }, 10_000, (end) => resolve({ end, socket }));
  });
}

/** A port on which something listens that is no transport. */
export async function listenOn(port: number, accept: (socket: Socket) => void): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    // Unread bytes would keep it open.
    socket.resume();
    accept(socket);
  });
  await new Promise<void>((resolve) => server.listen({ port, host: '127.0.0.1' }, resolve));
  return server;
}
