import { afterAll, beforeAll, expect, it } from 'vitest';
import { COMMITTED, type Outcome, QUEUED } from '../../../../src/bench/contract.ts';
import type { SqlTransaction } from '../../../../src/bench/database/contract.ts';
import type { Connection, Dialect } from '../../../../src/drivers/contract.ts';
import { describeWithServer } from '../../../../src/drivers/testing/installation.ts';
import { NEW_ORDER_TYPE, ORDER_STATUS_TYPE, PAYMENT_TYPE, STOCK_LEVEL_TYPE } from '../../deck.ts';
import type { Terminal } from '../../inputs.ts';
import { type Database, openDatabase, RUN_INSTANT_MS, SMALL_SCALE } from '../../testing/database.ts';
import { checkDatabase, judgeDatabases } from '../checks/database-checks.ts';
import { rowsOf } from '../testing/damage.ts';
import { exportedLines, exportedPartition } from '../testing/exported-lines.ts';
import { fill, TEST_KINDS, type TestServer } from '../testing/test-databases.ts';
import { statementTransactions, type Transactions } from '../transactions.ts';
import { SQLITE_STEPS } from './plain.ts';
import type { TpccSteps } from './steps.ts';

/** Servers have theirs in `transactions.test.ts`. */
const STEPS: Partial<Record<Dialect, TpccSteps>> = { sqlite: SQLITE_STEPS };
const WAREHOUSES = 2;
const TRANSACTIONS = 300;

/** Transactions on one connection, which holds every warehouse. */
function transactionOn(connection: Connection): SqlTransaction {
  let isOpen = false;
  return {
    shardOf: () => 0,
    async on() {
      if (!isOpen) connection.begin();
      isOpen = true;
      return connection;
    },
    async commit(last = []) {
      if (!isOpen) connection.begin();
      isOpen = false;
      const results = await connection.commit(last.flatMap(({ calls }) => calls));
      let from = 0;
      return last.map(({ calls }) => {
        from += calls.length;
        return results.slice(from - calls.length, from);
      });
    },
    executeAlone: (_shard, { statement, parameters }) => connection.execute(statement, parameters),
    async rollback() {
      isOpen = false;
      await connection.rollback();
    },
  };
}

async function execute(
  transactions: Transactions,
  transaction: SqlTransaction,
  input: Terminal,
  nowMs: number,
): Promise<Outcome> {
  switch (input.type) {
    case NEW_ORDER_TYPE:
      return (await transactions.newOrder(transaction, input, nowMs)).outcome;
    case PAYMENT_TYPE:
      return (await transactions.payment(transaction, input, nowMs)).outcome;
    case ORDER_STATUS_TYPE:
      return (await transactions.orderStatus(transaction, input)).outcome;
    case STOCK_LEVEL_TYPE:
      return (await transactions.stockLevel(transaction, input)).outcome;
    default:
      await transactions.delivery(transaction, input.warehouseId, input.carrierId, nowMs);
      return COMMITTED;
  }
}

/** The same terminals on both, one transaction after the other; a Delivery is executed at once. */
async function runBoth(engine: Database, transactions: Transactions, connection: Connection): Promise<Set<string>> {
  const { session } = engine;
  const transaction = transactionOn(connection);
  const seen = new Set<string>();
  for (let i = 0; i < TRANSACTIONS; i++) {
    const terminal = i % session.terminals.length;
    const nowMs = RUN_INSTANT_MS + i;
    session.draw(terminal);
    const input = session.terminals[terminal] as Terminal;
    const started = session.start(terminal, nowMs);
    const outcome = started === QUEUED ? session.runDeferred(nowMs) : started;
    expect(await execute(transactions, transaction, input, nowMs), `transaction ${i}, type ${input.type}`).toBe(
      outcome,
    );
    seen.add(`${input.type} ${outcome}`);
  }
  return seen;
}

for (const { dialect, installation, open } of TEST_KINDS) {
  const steps = STEPS[dialect];
  if (steps === undefined) continue;
  describeWithServer(installation, `transactions on ${dialect}`, () => {
    let server: TestServer;
    beforeAll(async () => {
      server = await open(['worked']);
    });
    afterAll(() => server?.close());

    it('leave the rows that they leave on the embedded engine', async () => {
      const connection = server.connections[0] as Connection;
      const options = { lastWarehouse: WAREHOUSES, seed: 3, remoteItemPct: 10, remotePaymentPct: 30 };
      const engine = openDatabase(options);
      await fill(connection, dialect, rowsOf(engine.partition, null));
      const seen = await runBoth(engine, statementTransactions(steps), connection);
      expect(seen.size).toBe(6);
      expect(seen).toContain(`${PAYMENT_TYPE} ${COMMITTED}`);

      const [ours, theirs] = [await exportedLines(connection), exportedPartition(engine.session)];
      for (const table of Object.keys(theirs)) expect(ours[table], table).toEqual(theirs[table]);
      const part = { firstWarehouse: 1, lastWarehouse: WAREHOUSES, totalWarehouses: WAREHOUSES };
      const verdicts = judgeDatabases([await checkDatabase(connection, part, SMALL_SCALE)], true);
      expect(verdicts.filter(({ passed }) => !passed)).toEqual([]);
    });
  });
}
