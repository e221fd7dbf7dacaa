/**
 * Whether data read from a file has the shape of a `RunResult`, as far as reports and comparisons rely on it. Files come
 * from users: they are cut off, edited, or something else altogether. Some were written before the latest keys existed.
 */
import type { ChaosCount } from '../bench/chaos/chaos-counts.ts';
import type { AuditVerdict, ClusterResult, EndedBy, RunResult } from '../bench/result.ts';
import type { ClusterRole, PeerLossPolicy, RunConfig, TransportKind } from '../config/run-config.ts';
import { mismatch, one, type Shape } from '../shape.ts';
import { DATABASE, DATABASE_CONFIG, DURABILITY, DURABILITY_CONFIG } from './storage-shapes.ts';

const LATENCY: Shape = {
  orNull: {
    keys: {
      mean: 'number',
      p50: 'number',
      p90: 'number',
      p95: 'number',
      p99: 'number',
      p999: 'number',
      max: 'number',
    },
  },
};

const CURVE: Shape = { optional: { listOf: { keys: { percentile: 'number', valueUs: 'number' } } } };

const TIMES: Shape = {
  optional: {
    orNull: {
      keys: {
        totalSeconds: 'number',
        executingPct: 'number',
        waitingForRemotePct: 'number',
        waitingForLocksPct: 'number',
        retryingPct: 'number',
        queueingPct: 'number',
        waitingForDurabilityPct: { optional: 'number' },
      },
    },
  },
};

const LOCALITY: Shape = {
  keys: { commits: 'number', latencyUs: LATENCY, latencyCurve: CURVE, timeShares: TIMES },
};

const TRANSACTION: Shape = {
  keys: {
    title: 'string',
    commits: 'number',
    userAborts: 'number',
    conflictAborts: 'number',
    throughputTps: 'number',
    crossShardPct: 'number',
    mixPct: 'number',
    latencyUs: LATENCY,
    latencyCurve: CURVE,
    timeShares: TIMES,
    local: LOCALITY,
    crossShard: LOCALITY,
    deferred: {
      optional: {
        keys: {
          completed: 'number',
          latencyUs: LATENCY,
          latencyCurve: CURVE,
          timeShares: TIMES,
          withinLimitPct: 'number or null',
          limitSeconds: 'number',
        },
      },
    },
  },
};

const SHARD: Shape = {
  keys: {
    shardId: 'number',
    port: 'number',
    warehouses: 'number',
    threads: 'number',
    throughputTps: 'number',
    commits: 'number',
    userAborts: 'number',
    conflictAborts: 'number',
    crossShardPct: 'number',
    latencyUs: LATENCY,
    latencyCurve: CURVE,
    timeShares: TIMES,
    workers: {
      optional: { listOf: { keys: { ownTransactionsPct: 'number', messagesPct: 'number', idlePct: 'number' } } },
    },
    transactions: { valuesOf: TRANSACTION },
    histogram: { listOf: { keys: { fromUs: 'number', toUs: 'number', count: 'number' } } },
    counters: { valuesOf: 'number' },
  },
};

const SHARD_TOTALS: Shape = {
  keys: {
    shardId: 'number',
    throughputTps: 'number',
    commits: 'number',
    userAborts: 'number',
    conflictAborts: 'number',
    crossShardPct: 'number',
  },
};

export const RUN_RESULT: Shape = {
  keys: {
    schemaVersion: 'number',
    dbtestVersion: 'string',
    startedAt: 'string',
    measurementStartedAt: { optional: 'string' },
    endedBy: one<EndedBy>({
      runtime: true,
      interrupt: true,
      'memory-limit': true,
      'peer-lost': true,
      'disk-error': true,
      'connection-lost': true,
      'database-error': true,
    }),
    config: {
      keys: {
        cluster: {
          keys: {
            shards: { listOf: { keys: { shardId: 'number', host: 'string', port: 'number' } } },
            warehousesPerShard: 'number',
            source: 'string or null',
          },
        },
        localShardIds: { listOf: 'number' },
        clusterRole: one<ClusterRole>({ localhost: true, p1: true, p2: true, learner: true }),
        numThreads: 'number',
        transport: {
          optional: {
            keys: {
              kind: one<TransportKind>({ auto: true, shm: true, tcp: true }),
              ringCapacityBytes: 'number or null',
            },
          },
        },
        onPeerLoss: { optional: one<PeerLossPolicy>({ stop: true, continue: true }) },
        joinTimeoutSeconds: { optional: 'number' },
        placement: {
          optional: { keys: { pinCpus: 'boolean', cpuList: 'string or null', lowTransportPriority: 'boolean' } },
        },
        workload: { keys: { name: 'string', options: { valuesOf: 'number' } } },
        mix: { byKind: { deck: {}, weights: { weights: { valuesOf: 'number' } } } },
        pacing: { byKind: { none: {}, keying: {}, rate: { transactionsPerSecond: 'number' } } },
        runtimeSeconds: 'number',
        check: 'boolean',
        database: { optional: DATABASE_CONFIG },
        durability: { optional: DURABILITY_CONFIG },
      },
    },
    cluster: {
      optional: {
        keys: {
          processes: 'number',
          scope: one<ClusterResult['scope']>({ whole: true, local: true }),
          lostShards: { optional: { listOf: 'number' } },
        },
      },
    },
    seed: 'number',
    host: { keys: { cpu: 'string', cores: 'number', memoryBytes: 'number', node: 'string', platform: 'string' } },
    phases: { keys: { loadSeconds: 'number', warmupSeconds: 'number', measuredSeconds: 'number' } },
    load: { keys: { rows: 'number', rowsPerSecond: 'number', engineBytes: 'number', processBytes: 'number' } },
    totals: {
      keys: {
        shards: { optional: 'number' },
        throughputTps: 'number',
        tpmC: 'number',
        tpmCWithRollbacks: 'number',
        commits: 'number',
        userAborts: 'number',
        conflictAborts: 'number',
        crossShardPct: 'number',
        expectedCrossShardPct: 'number',
        efficiencyPct: 'number or null',
        latencyUs: LATENCY,
        latencyCurve: CURVE,
        timeShares: TIMES,
        transactions: { optional: { valuesOf: TRANSACTION } },
        memory: { keys: { engineBytes: 'number', limitBytes: 'number', processBytes: 'number' } },
        abortRateTps: 'number',
        persistThroughputTps: 'number',
        failedByReason: { optional: { valuesOf: 'number' } },
        perShard: { optional: { listOf: SHARD_TOTALS } },
      },
    },
    database: { optional: DATABASE },
    shards: { listOf: SHARD },
    audit: {
      listOf: {
        keys: {
          name: 'string',
          unit: 'string',
          measured: 'number or null',
          expected: 'number or null',
          low: 'number or null',
          high: 'number or null',
          samples: 'number',
          verdict: one<AuditVerdict>({ pass: true, fail: true, 'too few': true, 'not applicable': true, info: true }),
        },
      },
    },
    consistency: {
      keys: {
        passed: 'boolean or null',
        checkSeconds: 'number',
        unchecked: { optional: { keys: { by: 'string', reason: 'string' } } },
        conditions: {
          listOf: {
            keys: {
              id: 'string',
              title: 'string',
              passed: 'boolean',
              checkable: { optional: 'boolean' },
              reason: { optional: 'string' },
              checkedRows: 'number',
              violationCount: 'number',
              violations: { listOf: 'string' },
            },
          },
        },
      },
    },
    series: {
      listOf: {
        keys: {
          second: 'number',
          shardId: 'number',
          throughputTps: 'number',
          userAborts: { optional: 'number' },
          conflictAborts: { optional: 'number' },
          latencyUs: { orNull: { keys: { p50: 'number', p99: 'number' } } },
        },
      },
    },
    thresholds: {
      optional: {
        listOf: {
          keys: {
            threshold: 'string',
            measured: 'number or null',
            limit: 'number',
            unit: 'string',
            passed: 'boolean',
            reason: { optional: 'string' },
          },
        },
      },
    },
    chaos: {
      optional: {
        listOf: {
          keys: {
            spec: 'string',
            kind: one<ChaosCount['kind']>({ pause: true, delay: true, kill: true, stop: true }),
            count: 'number',
            totalMs: 'number',
            firstMs: { optional: 'number' },
            lastMs: { optional: 'number' },
          },
        },
      },
    },
    durability: { optional: DURABILITY },
    deviations: { listOf: 'string' },
  },
};

/**
 * The first place where `data` is not a run result, or null where it is one. Unknown keys are allowed, and those that the
 * first results did not have may be absent: keys are added within a schema version.
 * @returns e.g. `shards[0].commits must be a number`
 */
export function mismatchWithRunResult(data: unknown): string | null {
  return mismatch(data, RUN_RESULT, '', 'the file');
}

/** A run result as it may have been written before its latest keys were added. */
type EarlierResult = Omit<RunResult, 'cluster' | 'config' | 'totals'> & {
  cluster?: RunResult['cluster'];
  config: Omit<RunConfig, LaterConfigKey> & Partial<Pick<RunConfig, LaterConfigKey>>;
  totals: Omit<RunResult['totals'], 'shards'> & { shards?: number };
};
type LaterConfigKey = 'transport' | 'onPeerLoss' | 'joinTimeoutSeconds' | 'placement';

/** What those keys say of the runs that had none of them: all shards in one process, and every default. */
const EARLIER_CONFIG: Pick<RunConfig, LaterConfigKey> = {
  transport: { kind: 'auto', ringCapacityBytes: null },
  onPeerLoss: 'stop',
  joinTimeoutSeconds: 30,
  placement: { pinCpus: false, cpuList: null, lowTransportPriority: false },
};

/**
 * Completes a result that was written before some of its keys existed.
 * @param data in which `mismatchWithRunResult` found nothing
 */
export function withLaterKeys(data: unknown): RunResult {
  const { cluster, config, totals, ...rest } = data as EarlierResult;
  return {
    ...rest,
    cluster: { ...(cluster ?? { processes: 1, scope: 'whole' }), lostShards: cluster?.lostShards ?? [] },
    // Config first: keys stay in the order of the file, so that it is written as it was read.
    config: { ...config, ...EARLIER_CONFIG, ...config },
    totals: { ...totals, shards: totals.shards ?? rest.shards.length },
  };
}
