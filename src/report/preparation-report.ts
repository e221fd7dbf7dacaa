/** What a load or a recovery says when it is over, as text. */
import type { Recovery } from '../bench/durable/durability-figures.ts';
import type { Preparation, PreparationResult } from '../bench/run.ts';
import type { RunConfig } from '../config/run-config.ts';
import { renderConsistency } from './consistency-section.ts';
import { formatCount, plural } from './format.ts';
import type { ReportStyle } from './style.ts';

export function renderPreparation(
  kind: Preparation,
  config: RunConfig,
  result: PreparationResult,
  style: ReportStyle,
): string {
  const { durability, localShardIds, cluster, workload } = config;
  const shards = `shard${localShardIds.length === 1 ? '' : 's'} ${localShardIds.join(', ')}`;
  const lines = [
    `${kind === 'load' ? 'Loaded' : 'Recovered'} ${shards} of ${workload.name} ${kind === 'load' ? 'into' : 'from'} ${durability?.dataDir}`,
    `  rows          ${formatCount(result.loadedRows)} in ${result.loadSeconds.toFixed(2)} s, ${plural(cluster.warehousesPerShard, 'warehouse')} a shard`,
  ];
  const { recovery } = result;
  if (recovery !== null) {
    lines.push(
      `  cut           epoch ${formatCount(recovery.cutEpoch)}, the last that is durable in every shard`,
      `  snapshots     of epoch ${formatCount(recovery.snapshotEpoch)}`,
      `  log           ${formatCount(recovery.recordsApplied)} records applied${replayRate(recovery)}, ${formatCount(recovery.recordsDiscarded)} above the cut discarded`,
      `  torn tail     ${recovery.tornBytes === 0 ? 'none' : `${formatCount(recovery.tornBytes)} bytes cut`}`,
    );
  }
  if (result.consistency !== null) lines.push('', ...renderConsistency(style, result.consistency, true));
  return lines.join('\n');
}

function replayRate({ recordsApplied, replaySeconds = 0 }: Recovery): string {
  const rate = recordsApplied / replaySeconds;
  return Number.isFinite(rate) && rate > 0 ? ` (${formatCount(Math.round(rate))} a second and worker)` : '';
}
