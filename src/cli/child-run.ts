/** Runs of dbtest in processes of their own, so that no run inherits the compiled code or the heap of another. */
import { type ChildProcess, spawn } from 'node:child_process';
import { assert } from '../assert.ts';
import type { RunResult } from '../bench/result.ts';
import { EXIT, OperatingFault } from '../errors.ts';
import { parseResult } from '../report/result-file.ts';
import { URL_VARIABLE } from './database-options.ts';
import { takeUrl } from './url-words.ts';

/** What a run that ended badly may leave of its text for the message. */
const STDERR_KEPT = 4000;

export interface ChildRuns {
  /**
   * One run with these options.
   * @param name in messages: `run 3 of A`
   * @throws OperatingFault with the run's own exit status where it ends with another than 0
   */
  run(words: readonly string[], name: string): Promise<RunResult>;
  /** Ends the run under way at once. */
  kill(): void;
}

/**
 * @param executable what to start with this Node, by default the program that runs
 * @param nodeOptions of Node itself, by default this process's
 */
export function childRuns(
  executable: string | undefined = process.argv[1],
  nodeOptions: readonly string[] = process.execArgv,
): ChildRuns {
  let current: ChildProcess | null = null;
  const kill = (): void => {
    current?.kill('SIGKILL');
  };
  const run = async (words: readonly string[], name: string): Promise<RunResult> => {
    assert(executable !== undefined, 'the path of the program is not known');
    assert(current === null, 'runs are made one after the other');
    // A group of its own: the terminal's Ctrl-C is for the comparison, which lets the run end.
    const { rest, url } = takeUrl(words);
    const child = spawn(process.execPath, [...nodeOptions, executable, 'run', ...rest, '--json', '-', '--quiet'], {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      // A password in it is not for the list of processes.
      ...(url === null ? {} : { env: { ...process.env, [URL_VARIABLE]: url } }),
    });
    current = child;
    process.once('exit', kill);
    try {
      return resultOf(await endOf(child), name);
    } finally {
      process.off('exit', kill);
      current = null;
    }
  };
  return { run, kill };
}

interface ChildEnd {
  status: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
}

const endOf = (child: ChildProcess): Promise<ChildEnd> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let stderr = '';
    child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-STDERR_KEPT);
    });
    child.on('error', reject);
    child.on('close', (status, signal) => {
      resolve({ status, signal, stdout: Buffer.concat(chunks).toString(), stderr });
    });
  });

function resultOf({ status, signal, stdout, stderr }: ChildEnd, name: string): RunResult {
  if (status === EXIT.good) return parseResult(stdout, `the result of ${name}`);
  if (status === EXIT.consistency) {
    throw new OperatingFault(
      'WORKER_FAILED',
      EXIT.consistency,
      `${name}: a consistency condition failed, so its figures mean nothing; run it by itself to see which`,
    );
  }
  // A bug tells what it is in the line below.
  const reason = stderr.match(/^dbtest: (.+:\n.+|.+)$/m)?.[1] ?? stderr.trim().split('\n').at(-1);
  const how = status === null ? `was ended by ${signal}` : `ended with exit status ${status}`;
  throw new OperatingFault('WORKER_FAILED', status ?? EXIT.internal, `${name} ${how}${reason ? `: ${reason}` : ''}`);
}
