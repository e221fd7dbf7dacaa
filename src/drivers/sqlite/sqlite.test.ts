import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextRound } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Connection, type ConnectOptions, INTEGER, MONEY, type Statement, TEXT } from '../contract.ts';
import { loadDriver } from '../registry.ts';
import driver, { pathOf } from './driver.ts';

const OPTIONS: ConnectOptions = {
  isolation: 'serializable',
  schema: null,
  prepareStatements: true,
  connectTimeoutMs: 1000,
  applicationName: 'test',
};

const INSERT: Statement = {
  name: 'insert',
  text: 'INSERT INTO account VALUES ($1, $2, $1)',
  parameters: [INTEGER, MONEY],
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
  text: 'SELECT id, balance FROM account ORDER BY id',
  parameters: [],
  columns: [INTEGER, MONEY],
};

let folder: string;
let path: string;
let connections: Connection[];

const open = async (query = '', options: Partial<ConnectOptions> = {}): Promise<Connection> => {
  const connection = await driver.connect(`sqlite:${path}${query}`, { ...OPTIONS, ...options });
  connections.push(connection);
  return connection;
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dbtest-sqlite-'));
  path = join(folder, 'file.db');
  connections = [];
  const connection = await open('?synchronous=off');
  await connection.run('create', 'CREATE TABLE account (id integer PRIMARY KEY, balance integer, tag integer)');
});

afterEach(async () => {
  for (const connection of connections) await connection.close();
  rmSync(folder, { recursive: true });
});

const first = (): Connection => connections[0] as Connection;
const rows = async (connection = first()) => (await connection.execute(READ, [])).rows;

describe('a connection to SQLite', () => {
  it('is what the registry loads', async () => {
    expect(await loadDriver('sqlite')).toBe(driver);
  });

  it('executes statements in and outside of transactions, with numbered parameters', async () => {
    expect(await first().execute(INSERT, [1, 9_007_199_254_740_991])).toEqual({ rows: [], affectedRows: 1 });
    first().begin();
    await first().executeAll([
      { statement: INSERT, parameters: [2, -5] },
      { statement: ADD, parameters: [2, 15] },
    ]);
    expect((await first().commit([{ statement: READ, parameters: [] }]))[0]?.rows).toEqual([
      [1, 9_007_199_254_740_991],
      [2, 10],
    ]);
    first().begin();
    await first().execute(ADD, [2, 1]);
    await first().rollback();
    expect((await rows())[1]).toEqual([2, 10]);
    first().begin();
    await first().commit();
    await first().rollback();
  });

  it('undoes what is not a transaction but fails', async () => {
    const calls = [1, 2, 1].map((id) => ({ statement: INSERT, parameters: [id, 0] }));
    await expect(first().executeAll(calls)).rejects.toMatchObject({ kind: 'constraint', code: 'SQLITE_CONSTRAINT' });
    expect(await rows()).toEqual([]);
  });

  it('inserts in bulk, alone and in a transaction', async () => {
    const bulk = (ids: number[]) => ({
      table: 'account',
      rowCount: ids.length,
      columns: [
        { name: 'id', type: INTEGER, values: ids },
        { name: 'balance', type: MONEY, values: ids.map(() => null) },
        { name: 'tag', type: TEXT, values: ids.map(String) },
      ],
    });
    await first().bulkInsert(bulk([1, 2]));
    await expect(first().bulkInsert(bulk([3, 2]))).rejects.toThrow(/insert into account: UNIQUE/);
    first().begin();
    await first().bulkInsert(bulk([4]));
    await first().rollback();
    expect(await rows()).toEqual([
      [1, null],
      [2, null],
    ]);
  });

  it('lets sessions of one thread write in turns, and readers read meanwhile', async () => {
    await first().execute(INSERT, [1, 0]);
    const sessions = [first(), await open(), await open(), await open()];
    const reader = await open();
    let seen = 0;
    const write = async (session: Connection): Promise<void> => {
      for (let i = 0; i < 25; i++) {
        session.begin();
        const { rows: before } = await session.execute(READ, []);
        await nextRound();
        seen = Math.max(seen, Number((await rows(reader))[0]?.[1]));
        await session.commit([{ statement: ADD, parameters: [1, 1] }]);
        expect(before).toHaveLength(1);
      }
    };
    await Promise.all(sessions.map(write));
    expect(await rows()).toEqual([[1, 100]]);
    expect(seen).toBeGreaterThan(50);
  });

  it('says what is in force', async () => {
    const facts = await (await open('?synchronous=normal')).facts();
    expect(facts).toMatchObject({
      product: 'SQLite',
      isolation: 'serializable',
      isReadOnly: false,
      settings: { journal_mode: 'wal', synchronous: 'normal', foreign_keys: '1' },
    });
    expect(facts.version).toMatch(/^3\.\d+\.\d+/);
    expect(await first().hasTable('account')).toBe(true);
    expect(await first().hasTable('accounts')).toBe(false);
  });

  it('has no two-phase commit', async () => {
    expect(await first().mostPrepared()).toBe(0);
    expect(await first().listPrepared('')).toEqual([]);
    await expect(first().prepare('x')).rejects.toMatchObject({ kind: 'other' });
  });

  it('names the statement that a message is about', async () => {
    const wrong: Statement = { name: 'stock: read', text: 'SELECT absent', parameters: [], columns: [INTEGER] };
    await expect(first().execute(wrong, [])).rejects.toMatchObject({
      kind: 'other',
      statement: 'stock: read',
      message: expect.stringMatching(/file\.db: stock: read: no such column: absent$/),
    });
  });

  it('refuses what is no database, no place for one, and pragmas that it does not know', async () => {
    const refused = (message: RegExp) => ({ kind: 'refused', message: expect.stringMatching(message) });
    const real = path;
    path = join(folder, 'text');
    writeFileSync(path, 'a text of some length, which is no database\n'.repeat(100));
    await expect(open()).rejects.toMatchObject(refused(/^cannot open .*text: file is not a database$/));
    path = join(folder, 'nowhere', 'file.db');
    await expect(open()).rejects.toMatchObject(refused(/^cannot open .*nowhere.*: unable to open database file$/));
    path = real;
    await expect(open('?synchronous=1;DROP')).rejects.toMatchObject(refused(/synchronous/));
    await expect(open('?temp_store=2')).rejects.toMatchObject(refused(/temp_store/));
    await expect(open('', { schema: 'tpcc' })).rejects.toMatchObject(refused(/no schemas/));
    await expect(driver.connect('sqlite::memory:', OPTIONS)).rejects.toMatchObject(refused(/names no file/));
  });

  it('reads a file that it may not write to, and says so', async () => {
    await first().execute(INSERT, [1, 0]);
    await first().run('checkpoint', 'PRAGMA journal_mode = delete');
    await first().close();
    connections = [];
    chmodSync(path, 0o444);
    const facts = async () => (await open('?journal_mode=delete')).facts();
    // Permissions do not bind root.
    expect((await facts()).isReadOnly).toBe(process.getuid?.() !== 0);
  });

  it('leaves no file behind that it made and nothing came into', async () => {
    await first().close();
    expect(existsSync(path)).toBe(true);
    path = join(folder, 'absent.db');
    const connection = await open();
    expect(await connection.hasTable('account')).toBe(false);
    await connection.close();
    expect(readdirSync(folder).filter((name) => name.startsWith('absent'))).toEqual([]);
  });

  it('takes the file from a URL as people write it', () => {
    expect(
      ['sqlite:a.db', 'sqlite:dir/a.db', 'sqlite:/d/a.db', 'sqlite:///d/a%20b.db', 'sqlite://a.db'].map(pathOf),
    ).toEqual(['a.db', 'dir/a.db', '/d/a.db', '/d/a b.db', 'a.db']);
  });
});
