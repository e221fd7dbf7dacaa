/**
 * The entry of a log writer thread, one for each shard of a durable run: takes the workers' records, writes and syncs, and
 * closes epochs. It blocks on its doorbell and on the disk; nobody else waits for the disk. One of them drives the epochs of
 * the process. It knows no worker's loop and no phase of a run.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { assert } from '../../assert.ts';
import { NodeDisk } from '../../durability/disk.ts';
import { EpochBoard } from '../../durability/epoch-board.ts';
import { writeManifest } from '../../durability/manifest.ts';
import { reopenLog, type ShardSurvey, surveyShard } from '../../durability/recovery.ts';
import { ShardLog } from '../../durability/shard-log.ts';
import { OperatingFault } from '../../errors.ts';
import { Doorbell } from '../../transport/doorbell.ts';
import { nameThread } from '../placement/thread-name.ts';
import { EpochDriver } from './epoch-driver.ts';
import { LogWriter } from './log-writer.ts';
import {
  type FromLogWriter,
  type LogWriterReport,
  type LogWriterStart,
  SNAPSHOT_WORD,
  STOP_WORD,
  type ToLogWriter,
} from './log-writer-messages.ts';

/** Whoever has something for a parked thread wakes it; this only bounds what a lost duty could cost. */
const LONGEST_PARK_MS = 100;

const start = workerData as LogWriterStart;
const port = parentPort;
assert(port !== null, 'this module runs in a thread of its own');
const disk = new NodeDisk();
const { identity, folder } = start;
const board = new EpochBoard(start.board.memory, start.board.shards);
const doorbell = new Doorbell(start.doorbell);
const control = new Int32Array(start.control);
const workerDoorbells = start.workerDoorbells.map((memory) => new Doorbell(memory));
const otherWriters = start.allDoorbells.filter((memory) => memory !== start.doorbell).map((each) => new Doorbell(each));
nameThread(`log writer ${identity.shardId}`);

let survey: ShardSurvey | null = null;
let log: ShardLog | null = null;
let durableAtStart = 0;

port.on('message', (message: ToLogWriter) => {
  try {
    answer(perform(message));
  } catch (error) {
    if (!(error instanceof OperatingFault)) throw error;
    answer({ kind: 'fault', code: error.code, exitStatus: error.exitStatus, message: error.message });
  }
});

function answer(message: FromLogWriter): void {
  port?.postMessage(message);
}

function perform(message: ToLogWriter): FromLogWriter {
  switch (message.kind) {
    case 'survey':
      survey = surveyShard(disk, folder, identity);
      return { kind: 'surveyed', survey };
    case 'begin':
      begin(message.snapshots);
      return { kind: 'begun' };
    case 'reopen':
      assert(survey !== null, 'what is opened again was surveyed');
      log = reopenLog(disk, folder, survey, message.cut, message.highestEpoch);
      durableAtStart = message.highestEpoch;
      return { kind: 'reopened' };
    case 'run':
      return { kind: 'stopped', report: run() };
  }
}

/** The file of the log comes first: a manifest makes the folder one that holds data. */
function begin(snapshots: string[]): void {
  log = new ShardLog(disk, folder, identity, 0, 0);
  log.startFile();
  writeManifest(disk, folder, { identity, epoch: 0, firstBlock: 0, snapshots });
}

function run(): LogWriterReport {
  assert(log !== null, 'the log is open');
  const sources = start.sources.map(({ worker, ring, doorbell: memory }, workerOfShard) => ({
    worker,
    workerOfShard,
    ring,
    doorbell: new Doorbell(memory),
  }));
  const writer = new LogWriter(log, board, start.shard, sources, durableAtStart);
  const driver = start.drives ? new EpochDriver(board, start.policy, () => performance.now()) : null;
  const report: LogWriterReport = {
    records: 0,
    writtenBytes: 0,
    syncs: 0,
    epochs: 0,
    longestSyncMs: 0,
    syncMs: 0,
    steps: 0,
  };
  const firstEpoch = durableAtStart;
  while (Atomics.load(control, STOP_WORD) === 0) {
    if (driver?.tick() === true) for (const other of otherWriters) other.ring();
    const startedMs = performance.now();
    if (writer.step()) {
      const elapsedMs = performance.now() - startedMs;
      report.syncMs += elapsedMs;
      report.steps++;
      report.longestSyncMs = Math.max(report.longestSyncMs, elapsedMs);
      report.epochs = writer.durableEpoch - firstEpoch;
      acknowledge(writer.durableEpoch);
      askForSnapshot(log);
    }
    sleep(writer, driver);
  }
  log.close();
  return { ...report, records: writer.records, writtenBytes: log.writtenBytes, syncs: log.syncs };
}

function acknowledge(epoch: number): void {
  if (!start.isWholeCluster) {
    answer({ kind: 'durable', epoch });
    return;
  }
  if (!board.advanceClusterDurable()) return;
  for (const worker of workerDoorbells) worker.ring();
  // In `sync` the driver waits for this.
  if (!start.drives) for (const other of otherWriters) other.ring();
}

/** Of the last epoch that the file has records of, so that the snapshot takes its place; it is durable soon. */
function askForSnapshot(current: ShardLog): void {
  if (current.fileBytes < start.snapshotLogBytes || Atomics.load(control, SNAPSHOT_WORD) !== 0) return;
  Atomics.store(control, SNAPSHOT_WORD, 1);
  current.startFile();
  answer({ kind: 'snapshotDue', epoch: current.highestEpoch });
}

function sleep(writer: LogWriter, driver: EpochDriver | null): void {
  doorbell.announce(false);
  const timeoutMs = Math.min(LONGEST_PARK_MS, driver?.remainingMs() ?? LONGEST_PARK_MS);
  if (timeoutMs <= 0 || writer.hasWork() || Atomics.load(control, STOP_WORD) !== 0) doorbell.cancel();
  else doorbell.park(timeoutMs);
}
