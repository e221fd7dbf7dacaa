/** The options for databases that users run: as the help shows them, and read. */
import type { DatabaseAddress } from '../config/resolve-database.ts';
import type { DatabaseConfig } from '../config/run-config.ts';
import type { ShardFile } from '../config/shard-file.ts';
import { type Driver, ISOLATION_LEVELS } from '../drivers/contract.ts';
import { addressOf, checkUrl, shownUrl } from '../drivers/database-url.ts';
import { DRIVER_NAMES, loadDriver } from '../drivers/registry.ts';
import { usageFault } from '../errors.ts';
import type { GivenValues, OptionDefinitions } from './command.ts';
import { OptionReader, type Range } from './option-reader.ts';
import type { Environment } from './secret.ts';

/** The environment variable that holds the URL where neither an option nor the YAML does. */
export const URL_VARIABLE = 'DBTEST_URL';

const SQL_MODES = ['statements', 'procedures'] as const;
const PARTITIONS: Range = { low: 0, high: 1024 };
const CONNECT_SECONDS: Range = { low: 0.1, high: 3600 };
const MAX_ERRORS: Range = { low: 0, high: 1e9 };
const STATEMENT_SECONDS: Range = { low: 0.1, high: 1e6 };
const DEFAULT_CONNECT_SECONDS = 10;
/** An index over the largest tables that anybody loads is made in less; a server that is gone is found much sooner. */
const DEFAULT_STATEMENT_SECONDS = 6 * 3600;
const DEFAULT_MAX_ERRORS = 0;

const DATABASE = 'Databases:';

/** To reach a database. */
export const CONNECTION_OPTIONS: OptionDefinitions = {
  driver: {
    group: DATABASE,
    kind: 'value',
    describe: `Run on a database instead of the embedded engine: ${DRIVER_NAMES.join(', ')}`,
  },
  url: {
    group: DATABASE,
    kind: 'value',
    describe: 'The database: postgres://user@host:5432/name; its password is better kept in the environment',
    defaultText: `the shard YAML's, else the variable ${URL_VARIABLE}`,
  },
  schema: {
    group: DATABASE,
    kind: 'value',
    describe: 'Schema of the tables; it is created where it is missing',
    defaultText: "the server's default",
  },
  'connect-timeout': {
    group: DATABASE,
    kind: 'value',
    describe: 'How long to wait for a connection',
    defaultText: `${DEFAULT_CONNECT_SECONDS}s`,
  },
  'statement-timeout': {
    group: DATABASE,
    kind: 'value',
    describe: 'How long a statement may take; a server that takes no connections is given up after 30s already',
    defaultText: `${DEFAULT_STATEMENT_SECONDS / 3600}h`,
  },
};

/** How the tables are made. */
export const TABLE_OPTIONS: OptionDefinitions = {
  'foreign-keys': { group: DATABASE, kind: 'flag', describe: 'Load with foreign keys' },
  partitions: {
    group: DATABASE,
    kind: 'value',
    describe: 'Load into tables with this many hash partitions by warehouse',
    defaultText: '0, plain tables',
  },
};

/** How sessions use it. */
export const SESSION_OPTIONS: OptionDefinitions = {
  'sql-mode': {
    group: DATABASE,
    kind: 'value',
    describe: 'statements: sent by the client; procedures: one call of a stored procedure for each transaction',
    defaultText: 'statements',
  },
  isolation: {
    group: DATABASE,
    kind: 'value',
    describe: `Isolation level of the transactions: ${ISOLATION_LEVELS.join(', ')}`,
    defaultText: 'the weakest that the specification allows on the database',
  },
  prepare: {
    group: DATABASE,
    kind: 'flag',
    describe: 'Prepare statements once a session; the default but for mysql, where each is a round trip then',
  },
  'no-prepare': {
    group: DATABASE,
    kind: 'flag',
    describe: 'Send statements with their text instead of preparing them',
  },
  'max-errors': {
    group: DATABASE,
    kind: 'value',
    describe: 'Lost connections that a run survives; they are opened again',
    defaultText: String(DEFAULT_MAX_ERRORS),
  },
};

/** Databases to work on: what the configuration says of them, and their URLs, which hold passwords. */
export interface ReadDatabaseOptions {
  driver: Driver;
  database: DatabaseConfig;
  addresses: DatabaseAddress[];
  urls: string[];
}

/** Options that only databases have. */
const ALL_OPTIONS = { ...CONNECTION_OPTIONS, ...TABLE_OPTIONS, ...SESSION_OPTIONS };

/** @throws OperatingFault (exit status 2) where an option for databases is given without `--driver` */
export function refuseDatabaseOptions(given: GivenValues): void {
  const name = Object.keys(ALL_OPTIONS).find((option) => given[option] !== undefined && given[option] !== false);
  if (name !== undefined) throw usageFault(`--${name} is for databases; give --driver ${DRIVER_NAMES.join(' or ')}`);
}

/** Options of a run that only the embedded engine has. */
const EMBEDDED_OPTIONS = [
  'base-port',
  'local-shards',
  'shard-index',
  'paxos-proc-name',
  'transport',
  'ring-capacity',
  'join-timeout',
  'on-peer-loss',
  'secret-file',
  'pin-cpus',
  'cpu-list',
  'low-transport-priority',
  'memory-limit',
  'chaos',
  'history',
] as const;

/** @throws OperatingFault (exit status 2) where an option is given that does nothing on a database */
export function refuseEmbeddedOptions(given: GivenValues): void {
  const name = EMBEDDED_OPTIONS.find((option) => given[option] !== undefined && given[option] !== false);
  if (name !== undefined) throw usageFault(`--${name} is for the embedded engine; leave it out with --driver`);
}

/** @throws OperatingFault (exit status 2) at the first value that is not accepted; its message holds no password */
export async function readDatabaseOptions(
  given: GivenValues,
  file: ShardFile | null,
  environment: Environment,
): Promise<ReadDatabaseOptions> {
  const read = new OptionReader(given);
  const name = read.choice('driver', DRIVER_NAMES);
  if (name === null) throw usageFault(`--driver: say which database it is; give one of ${DRIVER_NAMES.join(', ')}`);
  const isolation = read.choice('isolation', ISOLATION_LEVELS);
  const statementTimeout = read.duration('statement-timeout', STATEMENT_SECONDS);
  const settings = {
    sqlMode: read.choice('sql-mode', SQL_MODES) ?? 'statements',
    schema: read.text('schema', 'the name of a schema'),
    foreignKeys: read.flag('foreign-keys'),
    partitions: read.wholeNumber('partitions', PARTITIONS) ?? 0,
    connectTimeoutSeconds: read.duration('connect-timeout', CONNECT_SECONDS) ?? DEFAULT_CONNECT_SECONDS,
    statementTimeoutSeconds: statementTimeout ?? DEFAULT_STATEMENT_SECONDS,
    maxErrors: read.wholeNumber('max-errors', MAX_ERRORS) ?? DEFAULT_MAX_ERRORS,
  };
  const driver = await loadDriver(name);
  if (read.flag('prepare') && read.flag('no-prepare')) {
    throw usageFault('--prepare and --no-prepare contradict each other; give one');
  }
  const prepareStatements = read.flag('prepare') || (driver.preparesByDefault && !read.flag('no-prepare'));
  if (settings.schema !== null && !driver.hasSchemas) {
    throw usageFault(`--schema: ${name} has no schemas; leave it out`);
  }
  if (statementTimeout !== null && driver.isInProcess) {
    throw usageFault(`--statement-timeout: ${name} has no server that could fail to answer; leave it out`);
  }
  const urls = readUrls(read, driver, file, environment);
  if (settings.sqlMode === 'procedures' && !driver.hasProcedures) {
    throw usageFault(`--sql-mode procedures: ${name} has no stored procedures; leave it out`);
  }
  if (settings.sqlMode === 'procedures' && urls.length > 1) {
    throw usageFault('--sql-mode procedures runs on one database; use --sql-mode statements over several');
  }
  return {
    driver,
    urls,
    addresses: urls.map((url) => addressOf(url, driver.defaultPort)),
    database: {
      driver: name,
      places: urls.map(shownUrl),
      isolation: isolation ?? driver.defaultIsolation,
      prepareStatements,
      ...settings,
    },
  };
}

/** By shard: of the option, else of the file, else of the environment. */
function readUrls(read: OptionReader, driver: Driver, file: ShardFile | null, environment: Environment): string[] {
  const given = read.text('url', `the URL of a database: ${driver.urlExample}`);
  const fromFile = file?.urls ?? [];
  if (given !== null && fromFile.length > 0)
    throw usageFault(`--url and ${file?.path} both say where the data is; give one`);
  if (file !== null && fromFile.length === 0) {
    throw usageFault(`${file.path}: its shards have no url, which --driver ${driver.name} needs; add one to each`);
  }
  const urls = given !== null ? [given] : fromFile.length > 0 ? fromFile : [environment[URL_VARIABLE] ?? ''];
  const where = given !== null ? '--url' : fromFile.length > 0 ? `${file?.path}: url` : URL_VARIABLE;
  if (urls[0] === '') {
    throw usageFault(
      `--driver ${driver.name}: say where the database is, by --url ${driver.urlExample}, by ${URL_VARIABLE}, or by a url ` +
        'for each shard of the shard YAML',
    );
  }
  for (const url of urls) checkUrl(url, driver, where);
  const same = urls.find((url, i) => urls.indexOf(url) !== i);
  if (same !== undefined) throw usageFault(`${where}: two shards are the same database, ${shownUrl(same)}`);
  return urls;
}
