import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OperatingFault } from '../errors.ts';
import { writeJson } from './json-report.ts';
import { readResultFile } from './result-file.ts';
import { sampleResult } from './testing/sample-result.ts';

const result = sampleResult();
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dbtest-json-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function faultOf(action: Promise<unknown>): Promise<OperatingFault> {
  const error = await action.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof OperatingFault)) throw new Error(`no fault but ${error}`);
  expect(error.message).not.toContain('\n');
  expect([error.code, error.exitStatus]).toEqual(['FILE', 2]);
  return error;
}

describe('writeJson', () => {
  it('writes what readResultFile reads', async () => {
    const path = join(folder, 'result.json');
    await writeJson(result, path);
    expect(readResultFile(path)).toEqual(result);
    expect(readdirSync(folder)).toEqual(['result.json']);
  });

  it('fails in one line for a missing folder and a folder', async () => {
    expect((await faultOf(writeJson(result, join(folder, 'no', 'x.json')))).message).toContain('does not exist');
    expect((await faultOf(writeJson(result, folder))).message).toContain('it is a folder');
  });

  it.runIf(existsSync('/dev/full'))('fails in one line for a full disk', async () => {
    expect((await faultOf(writeJson(result, '/dev/full'))).message).toContain('no space left');
  });

  it('has all of it flushed to standard output when it returns, to a slow reader too', async () => {
    const reader = spawn(process.execPath, ['-e', 'setTimeout(() => process.stdin.pipe(process.stdout), 100)']);
    const received = text(reader.stdout);
    await writeJson(result, '-', reader.stdin);
    expect(reader.stdin.writableLength).toBe(0);
    reader.stdin.end();
    expect(JSON.parse(await received)).toEqual(result);
  });

  it('accepts a reader that closes the pipe early', async () => {
    const reader = spawn(process.execPath, ['-e', 'process.stdin.destroy()']);
    await new Promise((resolve) => reader.once('exit', resolve));
    await writeJson(result, '-', reader.stdin);
    // And once more, when the stream knows already.
    await writeJson(result, '-', reader.stdin);
  });

  it('reports any other failure of standard output', async () => {
    const broken = new Writable({
      write(_chunk, _encoding, callback) {
        callback(Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }));
      },
    });
    expect((await faultOf(writeJson(result, '-', broken))).message).toContain('cannot write standard output: ENOSPC');
    expect(broken.listenerCount('error')).toBe(0);
  });
});
