/** Durable runs of the built program, started as a user starts it: load, run, recover, and what is refused. Needs `npm run build`. */
import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RunResult } from '../bench/result.ts';

const DBTEST = fileURLToPath(new URL('../../bin/dbtest.js', import.meta.url));
/** The smallest workload with conditions; what is there fits into a second. */
const SHARD = ['--workload', 'bank', '--num-threads', '1', '--warehouses', '1'];
const SHORT = ['--warmup', '0.1', '--runtime', '0.6'];

interface Ended {
  status: number | null;
  stdout: string;
  stderr: string;
}

interface Running {
  child: ChildProcess;
  ended: Promise<Ended>;
  stderrSoFar(): string;
}

/** With a loaded folder, and one that was run on and killed; each test has copies. */
let sources = '';
let place = '';
let data = '';
const children: ChildProcess[] = [];

function start(...args: string[]): Running {
  const child = spawn(process.execPath, [DBTEST, ...args], { cwd: sources, stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (status) => resolve({ status, stdout, stderr }));
  });
  return { child, ended, stderrSoFar: () => stderr };
}

const run = (...args: string[]): Promise<Ended> => start(...args).ended;

async function logged(program: Running, pattern: RegExp): Promise<void> {
  while (!pattern.test(program.stderrSoFar())) {
    if (program.child.exitCode !== null) expect.fail(`ended before ${pattern}: ${program.stderrSoFar()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** One line says it, with status 2, and nothing else is said or reported. */
function expectRefusal({ status, stdout, stderr }: Ended, message: RegExp): void {
  expect(stderr).toMatch(message);
  expect(stderr).not.toMatch(/^\s+at /m);
  expect([status, stdout]).toEqual([2, '']);
}

/** The last log file that holds more than its header. */
function logOf(folder: string): string {
  const shard = join(folder, 'shard-0');
  const logs = readdirSync(shard).filter((name) => name.endsWith('.dblog'));
  const path = logs.map((name) => join(shard, name)).findLast((each) => readFileSync(each).length > 4096);
  if (path === undefined) throw new Error(`no log holds anything: ${readdirSync(shard).join(', ')}`);
  return path;
}

beforeAll(async () => {
  sources = mkdtempSync(join(tmpdir(), 'dbtest-durable-'));
  const loaded = await run('load', ...SHARD, '--data-dir', 'loaded');
  if (loaded.status !== 0) throw new Error(loaded.stderr);
  cpSync(join(sources, 'loaded'), join(sources, 'killed'), { recursive: true });
  const killed = start('run', ...SHARD, '--warmup', '0.1', '--runtime', '60', '--data-dir', 'killed');
  const log = () =>
    readdirSync(join(sources, 'killed', 'shard-0')).some((name) => {
      return name.endsWith('.dblog') && readFileSync(join(sources, 'killed', 'shard-0', name)).length > 1_500_000;
    });
  while (!log()) {
    if (killed.child.exitCode !== null) throw new Error(killed.stderrSoFar());
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  killed.child.kill('SIGKILL');
  await killed.ended;
});

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'dbtest-durable-'));
  data = join(place, 'data');
});

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(place, { recursive: true, force: true });
});

afterAll(() => rmSync(sources, { recursive: true, force: true }));

const copy = (source: 'loaded' | 'killed') => cpSync(join(sources, source), data, { recursive: true });

describe('a folder of data', () => {
  it('that was loaded is run on, again and again, and is whole', async () => {
    copy('loaded');
    for (let runs = 0; runs < 2; runs++) {
      const ended = await run('run', ...SHARD, ...SHORT, '--data-dir', data, '--json', '-');
      expect(ended.status, ended.stderr).toBe(0);
      const { durability, consistency } = JSON.parse(ended.stdout) as RunResult;
      expect(consistency.passed).toBe(true);
      expect(durability?.records).toBeGreaterThan(0);
      expect(durability?.recovery?.recordsDiscarded).toBe(0);
      if (runs > 0) expect(durability?.recovery?.recordsApplied).toBeGreaterThan(0);
    }
    const recovered = await run('recover', ...SHARD, '--data-dir', data, '--check');
    expect(recovered.status, recovered.stderr).toBe(0);
  });

  it('is not loaded over', async () => {
    copy('loaded');
    const before = readdirSync(join(data, 'shard-0'));
    expectRefusal(await run('load', ...SHARD, '--data-dir', data), /holds data already; dbtest run uses it/);
    expect(readdirSync(join(data, 'shard-0'))).toEqual(before);
  });

  it('of another size is refused', async () => {
    copy('loaded');
    const other = SHARD.with(-1, '2');
    expectRefusal(await run('run', ...other, ...SHORT, '--data-dir', data), /written by another configuration/);
    expectRefusal(await run('recover', ...other, '--data-dir', data), /written by another configuration/);
  });

  it('that is missing cannot be recovered', async () => {
    expectRefusal(await run('recover', ...SHARD, '--data-dir', data), new RegExp(data));
  });

  it('belongs to one process', async () => {
    copy('loaded');
    const first = start('run', ...SHARD, '--warmup', '0.1', '--runtime', '60', '--data-dir', data, '--rate', '500');
    await logged(first, /Recovered|recovered/);
    const message = new RegExp(`shard-0: process ${first.child.pid} runs on it; end that one`);
    expectRefusal(await run('run', ...SHARD, ...SHORT, '--data-dir', data), message);
    expectRefusal(await run('recover', ...SHARD, '--data-dir', data), message);
    first.child.kill('SIGKILL');
    await first.ended;
    const recovered = await run('recover', ...SHARD, '--data-dir', data, '--check');
    expect(recovered.status, recovered.stderr).toBe(0);
  });
});

describe('after a crash', () => {
  it('everything is recovered and whole, and a run goes on with it', async () => {
    copy('killed');
    const recovered = await run('recover', ...SHARD, '--data-dir', data, '--check');
    expect(recovered.status, recovered.stderr).toBe(0);
    const ended = await run('run', ...SHARD, ...SHORT, '--data-dir', data, '--json', '-');
    expect(ended.status, ended.stderr).toBe(0);
    expect((JSON.parse(ended.stdout) as RunResult).durability?.recovery?.recordsApplied).toBeGreaterThan(0);
  });

  it('an interruption during the recovery ends the run, or its measurement if that has begun', async () => {
    copy('killed');
    const interrupted = start('run', ...SHARD, '--warmup', '0', '--runtime', '600', '--data-dir', data);
    await logged(interrupted, /Recovering up to/);
    interrupted.child.kill('SIGINT');
    const { status, stdout, stderr } = await interrupted.ended;
    expect(status).toBe(130);
    expect(stdout + stderr).toMatch(/interrupted during the recovery|early, interrupted|before the measurement/);
  });

  it('a torn tail is cut, and told', async () => {
    copy('killed');
    const path = logOf(data);
    const { length } = readFileSync(path);
    truncateSync(path, length - 13);
    const recovered = await run('recover', ...SHARD, '--data-dir', data, '--check');
    expect(recovered.status, recovered.stderr).toBe(0);
    expect(recovered.stderr + recovered.stdout).toMatch(/torn|tore/i);
  });

  it('a byte that flipped in the middle of a log stops it with the file and the place', async () => {
    copy('killed');
    const path = logOf(data);
    const bytes = readFileSync(path);
    const middle = bytes.length >> 3;
    bytes[middle] ^= 0x10;
    writeFileSync(path, bytes);
    const refused = await run('recover', ...SHARD, '--data-dir', data);
    expectRefusal(refused, new RegExp(`${path}.*byte \\d+: the block is damaged`));
    const at = Number(/byte (\d+)/.exec(refused.stderr)?.[1]);
    expect(at).toBeLessThanOrEqual(middle);
    expect(readFileSync(path).equals(bytes)).toBe(true);
  });
});

describe('what makes no sense', () => {
  it.each([
    ['durability without a folder', ['--durability', 'epoch'], /--durability epoch: needs a folder.*--data-dir/],
    ['a folder without durability', ['--data-dir', 'x', '--durability', 'none'], /--data-dir: nothing is made durable/],
    ['epochs of a length in sync', ['--data-dir', 'x', '--durability', 'sync', '--epoch-ms', '5'], /--epoch-ms/],
    [
      'a workload that keeps things in memory',
      ['--workload', 'append', '--data-dir', 'x'],
      /--data-dir: the workload append/,
    ],
    ['a folder below a file', ['--data-dir', `${DBTEST}/data`], /dbtest\.js\/data/],
  ])('is refused: %s', async (_, args, message) => {
    expectRefusal(await run('run', ...SHORT, ...args), message);
    expect(readdirSync(sources).sort()).toEqual(['killed', 'loaded']);
  });

  it('is refused: a load or a recovery without a folder', async () => {
    for (const command of ['load', 'recover']) expectRefusal(await run(command, ...SHARD), /give --data-dir/);
  });
});
