/** What anybody on the network may do to a port: no link is disturbed, everything is counted. Needs `npm run build`. */
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { encodeHello, NONCE_BYTES } from './handshake-messages.ts';
import { exchange } from './testing/exchange.ts';
import { FakePeer, shakeHands } from './testing/fake-peer.ts';
import { cluster, create, stopProcesses } from './testing/processes.ts';
import { localShards, type TestProcess } from './testing/test-process.ts';
import { until } from './testing/wait.ts';
import type { ConnectionDrops, FrameFault, TransportCounters } from './transport-counters.ts';
import { CONTROL, GOODBYE } from './wire-layout.ts';

const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await stopProcesses();
});

function open(port: number): Socket {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.on('error', () => {});
  socket.resume();
  sockets.push(socket);
  return socket;
}

/** Resolves when the other side has closed the connection. */
const closed = (socket: Socket) => new Promise((resolve) => socket.once('close', resolve));

const portOf = (process: TestProcess, shardId = 0) => {
  const line = process.lines.find((text) => text.startsWith('RrrRpcBackend')) as string;
  expect(process.worker(shardId)).toBeDefined();
  return Number(line.split(':').at(-1));
};

const hello = () => encodeHello({ from: 1, to: 0, hasSecret: false, nonce: new Uint8Array(NONCE_BYTES) });

/** `bytes` that look random and are the same in every run. */
function noise(length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed + 1;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

/** Runs `attack` while frames go both ways over the link, and checks that none is missing. */
async function underAttack(
  limits: Record<string, number>,
  attack: (port: number, process: TestProcess) => Promise<void>,
): Promise<TransportCounters> {
  const [first, second] = await cluster([[0], [1]], { capacityWords: 256, limits });
  let isOver = false;
  const traffic = async () => {
    do {
      await exchange([first.worker(0)], [second.worker(1)], 200);
      await exchange([second.worker(1)], [first.worker(0)], 200);
    } while (!isOver);
  };
  const attacking = attack(portOf(first), first).finally(() => {
    isOver = true;
  });
  await Promise.all([traffic(), attacking]);
  expect([first.lost, second.lost, first.failures, second.failures]).toEqual([[], [], [], []]);
  const counters = await first.counters();
  expect(Object.values(counters.frameDrops).every((count) => count === 0)).toBe(true);
  expect(counters.connectionsAccepted).toBe(1);
  return counters;
}

const drops = (counters: TransportCounters, some: Partial<ConnectionDrops>) => {
  const none = {
    handshakeGarbage: 0,
    handshakeTimeout: 0,
    handshakeRefused: 0,
    handshakeAborted: 0,
    tooManyHandshakes: 0,
  };
  expect(counters.connectionDrops).toEqual({ ...none, ...some });
  const total = Object.values(some).reduce((sum, count) => sum + count, 0);
  expect(counters.connectionsRefused).toBe(total);
};

describe('a port disturbed by', () => {
  it('random bytes', async () => {
    const counters = await underAttack({}, async (port) => {
      for (let seed = 0; seed < 20; seed++) {
        const socket = open(port);
        socket.write(noise(1 + seed * 3000, seed));
        await closed(socket);
      }
    });
    drops(counters, { handshakeGarbage: 20 });
  });

  it('huge lengths', async () => {
    const counters = await underAttack({}, async (port) => {
      for (const length of [2 ** 31 - 1, 2 ** 17, -1]) {
        const bytes = Buffer.from(hello());
        bytes.writeInt32LE(length, 12);
        const socket = open(port);
        socket.write(bytes);
        await closed(socket);
      }
    });
    drops(counters, { handshakeGarbage: 3 });
  });

  it('half a handshake, given up', async () => {
    const counters = await underAttack({}, async (port, process) => {
      for (const length of [0, 3, 16, 20]) {
        const socket = open(port);
        socket.end(hello().subarray(0, length));
        await closed(socket);
      }
      await until(async () => (await process.counters()).connectionsRefused === 4);
    });
    drops(counters, { handshakeAborted: 4 });
  });

  it('a slow writer', async () => {
    const counters = await underAttack({ handshakeTimeoutMs: 200 }, async (port) => {
      const socket = open(port);
      let at = 0;
      const timer = setInterval(() => {
        socket.write(hello().subarray(at, ++at));
      }, 20);
      await closed(socket);
      clearInterval(timer);
      expect(at).toBeGreaterThan(3);
    });
    drops(counters, { handshakeTimeout: 1 });
  });

  it('a thousand connections at once', async () => {
    const limits = { handshakeTimeoutMs: 400, handshakesMax: 16 };
    const counters = await underAttack(limits, async (port) => {
      await Promise.all(Array.from({ length: 1000 }, () => closed(open(port))));
    });
    expect(counters.connectionsRefused).toBe(1000);
    const { tooManyHandshakes, handshakeTimeout } = counters.connectionDrops;
    expect(tooManyHandshakes + handshakeTimeout).toBe(1000);
    expect(handshakeTimeout).toBeGreaterThanOrEqual(16);
    expect(tooManyHandshakes).toBeGreaterThan(500);
  });

  it('a handshake with another configuration or for a shard that is there', async () => {
    const counters = await underAttack({}, async (port, process) => {
      const attempts = [{}, { facts: { localShardIds: [1], agreement: { a: 'b' } } }, { peerShardId: 5 }];
      for (const attempt of attempts) expect((await shakeHands(port, 1, attempt)).end.kind).toBe('refused');
      expect((await shakeHands(port, 7)).end.kind).toBe('refused');
      await until(async () => (await process.counters()).connectionsRefused === 4);
      // The first few are in the log.
      expect(process.lines.filter((line) => line.includes('was not let in'))).toHaveLength(4);
    });
    drops(counters, { handshakeRefused: 4 });
  });

  it('more than the log should hold', async () => {
    const [process] = await cluster([[0], [1]]);
    for (let i = 0; i < 30; i++) {
      const socket = open(portOf(process));
      socket.write('garbage');
      await closed(socket);
    }
    const lines = process.lines.filter((line) => line.startsWith('Closed a connection'));
    expect(lines).toHaveLength(10);
    expect(lines[9]).toContain('further connections are only counted');
  });
});

describe('a peer that sends an invalid frame loses its link, and nobody else does', () => {
  const frame = (lengthBytes: number, type: number, ...payload: number[]) =>
    Buffer.from(Int32Array.from([lengthBytes, type, ...payload]).buffer);

  it.each<[FrameFault, Buffer]>([
    ['unknownType', frame(8, 9)],
    ['badLength', frame(12, 16)],
    ['oversized', frame(0x7ffffff8, 16)],
    ['wrongRecipient', frame(16, 16, 2, 1)],
    ['wrongSender', frame(16, 16, 1, 0)],
    ['afterGoodbye', Buffer.concat([frame(8, GOODBYE), frame(8, GOODBYE)])],
    ['oversized', frame(40, CONTROL, 24, 0, 0, 0, 0, 0, 0, 0)],
  ])('%s', async (fault, bytes) => {
    const shards = await localShards(3);
    const limits = { controlBytesMax: 16 };
    const [first, second] = await Promise.all([create(shards, [0], { limits }), create(shards, [1])]);
    await Promise.all([first.manager.start(), second.manager.start()]);
    const connecting = [first.manager.connect(10_000), second.manager.connect(10_000)];
    const peer = await FakePeer.connect(shards[0].port, 2);
    const other = await FakePeer.connect(shards[1].port, 2, { peerShardId: 1 });
    await Promise.all(connecting);
    peer.socket.write(bytes);
    await until(() => peer.isClosed);
    await until(() => first.lost.length + first.left.length === 1);
    if (fault === 'afterGoodbye') expect(first.left).toEqual([2]);
    else expect(first.lost).toEqual([{ shardId: 2, reason: `it sent an invalid frame (${fault})` }]);
    expect((await first.counters()).frameDrops[fault]).toBe(1);
    first.worker(0).receive();
    await exchange([first.worker(0)], [second.worker(1)], 100);
    await exchange([second.worker(1)], [first.worker(0)], 100);
    expect([first.failures, second.lost]).toEqual([[], []]);
    other.socket.destroy();
  });
});
