/**
 * A benchmark run from start to result: load, warm-up, measurement, check. Runs on the main thread, which only waits,
 * shows progress and merges; the work is done by worker threads. It knows workloads by their module URL alone, and
 * neither the command line nor how a result is shown.
 */
import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { RunConfig } from '../config/run-config.ts';
import { dbtestVersion } from '../config/version.ts';
import { EXIT, fileFault, OperatingFault } from '../errors.ts';
import { RoutingTable } from '../shard/routing-table.ts';
import { raiseInliningBudget } from './compiler-flags.ts';
import type { PartialCheck, WorkloadModule } from './contract.ts';
import { ControlBlock, PHASE_MEASURE, PHASE_STOP, PHASE_WARMUP } from './control-block.ts';
import { prepareHistograms } from './recorder.ts';
import type { EndedBy, RunResult } from './result.ts';
import { buildResult } from './result-builder.ts';
import { sum } from './sum.ts';
import type { WorkerStart } from './worker-messages.ts';
import { WorkerPool } from './worker-pool.ts';

export type RunPhase = 'load' | 'warmup' | 'measure' | 'check' | 'export';

export interface RunProgress {
  phase: RunPhase;
  /** 0..1. */
  fraction: number;
  /** What goes on, in a few words. */
  detail: string;
}

/** Where a run tells what it does. */
export interface RunEvents {
  log(line: string): void;
  progress(progress: RunProgress): void;
}

export interface RunHandle {
  /** Ends the measurement early, or the run when there is nothing to report yet. */
  interrupt(): void;
  /** Rejects with an `OperatingFault` or, for a bug, with the worker's error. */
  result: Promise<RunResult>;
  /** Writes every table as CSV into a folder that does not exist or is empty. After `result`, before `close`. */
  exportTables(directory: string): Promise<void>;
  /** Ends all threads. Must be called, also when `result` rejected. */
  close(): Promise<void>;
}

const PROGRESS_INTERVAL_MS = 200;

/** Starts a run; it goes on in the background. */
export function startBenchmark(config: RunConfig, events: RunEvents): RunHandle {
  const run = new BenchmarkRun(config, events);
  return {
    interrupt: () => run.interrupt(),
    result: run.execute(),
    exportTables: (directory) => run.exportTables(directory),
    close: () => run.close(),
  };
}

class BenchmarkRun {
  private readonly config: RunConfig;
  private readonly events: RunEvents;
  private readonly routing: RoutingTable;
  private pool: WorkerPool | null = null;
  private phase: RunPhase = 'load';
  /** Wakes whatever wait the main thread is in. */
  private readonly interruption = new AbortController();

  constructor(config: RunConfig, events: RunEvents) {
    this.config = config;
    this.events = events;
    const { shards, warehousesPerShard } = config.cluster;
    this.routing = new RoutingTable(shards.length, warehousesPerShard, config.numThreads);
  }

  interrupt(): void {
    this.interruption.abort();
    if (this.phase !== 'load') return;
    for (const control of this.pool?.controls ?? []) control.cancelLoad();
  }

  async execute(): Promise<RunResult> {
    const { config, events } = this;
    const startedAt = new Date();
    raiseInliningBudget();
    await prepareHistograms();
    const { default: workload } = (await import(config.workload.moduleUrl)) as { default: WorkloadModule };
    const starts = this.workerStarts();
    const pool = new WorkerPool(starts);
    this.pool = pool;
    await pool.ready();

    const load = await this.load(pool);
    const { reports, endedBy, warmupSeconds } = await this.measure(pool);
    const check = config.check ? await this.check(pool) : null;
    events.log('Run finished');
    return buildResult(
      {
        config,
        dbtestVersion: dbtestVersion(),
        startedAt,
        endedBy,
        ...load,
        warmupSeconds,
        reports,
        shardIds: starts.map((start) => start.placement.shardId),
        partialChecks: check?.partials ?? null,
        checkSeconds: check?.seconds ?? 0,
      },
      workload,
    );
  }

  private workerStarts(): WorkerStart[] {
    const { config, routing } = this;
    const totalWorkers = config.cluster.shards.length * config.numThreads;
    const localWorkers = config.localShardIds.length * config.numThreads;
    return config.localShardIds.flatMap((shardId) =>
      Array.from({ length: config.numThreads }, (_, workerIndex) => {
        const warehouses = routing.warehousesOf(shardId, workerIndex);
        return {
          config,
          placement: {
            shardId,
            workerIndex,
            firstWarehouse: warehouses.first,
            lastWarehouse: warehouses.last,
            totalWarehouses: routing.warehouseCount,
            terminalsPerWarehouse: config.terminalsPerWarehouse,
            seed: config.seed,
          },
          controlMemory: new ControlBlock().memory,
          memoryLimitBytes: config.memoryLimitBytes / localWorkers,
          totalWorkers,
        };
      }),
    );
  }

  private async load(pool: WorkerPool) {
    const { config, events } = this;
    const warehouses = config.cluster.warehousesPerShard * config.localShardIds.length;
    events.log(`Loading ${warehouses} warehouse${warehouses === 1 ? '' : 's'} (seed ${config.seed})`);
    const startedMs = performance.now();
    const stopProgress = this.everyInterval(() => {
      const rows = sum(pool.controls.map((control) => control.rowsLoaded));
      const expected = sum(pool.controls.map((control) => control.rowsExpected));
      if (expected > 0) this.progress(rows / expected, `${rows} rows`);
    });
    const loaded = await pool.ask({ kind: 'load' }, 'loaded').finally(stopProgress);
    const loadSeconds = (performance.now() - startedMs) / 1000;
    const loadedRows = sum(loaded.map((answer) => answer.rows));
    const loadedEngineBytes = sum(pool.controls.map((control) => control.engineBytes));
    events.log(`Loaded ${loadedRows} rows in ${loadSeconds.toFixed(1)} s, ${megabytes(loadedEngineBytes)} MB`);
    return { loadSeconds, loadedRows, loadedEngineBytes, loadedProcessBytes: process.memoryUsage.rss() };
  }

  private async measure(pool: WorkerPool) {
    const { config, events } = this;
    this.phase = config.warmupSeconds > 0 ? 'warmup' : 'measure';
    pool.setPhase(config.warmupSeconds > 0 ? PHASE_WARMUP : PHASE_MEASURE);
    const measured = pool.ask({ kind: 'run' }, 'measured');
    const warmupStartMs = performance.now();
    if (config.warmupSeconds > 0) {
      events.log(`Warming up for ${config.warmupSeconds} s`);
      await this.wait(pool, measured, config.warmupSeconds);
    }
    const warmupSeconds = (performance.now() - warmupStartMs) / 1000;
    const reached = pool.controls.some((control) => control.memoryReached);
    if (!this.interruption.signal.aborted && !reached) {
      this.phase = 'measure';
      pool.setPhase(PHASE_MEASURE);
      events.log(`Measuring for ${config.runtimeSeconds} s`);
      await this.wait(pool, measured, config.runtimeSeconds);
    }
    pool.setPhase(PHASE_STOP);
    const reports = (await measured).map((answer) => answer.report);
    const endedByMemory = reports.some((report) => report.endedByMemory);
    const empty = endedByMemory && reports.every((report) => report.recorded.types.every((type) => type.commits === 0));
    if (empty || reports.some((report) => report.measuredSeconds === 0)) throw this.nothingMeasured(endedByMemory);
    const endedBy: EndedBy = endedByMemory
      ? 'memory-limit'
      : this.interruption.signal.aborted
        ? 'interrupt'
        : 'runtime';
    if (endedBy === 'memory-limit') {
      const limit = megabytes(config.memoryLimitBytes);
      events.log(`The memory limit of ${limit} MB is reached: the measurement ends early (--memory-limit)`);
    }
    return { reports, endedBy, warmupSeconds };
  }

  private nothingMeasured(endedByMemory: boolean): OperatingFault {
    if (endedByMemory) {
      const limit = megabytes(this.config.memoryLimitBytes);
      return new OperatingFault(
        'MEMORY_LIMIT',
        EXIT.usage,
        `the memory limit of ${limit} MB was reached before the measurement; raise --memory-limit or shorten --warmup`,
      );
    }
    return new OperatingFault('INTERRUPTED', EXIT.interrupted, 'interrupted before the measurement: nothing to report');
  }

  /** Waits for `seconds`, for an interruption, or until the workers ended or one has no memory left. */
  private async wait(pool: WorkerPool, measured: Promise<unknown>, seconds: number): Promise<void> {
    const startedMs = performance.now();
    const over = new AbortController();
    const end = () => over.abort();
    const { signal } = this.interruption;
    if (signal.aborted) return;
    signal.addEventListener('abort', end);
    measured.then(end, end);
    const stopProgress = this.everyInterval(() => {
      if (pool.controls.some((control) => control.memoryReached)) end();
      const completed = sum(pool.controls.map((control) => control.completed));
      const engineBytes = sum(pool.controls.map((control) => control.engineBytes));
      const fraction = Math.min(1, (performance.now() - startedMs) / 1000 / seconds);
      this.progress(fraction, `${completed} transactions, ${megabytes(engineBytes)} MB`);
    });
    try {
      await delay(seconds * 1000, undefined, { signal: over.signal });
    } catch (error) {
      if ((error as Error).name !== 'AbortError') throw error;
    } finally {
      stopProgress();
      signal.removeEventListener('abort', end);
    }
  }

  private async check(pool: WorkerPool): Promise<{ partials: PartialCheck[]; seconds: number }> {
    this.phase = 'check';
    this.events.log('Checking the consistency conditions');
    this.progress(0, 'checking');
    const startedMs = performance.now();
    const partials = (await pool.ask({ kind: 'check' }, 'checked')).map((answer) => answer.partial);
    return { partials, seconds: (performance.now() - startedMs) / 1000 };
  }

  /**
   * The files are written to a folder inside the target and moved up when all are whole: that works for an empty folder of
   * any kind, a mount point or a link to one included.
   */
  async exportTables(directory: string): Promise<void> {
    const { pool, events } = this;
    if (pool === null) return;
    this.phase = 'export';
    events.log(`Exporting the tables to ${directory}`);
    this.progress(0, 'exporting');
    const target = resolve(directory);
    const partial = join(target, `.partial-${process.pid}`);
    const isNew = !existsSync(target);
    const removePartial = () => rmSync(isNew ? target : partial, { recursive: true, force: true });
    process.on('exit', removePartial);
    try {
      mkdirSync(partial, { recursive: true });
      await pool.ask({ kind: 'export', directory: partial, header: true }, 'exported');
      for (const name of readdirSync(partial)) renameSync(join(partial, name), join(target, name));
      rmdirSync(partial);
    } catch (error) {
      removePartial();
      throw error instanceof OperatingFault ? error : fileFault('export to', directory, error);
    } finally {
      process.off('exit', removePartial);
    }
  }

  async close(): Promise<void> {
    await this.pool?.end();
  }

  private progress(fraction: number, detail: string): void {
    this.events.progress({ phase: this.phase, fraction, detail });
  }

  private everyInterval(action: () => void): () => void {
    const timer = setInterval(action, PROGRESS_INTERVAL_MS);
    return () => clearInterval(timer);
  }
}

const megabytes = (sizeBytes: number): number => Math.round(sizeBytes / 1e6);
