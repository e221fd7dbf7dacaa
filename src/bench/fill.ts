/**
 * How the partitions of a process get their rows: by the load, or from the files of an earlier one. Runs on the main thread,
 * which waits and shows progress; the workers fill their partitions.
 */
import type { RunConfig } from '../config/run-config.ts';
import { EXIT, OperatingFault } from '../errors.ts';
import type { DurableShards } from './durable/durable-shards.ts';
import type { RunEvents } from './run-events.ts';
import { sum } from './sum.ts';
import type { WorkerPool } from './worker-pool.ts';

const PROGRESS_INTERVAL_MS = 200;

/** What filled the partitions. */
export interface Filled {
  loadSeconds: number;
  loadedRows: number;
  loadedEngineBytes: number;
  loadedProcessBytes: number;
}

/** Loads; the snapshots of a durable run are part of it. @throws OperatingFault */
export async function load(
  config: RunConfig,
  pool: WorkerPool,
  events: RunEvents,
  durable: DurableShards | null,
): Promise<Filled> {
  const warehouses = config.cluster.warehousesPerShard * config.localShardIds.length;
  events.log(`Loading ${warehouses} warehouse${warehouses === 1 ? '' : 's'} (seed ${config.seed})`);
  const filled = await timed(pool, events, async () => {
    const { shared, rows } = await pool.askOne(0, { kind: 'loadShared' }, 'sharedLoaded');
    const loaded = await pool.ask((index) => ({ kind: 'load', shared: index === 0 ? null : shared }), 'loaded');
    return rows + sum(loaded.map((answer) => answer.rows));
  });
  events.log(
    `Loaded ${filled.loadedRows} rows in ${filled.loadSeconds.toFixed(1)} s, ${megabytes(filled.loadedEngineBytes)} MB`,
  );
  if (durable === null) return filled;
  const startedMs = performance.now();
  const saved = await pool.ask((index) => ({ kind: 'save', ...durable.filesOf(index) }), 'saved');
  await durable.begin(saved.map(({ name }) => name));
  events.log(`Wrote the snapshots of the load in ${seconds(startedMs).toFixed(1)} s`);
  return { ...filled, loadSeconds: filled.loadSeconds + seconds(startedMs) };
}

/** Recovers what the folders hold; an interruption leaves them as they are. @throws OperatingFault */
export async function recover(
  pool: WorkerPool,
  events: RunEvents,
  durable: DurableShards,
  interruption: AbortSignal,
): Promise<Filled> {
  const { cut } = durable;
  events.log(`Recovering up to epoch ${cut}`);
  const startedMs = performance.now();
  let recordsApplied = 0;
  let recordsDiscarded = 0;
  let snapshotSeconds = 0;
  let replaySeconds = 0;
  const filled = await timed(pool, events, async () => {
    const { shared, rows } = await pool.askOne(0, { kind: 'loadShared' }, 'sharedLoaded');
    const recovered = await pool.ask(
      (index) => ({
        kind: 'recover',
        shared: index === 0 ? null : shared,
        folder: durable.filesOf(index).folder,
        survey: durable.surveyOf(index),
        cut,
      }),
      'recovered',
    );
    recordsApplied = sum(recovered.map((answer) => answer.recovered.recordsApplied));
    recordsDiscarded = sum(recovered.map((answer) => answer.recovered.recordsDiscarded));
    snapshotSeconds = sum(recovered.map((answer) => answer.recovered.snapshotMs)) / 1000;
    replaySeconds = sum(recovered.map((answer) => answer.recovered.replayMs)) / 1000;
    return rows + sum(recovered.map((answer) => answer.rows));
  });
  if (interruption.aborted) throw interrupted();
  await durable.reopen();
  if (interruption.aborted) throw interrupted();
  const recovery = durable.noteRecovery({
    recordsApplied,
    recordsDiscarded,
    seconds: seconds(startedMs),
    snapshotSeconds,
    replaySeconds,
  });
  events.log(
    `Recovered ${filled.loadedRows} rows in ${recovery.seconds.toFixed(1)} s: snapshots of epoch ${recovery.snapshotEpoch}, ` +
      `${recordsApplied} log records up to epoch ${cut}`,
  );
  if (recordsDiscarded > 0) {
    events.log(
      `Cut ${recordsDiscarded} log records above epoch ${cut}: it is the last that is durable in every shard, and none of them was acknowledged`,
    );
  }
  if (recovery.tornBytes > 0) {
    events.log(
      `Cut ${recovery.tornBytes} bytes behind the last whole block: a write was under way when the process ended`,
    );
  }
  return filled;
}

const interrupted = (): OperatingFault =>
  new OperatingFault('INTERRUPTED', EXIT.interrupted, 'interrupted during the recovery');

async function timed(pool: WorkerPool, events: RunEvents, body: () => Promise<number>): Promise<Filled> {
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
    const loadedRows = await body();
    return {
      loadSeconds: seconds(startedMs),
      loadedRows,
      loadedEngineBytes: sum(pool.controls.map((control) => control.engineBytes)),
      loadedProcessBytes: process.memoryUsage.rss(),
    };
  } finally {
    clearInterval(timer);
    events.progress({ phase: 'wait' });
  }
}

const seconds = (sinceMs: number): number => (performance.now() - sinceMs) / 1000;
const megabytes = (sizeBytes: number): number => Math.round(sizeBytes / 1e6);
