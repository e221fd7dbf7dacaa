/** The built program and servers whose disk is full. Needs `npm run build`. */
import { afterAll, expect, it } from 'vitest';
import type { RunResult } from '../bench/result.ts';
import type { Connection } from '../drivers/contract.ts';
import postgres from '../drivers/postgres/driver.ts';
import { describeWithServer, findMariadb, findPostgres } from '../drivers/testing/installation.ts';
import { startMariadb } from '../drivers/testing/mariadb-server.ts';
import { startPostgres } from '../drivers/testing/postgres-server.ts';
import type { DatabaseServer } from '../drivers/testing/server.ts';
import { withSmallDisks } from '../drivers/testing/small-disk.ts';
import { BuiltProgram } from './testing/built-program.ts';
import { measuring } from './testing/orders.ts';

const MINUTES = 60_000;
/** Room for a server and a loaded warehouse, and not for two. */
const DISK_BYTES = 256 * 2 ** 20;

const program = new BuiltProgram('disks');
const { start } = program;

afterAll(() => program.close());

const OPTIONS = {
  isolation: 'read committed',
  schema: null,
  prepareStatements: true,
  connectTimeoutMs: 10_000,
  applicationName: 'a test',
} as const;

describeWithServer(withSmallDisks(findPostgres()), 'dbtest and PostgreSQL on a disk that is full', () => {
  let server: DatabaseServer | undefined;
  let looker: Connection | undefined;

  afterAll(async () => {
    await looker?.close();
    await server?.close();
  });

  it(
    'ends a run with one line and a report, and a load with one line',
    async () => {
      server = await startPostgres(findPostgres(), { databases: ['other'], diskBytes: DISK_BYTES });
      looker = await postgres.connect(server.url(), OPTIONS);
      // The first connection to a database writes files of its own.
      await (await postgres.connect(server.url('other'), OPTIONS)).close();
      const args = ['--warmup', '0', '--runtime', '600', '--json', '-'];
      const run = start('--driver', 'postgres', '--url', server.url(), '--num-threads', '1', ...args);
      await measuring(run, looker);
      server.fillDisk();
      const { status, stdout, stderr } = await run.ended;
      expect(status).toBe(5);
      const result = JSON.parse(stdout) as RunResult;
      expect(result.endedBy).toBe('database-error');
      expect(result.totals.commits).toBeGreaterThan(0);
      expect(stderr).toMatch(
        /\nThe run ends: postgres:\/\/dbtest@[^ ]+: [^\n]+: could not [^\n]+: No space left on device[^\n]*\n/,
      );

      const load = await start('load', '--driver', 'postgres', '--url', server.url('other')).ended;
      expect({ status: load.status, stdout: load.stdout }).toEqual({ status: 5, stdout: '' });
      expect(load.stderr).toMatch(
        /\ndbtest: postgres:\/\/dbtest@[^ ]+: [^\n]+: could not [^\n]+: No space left on device[^\n]*\n$/,
      );
    },
    2 * MINUTES,
  );
});

describeWithServer(findMariadb(), 'dbtest and MariaDB without room for more', () => {
  it(
    'ends a load with one line',
    async () => {
      const settings = { 'innodb-file-per-table': 0, 'innodb-data-file-path': 'ibdata1:12M:autoextend:max:40M' };
      const server = await startMariadb(findMariadb(), { settings });
      try {
        const { status, stdout, stderr } = await start('load', '--driver', 'mysql', '--url', server.url()).ended;
        expect({ status, stdout }).toEqual({ status: 5, stdout: '' });
        expect(stderr).toMatch(/\ndbtest: mysql:\/\/dbtest@[^ ]+: insert into (\w+): The table '\1' is full\n$/);
      } finally {
        await server.close();
      }
    },
    2 * MINUTES,
  );
});
