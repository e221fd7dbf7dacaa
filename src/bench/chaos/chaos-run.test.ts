/** Trouble on purpose in runs of the built program. Needs `npm run build`. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunResult } from '../result.ts';

const EXECUTABLE = fileURLToPath(new URL('../../../bin/dbtest.js', import.meta.url));

let folder: string;
let ports: number[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dbtest-chaos-'));
  ports = await freePorts(2);
  const shards = ports.map((port, shardId) => `  - {shard_id: ${shardId}, port: ${port}}\n`);
  writeFileSync(join(folder, 'shards.yml'), `nshards: 2\nhost: 127.0.0.1\nwarehouses: 2\nshards:\n${shards.join('')}`);
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Ports that are free at this moment; fails where one of `wanted` is not. */
async function freePorts(count: number, wanted: readonly number[] = []): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const listening = servers.map(
    (server, i) =>
      new Promise<void>((done, fail) => {
        server.on('error', fail);
        server.listen(wanted[i] ?? 0, '127.0.0.1', done);
      }),
  );
  await Promise.all(listening);
  const found = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return found;
}

interface Ended {
  status: number | null;
  signal: string | null;
  stderr: string;
  /** Null where there is none. */
  result: RunResult | null;
}

function run(...options: string[]): Promise<Ended> {
  const common = ['--shard-config', join(folder, 'shards.yml'), '--workload', 'bank', '--warmup', '0', '--json', '-'];
  const child = spawn(process.execPath, [EXECUTABLE, ...common, ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  return new Promise((resolve) => {
    child.on('close', (status, signal) => {
      resolve({ status, signal, stderr, result: stdout === '' ? null : (JSON.parse(stdout) as RunResult) });
    });
  });
}

describe('dbtest --chaos', () => {
  it.each(['auto', 'tcp'])('pauses workers and delays frames, and the conditions hold (%s)', async (transport) => {
    const pause = 'pause:worker=1,for=100ms,at=0.2s';
    const delay = 'delay:frames,shard=0,for=5ms,chance=5%';
    const options = ['--num-threads', '2', '--transport', transport, '--runtime', '1'];
    const { status, stderr, result } = await run(...options, '--chaos', `${pause},${delay}`);
    expect(status).toBe(0);
    expect(result?.consistency.passed).toBe(true);
    expect(result?.chaos?.map(({ spec }) => spec)).toEqual([pause, delay]);
    const [paused, delayed] = result?.chaos ?? [];
    expect(paused).toMatchObject({ kind: 'pause', count: 1 });
    expect(paused?.totalMs).toBeGreaterThanOrEqual(99);
    expect(delayed?.count).toBeGreaterThan(0);
    expect(delayed?.totalMs).toBeGreaterThanOrEqual(5 * ((delayed?.count ?? 0) - 8));
    expect(result?.deviations.filter((deviation) => deviation.includes('--chaos'))).toHaveLength(2);
    expect(stderr).toMatch(/^Chaos at 0\.2\d s: worker 1 stood still for 1\d\d(\.\d)? ms$/m);
    expect(stderr).toContain(`Trouble on purpose\n  ${pause}: 1 pause of workers, 0.1`);
  });

  it.each([
    ['stop', 5, 'peer-lost'],
    ['continue', 0, 'runtime'],
  ])('stops a transport, and no sum is wrong (--on-peer-loss %s)', async (policy, wanted, endedBy) => {
    const options = ['--num-threads', '2', '--transport', 'tcp', '--runtime', '1', '--on-peer-loss', policy];
    const { status, stderr, result } = await run(...options, '--chaos', 'stop:transport=1,at=0.3s');
    expect([status, result?.endedBy]).toEqual([wanted, endedBy]);
    expect(result?.consistency.conditions.filter(({ passed, checkable }) => !passed && checkable !== false)).toEqual(
      [],
    );
    expect(result?.chaos).toEqual([
      { spec: 'stop:transport=1,at=0.3s', kind: 'stop', count: 1, totalMs: 0, firstMs: 300, lastMs: 300 },
    ]);
    expect(stderr).toMatch(
      /^Chaos at 0\.30 s: transport 1 stops[\s\S]*^MultiTransportManager: All transports stopped$/m,
    );
    await expect(freePorts(2, ports)).resolves.toEqual(ports);
  });

  it('kills its own process, which the other one notices', async () => {
    const [other, killed] = await Promise.all([
      run('--local-shards', '0', '--runtime', '30'),
      run('--local-shards', '1', '--runtime', '30', '--chaos', 'kill:process,at=0.3s'),
    ]);
    expect([killed.status, killed.signal, killed.result]).toEqual([null, 'SIGKILL', null]);
    expect(killed.stderr).toContain('Chaos at 0.30 s: this process kills itself');
    expect([other.status, other.result?.endedBy, other.result?.cluster.lostShards]).toEqual([5, 'peer-lost', [1]]);
    expect(other.result?.chaos).toBeUndefined();
  });
});
