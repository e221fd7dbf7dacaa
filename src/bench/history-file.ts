/**
 * The file of `--history`: the main thread creates it, and each worker appends whole blocks of its own, one write a block, so
 * that blocks of several threads and processes stand one after the other.
 */
import { closeSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { crc32 } from 'node:zlib';
import { assert } from '../assert.ts';
import { fileReason } from '../config/file-reasons.ts';
import { fileFault, type OperatingFault } from '../errors.ts';
import { HISTORY_ABORTED, HISTORY_COMMITTED, HistoryWriter } from '../history/history-writer.ts';
import { COMMITTED, type Outcome, QUEUED } from './contract.ts';
import type { HistoryHook } from './worker-hooks.ts';

const NS_PER_SECOND = 1e9;
/** Blocks are written at least so often, full or not: a process that is killed takes no more with it. */
const FLUSH_INTERVAL_NS = NS_PER_SECOND / 4;

/**
 * Finds out before a run whether its history can be written: a file that is there stays as it is, and none is left. What is
 * no regular file (a device, a pipe) is not touched.
 * @throws OperatingFault FILE (exit status 2)
 */
export function checkHistoryFile(path: string): void {
  try {
    const existing = statSync(path, { throwIfNoEntry: false });
    if (existing !== undefined && !existing.isFile() && !existing.isDirectory()) return;
    closeSync(openSync(path, 'a'));
    if (existing === undefined) rmSync(path);
  } catch (error) {
    throw writeFault(path, error);
  }
}

/**
 * Creates an empty file, or empties the one that is there. Once a process, before any worker writes.
 * @throws OperatingFault FILE (exit status 2)
 */
export function createHistoryFile(path: string): void {
  try {
    closeSync(openSync(path, 'w'));
  } catch (error) {
    throw writeFault(path, error);
  }
}

/** One worker's part of the file, on its thread. */
export class HistoryFile implements HistoryHook {
  readonly writer: HistoryWriter;
  private readonly path: string;
  private readonly descriptor: number;
  private nowNs = 0;
  private flushedNs: number;

  /**
   * @param worker number in the cluster
   * @param clockNs the same for all threads and processes of a machine
   * @throws OperatingFault FILE, here and in every call
   */
  constructor(path: string, worker: number, terminals: number, clockNs: () => number = monotonicNs) {
    this.path = path;
    this.descriptor = this.attempt(() => openSync(path, 'a'));
    this.flushedNs = clockNs();
    const clock = () => {
      this.nowNs = clockNs();
      return this.nowNs;
    };
    this.writer = new HistoryWriter((block) => this.append(block), worker, terminals, clock, hostNumber());
  }

  begin(terminal: number): void {
    this.writer.begin(terminal);
  }

  /**
   * What failed has no effect, whoever is lost: its coordinator has decided to abort it, and participants that do not hear
   * of that never commit by themselves.
   */
  end(terminal: number, outcome: Outcome): void {
    assert(outcome !== QUEUED, 'what is queued has no outcome yet');
    this.writer.end(terminal, outcome === COMMITTED ? HISTORY_COMMITTED : HISTORY_ABORTED);
    if (this.nowNs - this.flushedNs < FLUSH_INTERVAL_NS) return;
    this.writer.flush();
    this.flushedNs = this.nowNs;
  }

  /** Writes what is left. */
  close(): void {
    this.writer.flush();
    this.attempt(() => closeSync(this.descriptor));
  }

  private append(block: Uint8Array): void {
    this.attempt(() => {
      for (let from = 0; from < block.length; ) from += writeSync(this.descriptor, block, from);
    });
  }

  private attempt<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      throw writeFault(this.path, error);
    }
  }
}

function writeFault(path: string, error: unknown): OperatingFault {
  return fileFault('write', path, new Error(fileReason(error), { cause: error }));
}

/**
 * The same clock for all threads and processes of a machine; `performance.now` has an origin of its own in each. On a machine
 * that has been up for 104 days it goes in steps of 2 ns, and rounding keeps the order.
 */
function monotonicNs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * NS_PER_SECOND + nanoseconds;
}

/** Tells machines apart, and one machine's starts. */
function hostNumber(): number {
  try {
    return crc32(readFileSync('/proc/sys/kernel/random/boot_id'));
  } catch {
    return crc32(hostname());
  }
}
