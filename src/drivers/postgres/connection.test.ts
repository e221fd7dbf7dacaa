import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Connection,
  type ConnectOptions,
  DatabaseError,
  type DatabaseErrorKind,
  INSTANT,
  INTEGER,
  listOf,
  MONEY,
  type Statement,
  TEXT,
} from '../contract.ts';
import { describeWithServer, findPostgres } from '../testing/installation.ts';
import { startPostgres } from '../testing/postgres-server.ts';
import type { DatabaseServer } from '../testing/server.ts';
import postgres from './driver.ts';
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
  text: 'INSERT INTO t (id, money, day, note) VALUES ($1, $2, $3, $4)',
  parameters: [INTEGER, MONEY, INSTANT, TEXT],
  columns: [],
};
const SELECT: Statement = {
  name: 'select',
  text: 'SELECT id, money, day, note FROM t WHERE id = ANY($1::int[]) ORDER BY id',
  parameters: [listOf(INTEGER)],
  columns: [INTEGER, MONEY, INSTANT, TEXT],
};
const RAISE: Statement = {
  name: 'raise',
  text: 'UPDATE t SET money = money + $2 WHERE id = $1 RETURNING money',
  parameters: [INTEGER, MONEY],
  columns: [MONEY],
};
const DIVIDE: Statement = {
  name: 'divide',
  text: 'SELECT 1 / $1::int',
  parameters: [INTEGER],
  columns: [INTEGER],
};

const failureOf = async (work: Promise<unknown>): Promise<DatabaseError> => {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DatabaseError);
  return error as DatabaseError;
};

describeWithServer(findPostgres(), 'a connection with PostgreSQL', () => {
  let server: DatabaseServer;
  let connection: Connection;
  let other: Connection;

  beforeAll(async () => {
    server = await startPostgres(findPostgres());
    connection = await postgres.connect(server.url(), OPTIONS);
    other = await postgres.connect(server.url(), { ...OPTIONS, prepareStatements: false });
    await connection.run(
      'create table',
      'CREATE TABLE t (id int PRIMARY KEY, money numeric(16, 2), day timestamptz(3), note text)',
    );
  }, 120_000);

  afterAll(async () => {
    await connection?.close();
    await other?.close();
    await server?.close();
  });

  const insert = (id: number, cents = 0) => ({ statement: INSERT, parameters: [id, cents, 0, 'x'] });
  const idsOf = async (from: Connection, ids: number[]) => (await from.execute(SELECT, [ids])).rows.map(([id]) => id);

  it('takes values in and gives them back unchanged, by COPY and by statement', async () => {
    const texts = ['tab\tand\nlines\r\\N', '"quotes\' {braces},', '', 'äöü €', null];
    const cents = [0, -1, 1_234_567_890_123, 99, null];
    const days = [0, 1_700_000_000_123, Date.UTC(2026, 0, 1), -1000, null];
    await connection.bulkInsert({
      table: 't',
      rowCount: 5,
      columns: [
        { name: 'id', type: INTEGER, values: Float64Array.from([1, 2, 3, 4, 5]) as ArrayLike<number> },
        { name: 'money', type: MONEY, values: cents },
        { name: 'day', type: INSTANT, values: days },
        { name: 'note', type: TEXT, values: texts },
      ],
    });
    for (let i = 0; i < 5; i++) await other.execute(INSERT, [i + 6, cents[i], days[i], texts[i]]);
    for (const each of [connection, other]) {
      const { rows, affectedRows } = await each.execute(SELECT, [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]]);
      expect(affectedRows).toBe(10);
      expect(rows).toEqual([...texts, ...texts].map((text, i) => [i + 1, cents[i % 5], days[i % 5], text]));
    }
  });

  it('takes lists of texts as one parameter', async () => {
    const texts = ['a,b', '"', '\\', '{}', 'NULL', ''];
    const echo: Statement = {
      name: 'echo',
      text: 'SELECT * FROM unnest($1::text[]) AS each',
      parameters: [listOf(TEXT)],
      columns: [TEXT],
    };
    const { rows } = await connection.execute(echo, [[...texts, null]]);
    expect(rows.map(([text]) => text)).toEqual([...texts, null]);
  });

  it('commits with the last statements, and commits nothing where one of them fails', async () => {
    connection.begin();
    const results = await connection.commit([insert(20), { statement: SELECT, parameters: [[20]] }]);
    expect(results).toHaveLength(2);
    expect(results[1].rows).toHaveLength(1);
    connection.begin();
    await connection.executeAll([insert(21)]);
    const failure = await failureOf(
      connection.commit([insert(22), { statement: DIVIDE, parameters: [0] }, insert(23)]),
    );
    expect(failure).toMatchObject({ kind: 'other', statement: 'divide', code: '22012' });
    expect(failure.message).toContain('divide: division by zero');
    await connection.rollback();
    expect(await idsOf(other, [20, 21, 22, 23])).toEqual([20]);
  });

  it('executes nothing after the first failure, also outside a transaction', async () => {
    await failureOf(connection.executeAll([insert(30), insert(30), insert(31)]));
    expect(await idsOf(connection, [30, 31])).toEqual([]);
  });

  it('goes on with statements whose first use failed', async () => {
    const fresh: Statement = { ...DIVIDE, name: 'fresh' };
    await failureOf(connection.execute(fresh, [0]));
    expect((await connection.execute(fresh, [1])).rows).toEqual([[1]]);
  });

  it('rolls back what was done, and nothing where nothing was', async () => {
    connection.begin();
    await connection.rollback();
    connection.begin();
    await connection.execute(INSERT, [40, 0, 0, 'x']);
    await connection.rollback();
    await connection.rollback();
    expect(await idsOf(connection, [40])).toEqual([]);
  });

  it('calls a lost update a conflict, and a key that is there twice a constraint', async () => {
    await connection.execute(INSERT, [50, 0, 0, 'x']);
    connection.begin();
    other.begin();
    await connection.execute(RAISE, [50, 100]);
    await other.execute(SELECT, [[50]]);
    await connection.commit();
    expect((await failureOf(other.execute(RAISE, [50, 100]))).kind).toBe<DatabaseErrorKind>('conflict');
    await other.rollback();
    expect((await other.execute(RAISE, [50, 100])).rows).toEqual([[200]]);
    expect((await failureOf(connection.execute(INSERT, [50, 0, 0, 'x']))).kind).toBe<DatabaseErrorKind>('constraint');
  });

  it('prepares a transaction that another connection decides', async () => {
    for (const [gid, id] of [
      ['dbtest:a', 60],
      ["dbtest:b'", 61],
    ] as const) {
      connection.begin();
      await connection.prepare(gid, [insert(id)]);
    }
    expect((await other.listPrepared('dbtest:')).map(({ gid }) => gid)).toEqual(['dbtest:a', "dbtest:b'"]);
    expect(await other.listPrepared('else')).toEqual([]);
    await other.commitPrepared('dbtest:a');
    await other.rollbackPrepared("dbtest:b'");
    expect(await idsOf(connection, [60, 61])).toEqual([60]);
    expect(await connection.mostPrepared()).toBe(20);
  });

  it('reads back what is in force', async () => {
    const { product, isolation, isReadOnly, settings } = await connection.facts();
    expect({ product, isolation, isReadOnly }).toEqual({
      product: 'PostgreSQL',
      isolation: 'repeatable read',
      isReadOnly: false,
    });
    expect(settings).toMatchObject({ fsync: 'off', max_prepared_transactions: '20' });
    const strict = await postgres.connect(server.url(), { ...OPTIONS, isolation: 'serializable' });
    expect((await strict.facts()).isolation).toBe('serializable');
    await strict.close();
  });

  it('makes and enters a schema', async () => {
    const inside = await postgres.connect(server.url(), { ...OPTIONS, schema: 'a "name"' });
    expect(await inside.hasTable('t')).toBe(false);
    await inside.run('create', 'CREATE TABLE t (id int)');
    expect(await inside.hasTable('t')).toBe(true);
    await inside.close();
  });

  it('names server, database and user, and never the password, where it cannot connect', async () => {
    const refusals: [string, DatabaseErrorKind, string][] = [
      [server.url().replace(server.password, 'wrong-secret'), 'refused', 'password authentication failed'],
      [server.url('nowhere'), 'refused', 'database "nowhere" does not exist'],
      [`postgres://dbtest:${server.password}@127.0.0.1:1/x`, 'connection', 'connection refused'],
    ];
    for (const [url, kind, words] of refusals) {
      const failure = await failureOf(postgres.connect(url, OPTIONS));
      expect(failure.kind).toBe(kind);
      expect(failure.message).toMatch(/^cannot connect to postgres:\/\/dbtest@127\.0\.0\.1:\d+\/\w+: /);
      expect(failure.message).toContain(words);
      expect(failure.message).not.toMatch(new RegExp(`secret|${server.password}|\n`));
    }
  });

  it('is lost once, with everything that is tried on it, when the server ends it', async () => {
    const victim = await postgres.connect(server.url(), OPTIONS);
    victim.begin();
    await victim.execute(INSERT, [70, 0, 0, 'x']);
    const end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle in transaction'";
    await connection.run('terminate', end);
    const failure = await failureOf(victim.commit());
    expect(failure.kind).toBe<DatabaseErrorKind>('connection');
    expect((await failureOf(victim.rollback().then(() => victim.execute(SELECT, [[1]])))).kind).toBe('connection');
    await victim.close();
    expect(await idsOf(connection, [70])).toEqual([]);
  });
});

describe('the name of a server', () => {
  it.each([
    ['PostgreSQL 15.8 (Debian) on x86_64', 'PostgreSQL', '15.8'],
    ['CockroachDB CCL v24.1.0 (x86_64-pc-linux-gnu)', 'CockroachDB', '24.1.0'],
    ['PostgreSQL 11.2-YB-2.20.1.0-b0 on x86_64', 'YugabyteDB', '2.20.1.0-b0'],
  ])('is read of %s', (text, product, version) => {
    expect(productOf(text)).toEqual({ product, version });
  });
});
