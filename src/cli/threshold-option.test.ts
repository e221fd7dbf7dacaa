import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunResult } from '../bench/result.ts';
import { EXIT } from '../errors.ts';
import { FAILED_CONDITION, sampleResult } from '../report/testing/sample-result.ts';
import { type FakeContext, fakeContext, runCli, startRun } from './testing/fake-context.ts';

const RESULT = sampleResult();
const INCONSISTENT = { consistency: { passed: false, checkSeconds: 1, conditions: [FAILED_CONDITION] } };
const MET = 'throughput>1';
const MISSED = 'throughput>1000000000';

let folder: string;
let context: FakeContext;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dbtest-thresholds-'));
  context = fakeContext();
});
afterEach(() => rmSync(folder, { recursive: true }));

const optionsOf = (thresholds: readonly string[]): string[] => thresholds.flatMap((text) => ['--threshold', text]);

async function completeRun(thresholds: readonly string[], result: Partial<RunResult> = {}, more: string[] = []) {
  const { run, status } = await startRun([...optionsOf(thresholds), ...more, '--quiet'], context);
  run.finish(result);
  return status;
}

describe('a run with --threshold', () => {
  it('ends with 4 and the list of what failed, and keeps the verdicts', async () => {
    const path = join(folder, 'result.json');
    expect(await completeRun([MET, MISSED], {}, ['--json', path])).toBe(EXIT.threshold);
    expect(context.stderr.text).toBe(`dbtest: --threshold: ${MISSED}: measured 201,520 tx/s\n`);
    expect(context.stdout.text).toMatch(/\nThresholds\n/);
    const { thresholds } = JSON.parse(readFileSync(path, 'utf8')) as RunResult;
    expect(thresholds).toEqual([
      { threshold: MET, measured: RESULT.totals.throughputTps, limit: 1, unit: 'tx/s', passed: true },
      { threshold: MISSED, measured: RESULT.totals.throughputTps, limit: 1e9, unit: 'tx/s', passed: false },
    ]);
    const again = await runCli(['report', path]);
    expect([again.status, again.stdout]).toEqual([EXIT.good, context.stdout.text]);
  });

  it.each([
    ['with all of them met', [MET], {}, EXIT.good],
    ['that is inconsistent', [MISSED], INCONSISTENT, EXIT.consistency],
    ['that was interrupted', [MISSED], { endedBy: 'interrupt' as const }, EXIT.interrupted],
    ['that lost a process', [MISSED], { endedBy: 'peer-lost' as const }, EXIT.connection],
  ])('%s ends with its own status', async (_, thresholds, result, expected) => {
    expect(await completeRun(thresholds, result)).toBe(expected);
    expect(context.stderr.text.includes('--threshold')).toBe(expected !== EXIT.good);
  });

  it.each([
    [['--threshold', 'nothing.p99<5ms'], 'there is no transaction nothing'],
    [['--threshold', 'throughput>1', '--threshold', 'p98<5ms'], 'there is no metric p98; the metrics are'],
    [['--threshold', 'shard4.throughput>1'], 'this process has no figures of shard4; it has shard0'],
    [['--threshold', ''], '--threshold: "" is not accepted'],
    [['--local-shards=0', '--threshold'], 'its value is missing'],
  ])('refuses %j before it begins', async (given, expected) => {
    const { status, stdout, stderr } = await runCli(['--workload', 'fake', ...given], context);
    expect([status, stdout, context.run]).toEqual([EXIT.usage, '', null]);
    expect(stderr).toMatch(/^dbtest: [^\n]+\n$/);
    expect(stderr).toContain(expected);
  });
});

describe('a stored result with --threshold', () => {
  async function report(result: RunResult, thresholds: readonly string[]) {
    const path = join(folder, 'stored.json');
    writeFileSync(path, JSON.stringify(result));
    return runCli(['report', path, ...optionsOf(thresholds)]);
  }

  it('is judged again, whatever it was held to before', async () => {
    const failed = await report(RESULT, ['newOrder.p99<1us', MET]);
    expect(failed.status).toBe(EXIT.threshold);
    expect(failed.stderr).toMatch(/^dbtest: --threshold: newOrder\.p99<1us: measured \S+ µs$/m);
    expect(failed.stdout).toMatch(/\nThresholds\n/);
    expect(readFileSync(join(folder, 'stored.html'), 'utf8')).toContain('1 of 2 thresholds FAILED');
    expect((await report(RESULT, [MET])).status).toBe(EXIT.good);
    expect((await report({ ...RESULT, ...INCONSISTENT }, [MISSED])).status).toBe(EXIT.consistency);
  });

  it('refuses what it has no figures for', async () => {
    const local = sampleResult({}, { shards: 3, localShardIds: [1] });
    for (const [result, threshold, expected] of [
      [RESULT, 'x.p50<1s', 'there is no transaction x'],
      [local, 'throughput>1', 'the process with shard 0 has the figures of the cluster; this one has those of shard1'],
    ] as const) {
      const { status, stdout, stderr } = await report(result, [threshold]);
      expect([status, stdout]).toEqual([EXIT.usage, '']);
      expect(stderr).toContain(expected);
    }
  });
});
