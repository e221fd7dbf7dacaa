import { describe, expect, it } from 'vitest';
import type { ChaosTimes } from '../../config/chaos.ts';
import { Random } from '../../engine/testing/random.ts';
import { areRare, Moments } from './moments.ts';

const random = new Random(1);
const momentsOf = (times: ChaosTimes) => new Moments(times, () => random.uniform());

describe('Moments', () => {
  it('come once where a time is stated', () => {
    const moments = momentsOf({ kind: 'at', atMs: 100 });
    expect([99, 100, 101, 1e9].map((ms) => moments.take(ms))).toEqual([false, true, false, false]);
    expect(moments.dueMs).toBe(Number.POSITIVE_INFINITY);
  });

  it('come at regular distances, and not twice for those that nobody saw', () => {
    const moments = momentsOf({ kind: 'every', everyMs: 100 });
    expect([0, 99, 100, 101, 450, 451, 499, 500].map((ms) => moments.take(ms))).toEqual([
      false,
      false,
      true,
      false,
      true,
      false,
      false,
      true,
    ]);
  });

  it('come as often as a rate says', () => {
    const moments = momentsOf({ kind: 'rate', timesPerSecond: 20 });
    let count = 0;
    for (let ms = 0; ms < 500_000; ms++) if (moments.take(ms)) count++;
    // 10,000 expected, less those that fall into the same millisecond; five standard deviations are 500.
    expect(count).toBeGreaterThan(9_300);
    expect(count).toBeLessThan(10_500);
  });
});

it.each<[ChaosTimes, boolean]>([
  [{ kind: 'at', atMs: 0 }, true],
  [{ kind: 'every', everyMs: 1000 }, true],
  [{ kind: 'every', everyMs: 999 }, false],
  [{ kind: 'rate', timesPerSecond: 1 }, true],
  [{ kind: 'rate', timesPerSecond: 1.1 }, false],
])('areRare %j: %s', (times, rare) => {
  expect(areRare(times)).toBe(rare);
});
