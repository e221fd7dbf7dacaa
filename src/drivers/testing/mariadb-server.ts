/** MariaDB servers for tests. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Installation } from './installation.ts';
import {
  type DatabaseServer,
  databaseServer,
  FIRST_DATABASE,
  newPassword,
  newServerFolder,
  removeServerFolder,
  type ServerFolder,
  type ServerOptions,
  startOnFreePort,
} from './server.ts';

/** Nothing here has to survive the machine; small files make a fresh server small. */
const SETTINGS = {
  'bind-address': '127.0.0.1',
  'skip-name-resolve': 1,
  'innodb-buffer-pool-size': '64M',
  'innodb-log-file-size': '16M',
  'innodb-temp-data-file-path': 'ibtmp1:1M:autoextend',
  'innodb-flush-log-at-trx-commit': 0,
  'max-connections': 50,
};

/**
 * Starts a server with a data folder of its own.
 * @param installation from `findMariadb`
 * @throws Error with what the server said where it does not start
 */
export async function startMariadb(installation: Installation, options: ServerOptions = {}): Promise<DatabaseServer> {
  if (!installation.found) throw new Error(installation.reason);
  const { program } = installation;
  const place = newServerFolder('mariadb');
  const password = newPassword();
  const settings = { ...SETTINGS, ...options.settings };
  try {
    configure(place, settings, 0);
    bootstrap(program, place, password, [FIRST_DATABASE, ...(options.databases ?? [])]);
  } catch (error) {
    removeServerFolder(place.folder);
    throw error;
  }
  const command = {
    folder: place.folder,
    command: [program, `--defaults-file=${configPath(place)}`],
    user: place.user,
    ready: /ready for connections/,
    shutdown: 'TERM',
    crash: 'KILL',
  };
  const started = await startOnFreePort(command, (port) => configure(place, settings, port));
  return databaseServer('MariaDB', 'mysql', password, started);
}

const configPath = (place: ServerFolder): string => join(place.folder, 'my.cnf');

function configure(place: ServerFolder, settings: object, port: number): void {
  const { data, folder } = place;
  const files = { datadir: data, socket: join(folder, 'socket'), 'pid-file': join(folder, 'mariadbd.pid') };
  // A server that starts removes the temporary tables that it finds, those of other servers with the same folder too.
  const fixed = { ...files, tmpdir: folder, port };
  const lines = Object.entries({ ...fixed, ...settings }).map(([name, value]) => `${name} = ${value}\n`);
  writeFileSync(configPath(place), `[mariadbd]\n${lines.join('')}`);
}

/** What `mariadb-install-db` does, without the programs that it needs besides the server; a statement a line. */
function bootstrap(program: string, place: ServerFolder, password: string, databases: readonly string[]): void {
  const scripts = scriptFolder(program);
  const script = (name: string): string => readFileSync(join(scripts, name), 'utf8');
  const statements = [
    'CREATE DATABASE mysql;',
    'USE mysql;',
    script('mysql_system_tables.sql'),
    script('mysql_system_tables_data.sql'),
    'FLUSH PRIVILEGES;',
    `CREATE USER dbtest@'%' IDENTIFIED BY '${password}';`,
    "GRANT ALL ON *.* TO dbtest@'%' WITH GRANT OPTION;",
    ...databases.map((database) => `CREATE DATABASE ${database};`),
  ];
  const { status, stderr, error } = spawnSync(program, [`--defaults-file=${configPath(place)}`, '--bootstrap'], {
    cwd: place.folder,
    input: `${statements.join('\n')}\n`,
    encoding: 'utf8',
    ...place.user,
  });
  if (status !== 0) throw new Error(`${program} --bootstrap failed: ${error?.message ?? ''}${stderr}`);
}

/** Where an installation keeps the definition of its system tables. */
function scriptFolder(program: string): string {
  const root = join(dirname(program), '..');
  const folders = ['share/mysql', 'share/mariadb', 'share'].map((folder) => join(root, folder));
  const found = folders.find((folder) => existsSync(join(folder, 'mysql_system_tables.sql')));
  if (found === undefined) throw new Error(`${program}: no mysql_system_tables.sql in ${folders.join(', ')}`);
  return found;
}
