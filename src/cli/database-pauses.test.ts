/** What becomes of the built program when a server stops answering, takes no writes, or has a full disk. Needs `npm run build`. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RunResult } from '../bench/result.ts';
import type { Connection, ConnectOptions } from '../drivers/contract.ts';
import postgres from '../drivers/postgres/driver.ts';
import { describeWithServer, findPostgres } from '../drivers/testing/installation.ts';
import { startPostgres } from '../drivers/testing/postgres-server.ts';
import type { DatabaseServer } from '../drivers/testing/server.ts';
import { withSmallDisks } from '../drivers/testing/small-disk.ts';
import { BuiltProgram, type Ended } from './testing/built-program.ts';
import { measuring } from './testing/orders.ts';

const MINUTES = 60_000;

/** Room for a server and a loaded warehouse, and for some more of it. */
const DISK_BYTES = 320 * 2 ** 20;
const HAS_SMALL_DISK = withSmallDisks(findPostgres()).found;

const LOOKER: ConnectOptions = {
  isolation: 'read committed',
  schema: null,
  prepareStatements: true,
  connectTimeoutMs: 10_000,
  applicationName: 'a test',
};
const program = new BuiltProgram('pauses');
const { start } = program;

afterAll(() => program.close());

describeWithServer(findPostgres(), 'dbtest and a PostgreSQL server in trouble', () => {
  let server: DatabaseServer;
  let connect: string[] = [];
  let looker: Connection;

  beforeAll(async () => {
    const disk = HAS_SMALL_DISK ? { diskBytes: DISK_BYTES } : {};
    server = await startPostgres(findPostgres(), { databases: ['empty'], ...disk });
    connect = ['--driver', 'postgres', '--url', server.url(), '--connect-timeout', '2'];
    looker = await postgres.connect(server.url(), LOOKER);
    const load = start('load', '--driver', 'postgres', '--url', server.url(), '--warehouses', '1');
    expect(await load.ended).toMatchObject({ status: 0 });
  }, 2 * MINUTES);

  afterAll(async () => {
    await looker?.close();
    await server?.close();
  });

  /** Pauses the server, and lets it go on when `ended` has. */
  const paused = async (ended: Promise<Ended>): Promise<Ended> => {
    server.pause();
    try {
      return await ended;
    } finally {
      server.resume();
    }
  };

  /** What the last line of a command says of a statement that nobody answers. */
  const NO_ANSWER =
    /\ndbtest: postgres:\/\/dbtest@\S+: .+: no answer within 1 s \(--statement-timeout\); look [^\n]+\n$/;
  const PATIENT = ['--statement-timeout', '1'];
  const run = (seconds: number, ...args: string[]) =>
    start(...connect, '--num-threads', '2', '--warmup', '0', '--runtime', String(seconds), '--json', '-', ...args);

  it(
    'ends a check with one line that says so, and at once when it is interrupted',
    async () => {
      const check = start('check', ...connect, ...PATIENT);
      await check.logged(/Checking the consistency conditions/);
      const { status, stdout, stderr } = await paused(check.ended);
      expect({ status, stdout }).toEqual({ status: 5, stdout: '' });
      expect(stderr).toMatch(NO_ANSWER);

      const interrupted = start('check', ...connect);
      await interrupted.logged(/Checking the consistency conditions/);
      server.pause();
      interrupted.child.kill('SIGINT');
      expect(await paused(interrupted.ended)).toMatchObject({
        status: 130,
        stdout: '',
        stderr: expect.stringMatching(/\ndbtest: interrupted before all conditions were checked: [^\n]+\n$/),
      });
    },
    MINUTES,
  );

  it(
    'ends a load with one line, also when it is interrupted',
    async () => {
      const into = ['--driver', 'postgres', '--url', server.url('empty')];
      const load = start('load', ...into, ...PATIENT, '--connect-timeout', '2');
      await load.logged(/Loading 1 warehouse/);
      const { status, stderr } = await paused(load.ended);
      expect(status).toBe(5);
      expect(stderr).toMatch(
        /\ndbtest: [^\n]+: no answer within [12] s \(--(statement|connect)-timeout\); look [^\n]+\n$/,
      );

      // Wherever it waits, for a connection or for a statement.
      const interrupted = start('load', ...into, '--connect-timeout', '30');
      await interrupted.logged(/Loading 1 warehouse/);
      server.pause();
      interrupted.child.kill('SIGINT');
      expect(await paused(interrupted.ended)).toMatchObject({
        status: 130,
        stderr: expect.stringMatching(/\ndbtest: interrupted during the load; dbtest load goes on with [^\n]+\n$/),
      });
    },
    MINUTES,
  );

  it(
    'ends a run with what was measured, and says that nothing could be checked',
    async () => {
      const lost = run(600, ...PATIENT);
      await measuring(lost, looker);
      const { status, stdout, stderr } = await paused(lost.ended);
      expect(status).toBe(5);
      const result = JSON.parse(stdout) as RunResult;
      expect(result.totals.commits).toBeGreaterThan(0);
      expect(result).toMatchObject({ endedBy: 'connection-lost', consistency: { passed: null } });
      expect(result.consistency.unchecked).toMatchObject({
        by: 'connection',
        reason: expect.stringMatching(/^cannot connect to .*: no answer within 2 s \(--connect-timeout\); look /),
      });
      expect(stderr).toContain('The consistency conditions could not be checked: cannot connect to postgres://');
      expect(stderr.replace(/\s+/g, ' ')).toContain('not checked: cannot connect to postgres://');
    },
    MINUTES,
  );

  it(
    'ends a run that is interrupted with what was measured',
    async () => {
      const interrupted = run(600);
      await measuring(interrupted, looker);
      server.pause();
      interrupted.child.kill('SIGINT');
      const { status, stdout } = await paused(interrupted.ended);
      expect(status).toBe(5);
      const result = JSON.parse(stdout) as RunResult;
      expect(result.totals.commits).toBeGreaterThan(0);
      expect(result).toMatchObject({ endedBy: 'interrupt', consistency: { unchecked: { by: 'connection' } } });
    },
    MINUTES,
  );

  it(
    'ends a run with a report where the server takes no writes any more',
    async () => {
      const refused = run(600);
      await measuring(refused, looker);
      await looker.run('refuse writes', 'ALTER SYSTEM SET default_transaction_read_only = on');
      await looker.run('reload', 'SELECT pg_reload_conf()');
      const { status, stdout } = await refused.ended;
      await looker.run('take writes', 'ALTER SYSTEM RESET default_transaction_read_only');
      await looker.run('reload', 'SELECT pg_reload_conf()');
      expect(status).toBe(5);
      const result = JSON.parse(stdout) as RunResult;
      expect(result).toMatchObject({ endedBy: 'database-error', consistency: { passed: true } });
      expect(result.database?.errors[0]).toMatch(/: cannot execute [A-Z ]+ in a read-only transaction$/);
    },
    MINUTES,
  );

  it(
    'reports at once when the check after a run is interrupted',
    async () => {
      const interrupted = run(1);
      await interrupted.logged(/Checking the consistency conditions/);
      server.pause();
      interrupted.child.kill('SIGINT');
      const { status, stdout } = await paused(interrupted.ended);
      expect(status).toBe(130);
      const result = JSON.parse(stdout) as RunResult;
      expect(result).toMatchObject({ endedBy: 'runtime', consistency: { passed: null } });
      expect(result.consistency.unchecked).toEqual({ by: 'interrupt', reason: 'interrupted' });
    },
    MINUTES,
  );

  describeWithServer(withSmallDisks(findPostgres()), 'on a disk that is full', () => {
    it(
      'ends a run with one line and a report, and a load with one line',
      async () => {
        const full = run(600);
        await measuring(full, looker);
        server.fillDisk();
        const { status, stdout, stderr } = await full.ended;
        expect(status).toBe(5);
        const result = JSON.parse(stdout) as RunResult;
        expect(result.endedBy).toBe('database-error');
        expect(result.totals.commits).toBeGreaterThan(0);
        const words = 'postgres://dbtest@[^ ]+: [^\\n]+: could not [^\\n]+: No space left on device[^\\n]*\\n';
        expect(stderr).toMatch(new RegExp(`\\nThe run ends: ${words}`));

        const load = await start('load', '--driver', 'postgres', '--url', server.url('empty')).ended;
        expect({ status: load.status, stdout: load.stdout }).toEqual({ status: 5, stdout: '' });
        expect(load.stderr).toMatch(new RegExp(`\\ndbtest: ${words}$`));
      },
      MINUTES,
    );
  });
});
