/** What ran: version, cluster, workload, pacing, phases, and why the run ended where that was not at its runtime. */

import { unreachable } from '../assert.ts';
import { describeLostPart } from '../bench/lost-part.ts';
import type { EndedBy, RunResult, ShardResult } from '../bench/result.ts';
import type { MixConfig, PacingConfig, PlacementConfig, TransportConfig } from '../config/run-config.ts';
import { formatSize } from '../config/sizes.ts';
import { describeDatabases } from './database-facts.ts';
import { formatBytes, formatCount, formatRate, formatSeconds, plural } from './format.ts';
import { labelled, paint, type ReportStyle } from './style.ts';

export function renderHeadline(style: ReportStyle, result: RunResult): string[] {
  const { config } = result;
  const { workload } = config;
  const end = describeEnd(result);
  const placement = describePlacement(config.placement);
  const title = `dbtest ${result.dbtestVersion}: ${describeSize(result)}`;
  const options = Object.entries(workload.options).map(([name, value]) => `${name} ${value}`);
  return [
    paint(style, 'heading', title),
    ...labelled(style, 'started', `${result.startedAt}, seed ${result.seed}`),
    ...labelled(style, 'host', describeHost(result)),
    ...labelled(style, 'cluster', describeCluster(result)),
    ...(sendsMessages(result) ? labelled(style, 'transport', describeTransport(result)) : []),
    ...describeDatabases(result).flatMap(([label, text]) => labelled(style, label, text)),
    ...(placement === null ? [] : labelled(style, 'placement', placement)),
    ...labelled(style, 'pacing', describePacing(config.pacing)),
    ...labelled(style, 'mix', describeMix(config.mix)),
    ...(options.length > 0 ? labelled(style, 'options', options.join(', ')) : []),
    ...labelled(style, 'load', describeLoad(result)),
    ...labelled(style, 'measured', describeMeasurement(result)),
    ...(end === null ? [] : labelled(style, 'ended', end).map((line) => paint(style, 'doubtful', line))),
  ];
}

/** What ran in a few words: `tpcc, 2 shards x 4 threads, 8 warehouses`. */
export function describeSize(result: RunResult): string {
  const { cluster, workload, numThreads, database } = result.config;
  const warehouses = cluster.shards.length * cluster.warehousesPerShard;
  return (
    `${workload.name}, ${plural(cluster.shards.length, 'shard')} x ` +
    `${plural(numThreads, threadNoun(result))}, ${plural(warehouses, 'warehouse')}` +
    (database === undefined ? '' : ` on ${database.driver}`)
  );
}

export const describeHost = ({ host }: RunResult): string =>
  `${host.cpu}, ${plural(host.cores, 'core')}, ${formatBytes(host.memoryBytes)}, ${nodeName(host.node)}, ${host.platform}`;

export function describeLoad({ config, phases, load }: RunResult): string {
  if (config.database !== undefined && load.rows === 0) return 'none: the data was there';
  const rows = `${formatSeconds(phases.loadSeconds)}, ${formatCount(load.rows)} rows (${formatRate(load.rowsPerSecond)} rows/s)`;
  return config.database === undefined
    ? `${rows}, ${formatBytes(load.engineBytes)} in the engine`
    : `${rows}, keys and indexes included`;
}

export const describeMeasurement = ({ phases }: RunResult): string =>
  `${formatSeconds(phases.measuredSeconds)} after ${formatSeconds(phases.warmupSeconds)} of warm-up`;

function nodeName(version: string): string {
  return `Node ${version.replace(/^v/, '')}`;
}

/** The shards of this process with their addresses, and where the cluster was written down. */
export function describeCluster({ config, cluster: { processes } }: RunResult): string {
  const { cluster, localShardIds } = config;
  const local = new Set(localShardIds);
  const addresses = cluster.shards.filter((shard) => local.has(shard.shardId));
  const where = addresses
    .map(({ shardId, host, port }) =>
      port === 0 ? `shard ${shardId} in a file` : `shard ${shardId} on ${host}:${port}`,
    )
    .join(', ');
  const others = cluster.shards.length - addresses.length;
  const elsewhere =
    others > 0 ? `, ${others} more elsewhere (${plural(processes, 'process', 'processes')} in all)` : '';
  const source = cluster.source === null ? 'built-in defaults' : cluster.source;
  return `${where}${elsewhere}; ${plural(cluster.warehousesPerShard, 'warehouse')} a shard; from ${source}; role ${config.clusterRole}`;
}

/** Where a shard listens and what it has, in a few words; a database in a file has no port. */
export const describeShard = (result: RunResult, { port, warehouses, threads }: ShardResult): string =>
  [...(port === 0 ? [] : [`port ${port}`]), plural(warehouses, 'warehouse'), plural(threads, threadNoun(result))].join(
    ', ',
  );

/** What `--num-threads` counts. */
export const threadNoun = ({ config }: RunResult): string => (config.database === undefined ? 'thread' : 'session');

/** Whether threads of dbtest send each other anything. */
export const sendsMessages = ({ config }: RunResult): boolean =>
  config.database === undefined && config.cluster.shards.length * config.numThreads > 1;

const TRANSPORTS: Record<TransportConfig['kind'], string> = {
  auto: 'rings inside a process, TCP between processes',
  shm: 'rings between all threads',
  tcp: 'TCP between shards, inside a process too',
};

export function describeTransport({ config, cluster }: RunResult): string {
  const { kind, ringCapacityBytes } = config.transport;
  const clauses = [`${kind}: ${TRANSPORTS[kind]}`];
  if (ringCapacityBytes === 0) clauses.push('the smallest rings that fit');
  else if (ringCapacityBytes !== null) clauses.push(`rings of at least ${formatSize(ringCapacityBytes)}`);
  if (cluster.processes > 1) {
    clauses.push(
      config.onPeerLoss === 'stop' ? 'a lost process ends the run' : 'the run goes on without a lost process',
    );
  }
  return clauses.join('; ');
}

/** Null where threads run wherever the system puts them. */
export function describePlacement(placement: PlacementConfig): string | null {
  const clauses: string[] = [];
  if (placement.pinCpus) {
    const cpus = placement.cpuList === null ? 'CPUs' : `CPUs ${placement.cpuList}`;
    clauses.push(`transports and workers bound to ${cpus} in turn`);
  }
  if (placement.lowTransportPriority) clauses.push('transports at low priority');
  return clauses.length === 0 ? null : clauses.join('; ');
}

export function describePacing(pacing: PacingConfig): string {
  switch (pacing.kind) {
    case 'none':
      return 'none: closed loop without keying and think times';
    case 'keying':
      return 'keying and think times of the specification';
    case 'rate':
      return `open loop at ${formatRate(pacing.transactionsPerSecond)} tx/s in total; latency counts from the intended start`;
    default:
      return unreachable(pacing);
  }
}

export function describeMix(mix: MixConfig): string {
  if (mix.kind === 'deck') return 'deck of cards, one a terminal';
  const weights = Object.entries(mix.weights).map(([name, weight]) => `${name} ${weight}`);
  return `independent draws by weight: ${weights.join(', ')}`;
}

/** Why the run ended before its runtime was over, and when; null where it was. */
export function describeEnd(result: RunResult): string | null {
  if (result.endedBy === 'runtime') return null;
  const { measuredSeconds } = result.phases;
  const when = `after ${formatSeconds(measuredSeconds)} of ${formatSeconds(result.config.runtimeSeconds)}`;
  const why = whyEnded(result.endedBy, result);
  return `early, ${why} ${when}`;
}

function whyEnded(endedBy: Exclude<EndedBy, 'runtime'>, { totals, config }: RunResult): string {
  switch (endedBy) {
    case 'interrupt':
      return 'interrupted';
    case 'memory-limit':
      return `memory limit of ${formatBytes(totals.memory.limitBytes)} reached`;
    case 'connection-lost':
      return 'too many connections with the database were lost';
    case 'database-error':
      return 'the database reported an error';
    case 'disk-error':
      return 'a disk failed or is full';
    case 'peer-lost':
      return `${describeLostPart(config)} of the run was lost`;
    default:
      return unreachable(endedBy);
  }
}
