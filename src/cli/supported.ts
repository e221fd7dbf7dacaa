/** What this version runs of what a configuration can say. */
import type { RunConfig } from '../config/run-config.ts';
import { EXIT, OperatingFault } from '../errors.ts';

/** @throws OperatingFault UNSUPPORTED unless the cluster is one shard with one worker thread */
export function refuseUnsupportedTopology(config: RunConfig): void {
  const { shards, source } = config.cluster;
  const asked: string[] = [];
  if (shards.length > 1) asked.push(`${shards.length} shards${source === null ? '' : ` (${source})`}`);
  if (config.numThreads > 1) asked.push(`--num-threads ${config.numThreads}`);
  if (asked.length === 0) return;
  throw new OperatingFault(
    'UNSUPPORTED',
    EXIT.usage,
    `this version runs one shard with one worker thread, not ${asked.join(' with ')}; ` +
      'use --num-threads 1 and a cluster of one shard, with --warehouses for more data',
  );
}
