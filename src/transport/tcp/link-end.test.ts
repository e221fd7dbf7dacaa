/** How links end, in order and otherwise. Needs `npm run build`. */
import { afterEach, describe, expect, it } from 'vitest';
import { LINK_DOWN_TYPE, NO_WORKER } from '../envelope.ts';
import { exchange } from './testing/exchange.ts';
import { FakePeer } from './testing/fake-peer.ts';
import type { Received } from './testing/fake-worker.ts';
import { cluster, create, stopProcesses } from './testing/processes.ts';
import { localShards, transportThreads } from './testing/test-process.ts';
import { until } from './testing/wait.ts';
import { GOODBYE } from './wire-layout.ts';

afterEach(stopProcesses);

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
      return frames.length === 21 && second.left.length === 1;
    });
    expect(frames.slice(0, 20).map(({ content }) => content[0])).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect(frames[20]).toEqual(linkDown(1, 0));
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
    expect([process.lost, process.worker(0).receive()]).toEqual([[], [linkDown(0, 1)]]);
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
