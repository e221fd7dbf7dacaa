/**
 * Whether a transaction over several databases is committed: its own shard has a row for it, written by its commit or by
 * whoever found no decision and wants one. The key makes sure that there is one outcome, also where the session that was about
 * to commit is not quite dead yet.
 */
import { type Call, type Connection, DatabaseError, type Statement, TEXT } from '../../drivers/contract.ts';
import { DECISION_TABLE } from './own-tables.ts';

const COMMIT = 'commit';
const ABORT = 'abort';

const DECIDE: Statement = {
  name: 'two-phase commit: decision',
  text: `INSERT INTO ${DECISION_TABLE} (gid, outcome) VALUES ($1, $2)`,
  parameters: [TEXT, TEXT],
  columns: [],
};

const READ: Statement = {
  name: 'two-phase commit: read a decision',
  text: `SELECT outcome FROM ${DECISION_TABLE} WHERE gid = $1`,
  parameters: [TEXT],
  columns: [TEXT],
};

/** For the commit of the own shard. */
export const decisionToCommit = (gid: string): Call => ({ statement: DECIDE, parameters: [gid, COMMIT] });

/** Decides to undo what nobody has decided. @param home a connection to the own shard. @returns whether it is committed */
export async function settleDecision(home: Connection, gid: string): Promise<boolean> {
  try {
    await home.execute(DECIDE, [gid, ABORT]);
    return false;
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.kind !== 'constraint') throw error;
    return (await home.execute(READ, [gid])).rows[0]?.[0] === COMMIT;
  }
}
