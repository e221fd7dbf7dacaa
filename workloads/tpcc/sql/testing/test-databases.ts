/** Databases of every dialect for tests, with TPC-C's tables: on servers that the tests start, and in files. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BulkRows, Connection, ConnectOptions, Dialect, Driver } from '../../../../src/drivers/contract.ts';
import mysql from '../../../../src/drivers/mysql/driver.ts';
import postgres from '../../../../src/drivers/postgres/driver.ts';
import sqlite from '../../../../src/drivers/sqlite/driver.ts';
import { findMariadb, findPostgres, type Installation } from '../../../../src/drivers/testing/installation.ts';
import { startMariadb } from '../../../../src/drivers/testing/mariadb-server.ts';
import { startPostgres } from '../../../../src/drivers/testing/postgres-server.ts';
import type { DatabaseServer } from '../../../../src/drivers/testing/server.ts';
import { type TpccSchemaOptions, tpccSchema } from '../schema.ts';

const CONNECT: ConnectOptions = {
  isolation: 'repeatable read',
  schema: null,
  prepareStatements: true,
  connectTimeoutMs: 10_000,
  applicationName: 'dbtest tests',
};

/** A server with some databases, and a connection to each. */
export interface TestServer {
  dialect: Dialect;
  /** In the order of `databases`. */
  connections: Connection[];
  /** Another connection to one of them; closed with the server at the latest. */
  connect(database: string, options?: Partial<ConnectOptions>): Promise<Connection>;
  close(): Promise<void>;
}

export interface TestKind {
  dialect: Dialect;
  installation: Installation;
  open(databases: readonly string[]): Promise<TestServer>;
}

export const TEST_KINDS: readonly TestKind[] = [
  {
    dialect: 'postgres',
    installation: findPostgres(),
    open: (databases) => openServer(postgres, databases, startPostgres(findPostgres(), { databases })),
  },
  {
    dialect: 'mysql',
    installation: findMariadb(),
    open: (databases) => openServer(mysql, databases, startMariadb(findMariadb(), { databases })),
  },
  {
    dialect: 'sqlite',
    installation: { product: 'SQLite', found: true, program: '', version: '' },
    open(databases) {
      const folder = mkdtempSync(join(tmpdir(), 'dbtest-sqlite-'));
      const url = (name: string) => `sqlite:${join(folder, name)}?synchronous=off`;
      return openServer(sqlite, databases, { url, close: async () => rmSync(folder, { recursive: true }) });
    },
  },
];

async function openServer(
  driver: Driver,
  databases: readonly string[],
  starting: Promise<Pick<DatabaseServer, 'url' | 'close'>> | Pick<DatabaseServer, 'url' | 'close'>,
): Promise<TestServer> {
  const server = await starting;
  const opened: Connection[] = [];
  const connect: TestServer['connect'] = async (database, options = {}) => {
    const connection = await driver.connect(server.url(database), { ...CONNECT, ...options });
    opened.push(connection);
    return connection;
  };
  const connections: Connection[] = [];
  for (const name of databases) connections.push(await connect(name));
  const close = async (): Promise<void> => {
    await Promise.all(opened.map((connection) => connection.close()));
    await server.close();
  };
  return { dialect: driver.dialect, connections, connect, close };
}

/** Makes the tables, loads the batches, and makes keys and indexes. @param nullable whether tests may put nulls anywhere */
export async function fill(
  connection: Connection,
  dialect: Dialect,
  batches: Iterable<BulkRows>,
  options: Partial<TpccSchemaOptions> & { nullable?: boolean } = {},
): Promise<void> {
  const { createTables, afterLoad } = tpccSchema(dialect, { foreignKeys: false, partitions: 0, ...options });
  for (const { name, text } of createTables) {
    await connection.run(name, options.nullable === true ? text.replaceAll(' NOT NULL', '') : text);
  }
  for (const batch of batches) await connection.bulkInsert(batch);
  for (const { name, text } of afterLoad) await connection.run(name, text);
}
