/** A worker without a thread: a test moves frames by hand, as the loop of a worker would, and never blocks. */
import { createDoorbell, Doorbell } from '../../doorbell.ts';
import { FROM_WORKER, TO_WORKER } from '../../envelope.ts';
import { Outbox } from '../../outbox.ts';
import { RingConsumer } from '../../ring-consumer.ts';
import { createRing } from '../../ring-layout.ts';
import type { ShardPlumbing, WorkerPlumbing } from '../transport-messages.ts';

/** A frame as a test sees it: every int32 behind the envelope. */
export interface Received {
  type: number;
  from: number;
  to: number;
  content: number[];
}

/** The memory of a shard with `workers` workers. */
export function createPlumbing(workers: number, capacityWords: number): ShardPlumbing {
  return {
    doorbell: createDoorbell(),
    workers: Array.from({ length: workers }, () => ({
      doorbell: createDoorbell(),
      toTransport: createRing(capacityWords),
      fromTransport: createRing(capacityWords),
    })),
  };
}

export class FakeWorker {
  readonly worker: number;
  readonly doorbell: Doorbell;
  readonly outbox: Outbox;
  private readonly source: RingConsumer;
  private readonly transport: Doorbell;

  constructor(worker: number, plumbing: WorkerPlumbing, transportDoorbell: SharedArrayBuffer) {
    this.worker = worker;
    this.doorbell = new Doorbell(plumbing.doorbell);
    this.outbox = new Outbox(plumbing.toTransport);
    this.source = new RingConsumer(plumbing.fromTransport);
    this.transport = new Doorbell(transportDoorbell);
  }

  /** Adds a frame, to leave with the next `flush`. @param content one int32 for each half word behind the envelope */
  send(toWorker: number, type: number, content: readonly number[]): void {
    const at = this.outbox.claim(1 + Math.ceil(content.length / 2), type);
    const { int32s } = this.outbox;
    int32s[at + FROM_WORKER] = this.worker;
    int32s[at + TO_WORKER] = toWorker;
    if (content.length % 2 === 1) int32s[at + 2 + content.length] = 0;
    for (const [i, value] of content.entries()) int32s[at + 2 + i] = value;
  }

  /** Sends what was added and what waits. */
  flush(): void {
    if (this.outbox.flush()) this.transport.ring();
  }

  /** Takes everything that has arrived. */
  receive(): Received[] {
    const frames: Received[] = [];
    const { source } = this;
    for (let at = source.next(); at !== -1; at = source.next()) {
      const int32s = [...source.int32s.subarray(at, at + 2 * source.payloadWords)];
      frames.push({ type: source.type, from: int32s[FROM_WORKER], to: int32s[TO_WORKER], content: int32s.slice(2) });
    }
    if (source.release()) this.transport.ringForRoom();
    return frames;
  }
}

/** The workers of a shard over its plumbing. */
export const fakeWorkers = (shardId: number, plumbing: ShardPlumbing): FakeWorker[] =>
  plumbing.workers.map((worker, i) => new FakeWorker(shardId * plumbing.workers.length + i, worker, plumbing.doorbell));
