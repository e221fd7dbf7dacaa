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

  it('divides by nothing in a run without measurement', () => {
    const result = sampleResult();
    result.phases.measuredSeconds = 0;
    expect(renderFamiliarLines(result).join('\n')).not.toMatch(/NaN|Infinity/);
  });
});
