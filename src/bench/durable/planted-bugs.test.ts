import { describe, expect, it } from 'vitest';
import { Random } from '../../engine/testing/random.ts';
import { DURABILITY_MUTATIONS } from './testing/durability-mutations.ts';
import type { DurablePlan, Sabotage } from './testing/durable-cluster.ts';
import { runThroughCrashes } from './testing/run-through-crashes.ts';

const SEEDS = 40;

/** Every seed is another cluster: one or two workers a shard, one process or several. */
function planOf(seed: number): DurablePlan {
  return {
    shards: 2 + (seed % 2),
    workersPerShard: 1 + ((seed >> 1) % 2),
    terminals: 2,
    keys: 6,
    severalProcesses: (seed >> 2) % 2 === 1,
  };
}

const run = (seed: number, sabotage?: Sabotage) => runThroughCrashes(planOf(seed), new Random(seed), sabotage);

describe('a durable cluster', () => {
  it('keeps all that it acknowledged and nothing by half, crash after crash', () => {
    const total = { acknowledged: 0, committed: 0, taken: 0, snapshots: 0, recoveries: 0 };
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { faults, tally } = run(seed);
      expect(faults, `seed ${seed}`).toEqual([]);
      for (const key of Object.keys(total) as (keyof typeof total)[]) total[key] += tally[key];
    }
    expect(total.acknowledged).toBeGreaterThan(1000);
    // Crashes come while something is at stake, and files are replaced between them.
    expect(total.taken).toBeGreaterThan(300);
    expect(total.snapshots).toBeGreaterThan(20);
    expect(total.recoveries).toBeGreaterThanOrEqual(3 * SEEDS);
  });

  it.each(DURABILITY_MUTATIONS)('shows after a crash that $name', ({ apply, shows }) => {
    const found = new Set<string>();
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { faults } = run(seed, apply);
      if (faults.some((fault) => shows.test(fault))) return;
      for (const fault of faults) found.add(fault);
    }
    expect.fail(`no run shows ${shows}, but ${[...found].join('; ') || 'nothing'}`);
  });
});
