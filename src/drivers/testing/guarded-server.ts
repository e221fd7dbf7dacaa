/**
 * A server process that cannot outlive the test process. A shell stands between them: it starts and stops the server at
 * the word of the tests, and when its input ends, because they closed it or were killed, it ends the server and removes
 * the folder.
 */
import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const GUARD = fileURLToPath(new URL('./guard.sh', import.meta.url));
const READY_TIMEOUT_MS = 30_000;
const POLL_MS = 10;

export interface ServerCommand {
  /** Holds the data; removed at the end. The server's output goes to the file `log` in it. */
  folder: string;
  command: readonly string[];
  user: { uid: number; gid: number } | undefined;
  /** A line of the log that says that clients may connect. */
  ready: RegExp;
  /** Signals that end the server in order, and without any. */
  shutdown: string;
  crash: string;
}

export class GuardedServer {
  private readonly options: ServerCommand;
  private readonly guard: ChildProcessByStdio<Writable, Readable, null>;
  /** Resolves when the server that runs now has ended. */
  private ended: Promise<void> = Promise.resolve();
  private running = false;
  private endedNow: () => void = () => {};

  constructor(options: ServerCommand) {
    this.options = options;
    const { folder, command, crash, user } = options;
    // A session of its own: what a terminal or a test runner does to the group of the tests must not come first here.
    this.guard = spawn('/bin/sh', [GUARD, folder, crash, ...command], {
      cwd: folder,
      stdio: ['pipe', 'pipe', 'ignore'],
      detached: true,
      ...user,
    });
    this.guard.unref();
    this.guard.stdin.on('error', () => {});
    createInterface(this.guard.stdout).on('line', () => this.onEnded());
  }

  private get logPath(): string {
    return join(this.options.folder, 'log');
  }

  private get pid(): number {
    return Number(readFileSync(join(this.options.folder, 'pid'), 'utf8'));
  }

  /** What the server has said so far. */
  get log(): string {
    return existsSync(this.logPath) ? readFileSync(this.logPath, 'utf8') : '';
  }

  /**
   * Starts the server, on the data as they are, and waits until clients may connect.
   * @throws Error with the end of its log where it ends instead
   */
  async start(): Promise<void> {
    const from = this.log.length;
    this.running = true;
    this.ended = new Promise((resolve) => {
      this.endedNow = resolve;
    });
    this.guard.stdin.write('start\n');
    const deadlineMs = Date.now() + READY_TIMEOUT_MS;
    while (!this.options.ready.test(this.log.slice(from))) {
      if (!this.running || Date.now() > deadlineMs) {
        const what = this.running ? `is not ready after ${READY_TIMEOUT_MS} ms` : 'ended at its start';
        throw new Error(`the server ${what}: ${this.log.slice(from).slice(-2000)}`);
      }
      await pause(POLL_MS);
    }
  }

  /** To every process of the server: those that have its connections, too. */
  signalAll(signal: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void {
    const { pid } = this;
    const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
    const lines = stdout.trim().split('\n');
    const children = lines.map((line) => line.trim().split(/\s+/).map(Number)).filter(([, parent]) => parent === pid);
    for (const each of [pid, ...children.map(([child]) => child)]) {
      try {
        process.kill(each, signal);
      } catch {
        // It has ended meanwhile.
      }
    }
  }

  /** Ends the server and keeps its data: in order, or as a crash would. */
  async stop(how: 'shutdown' | 'crash'): Promise<void> {
    if (!this.running) return;
    this.guard.stdin.write(`end ${this.options[how]}\n`);
    await this.ended;
  }

  /** Fills the disk that the server's own data lie on, as it sees it, but for what it has reserved already. */
  fillDisk(): void {
    const filler = `/proc/${this.pid}/root${this.options.folder}/data/filler`;
    spawnSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=64k']);
  }

  /** Ends it where it is, also one that is stopped. */
  async kill(): Promise<void> {
    this.signalAll('SIGKILL');
    await this.ended;
  }

  /** Ends the server and removes its folder. */
  async close(): Promise<void> {
    const { guard } = this;
    if (guard.exitCode !== null || guard.signalCode !== null) return;
    const exited = new Promise((resolve) => guard.once('exit', resolve));
    guard.ref();
    guard.stdin.end();
    await exited;
  }

  private onEnded(): void {
    this.running = false;
    this.endedNow();
  }
}
