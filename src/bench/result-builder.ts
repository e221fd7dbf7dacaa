/** Puts the result of a run together from what the workers measured. Runs on the main thread, after the measurement. */
import { cpus, platform, totalmem } from 'node:os';
import type { Histogram } from 'hdr-histogram-js';
import type { RunConfig } from '../config/run-config.ts';
import type { PartialCheck, TransactionType, WorkloadModule } from './contract.ts';
import { summarize } from './latency-summary.ts';
import { logBuckets } from './log-buckets.ts';
import { decodeHistogram, NANOSECONDS_PER_US, newHistogram, type TypeReport } from './recorder.ts';
import {
  type ConsistencyResult,
  type EndedBy,
  RESULT_SCHEMA_VERSION,
  type RunResult,
  type SeriesPoint,
  type ShardResult,
  type TransactionResult,
} from './result.ts';
import { sum } from './sum.ts';
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
  /** By worker; `shardIds` names the shard of each. */
  reports: MeasuredReport[];
  shardIds: number[];
  /** Null when the check was switched off. */
  partialChecks: PartialCheck[] | null;
  checkSeconds: number;
}

/** Completed transactions of one type in one shard. */
interface TypeTotals {
  type: TransactionType;
  reports: TypeReport[];
  seconds: number[];
}

const share = (part: number, whole: number): number => (whole === 0 ? 0 : (100 * part) / whole);

/** Adds up encoded histograms. */
function merge(encoded: readonly (string | null)[]): Histogram {
  const total = newHistogram();
  for (const text of encoded) if (text !== null) total.add(decodeHistogram(text));
  return total;
}

const summary = (histogram: Histogram) => summarize(histogram, NANOSECONDS_PER_US);

function transactionResult(totals: TypeTotals, completedInShard: number): TransactionResult {
  const { type, reports, seconds } = totals;
  const local = merge(reports.map((report) => report.local));
  const crossShard = merge(reports.map((report) => report.crossShard));
  const all = newHistogram();
  all.add(local);
  all.add(crossShard);
  const commits = sum(reports.map((report) => report.commits));
  const userAborts = sum(reports.map((report) => report.userAborts));
  const crossShardCommits = sum(reports.map((report) => report.crossShardCommits));
  const deferred = merge(reports.map((report) => report.deferred));
  const limitSeconds = type.deferredLimitSeconds;
  return {
    title: type.title,
    commits,
    userAborts,
    conflictAborts: sum(reports.map((report) => report.conflictAborts)),
    throughputTps: sum(reports.map((report, i) => report.commits / seconds[i])),
    crossShardPct: share(crossShardCommits, commits),
    mixPct: share(commits + userAborts, completedInShard),
    latencyUs: summary(all),
    local: { commits: commits - crossShardCommits, latencyUs: summary(local) },
    crossShard: { commits: crossShardCommits, latencyUs: summary(crossShard) },
    ...(limitSeconds === undefined
      ? {}
      : {
          deferred: {
            completed: deferred.totalCount,
            latencyUs: summary(deferred),
            withinLimitPct: percentWithin(deferred, limitSeconds),
            limitSeconds,
          },
        }),
  };
}

/** Share of values up to `limitSeconds`, or null where there are none. */
function percentWithin(histogram: Histogram, limitSeconds: number): number | null {
  if (histogram.totalCount === 0) return null;
  const limitNs = limitSeconds * 1e9;
  if (histogram.maxValue <= limitNs) return 100;
  let low = 0;
  let high = 100;
  while (high - low > 0.001) {
    const middle = (low + high) / 2;
    if (histogram.getValueAtPercentile(middle) <= limitNs) low = middle;
    else high = middle;
  }
  return low;
}

function shardResult(facts: RunFacts, workload: WorkloadModule, shardId: number, all: Histogram): ShardResult {
  const { config } = facts;
  const reports = facts.reports.filter((_, i) => facts.shardIds[i] === shardId);
  const seconds = reports.map((report) => report.measuredSeconds);
  const byType = workload.transactionTypes.map((_, type) => reports.map((report) => report.recorded.types[type]));
  const outcomes = byType.flat();
  const commits = sum(outcomes.map((outcome) => outcome.commits));
  const userAborts = sum(outcomes.map((outcome) => outcome.userAborts));
  const completed = commits + userAborts;
  const histogram = merge(outcomes.flatMap((outcome) => [outcome.local, outcome.crossShard]));
  all.add(histogram);
  const address = config.cluster.shards[shardId];
  return {
    shardId,
    port: address.port,
    warehouses: config.cluster.warehousesPerShard,
    threads: reports.length,
    throughputTps: sum(reports.map((report, i) => sum(report.recorded.types.map((t) => t.commits)) / seconds[i])),
    commits,
    userAborts,
    conflictAborts: sum(outcomes.map((outcome) => outcome.conflictAborts)),
    crossShardPct: share(sum(outcomes.map((outcome) => outcome.crossShardCommits)), commits),
    latencyUs: summary(histogram),
    transactions: Object.fromEntries(
      workload.transactionTypes.map((type, i) => [
        type.key,
        transactionResult({ type, reports: byType[i], seconds }, completed),
      ]),
    ),
    histogram: logBuckets(histogram, NANOSECONDS_PER_US),
    counters: {
      frameDropsTotal: 0,
      parks: sum(reports.map((report) => report.parks)),
      deferredQueueMost: Math.max(...reports.map((report) => report.deferredQueueMost)),
      engineBytes: sum(reports.map((report) => report.engineBytes)),
    },
  };
}

function consistency(facts: RunFacts, workload: WorkloadModule): ConsistencyResult {
  if (facts.partialChecks === null) return { passed: null, checkSeconds: 0, conditions: [] };
  const conditions = workload.judge(facts.partialChecks);
  return {
    passed: conditions.length > 0 && conditions.every((condition) => condition.passed),
    checkSeconds: facts.checkSeconds,
    conditions,
  };
}

function series(facts: RunFacts): SeriesPoint[] {
  return facts.reports.flatMap((report, i) =>
    report.recorded.series.map((point) => ({
      second: point.second,
      shardId: facts.shardIds[i],
      throughputTps: point.commits,
      latencyUs: point.completed === 0 ? null : { p50: point.p50Us, p99: point.p99Us },
    })),
  );
}

/** Sums of the workers' counters. */
function counterTotals(reports: readonly MeasuredReport[]): Record<string, number> {
  const totals: Record<string, number> = {};
  for (const report of reports) {
    for (const [name, value] of Object.entries(report.counters)) totals[name] = (totals[name] ?? 0) + value;
  }
  return totals;
}

/** Below this share of the offered rate an open loop has fallen behind. */
const LEAST_OFFERED_SHARE = 0.98;

/** @param completedTps commits and user aborts a second */
function runDeviations(facts: RunFacts, completedTps: number): string[] {
  const { config } = facts;
  const deviations: string[] = [];
  if (facts.endedBy === 'memory-limit') deviations.push('the run ended early: the memory limit was reached');
  if (facts.endedBy === 'interrupt') deviations.push('the run ended early: it was interrupted');
  if (config.pacing.kind === 'rate') {
    const offeredTps =
      (config.pacing.transactionsPerSecond * config.localShardIds.length) / config.cluster.shards.length;
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

/** Builds the result. */
export function buildResult(facts: RunFacts, workload: WorkloadModule): RunResult {
  const { config, reports } = facts;
  const all = newHistogram();
  const shards = config.localShardIds.map((shardId) => shardResult(facts, workload, shardId, all));
  const counters = counterTotals(reports);
  const perMinute = (count: (outcome: TypeReport) => number): number =>
    sum(
      reports.map((report) => {
        const counted = report.recorded.types.filter((_, i) => workload.transactionTypes[i].countedInTpmC === true);
        return (sum(counted.map(count)) * 60) / report.measuredSeconds;
      }),
    );
  const tpmC = perMinute((outcome) => outcome.commits);
  const commits = sum(shards.map((shard) => shard.commits));
  const userAborts = sum(shards.map((shard) => shard.userAborts));
  const conflictAborts = sum(shards.map((shard) => shard.conflictAborts));
  const measuredSeconds = Math.max(...reports.map((report) => report.measuredSeconds));
  const throughputTps = sum(shards.map((shard) => shard.throughputTps));
  const completedTps = (commits + userAborts) / measuredSeconds;
  const warehouses = config.cluster.warehousesPerShard * config.localShardIds.length;
  const bestTpmC = workload.mostTpmCPerWarehouse === null ? null : workload.mostTpmCPerWarehouse * warehouses;
  return {
    schemaVersion: RESULT_SCHEMA_VERSION,
    dbtestVersion: facts.dbtestVersion,
    startedAt: facts.startedAt.toISOString(),
    endedBy: facts.endedBy,
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
      rowsPerSecond: facts.loadedRows / facts.loadSeconds,
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
      crossShardPct: share(sum(shards.map((shard) => (shard.crossShardPct * shard.commits) / 100)), commits),
      expectedCrossShardPct: workload.expectedCrossShardPct(config),
      efficiencyPct: config.pacing.kind === 'keying' && bestTpmC !== null ? share(tpmC, bestTpmC) : null,
      latencyUs: summary(all),
      memory: {
        engineBytes: sum(reports.map((report) => report.engineBytes)),
        limitBytes: config.memoryLimitBytes,
        processBytes: process.memoryUsage.rss(),
      },
      abortRateTps: (userAborts + conflictAborts) / measuredSeconds,
      persistThroughputTps: throughputTps,
    },
    shards,
    audit: workload.audit(counters, config),
    consistency: consistency(facts, workload),
    series: series(facts),
    deviations: [...workload.deviations(config, counters, measuredSeconds), ...runDeviations(facts, completedTps)],
  };
}
