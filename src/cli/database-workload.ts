/** The workload of a command on databases that has none of a run's own options. */
import type { GivenValues, OptionDefinitions } from './command.ts';
import type { CliContext } from './context.ts';
import { DEFAULT_WORKLOAD, pickRunOptions } from './option-definitions.ts';
import { type LoadedWorkload, loadWorkload } from './workloads.ts';

export const DATABASE_WORKLOAD_OPTIONS: OptionDefinitions = pickRunOptions(['workload']);

export const requiredWorkload = (given: GivenValues, context: CliContext): Promise<LoadedWorkload> =>
  loadWorkload(String(given['workload'] ?? DEFAULT_WORKLOAD), context.workloadsFolder);
