/** The transactions on servers leave exactly the rows that the embedded engine's leave after the same inputs. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { COMMITTED, QUEUED, USER_ABORT } from '../../../src/bench/contract.ts';
import { DECISION_TABLE } from '../../../src/bench/database/own-tables.ts';
import { SessionConnections } from '../../../src/bench/database/session-connections.ts';
import { ShardRouting } from '../../../src/bench/database/shard-routing.ts';
import {
  type Call,
  type Connection,
  DatabaseError,
  type Dialect,
  INTEGER,
  type Statement,
  TEXT,
} from '../../../src/drivers/contract.ts';
import { describeWithServer } from '../../../src/drivers/testing/installation.ts';
import { Deck } from '../deck.ts';
import { openDatabase, SMALL_SCALE } from '../testing/database.ts';
import { checkDatabase, judgeDatabases } from './checks/database-checks.ts';
import { exportDatabase } from './export.ts';
import { MYSQL_CALLS } from './procedures/mysql.ts';
import { procedureScripts, procedureTransactions } from './procedures/procedures.ts';
import { loadFacts, sharedRows, warehouseRows } from './rows.ts';
import { SqlSession } from './session.ts';
import { MYSQL_STEPS } from './statements/plain.ts';
import { POSTGRES_STEPS } from './statements/postgres.ts';
import type { TpccSteps } from './statements/steps.ts';
import { fill, TEST_KINDS, type TestServer } from './testing/test-databases.ts';
import { statementTransactions, type Transactions } from './transactions.ts';

const SEED = 7;
const WAREHOUSES = 2;
const TRANSACTIONS = 400;
const NOW_MS = Date.UTC(2026, 5, 1, 12);
const OPTIONS = { remoteItemPct: 20, remotePaymentPct: 40 };

const WAITING: Statement = {
  name: 'sessions that wait for a lock',
  text: "SELECT count(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'",
  parameters: [],
  columns: [INTEGER],
  isOnce: true,
};

const RENAME_ITEM: Statement = {
  name: 'rename an item',
  text: 'UPDATE item SET i_data = $1 WHERE i_id = 1',
  parameters: [TEXT],
  columns: [],
};

const ITEM_NAME: Statement = {
  name: 'name of an item',
  text: 'SELECT i_data FROM item WHERE i_id = 1',
  parameters: [],
  columns: [TEXT],
};

/** Of the servers that have procedures and two-phase commits. */
const STEPS: Partial<Record<Dialect, TpccSteps>> = { postgres: POSTGRES_STEPS, mysql: MYSQL_STEPS };

for (const { dialect, installation, open } of TEST_KINDS) {
  const steps = STEPS[dialect];
  if (steps === undefined) continue;
  describeWithServer(installation, `transactions on ${installation.product}`, () => {
    let server: TestServer;
    let expected: Record<string, string[]>;

    beforeAll(async () => {
      server = await open(['statements', 'procedures', 'first', 'second']);
      expected = embeddedRows();
    }, 120_000);

    afterAll(() => server?.close());

    const connection = (index: number): Connection => server.connections[index];

    it('leave the same rows with statements of the client', async () => {
      await load(dialect, connection(0), [1, 2]);
      await work(dialect, [connection(0)], statementTransactions(steps));
      expect(await rowsOf([connection(0)])).toEqual(expected);
      expect(await violated([connection(0)])).toEqual([]);
    }, 120_000);

    it('leave the same rows with stored procedures', async () => {
      await load(dialect, connection(1), [1, 2]);
      for (const { name, text } of procedureScripts(dialect)) await connection(1).run(name, text);
      await work(dialect, [connection(1)], procedureTransactions(dialect));
      expect(await rowsOf([connection(1)])).toEqual(expected);
      expect(await violated([connection(1)])).toEqual([]);
    }, 120_000);

    if (dialect === 'mysql') {
      it('leave nothing behind errors in stored procedures, and let them through', async () => {
        const [other, session] = [connection(0), connection(1)];
        const before = await rowsOf([session]);
        const pay = (customer: number) =>
          session.execute(MYSQL_CALLS.payment, [1, 1, 1, 1, customer, null, 100, NOW_MS]);
        await session.run('wait for a second', 'SET SESSION innodb_lock_wait_timeout = 1');
        other.begin();
        await other.run('lock', 'SELECT 1 FROM procedures.warehouse WHERE w_id = 1 FOR UPDATE');
        await expect(pay(1)).rejects.toMatchObject({
          kind: 'conflict',
          code: 'ER_LOCK_WAIT_TIMEOUT',
          statement: 'payment',
        });
        // Whoever has changed less is undone.
        await other.run('change much', "UPDATE item SET i_data = 'changed'");
        await session.run('wait for long', 'SET SESSION innodb_lock_wait_timeout = 50');
        const paid = pay(1).then(String, (error: unknown) => error);
        while ((await other.execute(WAITING, [])).rows[0][0] === 0) await new Promise((done) => setTimeout(done, 100));
        await other.run(
          'deadlock',
          'SELECT 1 FROM procedures.customer WHERE c_w_id = 1 AND c_d_id = 1 AND c_id = 1 FOR UPDATE',
        );
        expect(await paid).toMatchObject({ kind: 'conflict', code: 'ER_LOCK_DEADLOCK' });
        await other.rollback();
        const missing = {
          kind: 'other',
          message: expect.stringContaining('payment: dbtest_payment: a row is missing'),
        };
        await expect(pay(99_999)).rejects.toMatchObject(missing);
        expect(await rowsOf([session])).toEqual(before);
      }, 120_000);
    }

    it('leave the same rows over two databases, and nothing prepared', async () => {
      const both = [connection(2), connection(3)];
      for (const [shard, each] of both.entries()) {
        await load(dialect, each, [shard + 1]);
        await each.run(
          'decisions',
          `CREATE TABLE ${DECISION_TABLE} (gid varchar(120) PRIMARY KEY, outcome varchar(8))`,
        );
      }
      const crossed = await work(dialect, both, statementTransactions(steps));
      expect(crossed).toBeGreaterThan(20);
      expect(await rowsOf(both)).toEqual(expected);
      expect(await violated(both)).toEqual([]);
      for (const each of both) expect(await each.listPrepared('')).toEqual([]);
    }, 120_000);

    it.each([
      ['undone where it was lost before', 'undone', true],
      ['kept where only its answer was lost', 'kept', false],
    ])('are %s at a commit that nobody heard of', async (_, name, isUndone) => {
      const [other, home] = [connection(2), connection(3)];
      let opened = 0;
      const open = async (shard: number): Promise<Connection> =>
        shard === 0 ? other : opened++ === 0 ? losingItsCommit(home, isUndone) : home;
      const session = new SessionConnections(new ShardRouting(2, 1), 1, open, `dbtest:${name}:1.0.0`);
      const transaction = session.newTransaction();
      for (const shard of [0, 1]) await (await transaction.on(shard)).execute(RENAME_ITEM, [name]);
      await expect(transaction.commit()).rejects.toMatchObject({ kind: 'connection' });
      await transaction.rollback();
      await session.settle();
      for (const each of [other, home]) {
        expect((await each.execute(ITEM_NAME, [])).rows[0][0] === name).toBe(!isUndone);
        expect(await each.listPrepared('')).toEqual([]);
      }
    });
  });
}

/** The connection, lost at its first commit: what it was to commit is done or undone, and no answer comes. */
const losingItsCommit = (connection: Connection, isUndone: boolean): Connection =>
  new Proxy(connection, {
    get(target, name) {
      if (name === 'close') return async () => {};
      if (name === 'commit') {
        return async (last: readonly Call[]) => {
          await (isUndone ? target.rollback() : target.commit(last));
          throw new DatabaseError('connection', 'the connection is lost');
        };
      }
      const member = target[name as keyof Connection] as (() => unknown) | undefined;
      return member?.bind(target);
    },
  });

async function load(dialect: Dialect, connection: Connection, warehouses: readonly number[]): Promise<void> {
  const batches = [
    ...sharedRows(SEED, SMALL_SCALE),
    ...warehouses.flatMap((warehouse) => [...warehouseRows(SEED, warehouse, SMALL_SCALE)]),
  ];
  await fill(connection, dialect, batches);
}

const TERMINALS = [1, 2].flatMap((warehouseId) =>
  Array.from({ length: 10 }, (_, terminal) => ({ warehouseId, terminal })),
);

/** Terminals take turns, as in `embeddedRows`. @returns how many transactions had more than one database */
async function work(dialect: Dialect, connections: readonly Connection[], transactions: Transactions): Promise<number> {
  const session = new SqlSession(
    {
      seed: SEED,
      totalWarehouses: WAREHOUSES,
      terminals: TERMINALS,
      dialect,
      sqlMode: 'statements',
      loadFacts: loadFacts(SEED, SMALL_SCALE),
    },
    transactions,
    () => new Deck(),
    OPTIONS,
    SMALL_SCALE,
  );
  const routing = new ShardRouting(connections.length, WAREHOUSES / connections.length);
  const sessions = connections.map(
    (_, home) => new SessionConnections(routing, home, async (shard) => connections[shard], `dbtest:test:${home}.0.0`),
  );
  let crossed = 0;
  for (let i = 0; i < TRANSACTIONS; i++) {
    const terminal = i % TERMINALS.length;
    session.draw(terminal);
    const home = routing.shardOf(TERMINALS[terminal].warehouseId);
    const transaction = sessions[home].newTransaction();
    const outcome = await session.execute(terminal, transaction, NOW_MS);
    if (transaction.crossedShards) crossed++;
    expect([COMMITTED, USER_ABORT, QUEUED]).toContain(outcome);
    if (outcome === QUEUED) await session.executeDeferred(sessions[home].newTransaction(), NOW_MS);
  }
  return crossed;
}

function embeddedRows(): Record<string, string[]> {
  const { session } = openDatabase({ seed: SEED, lastWarehouse: WAREHOUSES, scale: SMALL_SCALE, ...OPTIONS });
  let aborts = 0;
  for (let i = 0; i < TRANSACTIONS; i++) {
    const terminal = i % TERMINALS.length;
    session.draw(terminal);
    const outcome = session.start(terminal, NOW_MS);
    if (outcome === USER_ABORT) aborts++;
    if (outcome === QUEUED) session.runDeferred(NOW_MS);
  }
  expect(aborts).toBeGreaterThan(0);
  return sorted(session.exportTables(true).map((table) => [table.name, table.lines(0, table.rows)]));
}

async function rowsOf(connections: readonly Connection[]): Promise<Record<string, string[]>> {
  const tables: [string, string][] = [];
  for (const [shard, connection] of connections.entries()) {
    for await (const { table, lines } of exportDatabase(connection)) {
      if (shard === 0 || table !== 'ITEM') tables.push([table, lines]);
    }
  }
  return sorted(tables);
}

/** Lines by table, as multisets. */
function sorted(tables: readonly [string, string][]): Record<string, string[]> {
  const lines: Record<string, string[]> = {};
  for (const [table, text] of tables) lines[table] = [...(lines[table] ?? []), ...text.split('\r\n').filter(Boolean)];
  return Object.fromEntries(Object.entries(lines).map(([table, rows]) => [table, rows.sort()]));
}

async function violated(connections: readonly Connection[]): Promise<string[]> {
  const partials = [];
  for (const [shard, connection] of connections.entries()) {
    const each = WAREHOUSES / connections.length;
    const part = { firstWarehouse: shard * each + 1, lastWarehouse: (shard + 1) * each, totalWarehouses: WAREHOUSES };
    partials.push(await checkDatabase(connection, part, SMALL_SCALE));
  }
  return judgeDatabases(partials, true)
    .filter(({ passed }) => !passed)
    .flatMap(({ id, violations }) => [id, ...violations]);
}
