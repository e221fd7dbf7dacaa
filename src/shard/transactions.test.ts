/**
 * Transactions over several partitions under random schedules, on so few accounts that conflicts are the rule. Every run is
 * repeated by its seed: `runSchedule(plan, undefined, console.log)` shows each step.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../engine/testing/random.ts';
import { COMMITTED, USER_ABORT } from './contract.ts';
import { MUTATIONS, STARVING_MUTATIONS } from './testing/mutations.ts';
import { ADD, operation, program, TAKE } from './testing/program.ts';
import { firstAccounts, ProgramSource, sumAll } from './testing/random-programs.ts';
import { runSchedule, type SchedulePlan, step } from './testing/random-schedule.ts';
import { type Member, SimulatedCluster } from './testing/simulated-cluster.ts';

/** Two to four workers, in one shard or several. */
const anyPlan: fc.Arbitrary<SchedulePlan> = fc
  .record({
    seed: fc.integer({ min: 1, max: 2 ** 30 }),
    shards: fc.integer({ min: 1, max: 4 }),
    workersPerShard: fc.integer({ min: 1, max: 4 }),
    terminals: fc.integer({ min: 1, max: 3 }),
    keys: fc.integer({ min: 2, max: 6 }),
    programs: fc.constant(40),
    stepMs: fc.constantFrom(0.001, 0.02, 0.1),
    drains: fc.boolean(),
    severalProcesses: fc.boolean(),
  })
  .filter(({ shards, workersPerShard }) => shards * workersPerShard >= 2 && shards * workersPerShard <= 4);

/** The plans of the mutation tests: all kinds of clusters, by seed. */
function planOf(seed: number): SchedulePlan {
  const shards = 1 + (seed % 3);
  return {
    seed,
    shards,
    workersPerShard: shards === 1 ? 3 : 1 + ((seed >> 2) % 2),
    terminals: 1 + ((seed >> 3) % 3),
    keys: 2 + ((seed >> 1) % 5),
    programs: 40,
    stepMs: [0.001, 0.02, 0.1][seed % 3],
    drains: seed % 4 === 0,
    severalProcesses: seed % 2 === 0,
  };
}

it('messages that made no sense are a fault of a simulated cluster, and an idle one has none', () => {
  const accounts = [1, 2].map(() => new Map<number, number>());
  const plan = { shards: 2, workersPerShard: 1, terminals: 1, severalProcesses: true, seed: 1, accounts };
  const cluster = new SimulatedCluster(plan as ConstructorParameters<typeof SimulatedCluster>[0]);
  expect(cluster.faultsAtRest()).toEqual([]);
  (cluster.members[1] as Member).exchange.participant.malformed++;
  expect(cluster.faultsAtRest()).toEqual(['worker 1: 1 malformed messages']);
});

describe('transactions under any schedule', () => {
  it('are strictly serializable, keep the money, leave nothing behind and all come to an end', () => {
    const total = { commits: 0, userAborts: 0, sums: 0, conflicts: 0, fragmentWaits: 0, lockWaits: 0 };
    let retriesMost = 0;
    fc.assert(
      fc.property(anyPlan, (plan) => {
        const report = runSchedule(plan);
        expect(report.faults).toEqual([]);
        total.commits += report.outcomes.get(COMMITTED) ?? 0;
        total.userAborts += report.outcomes.get(USER_ABORT) ?? 0;
        total.sums += report.sums;
        total.conflicts += report.conflicts;
        total.fragmentWaits += report.fragmentWaits;
        total.lockWaits += report.lockWaits;
        retriesMost = Math.max(retriesMost, report.retriesMost);
      }),
      { numRuns: 700 },
    );
    // A test without conflicts of every kind would show nothing.
    for (const count of Object.values(total)) expect(count).toBeGreaterThan(100);
    expect(retriesMost).toBeLessThan(RETRIES_MOST);
  });

  it('are the same for the same seed', () => {
    const traceOf = (seed: number) => {
      const lines: string[] = [];
      runSchedule(planOf(seed), undefined, (line) => lines.push(line));
      return lines;
    };
    expect(traceOf(5)).toEqual(traceOf(5));
    expect(traceOf(5)).not.toEqual(traceOf(8));
  });
});

/** Far above what was ever seen, which is 8. */
const RETRIES_MOST = 40;

/** Steps in which the one must get through; the most ever seen is 1,700. */
const STEPS_MOST = 8_000;

interface Stream {
  /** What all but one terminal start, one after the other without end. */
  next: (source: ProgramSource, home: number) => ReturnType<typeof sumAll>;
  /** What must get through. */
  one: (workers: number, keys: number, home: number) => ReturnType<typeof sumAll>;
}

const STREAMS: Record<string, Stream> = {
  'a reader of everything among writers': {
    next: (source, home) => source.transferFrom(home),
    one: (workers, keys) => sumAll(workers, keys),
  },
  'a writer among readers of everything': {
    next: (source) => source.sum(),
    one: (workers, _, home) =>
      program('writer', [
        operation((home + 1) % workers, TAKE, 0, 0),
        operation((home + workers - 1) % workers, ADD, 0, 0),
      ]),
  },
};

/** @returns the steps and retries that the slowest of several needed, one after the other */
function slowest(seed: number, { next, one }: Stream, mutate: (cluster: SimulatedCluster) => void = () => {}) {
  const shards = 2 + (seed % 3);
  const workersPerShard = shards === 2 ? 1 + ((seed >> 2) % 2) : 1;
  const stepMs = [0.001, 0.02, 0.1][(seed >> 1) % 3];
  const plan = { ...planOf(seed), shards, workersPerShard, terminals: 4, keys: 3, stepMs };
  const workers = plan.shards * plan.workersPerShard;
  const cluster = new SimulatedCluster({ ...plan, accounts: firstAccounts(workers, plan.keys) });
  mutate(cluster);
  const random = new Random(seed);
  const source = new ProgramSource(random, workers, plan.keys);
  let stepsMost = 0;
  for (let i = 0; i < 6 && stepsMost < STEPS_MOST; i++) {
    const member = cluster.members[i % workers];
    member.start(0, one(workers, plan.keys, member.worker));
    let steps = 0;
    for (; member.running[0] && steps < STEPS_MOST; steps++) {
      step(
        cluster,
        plan,
        random,
        (home) => next(source, home),
        () => {},
        1,
      );
    }
    stepsMost = Math.max(stepsMost, steps);
  }
  expect(cluster.oracle.violations).toEqual([]);
  const retries = cluster.members.map(({ exchange }) => exchange.coordinator.counters.retriesMost);
  return { stepsMost, retriesMost: Math.max(...retries) };
}

describe('nobody starves', () => {
  it.each(Object.entries(STREAMS))('%s', (_, stream) => {
    for (let seed = 1; seed <= 25; seed++) {
      const { stepsMost, retriesMost } = slowest(seed, stream);
      expect(stepsMost).toBeLessThan(STEPS_MOST);
      expect(retriesMost).toBeLessThan(RETRIES_MOST);
    }
  });
});

describe('the tests find', () => {
  it.each(MUTATIONS)('$name', ({ apply }) => {
    const faults: string[] = [];
    for (let seed = 1; seed <= 400 && faults.length === 0; seed++)
      faults.push(...runSchedule(planOf(seed), apply).faults);
    expect(faults).not.toEqual([]);
  });

  it.each(STARVING_MUTATIONS)('$name', ({ apply }) => {
    let found = false;
    for (let seed = 1; seed <= 25 && !found; seed++) {
      for (const stream of Object.values(STREAMS)) {
        const { stepsMost, retriesMost } = slowest(seed, stream, apply);
        found ||= stepsMost >= STEPS_MOST || retriesMost >= RETRIES_MOST;
      }
    }
    expect(found).toBe(true);
  });
});
