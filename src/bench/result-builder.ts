/** Puts the result of a run together from what the workers measured. Runs on the main thread, after the measurement. */
import { cpus, platform, totalmem } from 'node:os';
import type { RunConfig } from '../config/run-config.ts';
import { type ChaosCount, describeChaosCount, mergeChaosCounts, newChaosCount } from './chaos/chaos-counts.ts';
import type { WorkloadModule } from './contract.ts';
import { databaseDeviations } from './database/database-result.ts';
import type { DurabilityResult } from './durable/durability-figures.ts';
import { type DurabilityFacts, durabilityResult } from './durable/durability-result.ts';
import { logBuckets } from './log-buckets.ts';
import { describeLostPart } from './lost-part.ts';
import { NANOSECONDS_PER_US, type TypeReport } from './recorder.ts';
import {
  type ClusterResult,
  type ConsistencyResult,
  type DatabaseResult,
  type EndedBy,
  RESULT_SCHEMA_VERSION,
  type RunResult,
  type SeriesPoint,
  type ShardResult,
  type ShardTotals,
} from './result.ts';
import { percentileOf } from './second-buckets.ts';
import { share, sum } from './sum.ts';
import { transactionTimes, workerTime } from './time-shares.ts';
import {
  addLatencies,
  completedOf,
  latency,
  mergeLatencies,
  noLatencies,
  type TypeLatencies,
  transactionResult,
} from './transaction-result.ts';
import type { MeasuredReport } from './worker-messages.ts';

/** What a run hands over. */
export interface RunFacts {
  config: RunConfig;
  dbtestVersion: string;
  startedAt: Date;
  endedBy: EndedBy;
  loadSeconds: number;
  loadedRows: number;
  /** After the load. */
  loadedEngineBytes: number;
  loadedProcessBytes: number;
  warmupSeconds: number;
  measurementStartedAt: Date;
  /** By worker; `shardIds` names the shard of each. Of the whole cluster, or of this process alone. */
  reports: MeasuredReport[];
  shardIds: number[];
  cluster: ClusterResult;
  consistency: ConsistencyResult;
  /** By local shard: what its transport counted. */
  transports: Map<number, Record<string, number>>;
  /** Null where nothing was made durable. */
  durability?: DurabilityFacts | null;
  /** Why nothing more could be made durable; absent where everything was. */
  diskFault?: string;
  /** Absent on the embedded engine. */
  database?: DatabaseResult;
}

/** @param everyType by type: the shard's latencies are added here */
function shardResult(
  facts: RunFacts,
  workload: WorkloadModule,
  shardId: number,
  everyType: readonly TypeLatencies[],
): ShardResult {
  const { config } = facts;
  const reports = facts.reports.filter((_, i) => facts.shardIds[i] === shardId);
  const seconds = reports.map((report) => report.measuredSeconds);
  const byType = workload.transactionTypes.map((_, type) => reports.map((report) => report.recorded.types[type]));
  const outcomes = byType.flat();
  const commits = sum(outcomes.map((outcome) => outcome.commits));
  const userAborts = sum(outcomes.map((outcome) => outcome.userAborts));
  const completed = commits + userAborts;
  const latencies = byType.map(mergeLatencies);
  latencies.forEach((each, i) => {
    addLatencies(everyType[i], each);
  });
  const histogram = completedOf(latencies);
  const address = config.cluster.shards[shardId];
  return {
    shardId,
    port: address.port,
    warehouses: config.cluster.warehousesPerShard,
    threads: config.database === undefined ? reports.length : config.numThreads,
    throughputTps: sum(reports.map((report, i) => sum(report.recorded.types.map((t) => t.commits)) / seconds[i])),
    commits,
    userAborts,
    conflictAborts: sum(outcomes.map((outcome) => outcome.conflictAborts)),
    crossShardPct: share(sum(outcomes.map((outcome) => outcome.crossShardCommits)), commits),
    ...latency(histogram),
    timeShares: transactionTimes(outcomes.map((outcome) => outcome.times)),
    workers: reports.map(workerTime),
    transactions: Object.fromEntries(
      workload.transactionTypes.map((type, i) => [
        type.key,
        transactionResult({ type, reports: byType[i], seconds, latencies: latencies[i] }, completed),
      ]),
    ),
    histogram: logBuckets(histogram, NANOSECONDS_PER_US),
    counters: shardCounters(reports, facts.transports.get(shardId) ?? {}),
  };
}

/** Of these the largest counts, of all others the sum. */
const MOST = new Set(['retriesMost', 'deferredQueueMost']);

/** What the workers of a shard and its transport counted. */
function shardCounters(
  reports: readonly MeasuredReport[],
  transport: Readonly<Record<string, number>>,
): Record<string, number> {
  const counters: Record<string, number> = { frameDropsTotal: 0 };
  const add = (name: string, value: number) => {
    const before = counters[name] ?? 0;
    counters[name] = MOST.has(name) ? Math.max(before, value) : before + value;
  };
  for (const report of reports) {
    for (const [name, value] of Object.entries(report.exchange)) if (name !== 'parks') add(name, value);
    add('parks', report.parks);
    add('deferredQueueMost', report.deferredQueueMost);
    add('engineBytes', report.engineBytes);
  }
  for (const [name, value] of Object.entries(transport)) add(name, value);
  return counters;
}

/** Points of the local shards: each joins the shard's workers. A second that a worker did not finish has no point. */
function series(facts: RunFacts): SeriesPoint[] {
  return facts.config.localShardIds.flatMap((shardId) => {
    const workers = facts.reports
      .filter((_, i) => facts.shardIds[i] === shardId)
      .map(({ recorded }) => recorded.series);
    const seconds = Math.min(...workers.map((points) => points.length));
    return Array.from({ length: seconds }, (_, i): SeriesPoint => {
      const points = workers.map((worker) => worker[i]);
      const latencies = points.map((point) => point.latencies);
      const p50 = percentileOf(latencies, 50);
      const p99 = percentileOf(latencies, 99);
      return {
        second: points[0].second,
        shardId,
        throughputTps: sum(points.map((point) => point.commits)),
        userAborts: sum(points.map((point) => point.userAborts)),
        conflictAborts: sum(points.map((point) => point.conflictAborts)),
        latencyUs:
          p50 === null || p99 === null ? null : { p50: p50 / NANOSECONDS_PER_US, p99: p99 / NANOSECONDS_PER_US },
      };
    });
  });
}

/** Sums of the workers' counters. */
function counterTotals(reports: readonly MeasuredReport[]): Record<string, number> {
  const totals: Record<string, number> = {};
  for (const report of reports) {
    for (const [name, value] of Object.entries(report.counters)) totals[name] = (totals[name] ?? 0) + value;
  }
  return totals;
}

/** Of all workers and processes whose reports are there, those that this process was asked for first. */
const chaosCounts = ({ config, reports }: RunFacts): ChaosCount[] =>
  mergeChaosCounts([...(config.chaos ?? []).map(newChaosCount), ...reports.flatMap((report) => report.chaos ?? [])]);

/** Below this share of the offered rate an open loop has fallen behind. */
const LEAST_OFFERED_SHARE = 0.98;

/** @param completedTps commits and user aborts a second */
function runDeviations(facts: RunFacts, completedTps: number, chaos: readonly ChaosCount[]): string[] {
  const { config } = facts;
  const deviations: string[] = [];
  if (facts.endedBy === 'memory-limit') deviations.push('the run ended early: the memory limit was reached');
  if (facts.endedBy === 'peer-lost') {
    deviations.push(`the run ended early: ${describeLostPart(config)} of the cluster was lost`);
  }
  if (facts.endedBy === 'disk-error') {
    deviations.push(
      `the run ended early with an error of the disk, and what it had not acknowledged is lost: ${facts.diskFault}`,
    );
  }
  if (facts.endedBy === 'connection-lost') {
    deviations.push(
      `the run ended early: more than ${config.database?.maxErrors} connections were lost (--max-errors)`,
    );
  }
  if (facts.endedBy === 'database-error') {
    deviations.push(`the run ended early with an error of the database: ${facts.database?.errors.at(-1)}`);
  }
  for (const count of chaos) {
    deviations.push(`trouble was made on purpose (--chaos ${count.spec}): ${describeChaosCount(count)}`);
  }
  if (facts.endedBy === 'interrupt') deviations.push('the run ended early: it was interrupted');
  if (config.pacing.kind === 'rate') {
    const offeredTps =
      (config.pacing.transactionsPerSecond * new Set(facts.shardIds).size) / config.cluster.shards.length;
    if (completedTps < offeredTps * LEAST_OFFERED_SHARE) {
      deviations.push(
        `the open loop fell behind: ${Math.round(completedTps)} of ${offeredTps} transactions a second were completed, ` +
          'and starts that were overdue at the end are in no figure',
      );
    }
  }
  if (!config.check) deviations.push('the consistency conditions were not checked (--no-check)');
  return deviations;
}

const shardTotals = (shard: ShardResult): ShardTotals => ({
  shardId: shard.shardId,
  throughputTps: shard.throughputTps,
  commits: shard.commits,
  userAborts: shard.userAborts,
  conflictAborts: shard.conflictAborts,
  crossShardPct: shard.crossShardPct,
});

const failedByReason = ({ database }: RunConfig, failed: number, byDoubt: number): Record<string, number> =>
  database === undefined ? { peerLost: failed, inDoubt: byDoubt } : { connectionLost: failed };

/** Builds the result. */
function durabilityOf({ durability, reports, shardIds, config }: RunFacts): { durability?: DurabilityResult } {
  if (durability === undefined || durability === null) return {};
  const isLocal = (_: unknown, i: number) => config.localShardIds.includes(shardIds[i]);
  return { durability: durabilityResult(durability, reports.filter(isLocal), shardIds.filter(isLocal)) };
}

export function buildResult(facts: RunFacts, workload: WorkloadModule): RunResult {
  const { config, reports } = facts;
  const everyType = workload.transactionTypes.map(noLatencies);
  const covered = [...new Set(facts.shardIds)].sort((a, b) => a - b);
  const everyShard = covered.map((shardId) => shardResult(facts, workload, shardId, everyType));
  const shards = everyShard.filter((shard) => config.localShardIds.includes(shard.shardId));
  const counters = counterTotals(reports);
  const perMinute = (count: (outcome: TypeReport) => number): number =>
    sum(
      reports.map((report) => {
        const counted = report.recorded.types.filter((_, i) => workload.transactionTypes[i].countedInTpmC === true);
        return (sum(counted.map(count)) * 60) / report.measuredSeconds;
      }),
    );
  const tpmC = perMinute((outcome) => outcome.commits);
  const commits = sum(everyShard.map((shard) => shard.commits));
  const userAborts = sum(everyShard.map((shard) => shard.userAborts));
  const conflictAborts = sum(everyShard.map((shard) => shard.conflictAborts));
  const failed = sum(reports.flatMap((report) => report.recorded.types.map((type) => type.failed)));
  const failedByDoubt = sum(reports.flatMap((report) => report.recorded.types.map((type) => type.failedByDoubt)));
  const measuredSeconds = Math.max(...reports.map((report) => report.measuredSeconds));
  const throughputTps = sum(everyShard.map((shard) => shard.throughputTps));
  const chaos = chaosCounts(facts);
  const completedTps = (commits + userAborts) / measuredSeconds;
  const warehouses = config.cluster.warehousesPerShard * covered.length;
  const bestTpmC = workload.mostTpmCPerWarehouse === null ? null : workload.mostTpmCPerWarehouse * warehouses;
  return {
    schemaVersion: RESULT_SCHEMA_VERSION,
    dbtestVersion: facts.dbtestVersion,
    startedAt: facts.startedAt.toISOString(),
    measurementStartedAt: facts.measurementStartedAt.toISOString(),
    endedBy: facts.endedBy,
    cluster: facts.cluster,
    config,
    seed: config.seed,
    host: {
      cpu: cpus()[0]?.model.trim() ?? 'unknown',
      cores: cpus().length,
      memoryBytes: totalmem(),
      node: process.version,
      platform: `${platform()} ${process.arch}`,
    },
    phases: { loadSeconds: facts.loadSeconds, warmupSeconds: facts.warmupSeconds, measuredSeconds },
    load: {
      rows: facts.loadedRows,
      rowsPerSecond: facts.loadSeconds === 0 ? 0 : facts.loadedRows / facts.loadSeconds,
      engineBytes: facts.loadedEngineBytes,
      processBytes: facts.loadedProcessBytes,
    },
    totals: {
      throughputTps,
      tpmC,
      tpmCWithRollbacks: perMinute((outcome) => outcome.commits + outcome.userAborts),
      commits,
      userAborts,
      conflictAborts,
      crossShardPct: share(sum(everyShard.map((shard) => (shard.crossShardPct * shard.commits) / 100)), commits),
      expectedCrossShardPct: workload.expectedCrossShardPct(config),
      efficiencyPct: config.pacing.kind === 'keying' && bestTpmC !== null ? share(tpmC, bestTpmC) : null,
      ...latency(completedOf(everyType)),
      timeShares: transactionTimes(reports.flatMap((report) => report.recorded.types.map((type) => type.times))),
      transactions: Object.fromEntries(
        workload.transactionTypes.map((type, i) => {
          const ofType = reports.map((report) => report.recorded.types[i]);
          const seconds = reports.map((report) => report.measuredSeconds);
          const totals = { type, reports: ofType, seconds, latencies: everyType[i] };
          return [type.key, transactionResult(totals, commits + userAborts)];
        }),
      ),
      memory: {
        engineBytes: sum(shards.map((shard) => shard.counters['engineBytes'])),
        limitBytes: config.memoryLimitBytes,
        processBytes: process.memoryUsage.rss(),
      },
      abortRateTps: (userAborts + conflictAborts) / measuredSeconds,
      persistThroughputTps: throughputTps,
      shards: covered.length,
      ...(failed + failedByDoubt > 0 ? { failedByReason: failedByReason(config, failed, failedByDoubt) } : {}),
      ...(covered.length > shards.length ? { perShard: everyShard.map(shardTotals) } : {}),
    },
    ...(facts.database === undefined ? {} : { database: facts.database }),
    shards,
    audit: workload.audit(counters, config),
    consistency: facts.consistency,
    series: series(facts),
    ...(chaos.length === 0 ? {} : { chaos }),
    ...durabilityOf(facts),
    deviations: [
      ...workload.deviations(config, counters, measuredSeconds),
      ...runDeviations(facts, completedTps, chaos),
      ...(facts.database === undefined ? [] : databaseDeviations(facts.database)),
    ],
  };
}
