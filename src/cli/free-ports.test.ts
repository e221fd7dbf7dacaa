import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { DatabaseConfig, RunConfig } from '../config/run-config.ts';
import { OperatingFault } from '../errors.ts';
import { sampleResult } from '../report/testing/sample-result.ts';
import type { ChildRuns } from './child-run.ts';
import { findBasePort, runOnFreePorts } from './free-ports.ts';

const SAMPLE = sampleResult();
const CONFIG: RunConfig = { ...SAMPLE.config, cluster: { ...SAMPLE.config.cluster, source: null } };
const TAKEN = 'shard 1 cannot listen on 127.0.0.1:2: the port is already in use; end the program that uses it';

const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

const hold = (port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    servers.push(server);
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => resolve());
  });

/** Runs that fail with `faults` one after the other, then succeed. */
function runsAfter(faults: OperatingFault[]) {
  const words: (readonly string[])[] = [];
  const runs: ChildRuns = {
    run: async (given) => {
      words.push(given);
      const fault = faults.shift();
      if (fault !== undefined) throw fault;
      return SAMPLE;
    },
    kill: () => undefined,
  };
  return { runs, words };
}

const fault = (message: string) => new OperatingFault('WORKER_FAILED', 5, message);

describe('findBasePort', () => {
  it('passes ports by of which one is taken', async () => {
    const free = await findBasePort(3);
    await hold(free + 100);
    const share = (port: number) => (port - 10_000) / 20_000;
    const draws = [share(free + 0.5), share(free - 99.5), 0.5];
    const found = await findBasePort(3, () => draws.shift() ?? Math.random());
    expect([free, free - 100]).not.toContain(found);
  });

  it('leaves room for the ports of many shards', async () => {
    const found = await findBasePort(60, () => Math.random());
    expect(found + 100 * 59).toBeLessThanOrEqual(65_535);
  });
});

describe('runOnFreePorts', () => {
  it('leaves the ports alone that the options say, and databases', async () => {
    const { runs, words } = runsAfter([]);
    await runOnFreePorts(runs, ['--base-port', '7'], CONFIG, 'run');
    await runOnFreePorts(runs, ['--x'], { ...CONFIG, cluster: { ...CONFIG.cluster, source: 'a.yml' } }, 'run');
    await runOnFreePorts(runs, ['--y'], { ...CONFIG, database: {} as DatabaseConfig }, 'run');
    expect(words).toEqual([['--base-port', '7'], ['--x'], ['--y']]);
  });

  it('takes others where somebody was faster, and gives up in the end', async () => {
    const twice = runsAfter([fault(TAKEN), fault(TAKEN)]);
    expect(await runOnFreePorts(twice.runs, ['--x'], CONFIG, 'run')).toBe(SAMPLE);
    expect(new Set(twice.words.map((words) => words.at(-1))).size).toBeGreaterThan(1);
    const always = runsAfter(Array.from({ length: 9 }, () => fault(TAKEN)));
    await expect(runOnFreePorts(always.runs, [], CONFIG, 'run')).rejects.toThrow(TAKEN);
    expect(always.words).toHaveLength(3);
  });

  it('tries nothing again for another fault', async () => {
    const { runs, words } = runsAfter([fault('a process was lost')]);
    await expect(runOnFreePorts(runs, [], CONFIG, 'run')).rejects.toThrow('a process was lost');
    expect(words).toHaveLength(1);
  });
});
