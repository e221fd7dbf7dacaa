/** Where time goes in a run of the built program, over two processes. Needs `npm run build`. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { RunResult, TimeShares, TransactionResult } from './result.ts';

const EXECUTABLE = fileURLToPath(new URL('../../bin/dbtest.js', import.meta.url));

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dbtest-times-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A shard YAML on ports that are free at this moment. */
async function shardConfig(): Promise<string> {
  const servers = Array.from({ length: 2 }, () => createServer());
  await Promise.all(servers.map((server) => new Promise<void>((done) => server.listen(0, '127.0.0.1', done))));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  const shards = ports.map((port, shardId) => `  - {shard_id: ${shardId}, port: ${port}}\n`);
  const path = join(folder, 'shards.yml');
  writeFileSync(path, `nshards: 2\nhost: 127.0.0.1\nwarehouses: 1\nshards:\n${shards.join('')}`);
  return path;
}

function run(...options: string[]): Promise<RunResult> {
  const child = spawn(process.execPath, [EXECUTABLE, ...options, '--json', '-'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  return new Promise((resolve) => {
    child.on('close', (status) => {
      expect(status, stderr).toBe(0);
      resolve(JSON.parse(stdout) as RunResult);
    });
  });
}

/** The shares add up to everything, and everything is what the histogram says. */
function expectAll(times: TimeShares | null | undefined, latencyUs: { mean: number } | null, completed: number): void {
  if (latencyUs === null) {
    expect(times).toBeNull();
    return;
  }
  const { totalSeconds, ...shares } = times ?? expect.fail('there are transactions and no shares');
  const pcts = Object.values(shares);
  expect(pcts.reduce((total, pct) => total + pct, 0)).toBeCloseTo(100, 6);
  for (const pct of pcts) expect(pct).toBeGreaterThanOrEqual(0);
  const latencySeconds = (latencyUs.mean * completed) / 1e6;
  expect(Math.abs(totalSeconds - latencySeconds)).toBeLessThan(0.005 * latencySeconds);
}

const expectAllOf = ({ timeShares, latencyUs, commits, userAborts, local, crossShard }: TransactionResult) => {
  expectAll(timeShares, latencyUs, commits + userAborts);
  for (const part of [local, crossShard]) expect(part.timeShares === null).toBe(part.latencyUs === null);
};

it('the shares of every transaction are 100 % of its latency, of one shard and merged over processes', async () => {
  const path = await shardConfig();
  const common = ['--shard-config', path, '--workload', 'bank', '--warmup', '0.2', '--runtime', '0.5', '--quiet'];
  const [leader, other] = await Promise.all([0, 1].map((shard) => run(...common, '--shard-index', String(shard))));
  expect(leader.cluster.scope).toBe('whole');
  expect(leader.totals.crossShardPct).toBeGreaterThan(10);
  for (const result of [leader, other]) {
    const { totals, shards } = result;
    expectAll(totals.timeShares, totals.latencyUs, totals.commits + totals.userAborts);
    for (const of of [...shards, totals]) for (const each of Object.values(of.transactions ?? {})) expectAllOf(each);
    for (const { workers, timeShares } of shards) {
      expect(workers).toHaveLength(1);
      for (const { ownTransactionsPct, messagesPct, idlePct } of workers ?? []) {
        expect(ownTransactionsPct + messagesPct + idlePct).toBeCloseTo(100, 6);
        expect(Math.min(ownTransactionsPct, messagesPct)).toBeGreaterThan(0);
        expect(idlePct).toBeGreaterThanOrEqual(0);
      }
      expect(timeShares?.waitingForRemotePct).toBeGreaterThan(0);
    }
  }
  const seconds = [leader, other].map(({ shards }) => shards[0]?.timeShares?.totalSeconds ?? 0);
  expect(leader.totals.timeShares?.totalSeconds).toBeCloseTo((seconds[0] ?? 0) + (seconds[1] ?? 0), 9);
});
