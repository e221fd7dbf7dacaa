/**
 * SQLite in a file, by `node:sqlite` or the package `libsql`, which are loaded with this file; it is loaded only when somebody
 * asks for the driver. Everything here runs in the thread that connects, the database engine itself included.
 */
import { existsSync } from 'node:fs';
import { type Connection, type ConnectOptions, DatabaseError, type Driver } from '../contract.ts';
import { SqliteConnection } from './connection.ts';
import { toDatabaseError } from './errors.ts';
import { openLibrary, type SqliteDatabase } from './library.ts';
import { whenUnlocked } from './write-turn.ts';

const openDatabase = await openLibrary();

const SQLITE: Driver = {
  name: 'sqlite',
  dialect: 'sqlite',
  urlProtocols: ['sqlite:'],
  urlExample: 'sqlite:tpcc.db',
  defaultPort: 0,
  urlProblem,
  hasSchemas: false,
  hasListParameters: false,
  hasProcedures: false,
  hasTwoPhaseCommit: false,
  isInProcess: true,
  preparesByDefault: true,
  defaultIsolation: 'serializable',
  connect,
};

export default SQLITE;

/** Pragmas that a URL may set: `sqlite:tpcc.db?synchronous=normal`. */
const PRAGMAS: ReadonlySet<string> = new Set([
  'synchronous',
  'journal_mode',
  'cache_size',
  'wal_autocheckpoint',
  'max_page_count',
]);

/** File of a URL: `sqlite:tpcc.db`, `sqlite:/data/tpcc.db`, `sqlite:///data/tpcc.db`. */
export function pathOf(url: string): string {
  const { host, pathname } = new URL(url);
  return decodeURIComponent(host + pathname);
}

function urlProblem(url: URL): string | null {
  const path = pathOf(url.href);
  if (path === '' || path === ':memory:') return 'it names no file, which is all that sessions share';
  const wrong = [...url.searchParams].find(([name, value]) => !PRAGMAS.has(name) || !/^-?\w+$/.test(value));
  return wrong === undefined ? null : `?${wrong[0]}=… is none of ${[...PRAGMAS].join(', ')} with a plain value`;
}

async function connect(url: string, options: ConnectOptions): Promise<Connection> {
  const parsed = new URL(url);
  const problem = urlProblem(parsed);
  if (problem !== null) throw new DatabaseError('refused', `${url}: ${problem}`);
  const path = pathOf(url);
  if (options.schema !== null) throw new DatabaseError('refused', `${path}: SQLite has no schemas`);
  const pragmas = [...parsed.searchParams].map(([name, value]) => `PRAGMA ${name} = ${value}`);
  const isNew = !existsSync(path);
  let database: SqliteDatabase | null = null;
  try {
    const opened = openDatabase(path);
    database = opened;
    // Waiting is done outside the library. Readers and the writer do not wait for each other with a write-ahead log.
    opened.exec('PRAGMA busy_timeout = 0');
    opened.exec('PRAGMA foreign_keys = ON');
    if (!pragmas.some((text) => text.includes('journal_mode'))) pragmas.push('PRAGMA journal_mode = wal');
    for (const text of pragmas) await whenUnlocked(() => opened.exec(text));
    return new SqliteConnection(opened, path, options, isNew);
  } catch (error) {
    database?.close();
    throw toDatabaseError(error, null, path);
  }
}
