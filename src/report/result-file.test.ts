import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RESULT_SCHEMA_VERSION } from '../bench/result.ts';
import { OperatingFault } from '../errors.ts';
import { writeJson } from './json-report.ts';
import { parseResult, readResultFile } from './result-file.ts';
import { sampleResult } from './testing/sample-result.ts';

const result = sampleResult();
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dbtest-result-file-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function refusal(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (!(error instanceof OperatingFault)) throw error;
    expect([error.code, error.exitStatus]).toEqual(['FILE', 2]);
    expect(error.message).not.toContain('\n');
    return error.message;
  }
  return 'accepted';
}

const refusalOf = (data: unknown): string =>
  refusal(() => parseResult(typeof data === 'string' ? data : JSON.stringify(data), 'x.json'));

describe('readResultFile', () => {
  it('reads what writeJson wrote', async () => {
    const path = join(folder, 'result.json');
    await writeJson(result, path);
    expect(readResultFile(path)).toEqual(result);
  });

  it('says what it cannot read', () => {
    const missing = join(folder, 'missing.json');
    expect(refusal(() => readResultFile(missing))).toBe(`cannot read ${missing}: no such file or folder`);
    expect(refusal(() => readResultFile(folder))).toBe(`cannot read ${folder}: it is a folder, not a file`);
    const broken = join(folder, 'broken.json');
    writeFileSync(broken, JSON.stringify(result).slice(0, -40));
    expect(refusal(() => readResultFile(broken))).toContain(
      `${broken}: no result of dbtest --json: it is not JSON, or cut off`,
    );
  });
});

describe('parseResult', () => {
  it.each([
    ['', 'it is empty'],
    [' \n', 'it is empty'],
    ['{', 'it is not JSON, or cut off'],
    ['null', 'it has no schemaVersion'],
    ['[]', 'it has no schemaVersion'],
    ['7', 'it has no schemaVersion'],
    [{ kind: 'comparison', schemaVersion: 1 }, 'it is what dbtest compare wrote; dbtest report shows it'],
    [{ ...result, seed: '7' }, 'seed must be a number'],
    [JSON.stringify({ ...result, seed: 0.5 }).replace('"seed":0.5', '"seed":1e999'), 'seed must be a number'],
    [
      JSON.stringify({ ...result, totals: { ...result.totals, efficiencyPct: 0.5 } }).replace(
        '"efficiencyPct":0.5',
        '"efficiencyPct":-1e999',
      ),
      'totals.efficiencyPct must be a number or null',
    ],
    [{ ...result, shards: [{ ...result.shards[0], threads: null }] }, 'shards[0].threads must be a number'],
  ])('refuses %#', (data, expected) => {
    expect(refusalOf(data)).toBe(`cannot read x.json: no result of dbtest --json: ${expected}`);
  });

  it('refuses a newer version, whatever else it holds', () => {
    const newer = RESULT_SCHEMA_VERSION + 1;
    expect(refusalOf({ schemaVersion: newer })).toBe(
      `cannot read x.json: it has schema version ${newer}, and this dbtest reads up to ${RESULT_SCHEMA_VERSION}; ` +
        'use the dbtest that wrote it, or a newer one',
    );
  });

  it('names the first key that is damaged', () => {
    const damage = (change: (copy: typeof result) => void): string => {
      const copy = structuredClone(result);
      change(copy);
      return refusalOf(copy).replace(`cannot read x.json: no result of dbtest --json: `, '');
    };
    const put = (target: unknown, key: string, value: unknown): void => {
      (target as Record<string, unknown>)[key] = value;
    };
    // JSON has no NaN: it becomes null.
    expect(damage((copy) => put(copy.totals, 'tpmC', Number.NaN))).toBe('totals.tpmC must be a number');
    expect(damage((copy) => put(copy, 'shards', {}))).toBe('shards must be a list');
    expect(damage((copy) => put(copy.shards[1], 'commits', '12'))).toBe('shards[1].commits must be a number');
    expect(damage((copy) => put(copy.shards[0]?.transactions, 'payment', []))).toBe(
      'shards[0].transactions.payment must be an object',
    );
    expect(damage((copy) => put(copy.shards[0]?.transactions['payment']?.latencyUs, 'p999', undefined))).toBe(
      'shards[0].transactions.payment.latencyUs.p999 must be a number',
    );
    expect(damage((copy) => put(copy.consistency, 'passed', 'yes'))).toBe(
      'consistency.passed must be a boolean or null',
    );
    expect(damage((copy) => put(copy.deviations, '1', 5))).toBe('deviations[1] must be a string');
  });

  it('completes a result that was written before its latest keys existed', () => {
    const earlier = structuredClone(result);
    const remove = (target: object, ...keys: string[]): void => {
      for (const key of keys) delete (target as Record<string, unknown>)[key];
    };
    remove(earlier, 'cluster');
    remove(earlier.config, 'transport', 'onPeerLoss', 'joinTimeoutSeconds', 'placement');
    remove(earlier.totals, 'shards');
    expect(parseResult(JSON.stringify(earlier), 'x.json')).toEqual(result);
  });

  it('reads a result of one of several processes, and checks its keys', () => {
    const several = sampleResult({ endedBy: 'peer-lost' }, { shards: 3, localShardIds: [0] });
    several.totals.failedByReason = { peerLost: 5 };
    const [condition] = several.consistency.conditions;
    Object.assign(condition ?? {}, { passed: false, checkable: false, reason: 'shard 2 is lost' });
    several.consistency.passed = null;
    expect(parseResult(JSON.stringify(several), 'x.json')).toEqual(several);
    const text = JSON.stringify(several);
    const wrong = (from: string, to: string): string => {
      expect(text).toContain(from);
      return refusalOf(text.replace(from, to));
    };
    expect(wrong('"scope":"whole"', '"scope":1')).toContain('cluster.scope must be one of whole, local');
    expect(wrong('"peerLost":5', '"peerLost":"5"')).toContain('totals.failedByReason.peerLost must be a number');
    expect(wrong('"checkable":false', '"checkable":0')).toContain('checkable must be a boolean');
    expect(wrong('"perShard":[{', '"perShard":[3,{')).toContain('totals.perShard[0] must be an object');
    expect(wrong('"cpuList":null', '"cpuList":3')).toContain('config.placement.cpuList must be a string or null');
  });

  it('accepts keys that it does not know, and nulls where they have a meaning', () => {
    const later = structuredClone(result);
    later.totals.latencyUs = null;
    later.consistency.passed = null;
    const text = JSON.stringify({ ...later, added: { later: true } });
    expect(parseResult(text, 'x.json')).toEqual({ ...later, added: { later: true } });
  });
});
