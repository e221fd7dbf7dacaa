/** The bank as the built program runs it, on four shards with few accounts and the smallest rings. Needs `npm run build`. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunResult } from '../../src/bench/result.ts';
import { freePorts } from '../../src/transport/tcp/testing/wait.ts';

const PROGRAM = fileURLToPath(new URL('../../bin/dbtest.js', import.meta.url));
const SHARDS = 4;
/** A run that does not end is killed. */
const LONGEST_RUN_MS = 40_000;
const MIX = 'transfer=85,openAccount=3,closeAccount=3,rangeSum=2,lookup=3,sumAll=4';
const LEAST_SUMS_A_SECOND = 10;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dbtest-bank-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function run(transport: string, accounts: number): Promise<RunResult> {
  const name = `${transport}-${accounts}`;
  const [shardFile, resultFile] = [join(folder, `${name}.yml`), join(folder, `${name}.json`)];
  const shards = (await freePorts(SHARDS)).map((port, id) => `  - {shard_id: ${id}, port: ${port}}`);
  writeFileSync(shardFile, `nshards: ${SHARDS}\nhost: 127.0.0.1\nwarehouses: 1\nshards:\n${shards.join('\n')}\n`);
  const options = [
    ...['--workload', 'bank', '--shard-config', shardFile, '--local-shards', '0,1,2,3', '--transport', transport],
    ...['--ring-capacity', 'min', '--mix', MIX, '--accounts-per-warehouse', String(accounts), '--user-abort-pct', '10'],
    ...['--warmup', '0.3', '--runtime', '2', '--json', resultFile, '--quiet'],
  ];
  await new Promise<void>((resolve, reject) => {
    const limits = { timeout: LONGEST_RUN_MS, killSignal: 'SIGKILL' as const };
    execFile(process.execPath, [PROGRAM, ...options], limits, (error, stdout, stderr) => {
      if (error === null) resolve();
      else reject(new Error(`${error.killed ? 'the run did not end' : error.message}\n${stdout}\n${stderr}`));
    });
  });
  return JSON.parse(readFileSync(resultFile, 'utf8'));
}

describe('a bank on four shards', () => {
  it.each([
    ['auto', 3],
    ['tcp', 10],
  ])(
    'never shows a wrong sum, and shows many beside transfers at full speed: --transport %s',
    async (transport, accounts) => {
      const { totals, shards, consistency, phases, endedBy } = await run(transport, accounts);
      expect(endedBy).toBe('runtime');
      const sums = shards.reduce((sum, { transactions }) => sum + transactions['sumAll'].commits, 0);
      expect(sums / phases.measuredSeconds).toBeGreaterThanOrEqual(LEAST_SUMS_A_SECOND);
      const transfers = shards.reduce((sum, { transactions }) => sum + transactions['transfer'].commits, 0);
      expect(transfers).toBeGreaterThan(8 * sums);
      expect(consistency.passed).toBe(true);
      expect(consistency.conditions.find(({ id }) => id === 'bank.sums')?.checkedRows).toBeGreaterThanOrEqual(sums);
      expect(totals.userAborts).toBeGreaterThan(100);
      expect(totals.conflictAborts).toBeGreaterThan(100);
      expect(totals.failedByReason ?? {}).toEqual({});
      expect(Math.abs(totals.crossShardPct - totals.expectedCrossShardPct)).toBeLessThan(10);
      for (const { counters } of shards) {
        expect(counters['frameDropsTotal']).toBe(0);
        expect(counters['inDoubt']).toBe(0);
        expect(counters['retriesMost']).toBeLessThan(100);
      }
    },
  );
});
