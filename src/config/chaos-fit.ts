/** Whether a run can have the trouble that is asked of it: what it is done to must be there, and in this process. */
import { type OperatingFault, usageFault } from '../errors.ts';
import type { ChaosEvent } from './chaos.ts';
import type { RunConfig } from './run-config.ts';
import { shownText } from './shown.ts';

/** @throws OperatingFault (exit status 2) at the first event of `config.chaos` that could not happen in this run */
export function refuseImpossibleChaos(config: RunConfig): void {
  for (const event of config.chaos ?? []) {
    const problem = problemOf(event, config);
    if (problem !== null) throw refusal(event, problem);
  }
}

const refusal = ({ text }: ChaosEvent, problem: string): OperatingFault =>
  usageFault(`--chaos: ${shownText(text)}: ${problem}`);

function problemOf(event: ChaosEvent, config: RunConfig): string | null {
  const { localShardIds, runtimeSeconds } = config;
  const atMs = atOf(event);
  if (atMs !== null && atMs >= runtimeSeconds * 1000) {
    return `the measurement is over by then; give a time below --runtime (${runtimeSeconds}s), which counts from its start`;
  }
  switch (event.kind) {
    case 'pause':
      return event.worker === null ? null : problemOfWorker(event.worker, config);
    case 'delay':
      if (config.cluster.shards.length * config.numThreads === 1) {
        return 'the run has one worker, which gets no frames; use several shards or threads';
      }
      return event.shardId === null || localShardIds.includes(event.shardId) ? null : notHere(event.shardId, config);
    case 'stop':
      if (!localShardIds.includes(event.shardId)) return notHere(event.shardId, config);
      return carriesFrames(config)
        ? null
        : 'the transport has no links, since all shards are in this process and talk by rings; use several shards with --transport tcp, or several processes';
    case 'kill':
      return null;
  }
}

function atOf(event: ChaosEvent): number | null {
  if (event.kind === 'kill' || event.kind === 'stop') return event.atMs;
  return event.times.kind === 'at' ? event.times.atMs : null;
}

/** Whether anything goes by the transports. */
const carriesFrames = ({ cluster, localShardIds, transport }: RunConfig): boolean =>
  cluster.shards.length > localShardIds.length || (transport.kind === 'tcp' && cluster.shards.length > 1);

function problemOfWorker(worker: number, { localShardIds, numThreads }: RunConfig): string | null {
  if (localShardIds.includes(Math.floor(worker / numThreads))) return null;
  const here = localShardIds.map((shardId) =>
    numThreads === 1 ? `${shardId}` : `${shardId * numThreads} to ${(shardId + 1) * numThreads - 1}`,
  );
  return `there is no worker ${worker} in this process; it has ${here.join(', ')} (shard x threads + index)`;
}

const notHere = (shardId: number, { localShardIds }: RunConfig): string =>
  `shard ${shardId} does not run in this process; it has ${localShardIds.join(', ')}`;
