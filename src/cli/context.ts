/**
 * What a command touches of the world: streams, environment, signals, and the parts of dbtest that are loaded only when
 * a run needs them. Tests pass their own.
 */
import type { Writable } from 'node:stream';
import type { DatabaseHandle, DatabaseTask } from '../bench/database/database-task.ts';
import type { ConsistencyResult, RunResult } from '../bench/result.ts';
import type { Preparation, PreparationHandle, RunEvents, RunHandle, RunSecrets } from '../bench/run.ts';
import type { ShardHistogram } from '../bench/shard-histograms.ts';
import type { RunConfig } from '../config/run-config.ts';
import type { ReportStyle } from '../report/style.ts';

/** A stream that commands write to; `process.stdout` and `process.stderr` are such streams. */
export type OutputStream = Writable & { isTTY?: boolean; columns?: number; rows?: number };

export type InterruptSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

/** Where these signals are heard; `process` is one. */
export interface SignalSource {
  on(signal: InterruptSignal, listener: () => void): unknown;
  off(signal: InterruptSignal, listener: () => void): unknown;
}

export interface BenchModule {
  startBenchmark(config: RunConfig, events: RunEvents, secrets?: RunSecrets): RunHandle;
  startPreparation(kind: Preparation, config: RunConfig, events: RunEvents, secrets?: RunSecrets): PreparationHandle;
}

export interface DatabaseBenchModule {
  startDatabaseBenchmark(config: RunConfig, urls: readonly string[], events: RunEvents): RunHandle;
  startDatabaseTask(
    config: RunConfig,
    urls: readonly string[],
    task: Exclude<DatabaseTask, { kind: 'run' }>,
    events: RunEvents,
  ): DatabaseHandle;
}

export interface ReportModule {
  /** Lines of a report. */
  renderConsistency(style: ReportStyle, consistency: ConsistencyResult, requested: boolean): string[];
  renderConsoleReport(result: RunResult, style: ReportStyle): string;
  /** Writes the page aside and renames it. */
  writeHtml(result: RunResult, path: string): void;
  /** Writes the time series aside and renames it. */
  writeSeriesCsv(result: RunResult, path: string): void;
  /** Writes the histograms aside and renames the file. */
  writeHistogramLog(result: RunResult, histograms: readonly ShardHistogram[], path: string): void;
  /** Writes the result aside and renames it; `-` writes it to `standardOutput`. */
  writeJson(result: RunResult, path: string, standardOutput: Writable): Promise<void>;
}

export interface CliContext {
  stdout: OutputStream;
  stderr: OutputStream;
  env: Readonly<Record<string, string | undefined>>;
  signals: SignalSource;
  /** Ends the process at once; only for the second Ctrl-C. */
  exitNow(status: number): void;
  /** Keeps what the command line held from whoever lists the processes of the machine. */
  hideArguments(): void;
  /** Milliseconds, monotonic. */
  nowMs(): number;
  /** Holds a folder for each workload. */
  workloadsFolder: URL;
  loadBench(): Promise<BenchModule>;
  loadDatabaseBench(): Promise<DatabaseBenchModule>;
  loadReport(): Promise<ReportModule>;
}

/** The real world. */
export const processContext = (): CliContext => ({
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  signals: process,
  exitNow: (status) => process.exit(status),
  hideArguments: () => {
    process.title = 'dbtest';
  },
  nowMs: () => performance.now(),
  workloadsFolder: new URL('../../workloads/', import.meta.url),
  loadBench: () => import('../bench/run.ts'),
  loadDatabaseBench: () => import('../bench/database/database-run.ts'),
  loadReport: async () => ({
    ...(await import('../report/console-report.ts')),
    ...(await import('../report/csv-series.ts')),
    ...(await import('../report/hlog.ts')),
    ...(await import('../report/consistency-section.ts')),
    ...(await import('../report/html/write-html.ts')),
    ...(await import('../report/json-report.ts')),
  }),
});
