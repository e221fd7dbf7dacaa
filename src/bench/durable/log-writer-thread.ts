/** One log writer's thread, as the main thread sees it. */
import { Worker } from 'node:worker_threads';
import { assert } from '../../assert.ts';
import { OperatingFault } from '../../errors.ts';
import {
  type FromLogWriter,
  type LogWriterReport,
  type LogWriterStart,
  STOP_WORD,
  type ToLogWriter,
} from '../../shard/log-writer/log-writer-messages.ts';
import { Doorbell } from '../../transport/doorbell.ts';

export class LogWriterThread {
  readonly start: LogWriterStart;
  onFailure: (error: unknown) => void = () => {};
  private readonly thread: Worker;
  private readonly doorbell: Doorbell;
  private waiting: { resolve(message: FromLogWriter): void; reject(error: unknown): void } | null = null;
  private stopped: Promise<LogWriterReport> | null = null;
  private ending = false;

  constructor(start: LogWriterStart, doorbell: SharedArrayBuffer, said: (message: FromLogWriter) => void) {
    this.start = start;
    this.doorbell = new Doorbell(doorbell);
    this.thread = new Worker(new URL('../../shard/log-writer/log-writer-entry.js', import.meta.url), {
      workerData: start,
      name: `log writer ${start.identity.shardId}`,
      stdin: false,
    });
    this.thread.on('message', (message: FromLogWriter) => {
      if (message.kind === 'durable' || message.kind === 'snapshotDue') said(message);
      else if (message.kind === 'fault') {
        this.fail(new OperatingFault(message.code, message.exitStatus, message.message));
      } else {
        const { waiting } = this;
        this.waiting = null;
        waiting?.resolve(message);
      }
    });
    this.thread.on('error', (error) => this.fail(error));
    this.thread.on('exit', (code) => {
      if (!this.ending)
        this.fail(new Error(`the log writer of shard ${start.identity.shardId} ended with code ${code}`));
    });
  }

  ask<K extends FromLogWriter['kind']>(kind: K, message: ToLogWriter): Promise<Extract<FromLogWriter, { kind: K }>> {
    assert(this.waiting === null, 'a log writer is asked one thing at a time');
    return new Promise((resolve, reject) => {
      this.waiting = {
        resolve: (answer) => {
          assert(answer.kind === kind, `a log writer answered ${answer.kind} instead of ${kind}`);
          resolve(answer as Extract<FromLogWriter, { kind: K }>);
        },
        reject,
      };
      this.thread.postMessage(message);
    });
  }

  run(): void {
    this.stopped = this.ask('stopped', { kind: 'run' }).then(({ report }) => report);
    // Who waits for it hears of it; nobody may.
    this.stopped.catch(() => {});
  }

  stop(): Promise<LogWriterReport> {
    assert(this.stopped !== null, 'the log writer runs');
    Atomics.store(new Int32Array(this.start.control), STOP_WORD, 1);
    this.doorbell.ring();
    return this.stopped;
  }

  async end(): Promise<void> {
    this.ending = true;
    await this.thread.terminate();
  }

  private fail(error: unknown): void {
    const { waiting } = this;
    this.waiting = null;
    this.onFailure(error);
    waiting?.reject(error);
  }
}
