/**
 * The load of one database or of several, from the main thread: tables first, rows by worker threads, keys and indexes
 * behind them. What is done is noted in the database, so that an interrupted load goes on where it was.
 */
import { availableParallelism } from 'node:os';
import { assert } from '../../assert.ts';
import type { RunConfig } from '../../config/run-config.ts';
import type { Connection, Driver } from '../../drivers/contract.ts';
import { EXIT, OperatingFault } from '../../errors.ts';
import { ControlBlock } from '../control-block.ts';
import type { RunEvents } from '../run-events.ts';
import { sum } from '../sum.ts';
import { WorkerPool } from '../worker-pool.ts';
import { withFaults } from './connecting.ts';
import type { DatabaseWorkload, Script } from './contract.ts';
import {
  differenceOf,
  dropRecord,
  type LoadPlan,
  noteBeginning,
  noteEnd,
  noteScript,
  readContents,
  readLoadedWarehouses,
} from './load-record.ts';
import { SHARED_ROWS } from './load-warehouses.ts';
import type { DatabaseWorkerStart } from './session-worker-messages.ts';
import { routingOf } from './shard-routing.ts';

const PROGRESS_INTERVAL_MS = 200;

/** The databases of a run, with an open connection to each; by shard. */
export interface Databases {
  config: RunConfig;
  driver: Driver;
  database: DatabaseWorkload;
  connections: readonly Connection[];
  urls: readonly string[];
}

export interface LoadedRows {
  rows: number;
  seconds: number;
}

export const planOf = (config: RunConfig, shard: number): LoadPlan => ({
  workload: config.workload.name,
  seed: config.seed,
  ...routingOf(config).part(shard),
  foreignKeys: config.database?.foreignKeys ?? false,
  partitions: config.database?.partitions ?? 0,
});

/**
 * Drops the tables of the workload and of the bench.
 * @throws OperatingFault where a table of these names is not dbtest's: before anything is dropped
 */
export async function dropTables({ config, driver, database, connections }: Databases): Promise<void> {
  const { drop } = database.schema(driver.dialect, schemaOptions(config));
  for (const [shard, connection] of connections.entries()) {
    const contents = await withFaults(() => readContents(connection, database));
    if (contents.kind === 'foreign') throw foreignTable(placeOf(config, shard), contents.table);
  }
  for (const connection of connections) {
    await withFaults(async () => {
      for (const { name, text, onlyWhere } of drop) {
        if (onlyWhere !== undefined && (await connection.execute(onlyWhere, [])).rows.length === 0) continue;
        await connection.run(name, text);
      }
      await dropRecord(connection);
    });
  }
}

/** How a load is watched and ended by whoever asked for it. */
export interface LoadWatch {
  events: RunEvents;
  /** Ends it between two batches of rows, and between two indexes. */
  signal: AbortSignal;
  /** Its worker threads are there; ending them ends it wherever it is. */
  started(pool: WorkerPool): void;
  /** A worker thread has failed. */
  failed(error: unknown): void;
}

/**
 * Loads what is missing.
 * @throws OperatingFault where a database holds something else
 */
export async function loadDatabases(databases: Databases, watch: LoadWatch): Promise<LoadedRows> {
  const { events, signal } = watch;
  const { config, driver, database, connections } = databases;
  const startedMs = performance.now();
  const scripts = database.schema(driver.dialect, schemaOptions(config));
  const found: Found[] = [];
  for (const [shard, connection] of connections.entries()) {
    found.push(await withFaults(() => examine(databases, shard, connection)));
  }
  const warehouses = config.cluster.warehousesPerShard * config.cluster.shards.length;
  events.log(`Loading ${shownCount(warehouses)} (seed ${config.seed})`);
  const missing: Missing[] = [];
  for (const [shard, connection] of connections.entries()) {
    const before = found[shard];
    missing.push(await withFaults(() => prepare(databases, shard, connection, before, scripts.createTables, events)));
  }
  const rows = await loadRows(databases, missing, watch);
  await withFaults(() =>
    Promise.all(
      connections.map((connection, shard) => finish(databases, shard, connection, scripts.afterLoad, events, signal)),
    ),
  );
  return { rows, seconds: (performance.now() - startedMs) / 1000 };
}

const schemaOptions = ({ database, cluster }: RunConfig) => ({
  foreignKeys: database?.foreignKeys ?? false,
  partitions: database?.partitions ?? 0,
  spansDatabases: cluster.shards.length > 1,
});

const placeOf = (config: RunConfig, shard: number): string => config.database?.places[shard] ?? `shard ${shard}`;

/** Rows that a database lacks. */
interface Missing {
  warehouses: number[];
  isShared: boolean;
}

/** What of a load is there: nothing, or a part of this one. */
type Found = { kind: 'empty' } | { kind: 'part'; count: number; doneScripts: ReadonlySet<string> };

/** Looks, and changes nothing. @throws OperatingFault where a database holds something else */
async function examine({ config, database }: Databases, shard: number, connection: Connection): Promise<Found> {
  const contents = await readContents(connection, database);
  const place = placeOf(config, shard);
  if (contents.kind === 'foreign') throw foreignTable(place, contents.table);
  if (contents.kind === 'empty') return { kind: 'empty' };
  const { plan, isComplete, doneScripts } = contents.record;
  const count = plan.lastWarehouse - plan.firstWarehouse + 1;
  if (isComplete) throw refusal(`${place}: it is loaded already (${shownCount(count)})`);
  const difference = differenceOf(plan, planOf(config, shard));
  if (difference !== null) throw refusal(`${place}: it holds part of another load (${difference})`);
  return { kind: 'part', count, doneScripts };
}

/** Creates the tables, or finds what an earlier load has left to do. */
async function prepare(
  { config, database }: Databases,
  shard: number,
  connection: Connection,
  found: Found,
  createTables: readonly Script[],
  events: RunEvents,
): Promise<Missing> {
  const plan = planOf(config, shard);
  const all = Array.from({ length: plan.lastWarehouse - plan.firstWarehouse + 1 }, (_, i) => plan.firstWarehouse + i);
  if (found.kind === 'empty') {
    connection.begin();
    await noteBeginning(connection, plan, database.loadFacts(config.seed));
    await connection.commit();
    await runScripts(connection, createTables, new Set());
    return { warehouses: all, isShared: true };
  }
  await runScripts(connection, createTables, found.doneScripts);
  const done = await readLoadedWarehouses(connection);
  const warehouses = all.filter((warehouse) => !done.has(warehouse));
  const place = placeOf(config, shard);
  events.log(`${place}: going on with a load; ${warehouses.length} of ${shownCount(found.count)} are missing`);
  return { warehouses, isShared: !done.has(SHARED_ROWS) };
}

const shownCount = (warehouses: number): string => `${warehouses} warehouse${warehouses === 1 ? '' : 's'}`;

/** Dropping somebody else's tables is not dbtest's to offer. */
const foreignTable = (place: string, table: string): OperatingFault =>
  new OperatingFault(
    'UNSUPPORTED',
    EXIT.usage,
    `${place}: the table ${table} is there and dbtest has not made it; use --schema or another database in the URL`,
  );

const refusal = (what: string): OperatingFault =>
  new OperatingFault(
    'UNSUPPORTED',
    EXIT.usage,
    `${what}; dbtest load --drop drops the tables and loads anew, --schema or another database in the URL leaves them`,
  );

async function loadRows(
  { config, urls }: Databases,
  missing: readonly Missing[],
  { events, signal, started, failed }: LoadWatch,
): Promise<number> {
  const workersPerShard = Math.max(1, Math.floor(availableParallelism() / missing.length));
  const starts = missing.flatMap(({ warehouses, isShared }, shardId) => {
    const workers = Math.max(isShared ? 1 : 0, Math.min(workersPerShard, warehouses.length));
    return Array.from({ length: workers }, (_, workerIndex): DatabaseWorkerStart => {
      const own = warehouses.filter((_, i) => i % workers === workerIndex);
      return {
        config,
        placement: { shardId, workerIndex },
        controlMemory: new ControlBlock().memory,
        exchange: null,
        urls,
        task: { kind: 'load', seed: config.seed, warehouses: own, isShared: isShared && workerIndex === 0 },
      };
    });
  });
  if (starts.length === 0) return 0;
  const pool = new WorkerPool(
    starts,
    { failed, log: (line) => events.log(line), secondOver: () => {} },
    SESSION_WORKER,
  );
  started(pool);
  const cancel = () => {
    for (const control of pool.controls) control.cancelLoad();
  };
  signal.addEventListener('abort', cancel);
  if (signal.aborted) cancel();
  const startedMs = performance.now();
  const timer = setInterval(() => {
    const expected = pool.controls.map((control) => control.rowsExpected);
    events.progress({
      phase: 'load',
      rows: sum(pool.controls.map((control) => control.rowsLoaded)),
      rowsExpected: expected.every((rows) => rows > 0) ? sum(expected) : null,
      elapsedSeconds: (performance.now() - startedMs) / 1000,
    });
  }, PROGRESS_INTERVAL_MS);
  try {
    await pool.ready();
    const answers = await pool.ask(() => ({ kind: 'load', shared: null }), 'loaded');
    return sum(answers.map((answer) => answer.rows));
  } finally {
    clearInterval(timer);
    signal.removeEventListener('abort', cancel);
    await pool.end();
  }
}

const interruptedLoad = (): OperatingFault =>
  new OperatingFault(
    'INTERRUPTED',
    EXIT.interrupted,
    'interrupted during the load; dbtest load goes on with what is missing',
  );

export const SESSION_WORKER = new URL('./session-worker-entry.js', import.meta.url);

/** Keys, indexes and statistics, each noted when it is done; then the end of the load. */
async function finish(
  { config, database }: Databases,
  shard: number,
  connection: Connection,
  afterLoad: readonly Script[],
  events: RunEvents,
  signal: AbortSignal,
): Promise<void> {
  const contents = await readContents(connection, database);
  assert(contents.kind === 'load', 'the load is noted where it began');
  const { doneScripts } = contents.record;
  const place = placeOf(config, shard);
  await runScripts(connection, afterLoad, doneScripts, (script) => {
    if (signal.aborted) throw interruptedLoad();
    events.progress({ phase: 'wait' });
    events.log(`${place}: ${script.name}`);
  });
  await noteEnd(connection);
}

/** Runs those that are not done, and notes each: in one transaction with it where the server can. */
async function runScripts(
  connection: Connection,
  scripts: readonly Script[],
  done: ReadonlySet<string>,
  progress: (script: Script, index: number) => void = () => {},
): Promise<void> {
  for (const [i, script] of scripts.entries()) {
    if (done.has(script.name)) continue;
    progress(script, i);
    if (!script.isOutsideTransaction) connection.begin();
    await connection.run(script.name, script.text);
    await noteScript(connection, script.name);
    if (!script.isOutsideTransaction) await connection.commit();
  }
}
