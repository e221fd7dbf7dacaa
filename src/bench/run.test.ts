/** A run as the built program makes it, with a workload that throws where it is told. Needs `npm run build`. */
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { RunConfig } from '../config/run-config.ts';
import type { RunEvents, RunHandle } from './run.ts';

const BUILT = new URL('../../dist/src/bench/run.js', import.meta.url).href;
const WORKLOAD = new URL('./testing/failing-workload.mjs', import.meta.url).href;

/** Ports that are free at this moment. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  await Promise.all(servers.map((server) => new Promise<void>((done) => server.listen(0, '127.0.0.1', done))));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
}

const config = (failAt: number, runtimeSeconds: number, ports: readonly number[]): RunConfig => ({
  cluster: {
    source: null,
    shards: ports.map((port, shardId) => ({ shardId, host: '127.0.0.1', port })),
    warehousesPerShard: ports.length,
  },
  localShardIds: ports.map((_, shardId) => shardId),
  clusterRole: 'localhost',
  numThreads: ports.length,
  transport: { kind: 'auto', ringCapacityBytes: null },
  onPeerLoss: 'stop',
  joinTimeoutSeconds: 10,
  placement: { pinCpus: false, cpuList: null, lowTransportPriority: false },
  terminalsPerWarehouse: 2,
  workload: { name: 'failing', moduleUrl: WORKLOAD, options: { failAt } },
  mix: { kind: 'deck' },
  pacing: { kind: 'none' },
  warmupSeconds: 0.05,
  warmupByDefault: false,
  runtimeSeconds,
  seed: 1,
  memoryLimitBytes: 1e8,
  check: true,
  jsonPath: null,
  exportDir: null,
  historyPath: null,
});

/** @param shards each with as many workers as there are shards */
async function start(failAt: number, runtimeSeconds = 0.2, shards = 1) {
  const ports = await freePorts(shards);
  const { startBenchmark } = (await import(BUILT)) as {
    startBenchmark(config: RunConfig, events: RunEvents): RunHandle;
  };
  const lines: string[] = [];
  const phases: string[] = [];
  const events: RunEvents = {
    log: (line) => lines.push(line),
    progress: ({ phase }) => phases.push(phase),
  };
  return { handle: startBenchmark(config(failAt, runtimeSeconds, ports), events), lines, phases, ports };
}

describe('startBenchmark', () => {
  it('runs through all phases and reports', async () => {
    const { handle, lines } = await start(0);
    const result = await handle.result;
    await handle.close();
    expect(result.totals.commits).toBeGreaterThan(0);
    expect(result.endedBy).toBe('runtime');
    expect(result.phases.measuredSeconds).toBeGreaterThan(0.15);
    expect(result.consistency.passed).toBe(true);
    expect(lines.join('\n')).toMatch(/Loading[\s\S]*Warming up[\s\S]*Measuring[\s\S]*Checking/);
  });

  it.each([
    [1, 'load'],
    [2, 'run'],
    [3, 'check'],
  ])('fails with the error of a worker that throws (%i: in the %s phase), and soon', async (failAt) => {
    const startedMs = performance.now();
    const { handle } = await start(failAt);
    await expect(handle.result).rejects.toThrow(`a bug at place ${failAt}`);
    await handle.close();
    expect(performance.now() - startedMs).toBeLessThan(5000);
  });

  it.each([
    [1, 'load'],
    [2, 'run'],
    [3, 'check'],
  ])('fails as soon with two shards, and frees their ports (%i: in the %s phase)', async (failAt) => {
    const startedMs = performance.now();
    const { handle, ports } = await start(failAt, 0.2, 2);
    await expect(handle.result).rejects.toThrow(`a bug at place ${failAt}`);
    await handle.close();
    expect(performance.now() - startedMs).toBeLessThan(5000);
    for (const port of ports) {
      const server = createServer();
      await new Promise<void>((done, fail) => server.once('error', fail).listen(port, '127.0.0.1', done));
      await new Promise((done) => server.close(done));
    }
  });

  it('runs two shards with two workers each, and ends their transports', async () => {
    const { handle, lines } = await start(0, 0.2, 2);
    const result = await handle.result;
    await handle.close();
    expect(result.shards.map(({ threads, commits }) => threads === 2 && commits > 0)).toEqual([true, true]);
    expect(lines.at(0)).toBe('Multi-shard mode: running 2 shards in this process');
    expect(lines.at(-1)).toBe('MultiTransportManager: All transports stopped');
  });

  it('ends the measurement early when it is interrupted, and says so', async () => {
    const { handle, phases } = await start(0, 60);
    // The second look at the measurement: by then the worker has seen that it began.
    while (phases.filter((phase) => phase === 'measure').length < 2) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    handle.interrupt();
    const result = await handle.result;
    await handle.close();
    expect(result.endedBy).toBe('interrupt');
    expect(result.phases.measuredSeconds).toBeLessThan(30);
  });
});
