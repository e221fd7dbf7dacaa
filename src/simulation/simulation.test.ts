import { describe, expect, it } from 'vitest';
import type { SimulatedWorkload } from './contract.ts';
import { makePlan } from './plan.ts';
import { addSeed, emptySummary } from './seed-summary.ts';
import { type SeedReport, simulate, simulateSeed } from './simulation.ts';
import { simulatedWorkloads } from './testing/workloads.ts';

const workloads = await simulatedWorkloads();
/** Depends on how long the frames and how large the tables of a workload are. */
const RARE = new Set(['framesSpilled', 'memoryLimits']);

const named = [...workloads].map(([name, workload]) => ({ name, workload }));

function runTraced(name: string, workload: SimulatedWorkload, seed: number): { report: SeedReport; lines: string[] } {
  const lines: string[] = [];
  const sink = (nowMs: number, who: string, what: string) => lines.push(`${nowMs} ${who} ${what}`);
  return { report: simulateSeed(name, workload, seed, { sink }), lines };
}

describe.each(named)('simulated $name', ({ name, workload }) => {
  it('runs without a violation, whatever the trouble', () => {
    const failed: SeedReport[] = [];
    const summary = emptySummary();
    for (let seed = 1; seed <= 80; seed++) {
      const report = simulateSeed(name, workload, seed);
      addSeed(summary, report);
      if (report.violations.length > 0) failed.push(report);
    }
    expect(failed).toEqual([]);
    // What never happens is not tested.
    for (const [kind, count] of Object.entries(summary.faults)) {
      if (!RARE.has(kind)) expect(count, kind).toBeGreaterThan(0);
    }
    expect(summary.commits).toBeGreaterThan(5_000);
    for (const kind of ['userAborts', 'failures', 'conflicts', 'retriesMost', 'lockWaits', 'inDoubt'] as const) {
      expect(summary[kind], kind).toBeGreaterThan(0);
    }
  });

  it('does the same for the same seed, traced or not, and something else for another', () => {
    for (const seed of [3, 11, 2 ** 40 + 3]) {
      const first = runTraced(name, workload, seed);
      const second = runTraced(name, workload, seed);
      expect(second).toEqual(first);
      expect(simulateSeed(name, workload, seed)).toEqual(first.report);
      expect(simulateSeed(name, workload, seed + 1).traceHash).not.toBe(first.report.traceHash);
    }
  });

  it('tells what happens in order of time', () => {
    const { lines } = runTraced(name, workload, 2);
    const times = lines.map((line) => Number(line.split(' ', 1)[0]));
    expect(times).toEqual([...times].sort((a, b) => a - b));
    for (const part of ['starts', 'hears PREPARE', 'hears ANSWER', 'hears COMMIT', 'sleeps', 'says drain', 'stopped']) {
      expect(
        lines.some((line) => line.includes(part)),
        part,
      ).toBe(true);
    }
  });
});

describe('a simulation', () => {
  const bank = workloads.get('bank') as SimulatedWorkload;

  it('says what an error of the code under test was', () => {
    const { violations } = simulateSeed('bank', bank, 1, {
      prepare: (cluster) => {
        cluster.members[0].session.executeFragment = () => {
          throw new Error('planted');
        };
      },
    });
    expect(violations).toHaveLength(1);
    expect(violations[0]).toContain('threw Error: planted');
  });

  it('says who is stuck', () => {
    const { violations } = simulateSeed('bank', bank, 1, {
      prepare: (cluster) => {
        if (cluster.members[0].exchange !== null) cluster.members[0].exchange.poll = () => false;
      },
    });
    expect(violations.join()).toMatch(/worker 0\.0 .*transactions are under way/);
  });

  it('covers clusters of every shape', () => {
    const plans = Array.from({ length: 300 }, (_, seed) => makePlan('bank', bank, seed));
    const values = (of: (plan: (typeof plans)[number]) => unknown) => new Set(plans.map(of));
    expect(values(({ shards }) => shards)).toEqual(new Set([1, 2, 3, 4]));
    expect(values(({ shards, workersPerShard }) => shards * workersPerShard)).toEqual(new Set([1, 2, 3, 4, 6, 8]));
    expect(values(({ processOf }) => Math.max(...processOf) + 1)).toEqual(new Set([1, 2, 3, 4]));
    expect(values(({ trouble }) => trouble.loss)).toEqual(new Set(['none', 'process', 'link']));
    expect(values(({ linksEverywhere }) => linksEverywhere).size).toBe(2);
    expect(values(({ trouble }) => trouble.headroomBytes === null).size).toBe(2);
  });

  it('loses nobody where the plan says so, and then nothing fails', () => {
    for (let seed = 1; seed <= 30; seed++) {
      const plan = makePlan('bank', bank, seed);
      const calm = { ...plan, durable: null, trouble: { ...plan.trouble, loss: 'none' as const, headroomBytes: null } };
      const { violations, failures, inDoubt } = simulate(calm, bank);
      expect([violations, failures, inDoubt]).toEqual([[], 0, 0]);
    }
  });
});
