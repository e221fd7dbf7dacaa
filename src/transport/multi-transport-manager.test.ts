/** Managers with real threads; two of them in this process are two processes to each other. Needs `npm run build`. */
import type { Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { LINK_DOWN_TYPE, NO_WORKER } from './envelope.ts';
import { smallestCapacityWords } from './ring-layout.ts';
import { FakePeer, listenOn } from './tcp/testing/fake-peer.ts';
import type { FakeWorker, Received } from './tcp/testing/fake-worker.ts';
import { localShards, TestProcess, type TestProcessOptions, transportThreads } from './tcp/testing/test-process.ts';
import { isFree, until } from './tcp/testing/wait.ts';
import { GOODBYE } from './tcp/wire-layout.ts';

const processes: TestProcess[] = [];
const servers: Server[] = [];

afterEach(async () => {
  await Promise.all(processes.splice(0).map((process) => process.manager.stop()));
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
  expect(transportThreads()).toEqual([]);
});

async function create(...parameters: Parameters<typeof TestProcess.create>): Promise<TestProcess> {
  const process = await TestProcess.create(...parameters);
  processes.push(process);
  return process;
}

/** One started and linked process for each list of local shards. */
async function cluster(lists: readonly number[][], options: TestProcessOptions = {}): Promise<TestProcess[]> {
  const shards = await localShards(lists.flat().length);
  const started = await Promise.all(lists.map((ids) => create(shards, ids, options)));
  await Promise.all(started.map(({ manager }) => manager.start()));
  await Promise.all(started.map(({ manager }) => manager.connect(10_000)));
  return started;
}

/** Sends numbered frames of different sizes from each sender to each receiver, and checks that all arrive once, in order. */
async function exchange(
  senders: readonly FakeWorker[],
  receivers: readonly FakeWorker[],
  count: number,
): Promise<void> {
  const contentOf = (number: number) => Array.from({ length: 2 + 2 * (number % 4) }, (_, i) => number * 10 + i);
  const sent = new Map(senders.map((sender) => [sender, 0]));
  const received = new Map(receivers.map((receiver) => [receiver, new Map<number, number>()]));
  let missing = senders.length * receivers.length * count;
  await until(() => {
    for (const sender of senders) {
      let number = sent.get(sender) as number;
      while (number < count && sender.outbox.backlogWords < 500) {
        for (const receiver of receivers) sender.send(receiver.worker, 16 + (number % 240), contentOf(number));
        number++;
      }
      sent.set(sender, number);
      sender.flush();
    }
    for (const receiver of receivers) {
      const numbers = received.get(receiver) as Map<number, number>;
      for (const frame of receiver.receive()) {
        const number = numbers.get(frame.from) ?? 0;
        expect(frame).toEqual({
          type: 16 + (number % 240),
          from: frame.from,
          to: receiver.worker,
          content: contentOf(number),
        });
        numbers.set(frame.from, number + 1);
        missing--;
      }
    }
    return missing === 0;
  });
}

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

describe('frames', () => {
  it.each([
    ['tiny rings', smallestCapacityWords(6), 3_000],
    ['rings with room', 4096, 20_000],
  ])('arrive exactly once and in order between processes, both ways, through %s', async (_, capacityWords, count) => {
    const [first, second] = await cluster([[0], [1]], { workersPerShard: 2, capacityWords });
    const left = [first.worker(0, 0), first.worker(0, 1)];
    const right = [second.worker(1, 0), second.worker(1, 1)];
    await Promise.all([exchange(left, right, count), exchange(right, left, count)]);
    for (const process of [first, second]) {
      const counters = await process.counters();
      expect(counters).toMatchObject({ framesIn: 4 * count, framesOut: 4 * count });
      expect(counters.batchesOut).toBeGreaterThan(0);
      expect(counters.bytesIn).toBeGreaterThan(4 * count * 24);
      expect(Object.values(counters.frameDrops)).toEqual(Object.values(counters.frameDrops).fill(0));
      if (capacityWords < 100) expect(counters.ringFullSpills).toBeGreaterThan(0);
    }
  });

  it('go from every shard to every other with `tcp`, in one process', async () => {
    const [process] = await cluster([[0, 1, 2]], { mode: 'tcp', capacityWords: 64 });
    const workers = [0, 1, 2].map((shardId) => process.worker(shardId));
    for (const step of [1, 2]) {
      await Promise.all([0, 1, 2].map((i) => exchange([workers[i]], [workers[(i + step) % 3]], 1000)));
    }
    await process.manager.stop();
    expect([process.lost, process.left, process.failures]).toEqual([[], [], []]);
    expect((await process.manager.counters()).map(({ framesOut }) => framesOut)).toEqual([2000, 2000, 2000]);
  });

  it('wait for a worker that does not take them, and for nobody else', async () => {
    const [first, second] = await cluster([[0], [1]], { workersPerShard: 2, capacityWords: 4096 });
    const sender = first.worker(0, 0);
    const content = Array.from({ length: 2000 }, (_, i) => i);
    const count = 5000;
    let sent = 0;
    let lastSentMs = performance.now();
    const send = () => {
      for (; sent < count && sender.outbox.backlogWords === 0; sent++) {
        content[0] = sent;
        sender.send(3, 16, content);
        lastSentMs = performance.now();
      }
      sender.flush();
    };
    // Nobody takes them: everything on the way fills up, and then the sender has to wait.
    await until(() => {
      send();
      return performance.now() - lastSentMs > 300;
    });
    expect(sent).toBeLessThan(count);
    await exchange([second.worker(1, 0)], [first.worker(0, 1)], 100);
    let expected = 0;
    await until(() => {
      send();
      for (const frame of second.worker(1, 1).receive()) {
        expect([frame.content.length, frame.content[0]]).toEqual([content.length, expected]);
        expected++;
      }
      return expected === count;
    });
  });
});

describe('control texts', () => {
  it('of several megabytes go both ways, beside frames', async () => {
    const [first, second] = await cluster([[0], [1]], { capacityWords: 64 });
    const text = `${'€'.repeat(1_000_000)} the end`;
    first.manager.send(0, 1, 'first');
    first.manager.send(0, 1, text);
    first.manager.send(0, 1, '');
    second.manager.send(1, 0, text);
    await exchange([first.worker(0)], [second.worker(1)], 2000);
    await until(() => second.controls.length === 3 && first.controls.length === 1);
    expect(second.controls.map(({ fromShard }) => fromShard)).toEqual([0, 0, 0]);
    expect(second.controls.map((control) => control.text === text)).toEqual([false, true, false]);
    expect(second.controls[0].text).toBe('first');
    expect(first.controls[0].text === text).toBe(true);
  });

  it('that were sent before a stop arrive', async () => {
    const [first, second] = await cluster([[0], [1]]);
    const text = 'x'.repeat(3_000_000);
    first.manager.send(0, 1, text);
    await first.manager.stop();
    await until(() => second.left.length === 1);
    expect(second.controls.map((control) => control.text.length)).toEqual([text.length]);
  });
});

describe('the end of a link', () => {
  /** LOST_SHARD is the first int32 behind the envelope. */
  const linkDown = (worker: number, shardId: number): Received => ({
    type: LINK_DOWN_TYPE,
    from: NO_WORKER,
    to: worker,
    content: [shardId, 0],
  });

  it('is no loss when it is orderly: the frames before it arrive', async () => {
    const [first, second] = await cluster([[0], [1]], { capacityWords: 64 });
    for (let i = 0; i < 20; i++) first.worker(0).send(1, 16, [i, i]);
    first.worker(0).flush();
    await first.manager.stop();
    const frames: Received[] = [];
    await until(() => {
      frames.push(...second.worker(1).receive());
      return second.left.length === 1;
    });
    frames.push(...second.worker(1).receive());
    expect(frames.map(({ content }) => content[0])).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect([second.lost, second.left]).toEqual([[], [0]]);
    await second.manager.stop();
    expect([first.lost, first.left, second.failures]).toEqual([[], [], []]);
  });

  it('is no loss when both stop at once', async () => {
    const [first, second] = await cluster([
      [0, 1],
      [2, 3],
    ]);
    await Promise.all([first.manager.stop(), second.manager.stop()]);
    expect([first.lost, second.lost]).toEqual([[], []]);
  });

  it.each(['end', 'reset'])(
    'is told to main and to every worker, behind all frames, when the peer is gone (%s)',
    async (how) => {
      const shards = await localShards(2);
      const process = await create(shards, [0], { workersPerShard: 2 });
      await process.manager.start();
      const connecting = process.manager.connect(10_000);
      const peer = await FakePeer.connect(shards[0].port, 1);
      await connecting;
      for (let i = 0; i < 10; i++) peer.sendFrame(2, i % 2, 16, [i, i]);
      await until(async () => (await process.counters()).framesIn === 10);
      if (how === 'end') peer.socket.end();
      else peer.socket.resetAndDestroy();
      await until(() => process.lost.length === 1);
      expect(process.lost[0]).toEqual({
        shardId: 1,
        reason: how === 'end' ? 'the other side closed the connection without a goodbye' : 'the connection was reset',
      });
      for (const index of [0, 1]) {
        const frames = process.worker(0, index).receive();
        expect(frames.map(({ type }) => type)).toEqual([16, 16, 16, 16, 16, LINK_DOWN_TYPE]);
        expect(frames.at(-1)).toEqual(linkDown(index, 1));
      }
      // What is sent there from now on is dropped and counted, and the thread goes on.
      for (let i = 0; i < 5; i++) process.worker(0).send(2, 16, [i, 0]);
      process.worker(0).flush();
      await until(async () => (await process.counters()).frameDrops.linkLost === 5);
      expect(process.failures).toEqual([]);
      await expect(FakePeer.connect(shards[0].port, 1)).rejects.toThrow('alreadyLinked');
    },
  );

  it('is no loss after a goodbye, whatever the peer does then', async () => {
    const shards = await localShards(2);
    const process = await create(shards, [0]);
    await process.manager.start();
    const connecting = process.manager.connect(10_000);
    const peer = await FakePeer.connect(shards[0].port, 1);
    await connecting;
    peer.sendMark(GOODBYE);
    await new Promise((resolve) => setTimeout(resolve, 50));
    peer.socket.destroy();
    await until(() => process.left.length === 1);
    expect([process.lost, process.worker(0).receive()]).toEqual([[], []]);
  });

  it('is noticed when the peer says nothing any more; one that is idle is not lost', async () => {
    const limits = { heartbeatMs: 50, silenceMs: 400 };
    const shards = await localShards(3);
    const [first, second] = await Promise.all([create(shards, [0], { limits }), create(shards, [1], { limits })]);
    await Promise.all([first.manager.start(), second.manager.start()]);
    const connecting = [first.manager.connect(10_000), second.manager.connect(10_000)];
    const silent = await FakePeer.connect(shards[0].port, 2);
    const other = await FakePeer.connect(shards[1].port, 2, { peerShardId: 1 });
    await Promise.all(connecting);
    await until(() => first.lost.length === 1 && second.lost.length === 1);
    for (const { lost } of [first, second]) {
      expect(lost).toEqual([{ shardId: 2, reason: 'nothing was heard from it for 0.4 s' }]);
    }
    expect(Buffer.concat(silent.received).length).toBeGreaterThan(0);
    await until(() => silent.isClosed && other.isClosed);
    expect(first.worker(0).receive()).toEqual([linkDown(0, 2)]);
    expect(second.worker(1).receive()).toEqual([linkDown(1, 2)]);
    await exchange([first.worker(0)], [second.worker(1)], 10);
  });

  it('while others are awaited fails the wait', async () => {
    const shards = await localShards(3);
    const process = await create(shards, [0]);
    await process.manager.start();
    const text = `shard 1 (127.0.0.1:${shards[1].port}) is gone again`;
    const refused = expect(process.manager.connect(60_000)).rejects.toThrow(text);
    const peer = await FakePeer.connect(shards[0].port, 1);
    peer.socket.destroy();
    await refused;
  });

  it('does not wait for a peer that never ends its side', async () => {
    const shards = await localShards(2);
    const process = await create(shards, [0], { limits: { goodbyeTimeoutMs: 100 } });
    await process.manager.start();
    const connecting = process.manager.connect(10_000);
    const peer = await FakePeer.connect(shards[0].port, 1);
    await connecting;
    peer.socket.allowHalfOpen = true;
    await process.manager.stop();
    expect(process.lines.at(-1)).toBe('MultiTransportManager: All transports stopped');
    expect(transportThreads()).toEqual([]);
    peer.socket.destroy();
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
