/**
 * What a database holds, as a table of the bench in it says: nothing, a load that was interrupted, or all of one. Statements
 * here are plain enough for every dialect.
 */
import { type Connection, INTEGER, type Statement, TEXT } from '../../drivers/contract.ts';
import type { DatabaseWorkload } from './contract.ts';
import { DECISION_TABLE, LOAD_TABLE, LOADED_WAREHOUSE_TABLE, OWN_TABLES } from './own-tables.ts';

/** Raised when what is kept changes its meaning. */
const FORMAT = '1';
const COMPLETE = 'complete';

const statement = (name: string, text: string, parameters: Statement['parameters'], columns: Statement['columns']) => ({
  name,
  text,
  parameters,
  columns,
});

const READ = statement('read what was loaded', `SELECT name, value FROM ${LOAD_TABLE}`, [], [TEXT, TEXT]);
const NOTE = statement(
  'note what was loaded',
  `INSERT INTO ${LOAD_TABLE} (name, value) VALUES ($1, $2)`,
  [TEXT, TEXT],
  [],
);
const READ_WAREHOUSES = statement(
  'read which warehouses are loaded',
  `SELECT w_id FROM ${LOADED_WAREHOUSE_TABLE}`,
  [],
  [INTEGER],
);
export const NOTE_WAREHOUSE = statement(
  'note a loaded warehouse',
  `INSERT INTO ${LOADED_WAREHOUSE_TABLE} (w_id) VALUES ($1)`,
  [INTEGER],
  [],
);

/** What decides the rows of a load and the shape of its tables. */
export interface LoadPlan {
  workload: string;
  seed: number;
  firstWarehouse: number;
  lastWarehouse: number;
  totalWarehouses: number;
  foreignKeys: boolean;
  partitions: number;
}

/** A load that began here. */
export interface LoadRecord {
  plan: LoadPlan;
  /** As `DatabaseWorkload.loadFacts` gave them. */
  facts: Readonly<Record<string, string>>;
  isComplete: boolean;
  /** Steps behind the rows that are done: names of scripts. */
  doneScripts: ReadonlySet<string>;
}

/** `foreign`: one of the workload's tables is there, and dbtest has not made it. */
export type Contents = { kind: 'empty' } | { kind: 'foreign'; table: string } | { kind: 'load'; record: LoadRecord };

export async function readContents(connection: Connection, workload: DatabaseWorkload): Promise<Contents> {
  if (await connection.hasTable(LOAD_TABLE)) {
    const { rows } = await connection.execute(READ, []);
    const record = recordOf(new Map(rows as unknown as [string, string][]));
    return record === null ? { kind: 'foreign', table: LOAD_TABLE } : { kind: 'load', record };
  }
  for (const table of workload.tables) {
    if (await connection.hasTable(table)) return { kind: 'foreign', table };
  }
  return { kind: 'empty' };
}

/** Warehouses that are loaded, and 0 where what every database has is loaded. */
export async function readLoadedWarehouses(connection: Connection): Promise<Set<number>> {
  const { rows } = await connection.execute(READ_WAREHOUSES, []);
  return new Set(rows.map(([warehouseId]) => warehouseId as number));
}

/** Creates the bench's tables and notes that a load begins, in the transaction of the moment. */
export async function noteBeginning(
  connection: Connection,
  plan: LoadPlan,
  facts: Readonly<Record<string, string>>,
): Promise<void> {
  await connection.run(
    `create table ${DECISION_TABLE}`,
    `CREATE TABLE ${DECISION_TABLE} (gid varchar(120) NOT NULL PRIMARY KEY, outcome varchar(8) NOT NULL)`,
  );
  await connection.run(
    `create table ${LOADED_WAREHOUSE_TABLE}`,
    `CREATE TABLE ${LOADED_WAREHOUSE_TABLE} (w_id integer NOT NULL PRIMARY KEY)`,
  );
  await connection.run(
    `create table ${LOAD_TABLE}`,
    `CREATE TABLE ${LOAD_TABLE} (name varchar(120) NOT NULL PRIMARY KEY, value varchar(200) NOT NULL)`,
  );
  const { workload, seed, firstWarehouse, lastWarehouse, totalWarehouses, foreignKeys, partitions } = plan;
  const values: Record<string, string> = {
    format: FORMAT,
    workload,
    seed: String(seed),
    first_warehouse: String(firstWarehouse),
    last_warehouse: String(lastWarehouse),
    total_warehouses: String(totalWarehouses),
    foreign_keys: String(foreignKeys),
    partitions: String(partitions),
    ...Object.fromEntries(Object.entries(facts).map(([name, value]) => [`fact ${name}`, value])),
  };
  await connection.executeAll(
    Object.entries(values).map(([name, value]) => ({ statement: NOTE, parameters: [name, value] })),
  );
}

/** In the transaction of the moment, if there is one. */
export async function noteScript(connection: Connection, script: string): Promise<void> {
  await connection.execute(NOTE, [`script ${script}`, 'done']);
}

export async function noteEnd(connection: Connection): Promise<void> {
  await connection.execute(NOTE, [COMPLETE, 'yes']);
}

/** Drops the bench's tables. */
export async function dropRecord(connection: Connection): Promise<void> {
  for (const table of OWN_TABLES) await connection.run(`drop table ${table}`, `DROP TABLE IF EXISTS ${table}`);
}

function recordOf(values: ReadonlyMap<string, string>): LoadRecord | null {
  if (values.get('format') !== FORMAT) return null;
  const number = (name: string): number => Number(values.get(name));
  const named = (prefix: string) => [...values].filter(([name]) => name.startsWith(prefix));
  return {
    plan: {
      workload: values.get('workload') ?? '',
      seed: number('seed'),
      firstWarehouse: number('first_warehouse'),
      lastWarehouse: number('last_warehouse'),
      totalWarehouses: number('total_warehouses'),
      foreignKeys: values.get('foreign_keys') === 'true',
      partitions: number('partitions'),
    },
    facts: Object.fromEntries(named('fact ').map(([name, value]) => [name.slice('fact '.length), value])),
    isComplete: values.get(COMPLETE) === 'yes',
    doneScripts: new Set(named('script ').map(([name]) => name.slice('script '.length))),
  };
}

/** How two plans differ, with names that a user knows; null where they do not. */
export function differenceOf(loaded: LoadPlan, wanted: LoadPlan): string | null {
  const names: readonly [keyof LoadPlan, string][] = [
    ['workload', '--workload'],
    ['totalWarehouses', 'warehouses in total'],
    ['firstWarehouse', 'first warehouse'],
    ['lastWarehouse', 'last warehouse'],
    ['seed', '--seed'],
    ['foreignKeys', '--foreign-keys'],
    ['partitions', '--partitions'],
  ];
  const different = names.find(([key]) => loaded[key] !== wanted[key]);
  if (different === undefined) return null;
  const [key, name] = different;
  return `${name} ${loaded[key]} there, ${wanted[key]} here`;
}
