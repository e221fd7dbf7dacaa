/** Whether the events of `--chaos` can happen in the run that they are for. Main thread, before anything starts. */
import { type OperatingFault, usageFault } from '../errors.ts';
import type { ChaosEvent } from './chaos.ts';
import type { RunConfig } from './run-config.ts';

/** @throws OperatingFault (exit status 2) for an event that meets nothing of this process, or comes after the end */
export function refuseUnfitChaos(config: RunConfig): void {
  for (const event of config.chaos ?? []) {
    const problem = problemOf(event, config);
    if (problem !== null) throw refusal(event, problem);
  }
}

const refusal = ({ text }: ChaosEvent, problem: string): OperatingFault => usageFault(`--chaos: ${text}: ${problem}`);

function problemOf(event: ChaosEvent, config: RunConfig): string | null {
  const { numThreads, localShardIds, runtimeSeconds } = config;
  const firstMs = 'atMs' in event ? event.atMs : null;
  if (firstMs !== null && firstMs >= runtimeSeconds * 1000) {
    return `the measurement is over then, since it takes ${runtimeSeconds} s; give an earlier time or a longer --runtime`;
  }
  switch (event.kind) {
    case 'pause': {
      const { worker } = event;
      if (worker === null || localShardIds.includes(Math.floor(worker / numThreads))) return null;
      const workers = localShardIds.flatMap((id) => Array.from({ length: numThreads }, (_, i) => id * numThreads + i));
      return `worker ${worker} does not run in this process; there is ${workers.join(', ')}, or all`;
    }
    case 'delay':
      if (config.cluster.shards.length * numThreads === 1) return 'a single worker gets no frames; give it company';
      return event.shardId === null ? null : notLocal(event.shardId, localShardIds);
    case 'kill':
      return null;
    case 'stop': {
      const { shards } = config.cluster;
      const kind = config.transport.kind;
      const hasLinks = shards.length > 1 && (kind === 'tcp' || (kind === 'auto' && shards.length > localShardIds.length));
      if (hasLinks) return notLocal(event.shardId, localShardIds);
      return 'no transport has links here, since all shards share this process; give --transport tcp and two shards';
    }
  }
}

const notLocal = (shardId: number, localShardIds: readonly number[]): string | null =>
  localShardIds.includes(shardId)
    ? null
    : `shard ${shardId} does not run in this process; there is ${localShardIds.join(', ')}`;
