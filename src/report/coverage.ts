/**
 * Which shards a result tells of. A run may consist of several processes: each lists its own shards, and the one with
 * shard 0 has totals over all of them.
 */
import type { RunResult, ShardTotals } from '../bench/result.ts';
import { formatCount, plural } from './format.ts';

/** Every shard that the result has totals of, by id. */
export function shardTotals(result: RunResult): readonly ShardTotals[] {
  const { perShard } = result.totals;
  if (perShard === undefined) return result.shards;
  return perShard.toSorted((left, right) => left.shardId - right.shardId);
}

/** Shards that run in this process, e.g. `shard 1`, `shards 0, 1`. */
export function localShardsText(result: RunResult): string {
  const ids = result.shards.map(({ shardId }) => shardId);
  return `shard${ids.length === 1 ? '' : 's'} ${ids.join(', ')}`;
}

/** Heading of the totals: what they cover where that is not simply everything in one process. */
export function totalsTitle(result: RunResult): string {
  const { cluster, config, totals } = result;
  const shards = config.cluster.shards.length;
  if (cluster.scope === 'local') return `This process (${localShardsText(result)})`;
  if (totals.shards < shards) return `Totals (${formatCount(totals.shards)} of ${plural(shards, 'shard')})`;
  return cluster.processes === 1 ? 'Totals' : `Totals (${plural(shards, 'shard')} in ${cluster.processes} processes)`;
}

/** Heading of the deviations: a workload of dbtest's own has no specification that it could deviate from. */
export const deviationsTitle = ({ config }: RunResult): string =>
  config.workload.name === 'tpcc' ? 'Deviations from the specification' : 'Deviations';

/** Where the figures of the whole cluster are, for a process that has its own alone; else null. */
export function whereTheTotalIs({ cluster, config, endedBy }: RunResult, what: string): string | null {
  if (cluster.scope === 'whole') return null;
  const all = plural(config.cluster.shards.length, 'shard');
  const unless = endedBy === 'peer-lost' ? ', if that one still runs' : '';
  return `The process with shard 0 prints ${what} of all ${all}${unless}.`;
}
