/**
 * PostgreSQL, and what speaks its protocol, by the package `pg`. The package is loaded with this file, which is loaded only
 * when somebody asks for the driver; everything here runs on the event loop of the thread that connects.
 */
import pg from 'pg';
import { type Connection, type ConnectOptions, type Driver, INTEGER, type Statement, TEXT } from '../contract.ts';
import { shownUrl } from '../database-url.ts';
import { PostgresConnection } from './connection.ts';
import { toDatabaseError } from './errors.ts';
import { quoteName } from './names.ts';

const HAS_SCHEMA: Statement = {
  name: 'look for the schema',
  text: 'SELECT 1 FROM pg_namespace WHERE nspname = $1',
  parameters: [TEXT],
  columns: [INTEGER],
  isOnce: true,
};

const POSTGRES: Driver = {
  name: 'postgres',
  dialect: 'postgres',
  urlProtocols: ['postgres:', 'postgresql:'],
  urlExample: 'postgres://user@localhost:5432/tpcc',
  defaultPort: 5432,
  hasSchemas: true,
  hasListParameters: true,
  hasProcedures: true,
  hasTwoPhaseCommit: true,
  isInProcess: false,
  preparesByDefault: true,
  /** A snapshot, under which TPC-C is serializable (Fekete et al., Making Snapshot Isolation Serializable, TODS 2005). */
  defaultIsolation: 'repeatable read',
  connect,
};

export default POSTGRES;

async function connect(url: string, options: ConnectOptions): Promise<Connection> {
  const place = shownUrl(url);
  let connection: PostgresConnection | null = null;
  const client = newClient(url, place, options);
  try {
    await client.connect();
    connection = new PostgresConnection(client, place, options);
    await connection.run('prepare the session', sessionSettings(options));
    if (options.schema !== null) await enterSchema(connection, options.schema);
    return connection;
  } catch (error) {
    await connection?.close();
    throw toDatabaseError(error, null, place);
  }
}

function newClient(url: string, place: string, options: ConnectOptions): pg.Client {
  try {
    const client = new pg.Client({
      connectionString: url,
      connectionTimeoutMillis: options.connectTimeoutMs,
      application_name: options.applicationName,
      keepAlive: true,
    });
    // Errors of the socket come here too; who waits for an answer hears of them by its promise.
    client.on('error', () => {});
    return client;
  } catch (error) {
    throw toDatabaseError(error, null, place);
  }
}

/** Dates as `values.ts` reads them; the isolation level is that of every BEGIN. */
const sessionSettings = ({ isolation }: ConnectOptions): string =>
  "SET TIME ZONE 'UTC'; SET DateStyle TO ISO; " +
  `SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL ${isolation.toUpperCase()}`;

async function enterSchema(connection: Connection, schema: string): Promise<void> {
  const { rows } = await connection.execute(HAS_SCHEMA, [schema]);
  if (rows.length === 0) await connection.run('create the schema', `CREATE SCHEMA IF NOT EXISTS ${quoteName(schema)}`);
  await connection.run('enter the schema', `SET search_path TO ${quoteName(schema)}`);
}
