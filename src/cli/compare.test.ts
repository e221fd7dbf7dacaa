import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunResult } from '../bench/result.ts';
import type { ComparisonResult } from '../compare/comparison.ts';
import { runLike } from '../compare/testing/sample-runs.ts';
import { OperatingFault } from '../errors.ts';
import { sampleResult } from '../report/testing/sample-result.ts';
import type { ChildRuns } from './child-run.ts';
import { compareCommand } from './compare.ts';
import { type FakeContext, fakeContext, runCli } from './testing/fake-context.ts';

const SAMPLE = sampleResult();
const FAKE = '--workload fake';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dbtest-compare-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

interface Started {
  words: readonly string[];
  name: string;
}

/** Runs that take no time: over TCP they do 900, others 1000 transactions a second, with a little noise. */
function fakeRuns(onRun: (started: Started[]) => void = () => undefined) {
  const started: Started[] = [];
  const state = { started, kills: 0 };
  const runs: ChildRuns = {
    run: async (words, name) => {
      started.push({ words, name });
      onRun(started);
      const seed = Number(words[words.indexOf('--seed') + 1]);
      const speed = words.includes('tcp') ? 900 : 1000;
      return runLike(SAMPLE, speed * (1 + ((started.length * 7) % 5) / 1000), seed);
    },
    kill: () => {
      state.kills++;
    },
  };
  return { runs, state };
}

async function compare(given: Record<string, unknown>, runs: ChildRuns, context: FakeContext = fakeContext()) {
  const status = await compareCommand(() => runs).execute({ both: FAKE, ...given }, context);
  return { status, stdout: context.stdout.text, stderr: context.stderr.text };
}

describe('dbtest compare with runs', () => {
  it('alternates, reports each pair on stderr and the verdict on stdout, and writes JSON', async () => {
    const { runs, state } = fakeRuns();
    const path = join(folder, 'c.json');
    const { status, stdout, stderr } = await compare(
      { a: '', b: '--transport tcp', pairs: '6', seed: '40', json: path },
      runs,
    );
    expect(status).toBe(0);
    expect(state.started.map(({ name }) => name).slice(0, 4)).toEqual([
      'run 1 of A',
      'run 1 of B',
      'run 2 of B',
      'run 2 of A',
    ]);
    expect(state.started[1]?.words).toEqual([
      ...['--workload', 'fake', '--transport', 'tcp', '--seed', '40', '--base-port'],
      expect.stringMatching(/^\d{5}$/),
    ]);
    expect(state.started[2]?.words.slice(-4, -2)).toEqual(['--seed', '41']);
    expect(stderr).toMatch(
      /^A: --workload fake\nB: --workload fake --transport tcp\nPairs of runs: 6\npair 1: A 1,002 tx\/s, B /,
    );
    expect(stderr).toMatch(/pair 6: .*; B\/A 0\.9\d\d \(0\.\d{3} to 0\.\d{3}\) so far\n$/);
    expect(stdout).toContain('B is slower than A: 0.9');
    const data = JSON.parse(readFileSync(path, 'utf8')) as ComparisonResult;
    expect([data.kind, data.endedBy, data.comparisons[0]?.verdict.kind]).toEqual(['comparison', 'pairs', 'slower']);
  });

  it('stops by itself when the interval is narrow enough', async () => {
    const { runs, state } = fakeRuns();
    const { stdout } = await compare({ a: '', b: '' }, runs);
    expect(state.started).toHaveLength(16);
    expect(stdout).toContain('no difference found');
  });

  it('compares one shard with several, both ways', async () => {
    const { runs, state } = fakeRuns();
    const { stdout } = await compare(
      { 'single-vs-multi': true, shards: '3', pairs: '2', both: `${FAKE} --num-threads 2 --warehouses=4` },
      runs,
    );
    const words = (i: number) => state.started[i]?.words.slice(0, -4).join(' ');
    expect(words(0)).toBe('--num-threads 6 --warehouses 12 --workload fake');
    expect(words(1)).toBe('--local-shards 0,1,2 --num-threads 2 --warehouses 4 --workload fake');
    expect(words(2)).toBe('--num-threads 2 --warehouses 4 --workload fake');
    expect(state.started.map(({ name }) => name.slice(-1)).join('')).toBe('ABCCBA');
    expect(stdout).toContain('the same 12 warehouses and 6 threads, in 3 shards and in one');
    expect(stdout).toContain('B beside C: 3 shards, and one shard of that size');
  });

  it('writes what dbtest report shows again, on the console and as a page', async () => {
    const [data, page] = [join(folder, 'c.json'), join(folder, 'c.html')];
    const given = { a: '', b: '--transport tcp', pairs: '6', json: data, html: page };
    const { stdout } = await compare(given, fakeRuns().runs);
    expect(readFileSync(page, 'utf8')).toContain('B is slower than A: 0.9');
    const again = await runCli(['report', data, '--html', join(folder, 'again.html')]);
    expect([again.status, again.stdout]).toEqual([0, stdout]);
    expect(readFileSync(join(folder, 'again.html'), 'utf8')).toBe(readFileSync(page, 'utf8'));
    const beside = await runCli(['report', data, '--html', data]);
    expect([beside.status, beside.stdout]).toEqual([2, '']);
    const held = await runCli(['report', data, '--threshold', 'throughput>1']);
    expect([held.status, held.stdout]).toEqual([2, '']);
    expect(held.stderr).toContain('this is a comparison; dbtest compare --fail-if is for those');
    const newer = { ...(JSON.parse(readFileSync(data, 'utf8')) as ComparisonResult), schemaVersion: 99 };
    writeFileSync(data, JSON.stringify(newer));
    const refused = await runCli(['report', data]);
    expect([refused.status, refused.stdout]).toEqual([2, '']);
    expect(refused.stderr).toMatch(/^dbtest: cannot read [^\n]*the comparison has schema version 99[^\n]*\n$/);
  });

  it('names everything that could not be written, after the report', async () => {
    const page = join(folder, 'c.html');
    const { runs } = fakeRuns((started) => {
      if (started.length === 1) mkdirSync(page);
    });
    const context = fakeContext();
    await expect(compare({ a: '', b: '', pairs: '1', html: page }, runs, context)).rejects.toThrow('c.html');
    expect(context.stdout.text).toContain('no verdict yet');
  });

  it('compares latency where both sides have a rate, and says so', async () => {
    const { stdout, stderr } = await compare(
      { a: '', b: '--transport tcp', both: `${FAKE} --rate 5`, pairs: '6' },
      fakeRuns().runs,
    );
    expect(stderr).toMatch(/^A and B run at a set rate of 5 transactions a second .* latency is compared/m);
    expect(stderr).toMatch(/pair 1: A \S+ .s, B \S+ .s; B\/A 1\.000 so far/);
    expect(stdout).toContain('1.000 times its latency p99');
  });

  it('takes the ports that the options of the runs say', async () => {
    const { runs, state } = fakeRuns();
    await compare({ a: '', b: '', both: `${FAKE} --base-port 12345`, pairs: '1' }, runs);
    expect(state.started[0]?.words).toEqual(['--workload', 'fake', '--base-port', '12345', '--seed', '1']);
  });

  it('exits with 4 where --fail-if holds, and says why', async () => {
    const given = { a: '', b: '--transport tcp', pairs: '6', quiet: true };
    const failed = await compare({ ...given, 'fail-if': 'slower:5%' }, fakeRuns().runs);
    expect(failed.status).toBe(4);
    expect(failed.stderr).toMatch(/^dbtest: --fail-if: B is \d+\.\d% slower than A, and 5% fails\n$/);
    expect((await compare({ ...given, 'fail-if': 'slower:20%,faster' }, fakeRuns().runs)).status).toBe(0);
  });

  it('leaves stdout to the JSON with --json -', async () => {
    const { stdout, stderr } = await compare({ a: '', b: '', pairs: '1', json: '-' }, fakeRuns().runs);
    expect((JSON.parse(stdout) as ComparisonResult).comparisons).toHaveLength(1);
    expect(stderr).toContain('Comparison: B beside A');
  });

  it('ends after the pair under way at Ctrl-C, and at once at the second', async () => {
    const context = fakeContext();
    const { runs, state } = fakeRuns((started) => {
      if (started.length === 3) context.signals.emit('SIGINT');
      context.timeMs += 1000;
    });
    const { status, stdout } = await compare({ a: '', b: '', pairs: '20' }, runs, context);
    expect([status, state.started.length, state.kills]).toEqual([130, 4, 0]);
    expect(stdout).toContain('no verdict yet');
    expect(context.signals.listenerCount('SIGINT')).toBe(0);
    const impatient = fakeContext();
    const second = fakeRuns((started) => {
      if (started.length <= 2) impatient.signals.emit('SIGINT');
      impatient.timeMs += 1000;
    });
    await compare({ a: '', b: '', pairs: '20' }, second.runs, impatient);
    expect([second.state.kills, impatient.exits]).toEqual([1, [130]]);
  });

  it('reports the pairs before a run that failed, and ends with its fault', async () => {
    const path = join(folder, 'c.json');
    const { runs } = fakeRuns((started) => {
      if (started.length === 6) throw new OperatingFault('WORKER_FAILED', 5, 'run 3 of B: port 31000 is taken');
    });
    await expect(compare({ a: '', b: '', json: path }, runs)).rejects.toThrow('run 3 of B: port 31000 is taken');
    const data = JSON.parse(readFileSync(path, 'utf8')) as ComparisonResult;
    expect([data.endedBy, data.comparisons[0]?.pairs]).toEqual(['fault', 2]);
    expect(data.variants.map((variant) => variant.runs.length)).toEqual([2, 2]);
  });

  it('passes the fault of the first pair on, and writes nothing', async () => {
    const path = join(folder, 'c.json');
    const runs: ChildRuns = {
      run: () => Promise.reject(new OperatingFault('WORKER_FAILED', 5, 'run 1 of A: port 31000 is taken')),
      kill: () => undefined,
    };
    await expect(compare({ a: '', b: '', json: path }, runs)).rejects.toThrow('port 31000 is taken');
    expect(existsSync(path)).toBe(false);
  });
});

describe('dbtest compare with stored results', () => {
  function store(name: string, throughputTps: number, change: (result: RunResult) => void = () => undefined): string {
    const result = runLike(SAMPLE, throughputTps);
    change(result);
    const path = join(folder, name);
    writeFileSync(path, JSON.stringify(result));
    return path;
  }

  it('compares two, each more with the first, and several of each side', async () => {
    const [a, b, c] = [store('a.json', 1000), store('b.json', 800), store('c.json', 1200)];
    expect((await runCli(['compare', a, b])).stdout).toMatch(/no verdict yet: B has, beside A, 0\.800 times/);
    const three = (await runCli(['compare', a, b, c])).stdout;
    expect(three).toContain('Comparison: B beside A, C beside A');
    expect(three).toMatch(/C has, beside A, 1\.200 times/);
    const many = (await runCli(['compare', ...Array.from({ length: 28 }, () => a), '--json', '-'])).stdout;
    const { variants } = JSON.parse(many) as ComparisonResult;
    expect(variants.slice(-3).map(({ label }) => label)).toEqual(['Z', 'AA', 'AB']);
    const sides = ['old', 'new'].map((side) => {
      mkdirSync(join(folder, side));
      for (let i = 0; i < 6; i++) store(`${side}/${i}.json`, (side === 'old' ? 1000 : 930) + i);
      return join(folder, side);
    });
    const folders = await runCli(['compare', ...sides, '--fail-if', 'slower:5%']);
    expect(folders.stdout).toContain('B is slower than A: 0.93');
    expect(folders.status).toBe(4);
    const several = await runCli(['compare', a, b, 'vs', c, a]);
    expect(several.stdout).toContain('B has, beside A,');
  });

  it('pairs results by the time they started', async () => {
    const at = (second: number) => (result: RunResult) => {
      result.startedAt = `2026-01-01T00:00:0${second}.000Z`;
    };
    const [a1, a2] = [store('a1.json', 1000, at(1)), store('a2.json', 2000, at(3))];
    const [b1, b2] = [store('b1.json', 1000, at(2)), store('b2.json', 2000, at(4))];
    const { stdout } = await runCli(['compare', a1, a2, 'vs', b2, b1, '--json', '-']);
    const { variants } = JSON.parse(stdout) as ComparisonResult;
    expect(variants[1]?.runs.map(({ figures }) => figures['throughput'])).toEqual([1000, 2000]);
  });

  it('refuses in one line what is no result, newer, or of another process', async () => {
    const good = store('good.json', 1);
    const newer = store('newer.json', 1, (result) => {
      result.schemaVersion = 99;
    });
    const part = join(folder, 'part.json');
    writeFileSync(part, JSON.stringify(sampleResult({}, { shards: 3, localShardIds: [1] })));
    mkdirSync(join(folder, 'empty'));
    for (const [argv, expected] of [
      [[good], 'give results of both sides'],
      [[good, 'vs'], 'there is no file on one side of vs'],
      [[good, join(folder, 'empty')], 'there is no .json file in the folder'],
      [[good, join(folder, 'missing.json')], 'no such file or folder'],
      [[good, newer], 'schema version 99'],
      [[good, part], 'tells of shards 1 of a run of several processes'],
      [[good, good, 'vs', good], 'A has 2 results and B has 1'],
      [[good, good, '--pairs', '3'], '--pairs: says how to run, and stored results were given'],
    ] as const) {
      const { status, stdout, stderr } = await runCli(['compare', ...argv]);
      expect([status, stdout]).toEqual([2, '']);
      expect(stderr).toMatch(/^dbtest: [^\n]+\n$/);
      expect(stderr).toContain(expected);
    }
  });
});

describe('options of the sides are refused before anything runs', () => {
  it.each([
    [['-a', '--num-thread 1', '-b', ''], '--a: --num-thread: unknown option; did you mean --num-threads?'],
    [['--a', '', '--b', '--runtime 0'], '--b: --runtime: "0" is not accepted'],
    [['--a', '"x', '--b', ''], '--a: a quote is not closed'],
    [['--a', '--json x', '--b', ''], '--a: --json belongs to the comparison'],
    [['--a', '--seed 3', '--b', ''], '--a: --seed belongs to the comparison'],
    [['--a', '--export x', '--b', ''], '--a: --export belongs to the comparison'],
    [['--a', '--runtime 1', '--b', '', '--both', '--workload fake --runtime 2'], '--a: --runtime: given twice'],
    [['--a', '--num-threads 3 --warehouses 2', '--b', ''], '--a: --num-threads: 3 is more than'],
    [['--a', '--shard-index 1', '--b', ''], 'has all its shards in one process'],
    [['--a', '--shard-config missing.yml', '--b', ''], '--a: '],
    [['--a', '--help', '--b', ''], '--a: give options of a run'],
    [['--a', 'init', '--b', ''], '--a: "init": unexpected argument'],
    [['--a', ''], '--a alone: give --a and --b'],
    [[], 'compare: give --a "OPTIONS" and --b "OPTIONS"'],
    [['--single-vs-multi', '--a', ''], '--single-vs-multi and --a both say what to compare'],
    [['--single-vs-multi', '--both', '--workload fake --local-shards=0'], 'leave out --local-shards and say --shards'],
    [
      ['--single-vs-multi', '--both', '--workload fake --shard-config two.yml'],
      'a shard YAML describes one cluster, and this runs clusters of one shard and of several; leave out --shard-config',
    ],
    [['--a', '--rate 5', '--b', ''], '--rate on one side alone compares a rate with what the other side can do'],
    [['--a', '--threshold p99<1ms', '--b', ''], '--a: --threshold is for one run by itself; leave it out'],
    [['--a', '', '--b', '', '--shards', '2'], '--shards belongs to --single-vs-multi'],
    [
      ['--a', '', '--b', '', '--runtime', '1'],
      '--runtime: is an option of the runs; give it in quotes, as in --both "--runtime',
    ],
    [['--a', '', '--b', '', '--par', '1'], '--par: unknown option'],
    [['--a', '', '--b', '', '--pairs', '0'], '--pairs: "0" is not accepted'],
    [['--a', '', '--b', '', '--pairs', '3', '--max-pairs', '9'], '--pairs and --max-pairs both say when to end'],
    [['--a', '', '--b', '', '--precision', '0%'], '--precision: "0%" is not accepted; give a percentage'],
    [['--a', '', '--b', '', '--precision', 'fine'], '--precision: "fine" is not accepted; give a percentage'],
    [['--a', '', '--b', '', '--fail-if', 'slow'], '--fail-if: "slow" is not accepted; give slower'],
    [['--a', '', '--b', '', '--html', '-'], '--html: standard output has the text report'],
    [['--a', '', '--b', '', '--json', '/no/folder/x.json'], 'cannot write /no/folder/x.json'],
  ])('%j', async (argv, expected) => {
    const withFake = argv.includes('--both') ? argv : [...argv, '--both', FAKE];
    const { status, stdout, stderr } = await runCli(['compare', ...(argv.length === 0 ? [] : withFake)]);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^dbtest: [^\n]+\n$/);
    expect(stderr).toContain(expected);
  });
});
