/** Progress as runs tell it, with figures that are easy to find again. */
import type { MeasurementProgress, SecondFigures } from '../../../bench/run-events.ts';

/** Figures of a shard: `n` thousand transactions a second, and so on. */
export const sampleFigures = (n: number): SecondFigures => ({
  throughputTps: n * 1000,
  latencyUs: { p50: n, p99: n * 1000 },
  conflictAbortsTps: n * 100,
  crossShardPct: n / 2,
  engineBytes: n * 1e8,
});

/** Half of a measurement of `seconds` is over. */
export const sampleMeasurement = (shards: number, seconds = 10): MeasurementProgress => ({
  phase: 'measure',
  elapsedSeconds: seconds / 2,
  totalSeconds: seconds,
  shards: Array.from({ length: shards }, (_, shardId) => ({ shardId, ...sampleFigures(shardId + 1) })),
  total: sampleFigures(shards * 3),
});
