/** Whole runs of a durable cluster, from its load through several crashes to its end. */
import type { Random } from '../../../engine/testing/random.ts';
import { DurableCluster, type DurablePlan, type Sabotage } from './durable-cluster.ts';

/**
 * Runs a cluster through several crashes. A bug that an assertion finds ends it as the process would end, with a last crash.
 * @returns what is wrong, each in a line; empty where nothing is
 */
export function runThroughCrashes(
  plan: DurablePlan,
  random: Random,
  sabotage?: Sabotage,
): { faults: string[]; tally: DurableCluster['tally'] } {
  const cluster = new DurableCluster(plan, random, sabotage);
  const { tally } = cluster;
  const faults: string[] = [];
  const note = (fault: string | null) => {
    if (fault !== null) faults.push(fault);
  };
  try {
    for (let crashes = 2; crashes > 0 && faults.length === 0; crashes--) {
      for (let steps = random.integer(0, 700); steps > 0; steps--) cluster.step();
      note(cluster.crash());
    }
    if (faults.length > 0) return { faults, tally };
    for (let steps = 100; steps > 0; steps--) cluster.step();
    note(cluster.calm());
  } catch (error) {
    note(`stopped: ${error instanceof Error ? error.message : String(error)}`);
  }
  note(cluster.crash());
  return { faults, tally };
}
