/** PostgreSQL servers for tests. */
import { spawnSync } from 'node:child_process';
import { appendFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
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
import { onSmallDisk } from './small-disk.ts';

/** Nothing here has to survive the machine; 1 MB of WAL a segment makes a fresh server small. */
const SETTINGS = {
  listen_addresses: "'127.0.0.1'",
  unix_socket_directories: "''",
  fsync: 'off',
  full_page_writes: 'off',
  shared_buffers: '32MB',
  max_connections: 50,
  max_prepared_transactions: 20,
};

/**
 * Starts a server with a data folder of its own.
 * @param installation from `findPostgres`
 * @throws Error with what the server said where it does not start
 */
export async function startPostgres(installation: Installation, options: ServerOptions = {}): Promise<DatabaseServer> {
  if (!installation.found) throw new Error(installation.reason);
  const { program } = installation;
  const place = newServerFolder('postgres');
  const password = newPassword();
  try {
    initialise(program, place, password);
    createDatabases(program, place, [FIRST_DATABASE, ...(options.databases ?? [])]);
  } catch (error) {
    removeServerFolder(place.folder);
    throw error;
  }
  const settings = { ...SETTINGS, ...options.settings };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}\n`);
  appendFileSync(join(place.data, 'postgresql.conf'), lines.join(''));
  const plain = [program, '-D', place.data];
  if (options.diskBytes !== undefined) moveLog(place);
  const command = {
    folder: place.folder,
    ...(options.diskBytes === undefined
      ? { command: plain, user: place.user }
      : { command: onSmallDisk(place, options.diskBytes, plain), user: undefined }),
    ready: /database system is ready to accept connections/,
    shutdown: 'INT',
    crash: 'QUIT',
  };
  const started = await startOnFreePort(command, (port) =>
    appendFileSync(join(place.data, 'postgresql.conf'), `port = ${port}\n`),
  );
  return databaseServer('PostgreSQL', 'postgres', password, started);
}

/** The write-ahead log stays on the large disk: without room for it a server does not report, it ends. */
function moveLog({ folder, data }: ServerFolder): void {
  renameSync(join(data, 'pg_wal'), join(folder, 'wal'));
  symlinkSync(join(folder, 'wal'), join(data, 'pg_wal'));
}

function initialise(program: string, place: ServerFolder, password: string): void {
  const passwordFile = join(place.folder, 'password');
  writeFileSync(passwordFile, `${password}\n`);
  const options = ['--no-sync', '--no-instructions', '--locale=C', '--encoding=UTF8', '--wal-segsize=1'];
  const access = ['--username=dbtest', `--pwfile=${passwordFile}`, '--auth=scram-sha-256'];
  run(join(dirname(program), 'initdb'), ['-D', place.data, ...options, ...access], place, '');
}

/** In single-user mode, which needs no client; a statement a line. */
function createDatabases(program: string, place: ServerFolder, databases: readonly string[]): void {
  const statements = databases.map((database) => `CREATE DATABASE ${database}\n`);
  run(program, ['--single', '-F', '-D', place.data, 'postgres'], place, statements.join(''));
}

function run(program: string, args: readonly string[], place: ServerFolder, input: string): void {
  const { status, stderr, stdout, error } = spawnSync(program, args, {
    cwd: place.folder,
    input,
    encoding: 'utf8',
    ...place.user,
  });
  if (status !== 0) throw new Error(`${program} failed: ${error?.message ?? ''}${stdout}${stderr}`);
}
