/** What a worker of a durable run starts with. Plain data and shared memory. */
import type { Sleeper } from '../../transport/doorbell.ts';

export interface DurableStart {
  board: { memory: SharedArrayBuffer; shards: number };
  /** Place in the process, as the board counts. */
  worker: number;
  /** To the shard's log writer. */
  ring: SharedArrayBuffer;
  writerDoorbell: SharedArrayBuffer;
  /** Of the log writer that ends epochs. */
  driverDoorbell: SharedArrayBuffer;
  /** The worker's own. */
  doorbell: SharedArrayBuffer;
  /** Whether an epoch ends as soon as somebody waits for it. */
  awaits: boolean;
  /** Instead of blocking the thread; only where several workers share one. */
  sleeper?: Sleeper;
}
