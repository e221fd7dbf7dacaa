/** Finds workloads by name. The command line needs their options and transactions; workers load the module themselves. */
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { WorkloadModule, WorkloadOptionDefinition } from '../bench/contract.ts';
import { shownText } from '../config/shown.ts';
import { suggestion } from '../config/suggest.ts';
import { usageFault } from '../errors.ts';

export interface LoadedWorkload {
  name: string;
  moduleUrl: string;
  /** Keys of the transactions, in the workload's order. */
  transactionKeys: readonly string[];
  options: readonly WorkloadOptionDefinition[];
  /** Whether `--history` is for it. */
  recordsHistory: boolean;
  /** Whether `--data-dir` is for it, and `--acknowledgements`. */
  isRecoverable: boolean;
  givesReceipts: boolean;
}

/** Compiled modules load compiled workloads, sources load sources. */
const MODULE_FILE = `workload${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`;

/**
 * @param folder holds a folder for each workload
 * @throws OperatingFault when there is no workload of that name
 */
export async function loadWorkload(name: string, folder: URL): Promise<LoadedWorkload> {
  const names = workloadNames(folder);
  if (!names.includes(name)) {
    const known = names.length === 0 ? '; none is installed' : `; give one of ${names.join(', ')}`;
    throw usageFault(`--workload: there is no workload ${shownText(name)}${suggestion(name, names, known)}`);
  }
  const moduleUrl = new URL(`${name}/${MODULE_FILE}`, folder).href;
  const { default: workload } = (await import(moduleUrl)) as { default: WorkloadModule };
  return {
    name,
    moduleUrl,
    transactionKeys: workload.transactionTypes.map(({ key }) => key),
    options: workload.options,
    recordsHistory: workload.recordsHistory === true,
    isRecoverable: workload.isRecoverable === true,
    givesReceipts: workload.receiptText !== undefined,
  };
}

/** Sorted. */
export function workloadNames(folder: URL): string[] {
  const path = fileURLToPath(folder);
  if (!existsSync(path)) return [];
  return readdirSync(path)
    .filter((name) => existsSync(new URL(`${name}/${MODULE_FILE}`, folder)))
    .sort();
}

/** `remoteItemPct` as the command line spells it: `remote-item-pct`. */
export const optionSpelling = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
