/** The built program, started as a user starts it: runs, interruptions, limits, outputs. Needs `npm run build`. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunResult } from '../bench/result.ts';

const DBTEST = fileURLToPath(new URL('../../bin/dbtest.js', import.meta.url));
const SHORT = ['--num-threads', '1', '--warmup', '0.2', '--runtime', '0.8'];

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

let folder = '';
const children: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dbtest-program-'));
});

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

function start(args: readonly string[]): Running {
  const child = spawn(process.execPath, [DBTEST, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
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

const run = (...args: string[]): Promise<Ended> => start(args).ended;

/** Resolves once the program has logged a line that matches. */
async function logged(program: Running, pattern: RegExp): Promise<void> {
  while (!pattern.test(program.stderrSoFar())) {
    if (program.child.exitCode !== null) expect.fail(`ended before ${pattern}: ${program.stderrSoFar()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const resultOf = (text: string): RunResult => JSON.parse(text) as RunResult;

function expectWhole(result: RunResult): void {
  expect(result.consistency.conditions.filter((condition) => !condition.passed)).toEqual([]);
  expect(result.consistency.passed).toBe(true);
  const ids = result.consistency.conditions.map((condition) => condition.id);
  for (let i = 1; i <= 12; i++) expect(ids).toContain(`3.3.2.${i}`);
  expect(result.audit.filter((row) => row.verdict === 'fail')).toEqual([]);
}

describe('a run', () => {
  it('measures, audits, checks and reports two warehouses, as text and as pure JSON', async () => {
    const ended = await run(...SHORT, '--warehouses', '2', '--json', '-');
    expect(ended.status).toBe(0);
    const result = resultOf(ended.stdout);
    expectWhole(result);
    expect(result.endedBy).toBe('runtime');
    expect(result.totals.commits).toBeGreaterThan(1000);
    const [shard] = result.shards;
    const transactions = Object.values(shard.transactions);
    expect(Object.keys(shard.transactions)).toEqual(['newOrder', 'payment', 'orderStatus', 'delivery', 'stockLevel']);
    for (const transaction of transactions) expect(transaction.commits).toBeGreaterThan(0);
    expect(transactions.reduce((sum, { commits }) => sum + commits, 0)).toBe(result.totals.commits);
    expect(shard.transactions['delivery'].deferred?.completed).toBe(shard.transactions['delivery'].commits);
    expect(shard.counters['frameDropsTotal']).toBe(0);
    const remoteLines = result.audit.find((row) => row.name.startsWith('remote order lines'));
    expect(remoteLines?.measured).toBeGreaterThan(0);
    for (const line of ['agg_throughput:', 'agg_persist_throughput:', 'agg_abort_rate:']) {
      expect(ended.stderr).toMatch(new RegExp(`^${line} [0-9.]+ `, 'm'));
    }
  });

  it('has the same input for the same seed: what terminals drew does not depend on the clock', async () => {
    const sample = async (seed: string) => {
      const folderName = join(folder, `export-${seed}-${Math.random()}`);
      const args = ['--num-threads', '1', '--warmup', '0', '--runtime', '0.3', '--rate', '50', '--quiet'];
      expect((await run(...args, '--seed', seed, '--export', folderName)).status).toBe(0);
      const lines = readFileSync(join(folderName, 'ORDER-LINE.csv'), 'utf8').split('\r\n');
      const added = lines.filter((line) => Number(line.split(',')[0]) > 3000).slice(0, 60);
      return { loaded: lines.slice(0, 200), added: added.map((line) => line.split(',').filter((_, i) => i !== 6)) };
    };
    const [first, second, other] = [await sample('7'), await sample('7'), await sample('8')];
    const both = Math.min(first.added.length, second.added.length);
    expect(both).toBeGreaterThan(10);
    expect(second.loaded).toEqual(first.loaded);
    expect(second.added.slice(0, both)).toEqual(first.added.slice(0, both));
    expect(other.loaded).not.toEqual(first.loaded);
  });

  it('holds a rate and times from the intended start', async () => {
    const ended = await run('--warmup', '0.2', '--runtime', '2', '--rate', '400', '--json', '-', '--quiet');
    expect(ended.status).toBe(0);
    const result = resultOf(ended.stdout);
    expectWhole(result);
    expect(result.totals.throughputTps).toBeGreaterThan(360);
    expect(result.totals.throughputTps).toBeLessThan(420);
  });

  it('paces with keying and think times and states the efficiency', async () => {
    const ended = await run('--warmup', '0', '--runtime', '3', '--pacing', 'keying', '--json', '-', '--quiet');
    expect(ended.status).toBe(0);
    const result = resultOf(ended.stdout);
    expectWhole(result);
    expect(result.totals.commits).toBeLessThan(30);
    expect(result.totals.efficiencyPct).not.toBeNull();
  });
});

describe('a run that ends early', () => {
  it('reports after Ctrl-C in the measurement, with exit code 130', async () => {
    const program = start(['--num-threads', '1', '--warmup', '0', '--runtime', '600', '--json', 'result.json']);
    await logged(program, /^Measuring: .*; [1-9][0-9,.]* tx\/s/m);
    program.child.kill('SIGINT');
    const ended = await program.ended;
    expect(ended.status).toBe(130);
    expect(ended.stdout).toContain('agg_throughput:');
    const result = resultOf(readFileSync(join(folder, 'result.json'), 'utf8'));
    expect(result.endedBy).toBe('interrupt');
    expectWhole(result);
  });

  it('says that there is nothing to report after Ctrl-C during the load', async () => {
    const program = start(['--num-threads', '1', '--warehouses', '20', '--json', 'result.json']);
    await logged(program, /Loading 20 warehouses/);
    program.child.kill('SIGTERM');
    const ended = await program.ended;
    expect(ended.status).toBe(130);
    expect(ended.stdout).toBe('');
    expect(ended.stderr).toContain('interrupted during the load');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('reports when the memory limit is reached, and stays within it', async () => {
    const ended = await run('--warmup', '0', '--runtime', '600', '--memory-limit', '130MB', '--json', '-');
    expect(ended.status).toBe(0);
    const result = resultOf(ended.stdout);
    expect(result.endedBy).toBe('memory-limit');
    expectWhole(result);
    expect(result.totals.memory.engineBytes).toBeLessThanOrEqual(130_000_000);
    expect(result.deviations.join('\n')).toContain('memory limit');
  });

  it('refuses in one line a load that does not fit', async () => {
    const ended = await run('--warehouses', '4', '--memory-limit', '100MB', '--quiet');
    expect(ended.status).toBe(2);
    expect(ended.stdout).toBe('');
    expect(ended.stderr.trim().split('\n')).toHaveLength(1);
    expect(ended.stderr).toContain('--memory-limit');
  });
});

describe('outputs', () => {
  it('exports every table with its specification columns, and leaves nothing beside it', async () => {
    const ended = await run(...SHORT, '--rate', '200', '--export', 'csv', '--quiet');
    expect(ended.status).toBe(0);
    expect(readdirSync(folder)).toEqual(['csv']);
    expect(readdirSync(join(folder, 'csv')).sort()).toEqual([
      'CUSTOMER.csv',
      'DISTRICT.csv',
      'HISTORY.csv',
      'ITEM.csv',
      'NEW-ORDER.csv',
      'ORDER-LINE.csv',
      'ORDER.csv',
      'STOCK.csv',
      'WAREHOUSE.csv',
    ]);
    const lines = (table: string) => readFileSync(join(folder, 'csv', `${table}.csv`), 'utf8').split('\r\n').length - 2;
    expect([lines('WAREHOUSE'), lines('DISTRICT'), lines('CUSTOMER'), lines('STOCK')]).toEqual([
      1, 10, 30_000, 100_000,
    ]);
  });

  it('refuses outputs that cannot be written before anything runs', async () => {
    for (const args of [
      ['--json', join('missing', 'result.json')],
      ['--export', join('missing', 'csv')],
    ]) {
      const ended = await run(...SHORT, ...args);
      expect(ended.status).toBe(2);
      expect(ended.stdout).toBe('');
      expect(ended.stderr.trim().split('\n')).toHaveLength(1);
      expect(ended.stderr).not.toContain('Loading');
    }
  });

  it.runIf(existsSync('/dev/full'))('still reports when the disk is full for the JSON', async () => {
    const ended = await run(...SHORT, '--json', '/dev/full', '--quiet');
    expect(ended.status).toBe(2);
    expect(ended.stdout).toContain('agg_throughput:');
    expect(ended.stderr.trim().split('\n')).toHaveLength(1);
    expect(ended.stderr).toContain('/dev/full');
  });
});
