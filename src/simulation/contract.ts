/**
 * What a workload tells the simulator: the default export of its module `simulation`, beside the module `workload` that real
 * runs load. It has a population so small that partitions are loaded in milliseconds, and inputs that meet often.
 */
import type { WorkloadModule, WorkloadSession } from '../bench/contract.ts';
import type { MixConfig, WorkloadOptions } from '../config/run-config.ts';
import type { Partition } from '../engine/partition.ts';

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
  /**
   * The session goes on with what a recovery has found, behind `recovered`: what it makes must be unlike what the lives of
   * the cluster before this one made.
   * @param life how often the cluster has begun anew
   */
  resumed?(session: WorkloadSession, life: number): void;
  /**
   * Looks for what clients have receipts of.
   * @param partitions of all workers, at rest
   * @returns what is not there, a line each
   */
  missing?(partitions: readonly Partition[], receipts: readonly number[]): string[];
}
