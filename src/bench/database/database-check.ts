/** The conditions over all databases of a run, read on the servers and merged here. Runs on the main thread. */
import type { RunConfig } from '../../config/run-config.ts';
import type { Connection, Driver } from '../../drivers/contract.ts';
import type { ConditionResult, ConsistencyResult } from '../result.ts';
import type { RunEvents } from '../run-events.ts';
import type { DatabaseWorkload } from './contract.ts';
import { routingOf } from './shard-routing.ts';

/**
 * Each database is read from one state of it, so that nobody who writes meanwhile is taken for damage. The states of several
 * databases are of about the same moment, which is not enough while transactions go on between them.
 * @param connections by shard
 * @throws DatabaseError
 */
export async function checkDatabases(
  config: RunConfig,
  driver: Driver,
  database: DatabaseWorkload,
  connections: readonly Connection[],
  events: RunEvents,
): Promise<ConsistencyResult> {
  events.log('Checking the consistency conditions');
  events.progress({ phase: 'check' });
  const startedMs = performance.now();
  const routing = routingOf(config);
  const partials = await Promise.all(
    connections.map(async (connection, shard) => {
      connection.beginSnapshot();
      const partial = await database.check(connection, driver.dialect, routing.part(shard));
      await connection.rollback();
      return partial;
    }),
  );
  const conditions = database.judge(partials, true);
  return { passed: passedOf(conditions), checkSeconds: (performance.now() - startedMs) / 1000, conditions };
}

const passedOf = (conditions: readonly ConditionResult[]): boolean | null =>
  conditions.length === 0 ? null : conditions.every((condition) => condition.passed);
