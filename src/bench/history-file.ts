/**
 * The file of `--history`: the main thread creates it, and each worker appends whole blocks of its own, one write a block, so
 * that blocks of several threads and processes stand one after the other.
 */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { crc32 } from 'node:zlib';
import { EXIT, fileFault } from '../errors.ts';
import { HISTORY_ABORTED, HISTORY_COMMITTED, HISTORY_UNKNOWN, HistoryWriter } from '../history/history-writer.ts';
import { COMMITTED, type Outcome, USER_ABORT } from './contract.ts';
import type { HistoryHook } from './worker-hooks.ts';

const NS_PER_SECOND = 1e9;
/** A machine's clock since its start outgrows whole numbers after 104 days: this wraps it around before, every 52 days. */
const CLOCK_RANGE_NS = 2 ** 52;

/**
 * Creates an empty file, or empties the one that is there.
 * @throws OperatingFault FILE (exit status 2)
 */
export function createHistoryFile(path: string): void {
  try {
    closeSync(openSync(path, 'w'));
  } catch (error) {
    throw fileFault('write', path, error);
  }
}

/** One worker's part of the file, on its thread. */
export class HistoryFile implements HistoryHook {
  readonly writer: HistoryWriter;
  private readonly path: string;
  private readonly descriptor: number;

  /**
   * @param worker number in the cluster
   * @throws OperatingFault FILE, here and in every call
   */
  constructor(path: string, worker: number, terminals: number) {
    this.path = path;
    this.descriptor = this.attempt(() => openSync(path, 'a'));
    this.writer = new HistoryWriter((block) => this.append(block), worker, terminals, monotonicNs, hostNumber());
  }

  begin(terminal: number): void {
    this.writer.begin(terminal);
  }

  /** What failed for a lost partition may be decided by somebody else yet: nobody knows here. */
  end(terminal: number, outcome: Outcome): void {
    const known = outcome === COMMITTED || outcome === USER_ABORT;
    this.writer.end(terminal, !known ? HISTORY_UNKNOWN : outcome === COMMITTED ? HISTORY_COMMITTED : HISTORY_ABORTED);
  }

  /** Writes what is left. */
  flush(): void {
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
      throw fileFault('write', this.path, error, EXIT.usage);
    }
  }
}

/** The same clock for all threads and processes of a machine; `performance.now` has an origin of its own in each. */
function monotonicNs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return (seconds * NS_PER_SECOND + nanoseconds) % CLOCK_RANGE_NS;
}

/** Tells machines apart, and one machine's starts. */
function hostNumber(): number {
  try {
    return crc32(readFileSync('/proc/sys/kernel/random/boot_id'));
  } catch {
    return crc32(hostname());
  }
}
