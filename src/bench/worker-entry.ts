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
import type { WorkloadModule, WorkloadSession } from './contract.ts';
import { ControlBlock } from './control-block.ts';
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
const partition = new Partition(start.memoryLimitBytes);
await prepareHistograms();
const { default: workload } = (await import(start.config.workload.moduleUrl)) as { default: WorkloadModule };
const session = openSession();

port.on('message', (message: ToWorker) => {
  try {
    answer(perform(message));
  } catch (error) {
    if (!(error instanceof OperatingFault)) throw error;
    answer({ kind: 'fault', code: error.code, exitStatus: error.exitStatus, message: error.message });
  }
});
answer({ kind: 'ready' });

function answer(message: FromWorker): void {
  port?.postMessage(message);
}

function perform(message: ToWorker): FromWorker {
  switch (message.kind) {
    case 'load':
      return load();
    case 'run':
      return { kind: 'measured', report: run() };
    case 'check':
      return { kind: 'checked', partial: session.check() };
    case 'export':
      exportTo(message.directory, message.header);
      return { kind: 'exported' };
  }
}

function openSession(): WorkloadSession {
  try {
    return workload.open(partition, start.placement, start.config.mix, start.config.workload.options);
  } catch (error) {
    if (error instanceof OperatingFault) {
      answer({ kind: 'fault', code: error.code, exitStatus: error.exitStatus, message: error.message });
    }
    throw error;
  }
}

function load(): FromWorker {
  const startedMs = performance.now();
  let stored = 0;
  session.load((rows, totalRows) => {
    stored = rows;
    control.publishLoad(rows, totalRows, partition.usedBytes);
    if (control.cancelled) throw new OperatingFault('INTERRUPTED', EXIT.interrupted, 'interrupted during the load');
  });
  return { kind: 'loaded', rows: stored, seconds: (performance.now() - startedMs) / 1000 };
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
  const recorder = new Recorder(transactionTypes);
  const loop = new WorkerLoop(session, partition, counterNames, firstTypes, schedule, recorder, control, clock);
  return loop.run();
}

function exportTo(directory: string, header: boolean): void {
  for (const table of session.exportTables()) {
    const path = join(directory, `${table.name}.csv`);
    try {
      if (header) appendFileSync(path, `${table.columns.join(',')}\r\n`);
      for (let row = 0; row < table.rows; row += EXPORT_PIECE_ROWS) {
        appendFileSync(path, table.lines(row, Math.min(row + EXPORT_PIECE_ROWS, table.rows)));
      }
    } catch (error) {
      throw fileFault('write', path, error);
    }
  }
}
