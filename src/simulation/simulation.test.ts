import { describe, expect, it } from 'vitest';
import type { SimulatedWorkload } from './contract.ts';
import { DISK_OPERATIONS } from './disks/durable-plan.ts';
import { describePlan, makePlan } from './plan.ts';
import { addSeed, emptySummary } from './seed-summary.ts';
import { type SeedReport, simulate, simulateSeed } from './simulation.ts';
import { simulatedWorkloads } from './testing/workloads.ts';

const workloads = await simulatedWorkloads();
/** Depends on how long the frames and how large the tables of a workload are, or on what a lie of a disk meets. */
const RARE = new Set(['framesSpilled', 'memoryLimits', 'acknowledgedLost', 'refused']);

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
    for (const [kind, count] of Object.entries(summary.disks)) {
      if (!RARE.has(kind)) expect(count, kind).toBeGreaterThan(0);
    }
    expect(summary.disks['durableRuns']).toBeGreaterThan(20);
    expect(summary.commits).toBeGreaterThan(5_000);
    for (const kind of ['userAborts', 'failures', 'conflicts', 'retriesMost', 'lockWaits', 'inDoubt'] as const) {
      expect(summary[kind], kind).toBeGreaterThan(0);
    }
  });

  it('does the same for the same seed, traced or not, and something else for another', () => {
    const isDurable = (seed: number) => makePlan(name, workload, seed).durable !== null;
    const durable = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12].filter(isDurable).slice(0, 2);
    for (const seed of [...durable, 11, 2 ** 40 + 3]) {
      const first = runTraced(name, workload, seed);
      const second = runTraced(name, workload, seed);
      expect(second).toEqual(first);
      expect(simulateSeed(name, workload, seed)).toEqual(first.report);
      expect(simulateSeed(name, workload, seed + 1).traceHash).not.toBe(first.report.traceHash);
    }
  });

  it('tells what happens in order of time', () => {
    const { lines } = runTraced(name, workload, plainSeed(name, workload));
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

/** The first whose cluster has no disks. */
function plainSeed(name: string, workload: SimulatedWorkload): number {
  for (let seed = 2; ; seed++) if (makePlan(name, workload, seed).durable === null) return seed;
}

describe('a simulation with disks', () => {
  const bank = workloads.get('bank') as SimulatedWorkload;
  const plans = Array.from({ length: 600 }, (_, seed) => makePlan('bank', bank, seed));
  const durable = plans.flatMap((plan) => plan.durable ?? []);

  it('is a share of the seeds, and draws nothing from what the others draw', () => {
    expect(durable.length).toBeGreaterThan(200);
    expect(durable.length).toBeLessThan(280);
    for (const plan of plans) {
      const { trouble, durable: disks, ...rest } = plan;
      const { trouble: plainTrouble, durable: none, ...plain } = makePlan('bank', bank, plan.seed, false);
      expect([none, rest]).toEqual([null, plain]);
      if (disks === null) expect(trouble).toEqual(plainTrouble);
    }
  });

  it('crashes in every way, at every step', () => {
    const crashes = durable.flatMap((plan) => plan.crashes);
    expect(new Set(crashes.map(({ kind }) => kind))).toEqual(new Set(['power', 'kill', 'disk', 'restart', 'link']));
    const operations = crashes.flatMap(({ strike }) => strike?.operation ?? []);
    expect(new Set(operations)).toEqual(new Set(DISK_OPERATIONS));
    expect(new Set(durable.map(({ mode }) => mode))).toEqual(new Set(['epoch', 'sync']));
    expect(Math.max(...durable.map((plan) => plan.crashes.length))).toBe(3);
    expect(new Set(durable.map(({ liar }) => liar === null)).size).toBe(2);
  });

  it('tells what disks, log writers and recoveries do', () => {
    const seed = plans.findIndex((plan) => plan.durable?.crashes[0]?.kind === 'power' && plan.durable.liar === null);
    const { report, lines } = runTraced('bank', bank, seed);
    expect(report.violations).toEqual([]);
    for (const part of ['writes', 'syncs', 'is durable here', 'the power is cut', 'recovers to epoch']) {
      expect(lines.join('\n')).toContain(part);
    }
    expect(describePlan(plans[seed])).toMatch(/; durable (in epochs of .* ms|by groups), .*ends: power/);
  });

  it('takes nothing for lost but what a disk has lied about', () => {
    let refused = 0;
    let lost = 0;
    for (const plan of plans.filter(({ durable: disks }) => disks?.liar !== null && disks !== null)) {
      const { violations, disks } = simulate(plan, bank);
      expect([plan.seed, violations]).toEqual([plan.seed, []]);
      refused += disks['refused'];
      lost += disks['acknowledgedLost'];
    }
    expect(refused + lost).toBeGreaterThan(0);
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
