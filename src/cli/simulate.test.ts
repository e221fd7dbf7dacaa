/** The command as users call it. What runs on several threads needs `npm run build`. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { fakeContext, runCli } from './testing/fake-context.ts';

const WORKLOADS = new URL('../../workloads/', import.meta.url);
const BROKEN = new URL('../simulation/testing/broken-workloads/', import.meta.url);
const PROGRAM = fileURLToPath(new URL('../../bin/dbtest.js', import.meta.url));

const simulate = (argv: string[], workloadsFolder: URL = WORKLOADS) =>
  runCli(['simulate', '--threads', '1', ...argv], { ...fakeContext(), workloadsFolder });

const built = (...argv: string[]) =>
  JSON.parse(execFileSync(process.execPath, [PROGRAM, 'simulate', '--json', '--quiet', ...argv], { encoding: 'utf8' }));

describe('dbtest simulate', () => {
  it('reports the runs of all workloads', async () => {
    const { status, stdout, stderr } = await simulate(['--seeds', '11..14']);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^seeds 11\.\.14 with append, bank, tpcc: no anomaly\n/);
    expect(stdout).toMatch(/^ {2}bank +4 /m);
    expect(stdout).toMatch(/^ {2}all +12 /m);
    expect(stdout).toMatch(/^ {14}[0-9a-f]{16} {2}tpcc seed 14$/m);
  });

  it('shows on a terminal how many seeds are done', async () => {
    const context = { ...fakeContext(), workloadsFolder: WORKLOADS };
    context.stderr.isTTY = true;
    const { stderr } = await runCli(['simulate', '--threads', '1', '--workload', 'bank', '--seeds', '11..14'], context);
    expect(stderr).toMatch(/Simulating.* of 4 seeds/);
  });

  it('reports as data', async () => {
    const { status, stdout } = await simulate(['--seed', '7', '--workload', 'bank', '--json', '--quiet']);
    const result = JSON.parse(stdout);
    expect(status).toBe(0);
    expect(result).toMatchObject({ schemaVersion: 1, firstSeed: 7, lastSeed: 7, workloads: ['bank'], passed: true });
    expect(result.totals.runs).toBe(1);
    expect(result.hashes).toEqual([{ workload: 'bank', seed: 7, traceHash: result.traceHash }]);
  });

  it('says what is wrong with exit status 3, and how to see it again', async () => {
    const { status, stdout, stderr } = await simulate(['--seeds', '40..60'], BROKEN);
    expect(status).toBe(3);
    expect(stdout).toMatch(/^seeds 40\.\.60 with broken: 1 of 1 seeds FAILED$/m);
    expect(stdout).toMatch(/^broken seed 40:\n {2}broken \(this never holds\): it does not hold$/m);
    expect(stderr).toMatch(/^broken seed 40: [1-4] shards x /m);
    expect(stderr).toMatch(/^ +[0-9.]+ ms {2}worker 0\.0 +has stopped$/m);
    expect(stderr).toMatch(/\nrepeat it with: dbtest simulate --workload broken --seed 40 --trace\n$/);
    const again = await simulate(['--workload', 'broken', '--seed', '40', '--trace'], BROKEN);
    expect(again.status).toBe(3);
    expect(again.stderr.split('\n').length).toBeGreaterThan(60);
    expect(again.stderr).toContain('violated: broken (this never holds)');
  });

  it.each([
    [['--seeds', '0'], /^dbtest: --seeds: "0".*at least one/],
    [['--seeds', '9..3'], /^dbtest: --seeds: "9\.\.3".*not below/],
    [['--seeds', 'many'], /^dbtest: --seeds: "many"/],
    [['--seed', '-1'], /^dbtest: --seed: /],
    [['--seed', '1', '--seeds', '1..2'], /^dbtest: --seed: .*leave --seed out/],
    [['--workload', 'bnak'], /^dbtest: --workload: .*did you mean bank/],
    [['--seeds', '5', '--trace'], /^dbtest: --trace: /],
  ])('refuses %j', async (argv, message) => {
    const { status, stdout, stderr } = await simulate(argv);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd()).not.toContain('\n');
  });

  it('does the same in two processes, on whatever threads', () => {
    const one = built('--seeds', '1..6', '--threads', '1');
    const two = built('--seeds', '1..6', '--threads', '2');
    expect(two.traceHash).toBe(one.traceHash);
    expect(two.hashes).toEqual(one.hashes);
    expect(two.totals).toEqual(one.totals);
    expect(one.hashes).toHaveLength(18);
    expect(new Set(one.hashes.map(({ traceHash }: { traceHash: string }) => traceHash)).size).toBe(18);
  });

  it('adds up over ranges', () => {
    const whole = built('--seeds', '1..6');
    const parts = [built('--seeds', '1..2'), built('--seeds', '3..6')];
    expect(parts.flatMap(({ hashes }) => hashes)).toEqual(whole.hashes);
    const sum = parts.reduce((total, { totals }) => total + totals.steps, 0);
    expect(sum).toBe(whole.totals.steps);
  });
});
