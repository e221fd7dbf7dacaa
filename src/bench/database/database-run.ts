/**
 * Runs on databases that users have, main file of the folder: connect, load where nothing is loaded, measure with sessions
 * in worker threads, check on the servers. Runs on the main thread, which only waits, shows progress and merges. It knows
 * workloads by their module URL alone, and databases by the driver's contract.
 */
import { assert } from '../../assert.ts';
import type { RunConfig } from '../../config/run-config.ts';
import { dbtestVersion } from '../../config/version.ts';
import { loadDriver } from '../../drivers/registry.ts';
import { EXIT, OperatingFault, usageFault } from '../../errors.ts';
import type { WorkloadModule } from '../contract.ts';
import { exportInto } from '../export-files.ts';
import { LiveFigures } from '../live-figures.ts';
import { type Measurement, MeasurementPhases } from '../measurement.ts';
import { Peers } from '../peers.ts';
import { prepareHistograms } from '../recorder.ts';
import type { ConsistencyResult, EndedBy, RunResult } from '../result.ts';
import { buildResult } from '../result-builder.ts';
import type { RunHandle } from '../run.ts';
import type { RunEvents } from '../run-events.ts';
import { type ShardHistogram, shardHistograms } from '../shard-histograms.ts';
import type { MeasuredReport } from '../worker-messages.ts';
import { type DatabaseNews, WorkerPool } from '../worker-pool.ts';
import { faultOf, withFaults } from './connecting.ts';
import type { DatabaseWorkload } from './contract.ts';
import { checkDatabases } from './database-check.ts';
import { type Databases, dropTables, type LoadedRows, loadDatabases, SESSION_WORKER } from './database-load.ts';
import { databaseResult } from './database-result.ts';
import type { DatabaseHandle, DatabaseOutcome, DatabaseTask } from './database-task.ts';
import { exportDatabases } from './export-databases.ts';
import { misplaced, readServers, refuseReadOnly, withLoadedTables, withWarehouses } from './fit.ts';
import { Interruption } from './interruption.ts';
import { readContents } from './load-record.ts';
import { MainConnections } from './main-connections.ts';
import { resolveOrphans } from './orphans.ts';
import { sessionStarts } from './session-starts.ts';
import type { DatabaseWorkerStart } from './session-worker-messages.ts';
import { Troubles } from './troubles.ts';

/** How long a server that does not answer keeps somebody who has pressed Ctrl-C. */
const GRACE_MS = 3000;

/**
 * Starts a run; it goes on in the background.
 * @param config without `warehousesPerShard` of its own (0) it takes what is loaded, else a warehouse for each session
 * @param urls by shard, with their passwords
 */
export function startDatabaseBenchmark(config: RunConfig, urls: readonly string[], events: RunEvents): RunHandle {
  const run = new DatabaseRun(config, urls, events);
  return {
    interrupt: () => run.interrupt(),
    result: run.guarded(() => run.benchmark()),
    histograms: () => run.histograms(),
    exportTables: (directory) => run.exportTables(directory),
    close: () => run.close(),
  };
}

/** Loads, checks or drops. */
export function startDatabaseTask(
  config: RunConfig,
  urls: readonly string[],
  task: Exclude<DatabaseTask, { kind: 'run' }>,
  events: RunEvents,
): DatabaseHandle {
  const run = new DatabaseRun(config, urls, events);
  return {
    interrupt: () => run.interrupt(),
    result: run.guarded(() => run.perform(task)),
    close: () => run.close(),
  };
}

class DatabaseRun {
  private config: RunConfig;
  private readonly urls: readonly string[];
  private readonly events: RunEvents;
  private readonly peers: Peers;
  private readonly interruption = new Interruption();
  private readonly own: MainConnections;
  private databases: Databases | null = null;
  private pool: WorkerPool | null = null;
  private phases: MeasurementPhases | null = null;
  private fail: (error: unknown) => void = () => {};
  private endBeforehand: EndedBy | null = null;
  /** What the workers measured, once it is known. */
  private measured: { reports: MeasuredReport[]; shardIds: number[]; workload: WorkloadModule } | null = null;
  private readonly troubles: Troubles;

  constructor(config: RunConfig, urls: readonly string[], events: RunEvents) {
    this.config = config;
    this.urls = urls;
    this.own = new MainConnections(urls);
    this.events = events;
    this.troubles = new Troubles(events);
    this.peers = new Peers(config, {
      log: () => {},
      announced: (announcement) => this.phases?.announced(announcement),
      endRequested: (reason) => this.phases?.requestEnd(reason as EndedBy),
      durable: () => {},
      lost: () => {},
      failed: (error) => this.fail(error),
    });
  }

  interrupt(): void {
    this.interruption.interrupt();
    this.end('interrupt');
    // What sessions still wait for then is left at the server.
    setTimeout(() => this.pool?.cancelWaiting(), GRACE_MS).unref();
  }

  /** A thread that throws ends the work wherever it is. */
  guarded<T>(work: () => Promise<T>): Promise<T> {
    const failure = new Promise<never>((_, reject) => {
      this.fail = (error) => reject(faultOf(error));
    });
    return Promise.race([withFaults(work), failure]);
  }

  perform(task: Exclude<DatabaseTask, { kind: 'run' }>): Promise<DatabaseOutcome> {
    const graceMs = task.kind === 'check' ? 0 : GRACE_MS;
    return this.interruption.bound(this.performAll(task), graceMs, INTERRUPTED_TASK[task.kind]);
  }

  private async performAll(task: Exclude<DatabaseTask, { kind: 'run' }>): Promise<DatabaseOutcome> {
    const { databases } = await this.connect(task.kind !== 'load' || !task.dropFirst);
    const { events } = this;
    if (task.kind !== 'check') refuseReadOnly(this.config, (await readServers(this.config, this.own.all)).readOnly);
    if (task.kind === 'drop' || (task.kind === 'load' && task.dropFirst)) {
      await dropTables(databases);
      events.log('Dropped the tables');
    }
    let loaded: LoadedRows | null = null;
    let consistency: ConsistencyResult | null = null;
    if (task.kind === 'load') loaded = await this.load(databases);
    if (task.kind === 'check') {
      await this.expectLoad(databases);
      await this.resolveOrphans(databases);
      consistency = await this.check(databases);
    }
    return { loaded, servers: [], consistency };
  }

  async benchmark(): Promise<RunResult> {
    const startedAt = new Date();
    await prepareHistograms();
    const prepared = await this.interruption.bound(this.prepare(), GRACE_MS, NOTHING_MEASURED);
    const { databases, workload, servers, loaded, facts } = prepared;
    const measurement = await this.measure(facts);
    const consistency = await this.checkAfterwards(databases);
    this.events.log('Run finished');
    const { reports } = measurement;
    this.measured = { reports, shardIds: this.starts.map(({ placement }) => placement.shardId), workload };
    return buildResult(
      {
        config: this.config,
        dbtestVersion: dbtestVersion(),
        startedAt,
        endedBy: measurement.endedBy,
        loadSeconds: loaded?.seconds ?? 0,
        loadedRows: loaded?.rows ?? 0,
        loadedEngineBytes: 0,
        loadedProcessBytes: process.memoryUsage.rss(),
        warmupSeconds: measurement.warmupSeconds,
        measurementStartedAt: measurement.measurementStartedAt,
        reports,
        shardIds: this.starts.map(({ placement }) => placement.shardId),
        cluster: { processes: 1, scope: 'whole', lostShards: [] },
        consistency,
        transports: new Map(),
        database: databaseResult(this.config, databases.driver, servers, reports, this.troubles.messages),
      },
      workload,
    );
  }

  /** Everything before the first session. */
  private async prepare() {
    const { databases, workload, database } = await this.connect(true);
    const servers = await readServers(this.config, this.own.all);
    for (const line of servers.lines) this.events.log(line);
    refuseReadOnly(this.config, servers.readOnly);
    const contents = await readContents(this.own.all[0], database);
    const loaded = contents.kind === 'load' && contents.record.isComplete ? null : await this.load(databases);
    const facts = await this.expectLoad(databases);
    await this.prepareTwoPhaseCommits(databases);
    await this.createProcedures(databases);
    await this.resolveOrphans(databases);
    await this.own.close();
    return { databases, workload, servers: servers.results, loaded, facts };
  }

  /** Connects to every database. @param takesLoaded whether the number of warehouses may be that of the load */
  private async connect(takesLoaded: boolean) {
    const settings = this.config.database;
    if (settings === undefined) throw new Error('a run on databases has them in its configuration');
    const driver = await loadDriver(settings.driver);
    const { default: workload } = (await import(this.config.workload.moduleUrl)) as { default: WorkloadModule };
    if (workload.loadDatabase === undefined) {
      throw usageFault(`--workload ${workload.name} runs on the embedded engine alone, without --driver`);
    }
    const database = await workload.loadDatabase();
    await this.own.open(driver, this.config);
    if (this.config.cluster.warehousesPerShard === 0) {
      const loaded = takesLoaded ? await this.loadedWarehouses(database) : null;
      this.config = withWarehouses(this.config, loaded ?? this.config.numThreads);
    }
    const { config, urls } = this;
    const databases: Databases = { config, driver, database, connections: this.own.all, urls };
    this.databases = databases;
    return { databases, workload, database };
  }

  private async loadedWarehouses(database: DatabaseWorkload): Promise<number | null> {
    const contents = await readContents(this.own.all[0], database);
    if (contents.kind !== 'load') return null;
    const { firstWarehouse, lastWarehouse } = contents.record.plan;
    return lastWarehouse - firstWarehouse + 1;
  }

  private async load(databases: Databases): Promise<LoadedRows> {
    const { events } = this;
    const loaded = await loadDatabases(databases, {
      events,
      signal: this.interruption.signal,
      started: (pool) => {
        this.pool = pool;
      },
      failed: (error) => this.fail(error),
    });
    events.log(`Loaded ${loaded.rows} rows in ${loaded.seconds.toFixed(1)} s, keys and indexes included`);
    return loaded;
  }

  /** @returns the facts of the load. @throws OperatingFault where the databases do not hold what the run is to use */
  private async expectLoad({ config, database }: Databases): Promise<Readonly<Record<string, string>>> {
    let facts: Readonly<Record<string, string>> = {};
    for (const [shard, connection] of this.own.all.entries()) {
      const place = config.database?.places[shard] ?? '';
      const contents = await readContents(connection, database);
      if (contents.kind !== 'load') throw usageFault(`${place}: nothing is loaded; dbtest load loads it`);
      const { record } = contents;
      if (!record.isComplete) throw usageFault(`${place}: its load was interrupted; dbtest load goes on with it`);
      const misfit = misplaced(record.plan, config, shard) ?? database.misfit(record.facts);
      if (misfit !== null) {
        throw usageFault(`${place}: the loaded data does not fit: ${misfit}; dbtest load --drop loads anew`);
      }
      facts = record.facts;
      this.config = withLoadedTables(this.config, record.plan);
    }
    return facts;
  }

  private async prepareTwoPhaseCommits({ config, driver }: Databases): Promise<void> {
    if (this.own.all.length < 2) return;
    if (!driver.hasTwoPhaseCommit) throw usageFault(`--driver ${driver.name} has no commits over several databases`);
    const needed = config.numThreads * (this.own.all.length - 1);
    for (const [shard, connection] of this.own.all.entries()) {
      const most = await connection.mostPrepared();
      if (most !== null && most < needed) {
        throw usageFault(
          `${config.database?.places[shard]}: max_prepared_transactions is ${most}, and the sessions of the other ` +
            `shards need ${needed}; set it to at least that and restart the server`,
        );
      }
    }
  }

  private async createProcedures({ config, driver, database }: Databases): Promise<void> {
    if (config.database?.sqlMode !== 'procedures') return;
    const scripts = database.procedures(driver.dialect);
    for (const connection of this.own.all) {
      for (const { name, text } of scripts) await connection.run(name, text);
    }
  }

  private async resolveOrphans({ driver, config }: Databases): Promise<void> {
    if (!driver.hasTwoPhaseCommit) return;
    await resolveOrphans(this.own.all, (shard) => config.database?.places[shard] ?? '', this.events);
  }

  private starts: DatabaseWorkerStart[] = [];

  private async measure(loadFacts: Readonly<Record<string, string>>): Promise<Measurement> {
    const { config, events } = this;
    this.starts = sessionStarts(config, this.urls, loadFacts);
    const figures = new LiveFigures(this.starts.map(({ placement }) => placement.shardId));
    const pool = new WorkerPool(
      this.starts,
      {
        failed: (error) => this.fail(error),
        log: (line) => events.log(line),
        secondOver: (worker, second) => figures.add(worker, second),
        news: (news) => this.hear(news),
      },
      SESSION_WORKER,
    );
    this.pool = pool;
    await this.interruption.bound(pool.ready(), GRACE_MS, NOTHING_MEASURED);
    const sessions = config.numThreads * config.cluster.shards.length;
    events.log(
      `Opened ${sessions} session${sessions === 1 ? '' : 's'} in ${pool.size} worker thread${pool.size === 1 ? '' : 's'}`,
    );
    this.phases = new MeasurementPhases(config, pool, this.peers, events, figures, () => {});
    if (this.endBeforehand !== null) this.end(this.endBeforehand);
    try {
      return await this.phases.run();
    } catch (error) {
      const { because } = this.troubles;
      if (because === null || this.interruption.hasCome || !(error instanceof OperatingFault)) throw error;
      throw new OperatingFault('DATABASE', EXIT.connection, because, error);
    }
  }

  histograms(): ShardHistogram[] {
    const { measured, config } = this;
    assert(measured !== null, 'histograms are there when the result is');
    const shardIds = config.cluster.shards.map(({ shardId }) => shardId);
    return shardHistograms(shardIds, measured, measured.workload.transactionTypes);
  }

  private hear(news: DatabaseNews): void {
    const reason = this.troubles.hear(news, this.config.database?.maxErrors ?? 0);
    if (reason !== null) this.end(reason);
  }

  /**
   * A database that is gone cannot be checked; that is no violation, and what was measured is reported all the same. So it is
   * where somebody interrupts the check; who interrupts the measurement waits for it.
   */
  private async checkAfterwards({ driver, database }: Databases): Promise<ConsistencyResult> {
    const nothing = { passed: null, checkSeconds: 0, conditions: [] };
    if (!this.config.check) return nothing;
    try {
      const check = async (): Promise<ConsistencyResult> => {
        await this.own.open(driver, this.config);
        const databases = { config: this.config, driver, database, connections: this.own.all, urls: this.urls };
        await this.resolveOrphans(databases);
        return this.check(databases);
      };
      return await (this.interruption.hasCome ? check() : this.interruption.bound(check(), 0, 'interrupted'));
    } catch (error) {
      const fault = faultOf(error);
      if (!(fault instanceof OperatingFault)) throw error;
      this.events.log(`The consistency conditions could not be checked: ${fault.message}`);
      const by = fault.code === 'INTERRUPTED' ? 'interrupt' : 'connection';
      if (by === 'connection') this.troubles.keep(fault.message);
      return { ...nothing, unchecked: { by, reason: fault.message } };
    }
  }

  private check({ config, driver, database, connections }: Databases): Promise<ConsistencyResult> {
    return checkDatabases(config, driver, database, connections, this.events);
  }

  /** After `benchmark`. */
  async exportTables(directory: string): Promise<void> {
    const { events, databases } = this;
    if (databases === null) return;
    events.log(`Exporting the tables to ${directory}`);
    await this.own.close();
    await withFaults(async () => {
      await this.own.open(databases.driver, this.config);
      await exportInto(directory, (folder) => exportDatabases(databases.database, this.own.all, folder));
    });
  }

  private end(reason: EndedBy): void {
    this.endBeforehand ??= reason;
    this.phases?.requestEnd(reason);
  }

  async close(): Promise<void> {
    await Promise.all([this.pool?.end(), this.own.closeForGood()]);
  }
}

const NOTHING_MEASURED = 'interrupted before the measurement: nothing to report';

const INTERRUPTED_TASK = {
  load: 'interrupted during the load; dbtest load goes on with what is missing',
  check: 'interrupted before all conditions were checked: there is no verdict',
  drop: 'interrupted; dbtest drop drops what is left',
} as const;
