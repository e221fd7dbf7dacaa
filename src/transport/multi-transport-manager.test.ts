/** Managers with real threads; two of them in this process are two processes to each other. Needs `npm run build`. */
import type { Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { exchange } from './tcp/testing/exchange.ts';
import { listenOn } from './tcp/testing/fake-peer.ts';
import { cluster, create, stopProcesses } from './tcp/testing/processes.ts';
import { localShards, transportThreads } from './tcp/testing/test-process.ts';
import { isFree, until } from './tcp/testing/wait.ts';

const servers: Server[] = [];

afterEach(async () => {
  await stopProcesses();
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

describe('start', () => {
  it('says what it does, in the words that scripts look for', async () => {
    const shards = await localShards(2);
    const process = await create(shards, [0, 1], { mode: 'shm' });
    await process.manager.start();
    expect(process.lines).toEqual([
      'MultiTransportManager: Initializing 2 transports',
      `RrrRpcBackend initialized on 127.0.0.1:${shards[0].port}`,
      'MultiTransportManager: Event loop thread started for shard 0',
      `RrrRpcBackend initialized on 127.0.0.1:${shards[1].port}`,
      'MultiTransportManager: Event loop thread started for shard 1',
      'MultiTransportManager: All 2 event loop threads spawned',
    ]);
    expect(await process.manager.connect(1000)).toEqual([]);
    expect(transportThreads()).toEqual(['transport 0', 'transport 1']);
    const ids = process.manager.threadIds();
    expect(ids.map(({ shardId }) => shardId)).toEqual([0, 1]);
    for (const { tid } of ids) expect(tid).toBeGreaterThan(0);
    await process.manager.stop();
    expect(process.lines.at(-1)).toBe('MultiTransportManager: All transports stopped');
    for (const { port } of shards) expect(await isFree(port)).toBe(true);
  });

  it('fails when a port is taken, and leaves no port and no thread behind', async () => {
    const shards = await localShards(3);
    servers.push(await listenOn(shards[1].port, () => {}));
    const process = await create(shards, [0, 1, 2]);
    await expect(process.manager.start()).rejects.toMatchObject({
      code: 'TRANSPORT',
      exitStatus: 5,
      message: `Failed to initialize multi-shard transports: shard 1 cannot listen on 127.0.0.1:${shards[1].port}: the port is already in use; end the program that uses it, or give the shard another port`,
    });
    expect(transportThreads()).toEqual([]);
    expect([await isFree(shards[0].port), await isFree(shards[2].port)]).toEqual([true, true]);
    expect(process.failures).toEqual([]);
    await process.manager.stop();
  });

  it.each([
    ['192.0.2.1', 'this is not an address of this machine'],
    ['no-such-host.invalid', 'the name of the host cannot be looked up|there is no host of this name'],
  ])('says what is wrong with the host %s', async (host, text) => {
    const process = await create([{ shardId: 0, host, port: 31_000 }], [0]);
    await expect(process.manager.start()).rejects.toThrow(
      new RegExp(`shard 0 cannot listen on ${host}:31000: (${text})`),
    );
  });

  it('can be stopped before, meanwhile and twice', async () => {
    const shards = await localShards(1);
    const early = await create(shards, [0]);
    await early.manager.stop();
    await expect(early.manager.start()).rejects.toMatchObject({ code: 'INTERRUPTED' });
    expect(early.lines).toEqual([]);

    const meanwhile = await create(shards, [0]);
    const interrupted = { code: 'INTERRUPTED', exitStatus: 130 };
    const refused = expect(meanwhile.manager.start()).rejects.toMatchObject(interrupted);
    await meanwhile.manager.stop();
    await refused;
    await meanwhile.manager.stop();
    expect(transportThreads()).toEqual([]);
    expect(await isFree(shards[0].port)).toBe(true);
  });
});

describe('connect', () => {
  it('links all processes and says which shards each runs', async () => {
    const shards = await localShards(4);
    const [first, second] = await Promise.all([create(shards, [0, 1]), create(shards, [2, 3])]);
    await first.manager.start();
    const connecting = first.manager.connect(10_000);
    await second.manager.start();
    const peersOfSecond = await second.manager.connect(10_000);
    expect(await connecting).toEqual([2, 3].map((shardId) => ({ shardId, localShardIds: [2, 3] })));
    expect(peersOfSecond).toEqual([0, 1].map((shardId) => ({ shardId, localShardIds: [0, 1] })));
    const connected = [0, 1].map((shardId) => `Connected to shard ${shardId} on 127.0.0.1:${shards[shardId].port}`);
    expect(second.lines.filter((line) => line.startsWith('Connected')).sort()).toEqual(connected);
  });

  it('waits for a process that starts later', async () => {
    const shards = await localShards(2);
    const [first, second] = await Promise.all([create(shards, [0]), create(shards, [1])]);
    await second.manager.start();
    const connecting = second.manager.connect(10_000);
    await new Promise((resolve) => setTimeout(resolve, 250));
    await first.manager.start();
    await Promise.all([connecting, first.manager.connect(10_000)]);
  });

  it('names who is missing at the deadline, and why', async () => {
    const shards = await localShards(3);
    const process = await create(shards, [1]);
    await process.manager.start();
    await expect(process.manager.connect(400)).rejects.toMatchObject({
      code: 'TRANSPORT',
      exitStatus: 5,
      message: `no link after 0.4 s with shard 0 (127.0.0.1:${shards[0].port}: connection refused), shard 2 (127.0.0.1:${shards[2].port}); start every process of the cluster with the same addresses, or wait longer`,
    });
  });

  it('says when something else listens where a shard should be', async () => {
    const shards = await localShards(2);
    servers.push(await listenOn(shards[0].port, (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')));
    const process = await create(shards, [1]);
    await process.manager.start();
    await expect(process.manager.connect(400)).rejects.toThrow(
      'what listens there does not speak the protocol of dbtest',
    );
  });

  it('ends when it is interrupted', async () => {
    const shards = await localShards(2);
    const process = await create(shards, [0]);
    await process.manager.start();
    const interruption = new AbortController();
    const connecting = process.manager.connect(60_000, interruption.signal);
    const refused = expect(connecting).rejects.toMatchObject({ code: 'INTERRUPTED', exitStatus: 130 });
    interruption.abort();
    await refused;
    const aborted = await create([{ ...shards[0], port: shards[1].port }, shards[1]], [0]);
    await aborted.manager.start();
    await expect(aborted.manager.connect(60_000, AbortSignal.abort())).rejects.toMatchObject({ code: 'INTERRUPTED' });
  });

  it('ends when the manager is stopped', async () => {
    const process = await create(await localShards(2), [0]);
    await process.manager.start();
    const refused = expect(process.manager.connect(60_000)).rejects.toMatchObject({ code: 'INTERRUPTED' });
    await process.manager.stop();
    await refused;
  });

  it('fails at both processes when their configurations differ, and names what', async () => {
    const shards = await localShards(2);
    const first = await create(shards, [0], { agreement: { warehouses: '4', seed: '1' } });
    const second = await create(shards, [1], { agreement: { warehouses: '2', seed: '1' } });
    await Promise.all([first.manager.start(), second.manager.start()]);
    const results = await Promise.allSettled([first.manager.connect(60_000), second.manager.connect(60_000)]);
    expect(results.map((result) => result.status === 'rejected' && result.reason.message)).toEqual([
      `shard 1 (127.0.0.1:${shards[1].port}) runs with another configuration: warehouses is 2 there and 4 here; start every process with the same one`,
      `shard 0 (127.0.0.1:${shards[0].port}) runs with another configuration: warehouses is 4 there and 2 here; start every process with the same one`,
    ]);
  });

  it.each([
    ['right', 'wrong', 'refused the shared secret of this process', 'it did not prove the shared secret'],
    [
      'right',
      null,
      'asks for a shared secret and this process has none',
      'it has no shared secret and this process has one',
    ],
    [
      null,
      'right',
      'has no shared secret and this process has one',
      'it has a shared secret and this process has none',
    ],
  ])('fails with another secret (%s and %s): the accepting side goes on listening', async (own, other, there, here) => {
    const shards = await localShards(2);
    const first = await create(shards, [0], { secret: own });
    const second = await create(shards, [1], { secret: other });
    await Promise.all([first.manager.start(), second.manager.start()]);
    const connecting = first.manager.connect(60_000);
    await expect(second.manager.connect(60_000)).rejects.toMatchObject({
      exitStatus: 5,
      message: expect.stringContaining(`shard 0 (127.0.0.1:${shards[0].port}) ${there}`),
    });
    await second.manager.stop();
    await until(() => first.lines.some((line) => line.startsWith(`Shard 1 was not let in by shard 0: ${here}`)));
    expect(await first.counters()).toMatchObject({
      connectionsRefused: 1,
      connectionDrops: { handshakeRefused: 1 },
    });
    const third = await create(shards, [1], { secret: own });
    await third.manager.start();
    await Promise.all([third.manager.connect(10_000), connecting]);
  });

  it('tells at the deadline that a shard tried with another secret', async () => {
    const shards = await localShards(2);
    const first = await create(shards, [0], { secret: 'right' });
    const second = await create(shards, [1], { secret: 'wrong' });
    await Promise.all([first.manager.start(), second.manager.start()]);
    const results = await Promise.allSettled([first.manager.connect(500), second.manager.connect(500)]);
    expect(results[0]).toMatchObject({
      reason: { message: expect.stringContaining('it did not prove the shared secret') },
    });
  });

  it('links with a shared secret', async () => {
    const [first, second] = await cluster([[0], [1]], { secret: 'right' });
    await exchange([first.worker(0)], [second.worker(1)], 10);
  });

  it('refuses a second process with the same shard', async () => {
    const shards = await localShards(3);
    const first = await create(shards, [0]);
    const second = await create(shards, [1]);
    const twin = await create([shards[0], { ...shards[1], port: shards[2].port }, shards[2]], [1]);
    await Promise.all([first, second, twin].map(({ manager }) => manager.start()));
    void first.manager.connect(60_000).catch(() => {});
    void second.manager.connect(60_000).catch(() => {});
    await until(() => second.lines.some((line) => line.startsWith('Connected to shard 0')));
    await expect(twin.manager.connect(60_000)).rejects.toThrow('another process runs shard 1');
  });
});

describe('a transport', () => {
  it('that throws is told once', async () => {
    const shards = await localShards(2);
    const process = await create(shards, [0]);
    await process.manager.start();
    // No worker of the cluster has this number.
    process.worker(0).send(1000, 16, [0, 0]);
    process.worker(0).flush();
    await until(() => process.failures.length > 0);
    await expect(process.manager.connect(60_000)).rejects.toThrow('a frame is for a worker of the cluster');
    await process.manager.stop();
    expect(process.failures.map(String)).toEqual(['AssertionFailure: a frame is for a worker of the cluster']);
    expect(await isFree(shards[0].port)).toBe(true);
  });

  it('uses no CPU while there is nothing to do', async () => {
    await cluster([[0], [1]]);
    const before = process.cpuUsage();
    const startedMs = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const used = process.cpuUsage(before);
    const cores = (used.user + used.system) / 1000 / (performance.now() - startedMs);
    expect(cores).toBeLessThan(0.2);
  });
});
