import { beforeAll, describe, expect, it } from 'vitest';
import type { RunConfig } from '../config/run-config.ts';
import type { TransactionType, WorkloadModule } from './contract.ts';
import { prepareHistograms, Recorder } from './recorder.ts';
import { buildResult, type RunFacts } from './result-builder.ts';
import type { MeasuredReport } from './worker-messages.ts';

const type = (key: string, extra: Partial<TransactionType>): TransactionType => ({
  key,
  title: key.toUpperCase(),
  deckCards: 1,
  leastMixPct: null,
  keyingSeconds: 0,
  thinkMeanSeconds: 0,
  limitSeconds: 5,
  ...extra,
});

const TYPES = [type('a', { countedInTpmC: true }), type('b', { deferredLimitSeconds: 80 })];

const workload: WorkloadModule = {
  name: 'two types',
  transactionTypes: TYPES,
  counterNames: ['drawn'],
  options: [],
  longestFragmentWords: 0,
  mostTpmCPerWarehouse: 10,
  open: () => expect.fail('not opened here'),
  audit: (counters) => [
    {
      name: 'drawn',
      unit: '',
      measured: counters['drawn'],
      expected: null,
      low: null,
      high: null,
      samples: 1,
      verdict: 'info',
    },
  ],
  expectedCrossShardPct: () => 12.5,
  judge: (partials) => [
    { id: '1', title: 'one', passed: partials.length === 2, checkedRows: 3, violationCount: 0, violations: [] },
  ],
  deviations: (_, counters) => [`${counters['drawn']} drawn`],
};

const config = {
  cluster: {
    source: null,
    shards: [
      { shardId: 0, host: 'h', port: 1 },
      { shardId: 1, host: 'h', port: 2 },
    ],
    warehousesPerShard: 3,
  },
  localShardIds: [0, 1],
  numThreads: 1,
  pacing: { kind: 'keying' },
  memoryLimitBytes: 1e9,
  seed: 5,
  check: true,
} as unknown as RunConfig;

/** What a worker reports that committed `local` and `crossShard` transactions a, of so many milliseconds each. */
function report(measuredSeconds: number, local: number[], crossShard: number[]): MeasuredReport {
  const recorder = new Recorder(TYPES);
  recorder.restart(0);
  for (const latencyMs of local) recorder.commit(0, false, latencyMs);
  for (const latencyMs of crossShard) recorder.commit(0, true, latencyMs);
  recorder.userAbort(0, false, 4);
  recorder.answer(1, false, 0.001);
  recorder.deferredCommit(1, 70_000);
  recorder.deferredCommit(1, 90_000);
  return {
    measuredSeconds,
    counters: { drawn: 7 },
    recorded: recorder.report(0),
    endedByMemory: false,
    engineBytes: 100,
    deferredQueueMost: 2,
    parks: 1,
    exchange: {},
  };
}

const facts = (overrides: Partial<RunFacts> = {}): RunFacts => ({
  config,
  dbtestVersion: '9.9.9',
  startedAt: new Date(0),
  endedBy: 'runtime',
  loadSeconds: 2,
  loadedRows: 1000,
  loadedEngineBytes: 50,
  loadedProcessBytes: 60,
  warmupSeconds: 1,
  reports: [report(10, [1, 1, 1], [2]), report(5, [3, 3], [])],
  shardIds: [0, 1],
  cluster: { processes: 1, scope: 'whole', lostShards: [] },
  consistency: { passed: true, checkSeconds: 0.5, conditions: [] },
  transports: new Map(),
  ...overrides,
});

beforeAll(() => prepareHistograms());

describe('buildResult', () => {
  it('adds up shards: each worker over its own measured time', () => {
    const { shards, totals, phases, load } = buildResult(facts(), workload);
    expect(shards.map((shard) => [shard.shardId, shard.port, shard.commits, shard.userAborts])).toEqual([
      [0, 1, 6, 1],
      [1, 2, 4, 1],
    ]);
    expect(shards[0].throughputTps).toBeCloseTo(0.6);
    expect(shards[1].throughputTps).toBeCloseTo(0.8);
    expect(totals.throughputTps).toBeCloseTo(1.4);
    expect(totals.commits).toBe(10);
    expect(totals.userAborts).toBe(2);
    expect(totals.memory.engineBytes).toBe(200);
    expect(phases).toEqual({ loadSeconds: 2, warmupSeconds: 1, measuredSeconds: 10 });
    expect(load.rowsPerSecond).toBe(500);
  });

  it('counts tpmC over the counted type, with and without what was rolled back, and its efficiency', () => {
    const { totals } = buildResult(facts(), workload);
    expect(totals.tpmC).toBeCloseTo((4 / 10 + 2 / 5) * 60);
    expect(totals.tpmCWithRollbacks).toBeCloseTo((5 / 10 + 3 / 5) * 60);
    expect(totals.efficiencyPct).toBeCloseTo((100 * 48) / (6 * 10));
    const unpaced = { ...config, pacing: { kind: 'none' } } as RunConfig;
    expect(buildResult(facts({ config: unpaced }), workload).totals.efficiencyPct).toBeNull();
  });

  it('takes percentiles from merged histograms, local and cross-shard apart', () => {
    const { shards, totals } = buildResult(facts(), workload);
    const a = shards[0].transactions['a'];
    expect(a.local.commits).toBe(3);
    expect(a.crossShard.commits).toBe(1);
    expect(a.crossShardPct).toBe(25);
    expect(a.crossShard.latencyUs?.max).toBeGreaterThan(1990);
    expect(a.local.latencyUs?.p50).toBeLessThan(1010);
    expect(a.latencyUs?.max).toBeGreaterThan(3990);
    expect(totals.latencyUs?.p50).toBeGreaterThan(990);
    expect(totals.crossShardPct).toBeCloseTo(10);
    expect(totals.expectedCrossShardPct).toBe(12.5);
    const drawn = shards[0].histogram.reduce((sum, bucket) => sum + bucket.count, 0);
    expect(drawn).toBe(6);
  });

  it('keeps the answer and the deferred execution of a queued transaction apart', () => {
    const b = buildResult(facts(), workload).shards[0].transactions['b'];
    expect(b.commits).toBe(2);
    expect(b.latencyUs?.max).toBeLessThan(1.01);
    expect(b.deferred?.completed).toBe(2);
    expect(b.deferred?.withinLimitPct).toBeCloseTo(50, 0);
    expect(b.deferred?.latencyUs?.max).toBeGreaterThan(89e6);
  });

  it('passes on audit, deviations and conditions, and says what cut the run short', () => {
    const whole = buildResult(facts(), workload);
    expect(whole.audit[0].measured).toBe(14);
    expect(whole.deviations).toEqual(['14 drawn']);
    expect(whole.consistency).toMatchObject({ passed: true, checkSeconds: 0.5 });
    const consistency = { passed: null, checkSeconds: 0, conditions: [] };
    const unchecked = { ...config, check: false };
    const early = buildResult(facts({ endedBy: 'interrupt', config: unchecked, consistency }), workload);
    expect(early.consistency).toEqual(consistency);
    expect(early.deviations.join()).toContain('interrupted');
    expect(early.deviations.join()).toContain('not checked');
  });

  it('says when an open loop fell behind its rate, and only then', () => {
    const at = (transactionsPerSecond: number) => {
      const offered = { ...config, pacing: { kind: 'rate', transactionsPerSecond } } as RunConfig;
      return buildResult(facts({ config: offered }), workload).deviations.join();
    };
    expect(at(1.2)).not.toContain('fell behind');
    expect(at(2)).toContain('the open loop fell behind: 1 of 2 transactions a second');
  });
});
