import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SweepResult } from '../sweep/sweep.ts';

const EXECUTABLE = fileURLToPath(new URL('../../bin/dbtest.js', import.meta.url));
const SHORT = ['--workload', 'bank', '--warmup', '0', '--repeat', '1'];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dbtest-sweep-program-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** The built program. */
function start(...argv: string[]) {
  const child = spawn(process.execPath, [EXECUTABLE, 'sweep', ...SHORT, ...argv], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text;
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  return { child, output, ended };
}

/** Processes that it started, where the system tells. */
function childrenOf({ pid }: ChildProcess): number[] {
  const path = `/proc/${pid}/task/${pid}/children`;
  return existsSync(path) ? readFileSync(path, 'utf8').split(' ').filter(Boolean).map(Number) : [];
}

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe('the built program', () => {
  it('sweeps over shards and transports in processes of their own', async () => {
    const out = join(folder, 'out');
    const { output, ended } = start('--vary', 'shards=1,2', '--runtime', '0.2', '--out', out, '--json', '-');
    expect([await ended, output.stderr]).toEqual([0, expect.stringContaining('2/2 shards=2: ')]);
    const { points, endedBy } = JSON.parse(output.stdout) as SweepResult;
    expect([endedBy, points.map(({ shards, runs }) => [shards, runs.length])]).toEqual([
      'plan',
      [
        [1, 1],
        [2, 1],
      ],
    ]);
    expect(points[1]?.median['throughput']).toBeGreaterThan(0);
    expect(points[1]?.median['crossShardPct']).toBeGreaterThan(0);
  });

  it.skipIf(!existsSync('/proc/self/task'))('leaves no process behind at Ctrl-C', async () => {
    const { child, output, ended } = start('--vary', 'shards=1,2', '--runtime', '60');
    while (childrenOf(child).length === 0) await sleep(20);
    const runs = childrenOf(child);
    child.kill('SIGINT');
    expect(await ended).toBe(130);
    expect(output.stdout).toBe('');
    expect(output.stderr).toMatch(/\ndbtest: interrupted before the first run was finished[^\n]+\n$/);
    while (runs.some(isRunning)) await sleep(20);
  });
});
