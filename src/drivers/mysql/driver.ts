/**
 * MySQL, MariaDB, and what speaks their protocol, by the package `mysql2`. The package is loaded with this file, which is
 * loaded only when somebody asks for the driver; everything here runs on the event loop of the thread that connects.
 */
import mysql from 'mysql2/promise';
import { type Connection, type ConnectOptions, DatabaseError, type Driver } from '../contract.ts';
import { shownUrl } from '../database-url.ts';
import { MysqlConnection } from './connection.ts';
import { toDatabaseError } from './errors.ts';

const MYSQL: Driver = {
  name: 'mysql',
  dialect: 'mysql',
  urlProtocols: ['mysql:', 'mariadb:'],
  urlExample: 'mysql://user@localhost:3306/tpcc',
  defaultPort: 3306,
  urlProblem,
  hasSchemas: true,
  schemasAreDatabases: true,
  hasListParameters: false,
  hasProcedures: true,
  hasTwoPhaseCommit: true,
  isInProcess: false,
  preparesByDefault: false,
  /** A snapshot for what is only read; what is written is read under its lock, which sees the newest rows. */
  defaultIsolation: 'repeatable read',
  connect,
};

export default MYSQL;

/** Parameters that a URL may have. The package takes any of its options there, also those that values here depend on. */
const URL_PARAMETERS: ReadonlySet<string> = new Set(['ssl', 'socketPath']);

function urlProblem(url: URL): string | null {
  const unknown = [...url.searchParams.keys()].find((name) => !URL_PARAMETERS.has(name));
  return unknown === undefined ? null : `?${unknown}=… is none of ${[...URL_PARAMETERS].join(', ')}`;
}

async function connect(url: string, options: ConnectOptions): Promise<Connection> {
  const place = shownUrl(url);
  if (options.schema === null && new URL(url).pathname.length <= 1) {
    throw new DatabaseError(
      'refused',
      `${place}: it names no database; add one (${MYSQL.urlExample}), or give --schema`,
    );
  }
  let client: mysql.Connection | null = null;
  try {
    client = await mysql.createConnection({
      uri: url.replace(/^mariadb:/, 'mysql:'),
      connectTimeout: options.connectTimeoutMs,
      // The batches of sessions without prepared statements.
      multipleStatements: true,
      dateStrings: true,
      supportBigNumbers: true,
      bigNumberStrings: false,
      enableKeepAlive: true,
      connectAttributes: { program_name: options.applicationName },
    });
    const database = options.schema ?? decodeURIComponent(new URL(url).pathname.slice(1));
    const connection = new MysqlConnection(client, place, database, options);
    await connection.run('prepare the session', sessionSettings(options));
    if (options.schema !== null) {
      const schema = `\`${options.schema.replaceAll('`', '``')}\``;
      await connection.run('enter the schema', `CREATE DATABASE IF NOT EXISTS ${schema}; USE ${schema}`);
    }
    return connection;
  } catch (error) {
    client?.destroy();
    throw toDatabaseError(error, null, place);
  }
}

/** Dates as `values.ts` has them, and no value that is changed to fit without an error. */
const sessionSettings = ({ isolation }: ConnectOptions): string =>
  "SET SESSION time_zone = '+00:00'; SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'; " +
  `SET SESSION TRANSACTION ISOLATION LEVEL ${isolation.toUpperCase()}`;
