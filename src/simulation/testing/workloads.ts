/** The workloads of this repository as the simulator runs them, loaded by URL as the command does. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { SimulatedWorkload } from '../contract.ts';

/** The folder with a folder for each workload. */
export const WORKLOADS_FOLDER = new URL('../../../workloads/', import.meta.url);

/** By name, in order. */
export async function simulatedWorkloads(): Promise<ReadonlyMap<string, SimulatedWorkload>> {
  const names = readdirSync(fileURLToPath(WORKLOADS_FOLDER), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
  const workloads = new Map<string, SimulatedWorkload>();
  for (const name of names) {
    const { href } = new URL(`${name}/simulation.ts`, WORKLOADS_FOLDER);
    workloads.set(name, ((await import(href)) as { default: SimulatedWorkload }).default);
  }
  return workloads;
}
