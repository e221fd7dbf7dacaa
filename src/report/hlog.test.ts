import { inflateSync } from 'node:zlib';
import { type Histogram, HistogramLogReader, listTags } from 'hdr-histogram-js';
import { beforeAll, expect, it } from 'vitest';
import { newHistogram, prepareHistograms } from '../bench/recorder.ts';
import type { ShardHistogram } from '../bench/shard-histograms.ts';
import { renderHistogramLog } from './hlog.ts';
import { sampleResult } from './testing/sample-result.ts';

const result = sampleResult({ measurementStartedAt: '2026-11-19T14:11:06.250Z' });

beforeAll(() => prepareHistograms());

function histogram(...values: number[]): Histogram {
  const recorded = newHistogram();
  for (const value of values) recorded.recordValue(value);
  return recorded;
}

const entry = (shardId: number, transaction: string, recorded: Histogram, deferred = false): ShardHistogram => ({
  shardId,
  transaction,
  deferred,
  histogram: recorded,
});

function readAll(text: string): Histogram[] {
  const reader = new HistogramLogReader(text);
  const all: Histogram[] = [];
  for (let next = reader.nextIntervalHistogram(); next !== null; next = reader.nextIntervalHistogram()) all.push(next);
  return all;
}

it('gives back every histogram with its tag and its time, to whoever reads the format', () => {
  const many = histogram(...Array.from({ length: 5000 }, (_, i) => 900 + i * 613), 0, 3_600_000_000_000);
  const entries = [
    entry(0, 'newOrder', many),
    entry(0, 'delivery', histogram(700, 700, 1_200_000), true),
    entry(12, 'newOrder', histogram(1)),
  ];
  const text = renderHistogramLog(result, entries);
  expect(listTags(text)).toEqual(['shard0.newOrder', 'shard0.delivery.deferred', 'shard12.newOrder']);
  const read = readAll(text);
  const startMs = Date.parse('2026-11-19T14:11:06.250Z');
  read.forEach((each, i) => {
    const recorded = entries[i]?.histogram as Histogram;
    expect(each.totalCount).toBe(recorded.totalCount);
    for (const percentile of [0, 50, 90, 99, 99.9, 100]) {
      expect(each.getValueAtPercentile(percentile)).toBe(recorded.getValueAtPercentile(percentile));
    }
    expect(each.startTimeStampMsec).toBe(startMs);
    expect(each.endTimeStampMsec).toBeCloseTo(startMs + 1000 * result.phases.measuredSeconds, 0);
  });
});

it('says units and times in its head, and ends each line once', () => {
  const lines = renderHistogramLog(result, [entry(1, 'payment', histogram(2_500_000))]).split('\n');
  expect(lines.pop()).toBe('');
  expect(lines.every((line) => line !== '')).toBe(true);
  expect(lines).toEqual([
    expect.stringMatching(/^#\[dbtest \S+, workload tpcc, seed 42\]$/),
    expect.stringMatching(/^#.*nanoseconds, Interval_Max in milliseconds/),
    expect.stringMatching(/^# .*shardN\.TRANSACTION/),
    '#[Histogram log format version 1.3]',
    '#[BaseTime: 1795097466.250 (seconds since epoch)]',
    '#[StartTime: 1795097466.250 (seconds since epoch), 2026-11-19T14:11:06.250Z]',
    '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"',
    expect.stringMatching(/^Tag=shard1\.payment,0\.000,\d+\.\d{3},2\.50\d{4},HIST[\w+/]+=*$/),
  ]);
});

it('encodes as the reference implementation does: no offset of indexes, and a conversion ratio of 1', () => {
  const line = renderHistogramLog(result, [entry(0, 'payment', histogram(5, 6, 7))])
    .split('\n')
    .at(-2) as string;
  const encoded = Buffer.from(line.split(',').at(-1) as string, 'base64');
  expect(encoded.readUInt32BE(0)).toBe(0x1c849314);
  expect(encoded.readUInt32BE(4)).toBe(encoded.length - 8);
  const payload = inflateSync(encoded.subarray(8));
  expect(payload.readUInt32BE(0)).toBe(0x1c849313);
  expect(payload.readUInt32BE(4)).toBe(payload.length - 40);
  expect([payload.readInt32BE(8), payload.readInt32BE(12)]).toEqual([0, 3]);
  expect([payload.readBigInt64BE(16), payload.readBigInt64BE(24)]).toEqual([1n, 3_600_000_000_000n]);
  expect(payload.readDoubleBE(32)).toBe(1);
});

it('takes no tag that a reader would cut', () => {
  for (const key of ['a,b', 'a b', 'a=b']) {
    expect(() => renderHistogramLog(result, [entry(0, key, histogram(1))])).toThrow(/cannot have the tag/);
  }
});
