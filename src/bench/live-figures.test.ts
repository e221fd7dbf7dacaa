import { describe, expect, it } from 'vitest';
import { LiveFigures } from './live-figures.ts';
import type { RecordedSecond } from './recorder.ts';
import { SecondBuckets } from './second-buckets.ts';

/** A second with these latencies in microseconds, each of a commit. */
function second(latenciesUs: number[], counts: Partial<RecordedSecond> = {}): RecordedSecond {
  const buckets = new SecondBuckets();
  for (const latencyUs of latenciesUs) buckets.add(latencyUs * 1000);
  const latencies = buckets.take();
  return { commits: latenciesUs.length, crossShardCommits: 0, conflictAborts: 0, ...counts, latencies };
}

const NO_BYTES = [0, 0, 0];

/** Shard 4 with two workers and shard 7 with one. */
const open = () => new LiveFigures([4, 4, 7]);

describe('LiveFigures', () => {
  it('knows nothing but the memory before the first second is over', () => {
    const { shards, total } = open().read([1, 2, 4]);
    const nothing = { throughputTps: null, latencyUs: null, conflictAbortsTps: null, crossShardPct: null };
    expect(shards).toEqual([
      { shardId: 4, ...nothing, engineBytes: 3 },
      { shardId: 7, ...nothing, engineBytes: 4 },
    ]);
    expect(total).toEqual({ ...nothing, engineBytes: 7 });
  });

  it('joins the workers of a shard, and the shards', () => {
    const figures = open();
    figures.add(0, second([10, 10, 10], { crossShardCommits: 1, conflictAborts: 2 }));
    figures.add(1, second([1000], { conflictAborts: 1 }));
    figures.add(2, second([10, 10, 10, 10], { crossShardCommits: 3 }));
    figures.advance();
    const { shards, total } = figures.read(NO_BYTES);
    expect(shards[0]).toMatchObject({ throughputTps: 4, conflictAbortsTps: 3, crossShardPct: 25 });
    expect(shards[0].latencyUs?.p50).toBeCloseTo(10, 0);
    expect(shards[0].latencyUs?.p99).toBeGreaterThan(990);
    expect(shards[1]).toMatchObject({ throughputTps: 4, conflictAbortsTps: 0, crossShardPct: 75 });
    expect(total).toMatchObject({ throughputTps: 8, conflictAbortsTps: 3, crossShardPct: 50 });
  });

  it('shows a second only when the next step takes it up', () => {
    const figures = open();
    figures.add(2, second([10]));
    expect(figures.read(NO_BYTES).total.throughputTps).toBeNull();
    figures.advance();
    expect(figures.read(NO_BYTES).total.throughputTps).toBe(1);
  });

  it('forgives a worker that is late by one step, and takes the mean of what then comes together', () => {
    const figures = open();
    figures.add(2, second([10, 10]));
    figures.advance();
    figures.advance();
    expect(figures.read(NO_BYTES).shards[1].throughputTps).toBe(2);
    figures.add(2, second([10, 10, 10, 10]));
    figures.add(2, second([10, 10]));
    figures.advance();
    expect(figures.read(NO_BYTES).shards[1].throughputTps).toBe(3);
  });

  it('shows that a worker stands still, and goes on when it does', () => {
    const figures = open();
    for (const worker of [0, 1, 2]) figures.add(worker, second([10, 10]));
    figures.advance();
    for (let step = 0; step < 3; step++) {
      figures.add(0, second([10, 10]));
      figures.advance();
    }
    const { shards, total } = figures.read([5, 5, 5]);
    expect(shards[0].throughputTps).toBe(2);
    expect(shards[1]).toEqual({
      shardId: 7,
      throughputTps: 0,
      latencyUs: null,
      conflictAbortsTps: 0,
      crossShardPct: null,
      engineBytes: 5,
    });
    expect(total.throughputTps).toBe(2);
    figures.add(2, second([10]));
    figures.advance();
    expect(figures.read(NO_BYTES).shards[1].throughputTps).toBe(1);
  });
});
