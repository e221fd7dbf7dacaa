/** Lists as the built program runs them, with a history that is verified. Needs `npm run build`. */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunResult } from '../../src/bench/result.ts';
import { freePorts } from '../../src/transport/tcp/testing/wait.ts';

const PROGRAM = fileURLToPath(new URL('../../bin/dbtest.js', import.meta.url));
const SHARDS = 4;
const LONGEST_RUN_MS = 40_000;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dbtest-append-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function dbtest(...options: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const limits = { timeout: LONGEST_RUN_MS, killSignal: 'SIGKILL' as const, cwd: folder };
    execFile(process.execPath, [PROGRAM, ...options], limits, (error, stdout, stderr) => {
      const code = error === null ? 0 : error.code;
      resolve({ status: typeof code === 'number' ? code : -1, stdout, stderr });
    });
  });
}

async function shardFile(name: string): Promise<string> {
  const path = join(folder, `${name}.yml`);
  const shards = (await freePorts(SHARDS)).map((port, id) => `  - {shard_id: ${id}, port: ${port}}`);
  writeFileSync(path, `nshards: ${SHARDS}\nhost: 127.0.0.1\nwarehouses: 1\nshards:\n${shards.join('\n')}\n`);
  return path;
}

const RUN = ['--workload', 'append', '--lists-per-warehouse', '2', '--warmup', '0.3', '--runtime', '1.5', '--quiet'];

interface Verdict {
  isValid: boolean;
  findings: unknown[];
  counts: { transactions: { committed: number } };
}

async function verify(...files: string[]): Promise<{ status: number; verdict: Verdict }> {
  const { status, stdout } = await dbtest('verify', '--json', ...files);
  return { status, verdict: JSON.parse(stdout) as Verdict };
}

describe('a history of lists on four shards', () => {
  it.each(['auto', 'tcp'])('is strictly serializable: --transport %s', async (transport) => {
    const [history, json] = [join(folder, `${transport}.history`), join(folder, `${transport}.json`)];
    const shards = ['--shard-config', await shardFile(transport), '--local-shards', '0,1,2,3'];
    const options = ['--transport', transport, '--ring-capacity', 'min', '--history', history, '--json', json];
    const { status, stderr } = await dbtest(...RUN, ...shards, ...options);
    expect([status, stderr]).toEqual([0, '']);
    const { totals, consistency } = JSON.parse(readFileSync(json, 'utf8')) as RunResult;
    expect(consistency.passed).toBe(true);
    expect(totals.conflictAborts).toBeGreaterThan(100);
    const { status: verified, verdict } = await verify(history);
    expect([verified, verdict.isValid, verdict.findings]).toEqual([0, true, []]);
    // The warm-up and the end are in the history, too.
    expect(verdict.counts.transactions.committed).toBeGreaterThanOrEqual(totals.commits);
  });

  it('is strictly serializable over two processes, a file each', async () => {
    const config = await shardFile('two');
    const files = ['a', 'b'].map((name) => join(folder, `${name}.history`));
    const ends = await Promise.all(
      ['0,1', '2,3'].map((shards, i) =>
        dbtest(...RUN, '--shard-config', config, '--local-shards', shards, '--history', files[i]),
      ),
    );
    expect(ends.map(({ status }) => status)).toEqual([0, 0]);
    const { status } = await verify(...files);
    expect(status).toBe(0);
    // One of the two does not know who appended what it reads.
    expect((await verify(files[0])).status).toBe(3);
  });

  it('is refused for a workload that records none, and nothing is created', async () => {
    const path = join(folder, 'none.history');
    const { status, stderr } = await dbtest('--history', path);
    expect([status, existsSync(path)]).toEqual([2, false]);
    expect(stderr).toMatch(/^dbtest: --history: the workload tpcc records no history; give --workload append\n/);
  });

  it.each([
    [['--history', '-'], '--history: standard output has the text report; give the path of a file'],
    [['--history', 'same', '--json', './same'], '--history: "same" is the file of the JSON result; give another'],
    [['--history', 'same', '--html', './same'], '--history: "same" is the file of the HTML report; give another'],
    [['--history', 'missing/x'], 'cannot write missing/x: no such file or folder'],
  ])('is refused before the run: %j', async (options, reason) => {
    const { status, stderr } = await dbtest('--workload', 'append', ...options);
    expect([status, stderr]).toEqual([2, `dbtest: ${reason}\n`]);
  });
});
