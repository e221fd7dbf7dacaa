import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ChaosEvent } from '../config/chaos.ts';
import type { RunConfig } from '../config/run-config.ts';
import { EXECUTING, TransactionTimes, WAITING_FOR_REMOTE } from '../shard/transaction-times.ts';
import type { ChaosCount } from './chaos/chaos-counts.ts';
import type { TransactionType, WorkloadModule } from './contract.ts';
import { prepareHistograms, Recorder } from './recorder.ts';
import type { ClusterResult, ConsistencyResult } from './result.ts';
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
  transport: { kind: 'auto', ringCapacityBytes: null },
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
  for (const latencyMs of local) recorder.times.addInPlace(0, 0, latencyMs);
  const times = new TransactionTimes(1);
  for (const latencyMs of crossShard) {
    times.begin(0, 0);
    times.enter(0, WAITING_FOR_REMOTE, latencyMs / 4);
    times.enter(0, EXECUTING, latencyMs);
    recorder.times.addPending(0, true, times, 0);
  }
  recorder.times.addDeferred(1, 69_999, 1);
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
    committed: 0,
    parks: 1,
    spent: { messagesMs: 300, idleMs: 700 },
    exchange: {},
  };
}

const facts = (overrides: Partial<RunFacts> = {}): RunFacts => ({
  config,
  dbtestVersion: '9.9.9',
  startedAt: new Date(0),
  measurementStartedAt: new Date(3000),
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

  it('divides the time of each type over all its workers, and that of each worker', () => {
    const { shards, totals } = buildResult(facts(), workload);
    const [{ transactions, timeShares, workers }] = shards;
    const { a, b } = transactions;
    expect(a.local.timeShares).toMatchObject({ totalSeconds: 0.003, executingPct: 100, waitingForRemotePct: 0 });
    expect(a.crossShard.timeShares).toMatchObject({ totalSeconds: 0.002, executingPct: 25, waitingForRemotePct: 75 });
    expect(a.timeShares).toMatchObject({ totalSeconds: 0.005, executingPct: 70, waitingForRemotePct: 30 });
    expect([b.timeShares, b.deferred?.timeShares?.totalSeconds]).toEqual([null, 70]);
    expect(timeShares).toEqual(a.timeShares);
    expect(workers).toEqual([{ ownTransactionsPct: 90, messagesPct: 3, idlePct: 7 }]);
    expect(shards[1].transactions['a']?.crossShard.timeShares).toBeNull();
    // 3 + 2 ms of the first worker, of which 1.5 ms waiting, and 6 ms of the second.
    expect(totals.transactions?.['a']?.timeShares?.waitingForRemotePct).toBeCloseTo((100 * 1.5) / 11);
    expect(totals.timeShares?.totalSeconds).toBeCloseTo(0.011);
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

  it('joins the transactions of all shards, with curves that agree with the summaries', () => {
    const { shards, totals } = buildResult(facts(), workload);
    const a = totals.transactions?.['a'];
    expect([a?.commits, a?.userAborts, a?.local.commits, a?.crossShard.commits]).toEqual([6, 2, 5, 1]);
    expect(a?.throughputTps).toBeCloseTo(0.4 + 0.4);
    expect(a?.mixPct).toBeCloseTo((100 * 8) / 12);
    expect(totals.transactions?.['b']?.deferred?.completed).toBe(4);
    const alone = buildResult(
      facts({ config: { ...config, localShardIds: [0] }, reports: [report(10, [1, 1, 1], [2])], shardIds: [0] }),
      workload,
    );
    expect(alone.totals.transactions).toEqual(alone.shards[0].transactions);
    expect(alone.totals.latencyCurve).toEqual(alone.shards[0].latencyCurve);
    for (const { latencyUs, latencyCurve } of [totals, ...shards, ...(a === undefined ? [] : [a, a.local])]) {
      expect(latencyCurve?.at(-1)).toEqual({ percentile: 100, valueUs: latencyUs?.max });
      expect(latencyCurve?.find(({ percentile }) => percentile === 50)?.valueUs).toBe(latencyUs?.p50);
    }
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

  it('has in the series of one second the percentiles of the whole, within what their buckets tell apart', () => {
    const latenciesMs = fc.array(fc.double({ min: 0.0005, max: 900, noNaN: true }), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(fc.tuple(latenciesMs, latenciesMs), (workers) => {
        const reports = workers.map((latencies) => {
          const recorder = new Recorder(TYPES);
          recorder.restart(0);
          for (const latencyMs of latencies) recorder.commit(0, false, latencyMs);
          return { ...report(1, [], []), recorded: recorder.report(1000) };
        });
        const hosted = { ...config, localShardIds: [0] };
        const { series, shards } = buildResult(facts({ config: hosted, reports, shardIds: [0, 0] }), workload);
        for (const name of ['p50', 'p99'] as const) {
          const whole = shards[0].latencyUs?.[name] as number;
          expect(Math.abs((series[0].latencyUs?.[name] as number) - whole)).toBeLessThanOrEqual(0.009 * whole);
        }
      }),
      { numRuns: 15 },
    );
  });

  it('says when the measurement began, which is where the seconds of the series count from', () => {
    const { startedAt, measurementStartedAt } = buildResult(facts(), workload);
    expect([startedAt, measurementStartedAt]).toEqual(['1970-01-01T00:00:00.000Z', '1970-01-01T00:00:03.000Z']);
  });

  it('keeps the aborts of a second of all workers of a shard together, those of the user apart', () => {
    const worker = (userAborts: number, conflictAborts: number[]): MeasuredReport => {
      const recorder = new Recorder(TYPES);
      recorder.restart(0);
      conflictAborts.forEach((conflicts, i) => {
        for (let n = 0; n < userAborts; n++) recorder.userAbort(0, false, 1);
        for (let n = 0; n < conflicts; n++) recorder.conflictAbort(0);
        recorder.roll(1000 * (i + 1));
      });
      return { ...report(2, [], []), recorded: recorder.report(2000) };
    };
    const reports = [worker(1, [5, 0]), worker(2, [0, 7]), worker(0, [1, 0])];
    const { series } = buildResult(facts({ reports, shardIds: [0, 0, 1] }), workload);
    expect(series.map(({ userAborts, conflictAborts }) => [userAborts, conflictAborts])).toEqual([
      [3, 5],
      [3, 7],
      [0, 1],
      [0, 0],
    ]);
  });

  it('keeps the points of a second of all workers of a shard together, as far as all have finished it', () => {
    const worker = (latencies: number[][]): MeasuredReport => {
      const recorder = new Recorder(TYPES);
      recorder.restart(0);
      latencies.forEach((second, i) => {
        for (const latencyMs of second) recorder.commit(0, false, latencyMs);
        recorder.roll(1000 * (i + 1));
      });
      return { ...report(latencies.length, [], []), recorded: recorder.report(1000 * latencies.length) };
    };
    const reports = [worker([[1, 1, 9], [], [5]]), worker([[1], []]), worker([[7], [7, 7]])];
    const { series } = buildResult(facts({ reports, shardIds: [0, 0, 1] }), workload);
    const point = (second: number, shardId: number, throughputTps: number) => ({ second, shardId, throughputTps });
    expect(series).toMatchObject([point(1, 0, 4), point(2, 0, 0), point(1, 1, 1), point(2, 1, 2)]);
    expect(series).toHaveLength(4);
    expect(series[1].latencyUs).toBeNull();
    const within = (actual: number | undefined, us: number) =>
      expect(Math.abs((actual ?? Number.NaN) - us)).toBeLessThan(us / 100);
    within(series[0].latencyUs?.p50, 1000);
    within(series[0].latencyUs?.p99, 9000);
    within(series[3].latencyUs?.p50, 7000);
  });
});

describe('buildResult for a process among others', () => {
  const leading: Pick<RunFacts, 'cluster'> = { cluster: { processes: 2, scope: 'whole', lostShards: [] } };
  const hosting = (...localShardIds: number[]) => ({ ...config, localShardIds }) as RunConfig;

  it('lists its own shards, and has totals over all where it has all reports', () => {
    const { shards, totals, series, cluster, audit } = buildResult(facts({ ...leading, config: hosting(0) }), workload);
    expect(cluster).toEqual(leading.cluster);
    expect(shards.map(({ shardId }) => shardId)).toEqual([0]);
    expect(totals).toMatchObject({ shards: 2, commits: 10, userAborts: 2 });
    expect(totals.throughputTps).toBeCloseTo(1.4);
    expect(totals.efficiencyPct).toBeCloseTo((100 * 48) / (6 * 10));
    expect(totals.latencyUs?.max).toBeGreaterThan(3990);
    expect(audit[0].measured).toBe(14);
    expect(new Set(series.map(({ shardId }) => shardId)).has(1)).toBe(false);
    expect(totals.perShard?.map(({ shardId, commits }) => [shardId, commits])).toEqual([
      [0, 6],
      [1, 4],
    ]);
    const whole = buildResult(facts(), workload);
    const { throughputTps, commits, userAborts, conflictAborts, crossShardPct } = whole.shards[1];
    const expected = { shardId: 1, throughputTps, commits, userAborts, conflictAborts, crossShardPct };
    expect(totals.perShard?.[1]).toEqual(expected);
    expect(whole.totals.perShard).toBeUndefined();
  });

  it('counts the memory of this process alone, which the limit is for', () => {
    const { totals } = buildResult(facts({ ...leading, config: hosting(0) }), workload);
    expect(totals.memory).toMatchObject({ engineBytes: 100, limitBytes: 1e9 });
  });

  it('has totals over its own shards where another process has the rest', () => {
    const local = facts({
      config: hosting(1),
      reports: [report(5, [3, 3], [])],
      shardIds: [1],
      cluster: { processes: 2, scope: 'local', lostShards: [] },
    });
    const { shards, totals, audit } = buildResult(local, workload);
    expect(shards.map(({ shardId, port, commits }) => [shardId, port, commits])).toEqual([[1, 2, 4]]);
    expect(totals).toMatchObject({ shards: 1, commits: 4, userAborts: 1 });
    expect(totals.perShard).toBeUndefined();
    expect(totals.efficiencyPct).toBeCloseTo((100 * 24) / (3 * 10));
    expect(audit[0].measured).toBe(7);
  });

  it('counts the trouble of all workers, that of other processes too, and lists it as a deviation', () => {
    const asked: ChaosEvent = { kind: 'kill', text: 'kill:process,at=1s', atMs: 1000 };
    const pause = (count: number): ChaosCount => ({ spec: 'pause:worker', kind: 'pause', count, totalMs: 250 * count });
    const reports = [1, 2].map((count) => ({ ...report(10, [1], []), chaos: [pause(count)] }));
    const { chaos, deviations } = buildResult(facts({ config: { ...config, chaos: [asked] }, reports }), workload);
    expect(chaos).toEqual([{ spec: asked.text, kind: 'kill', count: 0, totalMs: 0 }, pause(3)]);
    expect(deviations.filter((deviation) => deviation.includes('--chaos'))).toEqual([
      'trouble was made on purpose (--chaos kill:process,at=1s): did not happen',
      'trouble was made on purpose (--chaos pause:worker): 3 pauses of workers, 0.75 s in all',
    ]);
    expect(buildResult(facts(), workload)).not.toHaveProperty('chaos');
  });

  it('says of one process that its shards have lost each other', () => {
    const one = { ...config, transport: { kind: 'tcp', ringCapacityBytes: null } } as RunConfig;
    const { deviations } = buildResult(facts({ config: one, endedBy: 'peer-lost' }), workload);
    expect(deviations.join()).toContain('a link between shards of the cluster was lost');
  });

  it('holds an open loop against the rate of the shards that its totals cover', () => {
    const offered = { ...hosting(1), pacing: { kind: 'rate', transactionsPerSecond: 2 } } as RunConfig;
    const reports = [report(5, [3, 3], [])];
    const cluster: ClusterResult = { processes: 2, scope: 'local', lostShards: [] };
    const own = buildResult(facts({ config: offered, reports, shardIds: [1], cluster }), workload);
    expect(own.deviations.join()).not.toContain('fell behind');
    const whole = buildResult(facts({ ...leading, config: offered }), workload);
    expect(whole.deviations.join()).toContain('1 of 2 transactions a second');
  });

  it('passes on what the process found out about consistency, and says that a peer was lost', () => {
    const consistency: ConsistencyResult = {
      passed: null,
      checkSeconds: 1,
      conditions: [
        { id: '1', title: 'one', passed: false, checkable: false, checkedRows: 0, violationCount: 0, violations: [] },
      ],
    };
    const lost = facts({ ...leading, endedBy: 'peer-lost', consistency });
    const result = buildResult(lost, workload);
    expect(result.consistency).toEqual(consistency);
    expect(result.deviations.join()).toContain('another process of the cluster was lost');
  });
});

describe('what a run could not end or had to repeat', () => {
  const withOutcomes = (change: (recorder: Recorder) => void): MeasuredReport => {
    const recorder = new Recorder(TYPES);
    recorder.restart(0);
    recorder.commit(0, false, 1);
    change(recorder);
    return { ...report(10, [], []), recorded: recorder.report(0) };
  };

  it('is told by reason, and is in no other figure', () => {
    const none = buildResult(facts(), workload);
    expect(none.totals.failedByReason).toBeUndefined();
    const reports = [
      withOutcomes((recorder) => {
        recorder.failure(0, false);
        recorder.failure(1, false);
        recorder.failure(1, true);
      }),
      withOutcomes((recorder) => recorder.failure(0, false)),
    ];
    const { totals, shards } = buildResult(facts({ reports }), workload);
    expect(totals.failedByReason).toEqual({ peerLost: 3, inDoubt: 1 });
    expect(totals).toMatchObject({ commits: 2, userAborts: 0, conflictAborts: 0 });
    expect(shards[0].transactions['a'].latencyUs?.max).toBeLessThan(1010);
    expect(shards[0].histogram.reduce((sum, { count }) => sum + count, 0)).toBe(1);
  });

  it('counts conflict aborts by type, shard and in all', () => {
    const conflicts = (a: number, b: number) =>
      withOutcomes((recorder) => {
        for (let i = 0; i < a; i++) recorder.conflictAbort(0);
        for (let i = 0; i < b; i++) recorder.conflictAbort(1);
      });
    const reports = [conflicts(3, 1), conflicts(2, 0)];
    const { totals, shards } = buildResult(facts({ reports }), workload);
    expect(shards.map((shard) => shard.conflictAborts)).toEqual([4, 2]);
    expect(shards[0].transactions['b'].conflictAborts).toBe(1);
    expect(totals.conflictAborts).toBe(6);
    expect(totals.abortRateTps).toBeCloseTo(0.6);
  });
});

describe('counters of a shard', () => {
  const counting = (exchange: Record<string, number>, deferredQueueMost: number, parks: number): MeasuredReport => ({
    ...report(10, [1], []),
    exchange,
    deferredQueueMost,
    parks,
    committed: 0,
  });

  it('are the sums of its workers and its transport, and the largest where the most is told', () => {
    const reports = [
      counting({ framesIn: 5, retriesMost: 7, parks: 1000 }, 3, 10),
      counting({ framesIn: 6, retriesMost: 2, parks: 1000, inDoubt: 1 }, 9, 20),
      counting({ framesIn: 100 }, 1, 30),
    ];
    const transports = new Map([
      [0, { framesIn: 1, tcpFramesIn: 8, frameDropsTotal: 2 }],
      [1, { tcpFramesIn: 9, frameDropsTotal: 0 }],
    ]);
    const [first, second] = buildResult(facts({ reports, shardIds: [0, 0, 1], transports }), workload).shards;
    expect(first.counters).toEqual({
      framesIn: 12,
      retriesMost: 7,
      inDoubt: 1,
      deferredQueueMost: 9,
      parks: 30,
      engineBytes: 200,
      tcpFramesIn: 8,
      frameDropsTotal: 2,
    });
    expect(second.counters).toEqual({
      framesIn: 100,
      deferredQueueMost: 1,
      parks: 30,
      engineBytes: 100,
      tcpFramesIn: 9,
      frameDropsTotal: 0,
    });
  });

  it('say of a worker that is alone that nothing was dropped', () => {
    const alone = { ...config, localShardIds: [0] } as RunConfig;
    const [shard] = buildResult(
      facts({ config: alone, reports: [counting({}, 0, 1)], shardIds: [0] }),
      workload,
    ).shards;
    expect(shard.counters).toEqual({ frameDropsTotal: 0, parks: 1, deferredQueueMost: 0, engineBytes: 100 });
  });
});
