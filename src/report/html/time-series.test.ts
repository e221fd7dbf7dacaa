import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SeriesPoint } from '../../bench/result.ts';
import { sampleResult } from '../testing/sample-result.ts';
import {
  describeSamples,
  joiningNote,
  type NamedSamples,
  readable,
  samplesByShard,
  secondsAPoint,
  summed,
  timeAxis,
  timeLine,
} from './time-series.ts';

const named = (name: string, ...values: [second: number, value: number][]): NamedSamples => ({
  name,
  samples: values.map(([second, value]) => ({ second, value })),
});

describe('the seconds of a run as lines', () => {
  it('are taken by shard, in order, without what is no number', () => {
    const point = (shardId: number, second: number, p99: number | null): SeriesPoint => {
      return { second, shardId, throughputTps: second, latencyUs: p99 === null ? null : { p50: 1, p99 } };
    };
    const series = [point(1, 2, 5), point(0, 1, null), point(1, 1, Number.POSITIVE_INFINITY), point(1, 3, 7)];
    const found = samplesByShard({ ...sampleResult(), series }, ({ latencyUs }) => latencyUs?.p99 ?? null);
    expect(found).toEqual([named('shard 1', [2, 5], [3, 7]), named('shard 0')]);
  });

  it('are added where every shard has them', () => {
    const all = [named('a', [1, 10], [2, 20], [3, 30]), named('b', [2, 5], [3, 6])];
    expect(summed(all, 'both').samples).toEqual([
      { second: 2, value: 25 },
      { second: 3, value: 36 },
    ]);
  });

  it('of many shards are their lowest, median and highest', () => {
    const all = Array.from({ length: 9 }, (_, i) => named(`shard ${i}`, [1, (i * 5) % 9]));
    expect(readable(all.slice(1))).toHaveLength(8);
    expect(readable(all).map(({ name, samples }) => [name, samples[0]?.value])).toEqual([
      ['lowest shard', 0],
      ['median shard', 4],
      ['highest shard', 8],
    ]);
  });

  it('join into few points, whatever the length of the run', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20_000 }), fc.integer({ min: 2, max: 700 }), (seconds, most) => {
        const all = [{ name: 'x', samples: Array.from({ length: seconds }, (_, i) => ({ second: i + 1, value: i })) }];
        const width = secondsAPoint(all, most);
        const { points } = timeLine(all[0] as NamedSamples, width, 'highest', String);
        expect(points.length).toBeLessThanOrEqual(most);
        expect(points.at(-1)).toMatchObject({ x: seconds, y: seconds - 1 });
        expect(points.filter(({ afterGap }) => afterGap)).toHaveLength(1);
      }),
      { numRuns: 50 },
    );
  });

  it('join by mean or by the highest, and say of which seconds', () => {
    const samples = named('x', [1, 10], [2, 30], [3, 5], [4, 7]);
    const joined = (joining: 'mean' | 'highest') =>
      timeLine(samples, 2, joining, String).points.map(({ yText }) => yText);
    expect(joined('mean')).toEqual(['20', '6']);
    expect(joined('highest')).toEqual(['30', '7']);
    expect(timeLine(samples, 2, 'mean', String).points[1]?.xText).toBe('seconds 3 to 4');
    expect(timeLine(samples, 1, 'mean', String).points[1]?.xText).toBe('second 2');
    expect([joiningNote(1, 'mean'), joiningNote(2, 'mean')]).toEqual(['', ' (mean of 2 seconds a point)']);
  });

  it('start anew after a second that is missing', () => {
    const { points } = timeLine(named('x', [1, 1], [2, 1], [4, 1]), 1, 'mean', String);
    expect(points.map(({ afterGap }) => afterGap)).toEqual([true, false, true]);
  });

  it('have marks in seconds, minutes or hours', () => {
    const ends = (last: number) => {
      const { title, ticks } = timeAxis(last);
      return [title.split(' ')[0], ticks.at(-1)?.label];
    };
    expect([ends(60), ends(600), ends(8 * 3600)]).toEqual([
      ['seconds', '60'],
      ['minutes', '10'],
      ['hours', '8'],
    ]);
    expect(timeAxis(600).place(300)).toBeCloseTo(0.5);
  });

  it('are told in words', () => {
    expect(describeSamples([named('shard 0', [1, 1], [2, 3]), named('shard 1')], String)).toBe(
      'shard 0: lowest 1, mean 2, highest 3; shard 1: no values',
    );
  });
});
