/** The built program on PostgreSQL, one database for each of two shards. Needs `npm run build`. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunResult } from '../bench/result.ts';
import type { Connection } from '../drivers/contract.ts';
import postgres from '../drivers/postgres/driver.ts';
import { describeWithServer, findPostgres } from '../drivers/testing/installation.ts';
import { startPostgres } from '../drivers/testing/postgres-server.ts';
import type { DatabaseServer } from '../drivers/testing/server.ts';
import { BuiltProgram } from './testing/built-program.ts';
import { measuring } from './testing/orders.ts';

const MINUTES = 60_000;

const program = new BuiltProgram('databases');
const { start, folder } = program;

afterAll(() => program.close());

describeWithServer(findPostgres(), 'dbtest on two databases', () => {
  let server: DatabaseServer;
  let connections: Connection[] = [];
  const onBoth = ['--driver', 'postgres', '--shard-config', 'shards.yaml'];

  const connect = async (): Promise<void> => {
    const options = {
      isolation: 'repeatable read',
      schema: null,
      prepareStatements: true,
      connectTimeoutMs: 10_000,
      applicationName: 'a test',
    } as const;
    connections = await Promise.all(['first', 'second'].map((name) => postgres.connect(server.url(name), options)));
  };

  beforeAll(async () => {
    server = await startPostgres(findPostgres(), { databases: ['first', 'second'] });
    const shards = ['first', 'second'].map((name, id) => `  - { shard_id: ${id}, url: "${server.url(name)}" }\n`);
    writeFileSync(join(folder, 'shards.yaml'), `nshards: 2\nwarehouses: 1\nshards:\n${shards.join('')}`);
    await connect();
  }, 2 * MINUTES);

  afterAll(async () => {
    await Promise.all(connections.map((each) => each.close()));
    await server?.close();
    if (server !== undefined) expect(program.printed).not.toContain(server.password);
  });

  it(
    'goes on with a load that was killed, and loads nothing twice',
    async () => {
      const killed = start('load', ...onBoth);
      await killed.logged(/Loading 2 warehouses/);
      while (!(await connections[1].hasTable('stock'))) await new Promise((resolve) => setTimeout(resolve, 20));
      killed.child.kill('SIGKILL');
      await killed.ended;
      const early = await start(...onBoth, '--no-check', '--runtime', '1').ended;
      expect(early.stderr).toContain('going on with a load');
      expect(early.status).toBe(0);
      const again = await start('load', ...onBoth).ended;
      expect(again.status).toBe(2);
      expect(again.stderr).toContain('it is loaded already (1 warehouse); dbtest load --drop');
      const alone = await start('check', '--driver', 'postgres', '--url', server.url('first')).ended;
      expect(alone.status).toBe(2);
      expect(alone.stderr).toContain('it was loaded as part of 2 warehouses, and the run has 1');
    },
    4 * MINUTES,
  );

  it(
    'measures, audits, checks and reports, local apart from cross-shard',
    async () => {
      const args = ['--num-threads', '3', '--warmup', '0.2', '--runtime', '2', '--json', '-'];
      const { status, stdout, stderr } = await start(...onBoth, ...args).ended;
      expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
      const result = JSON.parse(stdout) as RunResult;
      expect(result.consistency).toMatchObject({ passed: true });
      expect(result.consistency.conditions.length).toBeGreaterThanOrEqual(15);
      expect(result.totals.crossShardPct).toBeGreaterThan(0);
      expect(result.totals.commits).toBeGreaterThan(50);
      expect(result.database).toMatchObject({
        servers: [{ product: 'PostgreSQL', isolation: 'repeatable read' }, { shardId: 1 }],
        connectionsLost: 0,
        client: { sessions: 6 },
      });
      expect(result.deviations.join('\n')).toContain('not serializable across servers');
      expect(result.deviations.join('\n')).not.toContain('isolation level in force');
      expect(stderr).toContain('isolation     repeatable read, read back from the server');
    },
    2 * MINUTES,
  );

  it(
    'says that an isolation level is too weak',
    async () => {
      const args = ['--isolation', 'read committed', '--warmup', '0', '--runtime', '1'];
      const { stdout } = await start(...onBoth, ...args).ended;
      expect(stdout.replace(/\s+/g, ' ')).toContain('read committed, is too weak for the specification (3.4)');
    },
    2 * MINUTES,
  );

  it(
    'settles what a killed run has left prepared, by what its own shard has noted',
    async () => {
      const run = start(...onBoth, '--num-threads', '6', '--warmup', '0', '--runtime', '30', '--remote-item-pct', '50');
      await measuring(run, connections[0]);
      run.child.kill('SIGKILL');
      await run.ended;
      const [first, second] = connections;
      for (const [gid, decided] of [
        ['dbtest:dead:1.0.0:1', false],
        ['dbtest:dead:1.0.0:2', true],
      ] as const) {
        first.begin();
        await first.prepare(gid, [
          {
            statement: {
              name: `wrong sum ${decided}`,
              text: `UPDATE item SET i_data = '${gid}' WHERE i_id = ${decided ? 2 : 1}`,
              parameters: [],
              columns: [],
            },
            parameters: [],
          },
        ]);
        if (decided)
          await second.run('decide', `INSERT INTO dbtest_decision (gid, outcome) VALUES ('${gid}', 'commit')`);
      }
      const { status, stdout, stderr } = await start('check', ...onBoth).ended;
      expect(stdout).toContain('conditions hold');
      expect(stderr).toContain('Rolled back the prepared transaction dbtest:dead:1.0.0:1');
      expect(stderr).toContain('Committed the prepared transaction dbtest:dead:1.0.0:2');
      expect(status).toBe(0);
      for (const each of connections) expect(await each.listPrepared('dbtest:')).toEqual([]);
    },
    2 * MINUTES,
  );

  it(
    'ends with status 5 and a report when the server crashes, and finds the data whole afterwards',
    async () => {
      const run = start(...onBoth, '--num-threads', '2', '--warmup', '0', '--runtime', '60', '--json', '-');
      await measuring(run, connections[0]);
      await server.stop('crash');
      const { status, stdout, stderr } = await run.ended;
      expect(status).toBe(5);
      expect(JSON.parse(stdout)).toMatchObject({ endedBy: 'connection-lost', consistency: { passed: null } });
      expect(stderr).toContain('more than 0 connections were lost (--max-errors)');
      await server.start();
      await Promise.all(connections.map((each) => each.close()));
      await connect();
      const checked = await start('check', ...onBoth).ended;
      expect({ status: checked.status, out: checked.stdout }).toMatchObject({ status: 0 });
    },
    2 * MINUTES,
  );

  it(
    'opens lost connections again, and counts them',
    async () => {
      const args = ['--num-threads', '2', '--warmup', '0', '--runtime', '2', '--max-errors', '9', '--json', '-'];
      const run = start(...onBoth, ...args);
      await run.logged(/Measuring for/);
      const end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'dbtest'";
      await connections[0].run('terminate', end);
      const { status, stdout } = await run.ended;
      expect(status).toBe(0);
      const result = JSON.parse(stdout) as RunResult;
      expect(result.database?.connectionsLost).toBeGreaterThanOrEqual(4);
      expect(result.database?.connectionsReopened).toBeGreaterThanOrEqual(4);
      expect(result.consistency.passed).toBe(true);
    },
    2 * MINUTES,
  );

  it(
    'ends with status 5, the words of the server and a report where nothing would mend an error',
    async () => {
      const run = start(...onBoth, '--num-threads', '2', '--warmup', '0', '--runtime', '60', '--json', '-');
      await run.logged(/Measuring for/);
      await connections[0].run('break', 'ALTER TABLE history ADD CONSTRAINT never CHECK (h_amount < 0) NOT VALID');
      const { status, stdout } = await run.ended;
      expect(status).toBe(5);
      const result = JSON.parse(stdout) as RunResult;
      expect(result.endedBy).toBe('database-error');
      expect(result.database?.errors).toHaveLength(1);
      expect(result.database?.errors[0]).toMatch(/: payment: history.*violates check constraint "never"/);
      expect(result.consistency.passed).toBe(true);
      await connections[0].run('mend', 'ALTER TABLE history DROP CONSTRAINT never');
    },
    2 * MINUTES,
  );

  it(
    'drops what it has made, and nothing is left to run on',
    async () => {
      expect((await start('drop', ...onBoth).ended).status).toBe(0);
      for (const each of connections) {
        for (const table of ['stock', 'dbtest_load', 'dbtest_decision']) expect(await each.hasTable(table)).toBe(false);
      }
      const { status, stderr } = await start('check', ...onBoth).ended;
      expect(status).toBe(2);
      expect(stderr).toContain('nothing is loaded; dbtest load loads it');
    },
    2 * MINUTES,
  );

  it(
    'leaves tables alone that it has not made',
    async () => {
      await connections[0].run('create', 'CREATE TABLE customer (id int)');
      const { status, stderr } = await start('load', ...onBoth).ended;
      expect(status).toBe(2);
      expect(stderr).toContain('the table customer is there and dbtest has not made it');
      for (const args of [
        ['load', ...onBoth, '--drop'],
        ['drop', ...onBoth],
      ]) {
        expect((await start(...args).ended).status).toBe(2);
      }
      expect(await connections[0].hasTable('customer')).toBe(true);
    },
    2 * MINUTES,
  );
});

describe('dbtest and the password of a database', () => {
  it.skipIf(!existsSync('/proc/self/cmdline'))(
    'shows it to nobody who lists processes',
    async () => {
      const silent = createServer(() => {});
      await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
      const { port } = silent.address() as { port: number };
      const reached = new Promise((resolve) => silent.once('connection', resolve));
      const url = `postgres://me:s3cret@127.0.0.1:${port}/db`;
      const run = start('--driver', 'postgres', '--url', url, '--connect-timeout', '1');
      await reached;
      expect(readFileSync(`/proc/${run.child.pid}/cmdline`, 'utf8')).not.toContain('s3cret');
      const { status, stderr } = await run.ended;
      expect(status).toBe(5);
      expect(stderr).toBe(
        `dbtest: cannot connect to postgres://me@127.0.0.1:${port}/db: no answer within 1 s (--connect-timeout); look whether the server runs and is not paused\n`,
      );
      silent.close();
    },
    30_000,
  );
});
