/**
 * Whether data read from a file has the shape of a `RunResult`, as far as reports and comparisons rely on it. Files come
 * from users: they are cut off, edited, or something else altogether. Some were written before the latest keys existed.
 */
import type { RunResult } from '../bench/result.ts';
import type { RunConfig } from '../config/run-config.ts';

/** A type by name, an object's keys, or a list's element. */
type Shape =
  | 'number'
  | 'string'
  | 'boolean'
  | 'number or null'
  | 'string or null'
  | 'boolean or null'
  | { readonly keys: Readonly<Record<string, Shape>> }
  | { readonly orNull: Shape }
  | { readonly optional: Shape }
  | { readonly listOf: Shape }
  | { readonly valuesOf: Shape };

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

const LOCALITY: Shape = { keys: { commits: 'number', latencyUs: LATENCY, latencyCurve: CURVE } };

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
    local: LOCALITY,
    crossShard: LOCALITY,
    deferred: {
      optional: {
        keys: {
          completed: 'number',
          latencyUs: LATENCY,
          latencyCurve: CURVE,
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

const DATABASE_CONFIG: Shape = {
  keys: {
    driver: 'string',
    places: { listOf: 'string' },
    sqlMode: 'string',
    isolation: 'string',
    schema: 'string or null',
    foreignKeys: 'boolean',
    partitions: 'number',
    prepareStatements: 'boolean',
    connectTimeoutSeconds: 'number',
    maxErrors: 'number',
  },
};

const DATABASE: Shape = {
  keys: {
    servers: {
      listOf: {
        keys: {
          shardId: 'number',
          place: 'string',
          product: 'string',
          version: 'string',
          isolation: 'string or null',
          settings: { valuesOf: 'string' },
        },
      },
    },
    connectionsLost: 'number',
    connectionsReopened: 'number',
    errors: { listOf: 'string' },
    leastIsolation: 'string',
    client: {
      keys: {
        workers: 'number',
        sessions: 'number',
        busyPct: 'number',
        eventLoopDelayMs: 'number',
        cpuPct: 'number',
        isBottleneck: 'boolean',
      },
    },
  },
};

const RUN_RESULT: Shape = {
  keys: {
    schemaVersion: 'number',
    dbtestVersion: 'string',
    startedAt: 'string',
    endedBy: 'string',
    config: {
      keys: {
        cluster: {
          keys: {
            shards: { listOf: { keys: { shardId: 'number', host: 'string', port: 'number' } } },
            warehousesPerShard: 'number',
          },
        },
        localShardIds: { listOf: 'number' },
        clusterRole: 'string',
        numThreads: 'number',
        transport: { optional: { keys: { kind: 'string', ringCapacityBytes: 'number or null' } } },
        onPeerLoss: { optional: 'string' },
        joinTimeoutSeconds: { optional: 'number' },
        placement: {
          optional: { keys: { pinCpus: 'boolean', cpuList: 'string or null', lowTransportPriority: 'boolean' } },
        },
        workload: { keys: { name: 'string', options: { valuesOf: 'number' } } },
        mix: { keys: { kind: 'string' } },
        pacing: { keys: { kind: 'string' } },
        runtimeSeconds: 'number',
        database: { optional: DATABASE_CONFIG },
      },
    },
    cluster: {
      optional: { keys: { processes: 'number', scope: 'string', lostShards: { optional: { listOf: 'number' } } } },
    },
    seed: 'number',
    host: { keys: { cpu: 'string', cores: 'number', memoryBytes: 'number', node: 'string' } },
    phases: { keys: { loadSeconds: 'number', warmupSeconds: 'number', measuredSeconds: 'number' } },
    load: { keys: { rows: 'number', rowsPerSecond: 'number', engineBytes: 'number' } },
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
          verdict: 'string',
        },
      },
    },
    consistency: {
      keys: {
        passed: 'boolean or null',
        checkSeconds: 'number',
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
          latencyUs: { orNull: { keys: { p50: 'number', p99: 'number' } } },
        },
      },
    },
    chaos: { optional: { listOf: { keys: { spec: 'string', kind: 'string', count: 'number', totalMs: 'number' } } } },
    deviations: { listOf: 'string' },
  },
};

/**
 * The first place where `data` is not a run result, or null where it is one. Unknown keys are allowed, and those that the
 * first results did not have may be absent: keys are added within a schema version.
 * @returns e.g. `shards[0].commits must be a number`
 */
export function mismatchWithRunResult(data: unknown): string | null {
  return mismatch(data, RUN_RESULT, '');
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

function mismatch(data: unknown, shape: Shape, path: string): string | null {
  const where = path === '' ? 'the file' : path;
  if (typeof shape === 'string') {
    return shape.split(' or ').includes(typeName(data)) ? null : `${where} must be a ${shape}`;
  }
  if ('optional' in shape) return data === undefined ? null : mismatch(data, shape.optional, path);
  if ('orNull' in shape) return data === null ? null : mismatch(data, shape.orNull, path);
  if ('listOf' in shape) {
    if (!Array.isArray(data)) return `${where} must be a list`;
    return firstMismatch(data.map((element, i) => () => mismatch(element, shape.listOf, `${path}[${i}]`)));
  }
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return `${where} must be an object`;
  const object = data as Record<string, unknown>;
  const child = (key: string): string => (path === '' ? key : `${path}.${key}`);
  if ('valuesOf' in shape) {
    return firstMismatch(Object.keys(object).map((key) => () => mismatch(object[key], shape.valuesOf, child(key))));
  }
  return firstMismatch(
    Object.entries(shape.keys).map(
      ([key, s]) =>
        () =>
          mismatch(object[key], s, child(key)),
    ),
  );
}

/** JSON has no infinity, but numbers that are read as one (1e999), which nobody could write again. */
function typeName(data: unknown): string {
  if (typeof data === 'number' && !Number.isFinite(data)) return 'infinity';
  return data === null ? 'null' : typeof data;
}

function firstMismatch(checks: readonly (() => string | null)[]): string | null {
  for (const check of checks) {
    const found = check();
    if (found !== null) return found;
  }
  return null;
}
