/**
 * A benchmark run from start to result: databases, transports, workers, load, measurement, check. Runs on the main thread,
 * which only waits, shows progress and merges; the work is done by worker threads. It knows workloads by their module URL
 * alone, and neither the command line nor how a result is shown.
 */
import { assert } from '../assert.ts';
import type { ChaosEvent } from '../config/chaos.ts';
import type { RunConfig } from '../config/run-config.ts';
import { dbtestVersion } from '../config/version.ts';
import { OperatingFault, usageFault } from '../errors.ts';
import { initShardDatabases, type LocalShards } from '../shard/shard-context.ts';
import { ProcessChaos } from './chaos/process-chaos.ts';
import { raiseInliningBudget } from './compiler-flags.ts';
import type { WorkloadModule } from './contract.ts';
import type { Recovery } from './durable/durability-figures.ts';
import type { DurabilityFacts } from './durable/durability-result.ts';
import { DurableShards } from './durable/durable-shards.ts';
import { noData, refuseMissing } from './durable/missing-data.ts';
import { exportInto } from './export-files.ts';
import { type Filled, load, recover } from './fill.ts';
import { type Findings, gatherFindings } from './findings.ts';
import { createHistoryFile } from './history-file.ts';
import { LiveFigures } from './live-figures.ts';
import { diskFaultElsewhere, type Measurement, MeasurementPhases } from './measurement.ts';
import { Peers } from './peers.ts';
import { checkCpuList, placeThreads } from './place-threads.ts';
import { prepareHistograms } from './recorder.ts';
import type { ConsistencyResult, EndedBy, RunResult } from './result.ts';
import { buildResult } from './result-builder.ts';
import type { RunEvents, RunPhase } from './run-events.ts';
import { type ShardHistogram, shardHistograms } from './shard-histograms.ts';
import type { MeasuredReport, WorkerStart } from './worker-messages.ts';
import { WorkerPool } from './worker-pool.ts';
import { workerStarts } from './worker-starts.ts';

export type { RunEvents, RunPhase, RunProgress } from './run-events.ts';

export interface RunHandle {
  /** Ends the measurement early, or the run when there is nothing to report yet. */
  interrupt(): void;
  /** Rejects with an `OperatingFault` or, for a bug, with the thread's error. */
  result: Promise<RunResult>;
  /** Why the run could make nothing more durable and ended early; null where it could. After `result`. */
  diskFault?(): OperatingFault | null;
  /** Latencies by local shard and transaction. After `result`. */
  histograms(): ShardHistogram[];
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
    diskFault: () => run.diskFault,
    histograms: () => run.histograms(),
    exportTables: (directory) => run.exportTables(directory),
    close: () => run.close(),
  };
}

/** `load` fills empty folders, `recover` reads what is in them. */
export type Preparation = 'load' | 'recover';

export interface PreparationResult extends Filled {
  recovery: Recovery | null;
  /** Null where it was not checked. */
  consistency: ConsistencyResult | null;
}

export interface PreparationHandle extends Pick<RunHandle, 'interrupt' | 'exportTables' | 'close'> {
  result: Promise<PreparationResult>;
}

/** Starts a load into the folders of `config.durability`, or a recovery from them, and ends there. */
export function startPreparation(
  kind: Preparation,
  config: RunConfig,
  events: RunEvents,
  { secret }: RunSecrets = { secret: null },
): PreparationHandle {
  const run = new BenchmarkRun(config, events, secret);
  return {
    interrupt: () => run.interrupt(),
    result: run.prepare(kind),
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
  private durable: DurableShards | null = null;
  private phases: MeasurementPhases | null = null;
  private phase: RunPhase = 'start';
  /** What the workers measured, once it is known. */
  private findings: Findings | null = null;
  private workload: WorkloadModule | null = null;
  private fail: (error: unknown) => void = () => {};
  /** Why the measurement must end, where that is known before it began. */
  private endBeforehand: EndedBy | null = null;
  diskFault: OperatingFault | null = null;
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
      durable: (process, epoch, tick) => this.durable?.terms.heard(process, epoch, tick),
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
    return this.guarded(this.perform());
  }

  /** The same for a load, or a recovery, without a run. */
  prepare(kind: Preparation): Promise<PreparationResult> {
    return this.guarded(this.performPreparation(kind));
  }

  private guarded<T>(work: Promise<T>): Promise<T> {
    const failure = new Promise<never>((_, reject) => {
      this.fail = reject;
    });
    return Promise.race([work, failure]);
  }

  private async perform(): Promise<RunResult> {
    const { config, events, peers } = this;
    const startedAt = new Date();
    const { workload, pool, figures } = await this.open();
    // Everything that can refuse the run has agreed: only now is what an earlier one left given up.
    if (config.historyPath !== null) createHistoryFile(config.historyPath);
    this.phases = new MeasurementPhases(config, pool, peers, events, figures, (phase) => {
      this.phase = phase;
      if (phase === 'measure') this.chaos?.begin();
    });
    const filled = await this.fill(pool);
    if (this.endBeforehand !== null) this.end(this.endBeforehand);
    this.durable?.run(peers.cluster);
    const measurement = await this.measure(this.phases);
    this.chaos?.end();
    if (this.chaos !== null) measurement.reports[0].chaos?.push(...this.chaos.counts);
    const durability = await this.settle(measurement);
    // It may have failed after the end of the measurement, too: what it had not made durable is not counted.
    if (this.diskFault !== null) measurement.endedBy = 'disk-error';
    else if (measurement.endedBy === 'disk-error') this.diskFault = diskFaultElsewhere();
    const findings = await this.check(pool, measurement.reports, workload);
    this.findings = findings;
    this.workload = workload;
    const transports = await peers.counters();
    events.log('Run finished');
    return buildResult(
      {
        config,
        dbtestVersion: dbtestVersion(),
        startedAt,
        endedBy: measurement.endedBy,
        ...filled,
        warmupSeconds: measurement.warmupSeconds,
        measurementStartedAt: measurement.measurementStartedAt,
        ...findings,
        transports,
        durability,
        ...(this.diskFault === null ? {} : { diskFault: this.diskFault.message }),
      },
      workload,
    );
  }

  /** @throws OperatingFault where there is nothing to report: the disk's own, where it is why */
  private async measure(phases: MeasurementPhases): Promise<Measurement> {
    try {
      return await phases.run();
    } catch (error) {
      throw this.diskFault ?? error;
    }
  }

  /** Fills the shards and leaves them on disk. */
  private async performPreparation(kind: Preparation): Promise<PreparationResult> {
    const { config, peers, events } = this;
    if (kind === 'recover') refuseMissing(config);
    const { workload, pool } = await this.open();
    const filled = await this.fill(pool, kind);
    const { durable } = this;
    assert(durable !== null, 'what is prepared is kept');
    durable.run(peers.cluster);
    await durable.stop();
    await peers.cluster.agree('prepared', null, () => null);
    const findings = config.check ? await this.check(pool, [], workload) : null;
    peers.finish();
    events.log(kind === 'load' ? 'Load finished' : 'Recovery finished');
    return { ...filled, recovery: durable.recovery, consistency: findings?.consistency ?? null };
  }

  /** Folders, ports, the other processes, and the workers with empty partitions. */
  private async open(): Promise<{ workload: WorkloadModule; pool: WorkerPool; figures: LiveFigures }> {
    const { config, events, peers } = this;
    raiseInliningBudget();
    checkCpuList(config);
    await prepareHistograms();
    const { default: workload } = (await import(config.workload.moduleUrl)) as { default: WorkloadModule };
    const local = initShardDatabases(config, workload.longestFragmentWords, (line) => events.log(line));
    const plain = workerStarts(config, local);
    const durable = config.durability === undefined ? null : this.newDurable(plain);
    await peers.start(local, this.secret);
    await peers.join(this.interruption.signal);
    const starts = durable === null ? plain : plain.map((each, i) => ({ ...each, durable: durable.startOf(i) }));
    return { workload, ...(await this.startWorkers(local, starts)) };
  }

  private newDurable(starts: readonly WorkerStart[]): DurableShards {
    this.durable = new DurableShards(this.config, starts, {
      log: (line) => this.events.log(line),
      failed: (error) => this.durableFailed(error),
    });
    return this.durable;
  }

  /** Once there is something to report, a disk that fails ends the measurement and not the report. */
  private durableFailed(error: unknown): void {
    const measures = this.phase === 'warmup' || this.phase === 'measure';
    if (!(measures && error instanceof OperatingFault)) {
      this.fail(error);
      return;
    }
    if (this.diskFault !== null) return;
    this.diskFault = error;
    this.events.log('The disk failed: the measurement ends, and what was acknowledged is reported');
    this.end('disk-error');
  }

  /** Everything that was committed is on disk when this is over, unless nobody can know that any more. */
  private async settle({ reports, endedBy }: Measurement): Promise<DurabilityFacts | null> {
    const { durable, config } = this;
    if (durable === null || config.durability === undefined) return null;
    const { cluster, lostShards } = this.peers;
    const inDoubt = reports.some(({ exchange }) => (exchange['inDoubt'] ?? 0) > 0);
    const lastEpoch = Math.max(...reports.map(({ log }) => log?.lastEpoch ?? 0));
    const isCut = () => inDoubt || lostShards.length > 0 || this.diskFault !== null || endedBy === 'disk-error';
    await durable.settle(lastEpoch, isCut);
    await cluster.agree('durable', null, () => null);
    const writers = await durable.stop();
    const { recovery, checkpoints } = durable;
    return { writers, recovery, checkpoints };
  }

  private newChaos(chaos: readonly ChaosEvent[]): ProcessChaos {
    return new ProcessChaos(chaos, {
      log: (line) => this.events.log(line),
      kill: () => process.kill(process.pid, 'SIGKILL'),
      stopTransport: (shardId) => this.peers.stopTransport(shardId),
    });
  }

  private async startWorkers(
    local: LocalShards,
    starts: readonly WorkerStart[],
  ): Promise<{ pool: WorkerPool; figures: LiveFigures }> {
    const { config, events, peers } = this;
    const figures = new LiveFigures(starts.map(({ placement }) => placement.shardId));
    const pool = new WorkerPool(starts, {
      failed: (error) => this.fail(error),
      log: (line) => events.log(line),
      secondOver: (worker, second) => figures.add(worker, second),
    });
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
    return { pool, figures };
  }

  private async fill(pool: WorkerPool, wanted: Preparation | null = null): Promise<Filled> {
    const { config, events, durable, peers } = this;
    const holdsData = durable !== null && (await durable.survey(peers.cluster));
    const dataDir = config.durability?.dataDir;
    if (holdsData && wanted === 'load') {
      throw usageFault(`--data-dir: ${dataDir} holds data already; dbtest run uses it, or give another folder`);
    }
    if (!holdsData && wanted === 'recover') throw noData(dataDir ?? '');
    this.phase = 'load';
    if (this.interruption.signal.aborted) this.cancelLoad();
    try {
      return holdsData
        ? await recover(pool, events, durable, this.interruption.signal)
        : await load(config, pool, events, durable);
    } catch (error) {
      throw this.endBeforehand === 'peer-lost' ? this.peers.lostFault() : error;
    }
  }

  private async check(pool: WorkerPool, reports: MeasuredReport[], workload: WorkloadModule): Promise<Findings> {
    const { config, events, peers } = this;
    this.phase = 'check';
    events.progress({ phase: 'check' });
    if (config.check) events.log('Checking the consistency conditions');
    return gatherFindings(config, pool, peers, reports, workload);
  }

  histograms(): ShardHistogram[] {
    const { config, findings, workload } = this;
    assert(findings !== null && workload !== null, 'histograms are there when the result is');
    return shardHistograms(config.localShardIds, findings, workload.transactionTypes);
  }

  async exportTables(directory: string): Promise<void> {
    const { pool, events } = this;
    if (pool === null) return;
    this.phase = 'export';
    events.log(`Exporting the tables to ${directory}`);
    events.progress({ phase: 'export' });
    await exportInto(directory, async (folder) => {
      for (let index = 0; index < pool.size; index++) {
        await pool.askOne(index, { kind: 'export', directory: folder, first: index === 0 }, 'exported');
      }
    });
  }

  async close(): Promise<void> {
    this.chaos?.end();
    await Promise.all([this.pool?.end(), this.peers.stop(), this.durable?.close()]);
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
