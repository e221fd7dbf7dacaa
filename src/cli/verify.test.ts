import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { blocksOf, parseScript } from '../history/testing/scripts.ts';
import { runCli } from './testing/fake-context.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dbtest-verify-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Writes the blocks of a history into one file for each worker. @returns their paths */
function record(script: string, cutBytes = 0): string[] {
  return blocksOf(parseScript(script)).map((block, worker) => {
    const path = join(folder, `worker-${worker}.history`);
    writeFileSync(path, block.subarray(0, block.length - cutBytes));
    return path;
  });
}

const GOOD = 'T1 0..1 @0 ok a x 1\nT2 2..3 @1 ok r x [1], a x 2';
const STALE = 'T1 0..1000000 ok a x 1\nT2 2000000..2000005 ok r x []';

describe('dbtest verify', () => {
  it('finds no anomaly in the files of all processes', async () => {
    const { status, stdout, stderr } = await runCli(['verify', ...record(GOOD)]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('Transactions: 2 committed, 0 aborted, 0 of unknown outcome\n');
    expect(stdout).toContain('Note: elements that no read shows, so that their order is unknown: 1');
    expect(stdout).toMatch(/\nNo anomaly: the history is strictly serializable\n$/);
  });

  it('prints an anomaly with its transactions and edges, and exits with 3', async () => {
    const { status, stdout } = await runCli(['verify', ...record(STALE)]);
    expect(status).toBe(3);
    expect(stdout).toContain(
      [
        'stale read (1 found): a read misses an append that was complete before the reader began',
        '  T1: worker 0 terminal 1 #1, 2.000000..2.000005 s, committed',
        '       read 23 []',
        '  T2: worker 0 terminal 0 #1, 0.000000..1.000000 s, committed',
        '       append 1 to 23',
        '  T1 -rw-> T2: T1 read key 23 as [], without 1 that T2 appended',
        '  T2 -rt-> T1: T2 ended 1000000.000 us before T1 began',
        '',
        'Not strictly serializable: 1 kind of anomaly',
        '',
      ].join('\n'),
    );
  });

  it('leaves real time out for --model serializable', async () => {
    const { status, stdout } = await runCli(['verify', '--model', 'serializable', ...record(STALE)]);
    expect(status).toBe(0);
    expect(stdout).toContain('No anomaly: the history is serializable (real time is left out)');
  });

  it('prints nothing but JSON for --json', async () => {
    const files = record(STALE);
    const { status, stdout, stderr } = await runCli(['verify', '--json', ...files]);
    expect({ status, stderr }).toEqual({ status: 3, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      schemaVersion: 1,
      files,
      model: 'strict-serializable',
      isValid: false,
      counts: { transactions: { committed: 2 } },
      findings: [{ anomaly: 'stale read', instances: 1, witnesses: [{ steps: [{ kind: 'rw' }, { kind: 'rt' }] }] }],
    });
  });

  it('takes a missing record for garbage, unless it is allowed', async () => {
    const [, reader] = record(GOOD) as [string, string];
    const refused = await runCli(['verify', reader]);
    expect(refused.status).toBe(3);
    expect(refused.stdout).toContain(
      'if a process was killed in the run, its last records may be missing: --allow-missing',
    );
    const allowed = await runCli(['verify', '--allow-missing', reader]);
    expect(allowed.status).toBe(0);
    expect(allowed.stdout).toContain('Note: elements that were read and whose append is in no record: 1');
  });

  it('cuts a torn block with a note and expects records to be missing', async () => {
    const whole = record(GOOD);
    const [torn] = record('T9 0..1 @0 ok a x 1', 3) as [string];
    const { status, stdout } = await runCli(['verify', torn, whole[1] as string]);
    expect(stdout).toContain(`Note: ${torn}: at byte 0: the last block is torn`);
    expect(status).toBe(0);
  });
});

describe('dbtest verify refuses, in one line and with exit status 2', () => {
  it.each<[what: string, argv: () => string[], message: string]>([
    ['no file', () => [], 'verify: no file given; give the files that --history wrote'],
    ['a file that is not there', () => [join(folder, 'gone')], 'no such file or folder'],
    ['a file twice', () => [...record(STALE), ...record(STALE)], 'is given twice; give each file once'],
    ['an empty file', () => [emptyFile()], 'holds no transaction; record one with --history'],
    ['another file', () => ['package.json'], 'package.json: at byte 0: no block of a history starts here'],
    ['another model', () => ['--model', 'serial', 'x'], 'give one of strict-serializable, serializable'],
    ['too many witnesses', () => ['--witnesses', '101', 'x'], 'give a whole number from 1 to 100'],
    ['an option of the run', () => ['--runtime', '3', 'x'], '--runtime: unknown option'],
  ])('%s', async (_, argv, message) => {
    const { status, stdout, stderr } = await runCli(['verify', ...argv()]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  function emptyFile(): string {
    const path = join(folder, 'empty');
    writeFileSync(path, '');
    return path;
  }
});
