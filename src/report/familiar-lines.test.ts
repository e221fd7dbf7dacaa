import { describe, expect, it } from 'vitest';
import { renderFamiliarLines } from './familiar-lines.ts';
import { sampleResult } from './testing/sample-result.ts';

describe('renderFamiliarLines', () => {
  it('has the exact lines, per shard and in total', () => {
    const result = sampleResult();
    result.phases.measuredSeconds = 10;
    Object.assign(result.shards[0] ?? {}, { throughputTps: 100_760.123, userAborts: 4400, conflictAborts: 2984 });
    Object.assign(result.shards[1] ?? {}, { throughputTps: 1_234_567, userAborts: 0, conflictAborts: 0 });
    Object.assign(result.totals, { throughputTps: 1_335_327.1, persistThroughputTps: 1_335_000, abortRateTps: 738.4 });
    expect(renderFamiliarLines(result)).toEqual([
      'shard 0 agg_throughput: 100760.12 ops/sec',
      'shard 0 agg_persist_throughput: 100760.12 ops/sec',
      'shard 0 agg_abort_rate: 738.4 aborts/sec',
      'shard 1 agg_throughput: 1234567 ops/sec',
      'shard 1 agg_persist_throughput: 1234567 ops/sec',
      'shard 1 agg_abort_rate: 0 aborts/sec',
      'agg_throughput: 1335327.1 ops/sec',
      'agg_persist_throughput: 1335000 ops/sec',
      'agg_abort_rate: 738.4 aborts/sec',
    ]);
  });

  it('has the shards of other processes where the totals cover them', () => {
    const result = sampleResult({}, { shards: 3, localShardIds: [0] });
    result.totals.perShard?.reverse();
    Object.assign(result.totals.perShard?.[0] ?? {}, { throughputTps: 12.5, userAborts: 3, conflictAborts: 4 });
    const lines = renderFamiliarLines(result);
    expect(lines).toHaveLength(12);
    expect(lines.slice(6, 9)).toEqual([
      'shard 2 agg_throughput: 12.5 ops/sec',
      'shard 2 agg_persist_throughput: 12.5 ops/sec',
      'shard 2 agg_abort_rate: 0.7 aborts/sec',
    ]);
    expect(lines.map((line) => /^shard (\d)/.exec(line)?.[1] ?? '')).toEqual([...'000111222', '', '', '']);
  });

  it('has only its own shards where it knows no others', () => {
    const lines = renderFamiliarLines(sampleResult({}, { shards: 3, localShardIds: [2] }));
    expect(lines.map((line) => line.split(' agg_')[0])).toEqual([
      ...['shard 2', 'shard 2', 'shard 2'],
      ...lines.slice(3),
    ]);
    expect(lines).toHaveLength(6);
  });

  it('divides by nothing in a run without measurement', () => {
    const result = sampleResult();
    result.phases.measuredSeconds = 0;
    expect(renderFamiliarLines(result).join('\n')).not.toMatch(/NaN|Infinity/);
  });
});
