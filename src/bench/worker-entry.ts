/**
 * The entry of a worker thread: opens the workload on its own partition, then does what main asks, one phase after the
 * other. Within a phase the thread runs synchronously and shares only the control block with main.
 */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { assert } from '../assert.ts';
import { Partition } from '../engine/partition.ts';
import { EXIT, fileFault, OperatingFault } from '../errors.ts';
import { Exchange } from '../shard/exchange.ts';
import { nameThread, ownThreadId } from '../shard/placement/thread-name.ts';
import { WorkerChaos } from './chaos/worker-chaos.ts';
import type { WorkloadModule, WorkloadSession } from './contract.ts';
import { ControlBlock } from './control-block.ts';
import { recoverFrom, saveLoaded } from './durable/partition-files.ts';
import { ReceiptFile } from './durable/receipt-file.ts';
import { WorkerDurability } from './durable/worker-durability.ts';
import { HistoryFile } from './history-file.ts';
import { Fractions } from './pacing/fractions.ts';
import { newSchedule } from './pacing/pacing.ts';
import { prepareHistograms, Recorder } from './recorder.ts';
import { WorkerLoop } from './worker-loop.ts';
import type { FromWorker, MeasuredReport, ToWorker, WorkerStart } from './worker-messages.ts';

/** Rows that are turned into text before they are written. */
const EXPORT_PIECE_ROWS = 5_000;

const start = workerData as WorkerStart;
const port = parentPort;
assert(port !== null, 'this module runs in a worker thread');

const control = new ControlBlock(start.controlMemory);
nameThread(`worker ${start.placement.shardId}.${start.placement.workerIndex}`);
const partition = new Partition(start.memoryLimitBytes);
await prepareHistograms();
const { default: workload } = (await import(start.config.workload.moduleUrl)) as { default: WorkloadModule };
const session = await openSession();

port.on('message', (message: ToWorker) => {
  try {
    answer(perform(message));
  } catch (error) {
    if (!(error instanceof OperatingFault)) throw error;
    answer({ kind: 'fault', code: error.code, exitStatus: error.exitStatus, message: error.message });
  }
});
answer({ kind: 'ready', osThreadId: ownThreadId(), tables: partition.tables.map((table) => table.name) });

function answer(message: FromWorker): void {
  port?.postMessage(message);
}

function perform(message: ToWorker): FromWorker {
  switch (message.kind) {
    case 'loadShared':
      return loadShared();
    case 'load':
      return load(message.shared);
    case 'recover':
      return recover(message);
    case 'save':
      return {
        kind: 'saved',
        name: saveLoaded(message.folder, message.identity, start.placement.workerIndex, partition),
      };
    case 'run':
      return { kind: 'measured', report: run() };
    case 'check':
      return { kind: 'checked', partial: session.check() };
    case 'export':
      exportTo(message.directory, message.first);
      return { kind: 'exported' };
  }
}

/** Main ends the thread that reports a fault; an error thrown besides could overtake the report. */
async function openSession(): Promise<WorkloadSession> {
  try {
    return workload.open(partition, start.placement, start.config.mix, start.config.workload.options);
  } catch (error) {
    if (!(error instanceof OperatingFault)) throw error;
    port?.on('message', () => {});
    answer({ kind: 'fault', code: error.code, exitStatus: error.exitStatus, message: error.message });
    return new Promise(() => {});
  }
}

function loadShared(): FromWorker {
  const { shared, rows } = session.loadShared();
  return { kind: 'sharedLoaded', shared, rows };
}

function load(shared: unknown): FromWorker {
  const startedMs = performance.now();
  let stored = 0;
  session.load((rows, totalRows) => {
    stored = rows;
    control.publishLoad(rows, totalRows, partition.usedBytes);
    if (control.cancelled) throw new OperatingFault('INTERRUPTED', EXIT.interrupted, 'interrupted during the load');
  }, shared);
  return { kind: 'loaded', rows: stored, seconds: (performance.now() - startedMs) / 1000 };
}

function recover({ shared, folder, survey, cut }: Extract<ToWorker, { kind: 'recover' }>): FromWorker {
  session.adoptShared(shared);
  const recovered = recoverFrom(folder, survey, cut, start.placement.workerIndex, partition);
  session.recovered?.();
  const rows = partition.tables.reduce((sum, table) => sum + (table.isShared ? 0 : table.rowCount), 0);
  control.publishLoad(rows, rows, partition.usedBytes);
  return { kind: 'recovered', recovered, rows };
}

function run(): MeasuredReport {
  const { config, placement } = start;
  const { transactionTypes, counterNames } = workload;
  const terminals = (placement.lastWarehouse - placement.firstWarehouse + 1) * placement.terminalsPerWarehouse;
  const firstTypes = Array.from({ length: terminals }, (_, terminal) => session.draw(terminal));
  const { seed, firstWarehouse, terminalsPerWarehouse } = placement;
  const fractions = new Fractions(seed, firstWarehouse, terminals, terminalsPerWarehouse);
  const schedule = newSchedule(
    config.pacing,
    transactionTypes,
    firstTypes,
    start.totalWorkers,
    performance.now(),
    fractions,
  );
  const clock = { now: () => performance.now(), epochOffsetMs: performance.timeOrigin };
  const recorder = new Recorder(transactionTypes, (second) => answer({ kind: 'second', second }));
  const history = openHistory(terminals);
  const chaos = openChaos();
  const durable = start.durable === undefined ? null : new WorkerDurability(start.durable, partition);
  const receipts = openReceipts();
  const loop = new WorkerLoop(
    session,
    partition,
    counterNames,
    firstTypes,
    schedule,
    recorder,
    chaos?.punctual(start.controlMemory) ?? control,
    clock,
    start.maySpin,
    { history, chaos, durable, receipts },
  );
  if (start.exchange !== null) {
    const plumbing = chaos?.disturbing(start.exchange.plumbing) ?? start.exchange.plumbing;
    const setup = { ...start.exchange, plumbing };
    const exchange = new Exchange(setup, session, partition, partition.access, clock, Math.random, loop, durable);
    session.connect(exchange);
    loop.connect(exchange);
  }
  const report = loop.run();
  history?.close();
  receipts?.close();
  return chaos === null ? report : { ...report, chaos: chaos.counts };
}

function openChaos(): WorkerChaos | null {
  const { chaos, numThreads, seed } = start.config;
  if (chaos === undefined) return null;
  const { shardId, workerIndex } = start.placement;
  const place = { worker: shardId * numThreads + workerIndex, shardId, seed };
  const log = (line: string) => answer({ kind: 'log', line });
  return new WorkerChaos(chaos, place, { control, now: () => performance.now(), log });
}

function openReceipts(): ReceiptFile | null {
  const path = start.config.durability?.acknowledgementsPath ?? null;
  if (path === null) return null;
  return new ReceiptFile(path, session, workload);
}

function openHistory(terminals: number): HistoryFile | null {
  const { historyPath } = start.config;
  if (historyPath === null) return null;
  const worker = start.exchange?.plumbing.worker ?? 0;
  const history = new HistoryFile(historyPath, worker, terminals);
  assert(session.recordHistory !== undefined, 'the workload records histories');
  session.recordHistory(history.writer);
  return history;
}

function exportTo(directory: string, first: boolean): void {
  for (const table of session.exportTables(first)) {
    const path = join(directory, `${table.name}.csv`);
    try {
      if (first) appendFileSync(path, `${table.columns.join(',')}\r\n`);
      for (let row = 0; row < table.rows; row += EXPORT_PIECE_ROWS) {
        appendFileSync(path, table.lines(row, Math.min(row + EXPORT_PIECE_ROWS, table.rows)));
      }
    } catch (error) {
      throw fileFault('write', path, error);
    }
  }
}
