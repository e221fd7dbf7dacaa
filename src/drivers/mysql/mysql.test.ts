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
    const insert = (id: number) => ({ statement: INSERT, parameters: [id, 0, null, null] });
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
    expect(await connection.mostPrepared()).toBe(0);
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

  it('calls a server that goes away a lost connection, and works again with a new one', async () => {
    const [connection] = connections as [Connection];
    await server.stop('crash');
    await expect(connection.execute(READ, [0])).rejects.toMatchObject({ kind: 'connection', statement: 'read' });
    await expect(connection.execute(READ, [0])).rejects.toMatchObject({ kind: 'connection' });
    await server.start();
    expect((await (await open()).execute(READ, [0])).rows).toEqual([]);
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
