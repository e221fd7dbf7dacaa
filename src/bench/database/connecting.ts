/** Connections as a run's configuration wants them, and what becomes of their errors. */
import type { RunConfig } from '../../config/run-config.ts';
import { connectBounded } from '../../drivers/bounded-connection.ts';
import { type Connection, DatabaseError, type Driver } from '../../drivers/contract.ts';
import { EXIT, OperatingFault } from '../../errors.ts';

/**
 * @param urls by shard, with their passwords
 * @throws DatabaseError
 */
export function connectTo(
  driver: Driver,
  { database }: RunConfig,
  urls: readonly string[],
  shard: number,
): Promise<Connection> {
  if (database === undefined) throw new Error('a run on databases has them in its configuration');
  return connectBounded(driver, urls[shard], {
    isolation: database.isolation,
    schema: schemaOf(driver, database.schema, urls.length, shard),
    prepareStatements: database.prepareStatements,
    connectTimeoutMs: database.connectTimeoutSeconds * 1000,
    statementTimeoutMs: database.statementTimeoutSeconds * 1000,
    applicationName: 'dbtest',
  });
}

/** Where schemas are databases each shard has one by its own name: several shards may be at one server. */
const schemaOf = (driver: Driver, schema: string | null, shards: number, shard: number): string | null =>
  schema !== null && shards > 1 && driver.schemasAreDatabases === true ? `${schema}_${shard}` : schema;

/** A database's error as one that ends the command (exit status 5); anything else as it is. */
export const faultOf = (error: unknown): unknown =>
  error instanceof DatabaseError ? new OperatingFault('DATABASE', EXIT.connection, error.message, error) : error;

/** Lets work on a database fail as an operating fault. */
export async function withFaults<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw faultOf(error);
  }
}
