import { beforeAll, describe, expect, it } from 'vitest';
import type { TransactionType } from './contract.ts';
import { decodeHistogram, prepareHistograms, type RecordedSecond, Recorder } from './recorder.ts';
import { percentileOf } from './second-buckets.ts';

/** Before the end of any first second. */
const NOW_MS = 0;

const TYPES: TransactionType[] = [
  { key: 'a', title: 'A', deckCards: 1, leastMixPct: null, keyingSeconds: 0, thinkMeanSeconds: 0, limitSeconds: 5 },
  {
    key: 'b',
    title: 'B',
    deckCards: 1,
    leastMixPct: null,
    keyingSeconds: 0,
    thinkMeanSeconds: 0,
    limitSeconds: 5,
    deferredLimitSeconds: 80,
  },
];

beforeAll(() => prepareHistograms());

describe('Recorder', () => {
  it('keeps three significant digits of nanoseconds, local and cross-shard apart', () => {
    const recorder = new Recorder(TYPES);
    recorder.restart(0);
    for (let i = 1; i <= 1000; i++) recorder.commit(0, false, i / 1000);
    recorder.commit(0, true, 2);
    recorder.userAbort(0, false, 0.5);
    const [a] = recorder.report(NOW_MS).types;
    expect(a).toMatchObject({ commits: 1001, userAborts: 1, localCommits: 1000, crossShardCommits: 1 });
    const local = decodeHistogram(a.local as string);
    expect(local.totalCount).toBe(1001);
    expect(local.getValueAtPercentile(50)).toBeGreaterThan(499_000);
    expect(local.getValueAtPercentile(50)).toBeLessThan(502_000);
    expect(decodeHistogram(a.crossShard as string).totalCount).toBe(1);
  });

  it('forgets the warm-up', () => {
    const recorder = new Recorder(TYPES);
    recorder.restart(0);
    for (let i = 0; i < 100; i++) recorder.commit(0, false, 100);
    recorder.roll(1500);
    recorder.deferredCommit(1, 5);
    recorder.restart(2000);
    recorder.commit(0, false, 1);
    const report = recorder.report(NOW_MS);
    expect(report.types[0].commits).toBe(1);
    expect(decodeHistogram(report.types[0].local as string).maxValue).toBeLessThan(1_002_000);
    expect(report.types[1]).toMatchObject({ commits: 0, deferredCompleted: 0, deferred: null });
    expect(report.series).toEqual([]);
  });

  it('tells every second when it is over, also before the measurement', () => {
    const seconds: RecordedSecond[] = [];
    const recorder = new Recorder(TYPES, (second) => seconds.push(second));
    recorder.restart(0);
    recorder.commit(0, true, 1);
    recorder.commit(1, false, 1);
    recorder.conflictAbort(0);
    recorder.userAbort(0, false, 1);
    recorder.roll(1000);
    recorder.commit(0, false, 3);
    recorder.roll(3500);
    recorder.restart(3500);
    recorder.conflictAbort(1);
    recorder.roll(4500);
    expect(seconds).toMatchObject([
      { commits: 2, crossShardCommits: 1, conflictAborts: 1 },
      { commits: 1, crossShardCommits: 0, conflictAborts: 0 },
      { commits: 0, crossShardCommits: 0, conflictAborts: 0 },
      { commits: 0, crossShardCommits: 0, conflictAborts: 1 },
    ]);
    expect(percentileOf([seconds[1].latencies], 50)).toBeCloseTo(3e6, -5);
    expect(seconds[0].latencies.counts).toEqual([3]);
    expect(seconds[2].latencies.counts).toEqual([]);
  });

  it('counts a queued transaction when its deferred execution commits', () => {
    const recorder = new Recorder(TYPES);
    recorder.restart(0);
    recorder.answer(1, false, 0.001);
    expect(recorder.report(NOW_MS).types[1].commits).toBe(0);
    recorder.deferredCommit(1, 3);
    const b = recorder.report(NOW_MS).types[1];
    expect(b).toMatchObject({ commits: 1, deferredCompleted: 1 });
    expect(decodeHistogram(b.local as string).maxValue).toBeLessThan(1_002);
    expect(decodeHistogram(b.deferred as string).maxValue).toBeGreaterThan(2_990_000);
  });

  it('gives a point for each second, empty ones too, and totals that hold everything', () => {
    const recorder = new Recorder(TYPES);
    recorder.restart(500);
    for (let i = 0; i < 10; i++) recorder.commit(0, false, 1);
    expect(recorder.secondIsOver(1499)).toBe(false);
    expect(recorder.secondIsOver(1500)).toBe(true);
    recorder.roll(1500);
    recorder.roll(3600);
    recorder.commit(0, false, 9);
    const { series, types } = recorder.report(NOW_MS);
    const completed = (point: (typeof series)[number]) => point.latencies.counts.reduce((sum, count) => sum + count, 0);
    expect(series.map((point) => [point.second, point.commits, completed(point)])).toEqual([
      [1, 10, 10],
      [2, 0, 0],
      [3, 0, 0],
    ]);
    const p50 = percentileOf([series[0].latencies], 50) as number;
    expect(Math.abs(p50 - 1e6)).toBeLessThan(0.008 * 1e6);
    expect(decodeHistogram(types[0].local as string).totalCount).toBe(11);
  });

  it('counts a last second that lacks next to nothing as a whole one', () => {
    const recorder = new Recorder(TYPES);
    recorder.restart(0);
    recorder.commit(0, false, 1);
    expect(recorder.report(960).series.map((point) => [point.second, point.commits])).toEqual([[1, 1]]);
    recorder.restart(0);
    recorder.commit(0, false, 1);
    expect(recorder.report(900).series).toEqual([]);
  });

  it('takes impossible latencies at the ends of its range', () => {
    const recorder = new Recorder(TYPES);
    recorder.restart(0);
    recorder.commit(0, false, -1);
    recorder.commit(0, false, 1e12);
    const local = decodeHistogram(recorder.report(NOW_MS).types[0].local as string);
    expect(local.totalCount).toBe(2);
    expect(local.getValueAtPercentile(10)).toBeLessThanOrEqual(1);
  });
});
