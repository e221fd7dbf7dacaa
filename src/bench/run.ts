/**
 * A benchmark run from start to result: databases, transports, workers, load, measurement, check. Runs on the main thread,
 * which only waits, shows progress and merges; the work is done by worker threads. It knows workloads by their module URL
 * alone, and neither the command line nor how a result is shown.
 */
import type { ChaosEvent } from '../config/chaos.ts';
import type { RunConfig } from '../config/run-config.ts';
import { dbtestVersion } from '../config/version.ts';
import { initShardDatabases, type LocalShards } from '../shard/shard-context.ts';
import { ProcessChaos } from './chaos/process-chaos.ts';
import { raiseInliningBudget } from './compiler-flags.ts';
import type { WorkloadModule } from './contract.ts';
import { exportInto } from './export-files.ts';
import { type Findings, gatherFindings } from './findings.ts';
import { type Measurement, MeasurementPhases } from './measurement.ts';
import { Peers } from './peers.ts';
import { checkCpuList, placeThreads } from './place-threads.ts';
import { prepareHistograms } from './recorder.ts';
import type { EndedBy, RunResult } from './result.ts';
import { buildResult } from './result-builder.ts';
import type { RunEvents, RunPhase } from './run-events.ts';
import { sum } from './sum.ts';
import { WorkerPool } from './worker-pool.ts';
import { workerStarts } from './worker-starts.ts';

export type { RunEvents, RunPhase, RunProgress } from './run-events.ts';

export interface RunHandle {
  /** Ends the measurement early, or the run when there is nothing to report yet. */
  interrupt(): void;
  /** Rejects with an `OperatingFault` or, for a bug, with the thread's error. */
  result: Promise<RunResult>;
  /** Writes every table as CSV into a folder that does not exist or is empty. After `result`, before `close`. */
  exportTables(directory: string): Promise<void>;
  /** Ends all threads and frees all ports. Must be called, also when `result` rejected. */
  close(): Promise<void>;
}

/** What is not part of the configuration that a result shows. */
export interface RunSecrets {
  /** Proved to the other processes; null without one. */
  secret: string | null;
}

const PROGRESS_INTERVAL_MS = 200;

/** Starts a run; it goes on in the background. */
export function startBenchmark(
  config: RunConfig,
  events: RunEvents,
  { secret }: RunSecrets = { secret: null },
): RunHandle {
  const run = new BenchmarkRun(config, events, secret);
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
  private readonly secret: string | null;
  private readonly peers: Peers;
  private readonly chaos: ProcessChaos | null;
  private pool: WorkerPool | null = null;
  private phases: MeasurementPhases | null = null;
  private phase: RunPhase = 'start';
  private fail: (error: unknown) => void = () => {};
  /** Why the measurement must end, where that is known before it began. */
  private endBeforehand: EndedBy | null = null;
  /** Ends whatever the main thread waits for before the measurement. */
  private readonly interruption = new AbortController();

  constructor(config: RunConfig, events: RunEvents, secret: string | null) {
    this.config = config;
    this.events = events;
    this.secret = secret;
    this.peers = new Peers(config, {
      log: (line) => events.log(line),
      announced: (announcement) => this.phases?.announced(announcement),
      endRequested: (reason) => this.phases?.requestEnd(reason as EndedBy),
      lost: () => this.peerLost(),
      failed: (error) => this.fail(error),
    });
    this.chaos = config.chaos === undefined ? null : this.newChaos(config.chaos);
  }

  interrupt(): void {
    this.interruption.abort();
    if (this.phase === 'load') this.cancelLoad();
    else this.end('interrupt');
  }

  /** A thread that throws ends the run wherever it is, also where nobody waits for that thread. */
  execute(): Promise<RunResult> {
    const failure = new Promise<never>((_, reject) => {
      this.fail = reject;
    });
    return Promise.race([this.perform(), failure]);
  }

  private async perform(): Promise<RunResult> {
    const { config, events, peers } = this;
    const startedAt = new Date();
    raiseInliningBudget();
    checkCpuList(config);
    await prepareHistograms();
    const { default: workload } = (await import(config.workload.moduleUrl)) as { default: WorkloadModule };
    const local = initShardDatabases(config, workload.longestFragmentWords, (line) => events.log(line));
    await peers.start(local, this.secret);
    await peers.join(this.interruption.signal);
    const pool = await this.startWorkers(local);
    this.phases = new MeasurementPhases(config, pool, peers, events, (phase) => {
      this.phase = phase;
      if (phase === 'measure') this.chaos?.begin();
    });
    const load = await this.load(pool);
    if (this.endBeforehand !== null) this.end(this.endBeforehand);
    const measurement = await this.phases.run();
    this.chaos?.end();
    if (this.chaos !== null) measurement.reports[0].chaos?.push(...this.chaos.counts);
    const findings = await this.check(pool, measurement, workload);
    const transports = await peers.counters();
    events.log('Run finished');
    return buildResult(
      {
        config,
        dbtestVersion: dbtestVersion(),
        startedAt,
        endedBy: measurement.endedBy,
        ...load,
        warmupSeconds: measurement.warmupSeconds,
        ...findings,
        transports,
      },
      workload,
    );
  }

  private newChaos(chaos: readonly ChaosEvent[]): ProcessChaos {
    return new ProcessChaos(chaos, {
      log: (line) => this.events.log(line),
      kill: () => process.kill(process.pid, 'SIGKILL'),
      stopTransport: (shardId) => this.peers.stopTransport(shardId),
    });
  }

  private async startWorkers(local: LocalShards): Promise<WorkerPool> {
    const { config, events, peers } = this;
    const starts = workerStarts(config, local);
    const pool = new WorkerPool(starts, (error) => this.fail(error), events.log);
    this.pool = pool;
    const ready = await pool.ready();
    for (const context of local.contexts) context.tables = ready[0].tables;
    const workers = starts.map(({ placement }, i) => ({
      kind: 'worker' as const,
      shardId: placement.shardId,
      index: placement.workerIndex,
      tid: ready[i].osThreadId,
    }));
    const transports = peers.threadIds().map((thread) => ({ kind: 'transport' as const, index: 0, ...thread }));
    await placeThreads(config, [...workers, ...transports], (line) => events.log(line));
    return pool;
  }

  private async load(pool: WorkerPool) {
    const { config, events } = this;
    const warehouses = config.cluster.warehousesPerShard * config.localShardIds.length;
    events.log(`Loading ${warehouses} warehouse${warehouses === 1 ? '' : 's'} (seed ${config.seed})`);
    this.phase = 'load';
    if (this.interruption.signal.aborted) this.cancelLoad();
    const startedMs = performance.now();
    const timer = setInterval(() => {
      const rows = sum(pool.controls.map((control) => control.rowsLoaded));
      const expected = sum(pool.controls.map((control) => control.rowsExpected));
      if (expected > 0) events.progress({ phase: 'load', fraction: rows / expected, detail: `${rows} rows` });
    }, PROGRESS_INTERVAL_MS);
    let loadedRows: number;
    try {
      const { shared, rows } = await pool.askOne(0, { kind: 'loadShared' }, 'sharedLoaded');
      const loaded = await pool.ask((index) => ({ kind: 'load', shared: index === 0 ? null : shared }), 'loaded');
      loadedRows = rows + sum(loaded.map((answer) => answer.rows));
    } catch (error) {
      throw this.endBeforehand === 'peer-lost' ? this.peers.lostFault() : error;
    } finally {
      clearInterval(timer);
    }
    const loadSeconds = (performance.now() - startedMs) / 1000;
    const loadedEngineBytes = sum(pool.controls.map((control) => control.engineBytes));
    events.log(`Loaded ${loadedRows} rows in ${loadSeconds.toFixed(1)} s, ${megabytes(loadedEngineBytes)} MB`);
    return { loadSeconds, loadedRows, loadedEngineBytes, loadedProcessBytes: process.memoryUsage.rss() };
  }

  private async check(pool: WorkerPool, measurement: Measurement, workload: WorkloadModule): Promise<Findings> {
    const { config, events, peers } = this;
    this.phase = 'check';
    if (config.check) {
      events.log('Checking the consistency conditions');
      events.progress({ phase: 'check', fraction: 0, detail: 'checking' });
    }
    return gatherFindings(config, pool, peers, measurement.reports, workload);
  }

  async exportTables(directory: string): Promise<void> {
    const { pool, events } = this;
    if (pool === null) return;
    this.phase = 'export';
    events.log(`Exporting the tables to ${directory}`);
    events.progress({ phase: 'export', fraction: 0, detail: 'exporting' });
    await exportInto(directory, async (folder) => {
      for (let index = 0; index < pool.size; index++) {
        await pool.askOne(index, { kind: 'export', directory: folder, first: index === 0 }, 'exported');
      }
    });
  }

  async close(): Promise<void> {
    this.chaos?.end();
    await Promise.all([this.pool?.end(), this.peers.stop()]);
  }

  private peerLost(): void {
    if (this.config.onPeerLoss === 'continue') return;
    this.end('peer-lost');
    if (this.phase === 'load') this.cancelLoad();
  }

  private end(reason: EndedBy): void {
    this.endBeforehand ??= reason;
    if (this.phases === null) return;
    // Who has lost a peer does not ask the leader, which may be the one that is lost.
    if (reason === 'peer-lost') this.phases.announced({ phase: 'drain', endedBy: reason });
    else this.peers.cluster.requestEnd(reason);
  }

  private cancelLoad(): void {
    for (const control of this.pool?.controls ?? []) control.cancelLoad();
  }
}

const megabytes = (sizeBytes: number): number => Math.round(sizeBytes / 1e6);
