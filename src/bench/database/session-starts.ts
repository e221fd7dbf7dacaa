/** What each worker thread with sessions starts with. Runs on the main thread. */
import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import type { RunConfig } from '../../config/run-config.ts';
import { ControlBlock } from '../control-block.ts';
import type { DatabaseWorkerStart, SessionsTask } from './session-worker-messages.ts';

/** More sessions than this on one event loop would wait for each other. */
const SESSIONS_PER_WORKER = 16;
const RUN_NAME_BYTES = 4;

/** The sessions of each shard, spread evenly over worker threads; each has terminals that lie together. */
export function sessionStarts(
  config: RunConfig,
  urls: readonly string[],
  loadFacts: Readonly<Record<string, string>>,
): DatabaseWorkerStart[] {
  const { cluster, numThreads, terminalsPerWarehouse } = config;
  const terminals = cluster.warehousesPerShard * terminalsPerWarehouse;
  const most = Math.max(1, Math.floor(availableParallelism() / cluster.shards.length));
  const workers = Math.min(most, Math.ceil(numThreads / SESSIONS_PER_WORKER));
  const runName = `dbtest:${randomBytes(RUN_NAME_BYTES).toString('hex')}`;
  const firstTerminal = (session: number): number => Math.floor((session * terminals) / numThreads);
  const sessions = Array.from({ length: numThreads }, (_, session) => ({
    firstTerminal: firstTerminal(session),
    terminals: firstTerminal(session + 1) - firstTerminal(session),
  }));
  return cluster.shards.flatMap(({ shardId }) =>
    Array.from({ length: workers }, (_, workerIndex): DatabaseWorkerStart => {
      const task: SessionsTask = {
        kind: 'sessions',
        sessions: sessions.filter((_, i) => i % workers === workerIndex),
        totalSessions: numThreads * cluster.shards.length,
        runName,
        loadFacts,
      };
      const controlMemory = new ControlBlock().memory;
      return { config, placement: { shardId, workerIndex }, controlMemory, exchange: null, urls, task };
    }),
  );
}
