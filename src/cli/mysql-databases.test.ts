/** The built program on MariaDB, one database for each of two shards. Needs `npm run build`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RunResult } from '../bench/result.ts';
import { type Connection, type ConnectOptions, INTEGER, type Statement, TEXT } from '../drivers/contract.ts';
import mysql from '../drivers/mysql/driver.ts';
import { describeWithServer, findMariadb } from '../drivers/testing/installation.ts';
import { startMariadb } from '../drivers/testing/mariadb-server.ts';
import type { DatabaseServer } from '../drivers/testing/server.ts';
import { BuiltProgram } from './testing/built-program.ts';

const MINUTES = 60_000;

const CONNECT: ConnectOptions = {
  isolation: 'repeatable read',
  schema: null,
  prepareStatements: true,
  connectTimeoutMs: 10_000,
  applicationName: 'a test',
};

/** Prepared by shard 1, of which shard 0 has a part, and by somebody else. */
const UNDECIDED = 'dbtest:dead:1.0.0:1';
const DECIDED = 'dbtest:dead:1.0.0:2';
const ANOTHER = 'another:dead:1.0.0:3';

const rename = (name: string): Statement => ({
  name: 'rename an item',
  text: `UPDATE item SET i_data = '${name}' WHERE i_id = $1`,
  parameters: [INTEGER],
  columns: [],
});
const NAME: Statement = {
  name: 'name of an item',
  text: 'SELECT i_data FROM item WHERE i_id = $1',
  parameters: [INTEGER],
  columns: [TEXT],
};
const PROCEDURES: Statement = {
  name: 'count procedures',
  text: "SELECT count(*) FROM information_schema.routines WHERE routine_name LIKE 'dbtest%'",
  parameters: [],
  columns: [INTEGER],
};

describeWithServer(findMariadb(), 'dbtest on two databases of MariaDB', () => {
  const program = new BuiltProgram('mysql-databases');
  const { start } = program;
  let server: DatabaseServer;
  let connections: Connection[] = [];
  const onBoth = ['--driver', 'mysql', '--shard-config', 'shards.yaml'];

  const connect = async (): Promise<void> => {
    connections = await Promise.all(['first', 'second'].map((name) => mysql.connect(server.url(name), CONNECT)));
  };
  /** The first database is loaded as one of two; alone it is a whole of one warehouse until anything crosses to the other. */
  const callFirstOneOf = (total: number): Promise<void> =>
    connections[0].run('rewrite', `UPDATE dbtest_load SET value = '${total}' WHERE name = 'total_warehouses'`);

  beforeAll(async () => {
    // What is committed or prepared outlives the server's process, if not the machine.
    const settings = {
      'innodb-flush-log-at-trx-commit': 2,
      'innodb-doublewrite': 0,
      'innodb-buffer-pool-size': '256M',
      'innodb-log-file-size': '128M',
    };
    server = await startMariadb(findMariadb(), { databases: ['first', 'second'], settings });
    const shards = ['first', 'second'].map((name, id) => `  - { shard_id: ${id}, url: "${server.url(name)}" }\n`);
    writeFileSync(join(program.folder, 'shards.yaml'), `nshards: 2\nwarehouses: 1\nshards:\n${shards.join('')}`);
    await connect();
  }, 2 * MINUTES);

  afterAll(async () => {
    await Promise.all(connections.map((each) => each.close()));
    await server?.close();
    program.close();
    if (server !== undefined) expect(program.printed).not.toContain(server.password);
  });

  it(
    'loads both, and runs stored procedures on one of them',
    async () => {
      expect(await start('load', ...onBoth).ended).toMatchObject({ status: 0 });
      const refused = await start(...onBoth, '--sql-mode', 'procedures').ended;
      expect(refused).toMatchObject({ status: 2, stdout: '' });
      expect(refused.stderr).toContain('--sql-mode procedures runs on one database');
      const contradiction = await start(...onBoth, '--prepare', '--no-prepare').ended;
      expect(contradiction).toMatchObject({ status: 2, stderr: expect.stringContaining('contradict each other') });

      await callFirstOneOf(1);
      const onFirst = ['--driver', 'mysql', '--url', server.url('first')];
      // The conditions hold everything since the load against each other: those of the next run are about this one too.
      const args = ['--sql-mode', 'procedures', '--num-threads', '4', '--warmup', '0', '--runtime', '2', '--no-check'];
      const { status, stdout, stderr } = await start(...onFirst, ...args, '--json', '-').ended;
      expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
      expect((JSON.parse(stdout) as RunResult).totals.commits).toBeGreaterThan(50);
      expect(stderr).toContain('stored procedures, one call a transaction; not prepared');
      await callFirstOneOf(2);
    },
    4 * MINUTES,
  );

  it(
    'measures, checks and reports over both',
    async () => {
      const args = ['--num-threads', '2', '--warmup', '0', '--runtime', '2', '--remote-item-pct', '10', '--json', '-'];
      const { status, stdout, stderr } = await start(...onBoth, '--prepare', ...args).ended;
      expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
      const result = JSON.parse(stdout) as RunResult;
      expect(result.consistency).toMatchObject({ passed: true });
      expect(result.totals.crossShardPct).toBeGreaterThan(0);
      expect(result.database).toMatchObject({ servers: [{ product: 'MariaDB' }, { shardId: 1 }], connectionsLost: 0 });
      expect(result.deviations.join('\n')).toContain('not serializable across servers');
      for (const each of connections) expect(await each.listPrepared('')).toEqual([]);
    },
    2 * MINUTES,
  );

  it(
    'ends with status 5 when the server crashes, and settles afterwards what was prepared, by what its own shard has noted',
    async () => {
      const args = ['--num-threads', '4', '--warmup', '0', '--runtime', '60', '--remote-item-pct', '50', '--json', '-'];
      const run = start(...onBoth, ...args);
      await run.logged(/Measuring: .*; [1-9][\d,.]* tx\/s/);
      const sessions = await Promise.all([1, 2, 3].map(() => mysql.connect(server.url('first'), CONNECT)));
      for (const [i, gid] of [UNDECIDED, DECIDED, ANOTHER].entries()) {
        sessions[i].begin(gid);
        await sessions[i].prepare(gid, [{ statement: rename(gid), parameters: [i + 1] }]);
      }
      await connections[1].run('decide', `INSERT INTO dbtest_decision (gid, outcome) VALUES ('${DECIDED}', 'commit')`);
      await server.stop('crash');
      const { status, stdout } = await run.ended;
      expect(status).toBe(5);
      expect(JSON.parse(stdout)).toMatchObject({ endedBy: 'connection-lost', consistency: { passed: null } });
      await server.start();
      await Promise.all([...connections, ...sessions].map((each) => each.close()));
      await connect();

      const checked = await start('check', ...onBoth).ended;
      expect({ status: checked.status, out: checked.stdout }).toMatchObject({ status: 0 });
      expect(checked.stdout).toContain('conditions hold');
      expect(checked.stderr).toContain(`Rolled back the prepared transaction ${UNDECIDED}`);
      expect(checked.stderr).toContain(`Committed the prepared transaction ${DECIDED}`);
      const [first] = connections;
      const waiting = await Promise.all(connections.map((each) => each.listPrepared('')));
      expect(waiting.flat().map(({ gid }) => gid)).toEqual([ANOTHER]);
      await first.rollbackPrepared(ANOTHER);
      const names = await Promise.all([1, 2, 3].map(async (item) => (await first.execute(NAME, [item])).rows[0][0]));
      expect(names.map((name) => name === DECIDED)).toEqual([false, true, false]);
    },
    2 * MINUTES,
  );

  it(
    'drops what it has made, procedures included',
    async () => {
      expect((await start('drop', ...onBoth).ended).status).toBe(0);
      for (const each of connections) {
        for (const table of ['stock', 'dbtest_load', 'dbtest_decision']) expect(await each.hasTable(table)).toBe(false);
      }
      expect((await connections[0].execute(PROCEDURES, [])).rows).toEqual([[0]]);
    },
    2 * MINUTES,
  );
});
