/** Which CPUs this process may use, and which of them share memory of their own, as Linux tells it in /proc and /sys. */
import { readdirSync, readFileSync } from 'node:fs';
import { parseCpuList } from './cpu-list.ts';

/** CPUs that are near the same memory. */
export interface NumaNode {
  id: number;
  /** Those of the node that this process may use: at least one, ascending. */
  cpus: number[];
}

export interface CpuTopology {
  /** What the process's own affinity and its cgroup leave of the CPUs that are online: at least one, ascending. */
  allowedCpus: number[];
  /** Ascending by id. Each allowed CPU is in exactly one; one node when the system does not tell them apart. */
  nodes: NumaNode[];
}

/** The files that the topology is read from. */
export interface SystemFiles {
  /** The whole text, or null when there is no such file or it cannot be read. */
  read(path: string): string | null;
  /** The names in a folder; none when there is no such folder. */
  list(path: string): string[];
}

const PROCESS_STATUS = '/proc/self/status';
const CPUS_ONLINE = '/sys/devices/system/cpu/online';
const NODES = '/sys/devices/system/node';

/** The files of this machine. */
export const systemFiles: SystemFiles = {
  read(path) {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      return null;
    }
  },
  list(path) {
    try {
      return readdirSync(path);
    } catch {
      return [];
    }
  },
};

/** Null on a system that does not say which CPUs a process may use: every one but Linux. */
export function readCpuTopology(files: SystemFiles = systemFiles): CpuTopology | null {
  const status = files.read(PROCESS_STATUS);
  const affinity = status === null ? null : affinityOf(status);
  if (affinity === null) return null;
  // The affinity of a process that was never restricted names every CPU that could be plugged in.
  const online = cpusIn(files.read(CPUS_ONLINE) ?? '');
  const allowedCpus = online.length > 0 ? affinity.filter((cpu) => online.includes(cpu)) : affinity;
  if (allowedCpus.length === 0) return null;
  return { allowedCpus, nodes: readNodes(files, allowedCpus) };
}

/** The CPUs that a thread may run on, ascending, from its file `status` in /proc; null when that does not say. */
export function affinityOf(status: string): number[] | null {
  const match = /^Cpus_allowed_list:\s*(.*)$/m.exec(status);
  const cpus = cpusIn(match?.[1] ?? '');
  return cpus.length > 0 ? cpus : null;
}

function readNodes(files: SystemFiles, allowedCpus: readonly number[]): NumaNode[] {
  const nodes: NumaNode[] = [];
  for (const name of files.list(NODES)) {
    const match = /^node(\d+)$/.exec(name);
    if (match === null) continue;
    const cpus = cpusIn(files.read(`${NODES}/${name}/cpulist`) ?? '').filter((cpu) => allowedCpus.includes(cpu));
    if (cpus.length > 0) nodes.push({ id: Number(match[1]), cpus });
  }
  // With a gap nobody knows where the memory of the rest is.
  const complete = allowedCpus.every((cpu) => nodes.filter(({ cpus }) => cpus.includes(cpu)).length === 1);
  return complete ? nodes.sort((a, b) => a.id - b.id) : [{ id: 0, cpus: [...allowedCpus] }];
}

/** A line of the kernel; no CPUs when it is empty, as that of a node with memory only, or none of its lists. */
const cpusIn = (line: string): number[] => parseCpuList(line.trim()).cpus;
