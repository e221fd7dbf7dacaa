import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunResult } from '../bench/result.ts';
import { runLike } from '../compare/testing/sample-runs.ts';
import { OperatingFault } from '../errors.ts';
import { sampleResult } from '../report/testing/sample-result.ts';
import type { MaxRateResult, SweepResult } from '../sweep/sweep.ts';
import type { ChildRuns } from './child-run.ts';
import { sweepCommand } from './sweep.ts';
import { type FakeContext, fakeContext, runCli } from './testing/fake-context.ts';
import { loadWorkload } from './workloads.ts';

const SAMPLE = sampleResult();

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dbtest-sweep-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const wordAfter = (words: readonly string[], name: string): string | undefined => {
  const joined = words.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3);
  return joined ?? (words.includes(`--${name}`) ? words[words.indexOf(`--${name}`) + 1] : undefined);
};

/** Open loops of up to 5000 transactions a second keep up; two shards do 1.8 times as much as one, TCP takes a fifth. */
function resultOf(words: readonly string[]): RunResult {
  const shards = (wordAfter(words, 'local-shards') ?? '0').split(',').length;
  const capacity = 5000 * (shards === 1 ? 1 : 0.9 * shards) * (words.includes('--transport=tcp') ? 0.8 : 1);
  const rate = wordAfter(words, 'rate');
  const offered = rate === undefined ? null : Number(rate);
  const tps = Math.min(capacity, offered ?? capacity);
  const result = runLike(SAMPLE, tps, Number(wordAfter(words, 'seed')));
  result.phases.measuredSeconds = 1;
  result.totals.commits = tps;
  result.totals.userAborts = 0;
  if (result.totals.latencyUs !== null) result.totals.latencyUs.p99 = 1000 / (1.001 - Math.min(1, tps / capacity));
  if (offered !== null) result.config.pacing = { kind: 'rate', transactionsPerSecond: offered };
  return result;
}

function fakeRuns(onRun: (started: readonly (readonly string[])[]) => void = () => undefined) {
  const started: (readonly string[])[] = [];
  const state = { started, names: [] as string[], kills: 0 };
  const runs: ChildRuns = {
    run: async (words, name) => {
      started.push(words);
      state.names.push(name);
      onRun(started);
      return resultOf(words);
    },
    kill: () => {
      state.kills++;
    },
  };
  return { runs, state };
}

async function sweep(given: Record<string, unknown>, runs: ChildRuns, context: FakeContext = fakeContext()) {
  const workload = await loadWorkload('fake', context.workloadsFolder);
  const status = await sweepCommand(workload, () => runs).execute({ workload: 'fake', ...given }, context);
  return { status, stdout: context.stdout.text, stderr: context.stderr.text };
}

const pathOf = (name: string): string => join(folder, name);
const read = <Data>(name: string): Data => JSON.parse(readFileSync(pathOf(name), 'utf8')) as Data;

describe('dbtest sweep', () => {
  it('runs the product in alternating order, with the seeds of the repetitions', async () => {
    const { runs, state } = fakeRuns();
    const given = {
      vary: ['shards=1,2', 'transport=shm,tcp'],
      repeat: '2',
      seed: '7',
      'num-threads': '2',
      runtime: '1',
    };
    const { status, stdout, stderr } = await sweep(given, runs);
    expect(status).toBe(0);
    expect(state.started[0]?.slice(0, 5)).toEqual([
      '--num-threads=2',
      '--workload=fake',
      '--runtime=1',
      '--local-shards=0',
      '--transport=shm',
    ]);
    const order = state.started.map(
      (words) =>
        `${wordAfter(words, 'local-shards')?.length}${wordAfter(words, 'transport')}${wordAfter(words, 'seed')}`,
    );
    expect(order.join(' ')).toBe('1shm7 1tcp7 3shm7 3tcp7 3tcp8 3shm8 1tcp8 1shm8');
    expect(state.names[0]).toBe('run 1 of shards=1 transport=shm');
    expect(state.started.every((words) => Number(wordAfter(words, 'base-port')) >= 10_000)).toBe(true);
    expect(stderr).toMatch(
      /^Sweep: 4 combinations, 2 runs of each\n8 runs, about \d+ s\n1\/8 shards=1 transport=shm: 5,000 tx\/s/,
    );
    expect(stdout).toMatch(/2 +tcp +7,200 +7,200 +7,200 +1\.44/);
    expect(stdout).toContain('No scalability law over shards');
  });

  it('writes JSON, CSV and HTML that agree', async () => {
    const given = { vary: ['shards=1,2,3'], json: pathOf('s.json'), csv: pathOf('s.csv'), html: pathOf('s.html') };
    const { stdout } = await sweep(given, fakeRuns().runs);
    const data = read<SweepResult>('s.json');
    expect([data.kind, data.endedBy, data.points.length, data.fits.length]).toEqual(['sweep', 'plan', 3, 1]);
    const lines = readFileSync(pathOf('s.csv'), 'utf8').split('\r\n');
    expect(lines).toHaveLength(11);
    expect(lines[0]).toMatch(
      /^vary shards,repetition,shards,threads,warehouses,seed,startedAt,endedBy,consistent,throughput,/,
    );
    expect(lines[4]).toMatch(/^2,1,2,1,1,1,.*,9000,/);
    expect(readFileSync(pathOf('s.html'), 'utf8')).toContain('9,000');
    expect(stdout).toContain('Scalability over shards: X(N)');
  });

  it('writes into the folder that it makes', async () => {
    const out = pathOf('night');
    const given = { vary: ['shards=1,2'], out, json: join(out, 's.json'), html: join(out, 's.html'), repeat: '1' };
    expect((await sweep(given, fakeRuns().runs)).status).toBe(0);
    expect(readdirSync(out).sort()).toEqual(['results', 's.html', 's.json', 'sweep.jsonl']);
  });

  it('leaves stdout to the data with -', async () => {
    const json = await sweep({ vary: ['shards=1,2'], json: '-', quiet: true }, fakeRuns().runs);
    expect((JSON.parse(json.stdout) as SweepResult).points).toHaveLength(2);
    expect(json.stderr).toMatch(/^Sweep: shards 1, 2\n/);
    const csv = await sweep({ vary: ['shards=1,2'], csv: '-' }, fakeRuns().runs);
    expect(csv.stdout).toMatch(/^vary shards,/);
  });

  it('varies flags, and values with commas', async () => {
    const { runs, state } = fakeRuns();
    await sweep({ vary: ['pin-cpus=on,off', 'mix=deck;readRow=1,writeRow=2'], repeat: '1' }, runs);
    const told = state.started.map((words) => words.filter((word) => /pin|mix/.test(word)).join(' '));
    expect(told).toEqual([
      '--pin-cpus --mix=deck',
      '--pin-cpus --mix=readRow=1,writeRow=2',
      '--mix=deck',
      '--mix=readRow=1,writeRow=2',
    ]);
  });

  it('ends at Ctrl-C with what is finished, and goes on where it ended', async () => {
    const given = { vary: ['shards=1,2'], repeat: '2', out: pathOf('out'), json: pathOf('s.json') };
    const context = fakeContext();
    const first = fakeRuns((started) => {
      if (started.length < 3) return;
      context.signals.emit('SIGINT');
      throw new OperatingFault('WORKER_FAILED', 1, 'was ended by SIGKILL');
    });
    const interrupted = await sweep(given, first.runs, context);
    expect([interrupted.status, first.state.kills]).toEqual([130, 1]);
    expect(interrupted.stdout).toContain('2 runs, 2 planned of each; interrupted');
    expect(interrupted.stdout).toContain('2 of the 4 planned runs were made');
    expect(interrupted.stderr).toContain('The same command goes on where this one ended');
    expect(context.signals.listenerCount('SIGINT')).toBe(0);
    expect(readdirSync(pathOf('out/results'))).toEqual(['point1-run1.json', 'point2-run1.json']);

    const second = fakeRuns();
    const resumed = await sweep(given, second.runs);
    expect([resumed.status, second.state.started.length]).toEqual([0, 2]);
    expect(resumed.stderr).toContain('2 of 4 are there from an earlier start');
    expect(read<SweepResult>('s.json').points.map(({ runs }) => runs.map(({ repetition }) => repetition))).toEqual([
      [0, 1],
      [0, 1],
    ]);

    const third = fakeRuns();
    expect((await sweep(given, third.runs)).status).toBe(0);
    expect(third.state.started).toEqual([]);
    await expect(sweep({ ...given, repeat: '3' }, third.runs)).rejects.toThrow(
      'another plan: repeat was 2, and is 3 now',
    );
    await expect(sweep({ ...given, vary: ['shards=1,4'] }, third.runs)).rejects.toThrow(
      'another plan: vary was shards=1,2, and is shards=1,4 now',
    );
    expect(third.state.started).toEqual([]);
  });

  it('says so when not one run was finished, and ends at once at the second Ctrl-C', async () => {
    const context = fakeContext();
    const { runs, state } = fakeRuns(() => {
      context.signals.emit('SIGINT');
      context.timeMs += 1000;
      context.signals.emit('SIGINT');
      throw new OperatingFault('WORKER_FAILED', 1, 'was ended by SIGKILL');
    });
    await expect(sweep({ vary: ['shards=1,2'] }, runs, context)).rejects.toMatchObject({
      exitStatus: 130,
      message: expect.stringContaining('before the first run was finished'),
    });
    expect([state.kills, context.exits]).toEqual([2, [130]]);
  });

  it('reports the runs before one that failed, and ends with its fault', async () => {
    const { runs } = fakeRuns((started) => {
      if (started.length === 3) throw new OperatingFault('WORKER_FAILED', 3, 'a consistency condition failed');
    });
    const given = { vary: ['shards=1,2'], json: pathOf('s.json') };
    await expect(sweep(given, runs)).rejects.toMatchObject({ exitStatus: 3 });
    expect(read<SweepResult>('s.json')).toMatchObject({
      endedBy: 'fault',
      notes: expect.arrayContaining([expect.stringContaining('2 of the 6')]),
    });
  });
});

describe('dbtest sweep --find-max-rate', () => {
  it('finds the rate between which the threshold breaks, from a closed loop on', async () => {
    const given = { 'find-max-rate': 'p99<5ms', json: pathOf('m.json'), csv: pathOf('m.csv'), html: pathOf('m.html') };
    const { runs, state } = fakeRuns();
    const { status, stdout, stderr } = await sweep(given, runs);
    expect(status).toBe(0);
    expect(wordAfter(state.started[0] ?? [], 'rate')).toBeUndefined();
    expect(wordAfter(state.started[1] ?? [], 'rate')).toBe('2500');
    const { points, config } = read<MaxRateResult>('m.json');
    // 1000 / (1.001 - x) is 5000 at 0.801 of the capacity.
    const [point] = points;
    expect(point?.low).toBeLessThanOrEqual(4005);
    expect(point?.high).toBeGreaterThan(4005);
    expect((point?.high as number) / (point?.low as number)).toBeLessThan(1.051);
    expect(point?.isSettled).toBe(true);
    expect(config).toMatchObject({
      threshold: 'p99<5ms',
      metric: 'p99',
      limit: 5000,
      unit: 'us',
      leastAchievedPct: 98,
    });
    expect(stderr).toMatch(/2,500 tx\/s: p99 2\.00 ms, 2,500 tx\/s completed: holds\n/);
    expect(stdout).toMatch(/The highest rate lies between 3,\d+ tx\/s, which holds, and 4,\d+ tx\/s, which does not/);
    expect(readFileSync(pathOf('m.csv'), 'utf8').split('\r\n')[1]).toMatch(/^1,,5000,p99,/);
    expect(readFileSync(pathOf('m.html'), 'utf8')).toContain('max-rate-1');
  });

  it('fails a rate that is not reached, whatever its latency', async () => {
    const { stderr } = await sweep({ 'find-max-rate': 'p99<1000s', rate: '4000', repeat: '1' }, fakeRuns().runs);
    expect(stderr).toMatch(/8,000 tx\/s: p99 .*, 5,000 tx\/s completed: fails: it fell behind\n/);
    expect(stderr).not.toContain('closed loop');
  });

  it('searches at each combination, and goes on after an interruption', async () => {
    const given = {
      'find-max-rate': 'p99<5ms',
      vary: ['shards=1,2'],
      rate: '4000',
      out: pathOf('out'),
      json: pathOf('m.json'),
    };
    const whole = fakeRuns();
    await sweep({ ...given, out: pathOf('whole') }, whole.runs);
    const expected = read<MaxRateResult>('m.json');
    const context = fakeContext();
    const first = fakeRuns((started) => {
      if (started.length < 7) return;
      context.signals.emit('SIGINT');
      throw new OperatingFault('WORKER_FAILED', 1, 'was ended by SIGKILL');
    });
    expect((await sweep(given, first.runs, context)).status).toBe(130);
    const second = fakeRuns();
    expect((await sweep(given, second.runs)).status).toBe(0);
    expect(read<MaxRateResult>('m.json').points).toEqual(expected.points);
    expect(second.state.started).toHaveLength(whole.state.started.length - 6);
    await expect(sweep({ ...given, 'find-max-rate': 'p99<6ms' }, second.runs)).rejects.toThrow(
      'threshold was p99<5ms, and is p99<6ms now',
    );
  });
});

describe('a sweep is refused before anything runs', () => {
  const FAKE = ['sweep', '--workload', 'fake'];
  it.each([
    [[], "sweep: give --vary OPTION=VALUES, as often as you like, or --find-max-rate 'newOrder.p99<2ms'"],
    [['--vary', 'num-threads'], '--vary: "num-threads" is not accepted'],
    [
      ['--vary', 'num-thread=1,2'],
      '--vary: "num-thread" is no option of a run that can be varied; did you mean num-threads?',
    ],
    [['--vary', 'json=a,b'], '--vary: "json" is no option of a run that can be varied'],
    [['--vary', 'seed=1,2'], 'say with --seed where they begin'],
    [['--vary', 'shards=1,x'], '--vary: shards: "x" is not accepted; give whole numbers from 1 to 64'],
    [['--vary', 'shards=1', '--vary', 'shards=2'], 'shards is varied twice'],
    [['--vary', 'shards=1,2', '--local-shards=0'], '--local-shards: --vary shards makes the shards itself'],
    [['--vary', 'num-threads=1,2', '--num-threads=2'], '--num-threads: is varied by --vary, too'],
    [['--vary', 'num-threads=1,3', '--warehouses=2'], 'num-threads=3: --num-threads: 3 is more than'],
    [['--vary', 'transport=shm,udp'], 'transport=udp: --transport: "udp" is not accepted'],
    [['--vary', 'pin-cpus=on,maybe'], '--vary: pin-cpus: "maybe" is not accepted; give on or off'],
    [
      [
        '--vary',
        `runtime=${Array.from({ length: 101 }, (_, i) => i + 1)}`,
        '--vary',
        `warmup=${Array.from({ length: 101 }, (_, i) => i)}`,
      ],
      '10201 combinations',
    ],
    [['--vary', 'shards=1,2', '--repeat', '0'], '--repeat: "0" is not accepted'],
    [['--vary', 'shards=1,2', '--export', 'x'], '--export: unknown option'],
    [['--vary', 'shards=1,2', '--precision', '5%'], '--precision belongs to --find-max-rate'],
    [['--find-max-rate', 'p99'], '--find-max-rate: "p99": give a metric'],
    [['--find-max-rate', 'throughput>5'], 'low rates would break that; give an upper limit'],
    [['--find-max-rate', 'newOrder.p99<1ms'], '--find-max-rate: "newOrder.p99<1ms": there is no transaction newOrder'],
    [['--find-max-rate', 'p99<1ms', '--pacing', 'keying'], 'sets the rate of each run; leave out --pacing'],
    [['--find-max-rate', 'p99<1ms', '--vary', 'rate=1,2'], 'sets the rate of each run'],
    [['--find-max-rate', 'p99<1ms', '--precision', '90%'], '--precision: "90%" is not accepted'],
    [['--vary', 'shards=1,2', '--json', '/no/folder/x'], 'cannot write /no/folder/x'],
    [['--vary', 'shards=1,2', '--json', 'x', '--csv', './x'], '--csv: "./x" is the file of the JSON result'],
    [['--vary', 'shards=1,2', '--json', '-', '--csv', '-'], '--csv: "-" is the file of the JSON result'],
  ])('%j', async (argv, expected) => {
    const { status, stdout, stderr } = await runCli([...FAKE, ...argv]);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^dbtest: [^\n]+\n$/);
    expect(stderr).toContain(expected);
    expect(existsSync('x')).toBe(false);
  });

  it('lists its options, and those of its runs', async () => {
    const { stdout } = await runCli([...FAKE, '--help']);
    for (const name of ['vary', 'repeat', 'find-max-rate', 'out', 'csv', 'num-threads', 'remote-row-pct', 'rate']) {
      expect(stdout).toMatch(new RegExp(`--${name} `));
    }
    expect(stdout).not.toContain('--export');
  });
});
