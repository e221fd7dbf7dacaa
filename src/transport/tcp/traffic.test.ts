/** Frames and texts over real links. Needs `npm run build`. */
import { afterEach, describe, expect, it } from 'vitest';
import { smallestCapacityWords } from '../ring-layout.ts';
import { exchange } from './testing/exchange.ts';
import { FakePeer } from './testing/fake-peer.ts';
import { cluster, create, stopProcesses } from './testing/processes.ts';
import { localShards } from './testing/test-process.ts';
import { until } from './testing/wait.ts';

afterEach(stopProcesses);

describe('frames', () => {
  it.each([
    ['tiny rings', smallestCapacityWords(6), 1_500],
    ['rings with room', 4096, 8_000],
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
    const count = 3000;
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

  it('for a peer that does not read wait, and those of other workers for other shards do not', async () => {
    const shards = await localShards(3);
    const options = { workersPerShard: 2, capacityWords: 4096, limits: { sendBufferBytes: 50_000 } };
    const [first, second] = await Promise.all([create(shards, [0], options), create(shards, [1], options)]);
    await Promise.all([first.manager.start(), second.manager.start()]);
    const connecting = [first.manager.connect(10_000), second.manager.connect(10_000)];
    const slow = await FakePeer.connect(shards[0].port, 2);
    const other = await FakePeer.connect(shards[1].port, 2, { peerShardId: 1 });
    await Promise.all(connecting);
    slow.socket.pause();

    // Every second frame is for the peer that does not read; behind it, the worker's ring stands still.
    const sender = first.worker(0, 0);
    const content = Array.from({ length: 2000 }, (_, i) => i);
    const count = 3000;
    let sent = 0;
    let lastSentMs = performance.now();
    const send = () => {
      for (; sent < count && sender.outbox.backlogWords === 0; sent++) {
        content[0] = sent;
        sender.send(sent % 2 === 0 ? 4 : 2, 16, content);
        lastSentMs = performance.now();
      }
      sender.flush();
    };
    const numbers: number[] = [];
    const receive = () =>
      numbers.push(
        ...second
          .worker(1, 0)
          .receive()
          .map((frame) => frame.content[0]),
      );
    await until(() => {
      send();
      receive();
      return performance.now() - lastSentMs > 200;
    });
    expect(sent).toBeLessThan(count);
    await exchange([first.worker(0, 1)], [second.worker(1, 1)], 100);

    const frameBytes = 8 + 8 + content.length * 4;
    slow.socket.resume();
    await until(() => {
      send();
      receive();
      return numbers.length === count / 2 && slow.receivedBytes >= (count / 2) * frameBytes;
    });
    expect(numbers).toEqual(Array.from({ length: count / 2 }, (_, i) => 2 * i + 1));
    const bytes = Buffer.concat(slow.received);
    for (let i = 0; i < count / 2; i++) {
      const at = i * frameBytes;
      expect([bytes.readInt32LE(at), bytes.readInt32LE(at + 16)]).toEqual([frameBytes, 2 * i]);
    }
    other.socket.destroy();
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
