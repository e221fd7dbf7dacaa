/** What ran on which databases, in words: servers, isolation in force, settings that decide a benchmark, and the client's load. */
import type { DatabaseResult, RunResult, ServerResult } from '../bench/result.ts';
import type { DatabaseConfig } from '../config/run-config.ts';
import { formatCount, formatFixed, plural } from './format.ts';

/** Labels and texts; none on the embedded engine. */
export function describeDatabases({ config, database }: RunResult): [label: string, text: string][] {
  if (database === undefined || config.database === undefined) return [];
  const { servers, errors } = database;
  return [
    ...servers.map((server): [string, string] => [
      servers.length === 1 ? 'database' : `shard ${server.shardId}`,
      `${server.product} ${server.version} at ${server.place}`,
    ]),
    ['isolation', each(servers, ({ isolation }) => `${isolation ?? 'without a name'}, read back from the server`)],
    ['sql', describeUse(config.database)],
    ['settings', each(servers, ({ settings }) => describeSettings(settings))],
    ['client', describeClient(database)],
    ...(errors.length === 0 ? [] : [['errors', errors.join('; ')] as [string, string]]),
  ];
}

/** Once where all servers say the same. */
function each(servers: readonly ServerResult[], describe: (server: ServerResult) => string): string {
  const texts = servers.map(describe);
  if (new Set(texts).size <= 1) return texts[0] ?? 'not known';
  return servers.map(({ shardId }, i) => `shard ${shardId}: ${texts[i]}`).join('; ');
}

const describeSettings = (settings: Readonly<Record<string, string>>): string =>
  Object.entries(settings)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');

function describeUse({ sqlMode, prepareStatements, schema, foreignKeys, partitions }: DatabaseConfig): string {
  return [
    sqlMode === 'procedures' ? 'stored procedures, one call a transaction' : 'statements from the client',
    prepareStatements ? 'prepared' : 'not prepared',
    ...(schema === null ? [] : [`schema ${schema}`]),
    ...(foreignKeys ? ['foreign keys'] : []),
    ...(partitions > 0 ? [`${partitions} partitions a table`] : []),
  ].join('; ');
}

function describeClient({ client, connectionsLost, connectionsReopened }: DatabaseResult): string {
  const { sessions, workers, busyPct, eventLoopDelayMs, cpuPct, isBottleneck } = client;
  const lost =
    connectionsLost === 0
      ? []
      : [`${plural(connectionsLost, 'connection')} lost, ${formatCount(connectionsReopened)} opened again`];
  return [
    `${plural(sessions, 'session')} in ${plural(workers, 'worker thread')}`,
    `${formatFixed(cpuPct, 1)}% of the machine's CPU time`,
    `the busiest event loop ${formatFixed(busyPct, 0)}% busy, ${formatFixed(eventLoopDelayMs, 1)} ms late (p99)`,
    ...(isBottleneck ? ['the client limits the throughput'] : []),
    ...lost,
  ].join('; ');
}
