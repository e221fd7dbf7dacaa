/** What a result says of the databases and of the side that drives them. Runs on the main thread after the measurement. */
import { availableParallelism } from 'node:os';
import type { RunConfig } from '../../config/run-config.ts';
import { type Driver, ISOLATION_LEVELS, type IsolationLevel } from '../../drivers/contract.ts';
import type { DatabaseResult, ServerResult } from '../result.ts';
import { sum } from '../sum.ts';
import type { MeasuredReport } from '../worker-messages.ts';

/** An event loop that is busy for longer than this has no time left for more transactions; ... */
const BUSY_PCT = 90;
/** ... unless it only waited for a core: then the process has used less than this of one for each worker. */
const LEAST_CORE_SHARE = 0.5;

export function databaseResult(
  { numThreads, cluster }: RunConfig,
  driver: Driver,
  servers: readonly ServerResult[],
  reports: readonly MeasuredReport[],
  errors: readonly string[],
): DatabaseResult {
  const clients = reports.flatMap(({ client }) => (client === undefined ? [] : [client]));
  const count = (name: string): number => sum(reports.map((report) => report.exchange[name] ?? 0));
  const measuredSeconds = Math.max(...reports.map((report) => report.measuredSeconds));
  const busyPct = Math.max(0, ...clients.map((client) => client.busyPct));
  const cpuSeconds = Math.max(0, ...clients.map((client) => client.processCpuSeconds));
  return {
    servers: [...servers],
    connectionsLost: count('connectionsLost'),
    connectionsReopened: count('connectionsReopened'),
    errors: [...errors],
    leastIsolation: driver.defaultIsolation,
    client: {
      workers: reports.length,
      sessions: numThreads * cluster.shards.length,
      busyPct,
      eventLoopDelayMs: Math.max(0, ...clients.map((client) => client.eventLoopDelayMs)),
      cpuPct: (100 * cpuSeconds) / (measuredSeconds * availableParallelism()),
      isBottleneck:
        !driver.isInProcess && busyPct >= BUSY_PCT && cpuSeconds >= LEAST_CORE_SHARE * measuredSeconds * reports.length,
    },
  };
}

/** Settings of servers that give commits away when the machine stops. */
const NOT_DURABLE: Readonly<Record<string, readonly string[]>> = {
  fsync: ['off'],
  synchronous_commit: ['off'],
  innodb_flush_log_at_trx_commit: ['0', '2'],
  synchronous: ['off', 'normal'],
};

const strength = (level: string | null): number => ISOLATION_LEVELS.indexOf(level as IsolationLevel);

/** What must be said of a run on these databases. */
export function databaseDeviations({ servers, leastIsolation, client, connectionsLost }: DatabaseResult): string[] {
  const found: string[] = [];
  const several = servers.length > 1;
  const where = ({ shardId }: ServerResult): string => (several ? ` (shard ${shardId})` : '');
  for (const server of servers) {
    if (strength(server.isolation) < strength(leastIsolation)) {
      found.push(
        `the isolation level in force, ${server.isolation ?? 'one without a name'}, is too weak for the ` +
          `specification (3.4): it takes ${leastIsolation} on ${server.product}${where(server)}`,
      );
    }
    const lax = Object.entries(server.settings).find(([name, value]) => NOT_DURABLE[name]?.includes(value));
    if (lax !== undefined)
      found.push(`commits are not durable (3.5): ${lax.join(' is ')} at the server${where(server)}`);
  }
  if (several) {
    found.push(
      'not serializable across servers (3.4): transactions over several databases commit atomically by two-phase ' +
        'commit, and each server isolates them by itself',
    );
  }
  if (client.isBottleneck) {
    found.push(
      `the client was what limited the throughput: the event loop of a worker was busy for ${client.busyPct.toFixed(0)}% ` +
        'of the measurement; use more worker threads on more cores, or --sql-mode procedures',
    );
  }
  if (connectionsLost > 0) found.push(`${connectionsLost} connections were lost in the run`);
  return found;
}
