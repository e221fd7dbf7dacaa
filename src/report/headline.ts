/** What ran: version, cluster, workload, pacing, phases, and why the run ended where that was not at its runtime. */

import { unreachable } from '../assert.ts';
import type { RunResult } from '../bench/result.ts';
import type { MixConfig, PacingConfig } from '../config/run-config.ts';
import { formatBytes, formatCount, formatRate, formatSeconds, plural } from './format.ts';
import { labelled, paint, type ReportStyle } from './style.ts';

export function renderHeadline(style: ReportStyle, result: RunResult): string[] {
  const { config, phases, load, host } = result;
  const { cluster, workload } = config;
  const warehouses = cluster.shards.length * cluster.warehousesPerShard;
  const title =
    `dbtest ${result.dbtestVersion}: ${workload.name}, ${plural(config.localShardIds.length, 'shard')} x ` +
    `${plural(config.numThreads, 'thread')}, ${plural(warehouses, 'warehouse')}`;
  const options = Object.entries(workload.options).map(([name, value]) => `${name} ${value}`);
  return [
    paint(style, 'heading', title),
    ...labelled(style, 'started', `${result.startedAt}, seed ${result.seed}`),
    ...labelled(
      style,
      'host',
      `${host.cpu}, ${plural(host.cores, 'core')}, ${formatBytes(host.memoryBytes)}, ${nodeName(host.node)}, ${host.platform}`,
    ),
    ...labelled(style, 'cluster', describeCluster(result)),
    ...labelled(style, 'pacing', describePacing(config.pacing)),
    ...labelled(style, 'mix', describeMix(config.mix)),
    ...(options.length > 0 ? labelled(style, 'options', options.join(', ')) : []),
    ...labelled(
      style,
      'load',
      `${formatSeconds(phases.loadSeconds)}, ${formatCount(load.rows)} rows (${formatRate(load.rowsPerSecond)} rows/s), ${formatBytes(load.engineBytes)} in the engine`,
    ),
    ...labelled(
      style,
      'measured',
      `${formatSeconds(phases.measuredSeconds)} after ${formatSeconds(phases.warmupSeconds)} of warm-up`,
    ),
    ...describeEnd(style, result),
  ];
}

function nodeName(version: string): string {
  return `Node ${version.replace(/^v/, '')}`;
}

function describeCluster({ config }: RunResult): string {
  const { cluster, localShardIds } = config;
  const local = new Set(localShardIds);
  const addresses = cluster.shards.filter((shard) => local.has(shard.shardId));
  const where = addresses.map((shard) => `shard ${shard.shardId} on ${shard.host}:${shard.port}`).join(', ');
  const others = cluster.shards.length - addresses.length;
  const elsewhere = others > 0 ? `, ${others} more elsewhere` : '';
  const source = cluster.source === null ? 'built-in defaults' : cluster.source;
  return `${where}${elsewhere}; ${plural(cluster.warehousesPerShard, 'warehouse')} a shard; from ${source}; role ${config.clusterRole}`;
}

function describePacing(pacing: PacingConfig): string {
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

function describeMix(mix: MixConfig): string {
  if (mix.kind === 'deck') return 'deck of cards, one a terminal';
  const weights = Object.entries(mix.weights).map(([name, weight]) => `${name} ${weight}`);
  return `independent draws by weight: ${weights.join(', ')}`;
}

function describeEnd(style: ReportStyle, result: RunResult): string[] {
  if (result.endedBy === 'runtime') return [];
  const { measuredSeconds } = result.phases;
  const when = `after ${formatSeconds(measuredSeconds)} of ${formatSeconds(result.config.runtimeSeconds)}`;
  const why =
    result.endedBy === 'interrupt'
      ? `early, interrupted ${when}`
      : `early, memory limit of ${formatBytes(result.totals.memory.limitBytes)} reached ${when}`;
  return labelled(style, 'ended', why).map((line) => paint(style, 'doubtful', line));
}
