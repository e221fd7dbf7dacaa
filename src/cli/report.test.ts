import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EXIT } from '../errors.ts';
import { renderConsoleReport } from '../report/console-report.ts';
import { renderHtmlReport } from '../report/html/html-report.ts';
import { sampleResult } from '../report/testing/sample-result.ts';
import { fakeContext, runCli, startRun } from './testing/fake-context.ts';

const RESULT = sampleResult();

let folder: string;
let stored: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dbtest-report-'));
  stored = join(folder, 'result.json');
  writeFileSync(stored, JSON.stringify(RESULT));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('dbtest report', () => {
  it('prints the report of the run, and writes its page beside the result', async () => {
    const { status, stdout, stderr } = await runCli(['report', stored]);
    expect(status).toBe(EXIT.good);
    expect(stdout).toBe(renderConsoleReport(RESULT, { colour: false, width: 100 }));
    expect(stderr).toContain('result.html');
    expect(readFileSync(join(folder, 'result.html'), 'utf8')).toBe(renderHtmlReport(RESULT));
    expect(readdirSync(folder).sort()).toEqual(['result.html', 'result.json']);
  });

  it('writes the page where it is told, again and again', async () => {
    const path = join(folder, 'page.htm');
    for (const _ of [1, 2]) expect((await runCli(['report', stored, '--html', path])).status).toBe(EXIT.good);
    expect(readdirSync(folder).sort()).toEqual(['page.htm', 'result.json']);
  });

  it.each([
    [[], 'no result is named'],
    [['-'], 'no result is named'],
    [['missing.json'], 'cannot read '],
    [['damaged.json'], 'not JSON, or cut off'],
    [['newer.json'], 'schema version 99'],
    [['result.json', 'other.json'], '"other.json": unexpected argument; dbtest report takes one file'],
    [['result.json', '--html', 'result.json'], 'is the file of the JSON result'],
    [['result.json', '--html', '-'], 'give the path of a file'],
    [['result.json', '--html', 'missing/page.html'], 'missing does not exist'],
    [['result.json', '--html', 'folder'], 'it is a folder'],
  ])('refuses %j in one line, and writes nothing', async (given, expected) => {
    writeFileSync(join(folder, 'damaged.json'), '{"schemaVersion":1,');
    writeFileSync(join(folder, 'newer.json'), JSON.stringify({ ...RESULT, schemaVersion: 99 }));
    mkdirSync(join(folder, 'folder'));
    const before = readdirSync(folder);
    const working = process.cwd();
    process.chdir(folder);
    try {
      const { status, stdout, stderr } = await runCli(['report', ...given]);
      expect({ status, stdout }).toEqual({ status: EXIT.usage, stdout: '' });
      expect(stderr).toMatch(/^dbtest: [^\n]*\n$/);
      expect(stderr).toContain(expected);
    } finally {
      process.chdir(working);
    }
    expect(readdirSync(folder)).toEqual(before);
  });
});

describe('a run with --html', () => {
  it('writes the page of its result, after the text', async () => {
    const context = fakeContext();
    const path = join(folder, 'run.html');
    const { run, status } = await startRun(['--html', path, '--quiet'], context);
    run.finish();
    expect(await status).toBe(EXIT.good);
    expect(readFileSync(path, 'utf8')).toBe(renderHtmlReport({ ...RESULT, config: run.config }));
    expect(context.stdout.text).toContain('agg_throughput');
  });

  it.each([
    [['--html', '-'], '--html: standard output has the text report'],
    [['--html', ''], '--html: "" is not accepted'],
    [['--html', '/missing/page.html'], '/missing does not exist'],
    [['--json', 'same', '--html', './same'], '--html: "./same" is the file of the JSON result'],
  ])('refuses %j before it begins', async (given, expected) => {
    const context = fakeContext();
    const { status, stderr } = await runCli(['--workload', 'fake', ...given], context);
    expect(status).toBe(EXIT.usage);
    expect(stderr).toContain(expected);
    expect(context.run).toBeNull();
  });
});
