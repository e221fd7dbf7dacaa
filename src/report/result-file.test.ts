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
});
