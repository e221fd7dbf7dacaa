/**
 * The entry of a worker thread with database connections: loads warehouses, or runs sessions. Everything in it happens on
 * its event loop; it answers main in the messages of every worker.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { assert } from '../../assert.ts';
import type { Connection } from '../../drivers/contract.ts';
import { loadDriver } from '../../drivers/registry.ts';
import { OperatingFault } from '../../errors.ts';
import { nameThread, ownThreadId } from '../../shard/placement/thread-name.ts';
import type { WorkloadModule } from '../contract.ts';
import { ControlBlock } from '../control-block.ts';
import { Fractions } from '../pacing/fractions.ts';
import { newSchedule } from '../pacing/pacing.ts';
import { prepareHistograms, Recorder } from '../recorder.ts';
import type { FromWorker, ToWorker } from '../worker-messages.ts';
import { connectTo, faultOf } from './connecting.ts';
import { loadWarehouses } from './load-warehouses.ts';
import { SessionConnections } from './session-connections.ts';
import { SessionGroup } from './session-group.ts';
import { SessionLoop } from './session-loop.ts';
import type { DatabaseWorkerStart, LoadTask, SessionsTask } from './session-worker-messages.ts';
import { routingOf } from './shard-routing.ts';

const start = workerData as DatabaseWorkerStart;
const port = parentPort;
assert(port !== null, 'this module runs in a worker thread');

const { config, placement, task } = start;
const { shardId, workerIndex } = placement;
const control = new ControlBlock(start.controlMemory);
nameThread(`${task.kind} ${shardId}.${workerIndex}`);
await prepareHistograms();
assert(config.database !== undefined, 'a run on databases has them in its configuration');
const driver = await loadDriver(config.database.driver);
const { default: workload } = (await import(config.workload.moduleUrl)) as { default: WorkloadModule };
assert(workload.loadDatabase !== undefined, 'the workload runs on databases');
const database = await workload.loadDatabase();
const open = (shard: number): Promise<Connection> => connectTo(driver, config, start.urls, shard);

const perform = task.kind === 'load' ? () => load(task) : await preparedSessions(task);

port.on('message', (_message: ToWorker) => {
  perform().then(answer, (error: unknown) => {
    const fault = faultOf(error);
    // Not a rejection: it ends the thread with this error.
    if (!(fault instanceof OperatingFault)) setImmediate(() => raise(fault));
    else answer({ kind: 'fault', code: fault.code, exitStatus: fault.exitStatus, message: fault.message });
  });
});
answer({ kind: 'ready', osThreadId: ownThreadId(), tables: [...database.tables] });

function raise(error: unknown): never {
  throw error;
}

function answer(message: FromWorker): void {
  port?.postMessage(message);
}

async function load({ seed, warehouses, isShared }: LoadTask): Promise<FromWorker> {
  const startedMs = performance.now();
  const rows = await loadWarehouses({ open: () => open(shardId), database, seed, warehouses, isShared, control });
  return { kind: 'loaded', rows, seconds: (performance.now() - startedMs) / 1000 };
}

/** Opens every session's connection; a fault is told main instead of being ready. */
async function preparedSessions({
  sessions,
  totalSessions,
  runName,
  loadFacts,
}: SessionsTask): Promise<() => Promise<FromWorker>> {
  const routing = routingOf(config);
  const { firstWarehouse, totalWarehouses } = routing.part(shardId);
  const { terminalsPerWarehouse, seed } = config;
  const recorder = new Recorder(workload.transactionTypes, (second) => answer({ kind: 'second', second }));
  const group = new SessionGroup(recorder, control, workload.counterNames, {
    connectionLost: (message) => answer({ kind: 'connectionLost', message }),
    failed: (message) => answer({ kind: 'databaseFailed', message }),
  });
  const loops = sessions.map(({ firstTerminal, terminals }, i) => {
    const places = Array.from({ length: terminals }, (_, k) => ({
      warehouseId: firstWarehouse + Math.floor((firstTerminal + k) / terminalsPerWarehouse),
      terminal: (firstTerminal + k) % terminalsPerWarehouse,
    }));
    const session = database.openSession(
      {
        seed,
        totalWarehouses,
        terminals: places,
        dialect: driver.dialect,
        sqlMode: config.database?.sqlMode ?? 'statements',
        loadFacts,
      },
      config.mix,
      config.workload.options,
    );
    const firstTypes = places.map((_, terminal) => session.draw(terminal));
    const all = new Fractions(seed, firstWarehouse, firstTerminal + terminals, terminalsPerWarehouse);
    const fractions = { next: (terminal: number) => all.next(firstTerminal + terminal) };
    const schedule = newSchedule(
      config.pacing,
      workload.transactionTypes,
      firstTypes,
      totalSessions,
      performance.now(),
      fractions,
    );
    const gidPrefix = `${runName}:${shardId}.${workerIndex}.${i}`;
    const connections = new SessionConnections(routing, shardId, open, gidPrefix, (error) =>
      group.connectionLost(error),
    );
    return new SessionLoop(session, connections, firstTypes, schedule, group, Math.random);
  });
  try {
    await Promise.all(loops.map(({ connections }) => connections.to(shardId)));
  } catch (error) {
    const fault = faultOf(error);
    if (!(fault instanceof OperatingFault)) throw fault;
    port?.on('message', () => {});
    answer({ kind: 'fault', code: fault.code, exitStatus: fault.exitStatus, message: fault.message });
    return new Promise(() => {});
  }
  return async () => {
    const report = await group.run(loops);
    await Promise.all(loops.map(({ connections }) => connections.close()));
    return { kind: 'measured', report };
  };
}
