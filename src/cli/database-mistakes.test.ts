/** The built program on SQLite, and what it says of mistakes with databases. Needs `npm run build`. */
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunResult } from '../bench/result.ts';
import { BuiltProgram, type Ended } from './testing/built-program.ts';

const program = new BuiltProgram('mistakes');
const { folder } = program;
const dbtest = (...args: string[]): Promise<Ended> => program.start(...args).ended;

beforeAll(() => {
  writeFileSync(join(folder, 'text'), 'a text of some length, which is no database\n'.repeat(100));
  mkdirSync(join(folder, 'folder'));
});

afterAll(() => program.close());

describe('dbtest on SQLite', () => {
  it('loads, measures with figures on the way, checks and reports', async () => {
    const args = ['--url', 'sqlite:tpcc.db?synchronous=off', '--num-threads', '2', '--warmup', '0', '--runtime', '6'];
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

describe('dbtest and a mistake with a database', () => {
  it.each([
    [['--driver', 'sqlite', '--url', 'tpcc.db'], 2, 'that is no URL; give one that begins with sqlite:, such as'],
    [['--driver', 'sqlite', '--url', 'sqlite::memory:'], 2, 'it names no file'],
    [['--driver', 'sqlite', '--url', 'sqlite:a%.db'], 2, 'write %25 for the sign itself'],
    [['--driver', 'sqlite', '--url', 'sqlite:a.db?mode=ro'], 2, '?mode=… is none of synchronous'],
    [['--driver', 'sqlite', '--url', 'sqlite:a.db', '--schema', 'x'], 2, 'sqlite has no schemas'],
    [
      ['--driver', 'sqlite', '--url', 'sqlite:a.db', '--base-port', '9000'],
      2,
      '--base-port is for the embedded engine',
    ],
    [
      ['check', '--driver', 'sqlite', '--url', 'sqlite:a.db'],
      2,
      'sqlite:a.db: nothing is loaded; dbtest load loads it',
    ],
    [
      ['--driver', 'sqlite', '--url', 'sqlite:nowhere/a.db'],
      5,
      'cannot open nowhere/a.db: unable to open database file',
    ],
    [['--driver', 'sqlite', '--url', 'sqlite:folder'], 5, 'cannot open folder: unable to open database file'],
    [['--driver', 'sqlite', '--url', 'sqlite:text'], 5, 'cannot open text: file is not a database'],
    [['--driver', 'mysql', '--url', 'mysql://me:s3cret@127.0.0.1:1/tpcc'], 5, 'connection refused'],
    [['--driver', 'mysql', '--url', 'mysql://me:s3cret@127.0.0.1:1/'], 5, 'it names no database; add one'],
    [['--driver', 'mysql', '--url', 'mysql://me:s3cret%@127.0.0.1:1/x'], 2, 'write %25 for the sign itself'],
    [['--driver', 'mysql', '--url', 'mysql://127.0.0.1:1/x?debug=true'], 2, '?debug=… is none of ssl, socketPath'],
  ])(
    'says on one line what is wrong with %j',
    async (args, exitStatus, words) => {
      const before = readdirSync(folder);
      const { status, stdout, stderr } = await dbtest(...args);
      expect({ status, stdout }).toEqual({ status: exitStatus, stdout: '' });
      expect(stderr).toContain(words);
      expect(stderr).toMatch(/^dbtest: [^\n]+\n$/);
      expect(stderr).not.toContain('s3cret');
      expect(readdirSync(folder)).toEqual(before);
    },
    30_000,
  );
});
