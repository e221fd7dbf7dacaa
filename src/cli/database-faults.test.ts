/** What the built program says of servers that refuse it, or are killed or full. Needs `npm run build`. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Connection, ConnectOptions } from '../drivers/contract.ts';
import mysql from '../drivers/mysql/driver.ts';
import postgres from '../drivers/postgres/driver.ts';
import { describeWithServer, findMariadb, findPostgres, type Installation } from '../drivers/testing/installation.ts';
import { startMariadb } from '../drivers/testing/mariadb-server.ts';
import { startPostgres } from '../drivers/testing/postgres-server.ts';
import type { DatabaseServer } from '../drivers/testing/server.ts';
import { BuiltProgram } from './testing/built-program.ts';

const MINUTES = 60_000;

const LOOKER: ConnectOptions = {
  isolation: 'read committed',
  schema: null,
  prepareStatements: true,
  connectTimeoutMs: 10_000,
  applicationName: 'a test',
};
const program = new BuiltProgram('faults');
const { start } = program;

afterAll(() => program.close());

/** Room for the tables, and for a part of the rows. */
const LITTLE = { 'innodb-file-per-table': 0, 'innodb-data-file-path': 'ibdata1:12M:autoextend:max:40M' };

const KINDS = [
  {
    driver: postgres,
    installation: findPostgres(),
    start: startPostgres,
    // It has a disk for that.
    full: null,
    lock: 'BEGIN; LOCK TABLE item IN ACCESS EXCLUSIVE MODE',
    refuseWrites: 'ALTER DATABASE dbtest SET default_transaction_read_only = on',
  },
  {
    driver: mysql,
    installation: findMariadb(),
    start: (installation: Installation) => startMariadb(installation, { databases: ['little'], settings: LITTLE }),
    full: /: insert into (\w+): The table '\1' is full\n$/,
    lock: 'LOCK TABLES item WRITE',
    refuseWrites: 'SET GLOBAL read_only = 1',
  },
];

for (const { driver, installation, start: startServer, full, lock, refuseWrites } of KINDS) {
  describeWithServer(installation, `dbtest --driver ${driver.name} and its server`, () => {
    let server: DatabaseServer;
    let looker: Connection;

    beforeAll(async () => {
      server = await startServer(installation);
      looker = await driver.connect(server.url(), LOOKER);
    }, MINUTES);

    afterAll(async () => {
      await looker?.close();
      await server?.close();
    });

    const to = (url: string): string[] => ['--driver', driver.name, '--url', url];

    it('says on one line that it has another password, or no such database', async () => {
      const refused = [
        { url: server.url().replace(server.password, 's3cret'), says: /password|Access denied/ },
        { url: server.url('absent'), says: /absent/ },
      ];
      for (const { url, says } of refused) {
        const { status, stdout, stderr } = await start(...to(url)).ended;
        expect({ status, stdout }).toEqual({ status: 5, stdout: '' });
        expect(stderr).toMatch(/^dbtest: cannot connect to [^\n]+\n$/);
        expect(stderr).toMatch(says);
        expect(stderr).not.toMatch(/s3cret/);
      }
    });

    it(
      'ends a check with one line where it is killed',
      async () => {
        // As of a load that is complete; the check gets no further than its first look at a table that is locked.
        const load = start('load', ...to(server.url()), '--warehouses', '1');
        while (!(await looker.hasTable('order_line'))) await new Promise((resolve) => setTimeout(resolve, 10));
        load.child.kill('SIGKILL');
        await load.ended;
        await looker.run('complete', "INSERT INTO dbtest_load (name, value) VALUES ('complete', 'yes')");
        const locker = await driver.connect(server.url(), LOOKER);
        await locker.run('lock', lock);
        const check = start('check', ...to(server.url()));
        await check.logged(/Checking the consistency conditions/);
        await server.kill();
        const { status, stdout, stderr } = await check.ended;
        expect({ status, stdout }).toEqual({ status: 5, stdout: '' });
        expect(stderr).toMatch(/\ndbtest: \w+:\/\/dbtest@\S+: check: [^\n]+: [^\n]+\n$/);
        await Promise.all([locker.close(), looker.close()]);
        await server.start();
        looker = await driver.connect(server.url(), LOOKER);
      },
      MINUTES,
    );

    if (full !== null) {
      it('ends a load with one line where there is no room for more', async () => {
        const { status, stdout, stderr } = await start('load', ...to(server.url('little'))).ended;
        expect({ status, stdout }).toEqual({ status: 5, stdout: '' });
        expect(stderr).toMatch(/\ndbtest: \w+:\/\/dbtest@\S+: [^\n]+\n$/);
        expect(stderr).toMatch(full);
      });
    }

    it('is told on one line that it takes no writes, before anything begins', async () => {
      await looker.run('refuse writes', refuseWrites);
      for (const command of ['run', 'load', 'drop']) {
        const { status, stdout, stderr } = await start(command, ...to(server.url())).ended;
        expect({ status, stdout }).toEqual({ status: 5, stdout: '' });
        expect(stderr.split('\n').filter((line) => !line.startsWith('Connected to '))).toEqual([
          expect.stringMatching(/^dbtest: \w+:\/\/dbtest@\S+: the server is read-only; use one that takes writes$/),
          '',
        ]);
      }
    });
  });
}
