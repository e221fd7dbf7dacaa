/** Runs of sweeps with throughputs that a test sets, and a little noise. */
import { seededUniform } from '../../statistics/random.ts';
import { productOf } from '../axes.ts';
import { edgesOf, stepsOf } from '../rate-search.ts';
import { summarizeSweep } from '../summarize.ts';
import type {
  Axis,
  AxisValues,
  MaxRateResult,
  PointFacts,
  RateRun,
  RepeatedRun,
  SweepResult,
  SweepRun,
} from '../sweep.ts';

export const SAMPLE_HOST = { cpu: 'Test CPU', cores: 4, memoryBytes: 8e9, node: 'v20.20.2', platform: 'linux x64' };

export const sampleRun = (throughput: number, seed = 1): SweepRun => ({
  seed,
  startedAt: `2026-01-02T03:04:${String(seed % 60).padStart(2, '0')}.000Z`,
  endedBy: 'runtime',
  consistent: true,
  figures: {
    throughput,
    tpmC: throughput * 27,
    crossShardPct: 6.1,
    p50: 1e6 / throughput,
    p99: 2e7 / throughput,
    'newOrder.p50': 2e6 / throughput,
    'newOrder.p99': null,
  },
});

export interface SampleSweep {
  axes: Axis[];
  repeat: number;
  throughputOf(values: AxisValues): number;
  /** Standard deviation of its logarithm, about. */
  noise?: number;
  isClosedLoop?: boolean;
}

/** @returns a sweep of which every planned run was made */
export function sampleSweep({
  axes,
  repeat,
  throughputOf,
  noise = 0.01,
  isClosedLoop = true,
}: SampleSweep): SweepResult {
  const uniform = seededUniform(12);
  const products = productOf(axes);
  const facts = products.map(
    (values): PointFacts => ({
      values,
      shards: Number(values['shards'] ?? 1),
      threads: Number(values['num-threads'] ?? 1),
      warehouses: 4,
      isClosedLoop,
    }),
  );
  const runs = products.map((values) =>
    Array.from({ length: repeat }, (_, repetition): RepeatedRun => {
      const deviation = noise * 1.7 * (2 * uniform() - 1);
      return { repetition, ...sampleRun(throughputOf(values) * Math.exp(deviation), repetition + 1) };
    }),
  );
  const config = { axes, options: ['--runtime=1'], repeat, seed: 1 };
  return summarizeSweep(config, facts, runs, SAMPLE_HOST, 'plan');
}

/** A search in which rates up to 4,200 held, with one run near the edge that went astray. */
export function sampleMaxRate(): MaxRateResult {
  const tried: [rate: number | null, p99Us: number][] = [
    [null, 1],
    [2500, 900],
    [5000, 9000],
    [3536, 1400],
    [4204, 1900],
    [4204, 2600],
    [4204, 1950],
    [4585, 3800],
    [4585, 4100],
  ];
  const runs = tried.map(
    ([rate, p99Us], i): RateRun => ({
      ...sampleRun(rate ?? 5200, i),
      rate,
      achievedTps: rate ?? 5200,
      measured: p99Us,
      keptUp: rate !== 5000,
      isWithin: rate !== null && p99Us < 2000,
    }),
  );
  const trials = runs.flatMap(({ rate, isWithin }) => (rate === null ? [] : [{ rate, holds: isWithin }]));
  const steps = stepsOf(trials);
  const config = { axes: [], options: ['--local-shards=0,1'], repeat: 3, seed: 1 };
  return {
    kind: 'max-rate',
    schemaVersion: 1,
    dbtestVersion: '0.1.0',
    endedBy: 'plan',
    host: SAMPLE_HOST,
    config: {
      ...config,
      threshold: 'newOrder.p99<2ms',
      metric: 'newOrder.p99',
      limit: 2000,
      unit: 'us',
      precisionPct: 10,
      leastAchievedPct: 98,
    },
    points: [
      {
        values: {},
        shards: 2,
        threads: 1,
        warehouses: 1,
        isClosedLoop: false,
        ...edgesOf(steps),
        isSettled: true,
        steps,
        runs,
      },
    ],
    notes: [],
  };
}
