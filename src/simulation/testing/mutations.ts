/** Every planted bug, and how it is looked for. */
import type { SimulatedWorkload } from '../contract.ts';
import { makePlan } from '../plan.ts';
import { simulate } from '../simulation.ts';
import { DURABILITY_MUTATIONS } from './durability-mutations.ts';
import { MESSAGING_MUTATIONS } from './messaging-mutations.ts';
import type { Mutation } from './mutation.ts';
import { TRANSACTION_MUTATIONS } from './transaction-mutations.ts';
import { WORKLOAD_MUTATIONS } from './workload-mutations.ts';

/**
 * Bugs that the simulator's workloads cannot show, by name, and why. The tests of `src/shard` find them with programs of
 * their own and an oracle for every single read.
 */
export const FOUND_ELSEWHERE: Readonly<Record<string, string>> = {
  'a reader does not ask for a key that is absent': 'no condition depends on a key that is read while it is absent',
  'an exclusive lock is not taken where a shared one is held': 'no fragment reads a row before it writes it',
  'who waits does not stand in the way of younger ones': 'it makes nobody wrong, and nobody starves in so short a run',
};

export const PLANTED_BUGS: readonly Mutation[] = [
  ...TRANSACTION_MUTATIONS,
  ...WORKLOAD_MUTATIONS,
  ...MESSAGING_MUTATIONS,
  ...DURABILITY_MUTATIONS.map((mutation) => ({ ...mutation, needsDisks: true as const })),
];

/** A planted bug that was found. */
export interface Catch {
  /** Seeds that were run, the last one with each workload up to the one that found it. */
  seeds: number;
  workload: string;
  how: string;
}

/** Runs seeds from 1 on until one of them fails. @returns null where the bug survives `seedsMost` */
export function catchBug(
  mutation: Mutation,
  workloads: ReadonlyMap<string, SimulatedWorkload>,
  seedsMost: number,
): Catch | null {
  for (let seed = 1; seed <= seedsMost; seed++) {
    for (const [name, workload] of workloads) {
      const needsDisks = mutation.needsDisks === true;
      const plan = makePlan(name, workload, seed, needsDisks);
      if (needsDisks && plan.durable === null) continue;
      const { violations } = simulate(plan, workload, { prepare: (cluster) => mutation.apply(cluster) });
      if (violations.length > 0) return { seeds: seed, workload: name, how: violations[0] };
    }
  }
  return null;
}
