import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import mysql from 'mysql2/promise';
import pg from 'pg';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { describeWithServer, findMariadb, findPostgres, type Installation } from './installation.ts';
import { startMariadb } from './mariadb-server.ts';
import { startPostgres } from './postgres-server.ts';
import type { DatabaseServer, ServerOptions } from './server.ts';

/** Runs one statement on a connection of its own. */
async function queryPostgres(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query({ text: sql, rowMode: 'array' })).rows.flat();
  } finally {
    await client.end();
  }
}

async function queryMariadb(url: string, sql: string): Promise<unknown[]> {
  const connection = await mysql.createConnection(url);
  try {
    const [rows] = await connection.query({ sql, rowsAsArray: true });
    return Array.isArray(rows) ? rows.flat() : [];
  } finally {
    await connection.end();
  }
}

/** Whether somebody listens. */
const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connectTcp(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
}

interface Kind {
  installation: Installation;
  name: 'postgres' | 'mariadb';
  start(installation: Installation, options?: ServerOptions): Promise<DatabaseServer>;
  query(url: string, sql: string): Promise<unknown[]>;
  setting: [name: string, value: number, readBack: string, expected: unknown];
}

const KINDS: Kind[] = [
  {
    installation: findPostgres(),
    name: 'postgres',
    start: startPostgres,
    query: queryPostgres,
    setting: ['max_prepared_transactions', 3, 'SHOW max_prepared_transactions', '3'],
  },
  {
    installation: findMariadb(),
    name: 'mariadb',
    start: startMariadb,
    query: queryMariadb,
    setting: ['max-connections', 13, 'SELECT @@max_connections', 13],
  },
];

for (const { installation, name, start, query, setting } of KINDS) {
  describeWithServer(installation, `a ${name} server for tests`, () => {
    const servers: DatabaseServer[] = [];
    const open = async (options?: ServerOptions): Promise<DatabaseServer> => {
      const server = await start(installation, options);
      servers.push(server);
      return server;
    };
    afterAll(() => Promise.all(servers.map((server) => server.close())));

    it('keeps apart from others, has the databases and settings asked for, and keeps its data over a crash', async () => {
      const [first, second] = await Promise.all([
        open({ databases: ['other'], settings: { [setting[0]]: setting[1] } }),
        open(),
      ]);
      expect(first.port).not.toBe(second.port);
      expect(await query(first.url(), setting[2])).toEqual([setting[3]]);
      expect(await query(second.url(), setting[2])).not.toEqual([setting[3]]);
      await query(first.url('other'), 'CREATE TABLE t (a integer)');
      await query(first.url('other'), 'INSERT INTO t VALUES (7)');
      for (const how of ['shutdown', 'crash'] as const) {
        await first.stop(how);
        expect(await listens(first.port)).toBe(false);
        await first.start();
        expect(await query(first.url('other'), 'SELECT a FROM t')).toEqual([7]);
      }
      await expect(query(second.url('other'), 'SELECT 1')).rejects.toThrow(/other/);
      await expect(query(first.url().replace(first.password, 'wrong'), 'SELECT 1')).rejects.toThrow(/dbtest/);
    });

    it('leaves nothing behind', async () => {
      // Other tests start servers at the same time.
      const own = mkdtempSync(join(tmpdir(), 'dbtest-own-'));
      // As the folder for temporary files is: the servers, which run as another user where the tests are root's, remove theirs.
      chmodSync(own, 0o1777);
      vi.stubEnv('TMPDIR', own);
      try {
        const server = await open();
        expect(readdirSync(own)).toHaveLength(1);
        await server.close();
        await server.close();
        expect(await listens(server.port)).toBe(false);
        expect(readdirSync(own)).toEqual([]);
      } finally {
        vi.unstubAllEnvs();
        rmSync(own, { recursive: true, force: true });
      }
    });

    it('says why it does not start', async () => {
      await expect(open({ settings: { [setting[0]]: "'nonsense'", 'no-such-setting': 1 } })).rejects.toThrow(
        /no.such.setting|nonsense/,
      );
    });
  });
}

describe('the guard of a server', () => {
  it('ends the server and removes its folder when the process that started it is killed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'dbtest-guarded-'));
    const guard = fileURLToPath(new URL('./guard.sh', import.meta.url));
    const program = `
      const guard = require('node:child_process').spawn('/bin/sh', process.argv.slice(1), { stdio: ['pipe', 'ignore', 'ignore'] });
      guard.stdin.write('start\\n');
    `;
    const holder = spawn(process.execPath, ['-e', program, guard, folder, 'KILL', 'sleep', '1000'], {
      stdio: 'inherit',
    });
    const pidPath = join(folder, 'pid');
    await until(() => existsSync(pidPath) && readFileSync(pidPath, 'utf8').endsWith('\n'));
    const pid = Number(readFileSync(pidPath, 'utf8'));
    expect(() => process.kill(pid, 0)).not.toThrow();
    holder.kill('SIGKILL');
    await until(() => !existsSync(folder));
    expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
  });
});

describe('a server that is not there', () => {
  it('is named with what to do', () => {
    const before = process.env['DBTEST_POSTGRES_BIN'];
    process.env['DBTEST_POSTGRES_BIN'] = '/nowhere';
    try {
      expect(findPostgres()).toMatchObject({ found: false, reason: expect.stringContaining('DBTEST_POSTGRES_BIN') });
    } finally {
      if (before === undefined) delete process.env['DBTEST_POSTGRES_BIN'];
      else process.env['DBTEST_POSTGRES_BIN'] = before;
    }
  });
});
