/** What tests see of a server that they have started, and the folder and port it gets. */
import { randomBytes } from 'node:crypto';
import { chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GuardedServer, type ServerCommand } from './guarded-server.ts';
import { serverUser } from './installation.ts';

/** Databases of every server, without tables. */
export const FIRST_DATABASE = 'dbtest';

export interface ServerOptions {
  /** Databases to create besides `dbtest`. */
  databases?: readonly string[];
  /** Lines for the server's configuration, `name = value`. */
  settings?: Readonly<Record<string, string | number>>;
  /** Size of the disk that the tables lie on, where `withSmallDisks` permits it; PostgreSQL only. */
  diskBytes?: number;
}

export interface DatabaseServer {
  readonly product: 'PostgreSQL' | 'MariaDB';
  readonly host: string;
  readonly port: number;
  /** May do everything, and has a password: `url` carries both. */
  readonly user: string;
  readonly password: string;
  url(database?: string): string;
  /** What the server wrote to its log. */
  readonly log: string;
  /** Fills the disk of `diskBytes`. */
  fillDisk(): void;
  /** Ends the server and keeps its data and port: in order (clients are told), or as a crash would. */
  stop(how: 'shutdown' | 'crash'): Promise<void>;
  /** Answers nobody and closes nothing, until `resume`. */
  pause(): void;
  resume(): void;
  /** Ends it where it is, also while it is paused: nothing is said to anybody. It may start again. */
  kill(): Promise<void>;
  /** Starts it again after `stop`. */
  start(): Promise<void>;
  /** Ends it for good and removes its data. */
  close(): Promise<void>;
}

/** A folder for one server, owned by the user that runs it. */
export interface ServerFolder {
  folder: string;
  data: string;
  user: { uid: number; gid: number } | undefined;
}

export function newServerFolder(name: string): ServerFolder {
  const user = serverUser();
  const folder = mkdtempSync(join(tmpdir(), `dbtest-${name}-`));
  const data = join(folder, 'data');
  mkdirSync(data, { mode: 0o700 });
  if (user !== undefined) for (const path of [folder, data]) chownSync(path, user.uid, user.gid);
  return { folder, data, user };
}

/** A password that a URL carries as it is. */
export const newPassword = (): string => randomBytes(12).toString('hex');

const PORT_ATTEMPTS = 5;

/**
 * Starts a server on a port that is free, another one where somebody was faster.
 * @param configure writes the configuration for that port
 */
export async function startOnFreePort(
  command: ServerCommand,
  configure: (port: number) => void,
): Promise<{ server: GuardedServer; port: number }> {
  const server = new GuardedServer(command);
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    configure(port);
    try {
      await server.start();
      return { server, port };
    } catch (error) {
      if (attempt < PORT_ATTEMPTS && /address already in use/i.test(server.log)) continue;
      await server.close();
      throw error;
    }
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const listener = createServer();
    listener.once('error', reject);
    listener.listen(0, '127.0.0.1', () => {
      const address = listener.address();
      listener.close(() => resolve(address !== null && typeof address === 'object' ? address.port : 0));
    });
  });
}

/** Removes a folder that no server has taken over. */
export const removeServerFolder = (folder: string): void => rmSync(folder, { recursive: true, force: true });

/** The face of a started server. */
export function databaseServer(
  product: DatabaseServer['product'],
  scheme: string,
  password: string,
  started: { server: GuardedServer; port: number },
): DatabaseServer {
  const { server, port } = started;
  const host = '127.0.0.1';
  const user = 'dbtest';
  return {
    product,
    host,
    port,
    user,
    password,
    url: (database = FIRST_DATABASE) => `${scheme}://${user}:${password}@${host}:${port}/${database}`,
    get log() {
      return server.log;
    },
    fillDisk: () => server.fillDisk(),
    stop: (how) => server.stop(how),
    pause: () => server.signalAll('SIGSTOP'),
    resume: () => server.signalAll('SIGCONT'),
    kill: () => server.kill(),
    start: () => server.start(),
    close: () => server.close(),
  };
}
