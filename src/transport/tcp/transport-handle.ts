/** One transport's thread, as the main thread sees it. */
import { Worker } from 'node:worker_threads';
import { newCounters, type TransportCounters } from './transport-counters.ts';
import type { FromTransport, ShardAddress, ToTransport, TransportStart } from './transport-messages.ts';

/** Whether a port could be taken. */
export type BindResult = { port: number; osThreadId: number | null } | { code: string; reason: string };

export interface TransportHandleEvents {
  /** What the transport says of its own accord. */
  message(handle: TransportHandle, message: FromTransport): void;
  /** The thread threw, or ended unasked. Called once. */
  failed(handle: TransportHandle, error: unknown): void;
}

/** A thread that does not end by itself is ended from outside then. */
const STOP_TIMEOUT_MS = 2_000;

export class TransportHandle {
  readonly address: ShardAddress;
  /** Rejects when the thread fails before it knows. */
  readonly bound: Promise<BindResult>;
  private readonly worker: Worker;
  private readonly events: TransportHandleEvents;
  private readonly exited: Promise<void>;
  private settleBound: { resolve(result: BindResult): void; reject(error: unknown): void } | null = null;
  private readonly requests: ((counters: TransportCounters) => void)[] = [];
  private lastCounters: TransportCounters;
  private stopping: Promise<void> | null = null;
  private hasExited = false;
  private hasFailed = false;

  /** Starts the thread. */
  constructor(start: TransportStart, events: TransportHandleEvents) {
    this.address = start.address;
    this.events = events;
    this.lastCounters = newCounters(start.address.shardId);
    this.bound = new Promise((resolve, reject) => {
      this.settleBound = { resolve, reject };
    });
    // Whoever starts several waits for one after the other.
    this.bound.catch(() => {});
    this.worker = new Worker(new URL('./transport-thread.js', import.meta.url), {
      workerData: start,
      name: `transport ${start.address.shardId}`,
      stdin: false,
    });
    this.worker.on('message', (message: FromTransport) => this.receive(message));
    this.worker.on('error', (error) => this.fail(error));
    this.exited = new Promise((resolve) => {
      this.worker.on('exit', (code) => {
        this.exit(code);
        resolve();
      });
    });
  }

  post(message: ToTransport): void {
    this.worker.postMessage(message);
  }

  /** As of now; the last ones known when the thread has ended. */
  counters(): Promise<TransportCounters> {
    if (this.stopping !== null) return this.exited.then(() => this.lastCounters);
    if (this.hasExited) return Promise.resolve(this.lastCounters);
    return new Promise((resolve) => {
      this.requests.push(resolve);
      this.post({ kind: 'counters' });
    });
  }

  /** Ends the thread, in order if it can. Resolves when it has ended; never rejects. */
  stop(): Promise<void> {
    this.stopping ??= this.endThread();
    return this.stopping;
  }

  private async endThread(): Promise<void> {
    if (this.hasExited) return;
    this.post({ kind: 'stop' });
    const timer = setTimeout(() => void this.worker.terminate(), STOP_TIMEOUT_MS);
    await this.exited;
    clearTimeout(timer);
  }

  private receive(message: FromTransport): void {
    switch (message.kind) {
      case 'bound':
      case 'bindFailed':
        this.settleBound?.resolve(message);
        return;
      case 'counters':
        this.lastCounters = message.counters;
        this.requests.shift()?.(message.counters);
        return;
      case 'stopped':
        this.lastCounters = message.counters;
        return;
      default:
        if (this.stopping === null) this.events.message(this, message);
    }
  }

  private exit(code: number): void {
    this.hasExited = true;
    for (const resolve of this.requests.splice(0)) resolve(this.lastCounters);
    if (this.stopping === null)
      this.fail(new Error(`the transport of shard ${this.address.shardId} ended with code ${code}`));
    else this.settleBound?.reject(new Error('stopped'));
  }

  private fail(error: unknown): void {
    if (this.hasFailed) return;
    this.hasFailed = true;
    this.settleBound?.reject(error);
    this.events.failed(this, error);
  }
}
