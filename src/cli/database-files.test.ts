/** The built program on SQLite. Needs `npm run build`. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { RunResult } from '../bench/result.ts';
import { BuiltProgram, type Ended } from './testing/built-program.ts';

const program = new BuiltProgram('sqlite');
const { folder } = program;
const dbtest = (...args: string[]): Promise<Ended> => program.start(...args).ended;

afterAll(() => program.close());

describe('dbtest on SQLite', () => {
  it('loads, measures with figures on the way, checks and reports', async () => {
    const args = ['--url', 'sqlite:tpcc.db?synchronous=off', '--num-threads', '2', '--warmup', '0', '--runtime', '5.5'];
    const { status, stdout, stderr } = await dbtest('--driver', 'sqlite', '--warehouses', '1', ...args, '--json', '-');
    expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
    expect(stderr).toMatch(/\nMeasuring: \d+%, \d+ s left; [\d.,]+ tx\/s, p50 [^\n]+% cross-shard\n/);
    const result = JSON.parse(stdout) as RunResult;
    expect(result.consistency).toMatchObject({ passed: true });
    expect(result.totals.commits).toBeGreaterThan(50);
    expect(result.deviations.join('\n')).toContain('commits are not durable (3.5): synchronous is off');
    expect(readdirSync(folder).filter((name) => name.startsWith('tpcc'))).toEqual(['tpcc.db']);
  }, 120_000);
});

describe('dbtest on SQLite without room for more', () => {
  it('ends a load with one line', async () => {
    const { status, stdout, stderr } = await dbtest(
      'load',
      '--driver',
      'sqlite',
      '--url',
      'sqlite:little.db?max_page_count=500',
    );
    expect({ status, stdout }).toEqual({ status: 5, stdout: '' });
    expect(stderr).toMatch(
      /^Loading 1 warehouse \(seed 1\)\ndbtest: little\.db: insert into \w+: database or disk is full\n$/,
    );
  }, 30_000);

  it('ends a run with one line and a report', async () => {
    const pages = Math.ceil(statSync(join(folder, 'tpcc.db')).size / 4096);
    const url = `sqlite:tpcc.db?synchronous=off&max_page_count=${pages + 20}`;
    const args = ['--warmup', '0', '--runtime', '60', '--json', '-'];
    const { status, stdout, stderr } = await dbtest('--driver', 'sqlite', '--url', url, ...args);
    expect(status).toBe(5);
    const result = JSON.parse(stdout) as RunResult;
    expect(result).toMatchObject({ endedBy: 'database-error', consistency: { passed: true } });
    expect(result.totals.commits).toBeGreaterThan(0);
    expect(stderr).toMatch(/\nThe run ends: tpcc\.db: [^\n]+: database or disk is full\n/);
  }, 60_000);
});
