/** What a server that speaks MySQL's protocol says of itself. */
import { type Connection, ISOLATION_LEVELS, type ServerFacts, type Statement, TEXT } from '../contract.ts';

/** What decides how fast and how durable it is. Servers have only some of them. */
const SETTINGS = [
  'innodb_flush_log_at_trx_commit',
  'sync_binlog',
  'innodb_flush_method',
  'innodb_doublewrite',
  'innodb_buffer_pool_size',
  'innodb_log_file_size',
  'innodb_redo_log_capacity',
  'innodb_snapshot_isolation',
  'log_bin',
  'max_connections',
] as const;

/** The second name is that of earlier versions. */
const ISOLATION = ['transaction_isolation', 'tx_isolation'];

const VERSION: Statement = { name: 'version', text: 'SELECT version()', parameters: [], columns: [TEXT], isOnce: true };

const VARIABLES: Statement = {
  name: 'settings',
  text: `SHOW SESSION VARIABLES WHERE Variable_name IN (${[...SETTINGS, ...ISOLATION, 'read_only']
    .map((name) => `'${name}'`)
    .join(', ')})`,
  parameters: [],
  columns: [TEXT, TEXT],
  isOnce: true,
};

export async function readFacts(connection: Connection): Promise<ServerFacts> {
  connection.begin();
  const [version, variables] = await connection.commit([
    { statement: VERSION, parameters: [] },
    { statement: VARIABLES, parameters: [] },
  ]);
  const values = new Map(variables.rows as [string, string][]);
  const level = ISOLATION.map((name) => values.get(name)).find((value) => value !== undefined);
  const words = level?.toLowerCase().replace('-', ' ');
  return {
    ...productOf(version.rows[0][0] as string),
    isolation: ISOLATION_LEVELS.find((known) => known === words) ?? null,
    isReadOnly: values.get('read_only') === 'ON',
    settings: Object.fromEntries(
      SETTINGS.flatMap((name) => (values.has(name) ? [[name, (values.get(name) ?? '').toLowerCase()]] : [])),
    ),
  };
}

/** Of `8.0.36`, `10.11.18-MariaDB-0+deb12u1`, `8.0.11-TiDB-v7.5.0`. */
export function productOf(text: string): { product: string; version: string } {
  const tidb = /-TiDB-v?(\S+)/.exec(text);
  if (tidb !== null) return { product: 'TiDB', version: tidb[1] };
  const version = text.split('-')[0];
  return { product: text.includes('MariaDB') ? 'MariaDB' : 'MySQL', version };
}
