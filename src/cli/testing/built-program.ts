/** The built program under test, in a folder of its own: started, watched, and ended with the tests. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const DBTEST = fileURLToPath(new URL('../../../bin/dbtest.js', import.meta.url));
const LOOK_MS = 10;

export interface Ended {
  status: number | null;
  stdout: string;
  stderr: string;
}

export interface Running {
  child: ChildProcess;
  ended: Promise<Ended>;
  /** Resolves when stderr has the pattern. Rejects where the program ends before. */
  logged(pattern: RegExp): Promise<void>;
}

export class BuiltProgram {
  /** Where it runs. */
  readonly folder: string;
  /** Everything that was printed, by all runs that have ended. */
  printed = '';
  private readonly children: ChildProcess[] = [];

  /** @param name begins the folder's name: `dbtest-NAME-` */
  constructor(name: string) {
    this.folder = mkdtempSync(join(tmpdir(), `dbtest-${name}-`));
  }

  /** Bound, so that tests may take it from the object. */
  readonly start = (...args: string[]): Running => {
    const child = spawn(process.execPath, [DBTEST, ...args], { cwd: this.folder, stdio: ['ignore', 'pipe', 'pipe'] });
    this.children.push(child);
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        output[name] += text;
      });
    }
    const ended = new Promise<Ended>((resolve) => {
      child.on('close', (status) => {
        this.printed += output.stdout + output.stderr;
        resolve({ status, ...output });
      });
    });
    const logged = async (pattern: RegExp): Promise<void> => {
      while (!pattern.test(output.stderr)) {
        if (child.exitCode !== null) throw new Error(`ended before ${pattern}: ${output.stderr}`);
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      }
    };
    return { child, ended, logged };
  };

  /** Ends what still runs, and removes the folder. */
  close(): void {
    for (const child of this.children) child.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}
