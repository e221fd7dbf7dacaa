/**
 * TPC-C on databases that users run: tables, rows, transactions and conditions as SQL, put together for the bench. Sessions
 * live on the event loop of a worker thread, the load and the checks wherever the bench has a connection. It reaches
 * servers by the driver's contract alone.
 */
import type { DatabaseWorkload } from '../../../src/bench/database/contract.ts';
import type { MixConfig } from '../../../src/config/run-config.ts';
import type { Dialect } from '../../../src/drivers/contract.ts';
import type { Mix } from '../deck.ts';
import { ITEM } from '../schema.ts';
import { checkDatabase, judgeDatabases } from './checks/database-checks.ts';
import { exportDatabase } from './export.ts';
import { misfit } from './loaded-data.ts';
import { dropProcedureScripts, procedureScripts, procedureTransactions } from './procedures/procedures.ts';
import { expectedSqlRows, loadFacts, sharedRows, warehouseRows } from './rows.ts';
import { tpccSchema } from './schema.ts';
import { SqlSession } from './session.ts';
import { MYSQL_STEPS, SQLITE_STEPS } from './statements/plain.ts';
import { POSTGRES_STEPS } from './statements/postgres.ts';
import type { TpccSteps } from './statements/steps.ts';
import { SQL_TABLES } from './tables.ts';
import { statementTransactions } from './transactions.ts';

const STEPS: Readonly<Record<Dialect, TpccSteps>> = {
  postgres: POSTGRES_STEPS,
  mysql: MYSQL_STEPS,
  sqlite: SQLITE_STEPS,
};

/** @param newMix makes the mix of one terminal */
export const tpccDatabase = (newMix: (mix: MixConfig) => Mix): DatabaseWorkload => ({
  tables: SQL_TABLES.map(({ name }) => name),
  schema(dialect, options) {
    const scripts = tpccSchema(dialect, options);
    return { ...scripts, drop: [...dropProcedureScripts(dialect), ...scripts.drop] };
  },
  loadFacts: (seed) => loadFacts(seed),
  misfit,
  sharedRows: (seed) => sharedRows(seed),
  warehouseRows: (seed, warehouseId) => warehouseRows(seed, warehouseId),
  expectedRows: (warehouses) => expectedSqlRows(warehouses),
  procedures: procedureScripts,

  openSession(placement, mix, options) {
    const { dialect, sqlMode } = placement;
    const transactions =
      sqlMode === 'procedures' ? procedureTransactions(dialect) : statementTransactions(STEPS[dialect]);
    return new SqlSession(placement, transactions, () => newMix(mix), options);
  },

  check: (connection, _dialect, part) => checkDatabase(connection, part),
  judge: judgeDatabases,
  sharedTables: [ITEM.name],
  exportTables: exportDatabase,
});
