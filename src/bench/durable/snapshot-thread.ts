/** The thread that writes a snapshot, as the main thread sees it: one at a time. */
import { Worker } from 'node:worker_threads';
import type { RunConfig } from '../../config/run-config.ts';
import type { Checkpoint } from '../../durability/checkpoint.ts';
import type { LogIdentity } from '../../durability/shard-log.ts';
import { OperatingFault } from '../../errors.ts';
import type { PartitionPlacement } from '../contract.ts';

/** `workerData` of the thread. */
export interface SnapshotStart {
  config: RunConfig;
  /** By worker of the shard. */
  placements: PartitionPlacement[];
  folder: string;
  identity: LogIdentity;
  /** Durable in the whole cluster. */
  epoch: number;
}

export type FromSnapshot =
  | { kind: 'done'; checkpoint: Checkpoint }
  | { kind: 'fault'; fault: Pick<OperatingFault, 'code' | 'exitStatus' | 'message'> };

export class SnapshotThread {
  private thread: Worker | null = null;

  /** @throws OperatingFault DAMAGED, FILE, MEMORY_LIMIT */
  async run(start: SnapshotStart): Promise<Checkpoint> {
    const thread = new Worker(new URL('./snapshot-entry.js', import.meta.url), {
      workerData: start,
      name: `snapshot ${start.identity.shardId}`,
      stdin: false,
    });
    this.thread = thread;
    try {
      return await new Promise<Checkpoint>((resolve, reject) => {
        thread.on('message', (message: FromSnapshot) => {
          if (message.kind === 'done') resolve(message.checkpoint);
          else reject(new OperatingFault(message.fault.code, message.fault.exitStatus, message.fault.message));
        });
        thread.on('error', reject);
        thread.on('exit', () => reject(new Error('the thread of a snapshot ended')));
      });
    } finally {
      await thread.terminate();
    }
  }

  /** Ends it wherever it is; what was in force stays so. */
  async end(): Promise<void> {
    await this.thread?.terminate();
  }
}
