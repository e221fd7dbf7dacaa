import { describe, expect, it } from 'vitest';
import { type ChaosEvent, parseChaos } from './chaos.ts';
import { refuseImpossibleChaos } from './chaos-fit.ts';
import { defaultShards } from './resolve.ts';
import type { RunConfig } from './run-config.ts';

const judge = (text: string, changes: Partial<RunConfig> = {}, shards = 2): void => {
  const { events } = parseChaos(text) as { events: ChaosEvent[] };
  refuseImpossibleChaos({
    cluster: { source: null, shards: defaultShards(shards), warehousesPerShard: 2 },
    localShardIds: shards === 1 ? [0] : [0, 1],
    numThreads: 2,
    transport: { kind: 'auto', ringCapacityBytes: null },
    runtimeSeconds: 10,
    chaos: events,
    ...changes,
  } as RunConfig);
};
const TCP: Partial<RunConfig> = { transport: { kind: 'tcp', ringCapacityBytes: null } };
/** This process runs shard 1 of two. */
const SECOND: Partial<RunConfig> = { localShardIds: [1] };

describe('refuseImpossibleChaos', () => {
  it('accepts what can happen', () => {
    expect(() =>
      judge('pause:worker=3,for=1s,at=9s,delay:frames,shard=1,for=1ms,chance=1%,kill:process,at=1s'),
    ).not.toThrow();
    expect(() => judge('stop:transport=1,at=1s', TCP)).not.toThrow();
    expect(() => judge('stop:transport=1,at=1s,pause:worker=2,for=1s,at=1s', SECOND)).not.toThrow();
    expect(() => judge('pause:worker,for=1s,every=20s', { numThreads: 1 }, 1)).not.toThrow();
  });

  it.each<[string, Partial<RunConfig>, number, string]>([
    ['pause:worker=4,for=1s,at=1s', {}, 2, 'it has 0 to 1, 2 to 3'],
    ['pause:worker=1,for=1s,at=1s', SECOND, 2, 'it has 2 to 3'],
    ['pause:worker,for=1s,at=10s', {}, 2, 'below --runtime (10s)'],
    ['kill:process,at=11s', {}, 2, 'below --runtime (10s)'],
    ['delay:frames,shard=0,for=1ms,chance=1%', SECOND, 2, 'shard 0 does not run in this process; it has 1'],
    ['delay:frames,for=1ms,chance=1%', { numThreads: 1 }, 1, 'gets no frames'],
    ['stop:transport=0,at=1s', {}, 2, '--transport tcp'],
    ['stop:transport=0,at=1s', TCP, 1, 'no links'],
    ['stop:transport=0,at=1s', SECOND, 2, 'shard 0 does not run in this process'],
  ])('refuses %s', (text, changes, shards, problem) => {
    expect(() => judge(text, changes, shards)).toThrow(
      expect.objectContaining({ code: 'USAGE', message: expect.stringContaining(problem) }),
    );
  });
});
