/** A machine's files as Linux shows them. */
import type { SystemFiles } from '../cpu-topology.ts';

export interface FakeMachine {
  /** `Cpus_allowed_list`; null for a status without that line. */
  allowed: string | null;
  /** Null when the file is missing. */
  online?: string | null;
  /** Folder name -> `cpulist`; null when that file is missing. */
  nodes?: Record<string, string | null>;
}

export function fakeSystem({ allowed, online = null, nodes = {} }: FakeMachine): SystemFiles {
  const files = new Map<string, string>();
  const add = (path: string, line: string | null) => {
    if (line !== null) files.set(path, `${line}\n`);
  };
  const affinity = allowed === null ? '' : `Cpus_allowed:\tff\nCpus_allowed_list:\t${allowed}\n`;
  add('/proc/self/status', `Name:\tnode\n${affinity}Mems_allowed_list:\t0-7`);
  add('/sys/devices/system/cpu/online', online);
  for (const [name, cpus] of Object.entries(nodes)) add(`/sys/devices/system/node/${name}/cpulist`, cpus);
  return {
    read: (path) => files.get(path) ?? null,
    list: (path) => (path === '/sys/devices/system/node' ? ['online', 'has_cpu', ...Object.keys(nodes)] : []),
  };
}
