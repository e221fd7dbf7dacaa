/** In what two configurations differ, so that nobody takes a comparison for one of something else. */
import type { RunResult } from '../bench/result.ts';

/** What is no part of the configuration: where output goes, where files lie, and what every pair has its own of. */
const LEFT_OUT = new Set(['seed', 'jsonPath', 'exportDir', 'workload.moduleUrl', 'cluster.source', 'cluster.replicas']);

export interface Difference {
  key: string;
  a: string;
  b: string;
}

/** Keys as the JSON result has them: `numThreads`, `transport.kind`, `cluster.shards` (their number), `host.cpu`. */
export function differencesOf(a: RunResult, b: RunResult): Difference[] {
  const left = flattened(a);
  const right = flattened(b);
  return [...new Set([...left.keys(), ...right.keys()])]
    .filter((key) => left.get(key) !== right.get(key))
    .map((key) => ({ key, a: left.get(key) ?? 'none', b: right.get(key) ?? 'none' }));
}

/** Whether two runs are of one configuration, machine and program. */
export const sameConfiguration = (a: RunResult, b: RunResult): boolean => differencesOf(a, b).length === 0;

function flattened(result: RunResult): Map<string, string> {
  const values = new Map<string, string>([
    ['dbtestVersion', result.dbtestVersion],
    ['host.cpu', result.host.cpu],
    ['host.cores', String(result.host.cores)],
    ['host.node', result.host.node],
  ]);
  const visit = (value: unknown, path: string): void => {
    if (LEFT_OUT.has(path)) return;
    if (path === 'cluster.shards' || path === 'localShardIds') values.set(path, String((value as unknown[]).length));
    else if (typeof value !== 'object' || value === null) values.set(path, String(value));
    else for (const [key, child] of Object.entries(value)) visit(child, path === '' ? key : `${path}.${key}`);
  };
  visit(result.config, '');
  return values;
}
