/**
 * The worker threads of a run, as the main thread sees them: started together, asked the same thing together, ended
 * together. The first failure of any of them is the failure of all.
 */
import { Worker } from 'node:worker_threads';
import { assert } from '../assert.ts';
import { OperatingFault } from '../errors.ts';
import { Doorbell } from '../transport/doorbell.ts';
import { ControlBlock, type Phase } from './control-block.ts';
import type { RecordedSecond } from './recorder.ts';
import type { FromWorker, ToWorker, WorkerStart } from './worker-messages.ts';

/** Kinds of answers with their content. */
type Answer<K extends FromWorker['kind']> = Extract<FromWorker, { kind: K }>;

/** What workers tell unasked. */
export interface PoolEvents {
  /** Every failure, also while nobody asks the workers anything. */
  failed(error: unknown): void;
  log(line: string): void;
  /** A second of a worker's warm-up or measurement is over. */
  secondOver(worker: number, second: RecordedSecond): void;
  /** What workers with database sessions tell. */
  news?(news: DatabaseNews): void;
}
/** What a pool must know of a worker; the rest is between main and the worker's module. */
export type PoolStart = Pick<WorkerStart, 'controlMemory' | 'exchange'> & {
  placement: Pick<WorkerStart['placement'], 'shardId' | 'workerIndex'>;
};

/** What a worker with database sessions tells unasked. */
export type DatabaseNews = Answer<'connectionLost'> | Answer<'databaseFailed'>;

interface Waiting {
  answers: Map<number, FromWorker>;
  indexes: readonly number[];
  resolve(): void;
  reject(error: unknown): void;
}

export class WorkerPool {
  readonly controls: readonly ControlBlock[];
  private readonly workers: Worker[];
  /** Wakes the workers that park on their messages. */
  private readonly doorbells: Doorbell[];
  /** Answers that each worker still owes, and who waits for them. */
  private waiting: Waiting | null = null;
  private failure: unknown = null;
  private ending = false;
  private readonly events: PoolEvents;

  /**
   * Starts a thread for each of `starts`.
   * @param module what the threads run
   */
  constructor(
    starts: readonly PoolStart[],
    events: PoolEvents,
    module = new URL('./worker-entry.js', import.meta.url),
  ) {
    this.events = events;
    this.controls = starts.map((start) => new ControlBlock(start.controlMemory));
    this.doorbells = starts.flatMap(({ exchange }) =>
      exchange === null ? [] : [new Doorbell(exchange.plumbing.doorbell)],
    );
    this.workers = starts.map((start, index) => {
      const { shardId, workerIndex } = start.placement;
      const worker = new Worker(module, {
        workerData: start,
        name: `worker ${shardId}.${workerIndex}`,
        stdin: false,
      });
      worker.on('message', (message: FromWorker) => this.receive(index, message));
      worker.on('error', (error) => this.fail(error));
      worker.on('exit', (code) => {
        if (!this.ending) this.fail(new Error(`worker ${shardId}.${workerIndex} ended with code ${code}`));
      });
      return worker;
    });
    assert(this.workers.length > 0, 'a run has workers');
  }

  get size(): number {
    return this.workers.length;
  }

  /** Waits until every worker has opened the workload. */
  ready(): Promise<Answer<'ready'>[]> {
    return this.collect('ready', this.all);
  }

  /** Sends a message to every worker and waits for the answers, in the order of the workers. */
  ask<K extends FromWorker['kind']>(message: (index: number) => ToWorker, kind: K): Promise<Answer<K>[]> {
    const answers = this.collect(kind, this.all);
    this.workers.forEach((worker, index) => {
      worker.postMessage(message(index));
    });
    return answers;
  }

  /** Sends a message to one worker and waits for its answer. */
  async askOne<K extends FromWorker['kind']>(index: number, message: ToWorker, kind: K): Promise<Answer<K>> {
    const answers = this.collect(kind, [index]);
    this.workers[index].postMessage(message);
    return (await answers)[0];
  }

  setPhase(phase: Phase): void {
    for (const control of this.controls) control.setPhase(phase);
    for (const doorbell of this.doorbells) doorbell.ring();
  }

  /** In a run on databases: whoever waits for a server after the measurement waits no longer. */
  cancelWaiting(): void {
    for (const control of this.controls) control.cancelWaiting();
  }

  /** Ends every thread, wherever it is. */
  async end(): Promise<void> {
    this.ending = true;
    // Whoever still waits for an answer would do so for ever.
    const { waiting } = this;
    this.waiting = null;
    waiting?.reject(this.failure ?? new Error('the workers were ended'));
    await Promise.all(this.workers.map((worker) => worker.terminate()));
  }

  private get all(): number[] {
    return this.workers.map((_, index) => index);
  }

  private async collect<K extends FromWorker['kind']>(kind: K, indexes: readonly number[]): Promise<Answer<K>[]> {
    assert(this.waiting === null, 'workers are asked one thing at a time');
    if (this.failure !== null) throw this.failure;
    const answers = new Map<number, FromWorker>();
    await new Promise<void>((resolve, reject) => {
      this.waiting = { answers, indexes, resolve, reject };
    });
    return indexes.map((index) => {
      const answer = answers.get(index);
      assert(answer?.kind === kind, `a worker answered ${answer?.kind} instead of ${kind}`);
      return answer as Answer<K>;
    });
  }

  private receive(index: number, message: FromWorker): void {
    if (message.kind === 'log') {
      this.events.log(message.line);
      return;
    }
    if (message.kind === 'second') {
      this.events.secondOver(index, message.second);
      return;
    }
    if (message.kind === 'connectionLost' || message.kind === 'databaseFailed') {
      this.events.news?.(message);
      return;
    }
    if (message.kind === 'fault') {
      this.fail(new OperatingFault(message.code, message.exitStatus, message.message));
      return;
    }
    const { waiting } = this;
    if (waiting === null) {
      this.fail(new Error(`a worker answered ${message.kind} unasked`));
      return;
    }
    waiting.answers.set(index, message);
    if (waiting.indexes.every((each) => waiting.answers.has(each))) {
      this.waiting = null;
      waiting.resolve();
    }
  }

  private fail(error: unknown): void {
    this.failure ??= error;
    this.events.failed(error);
    const { waiting } = this;
    this.waiting = null;
    waiting?.reject(this.failure);
  }
}
