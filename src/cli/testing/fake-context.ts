/** A world for commands under test: captured streams, signals sent by hand, and a benchmark that the test ends. */
import { EventEmitter } from 'node:events';
import { Writable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import type { RunResult } from '../../bench/result.ts';
import type { RunEvents } from '../../bench/run-events.ts';
import type { ShardHistogram } from '../../bench/shard-histograms.ts';
import type { RunConfig } from '../../config/run-config.ts';
import { sampleResult } from '../../report/testing/sample-result.ts';
import type { CliContext, OutputStream } from '../context.ts';
import { main } from '../main.ts';

/** A stream that keeps what is written, or fails every write with a system error. */
export class CapturedStream extends Writable {
  text = '';
  isTTY = false;
  columns = 100;
  rows = 24;
  failWith: string | null = null;

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.failWith !== null) {
      done(Object.assign(new Error(`${this.failWith}: write failed`), { code: this.failWith }));
      return;
    }
    this.text += chunk.toString();
    done();
  }
}

/** Drawing one takes a while, and nobody changes it. */
const SAMPLE = sampleResult();

export interface FakeRun {
  config: RunConfig;
  secret: string | null | undefined;
  log(line: string): void;
  progress: RunEvents['progress'];
  interrupts: number;
  histograms: ShardHistogram[];
  /** Folders that the run was asked to export to. */
  exports: string[];
  /** Thrown by the export. */
  exportFault: Error | null;
  closed: boolean;
  finish(result?: Partial<RunResult>): void;
  fail(error: unknown): void;
}

export interface FakeContext extends CliContext {
  stdout: CapturedStream & OutputStream;
  stderr: CapturedStream & OutputStream;
  env: Record<string, string | undefined>;
  signals: EventEmitter;
  exits: number[];
  timeMs: number;
  /** The run, once it has started. */
  run: FakeRun | null;
}

export function fakeContext(): FakeContext {
  const context: FakeContext = {
    stdout: new CapturedStream(),
    stderr: new CapturedStream(),
    env: {},
    signals: new EventEmitter(),
    exits: [],
    timeMs: 0,
    run: null,
    exitNow: (status) => context.exits.push(status),
    hideArguments: () => {},
    nowMs: () => context.timeMs,
    loadDatabaseBench: () => Promise.reject(new Error('no test of it here')),
    workloadsFolder: new URL('./workloads/', import.meta.url),
    loadBench: async () => ({
      startPreparation: () => {
        throw new Error('nothing is prepared here');
      },
      startBenchmark: (config, events, options) => {
        const { promise, resolve, reject } = withResolvers<RunResult>();
        const run: FakeRun = {
          config,
          secret: options?.secret,
          log: events.log,
          progress: events.progress,
          interrupts: 0,
          histograms: [],
          exports: [],
          exportFault: null,
          closed: false,
          finish: (result = {}) => resolve({ ...SAMPLE, config, ...result }),
          fail: reject,
        };
        context.run = run;
        return {
          interrupt: () => {
            run.interrupts++;
          },
          result: promise,
          histograms: () => run.histograms,
          exportTables: async (folder) => {
            run.exports.push(folder);
            if (run.exportFault !== null) throw run.exportFault;
          },
          close: async () => {
            run.closed = true;
          },
        };
      },
    }),
    loadReport: async () => ({
      ...(await import('../../report/console-report.ts')),
      ...(await import('../../report/csv-series.ts')),
      ...(await import('../../report/hlog.ts')),
      ...(await import('../../report/consistency-section.ts')),
      ...(await import('../../report/html/write-html.ts')),
      ...(await import('../../report/json-report.ts')),
    }),
  };
  return context;
}

/** Runs a command that needs no benchmark. */
export async function runCli(
  argv: string[],
  context: FakeContext = fakeContext(),
): Promise<{ status: number; stdout: string; stderr: string }> {
  const status = await main(argv, context);
  return { status, stdout: context.stdout.text, stderr: context.stderr.text };
}

/** Starts a run and waits until the benchmark runs. */
export async function startRun(
  argv: string[],
  context: FakeContext,
): Promise<{ run: FakeRun; status: Promise<number> }> {
  const status = main(['--workload', 'fake', ...argv], context);
  let ended = false;
  status.then(() => {
    ended = true;
  });
  while (context.run === null) {
    if (ended) throw new Error(`ended before the run began: ${context.stderr.text}`);
    await setImmediate();
  }
  return { run: context.run, status };
}

function withResolvers<Value>() {
  let resolve: (value: Value) => void = () => undefined;
  let reject: (reason: unknown) => void = () => undefined;
  const promise = new Promise<Value>((onResolved, onRejected) => {
    resolve = onResolved;
    reject = onRejected;
  });
  return { promise, resolve, reject };
}
