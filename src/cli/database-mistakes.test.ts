/** What commands on databases say of mistakes, in the tests' own process: the mistakes are found before any thread starts. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { processContext } from './context.ts';
import { fakeContext, runCli } from './testing/fake-context.ts';

let folder = '';
let before = '';

// Files are named as users name them.
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dbtest-mistakes-'));
  writeFileSync(join(folder, 'text'), 'a text of some length, which is no database\n'.repeat(100));
  mkdirSync(join(folder, 'folder'));
  before = process.cwd();
  process.chdir(folder);
});

afterAll(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true, force: true });
});

const SQLITE = ['--driver', 'sqlite', '--url'];
const MYSQL = ['--driver', 'mysql', '--url'];
const POSTGRES = ['--driver', 'postgres', '--url'];

describe('a mistake with a database', () => {
  it.each([
    [['--driver', 'postgres'], 2, 'say where the database is'],
    [['--driver', 'oracle'], 2, '--driver: "oracle" is not accepted; give one of'],
    [['--url', 'postgres://me:s3cret@db/x'], 2, '--url is for databases; give --driver'],
    [['load'], 2, 'give --data-dir, or --driver for a database'],
    [[...POSTGRES, 'mysql://me:s3cret@db/x'], 2, 'mysql: is not the protocol of postgres'],
    [[...POSTGRES, 'postgres://db/x', '--pin-cpus'], 2, '--pin-cpus is for the embedded engine'],
    [[...POSTGRES, 'postgres://db/x', '--statement-timeout', '0'], 2, '--statement-timeout: "0" is not accepted'],
    [[...SQLITE, 'tpcc.db'], 2, 'that is no URL; give one that begins with sqlite:, such as'],
    [[...SQLITE, 'sqlite::memory:'], 2, 'it names no file'],
    [[...SQLITE, 'sqlite:a%.db'], 2, 'write %25 for the sign itself'],
    [[...SQLITE, 'sqlite:a.db?mode=ro'], 2, '?mode=… is none of synchronous'],
    [[...SQLITE, 'sqlite:a.db', '--schema', 'x'], 2, 'sqlite has no schemas'],
    [[...SQLITE, 'sqlite:a.db', '--statement-timeout', '5'], 2, 'sqlite has no server that could fail to answer'],
    [[...SQLITE, 'sqlite:a.db', '--base-port', '9000'], 2, '--base-port is for the embedded engine'],
    [['check', ...SQLITE, 'sqlite:a.db'], 2, 'sqlite:a.db: nothing is loaded; dbtest load loads it'],
    [[...SQLITE, 'sqlite:nowhere/a.db'], 5, 'cannot open nowhere/a.db: unable to open database file'],
    [[...SQLITE, 'sqlite:folder'], 5, 'cannot open folder: unable to open database file'],
    [[...SQLITE, 'sqlite:text'], 5, 'cannot open text: file is not a database'],
    [[...MYSQL, 'mysql://me:s3cret@127.0.0.1:1/tpcc'], 5, 'connection refused'],
    [[...POSTGRES, 'postgres://me:s3cret@127.0.0.1:1/tpcc'], 5, 'connection refused'],
    [[...MYSQL, 'mysql://me:s3cret@127.0.0.1:1/'], 5, 'it names no database; add one'],
    [[...MYSQL, 'mysql://me:s3cret%@127.0.0.1:1/x'], 2, 'write %25 for the sign itself'],
    [[...MYSQL, 'mysql://127.0.0.1:1/x?debug=true'], 2, '?debug=… is none of ssl, socketPath'],
  ])('is named on one line: %j', async (args, exitStatus, words) => {
    const there = readdirSync(folder);
    const { loadDatabaseBench, workloadsFolder } = processContext();
    const context = { ...fakeContext(), loadDatabaseBench, workloadsFolder };
    const { status, stdout, stderr } = await runCli(args, context);
    expect({ status, stdout }).toEqual({ status: exitStatus, stdout: '' });
    expect(stderr).toContain(words);
    expect(stderr).toMatch(/^dbtest: [^\n]+\n$/);
    expect(stderr).not.toContain('s3cret');
    expect(readdirSync(folder)).toEqual(there);
  });
});
