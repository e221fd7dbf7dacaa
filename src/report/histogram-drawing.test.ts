import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LatencyBucket } from '../bench/result.ts';
import { drawHistogram } from './histogram-drawing.ts';

const style = { colour: false, width: 100 };

describe('drawHistogram', () => {
  it('draws counts, shares, shares so far and bars in proportion', () => {
    const buckets: LatencyBucket[] = [
      { fromUs: 1, toUs: 2, count: 500 },
      { fromUs: 2, toUs: 5, count: 1000 },
      { fromUs: 5, toUs: 10, count: 0 },
      { fromUs: 10, toUs: 1500, count: 1 },
    ];
    expect(drawHistogram({ colour: false, width: 60 }, buckets)).toEqual([
      '   from   below  count      %  cumulative %',
      '   1 µs    2 µs    500  33.31         33.31  ███████▌',
      '   2 µs    5 µs  1,000  66.62         99.93  ███████████████',
      '   5 µs   10 µs      0   0.00         99.93',
      '  10 µs  1.5 ms      1   0.07        100.00  ▏',
    ]);
  });

  it('says so when nothing completed', () => {
    expect(drawHistogram(style, [])).toEqual(['  nothing completed']);
  });

  it('never says that everything is counted before it is', () => {
    const lines = drawHistogram(style, [
      { fromUs: 1, toUs: 2, count: 99_999_999 },
      { fromUs: 2, toUs: 5, count: 1 },
    ]);
    expect(lines[1]).toContain(' 99.99 ');
    expect(lines[2]).toContain(' 100.00 ');
  });

  it('stays within the width, with a sliver for every bucket that holds something', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat({ max: 10_000_000 }), { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 70, max: 200 }),
        (counts, width) => {
          const buckets = counts.map((count, i) => ({ fromUs: 2 ** i, toUs: 2 ** (i + 1), count }));
          if (counts.every((count) => count === 0)) return;
          const lines = drawHistogram({ colour: false, width }, buckets);
          expect(lines).toHaveLength(counts.length + 1);
          expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
          const bars = lines.slice(1).map((line) => /[█▏▎▍▌▋▊▉]+$/.exec(line)?.[0] ?? '');
          counts.forEach((count, i) => {
            expect((bars[i] as string).length > 0).toBe(count > 0);
          });
          const longest = Math.max(...bars.map((bar) => bar.length));
          expect(bars[counts.indexOf(Math.max(...counts))]).toHaveLength(longest);
        },
      ),
    );
  });
});
