/** Carries a placement out on running threads. The main thread does it: `taskset` needs only the thread's id. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { getPriority, setPriority } from 'node:os';
import { assert } from '../../assert.ts';
import { formatCpuList } from './cpu-list.ts';
import { affinityOf } from './cpu-topology.ts';
import { type Assignment, PINNING_UNAVAILABLE } from './placement.ts';

/** A running thread and where it belongs. */
export interface ThreadAssignment extends Assignment {
  /** What the thread's own `ownThreadId` returned. */
  tid: number;
}

/** What of the machine a caller may replace. */
export interface AffinityTools {
  platform?: NodeJS.Platform;
  /** Name or path of the command. */
  taskset?: string;
}

const TASKSET_TIMEOUT_MS = 10_000;

/**
 * Binds each thread to its CPUs and looks whether that holds. A run goes on without: what did not work is a remark.
 * @returns one line each for the log, none when all threads are bound
 */
export async function applyPlacement(
  threads: readonly ThreadAssignment[],
  { platform = process.platform, taskset = 'taskset' }: AffinityTools = {},
): Promise<string[]> {
  if (threads.length === 0) return [];
  if (platform !== 'linux') return [PINNING_UNAVAILABLE];
  // A thread inherits the CPUs of the one that starts it, and the first asynchronous call starts the pool of node:fs and
  // node:dns for all threads: it must not be that of a bound one.
  await access('/proc/self');
  const remarks: string[] = [];
  for (const thread of threads) {
    const failure = await runTaskset(taskset, thread);
    if (failure?.commandMissing) {
      return [`threads are not bound to CPUs: there is no command ${taskset} (a part of util-linux)`];
    }
    const problem = failure?.reason ?? findDifference(thread);
    if (problem !== null) remarks.push(`${describe(thread)} is not bound to CPU ${shownCpus(thread)}: ${problem}`);
  }
  return remarks;
}

/** The CPUs that a thread of this process may run on, ascending; null when there is no such thread or no Linux. */
export function readBackCpus(tid: number): number[] | null {
  try {
    return affinityOf(readFileSync(`/proc/self/task/${tid}/status`, 'utf8'));
  } catch {
    return null;
  }
}

/**
 * Lowers a thread's priority to a niceness of 1 to 19; a thread that has a lower priority keeps it. Only Linux has
 * priorities of single threads.
 * @param tid what the thread's own `ownThreadId` returned
 * @returns one line for the log when that was not possible, else null
 */
export function lowerPriority(
  tid: number,
  niceness: number,
  platform: NodeJS.Platform = process.platform,
): string | null {
  assert(tid > 0 && niceness >= 1 && niceness <= 19, 'a thread and a lower priority');
  // Elsewhere the id could be that of another process.
  if (platform !== 'linux') return 'the priority of a thread is not lowered: that is possible on Linux only';
  try {
    if (getPriority(tid) < niceness) setPriority(tid, niceness);
    return null;
  } catch (error) {
    return `the priority of thread ${tid} is not lowered: ${firstLine(String((error as Error).message))}`;
  }
}

interface TasksetFailure {
  commandMissing: boolean;
  /** One line. */
  reason: string;
}

/** Null when it went well. */
function runTaskset(taskset: string, thread: ThreadAssignment): Promise<TasksetFailure | null> {
  assert(thread.tid > 0 && thread.cpus.length > 0, 'a thread and a CPU for it');
  const words = ['-pc', shownCpus(thread), `${thread.tid}`];
  return new Promise((resolve) => {
    execFile(taskset, words, { timeout: TASKSET_TIMEOUT_MS }, (error, _, stderr) => {
      if (error === null) return resolve(null);
      const reason = firstLine(stderr) || firstLine(error.message);
      resolve({ commandMissing: error.code === 'ENOENT', reason });
    });
  });
}

function findDifference(thread: ThreadAssignment): string | null {
  const cpus = readBackCpus(thread.tid);
  if (cpus === null) return `thread ${thread.tid} has ended`;
  const actual = formatCpuList(cpus);
  return actual === shownCpus(thread) ? null : `it may run on ${actual}`;
}

const describe = ({ kind, index, shardId }: Assignment): string => `${kind} ${index} of shard ${shardId}`;
const shownCpus = ({ cpus }: Assignment): string => formatCpuList(cpus);
const firstLine = (text: string): string => text.trim().split('\n', 1)[0];
