import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RESULT_SCHEMA_VERSION } from '../bench/result.ts';
import { OperatingFault } from '../errors.ts';
import { readJson, writeJson } from './json-report.ts';
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
  it('writes what readJson reads', async () => {
    const path = join(folder, 'result.json');
    await writeJson(result, path);
    expect(await readJson(path)).toEqual(result);
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

describe('readJson', () => {
  const file = (content: string): string => {
    const path = join(folder, 'given.json');
    writeFileSync(path, content);
    return path;
  };

  it('refuses a file that is missing, empty, cut off or something else', async () => {
    expect((await faultOf(readJson(join(folder, 'missing.json')))).message).toContain('ENOENT');
    expect((await faultOf(readJson(file('')))).message).toContain('the file is empty');
    const whole = JSON.stringify(result);
    expect((await faultOf(readJson(file(whole.slice(0, -100))))).message).toContain('not JSON, or cut off');
    for (const other of ['null', '3', '[]', '{}', '"text"', '{"schemaVersion":"1"}']) {
      expect((await faultOf(readJson(file(other)))).message).toContain('it has no schemaVersion');
    }
    expect((await faultOf(readJson(file('{"schemaVersion":1}')))).message).toContain('dbtestVersion must be a string');
  });

  it('refuses a newer version and names both', async () => {
    const path = file(JSON.stringify({ ...result, schemaVersion: RESULT_SCHEMA_VERSION + 1 }));
    expect((await faultOf(readJson(path))).message).toBe(
      `cannot read ${path}: it has schema version ${RESULT_SCHEMA_VERSION + 1}, and this dbtest reads up to ` +
        `${RESULT_SCHEMA_VERSION}; use the dbtest that wrote it, or a newer one`,
    );
  });

  it('names the first key that is damaged', async () => {
    const damage = async (change: (copy: typeof result) => void): Promise<string> => {
      const copy = structuredClone(result);
      change(copy);
      const path = file(JSON.stringify(copy));
      return (await faultOf(readJson(path))).message.replace(`cannot read ${path}: no result of dbtest --json: `, '');
    };
    const put = (target: unknown, key: string, value: unknown): void => {
      (target as Record<string, unknown>)[key] = value;
    };
    // JSON has no NaN: it becomes null.
    expect(await damage((copy) => put(copy.totals, 'tpmC', Number.NaN))).toBe('totals.tpmC must be a number');
    expect(await damage((copy) => put(copy, 'shards', {}))).toBe('shards must be a list');
    expect(await damage((copy) => put(copy.shards[1], 'commits', '12'))).toBe('shards[1].commits must be a number');
    expect(await damage((copy) => put(copy.shards[0]?.transactions, 'payment', []))).toBe(
      'shards[0].transactions.payment must be an object',
    );
    expect(await damage((copy) => put(copy.shards[0]?.transactions['payment']?.latencyUs, 'p999', undefined))).toBe(
      'shards[0].transactions.payment.latencyUs.p999 must be a number',
    );
    expect(await damage((copy) => put(copy.consistency, 'passed', 'yes'))).toBe(
      'consistency.passed must be a boolean or null',
    );
    expect(await damage((copy) => put(copy.deviations, '1', 5))).toBe('deviations[1] must be a string');
  });

  it('completes a result that was written before its latest keys existed', async () => {
    const earlier = structuredClone(result);
    const remove = (target: object, ...keys: string[]): void => {
      for (const key of keys) delete (target as Record<string, unknown>)[key];
    };
    remove(earlier, 'cluster');
    remove(earlier.config, 'transport', 'onPeerLoss', 'joinTimeoutSeconds', 'placement');
    remove(earlier.totals, 'shards');
    expect(await readJson(file(JSON.stringify(earlier)))).toEqual(result);
  });

  it('reads a result of one of several processes, and checks its keys', async () => {
    const several = sampleResult({ endedBy: 'peer-lost' }, { shards: 3, localShardIds: [0] });
    several.totals.failedByReason = { peerLost: 5 };
    const [condition] = several.consistency.conditions;
    Object.assign(condition ?? {}, { passed: false, checkable: false, reason: 'shard 2 is lost' });
    several.consistency.passed = null;
    expect(await readJson(file(JSON.stringify(several)))).toEqual(several);
    const text = JSON.stringify(several);
    const wrong = async (from: string, to: string): Promise<string> => {
      expect(text).toContain(from);
      return (await faultOf(readJson(file(text.replace(from, to))))).message;
    };
    expect(await wrong('"scope":"whole"', '"scope":1')).toContain('cluster.scope must be a string');
    expect(await wrong('"peerLost":5', '"peerLost":"5"')).toContain('totals.failedByReason.peerLost must be a number');
    expect(await wrong('"checkable":false', '"checkable":0')).toContain('checkable must be a boolean');
    expect(await wrong('"perShard":[{', '"perShard":[3,{')).toContain('totals.perShard[0] must be an object');
    expect(await wrong('"cpuList":null', '"cpuList":3')).toContain('config.placement.cpuList must be a string or null');
  });

  it('accepts keys that it does not know, and nulls where they have a meaning', async () => {
    const later = structuredClone(result);
    later.totals.latencyUs = null;
    later.consistency.passed = null;
    const path = file(JSON.stringify({ ...later, added: { later: true } }));
    expect(await readJson(path)).toEqual({ ...later, added: { later: true } });
    expect(readFileSync(path, 'utf8')).toContain('"added"');
  });
});
