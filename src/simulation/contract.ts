/**
 * What a workload tells the simulator: the default export of its module `simulation`, beside the module `workload` that real
 * runs load. It has a population so small that partitions are loaded in milliseconds, and inputs that meet often.
 */
import type { WorkloadModule } from '../bench/contract.ts';
import type { MixConfig, WorkloadOptions } from '../config/run-config.ts';

/** Dice for choices; see `Random`. */
export interface Choices {
  fraction(): number;
  uniform(low: number, high: number): number;
  chance(pct: number): boolean;
}

/** What decides the inputs of one simulated run. */
export interface SimulatedInputs {
  /** As the workload declares them, and what besides them says how small the population is. */
  options: WorkloadOptions;
  mix: MixConfig;
  /** Most terminals at each warehouse. */
  terminalsMost: number;
}

export interface SimulatedWorkload {
  /** The workload, but for its `open`, which may take a smaller population from its options. */
  readonly workload: WorkloadModule;
  /**
   * Chooses for one run.
   * @param storm whether as many transactions as possible are to conflict
   */
  choose(random: Choices, storm: boolean): SimulatedInputs;
}
