/** What a server that speaks PostgreSQL's protocol says of itself. */
import { type Connection, ISOLATION_LEVELS, type ServerFacts, type Statement, TEXT } from '../contract.ts';

/** What decides how fast and how durable it is. Servers have only some of them. */
const SETTINGS = [
  'fsync',
  'synchronous_commit',
  'full_page_writes',
  'wal_level',
  'shared_buffers',
  'max_wal_size',
  'checkpoint_timeout',
  'wal_buffers',
  'work_mem',
  'max_connections',
  'max_prepared_transactions',
  'autovacuum',
  'default_transaction_read_only',
] as const;

const VERSION: Statement = { name: 'version', text: 'SELECT version()', parameters: [], columns: [TEXT], isOnce: true };

const IN_FORCE: Statement = {
  name: 'isolation in force',
  text: "SELECT current_setting('transaction_isolation'), current_setting('transaction_read_only')",
  parameters: [],
  columns: [TEXT, TEXT],
  isOnce: true,
};

const READ_SETTINGS: Statement = {
  name: 'settings',
  text: `SELECT name, current_setting(name) FROM pg_settings WHERE name IN (${SETTINGS.map((name) => `'${name}'`).join(', ')})`,
  parameters: [],
  columns: [TEXT, TEXT],
  isOnce: true,
};

export async function readFacts(connection: Connection): Promise<ServerFacts> {
  connection.begin();
  const [version, inForce, settings] = await connection.commit([
    { statement: VERSION, parameters: [] },
    { statement: IN_FORCE, parameters: [] },
    { statement: READ_SETTINGS, parameters: [] },
  ]);
  const text = version.rows[0][0] as string;
  const [level, readOnly] = inForce.rows[0] as string[];
  const values = new Map(settings.rows as [string, string][]);
  return {
    ...productOf(text),
    isolation: ISOLATION_LEVELS.find((known) => known === level) ?? null,
    isReadOnly: readOnly === 'on',
    settings: Object.fromEntries(
      SETTINGS.flatMap((name) => (values.has(name) ? [[name, values.get(name) ?? '']] : [])),
    ),
  };
}

/** Of `PostgreSQL 15.8 on x86_64 ...`, `CockroachDB CCL v24.1.0 (...)`, `PostgreSQL 11.2-YB-2.20.1.0-b0 on ...`. */
export function productOf(text: string): { product: string; version: string } {
  const yugabyte = /-YB-(\S+)/.exec(text);
  if (yugabyte !== null) return { product: 'YugabyteDB', version: yugabyte[1] };
  const cockroach = /^CockroachDB \S+ v(\S+)/.exec(text);
  if (cockroach !== null) return { product: 'CockroachDB', version: cockroach[1] };
  const [product = 'unknown', version = ''] = text.split(' ');
  return { product, version };
}
