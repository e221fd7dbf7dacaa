/** Branches of XA transactions that wait for their outcome at the server: found, and told. */
import { setTimeout as pause } from 'node:timers/promises';
import { DatabaseError, type PreparedTransaction } from '../contract.ts';
import { gidOf, type RecoverRow, xidOf } from './xa.ts';

/** How long a server may take to see that the session that has prepared a branch is gone, and how often it is asked. */
const LONGEST_HELD_MS = 10_000;
const LOOK_MS = 20;

/** No branch has that name, or another session has it. */
const UNKNOWN_BRANCH = 'ER_XAER_NOTA';
/** What MySQL 8.0 answers to XA RECOVER of somebody who may not; its message speaks of damaged data. */
const MAY_NOT_LIST = 'ER_XAER_RMERR';

/** Sends a statement. @throws DatabaseError @returns its rows, as arrays */
export type Ask = (name: string, text: string) => Promise<readonly unknown[]>;

export class PreparedBranches {
  private readonly ask: Ask;
  private readonly place: string;
  private readonly branch: string;
  private readonly longestHeldMs: number;

  /**
   * @param place the database, as a URL without its password
   * @param branch as in `branchOf`
   */
  constructor(ask: Ask, place: string, branch: string, longestHeldMs = LONGEST_HELD_MS) {
    this.ask = ask;
    this.place = place;
    this.branch = branch;
    this.longestHeldMs = longestHeldMs;
  }

  async list(prefix: string): Promise<readonly PreparedTransaction[]> {
    const rows = await this.recover('list prepared transactions');
    return rows
      .flatMap((row) => gidOf(row, this.branch) ?? [])
      .filter((gid) => gid.startsWith(prefix))
      .sort()
      .map((gid) => ({ gid, preparedAtMs: null }));
  }

  /** Other sessions do not know a branch while the one that prepared it is there (MariaDB, MySQL before 8.0.29). */
  async end(how: 'COMMIT' | 'ROLLBACK', gid: string): Promise<void> {
    const name = `xa ${how.toLowerCase()}`;
    const untilMs = performance.now() + this.longestHeldMs;
    for (;;) {
      const failure = await this.ask(name, `XA ${how} ${xidOf(gid, this.branch)}`).then(
        () => null,
        (error: DatabaseError) => error,
      );
      if (failure === null) return;
      const isHeld = failure.code === UNKNOWN_BRANCH && (await this.list(gid)).some((each) => each.gid === gid);
      if (!isHeld && failure.kind !== 'conflict') throw failure;
      if (performance.now() > untilMs) throw this.notEnded(name, gid, failure);
      await pause(LOOK_MS);
    }
  }

  private async recover(name: string): Promise<readonly RecoverRow[]> {
    try {
      return (await this.ask(name, 'XA RECOVER')) as readonly RecoverRow[];
    } catch (error) {
      if (!(error instanceof DatabaseError) || error.code !== MAY_NOT_LIST) throw error;
      const { code, cause } = error;
      const words = `${this.place}: ${name}: MySQL wants the privilege XA_RECOVER_ADMIN for XA RECOVER; grant it to the user`;
      throw new DatabaseError('refused', words, { statement: name, code, cause });
    }
  }

  /** It is not decided yet; a conflict would be something undone that may be tried again. */
  private notEnded(name: string, gid: string, { code, message, cause }: DatabaseError): DatabaseError {
    const words =
      code === UNKNOWN_BRANCH
        ? `${this.place}: ${name}: the session that has prepared ${gid} is still there; end it (SHOW PROCESSLIST, KILL)`
        : message;
    return new DatabaseError('other', words, { statement: name, code, cause });
  }
}
