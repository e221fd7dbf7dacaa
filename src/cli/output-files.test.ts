/** What one run writes, in every form that there is: all must say the same. Needs `npm run build`. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Histogram, HistogramLogReader } from 'hdr-histogram-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LatencySummary, RunResult, ShardResult, TransactionResult } from '../bench/result.ts';
import { freePorts } from '../transport/tcp/testing/wait.ts';

const DBTEST = fileURLToPath(new URL('../../bin/dbtest.js', import.meta.url));
/** Three significant digits. */
const HISTOGRAM_PRECISION = 0.001;

let folder: string;
let report: string;
let result: RunResult;

const textOf = (name: string): string => readFileSync(join(folder, name), 'utf8');

function dbtest(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [DBTEST, ...args], { cwd: folder, encoding: 'utf8' });
  expect([status, stderr.includes('\n    at ')], stderr).toEqual([0, false]);
  return stdout;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dbtest-outputs-'));
  const ports = await freePorts(2);
  const shards = ports.map((port, shardId) => `  - {shard_id: ${shardId}, port: ${port}}\n`).join('');
  writeFileSync(join(folder, 'shards.yml'), `nshards: 2\nhost: 127.0.0.1\nshards:\n${shards}`);
  const files = ['--json', 'run.json', '--csv', 'run.csv', '--hlog', 'run.hlog', '--html', 'run.html'];
  report = dbtest('--shard-config', 'shards.yml', '--warmup', '0.2', '--runtime', '1', '--quiet', ...files);
  result = JSON.parse(textOf('run.json'));
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true }));

/** Latencies of a transaction that the result tells of, under the tag that the log has for it. */
function taggedLatencies(shard: ShardResult): [string, LatencySummary][] {
  const all = Object.entries(shard.transactions).flatMap(
    ([key, { latencyUs, deferred }]: [string, TransactionResult]) => [
      [`shard${shard.shardId}.${key}`, latencyUs] as const,
      [`shard${shard.shardId}.${key}.deferred`, deferred?.latencyUs ?? null] as const,
    ],
  );
  return all.flatMap(([tag, latency]) => (latency === null ? [] : [[tag, latency] as [string, LatencySummary]]));
}

function readLog(): Map<string, Histogram> {
  const reader = new HistogramLogReader(textOf('run.hlog'));
  const histograms = new Map<string, Histogram>();
  for (let next = reader.nextIntervalHistogram(); next !== null; next = reader.nextIntervalHistogram()) {
    histograms.set(next.tag, next);
  }
  return histograms;
}

/** The cells of each row of each table, without what only the eye needs. */
const cellsOfPage = (): Set<string> =>
  new Set(
    [...textOf('run.html').matchAll(/<tr>(.*?)<\/tr>/gs)].map(([, row = '']) =>
      row
        .replace(/<[^>]+>/g, ' ')
        .trim()
        .replace(/\s+/g, ' '),
    ),
  );

describe('the files of one run', () => {
  it('have the percentiles of the JSON result in the histogram log, for every shard and transaction', () => {
    const histograms = readLog();
    const expected = result.shards.flatMap(taggedLatencies);
    expect(expected.length).toBeGreaterThanOrEqual(2 * 5);
    expect([...histograms.keys()].sort()).toEqual(expected.map(([tag]) => tag).sort());
    for (const [tag, latency] of expected) {
      const histogram = histograms.get(tag) as Histogram;
      const at = { p50: 50, p90: 90, p95: 95, p99: 99, p999: 99.9, max: 100 } as const;
      for (const [name, percentile] of Object.entries(at)) {
        const us = latency[name as keyof typeof at];
        const logged = histogram.getValueAtPercentile(percentile) / 1000;
        expect(Math.abs(logged - us), `${tag} ${name}`).toBeLessThanOrEqual(us * HISTOGRAM_PRECISION);
      }
      expect(Math.abs(histogram.mean / 1000 - latency.mean)).toBeLessThanOrEqual(latency.mean * HISTOGRAM_PRECISION);
    }
  });

  it('count in the histogram log what the JSON result counts', () => {
    const histograms = readLog();
    for (const { shardId, transactions } of result.shards) {
      for (const [key, { commits, userAborts, deferred }] of Object.entries(transactions)) {
        const tag = `shard${shardId}.${key}`;
        if (deferred !== undefined) expect(histograms.get(`${tag}.deferred`)?.totalCount).toBe(deferred.completed);
        else expect(histograms.get(tag)?.totalCount ?? 0).toBe(commits + userAborts);
      }
    }
  });

  it('place the log where the measurement was', () => {
    const [histogram] = readLog().values();
    expect(histogram?.startTimeStampMsec).toBe(Date.parse(result.measurementStartedAt as string));
    expect(Date.parse(result.measurementStartedAt as string)).toBeGreaterThan(Date.parse(result.startedAt));
  });

  it('have the series of the JSON result in the CSV file, number by number', () => {
    const [header, ...lines] = textOf('run.csv').trimEnd().split('\r\n');
    expect(header).toBe('second,shardId,throughputTps,userAborts,conflictAborts,p50Us,p99Us');
    expect(result.series.map(({ shardId }) => shardId)).toEqual([0, 1]);
    expect(lines.map((line) => line.split(',').map(Number))).toEqual(
      result.series.map(({ second, shardId, throughputTps, userAborts, conflictAborts, latencyUs }) => [
        ...[second, shardId, throughputTps, userAborts, conflictAborts],
        ...[latencyUs?.p50, latencyUs?.p99],
      ]),
    );
    for (const { shardId, throughputTps, userAborts, conflictAborts } of result.series) {
      const shard = result.shards[shardId] as ShardResult;
      expect(throughputTps).toBeLessThanOrEqual(shard.commits);
      expect(userAborts).toBeLessThanOrEqual(shard.userAborts);
      expect(conflictAborts).toBeLessThanOrEqual(shard.conflictAborts);
    }
  });

  it('are rendered from the JSON result as from the run: the text and the page, byte by byte', () => {
    expect(dbtest('report', 'run.json', '--html', 'again.html')).toBe(report);
    expect(textOf('again.html')).toBe(textOf('run.html'));
  });

  it('have the latencies of the text in the tables of the page', () => {
    const page = cellsOfPage();
    const lines = report.split('\n');
    const isLatencyHead = (line: string) => /^ +mean +p50 +p90 /.test(line);
    const transactionsOf = (head: number) => {
      const rows = lines.slice(head + 3);
      return rows.slice(0, rows.indexOf(''));
    };
    const rows = lines.flatMap((line, i) => (isLatencyHead(line) ? transactionsOf(i) : []));
    expect(rows.length).toBeGreaterThanOrEqual(2 * 10);
    for (const row of rows) {
      const [, name = '', figures = ''] = /^ +(\S.*?) {2,}(\S.*)$/.exec(row) ?? [];
      const cells = figures.replace(/ +/g, ' ');
      const found = [...page].some((each) => each.startsWith(name) && each.endsWith(` ${cells}`));
      expect(found, `${name}: ${cells}`).toBe(true);
    }
  });
});
