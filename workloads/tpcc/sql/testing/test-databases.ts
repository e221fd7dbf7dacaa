/** Databases of every dialect for tests, with TPC-C's tables: on servers that the tests start, and in files. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BulkRows, Connection, ConnectOptions, Dialect } from '../../../../src/drivers/contract.ts';
import mysql from '../../../../src/drivers/mysql/driver.ts';
import postgres from '../../../../src/drivers/postgres/driver.ts';
import sqlite from '../../../../src/drivers/sqlite/driver.ts';
import { findMariadb, findPostgres, type Installation } from '../../../../src/drivers/testing/installation.ts';
import { startMariadb } from '../../../../src/drivers/testing/mariadb-server.ts';
import { startPostgres } from '../../../../src/drivers/testing/postgres-server.ts';
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
    async open(databases) {
      const server = await startPostgres(findPostgres(), { databases });
      const connections = await Promise.all(databases.map((name) => postgres.connect(server.url(name), CONNECT)));
      return { dialect: 'postgres', connections, close: () => closeAll(connections, server) };
    },
  },
  {
    dialect: 'mysql',
    installation: findMariadb(),
    async open(databases) {
      const server = await startMariadb(findMariadb(), { databases });
      const connections = await Promise.all(databases.map((name) => mysql.connect(server.url(name), CONNECT)));
      return { dialect: 'mysql', connections, close: () => closeAll(connections, server) };
    },
  },
  {
    dialect: 'sqlite',
    installation: { product: 'SQLite', found: true, program: '', version: '' },
    async open(databases) {
      const folder = mkdtempSync(join(tmpdir(), 'dbtest-sqlite-'));
      const urls = databases.map((name) => `sqlite:${join(folder, name)}?synchronous=off`);
      const connections = await Promise.all(urls.map((url) => sqlite.connect(url, CONNECT)));
      const close = async () => rmSync(folder, { recursive: true });
      return { dialect: 'sqlite', connections, close: () => closeAll(connections, { close }) };
    },
  },
];

async function closeAll(connections: readonly Connection[], server: { close(): Promise<void> }): Promise<void> {
  await Promise.all(connections.map((connection) => connection.close()));
  await server.close();
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
