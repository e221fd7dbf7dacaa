/** A process of a cluster as a test sees it: the built manager with real threads, fake workers, and all that happened. */
import { readdirSync, readFileSync } from 'node:fs';
import type { MultiTransportManager, MultiTransportOptions, ShardAddress } from '../../multi-transport-manager.ts';
import type { TransportCounters } from '../transport-counters.ts';
import { createPlumbing, type FakeWorker, fakeWorkers } from './fake-worker.ts';
import { freePorts } from './wait.ts';

const BUILT = new URL('../../../../dist/src/transport/multi-transport-manager.js', import.meta.url).href;

export interface TestProcessOptions extends Partial<Omit<MultiTransportOptions, 'shards' | 'localShards'>> {
  /** Of every ring, in words. */
  capacityWords?: number;
}

export class TestProcess {
  readonly lines: string[] = [];
  readonly controls: { fromShard: number; text: string }[] = [];
  readonly lost: { shardId: number; reason: string }[] = [];
  readonly left: number[] = [];
  readonly failures: unknown[] = [];
  readonly manager: MultiTransportManager;
  private readonly workers: ReadonlyMap<number, FakeWorker[]>;

  private constructor(manager: (process: TestProcess) => MultiTransportManager, workers: Map<number, FakeWorker[]>) {
    this.workers = workers;
    this.manager = manager(this);
  }

  /** A manager that is not started. */
  static async create(
    shards: readonly ShardAddress[],
    localShardIds: readonly number[],
    options: TestProcessOptions = {},
  ): Promise<TestProcess> {
    const built = (await import(BUILT)) as { MultiTransportManager: typeof MultiTransportManager };
    const { capacityWords = 1024, workersPerShard = 1, ...rest } = options;
    const localShards = localShardIds.map((shardId) => ({
      shardId,
      plumbing: createPlumbing(workersPerShard, capacityWords),
    }));
    const defaults = { mode: 'auto', secret: null, agreement: {} } as const;
    const create = (process: TestProcess) =>
      new built.MultiTransportManager(
        { ...defaults, ...rest, shards, localShards, workersPerShard },
        {
          log: (line) => process.lines.push(line),
          control: (fromShard, text) => process.controls.push({ fromShard, text }),
          lost: (shardId, reason) => process.lost.push({ shardId, reason }),
          left: (shardId) => process.left.push(shardId),
          failed: (error) => process.failures.push(error),
        },
      );
    const workers = localShards.map(({ shardId, plumbing }) => [shardId, fakeWorkers(shardId, plumbing)] as const);
    return new TestProcess(create, new Map(workers));
  }

  worker(shardId: number, index = 0): FakeWorker {
    return this.workers.get(shardId)?.[index] as FakeWorker;
  }

  /** Of the first local shard, or another. */
  async counters(index = 0): Promise<TransportCounters> {
    return (await this.manager.counters())[index];
  }
}

/** Shards on ports of this machine that are free. */
export const localShards = async (count: number): Promise<ShardAddress[]> =>
  (await freePorts(count)).map((port, shardId) => ({ shardId, host: '127.0.0.1', port }));

/** Names of the transports' threads that live in this process; only Linux tells. */
export function transportThreads(): string[] {
  return readdirSync('/proc/self/task')
    .map((id) => nameOf(id))
    .filter((name) => name.startsWith('transport '))
    .sort();
}

function nameOf(threadId: string): string {
  try {
    return readFileSync(`/proc/self/task/${threadId}/comm`, 'utf8').trim();
  } catch {
    // It ended after it was listed.
    return '';
  }
}
