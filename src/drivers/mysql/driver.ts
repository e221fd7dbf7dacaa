/**
 * MySQL, MariaDB, and what speaks their protocol, by the package `mysql2`. The package is loaded with this file, which is
 * loaded only when somebody asks for the driver; everything here runs on the event loop of the thread that connects.
 */
import mysql from 'mysql2/promise';
import type { Connection, ConnectOptions, Driver } from '../contract.ts';
import { shownUrl } from '../database-url.ts';
import { MysqlConnection } from './connection.ts';
import { toDatabaseError } from './errors.ts';

const MYSQL: Driver = {
  name: 'mysql',
  dialect: 'mysql',
  urlProtocols: ['mysql:', 'mariadb:'],
  urlExample: 'mysql://user@localhost:3306/tpcc',
  defaultPort: 3306,
  hasListParameters: false,
  hasProcedures: false,
  hasTwoPhaseCommit: false,
  isInProcess: false,
  /** A snapshot for what is only read; what is written is read under its lock, which sees the newest rows. */
  defaultIsolation: 'repeatable read',
  connect,
};

export default MYSQL;

async function connect(url: string, options: ConnectOptions): Promise<Connection> {
  const place = shownUrl(url);
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
    const connection = new MysqlConnection(client, place, options);
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
