import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Connection, type ConnectOptions, INSTANT, INTEGER, MONEY, type Statement, TEXT } from '../contract.ts';
import { loadDriver } from '../registry.ts';
import { describeWithServer, findMariadb } from '../testing/installation.ts';
import { startMariadb } from '../testing/mariadb-server.ts';
import { type DatabaseServer, FIRST_DATABASE } from '../testing/server.ts';
import driver from './driver.ts';
import { productOf } from './facts.ts';

const OPTIONS: ConnectOptions = {
  isolation: 'repeatable read',
  schema: null,
  prepareStatements: true,
  connectTimeoutMs: 10_000,
  applicationName: 'dbtest tests',
};

const INSERT: Statement = {
  name: 'insert',
  text: 'INSERT INTO account (id, balance, day, note) VALUES ($1, $2, $3, $4)',
  parameters: [INTEGER, MONEY, INSTANT, TEXT],
  columns: [],
};
const ADD: Statement = {
  name: 'add',
  text: 'UPDATE account SET balance = balance + $2 WHERE id = $1',
  parameters: [INTEGER, MONEY],
  columns: [],
};
const READ: Statement = {
  name: 'read',
  text: 'SELECT id, balance, day, note FROM account WHERE id >= $1 AND $1 > -1 ORDER BY id',
  parameters: [INTEGER],
  columns: [INTEGER, MONEY, INSTANT, TEXT],
};
const LOCK: Statement = {
  name: 'lock',
  text: 'SELECT balance FROM account WHERE id = $1 FOR UPDATE',
  parameters: [INTEGER],
  columns: [MONEY],
};

const DAY_MS = Date.UTC(2026, 0, 1, 23, 59, 59, 987);
/** As many cents as a number counts exactly. */
const MOST_CENTS = 9_007_199_254_740_991;

describeWithServer(findMariadb(), 'a connection with MariaDB', () => {
  let server: DatabaseServer;
  let connections: Connection[];
  const open = async (options: Partial<ConnectOptions> = {}, url = server.url()): Promise<Connection> => {
    const connection = await driver.connect(url, { ...OPTIONS, ...options });
    connections.push(connection);
    return connection;
  };

  const insert = (id: number) => ({ statement: INSERT, parameters: [id, 0, null, null] });
  const idsOf = async (connection: Connection) => (await connection.execute(READ, [0])).rows.map(([id]) => id);
  const gids = async (connection: Connection, prefix = '') =>
    (await connection.listPrepared(prefix)).map(({ gid }) => gid);

  beforeAll(async () => {
    server = await startMariadb(findMariadb(), { settings: { 'innodb-lock-wait-timeout': 1 } });
  });
  afterAll(() => server?.close());
  beforeEach(async () => {
    connections = [];
    const connection = await open();
    await connection.run('drop', 'DROP TABLE IF EXISTS account');
    await connection.run(
      'create',
      'CREATE TABLE account (id bigint PRIMARY KEY, balance numeric(16, 2), day datetime(3), note text)',
    );
  });
  afterEach(async () => {
    for (const connection of connections) await connection.close();
  });

  it('is what the registry loads', async () => {
    expect(await loadDriver('mysql')).toBe(driver);
  });

  it.each([true, false])('keeps every value as it is, statements prepared: %s', async (prepareStatements) => {
    const connection = await open({ prepareStatements });
    const rows = [
      [1, MOST_CENTS, DAY_MS, 'it\'s \\ a "note"\n$1 ?'],
      [2, -1, null, ''],
      [MOST_CENTS, null, 0, null],
    ];
    for (const row of rows) expect((await connection.execute(INSERT, row)).affectedRows).toBe(1);
    expect((await connection.execute(READ, [0])).rows).toEqual(rows);
    await connection.execute(ADD, [1, -1]);
    await connection.execute(ADD, [2, 101]);
    const added = (await connection.execute(READ, [0])).rows.map(([, balance]) => balance);
    expect(added).toEqual([MOST_CENTS - 1, 100, null]);
  });

  it.each([true, false])('executes batches, statements prepared: %s', async (prepareStatements) => {
    const connection = await open({ prepareStatements });
    connection.begin();
    await connection.executeAll([insert(1), insert(2)]);
    const results = await connection.commit([
      { statement: ADD, parameters: [2, 5] },
      { statement: READ, parameters: [2] },
    ]);
    expect(results.map(({ rows, affectedRows }) => [rows.length, affectedRows])).toEqual([
      [0, 1],
      [1, 1],
    ]);
    connection.begin();
    await connection.execute(ADD, [1, 7]);
    await connection.rollback();
    connection.begin();
    const failing = connection.commit([insert(3), insert(1), insert(4)]);
    await expect(failing).rejects.toMatchObject({ kind: 'constraint', code: 'ER_DUP_ENTRY' });
    await connection.rollback();
    connection.begin();
    await connection.commit();
    expect((await connection.execute(READ, [0])).rows.map(([id, balance]) => [id, balance])).toEqual([
      [1, 0],
      [2, 5],
    ]);
  });

  it('inserts in bulk, within a transaction where there is one', async () => {
    const [connection] = connections as [Connection];
    const ids = Array.from({ length: 30_000 }, (_, id) => id);
    const bulk = {
      table: 'account',
      rowCount: ids.length,
      columns: [
        { name: 'id', type: INTEGER, values: ids },
        { name: 'note', type: TEXT, values: ids.map((id) => `note ${id} ${'x'.repeat(30)}`) },
      ],
    };
    connection.begin();
    await connection.bulkInsert(bulk);
    await connection.rollback();
    expect((await connection.execute(READ, [0])).rows).toEqual([]);
    await connection.bulkInsert(bulk);
    expect((await connection.execute(READ, [0])).rows).toHaveLength(30_000);
  });

  it('calls deadlocks and locks that are not given up conflicts', async () => {
    const [one, two] = [connections[0] as Connection, await open()];
    for (const id of [1, 2]) await one.execute(INSERT, [id, 0, null, null]);
    one.begin();
    two.begin();
    await one.execute(LOCK, [1]);
    await two.execute(LOCK, [2]);
    const settled = await Promise.allSettled([one.execute(LOCK, [2]), two.execute(LOCK, [1])]);
    const failed = settled.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
    expect(failed).toMatchObject([{ kind: 'conflict', code: 'ER_LOCK_DEADLOCK', statement: 'lock' }]);
    await one.rollback();
    await two.rollback();

    one.begin();
    await one.execute(LOCK, [1]);
    await expect(two.execute(ADD, [1, 1])).rejects.toMatchObject({ kind: 'conflict', code: 'ER_LOCK_WAIT_TIMEOUT' });
  });

  it('says what is in force', async () => {
    for (const isolation of ['read committed', 'serializable'] as const) {
      const facts = await (await open({ isolation })).facts();
      expect(facts).toMatchObject({ product: 'MariaDB', isolation, isReadOnly: false });
      expect(facts.settings).toMatchObject({ innodb_flush_log_at_trx_commit: '0' });
    }
    const connection = connections[0] as Connection;
    expect([await connection.hasTable('account'), await connection.hasTable('accounts')]).toEqual([true, false]);
    expect(await connection.mostPrepared()).toBe(null);
  });

  it('enters another database as a schema', async () => {
    const connection = await open({ schema: 'an`other' });
    expect(await connection.hasTable('account')).toBe(false);
  });

  it('names server, database and user where it cannot connect, and never the password', async () => {
    const url = server.url();
    const wrong = [
      { url: url.replace(server.password, 'wrong-password'), kind: 'refused', says: /Access denied/ },
      { url: server.url('absent'), kind: 'refused', says: /Unknown database 'absent'/ },
      { url: url.replace(String(server.port), '1'), kind: 'connection', says: /connection refused/ },
    ];
    for (const { url: given, kind, says } of wrong) {
      const error = await driver.connect(given, OPTIONS).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ kind, message: expect.stringMatching(says) });
      expect((error as Error).message).toMatch(/^cannot connect to mysql:\/\/dbtest@127\.0\.0\.1:\d+\/\w+: [^\n]+$/);
      expect((error as Error).message).not.toMatch(new RegExp(`wrong-password|${server.password}`));
    }
  });

  it('wants a database, and no parameters that its values depend on', async () => {
    await expect(driver.connect(server.url(''), OPTIONS)).rejects.toMatchObject({
      kind: 'refused',
      message: expect.stringMatching(/^mysql:\/\/dbtest@127\.0\.0\.1:\d+\/: it names no database;/),
    });
    const connection = await driver.connect(server.url(''), { ...OPTIONS, schema: FIRST_DATABASE });
    connections.push(connection);
    expect(await connection.hasTable('account')).toBe(true);
    const problem = (query: string) => driver.urlProblem?.(new URL(`${server.url()}?${query}`));
    expect(problem('bigNumberStrings=true')).toBe('?bigNumberStrings=… is none of ssl, socketPath');
    expect(problem('socketPath=/run/mysqld/mysqld.sock')).toBe(null);
  });

  it.each([true, false])(
    'prepares transactions and decides them, statements prepared: %s',
    async (prepareStatements) => {
      const [connection] = connections as [Connection];
      const branch = await open({ prepareStatements });
      for (const [id, end] of [
        [1, 'commitPrepared'],
        [2, 'rollbackPrepared'],
      ] as const) {
        branch.begin(`dbtest:one:${id}`);
        await branch.execute(ADD, [1, 1]);
        const [, { rows }] = await branch.prepare(`dbtest:one:${id}`, [
          insert(10 + id),
          { statement: READ, parameters: [10 + id] },
        ]);
        expect(rows).toEqual([[10 + id, 0, null, null]]);
        expect(await gids(connection)).toEqual([`dbtest:one:${id}`]);
        expect(await gids(connection, 'dbtest:two')).toEqual([]);
        await branch[end](`dbtest:one:${id}`);
      }
      branch.begin('dbtest:one:3');
      await branch.prepare('dbtest:one:3');
      await branch.commitPrepared('dbtest:one:3');
      branch.begin('dbtest:one:4');
      await branch.commit([insert(14)]);
      branch.begin('dbtest:one:5');
      await branch.commit();
      expect(await idsOf(branch)).toEqual([11, 14]);
      expect(await gids(connection)).toEqual([]);
      await expect(branch.commitPrepared('dbtest:one:1')).rejects.toMatchObject({
        kind: 'other',
        code: 'ER_XAER_NOTA',
      });
    },
  );

  it('undoes what was not prepared, whatever the server has made of it', async () => {
    const [one, two] = [connections[0] as Connection, await open({ prepareStatements: false })];
    for (const id of [1, 2]) await one.execute(INSERT, [id, 0, null, null]);
    one.begin('dbtest:undo:1');
    await expect(one.prepare('dbtest:undo:1', [insert(3), insert(3)])).rejects.toMatchObject({ kind: 'constraint' });
    await one.rollback();

    one.begin('dbtest:undo:2');
    two.begin('dbtest:undo:3');
    await one.execute(LOCK, [1]);
    await two.execute(LOCK, [2]);
    const settled = await Promise.allSettled([one.execute(LOCK, [2]), two.execute(LOCK, [1])]);
    expect(settled.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    await one.rollback();
    await two.rollback();

    one.begin('dbtest:undo:4');
    await one.execute(LOCK, [1]);
    two.begin('dbtest:undo:5');
    await expect(two.execute(LOCK, [1])).rejects.toMatchObject({ kind: 'conflict', code: 'ER_LOCK_WAIT_TIMEOUT' });
    await two.rollback();
    await one.rollback();
    for (const each of [one, two]) expect(await idsOf(each)).toEqual([1, 2]);
  });

  it('decides what a session that is just ending has prepared, in its own database alone', async () => {
    const [connection] = connections as [Connection];
    const elsewhere = await open({ schema: 'elsewhere' });
    const other = await open();
    const foreign = await open();
    other.begin('dbtest:same:1');
    await other.prepare('dbtest:same:1', [insert(1)]);
    elsewhere.begin('dbtest:same:1');
    await elsewhere.prepare('dbtest:same:1');
    const theirs = "'dbtest:same:2', 'dbtest'";
    await foreign.run('a branch of another application', `XA START ${theirs}; XA END ${theirs}; XA PREPARE ${theirs}`);
    expect(await gids(connection)).toEqual(['dbtest:same:1']);
    const closed = other.close();
    await connection.commitPrepared('dbtest:same:1');
    await closed;
    expect(await idsOf(connection)).toEqual([1]);
    expect(await gids(connection)).toEqual([]);
    expect(await gids(elsewhere)).toEqual(['dbtest:same:1']);
    await elsewhere.rollbackPrepared('dbtest:same:1');
    await foreign.run('their end', `XA ROLLBACK ${theirs}`);
  });

  it('runs what may be prepared at the isolation level of the connection', async () => {
    const [connection] = connections as [Connection];
    const strict = await open({ isolation: 'serializable' });
    strict.begin('dbtest:level:1');
    await strict.execute(LOCK, [1]);
    const level: Statement = {
      name: 'level',
      text: 'SELECT trx_isolation_level FROM information_schema.innodb_trx',
      parameters: [],
      columns: [TEXT],
    };
    expect((await connection.execute(level, [])).rows).toEqual([['SERIALIZABLE']]);
    await strict.rollback();
  });

  it.each([true, false])('calls procedures, statements prepared: %s', async (prepareStatements) => {
    const connection = await open({ prepareStatements });
    const body = 'BEGIN INSERT INTO account (id) VALUES (p_id); SELECT p_id, 1.25; END';
    await connection.run('create', `DROP PROCEDURE IF EXISTS p; CREATE PROCEDURE p(p_id bigint) ${body}`);
    const call: Statement = { name: 'call', text: 'CALL p($1)', parameters: [INTEGER], columns: [INTEGER, MONEY] };
    expect((await connection.execute(call, [7])).rows).toEqual([[7, 125]]);
    connection.begin();
    const results = await connection.commit([
      { statement: call, parameters: [8] },
      { statement: READ, parameters: [8] },
    ]);
    expect(results.map(({ rows }) => rows)).toEqual([[[8, 125]], [[8, null, null, null]]]);
    const failure = { kind: 'constraint', code: 'ER_DUP_ENTRY', statement: 'call' };
    await expect(connection.execute(call, [7])).rejects.toMatchObject(failure);
  });

  it('calls a server that goes away a lost connection, and works again with a new one', async () => {
    const [connection] = connections as [Connection];
    await connection.run('keep what is prepared', 'SET GLOBAL innodb_flush_log_at_trx_commit = 1');
    const branch = await open();
    branch.begin('dbtest:crash:1');
    await branch.prepare('dbtest:crash:1', [insert(1)]);
    await server.stop('crash');
    await expect(connection.execute(READ, [0])).rejects.toMatchObject({ kind: 'connection', statement: 'read' });
    await expect(connection.execute(READ, [0])).rejects.toMatchObject({ kind: 'connection' });
    await server.start();
    const again = await open();
    expect(await idsOf(again)).toEqual([]);
    expect(await gids(again)).toEqual(['dbtest:crash:1']);
    await again.commitPrepared('dbtest:crash:1');
    expect(await idsOf(again)).toEqual([1]);
  });
});

describe('productOf', () => {
  it('tells the servers apart that speak the protocol', () => {
    expect(['8.0.36', '10.11.18-MariaDB-0+deb12u1', '8.0.11-TiDB-v7.5.0'].map(productOf)).toEqual([
      { product: 'MySQL', version: '8.0.36' },
      { product: 'MariaDB', version: '10.11.18' },
      { product: 'TiDB', version: '7.5.0' },
    ]);
  });
});
