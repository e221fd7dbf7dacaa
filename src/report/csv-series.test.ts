import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { renderSeriesCsv, writeSeriesCsv } from './csv-series.ts';
import { sampleResult } from './testing/sample-result.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dbtest-csv-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const SAMPLE = sampleResult();
const HEADER = 'second,shardId,throughputTps,userAborts,conflictAborts,p50Us,p99Us';

it('has a line for each second of each shard, with the numbers of the result', () => {
  const result = {
    ...SAMPLE,
    series: [
      {
        second: 1,
        shardId: 0,
        throughputTps: 1200,
        userAborts: 4,
        conflictAborts: 2,
        latencyUs: { p50: 8.096, p99: 9 },
      },
      { second: 1, shardId: 1, throughputTps: 0, userAborts: 0, conflictAborts: 7, latencyUs: null },
      { second: 2, shardId: 1, throughputTps: 3, latencyUs: { p50: 1, p99: 1 } },
    ],
  };
  expect(renderSeriesCsv(result)).toBe(
    [HEADER, '1,0,1200,4,2,8.096,9', '1,1,0,0,7,,', '2,1,3,,,1,1'].map((line) => `${line}\r\n`).join(''),
  );
});

it('has its header alone where no second was completed', () => {
  expect(renderSeriesCsv({ ...SAMPLE, series: [] })).toBe(`${HEADER}\r\n`);
});

it('is written whole, in the place of an earlier one', () => {
  const path = join(folder, 'series.csv');
  writeSeriesCsv({ ...SAMPLE, series: [] }, path);
  writeSeriesCsv(SAMPLE, path);
  expect(readFileSync(path, 'utf8')).toBe(renderSeriesCsv(SAMPLE));
  expect(readdirSync(folder)).toEqual(['series.csv']);
  expect(() => writeSeriesCsv(SAMPLE, join(folder, 'missing', 'x.csv'))).toThrow(/missing does not exist/);
});
