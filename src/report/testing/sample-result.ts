/**
 * A run result as a real run makes it, for tests of reports: latencies drawn from long-tailed distributions into HDR
 * histograms, every share and sum consistent with the counts, the same on every machine.
 */
import { build, type Histogram } from 'hdr-histogram-js';
import { latencyCurve } from '../../bench/latency-curve.ts';
import { summarize } from '../../bench/latency-summary.ts';
import { logBuckets } from '../../bench/log-buckets.ts';
import {
  type AuditRow,
  type ConditionResult,
  type LocalityResult,
  RESULT_SCHEMA_VERSION,
  type RunResult,
  type ShardResult,
  type ShardTotals,
  type TimeShares,
  type TransactionResult,
} from '../../bench/result.ts';

export interface SampleShape {
  shards: number;
  warehousesPerShard: number;
  threads: number;
  measuredSeconds: number;
  /** Shards of the process whose result it is; each other shard then has a process of its own. Null for all. */
  localShardIds: readonly number[] | null;
}

const UNITS_PER_US = 1000;

const TYPES = [
  { key: 'newOrder', title: 'New-Order', cards: 10, medianUs: 14.2, crossPct: 4.9 },
  { key: 'payment', title: 'Payment', cards: 10, medianUs: 5.1, crossPct: 8.6 },
  { key: 'orderStatus', title: 'Order-Status', cards: 1, medianUs: 4.4, crossPct: 0 },
  { key: 'delivery', title: 'Delivery', cards: 1, medianUs: 0.9, crossPct: 0 },
  { key: 'stockLevel', title: 'Stock-Level', cards: 1, medianUs: 96, crossPct: 0 },
] as const;

/** A small generator with a fixed seed (mulberry32), uniform over 0..1. */
function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const newHistogram = (): Histogram =>
  build({
    bitBucketSize: 64,
    lowestDiscernibleValue: 1,
    highestTrackableValue: 3.6e12,
    numberOfSignificantValueDigits: 3,
  });

/** Latencies around a median with a long tail, each standing for `weight` transactions. */
function recorded(random: () => number, count: number, medianUs: number, weight: number): Histogram {
  const histogram = newHistogram();
  for (let i = 0; i < count; i++) {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const pause = random() < 0.0008 ? 400 + 6000 * random() : 0;
    const us = medianUs * Math.exp(0.35 * normal) + pause;
    histogram.recordValueWithCount(Math.round(us * UNITS_PER_US), weight);
  }
  return histogram;
}

const latency = (histogram: Histogram) => ({
  latencyUs: summarize(histogram, UNITS_PER_US),
  latencyCurve: latencyCurve(histogram, UNITS_PER_US),
});

/** A local transaction runs from start to end; one that crosses shards waits for most of its time. */
function sampleTimes(local: Histogram, cross: Histogram): Pick<LocalityResult, 'timeShares'> {
  const seconds = ({ mean, totalCount }: Histogram): number =>
    totalCount === 0 ? 0 : (mean * totalCount) / UNITS_PER_US / 1e6;
  const totalSeconds = seconds(local) + seconds(cross);
  if (totalSeconds === 0) return { timeShares: null };
  const crossShare = seconds(cross) / totalSeconds;
  return {
    timeShares: {
      totalSeconds,
      executingPct: 100 - 90 * crossShare,
      waitingForRemotePct: 78 * crossShare,
      waitingForLocksPct: 2 * crossShare,
      retryingPct: 10 * crossShare,
      queueingPct: 0,
    },
  };
}

/** A deferred execution has waited for its turn for most of its time. */
const DEFERRED_TIMES: TimeShares = {
  totalSeconds: 4.8,
  executingPct: 37.5,
  waitingForRemotePct: 0,
  waitingForLocksPct: 0,
  retryingPct: 0,
  queueingPct: 62.5,
};

interface SampleShard {
  shard: ShardResult;
  all: Histogram;
  /** By key of the transaction. */
  latencies: Record<string, { local: Histogram; cross: Histogram; deferred: Histogram | null }>;
}

function sampleShard(shardId: number, shape: SampleShape): SampleShard {
  const random = uniform(shardId + 1);
  const weight = 40;
  const perCard = 1100;
  const [all, allLocal, allCross, none] = [newHistogram(), newHistogram(), newHistogram(), newHistogram()];
  const transactions: Record<string, TransactionResult> = {};
  const latencies: SampleShard['latencies'] = {};
  let commits = 0;
  let userAborts = 0;
  let conflictAborts = 0;
  let crossed = 0;
  for (const type of TYPES) {
    const crossPct = shape.shards > 1 ? type.crossPct : 0;
    const completed = type.cards * perCard;
    const remote = Math.round((completed * crossPct) / 100);
    const local = recorded(random, completed - remote, type.medianUs, weight);
    const cross = recorded(random, remote, type.medianUs + 95, weight);
    const both = newHistogram();
    both.add(local);
    if (remote > 0) both.add(cross);
    all.add(both);
    allLocal.add(local);
    if (remote > 0) allCross.add(cross);
    const deferred = type.key === 'delivery' ? recorded(random, completed, 48, weight) : null;
    latencies[type.key] = { local, cross, deferred };
    const aborted = type.key === 'newOrder' ? Math.round(both.totalCount * 0.01) : 0;
    const conflicts = remote * 2 + (shardId === 0 && remote > 0 ? 7 : 0);
    transactions[type.key] = {
      title: type.title,
      commits: both.totalCount - aborted,
      userAborts: aborted,
      conflictAborts: conflicts,
      throughputTps: (both.totalCount - aborted) / shape.measuredSeconds,
      crossShardPct: (100 * remote) / completed,
      mixPct: (100 * type.cards) / 23,
      ...latency(both),
      ...sampleTimes(local, cross),
      local: { commits: local.totalCount - aborted, ...latency(local), ...sampleTimes(local, none) },
      crossShard: { commits: cross.totalCount, ...latency(cross), ...sampleTimes(none, cross) },
      ...(deferred !== null
        ? {
            deferred: {
              completed: both.totalCount - 3,
              ...latency(deferred),
              timeShares: DEFERRED_TIMES,
              withinLimitPct: 100,
              limitSeconds: 80,
            },
          }
        : {}),
    };
    commits += both.totalCount - aborted;
    userAborts += aborted;
    conflictAborts += conflicts;
    crossed += cross.totalCount;
  }
  const shard: ShardResult = {
    shardId,
    port: 31000 + 100 * shardId,
    warehouses: shape.warehousesPerShard,
    threads: shape.threads,
    throughputTps: commits / shape.measuredSeconds,
    commits,
    userAborts,
    conflictAborts,
    crossShardPct: (100 * crossed) / (commits + userAborts),
    ...latency(all),
    ...sampleTimes(allLocal, allCross),
    workers: Array.from({ length: shape.threads }, (_, i) => {
      const messagesPct = shape.shards > 1 ? 20 + i : 0;
      return { ownTransactionsPct: 95 - messagesPct - i, messagesPct, idlePct: 5 + i };
    }),
    transactions,
    histogram: logBuckets(all, UNITS_PER_US),
    counters: shape.shards > 1 ? sampleCounters(crossed) : { parks: 12, frameDropsTotal: 0 },
  };
  return { shard, all, latencies };
}

/** One type of transaction over all shards, from merged histograms. */
function overAllShards(key: string, samples: readonly SampleShard[], shape: SampleShape): TransactionResult {
  const parts = samples.map(({ shard }) => shard.transactions[key] as TransactionResult);
  const merged = (part: 'local' | 'cross' | 'deferred'): Histogram => {
    const total = newHistogram();
    for (const { latencies } of samples) {
      const histogram = latencies[key]?.[part];
      if (histogram) total.add(histogram);
    }
    return total;
  };
  const sum = (value: (part: TransactionResult) => number): number =>
    parts.reduce((total, part) => total + value(part), 0);
  const [local, cross] = [merged('local'), merged('cross')];
  const both = newHistogram();
  both.add(local);
  both.add(cross);
  const commits = sum((part) => part.commits);
  const first = parts[0] as TransactionResult;
  return {
    title: first.title,
    commits,
    userAborts: sum((part) => part.userAborts),
    conflictAborts: sum((part) => part.conflictAborts),
    throughputTps: commits / shape.measuredSeconds,
    crossShardPct: (100 * cross.totalCount) / both.totalCount,
    mixPct: first.mixPct,
    ...latency(both),
    ...sampleTimes(local, cross),
    local: { commits: sum((part) => part.local.commits), ...latency(local), ...sampleTimes(local, newHistogram()) },
    crossShard: { commits: cross.totalCount, ...latency(cross), ...sampleTimes(newHistogram(), cross) },
    ...(first.deferred === undefined
      ? {}
      : {
          deferred: {
            completed: sum((part) => part.deferred?.completed ?? 0),
            ...latency(merged('deferred')),
            timeShares: DEFERRED_TIMES,
            withinLimitPct: 100,
            limitSeconds: 80,
          },
        }),
  };
}

/** Counters of a shard whose transactions crossed shards `crossed` times: three frames a fragment, some batched. */
function sampleCounters(crossed: number): Record<string, number> {
  const framesOut = crossed * 6 + 12;
  const framesIn = framesOut - 7;
  return {
    framesIn,
    framesOut,
    bytesIn: framesIn * 183,
    bytesOut: framesOut * 183,
    batchesIn: Math.round(framesIn / 2.3),
    batchesOut: Math.round(framesOut / 2.4),
    wakesSent: Math.round(crossed / 11),
    wakesSuppressed: Math.round(crossed * 1.9),
    parks: Math.round(crossed / 9),
    ringFullSpills: 0,
    fragmentsExecuted: crossed,
    fragmentConflicts: Math.round(crossed / 800),
    retriesMost: 4,
    inDoubt: 0,
    frameDropsTotal: 0,
    dropsBy_wrongLength: 0,
  };
}

function sampleAudit(shape: SampleShape): AuditRow[] {
  const row = (
    name: string,
    unit: string,
    measured: number,
    expected: number | null,
    low: number | null,
    high: number | null,
    samples: number,
    verdict: AuditRow['verdict'] = 'pass',
  ): AuditRow => ({ name, unit, measured, expected, low, high, samples, verdict });
  const remote = shape.shards * shape.warehousesPerShard > 1;
  return [
    row('New-Orders rolled back', '%', 1.0043, 1, 0.9, 1.1, 880_000),
    row('order lines per New-Order', 'lines', 9.9987, 10, 9.5, 10.5, 880_000),
    remote
      ? row('remote order lines', '%', 1.0012, 1, 0.95, 1.05, 8_798_856)
      : row('remote order lines', '%', 0, 0, null, null, 8_798_856, 'not applicable'),
    remote
      ? row('remote Payments', '%', 15.0213, 15, 14, 16, 880_000)
      : row('remote Payments', '%', 0, 0, null, null, 880_000, 'not applicable'),
    row('Payments by last name', '%', 59.94, 60, 57, 63, 880_000),
    row('Order-Status by last name', '%', 56.91, 60, 57, 63, 181, 'too few'),
    row('New-Order in the mix', '%', 43.48, 43.478, null, null, 2_024_000, 'info'),
    row('Payment in the mix', '%', 43.48, 43.478, 43, null, 2_024_000),
    row('Order-Status in the mix', '%', 4.348, 4.348, 4, null, 2_024_000),
    row('Delivery in the mix', '%', 4.348, 4.348, 4, null, 2_024_000),
    row('Stock-Level in the mix', '%', 4.348, 4.348, 4, null, 2_024_000),
  ];
}

function sampleConditions(warehouses: number): ConditionResult[] {
  const titles = [
    'W_YTD = sum of D_YTD',
    'D_NEXT_O_ID - 1 = max O_ID = max NO_O_ID',
    'max NO_O_ID - min NO_O_ID + 1 = rows of NEW-ORDER',
    'sum of O_OL_CNT = rows of ORDER-LINE',
    'O_CARRIER_ID is null exactly where a NEW-ORDER row exists',
    'O_OL_CNT = number of its order lines',
    'OL_DELIVERY_D is null exactly where O_CARRIER_ID is',
    'W_YTD = sum of H_AMOUNT',
    'D_YTD = sum of H_AMOUNT',
    'C_BALANCE = delivered OL_AMOUNT - sum of H_AMOUNT',
    'orders - new orders = 2100 + deliveries',
    'C_BALANCE + C_YTD_PAYMENT = delivered OL_AMOUNT',
  ];
  const condition = (id: string, title: string, checkedRows: number): ConditionResult => ({
    id,
    title,
    passed: true,
    checkedRows,
    violationCount: 0,
    violations: [],
  });
  return [
    ...titles.map((title, i) => condition(`3.3.2.${i + 1}`, title, warehouses * 10)),
    condition('stock', 'S_YTD, S_ORDER_CNT and S_REMOTE_CNT match the order lines', warehouses * 100_000),
  ];
}

/** A condition that does not hold, as a check reports it. */
export const FAILED_CONDITION: ConditionResult = {
  id: '3.3.2.1',
  title: 'W_YTD = sum of D_YTD',
  passed: false,
  checkedRows: 8,
  violationCount: 5,
  violations: [
    'W_ID 1: W_YTD 30034150, sum of D_YTD 30034149',
    'W_ID 3: W_YTD 30010000, sum of D_YTD 30000000, while the other districts of the warehouse hold what was paid to them',
  ],
};

/** A good run of two shards, or of another shape, with `overrides` on top. */
export function sampleResult(overrides: Partial<RunResult> = {}, shape: Partial<SampleShape> = {}): RunResult {
  const key = JSON.stringify(shape);
  const sample = SAMPLES.get(key) ?? drawSample(shape);
  SAMPLES.set(key, sample);
  return { ...structuredClone(sample), ...overrides };
}

/** By shape: drawing the latencies takes long. */
const SAMPLES = new Map<string, RunResult>();

function drawSample(shape: Partial<SampleShape>): RunResult {
  const full: SampleShape = {
    shards: 2,
    warehousesPerShard: 4,
    threads: 2,
    measuredSeconds: 10,
    localShardIds: null,
    ...shape,
  };
  const everyShard = Array.from({ length: full.shards }, (_, shardId) => shardId);
  const localShardIds = full.localShardIds ?? everyShard;
  const whole = localShardIds.includes(0);
  const samples = (whole ? everyShard : localShardIds).map((shardId) => sampleShard(shardId, full));
  const shards = samples.map(({ shard }) => shard);
  const localShards = shards.filter(({ shardId }) => localShardIds.includes(shardId));
  const all = newHistogram();
  for (const sample of samples) all.add(sample.all);
  const sum = (value: (shard: ShardResult) => number): number =>
    shards.reduce((total, shard) => total + value(shard), 0);
  const commits = sum((shard) => shard.commits);
  const userAborts = sum((shard) => shard.userAborts);
  const conflictAborts = sum((shard) => shard.conflictAborts);
  const newOrders = sum((shard) => shard.transactions['newOrder']?.commits ?? 0);
  const throughputTps = commits / full.measuredSeconds;
  const warehouses = full.shards * full.warehousesPerShard;
  return {
    schemaVersion: RESULT_SCHEMA_VERSION,
    dbtestVersion: '0.1.0',
    startedAt: '2026-11-19T14:11:02.123Z',
    endedBy: 'runtime',
    config: {
      cluster: {
        source: full.shards > 1 ? 'config/local-shards2-warehouses4.yml' : null,
        shards: everyShard.map((shardId) => ({ shardId, host: '127.0.0.1', port: 31000 + 100 * shardId })),
        warehousesPerShard: full.warehousesPerShard,
      },
      localShardIds: [...localShardIds],
      clusterRole: 'localhost',
      numThreads: full.threads,
      transport: { kind: 'auto', ringCapacityBytes: null },
      onPeerLoss: 'stop',
      joinTimeoutSeconds: 30,
      placement: { pinCpus: false, cpuList: null, lowTransportPriority: false },
      terminalsPerWarehouse: 10,
      workload: {
        name: 'tpcc',
        moduleUrl: 'file:///somewhere/workloads/tpcc/index.js',
        options: { remoteItemPct: 1, remotePaymentPct: 15 },
      },
      mix: { kind: 'deck' },
      pacing: { kind: 'none' },
      warmupSeconds: 1,
      warmupByDefault: false,
      runtimeSeconds: full.measuredSeconds,
      seed: 42,
      memoryLimitBytes: 12_000_000_000,
      check: true,
      jsonPath: null,
      exportDir: null,
      historyPath: null,
    },
    cluster: { processes: 1 + full.shards - localShardIds.length, scope: whole ? 'whole' : 'local', lostShards: [] },
    seed: 42,
    host: {
      cpu: 'AMD EPYC 7763 64-Core Processor',
      cores: 2,
      memoryBytes: 51_539_607_552,
      node: 'v20.20.2',
      platform: 'linux x64',
    },
    phases: { loadSeconds: 4.127, warmupSeconds: 1.0003, measuredSeconds: full.measuredSeconds },
    load: {
      rows: 100_000 + warehouses * 499_000,
      rowsPerSecond: 987_654,
      engineBytes: warehouses * 101_400_000,
      processBytes: 70_000_000 + warehouses * 105_000_000,
    },
    totals: {
      shards: shards.length,
      throughputTps,
      tpmC: (60 * newOrders) / full.measuredSeconds,
      tpmCWithRollbacks: (60 * (newOrders + userAborts)) / full.measuredSeconds,
      commits,
      userAborts,
      conflictAborts,
      crossShardPct: sum((shard) => shard.crossShardPct) / shards.length,
      expectedCrossShardPct: full.shards > 1 ? 6.0437 : 0,
      efficiencyPct: null,
      ...latency(all),
      transactions: Object.fromEntries(TYPES.map(({ key }) => [key, overAllShards(key, samples, full)])),
      memory: {
        engineBytes: warehouses * 130_000_000,
        limitBytes: 12_000_000_000,
        processBytes: warehouses * 150_000_000,
      },
      abortRateTps: (userAborts + conflictAborts) / full.measuredSeconds,
      persistThroughputTps: throughputTps,
      ...(localShards.length < shards.length ? { perShard: shards.map(totalsOf) } : {}),
    },
    shards: localShards,
    audit: sampleAudit(full),
    consistency: whole
      ? { passed: true, checkSeconds: 1.2345, conditions: sampleConditions(warehouses) }
      : { passed: null, checkSeconds: 0, conditions: [] },
    series: localShards.flatMap(({ shardId }) =>
      Array.from({ length: full.measuredSeconds }, (_, i) => ({
        second: i + 1,
        shardId,
        throughputTps: throughputTps / shards.length,
        userAborts: 20 + i,
        conflictAborts: 3 * i,
        latencyUs: { p50: 8.1, p99: 140.2 },
      })),
    ),
    deviations: [
      'No keying and think times (TPC-C 5.2.5): throughput is that of a closed loop, and terminals never wait.',
      'Delivery found a district without an undelivered order in 12.31% of its districts (TPC-C 2.7.4.2 wants at most 1%): without pacing the deck delivers more orders than it enters.',
      'ITEM is read-only in the embedded engine.',
    ],
  };
}

const totalsOf = (shard: ShardResult): ShardTotals => {
  const { shardId, throughputTps, commits, userAborts, conflictAborts, crossShardPct } = shard;
  return { shardId, throughputTps, commits, userAborts, conflictAborts, crossShardPct };
};
