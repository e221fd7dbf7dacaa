import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newHistogram, prepareHistograms } from '../bench/recorder.ts';
import type { RunResult } from '../bench/result.ts';
import type { RunConfig } from '../config/run-config.ts';
import { EXIT, OperatingFault } from '../errors.ts';
import { renderSeriesCsv } from '../report/csv-series.ts';
import { sampleMeasurement } from '../report/live/testing/sample-progress.ts';
import { FAILED_CONDITION, sampleResult } from '../report/testing/sample-result.ts';
import { type FakeContext, fakeContext, runCli, startRun } from './testing/fake-context.ts';

let folder: string;
let context: FakeContext;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dbtest-run-'));
  context = fakeContext();
});
afterEach(() => rmSync(folder, { recursive: true }));

const FAILED: Partial<RunResult> = {
  consistency: { passed: false, checkSeconds: 1, conditions: [FAILED_CONDITION] },
};

const UNCHECKED: Partial<RunResult> = {
  consistency: {
    passed: null,
    checkSeconds: 1,
    conditions: [
      { ...FAILED_CONDITION, violationCount: 0, violations: [], checkable: false, reason: 'shard 1 is lost' },
    ],
  },
};

/** Runs to the end without interruption. */
async function completeRun(argv: string[], result?: Partial<RunResult>): Promise<number> {
  const { run, status } = await startRun(argv, context);
  run.finish(result);
  await status;
  expect(run.closed).toBe(true);
  return status;
}

describe('the configuration of a run', () => {
  it('has the documented defaults', async () => {
    await completeRun([]);
    expect(context.run?.config).toMatchObject({
      cluster: { source: null, shards: [{ shardId: 0, host: '127.0.0.1', port: 31000 }], warehousesPerShard: 1 },
      localShardIds: [0],
      clusterRole: 'localhost',
      numThreads: 1,
      transport: { kind: 'auto', ringCapacityBytes: null },
      onPeerLoss: 'stop',
      joinTimeoutSeconds: 30,
      placement: { pinCpus: false, cpuList: null, lowTransportPriority: false },
      terminalsPerWarehouse: 10,
      workload: { name: 'fake', options: { remoteRowPct: 1 } },
      mix: { kind: 'deck' },
      pacing: { kind: 'none' },
      warmupSeconds: 2,
      runtimeSeconds: 10,
      seed: 1,
      check: true,
      jsonPath: null,
      exportDir: null,
      historyPath: null,
    });
    expect(context.run?.config.workload.moduleUrl).toMatch(/^file:.*\/workloads\/fake\/workload\.ts$/);
    expect(context.run?.config.memoryLimitBytes).toBeGreaterThan(0);
    expect(context.run?.secret).toBeNull();
  });

  it('takes every option', async () => {
    const yaml = join(folder, 'one.yml');
    writeFileSync(yaml, 'nshards: 1\nwarehouses: 7\nshards: [{shard_id: 0, port: 45000}]');
    await completeRun([
      ...['--shard-config', yaml, '--shard-index', '0', '-P', 'p1', '--num-threads=1', '--terminals', '5'],
      ...['--mix', 'writeRow=3', '--rate', '12.5', '--warmup', '0', '--runtime', '1m', '--seed', '0'],
      ...['--memory-limit', '64MiB', '--no-check', '--remote-row-pct', '2.5'],
      ...['--transport', 'tcp', '--ring-capacity', '64KiB', '--on-peer-loss', 'continue', '--join-timeout', '2m'],
      ...['--pin-cpus', '--cpu-list', '0-3,8', '--low-transport-priority'],
      ...['--json', join(folder, 'r.json'), '--export', join(folder, 'csv')],
    ]);
    expect(context.run?.config).toMatchObject({
      cluster: { source: yaml, shards: [{ shardId: 0, host: '127.0.0.1', port: 45000 }], warehousesPerShard: 7 },
      clusterRole: 'p1',
      transport: { kind: 'tcp', ringCapacityBytes: 65536 },
      onPeerLoss: 'continue',
      joinTimeoutSeconds: 120,
      placement: { pinCpus: true, cpuList: '0-3,8', lowTransportPriority: true },
      terminalsPerWarehouse: 5,
      workload: { options: { remoteRowPct: 2.5 } },
      mix: { kind: 'weights', weights: { readRow: 0, writeRow: 3 } },
      pacing: { kind: 'rate', transactionsPerSecond: 12.5 },
      warmupSeconds: 0,
      runtimeSeconds: 60,
      seed: 0,
      memoryLimitBytes: 64 * 2 ** 20,
      check: false,
      jsonPath: join(folder, 'r.json'),
      exportDir: join(folder, 'csv'),
      historyPath: null,
    });
  });

  it('is the same with the word run', async () => {
    const status = runCli(['run', '--workload', 'fake', '--warehouses', '3', '--shard-config', 'none.yml'], context);
    expect((await status).stderr).toMatch(/^dbtest: none\.yml: cannot be read: no such file/);
    expect((await status).status).toBe(EXIT.usage);
  });

  it('says what a role other than the leader does not do', async () => {
    await completeRun(['-P', 'learner']);
    expect(context.stderr.text).toMatch(/^Cluster role learner is recorded in the result.*does not replicate/m);
  });

  it('says when the memory limit is beyond the machine', async () => {
    await completeRun(['--memory-limit', '900TiB']);
    expect(context.stderr.text).toMatch(/^The memory limit of 900 TiB is above/m);
  });
});

describe('shards, threads and processes', () => {
  const configOf = async (argv: string[]) => {
    context = fakeContext();
    expect(await completeRun(argv)).toBe(EXIT.good);
    return context.run?.config as RunConfig;
  };

  it('run as many as are asked for', async () => {
    expect((await configOf(['--num-threads', '4'])).numThreads).toBe(4);
    expect((await configOf(['--local-shards=0,1', '--num-threads', '2'])).localShardIds).toEqual([0, 1]);
    const second = await configOf(['--shard-index', '1']);
    expect([second.cluster.shards.length, second.localShardIds]).toEqual([2, [1]]);
  });

  it.each([
    [['--ring-capacity', 'min'], { transport: { kind: 'auto', ringCapacityBytes: 0 } }],
    [['--ring-capacity', '256'], { transport: { kind: 'auto', ringCapacityBytes: 256 } }],
    [['--ring-capacity', '1G'], { transport: { kind: 'auto', ringCapacityBytes: 2 ** 30 } }],
    [['--transport', 'shm', '--local-shards', '0,1'], { transport: { kind: 'shm', ringCapacityBytes: null } }],
    [['--join-timeout', '500ms'], { joinTimeoutSeconds: 0.5 }],
    [['--pin-cpus'], { placement: { pinCpus: true, cpuList: null, lowTransportPriority: false } }],
    [['--cpu-list=7'], { placement: { pinCpus: true, cpuList: '7', lowTransportPriority: false } }],
    [['--cpu-list', '1,3-5,2'], { placement: { pinCpus: true, cpuList: '1,3-5,2', lowTransportPriority: false } }],
    [['--low-transport-priority'], { placement: { pinCpus: false, cpuList: null, lowTransportPriority: true } }],
  ])('are told %j', async (argv, expected) => {
    expect(await configOf(argv)).toMatchObject(expected);
  });
});

describe('the secret', () => {
  it('reaches the benchmark and neither the report nor the JSON', async () => {
    const path = join(folder, 'secret');
    writeFileSync(path, 'open sesame\n');
    context.env.DBTEST_SECRET = 'from the environment';
    expect(await completeRun(['--secret-file', path, '--json', '-'])).toBe(EXIT.good);
    expect(context.run?.secret).toBe('open sesame');
    expect(context.stdout.text + context.stderr.text).not.toMatch(/sesame|from the environment/);
    expect(JSON.stringify(context.run?.config)).not.toMatch(/sesame|from the environment/);
  });

  it('comes from the environment otherwise', async () => {
    context.env.DBTEST_SECRET = 'from the environment';
    expect(await completeRun([])).toBe(EXIT.good);
    expect(context.run?.secret).toBe('from the environment');
  });

  it('is refused in one line where it cannot be read', async () => {
    const missing = join(folder, 'missing');
    const { status, stderr } = await runCli(['--workload', 'fake', '--secret-file', missing], context);
    expect(status).toBe(EXIT.usage);
    expect(stderr).toMatch(/^dbtest: --secret-file: [^\n]+ cannot be read: no such file[^\n]*\n$/);
    expect(context.run).toBeNull();
  });
});

describe('the report', () => {
  it('is all that is on stdout', async () => {
    expect(await completeRun([])).toBe(EXIT.good);
    expect(context.stdout.text).toContain('New-Order');
    expect(context.stdout.text.endsWith('\n')).toBe(true);
    expect(context.stderr.text).toBe('');
  });

  it('has colours only where somebody sees them', async () => {
    const coloured = async (env: Record<string, string>, isTTY: boolean) => {
      context = fakeContext();
      context.env = env;
      context.stdout.isTTY = isTTY;
      await completeRun([]);
      return context.stdout.text.includes('\u001b[');
    };
    expect(await coloured({}, false)).toBe(false);
    expect(await coloured({}, true)).toBe(true);
    expect(await coloured({ NO_COLOR: '1' }, true)).toBe(false);
    expect(await coloured({ TERM: 'dumb' }, true)).toBe(false);
    expect(await coloured({ FORCE_COLOR: '1' }, false)).toBe(true);
  });

  it('goes to stderr where the JSON goes to stdout', async () => {
    expect(await completeRun(['--json', '-', '--quiet'])).toBe(EXIT.good);
    expect(JSON.parse(context.stdout.text)).toMatchObject({ config: { jsonPath: '-' }, seed: sampleResult().seed });
    expect(context.stderr.text).toContain('New-Order');
  });

  it('is kept as JSON in a file', async () => {
    const path = join(folder, 'result.json');
    writeFileSync(path, 'an older result');
    expect(await completeRun(['--json', path])).toBe(EXIT.good);
    expect(JSON.parse(readFileSync(path, 'utf8')).config.jsonPath).toBe(path);
    expect(readdirSync(folder)).toEqual(['result.json']);
  });

  it.each(['EPIPE', 'ERR_STREAM_DESTROYED'])('may be cut off by its reader (%s)', async (code) => {
    context.stdout.failWith = code;
    expect(await completeRun([])).toBe(EXIT.good);
    expect(context.stderr.text).toBe('');
    context = fakeContext();
    context.stdout.failWith = code;
    expect(await completeRun(['--json', '-'])).toBe(EXIT.good);
  });

  it('that cannot be written is one line, and the JSON is written all the same', async () => {
    const path = join(folder, 'result.json');
    context.stdout.failWith = 'ENOSPC';
    expect(await completeRun(['--json', path])).toBe(EXIT.usage);
    expect(context.stderr.text).toBe('dbtest: cannot write the report: no space left on the device\n');
    expect(JSON.parse(readFileSync(path, 'utf8')).schemaVersion).toBe(1);
  });

  it('is shown even where the JSON file cannot be written', async () => {
    const below = join(folder, 'below');
    mkdirSync(below);
    const { run, status } = await startRun(['--json', join(below, 'result.json')], context);
    rmSync(below, { recursive: true });
    run.finish();
    expect(await status).toBe(EXIT.usage);
    expect(context.stdout.text).toContain('New-Order');
    expect(context.stderr.text).toMatch(/^dbtest: cannot write [^\n]+\n$/);
  });
});

describe('the exit status', () => {
  it.each([
    ['a good run', {}, EXIT.good],
    ['a run that the memory limit ended', { endedBy: 'memory-limit' as const }, EXIT.good],
    ['a run without check', { consistency: { passed: null, checkSeconds: 0, conditions: [] } }, EXIT.good],
    ['a failed condition', FAILED, EXIT.consistency],
    ['a run that lost a peer', { endedBy: 'peer-lost' as const }, EXIT.connection],
    [
      'a run that lost a peer, with conditions not checkable',
      { ...UNCHECKED, endedBy: 'peer-lost' as const },
      EXIT.connection,
    ],
    ['a run that lost a peer, with a failed condition', { ...FAILED, endedBy: 'peer-lost' as const }, EXIT.consistency],
    ['a run that went on without a peer', UNCHECKED, EXIT.good],
    ['an interrupted run', { endedBy: 'interrupt' as const }, EXIT.interrupted],
    ['an interrupted run with a failed condition', { ...FAILED, endedBy: 'interrupt' as const }, EXIT.consistency],
  ])('of %s', async (_, result, expected) => {
    expect(await completeRun([], result)).toBe(expected);
    expect(context.stdout.text).toContain('New-Order');
  });

  it('of a fault is the fault’s, with one line', async () => {
    const { run, status } = await startRun([], context);
    run.fail(new OperatingFault('TRANSPORT', EXIT.connection, 'port 31000 is taken;\n stop the other process'));
    expect(await status).toBe(EXIT.connection);
    expect(run.closed).toBe(true);
    expect(context.stderr.text).toBe('dbtest: port 31000 is taken; stop the other process\n');
    expect(context.stdout.text).toBe('');
  });

  it.each([new TypeError('x is not a function'), 'a thrown text'])(
    'of a bug is 1, with all there is: %s',
    async (error) => {
      const { run, status } = await startRun([], context);
      run.fail(error);
      expect(await status).toBe(EXIT.internal);
      expect(context.stderr.text).toMatch(/^dbtest: internal error: a bug in dbtest \d/);
      expect(context.stderr.text).toContain(error instanceof Error ? (error.stack as string) : error);
    },
  );

  it('of a failed condition outweighs a result that cannot be written', async () => {
    context.stdout.failWith = 'ENOSPC';
    expect(await completeRun([], FAILED)).toBe(EXIT.consistency);
    expect(context.stderr.text).toContain('no space left');
  });
});

describe('the time series and the histograms', () => {
  it('are written after the report', async () => {
    await prepareHistograms();
    const histogram = newHistogram();
    histogram.recordValue(12_345);
    const { run, status } = await startRun(['--csv', join(folder, 's.csv'), '--hlog', join(folder, 'h.hlog')], context);
    run.histograms.push({ shardId: 0, transaction: 'readRow', deferred: false, histogram });
    run.finish();
    expect(await status).toBe(EXIT.good);
    expect(readFileSync(join(folder, 's.csv'), 'utf8')).toBe(renderSeriesCsv(sampleResult()));
    expect(readFileSync(join(folder, 'h.hlog'), 'utf8')).toContain('\nTag=shard0.readRow,0.000,');
    expect(readdirSync(folder).sort()).toEqual(['h.hlog', 's.csv']);
  });

  it('are written each by itself: one that fails is named, and the other one is there', async () => {
    const paths = { csv: join(folder, 'gone', 's.csv'), hlog: join(folder, 'h.hlog') };
    mkdirSync(join(folder, 'gone'));
    const { run, status } = await startRun(['--csv', paths.csv, '--hlog', paths.hlog], context);
    rmSync(join(folder, 'gone'), { recursive: true });
    run.finish();
    expect(await status).toBe(EXIT.usage);
    expect(context.stderr.text).toMatch(/^dbtest: cannot write [^\n]*s\.csv: [^\n]*\n$/);
    expect(existsSync(paths.hlog)).toBe(true);
  });
});

describe('an export that fails', () => {
  it('is one line after the report and the JSON', async () => {
    const path = join(folder, 'result.json');
    const { run, status } = await startRun(['--json', path, '--export', join(folder, 'csv')], context);
    run.exportFault = new OperatingFault('FILE', EXIT.usage, 'cannot export: no space left on the device');
    run.finish();
    expect(await status).toBe(EXIT.usage);
    expect(context.stdout.text).toContain('New-Order');
    expect(existsSync(path)).toBe(true);
    expect(context.stderr.text).toBe('dbtest: cannot export: no space left on the device\n');
    expect(run.closed).toBe(true);
  });

  it('is named beside whatever else failed', async () => {
    context.stdout.failWith = 'ENOSPC';
    const { run, status } = await startRun(['--export', join(folder, 'csv')], context);
    run.exportFault = new OperatingFault('FILE', EXIT.usage, 'cannot export');
    run.finish();
    expect(await status).toBe(EXIT.usage);
    expect(context.stderr.text).toMatch(/^dbtest: cannot write the report: [^\n]*; cannot export\n$/);
  });
});

describe('Ctrl-C', () => {
  it.each(['SIGINT', 'SIGTERM'])('once ends the measurement and still reports (%s)', async (signal) => {
    const { run, status } = await startRun([], context);
    context.signals.emit(signal);
    expect(run.interrupts).toBe(1);
    expect(context.stderr.text).toMatch(/^Interrupted: /m);
    run.finish({ endedBy: 'interrupt' });
    expect(await status).toBe(EXIT.interrupted);
    expect(context.stdout.text).toContain('New-Order');
    expect(context.exits).toEqual([]);
    expect(context.signals.listenerCount('SIGINT') + context.signals.listenerCount('SIGTERM')).toBe(0);
  });

  it('does not hide a lost peer', async () => {
    const { run, status } = await startRun([], context);
    context.signals.emit('SIGINT');
    run.finish({ endedBy: 'peer-lost' });
    expect(await status).toBe(EXIT.connection);
  });

  it('during the check of a run that had ended is an interruption too', async () => {
    const { run, status } = await startRun([], context);
    context.signals.emit('SIGINT');
    run.finish({ endedBy: 'runtime' });
    expect(await status).toBe(EXIT.interrupted);
  });

  it('twice stops at once and leaves the terminal clean', async () => {
    context.stderr.isTTY = true;
    const { run, status } = await startRun([], context);
    context.signals.emit('SIGINT');
    context.timeMs += 1000;
    run.progress(sampleMeasurement(2));
    const drawn = context.stderr.text.length;
    context.signals.emit('SIGINT');
    expect(context.exits).toEqual([EXIT.interrupted]);
    expect(context.stderr.text.slice(drawn)).toContain('\u001b[2K');
    expect(context.stderr.text).not.toContain('?25l');
    run.finish();
    await status;
  });

  it('stops listening when the run fails', async () => {
    const { run, status } = await startRun([], context);
    run.fail(new OperatingFault('WORKER_FAILED', EXIT.internal, 'worker 0 failed'));
    await status;
    expect(context.signals.listenerCount('SIGINT')).toBe(0);
  });
});

describe('outputs are checked before the run', () => {
  const refused = async (argv: string[]) => {
    context = fakeContext();
    const { status, stderr } = await runCli(['--workload', 'fake', ...argv], context);
    expect(context.run).toBeNull();
    expect(status).toBe(EXIT.usage);
    expect(stderr).toMatch(/^dbtest: [^\n]+\n$/);
    return stderr;
  };

  it('the JSON file', async () => {
    expect(await refused(['--json', join(folder, 'missing', 'r.json')])).toContain(join(folder, 'missing'));
    expect(await refused(['--json', folder])).toContain(folder);
    writeFileSync(join(folder, 'file'), '');
    expect(await refused(['--json', join(folder, 'file', 'r.json')])).toContain('file');
    expect(readdirSync(folder)).toEqual(['file']);
  });

  it.each(['--html', '--csv', '--hlog'])('the file of %s', async (option) => {
    expect(await refused([option, join(folder, 'missing', 'r')])).toContain('missing does not exist');
    expect(await refused([option, folder])).toContain('it is a folder');
    expect(await refused([option, '-'])).toContain(`${option}: standard output has the text report`);
    expect(await refused([option, ''])).toContain(`${option}: "" is not accepted`);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('files that would overwrite each other', async () => {
    const path = join(folder, 'r');
    expect(await refused(['--json', path, '--csv', path])).toContain('is the file of the JSON result; give another');
    expect(await refused(['--html', path, '--hlog', path])).toContain('--hlog: ');
    expect(await refused(['--csv', path, '--hlog', join(folder, '.', 'r')])).toContain(
      'is the file of the time series',
    );
    expect(readdirSync(folder)).toEqual([]);
  });

  it('the folder of the export', async () => {
    writeFileSync(join(folder, 'file'), '');
    expect(await refused(['--export', folder])).toContain('is not empty; give a new or an empty folder');
    expect(await refused(['--export', join(folder, 'file')])).toContain('is not a folder');
    expect(await refused(['--export', join(folder, 'file', 'csv')])).toContain('folder');
    expect(await refused(['--export', join(folder, 'missing', 'csv')])).toContain(join(folder, 'missing'));
    expect(existsSync(join(folder, 'missing'))).toBe(false);
  });

  it('a new folder and an empty one are good', async () => {
    mkdirSync(join(folder, 'empty'));
    expect(await completeRun(['--export', join(folder, 'empty')])).toBe(EXIT.good);
    expect(context.run?.exports).toEqual([join(folder, 'empty')]);
    context = fakeContext();
    expect(await completeRun(['--export', join(folder, 'new')])).toBe(EXIT.good);
    expect(existsSync(join(folder, 'new'))).toBe(false);
    context = fakeContext();
    expect(await completeRun([])).toBe(EXIT.good);
    expect(context.run?.exports).toEqual([]);
  });
});
