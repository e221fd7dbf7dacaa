/**
 * A database that users run, under the isolation tests: a server with the rows of two small warehouses, sessions with it, and
 * word from the server itself on which of them wait for a lock. Scenarios use it in turn, each with fresh rows.
 */
import { setImmediate as nextRound } from 'node:timers/promises';
import {
  type BulkRows,
  type Connection,
  type Dialect,
  INTEGER,
  type IsolationLevel,
  type Statement,
  TEXT,
} from '../../../../src/drivers/contract.ts';
import { sharedRows, warehouseRows } from '../../sql/rows.ts';
import { MYSQL_STEPS, SQLITE_STEPS } from '../../sql/statements/plain.ts';
import { POSTGRES_STEPS } from '../../sql/statements/postgres.ts';
import type { TpccSteps } from '../../sql/statements/steps.ts';
import { SQL_TABLES } from '../../sql/tables.ts';
import { fill, type TestKind, type TestServer } from '../../sql/testing/test-databases.ts';
import { TINY_SCALE } from '../../testing/database.ts';

const SEED = 1;
const DATABASE = 'isolation';
export const WAREHOUSES = [1, 2] as const;

const STEPS: Readonly<Record<Dialect, TpccSteps>> = {
  postgres: POSTGRES_STEPS,
  mysql: MYSQL_STEPS,
  sqlite: SQLITE_STEPS,
};

/** How a server is asked who a session is, and whether it waits for a lock. */
interface LockWatch {
  identity: string;
  isWaiting(looker: Connection, identity: number): Promise<boolean>;
}

const UNGRANTED_LOCKS: Statement = {
  name: 'waiting sessions',
  text: 'SELECT count(*) FROM pg_locks WHERE pid = $1 AND NOT granted',
  parameters: [INTEGER],
  columns: [INTEGER],
};

const INNODB_STATUS: Statement = {
  name: 'transactions',
  text: 'SHOW ENGINE INNODB STATUS',
  parameters: [],
  columns: [TEXT, TEXT, TEXT],
  isOnce: true,
};

/** SQLite has nobody to ask: sessions of one thread wait in a queue of their own. */
const WATCHES: Readonly<Record<Dialect, LockWatch | null>> = {
  postgres: {
    identity: 'SELECT pg_backend_pid()',
    isWaiting: async (looker, pid) => (await looker.execute(UNGRANTED_LOCKS, [pid])).rows[0][0] !== 0,
  },
  mysql: {
    identity: 'SELECT connection_id()',
    // information_schema.innodb_trx is a copy, renewed only when nobody has looked for 100 ms.
    async isWaiting(looker, threadId) {
      const status = (await looker.execute(INNODB_STATUS, [])).rows[0][2] as string;
      const own = status.split('---TRANSACTION').find((each) => each.includes(` thread id ${threadId},`));
      return own?.includes('LOCK WAIT') === true;
    },
  },
  sqlite: null,
};

/** Rounds of the event loop in which everything has happened that can, where the database is in this thread. */
const ROUNDS_IN_PROCESS = 50;

function* rowsOfLoad(): Generator<BulkRows> {
  yield* sharedRows(SEED, TINY_SCALE);
  for (const warehouse of WAREHOUSES) yield* warehouseRows(SEED, warehouse, TINY_SCALE);
}

export interface SqlPlace {
  connection: Connection;
  isolation: IsolationLevel;
  /** Whether it waits for a lock, for good until another session moves. */
  isWaiting(): Promise<boolean>;
}

export class SqlSessions {
  readonly steps: TpccSteps;
  /** Reads what is committed, beside all transactions. */
  readonly looker: Connection;
  private readonly server: TestServer;
  private readonly idle = new Map<IsolationLevel, SqlPlace[]>();

  static async open({ open, dialect }: TestKind): Promise<SqlSessions> {
    const server = await open([DATABASE]);
    const looker = await server.connect(DATABASE, { isolation: 'read committed' });
    await fill(looker, dialect, rowsOfLoad());
    for (const { name } of SQL_TABLES) {
      await looker.run(`keep ${name}`, `CREATE TABLE kept_${name} AS SELECT * FROM ${name}`);
    }
    return new SqlSessions(server, looker);
  }

  private constructor(server: TestServer, looker: Connection) {
    this.server = server;
    this.looker = looker;
    this.steps = STEPS[server.dialect];
  }

  /** What the server says that transactions run at which ask for a level. */
  async isolationInForce(isolation: IsolationLevel): Promise<IsolationLevel | null> {
    const place = await this.take(isolation);
    const facts = await place.connection.facts();
    this.giveBack(place);
    return facts.isolation;
  }

  /** Puts the rows back that the load has left. */
  async reset(): Promise<void> {
    const { looker } = this;
    const empty = SQL_TABLES.toReversed().map(({ name }) => `DELETE FROM ${name}`);
    const fillAgain = SQL_TABLES.map(({ name }) => `INSERT INTO ${name} SELECT * FROM kept_${name}`);
    looker.begin();
    await looker.run('put the rows back', [...empty, ...fillAgain].join('; '));
    await looker.commit();
  }

  async take(isolation: IsolationLevel): Promise<SqlPlace> {
    const known = this.idle.get(isolation)?.pop();
    if (known !== undefined) return known;
    const connection = await this.server.connect(DATABASE, { isolation });
    const watch = WATCHES[this.server.dialect];
    if (watch === null) return { connection, isolation, isWaiting: waitsInProcess };
    const identity = {
      name: 'own session',
      text: watch.identity,
      parameters: [],
      columns: [INTEGER],
      isOnce: true,
    } as const;
    const [[id]] = (await connection.execute(identity, [])).rows as number[][];
    return { connection, isolation, isWaiting: () => watch.isWaiting(this.looker, id) };
  }

  /** Takes a session back that has ended its transaction. */
  giveBack(place: SqlPlace): void {
    const { isolation } = place;
    this.idle.set(isolation, [...(this.idle.get(isolation) ?? []), place]);
  }

  close(): Promise<void> {
    return this.server.close();
  }
}

async function waitsInProcess(): Promise<boolean> {
  for (let round = 0; round < ROUNDS_IN_PROCESS; round++) await nextRound();
  return true;
}
