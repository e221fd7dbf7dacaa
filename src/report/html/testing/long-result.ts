/** The result of a run as long and as wide as reports must stay small for: every second of every shard has its own values. */
import type { RunResult, SeriesPoint } from '../../../bench/result.ts';
import { sampleResult } from '../../testing/sample-result.ts';

/** Throughputs around 20,000 tx/s with dips, tails between 100 µs and 10 ms, and a second in which nothing completed. */
function series(shards: number, seconds: number): SeriesPoint[] {
  return Array.from({ length: shards * seconds }, (_, i) => {
    const shardId = Math.floor(i / seconds);
    const second = (i % seconds) + 1;
    const wave = Math.sin(second / (7 + shardId)) + Math.sin(second * (1.7 + shardId));
    const idle = second === 100 && shardId === 1;
    const dip = second % 97 < 3 ? 0.4 : 1;
    const throughputTps = idle ? 0 : Math.round((20_000 + 1500 * shardId + 900 * wave) * dip);
    const p50 = 11 + 1.5 * wave;
    return { second, shardId, throughputTps, latencyUs: idle ? null : { p50, p99: (180 + 60 * wave) / dip ** 3 } };
  });
}

export function longResult(shards = 8, seconds = 600): RunResult {
  const result = sampleResult({}, { shards, warehousesPerShard: 4, threads: 2, measuredSeconds: seconds });
  return { ...result, series: series(shards, seconds) };
}
