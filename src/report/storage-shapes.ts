/** The shape of what results say of databases and of durability; see `result-shape.ts`. */
import type { DurabilityConfig } from '../config/run-config.ts';
import { one, type Shape } from '../shape.ts';

export const DURABILITY_CONFIG: Shape = {
  keys: {
    mode: one<DurabilityConfig['mode']>({ epoch: true, sync: true }),
    dataDir: 'string',
    epochMs: 'number',
    snapshotLogBytes: 'number',
    acknowledgementsPath: 'string or null',
  },
};

export const DURABILITY: Shape = {
  keys: {
    commitPointTps: 'number',
    shards: { listOf: { keys: { shardId: 'number', commitPointTps: 'number' } } },
    records: 'number',
    recordBytes: 'number',
    bytesPerRecord: 'number',
    logBytes: 'number',
    epochs: 'number',
    syncs: 'number',
    syncMs: { keys: { mean: 'number', longest: 'number' } },
    unacknowledgedMost: 'number',
    turnsHeldBack: 'number',
    snapshots: {
      listOf: {
        keys: { shardId: 'number', epoch: 'number', sizeBytes: 'number', seconds: 'number', droppedLogBytes: 'number' },
      },
    },
    recovery: {
      optional: {
        keys: {
          cutEpoch: 'number',
          snapshotEpoch: 'number',
          tornBytes: 'number',
          recordsApplied: 'number',
          recordsDiscarded: 'number',
          seconds: 'number',
          snapshotSeconds: { optional: 'number' },
          replaySeconds: { optional: 'number' },
        },
      },
    },
  },
};

export const DATABASE_CONFIG: Shape = {
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
    statementTimeoutSeconds: { optional: 'number' },
    maxErrors: 'number',
  },
};

export const DATABASE: Shape = {
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
