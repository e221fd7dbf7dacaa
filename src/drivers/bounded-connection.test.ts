import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { BoundedConnection, connectBounded } from './bounded-connection.ts';
import { type Connection, DatabaseError, type Driver, type Statement, type StatementResult } from './contract.ts';
import mysql from './mysql/driver.ts';
import postgres from './postgres/driver.ts';
import { describeWithServer, findMariadb, findPostgres } from './testing/installation.ts';
import { startMariadb } from './testing/mariadb-server.ts';
import { startPostgres } from './testing/postgres-server.ts';

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

for (const [installation, driver, start] of [
  [findPostgres(), postgres, startPostgres],
  [findMariadb(), mysql, startMariadb],
] as const) {
  describeWithServer(
    installation,
    `a connection of the driver ${(driver as Driver).name} with a server that is paused`,
    () => {
      it('is lost soon, and cannot be opened, both in one line', async () => {
        const server = await start(installation);
        const bounds = {
          isolation: 'repeatable read',
          schema: null,
          prepareStatements: true,
          connectTimeoutMs: 300,
          statementTimeoutMs: HOUR_MS,
          silenceMs: 50,
          applicationName: 'a test',
        } as const;
        const connection = await connectBounded(driver, server.url(), bounds);
        try {
          server.pause();
          const failure = await connection.execute(LOOK, []).catch((error: unknown) => error);
          expect(failure).toBeInstanceOf(DatabaseError);
          expect(failure).toMatchObject({ kind: 'connection', statement: 'look' });
          const place = new RegExp(
            `^${driver.name}://dbtest@127\\.0\\.0\\.1:\\d+/dbtest: look: no answer for [\\d.]+ s, nor `,
          );
          expect((failure as Error).message).toMatch(place);
          await expect(connectBounded(driver, server.url(), bounds)).rejects.toMatchObject({
            kind: 'connection',
            message: expect.stringMatching(
              /^cannot connect to [^\n]+: no answer within 0\.3 s \(--connect-timeout\); look /,
            ),
          });
        } finally {
          server.resume();
          await connection.close();
          await server.close();
        }
      });
    },
  );
}
