/**
 * Prepared transactions that an earlier run has left, because it or a server stopped between the two phases. The decision
 * is where the own shard of the transaction has noted it; what was not decided by then is undone (presumed abort).
 */
import type { Connection } from '../../drivers/contract.ts';
import type { RunEvents } from '../run-events.ts';
import { settleDecision } from './decisions.ts';
import { DECISION_TABLE } from './own-tables.ts';

const PREFIX = 'dbtest:';

/** The own shard, of `dbtest:RUN:SHARD.WORKER.SESSION:NUMBER`. */
const homeOf = (gid: string): number => Number(/^dbtest:[^:]*:(\d+)\./.exec(gid)?.[1] ?? Number.NaN);

/**
 * Ends them, and forgets decisions that nobody asks for any more. No other run may go on. Where there is one database
 * nothing was prepared, and the server, which may want a privilege for it, is not asked.
 * @param connections by shard
 */
export async function resolveOrphans(
  connections: readonly Connection[],
  placeOf: (shard: number) => string,
  events: RunEvents,
): Promise<void> {
  if (connections.length < 2) return;
  for (const [shard, connection] of connections.entries()) {
    for (const { gid } of await connection.listPrepared(PREFIX)) {
      const home = connections[homeOf(gid)];
      if (home === undefined) continue;
      const isDecided = await settleDecision(home, gid);
      await (isDecided ? connection.commitPrepared(gid) : connection.rollbackPrepared(gid));
      const what = isDecided ? 'Committed' : 'Rolled back';
      events.log(`${what} the prepared transaction ${gid} that was left at ${placeOf(shard)}`);
    }
  }
  for (const connection of connections) await connection.run('forget decisions', `DELETE FROM ${DECISION_TABLE}`);
}
