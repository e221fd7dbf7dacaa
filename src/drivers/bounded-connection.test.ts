import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { BoundedConnection, type Bounds, connectBounded } from './bounded-connection.ts';
import { type Connection, DatabaseError, INTEGER, type Statement, type StatementResult } from './contract.ts';
import mysql from './mysql/driver.ts';
import postgres from './postgres/driver.ts';
import { describeWithServer, findMariadb, findPostgres } from './testing/installation.ts';
import { startMariadb } from './testing/mariadb-server.ts';
import { startPostgres } from './testing/postgres-server.ts';
import type { DatabaseServer } from './testing/server.ts';

const LOOK: Statement = { name: 'look', text: 'SELECT 1', parameters: [], columns: [] };
const RESULT: StatementResult = { rows: [], affectedRows: 0 };
const HOUR_MS = 3_600_000;

describe('a call that takes long', () => {
  let closed = 0;
  let answer: () => void = () => {};
  let open: BoundedConnection | null = null;
  afterEach(() => open?.close());

  /** @param isThere by look at the server; the last one stays */
  function connect(statementTimeoutMs: number, isThere: boolean[]) {
    closed = 0;
    const inner = {
      begin() {},
      execute: () =>
        new Promise<StatementResult>((resolve) => {
          answer = () => resolve(RESULT);
        }),
      rollback: async () => {},
      close: async () => {
        closed++;
      },
    } as Partial<Connection> as Connection;
    let looks = 0;
    const look = async (): Promise<boolean> => {
      looks++;
      return isThere.length > 1 ? (isThere.shift() as boolean) : (isThere[0] as boolean);
    };
    open = new BoundedConnection(inner, 'db://place', { statementTimeoutMs, silenceMs: 20 }, look);
    return { connection: open, looks: () => looks };
  }

  it('is waited for while the server takes connections', async () => {
    const { connection, looks } = connect(HOUR_MS, [true]);
    const result = connection.execute(LOOK, []);
    while (looks() < 3) await pause(5);
    answer();
    expect(await result).toBe(RESULT);
    const after = looks();
    await pause(60);
    expect(looks()).toBe(after);
    expect(closed).toBe(0);
  });

  it('is given up where the server takes none any more, and with it the connection', async () => {
    const { connection } = connect(HOUR_MS, [true, false]);
    const message =
      'db://place: look: no answer for 0 s, nor to another connection; look whether the server runs and is not paused';
    await expect(connection.execute(LOOK, [])).rejects.toMatchObject({
      kind: 'connection',
      statement: 'look',
      message,
    });
    await expect(connection.rollback()).rejects.toMatchObject({ kind: 'connection', message });
    answer();
    await connection.close();
    expect(closed).toBe(1);
  });

  it('is given up after the longest time, whatever the server says', async () => {
    const { connection } = connect(100, [true]);
    const words = /^db:\/\/place: look: no answer within 0\.1 s \(--statement-timeout\); look what [^\n]+$/;
    await expect(connection.execute(LOOK, [])).rejects.toMatchObject({ message: expect.stringMatching(words) });
    expect(closed).toBe(1);
  });

  it('is not one that was answered while this thread was busy', async () => {
    const { connection } = connect(30, [false]);
    const result = connection.execute(LOOK, []);
    setTimeout(answer, 35);
    const until = performance.now() + 60;
    while (performance.now() < until);
    expect(await result).toBe(RESULT);
  });
});

const BOUNDS: Bounds = {
  isolation: 'read committed',
  schema: null,
  prepareStatements: true,
  connectTimeoutMs: 10_000,
  statementTimeoutMs: HOUR_MS,
  applicationName: 'a test',
};

const COUNT: Statement = { name: 'count', text: 'SELECT count(*) FROM t', parameters: [], columns: [INTEGER] };

for (const { installation, driver, start } of [
  { installation: findPostgres(), driver: postgres, start: startPostgres },
  { installation: findMariadb(), driver: mysql, start: startMariadb },
]) {
  describeWithServer(installation, `a bounded connection of the driver ${driver.name}`, () => {
    let server: DatabaseServer;
    beforeAll(async () => {
      server = await start(installation);
    });
    afterAll(() => server?.close());

    it('reads one state in a snapshot, whatever its isolation level, and changes nothing', async () => {
      const writer = await connectBounded(driver, server.url(), BOUNDS);
      await writer.run('create', 'CREATE TABLE t (a integer)');
      const insert = () => writer.run('insert', 'INSERT INTO t VALUES (1)');
      for (const [before, prepareStatements] of [true, false].entries()) {
        const reader = await connectBounded(driver, server.url(), { ...BOUNDS, prepareStatements });
        const count = async () => (await reader.execute(COUNT, [])).rows;
        reader.beginSnapshot();
        const first = await count();
        await insert();
        expect([first, await count()]).toEqual([[[before]], [[before]]]);
        await reader.rollback();
        expect(await count()).toEqual([[before + 1]]);
        reader.begin();
        await count();
        await reader.rollback();
        reader.beginSnapshot();
        await expect(reader.run('write', 'INSERT INTO t VALUES (2)')).rejects.toMatchObject({ kind: 'refused' });
        await reader.close();
      }
      await writer.close();
    });

    it('is lost soon where the server is paused, and cannot be opened, both in one line', async () => {
      const bounds = { ...BOUNDS, connectTimeoutMs: 500, silenceMs: 50 };
      const connection = await connectBounded(driver, server.url(), { ...bounds, connectTimeoutMs: 2000 });
      const impatient = await connectBounded(driver, server.url(), { ...BOUNDS, statementTimeoutMs: 300 });
      server.pause();
      try {
        await expect(impatient.execute(LOOK, [])).rejects.toMatchObject({ kind: 'connection', statement: 'look' });
        const failure = await connection.execute(LOOK, []).catch((error: unknown) => error);
        expect(failure).toBeInstanceOf(DatabaseError);
        expect(failure).toMatchObject({ kind: 'connection', statement: 'look' });
        const words = `^${driver.name}://dbtest@127\\.0\\.0\\.1:\\d+/dbtest: look: no answer for [\\d.]+ s, nor `;
        expect((failure as Error).message).toMatch(new RegExp(words));
        await expect(connectBounded(driver, server.url(), bounds)).rejects.toMatchObject({
          kind: 'connection',
          message: expect.stringMatching(
            /^cannot connect to [^\n]+: no answer within 0\.5 s \(--connect-timeout\); look /,
          ),
        });
      } finally {
        server.resume();
        await Promise.all([connection.close(), impatient.close()]);
      }
    });
  });
}
