import { describe, expect, it } from 'vitest';
import type { DatabaseResult, RunResult, ServerResult } from '../bench/result.ts';
import { renderConsoleReport } from './console-report.ts';
import { describeDatabases } from './database-facts.ts';
import { mismatchWithRunResult } from './result-shape.ts';
import { sampleResult } from './testing/sample-result.ts';

const server = (shardId: number, isolation: string): ServerResult => ({
  shardId,
  place: `postgres://me@db${shardId}/tpcc`,
  product: 'PostgreSQL',
  version: '15.8',
  isolation,
  settings: { fsync: 'on', shared_buffers: '1GB' },
});

function onDatabases(servers: ServerResult[], change: Partial<DatabaseResult> = {}): RunResult {
  const result = sampleResult();
  return {
    ...result,
    config: {
      ...result.config,
      database: {
        driver: 'postgres',
        places: servers.map(({ place }) => place),
        sqlMode: 'statements',
        isolation: 'repeatable read',
        schema: 'tests',
        foreignKeys: true,
        partitions: 4,
        prepareStatements: true,
        connectTimeoutSeconds: 10,
        statementTimeoutSeconds: 21_600,
        maxErrors: 0,
      },
    },
    database: {
      servers,
      connectionsLost: 0,
      connectionsReopened: 0,
      errors: [],
      leastIsolation: 'repeatable read',
      client: { workers: 1, sessions: 8, busyPct: 41.6, eventLoopDelayMs: 0.25, cpuPct: 12.3, isBottleneck: false },
      ...change,
    },
  };
}

describe('what a report says of databases', () => {
  it('is nothing on the embedded engine', () => {
    expect(describeDatabases(sampleResult())).toEqual([]);
  });

  it('is the server, what is in force there, and what the client took', () => {
    expect(Object.fromEntries(describeDatabases(onDatabases([server(0, 'repeatable read')])))).toEqual({
      database: 'PostgreSQL 15.8 at postgres://me@db0/tpcc',
      isolation: 'repeatable read, read back from the server',
      sql: 'statements from the client; prepared; schema tests; foreign keys; 4 partitions a table',
      settings: 'fsync on, shared_buffers 1GB',
      client:
        "8 sessions in 1 worker thread; 12.3% of the machine's CPU time; the busiest event loop 42% busy, 0.3 ms late (p99)",
    });
  });

  it('tells servers apart only in what they differ', () => {
    const facts = Object.fromEntries(
      describeDatabases(onDatabases([server(0, 'serializable'), server(1, 'read committed')])),
    );
    expect(facts['shard 1']).toBe('PostgreSQL 15.8 at postgres://me@db1/tpcc');
    expect(facts['isolation']).toContain('shard 0: serializable');
    expect(facts['isolation']).toContain('shard 1: read committed');
    expect(facts['settings']).toBe('fsync on, shared_buffers 1GB');
  });

  it('names errors, lost connections, and a client that was the limit', () => {
    const client = { workers: 1, sessions: 2, busyPct: 99, eventLoopDelayMs: 80, cpuPct: 50, isBottleneck: true };
    const change = { connectionsLost: 2, connectionsReopened: 1, errors: ['postgres: payment: gone'], client };
    const facts = Object.fromEntries(describeDatabases(onDatabases([server(0, 'serializable')], change)));
    expect(facts['errors']).toBe('postgres: payment: gone');
    expect(facts['client']).toContain('the client limits the throughput; 2 connections lost, 1 opened again');
  });

  it('is in the report, with sessions instead of threads, and keeps the shape of a result', () => {
    const result = onDatabases([server(0, 'repeatable read'), server(1, 'repeatable read')]);
    const text = renderConsoleReport(result, { colour: false, width: 100 });
    expect(text).toContain('warehouses on postgres');
    expect(text).toContain('sessions)');
    expect(text).toContain('A commit is as durable as the server makes it');
    expect(text).not.toContain('rings inside a process');
    expect(mismatchWithRunResult(JSON.parse(JSON.stringify(result)))).toBeNull();
  });

  it('has no address where the database is a file', () => {
    const result = onDatabases([server(0, 'serializable')]);
    const { cluster } = result.config;
    const inFile: RunResult = {
      ...result,
      config: {
        ...result.config,
        cluster: { ...cluster, shards: cluster.shards.map((shard) => ({ ...shard, host: '', port: 0 })) },
      },
      shards: result.shards.map((shard) => ({ ...shard, port: 0 })),
    };
    const text = renderConsoleReport(inFile, { colour: false, width: 100 });
    expect(text).toContain('shard 0 in a file');
    expect(text).toMatch(/cross-shard \(\d+ warehouses?, /);
    expect(text).not.toMatch(/ :0[,;\s]|port 0/);
  });
});
