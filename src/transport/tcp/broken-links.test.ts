/** Links that are broken on purpose. Needs `npm run build`. */
import { afterEach, describe, expect, it } from 'vitest';
import { LINK_DOWN_TYPE } from '../envelope.ts';
import { cluster, stopProcesses } from './testing/processes.ts';
import { transportThreads } from './testing/test-process.ts';
import { isFree, until } from './testing/wait.ts';

afterEach(stopProcesses);

const REASON = 'somebody pulled the plug';

describe('breakLinks', () => {
  it('is a loss on both sides, and frees the port', async () => {
    const [first, second] = await cluster([[0, 1], [2]]);
    const listening = first.lines.filter((line) => line.startsWith('RrrRpcBackend initialized'));
    const port = Number(listening[1]?.split(':')[1]);
    first.manager.breakLinks(1, null, REASON);
    await until(() => first.lost.length === 1 && second.lost.length === 1);
    expect(first.lost).toEqual([{ shardId: 2, reason: REASON }]);
    expect(second.lost.map(({ shardId }) => shardId)).toEqual([1]);
    await until(() => isFree(port));
    const typesTo = (process: typeof first, shardId: number) =>
      process
        .worker(shardId)
        .receive()
        .map(({ type }) => type);
    expect([typesTo(first, 1), typesTo(second, 2), typesTo(first, 0)]).toEqual([
      [LINK_DOWN_TYPE],
      [LINK_DOWN_TYPE],
      [],
    ]);
    await Promise.all([first.manager.stop(), second.manager.stop()]);
    expect([transportThreads(), first.failures, second.failures]).toEqual([[], [], []]);
  });

  it('leaves the links with other shards alone where it names some', async () => {
    const [first, second, third] = await cluster([[0], [1], [2]]);
    first.manager.breakLinks(0, [1], REASON);
    await until(() => first.lost.length === 1 && second.lost.length === 1);
    expect([first.lost, third.lost]).toEqual([[{ shardId: 1, reason: REASON }], []]);
    first.worker(0).send(2, 16, [7, 7]);
    first.worker(0).flush();
    await until(() => third.worker(2).receive().length === 1);
  });
});
