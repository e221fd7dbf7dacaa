import { describe, expect, it } from 'vitest';
import { StampClock } from './stamp-clock.ts';

describe('StampClock', () => {
  it('gives every transaction of the cluster an age of its own, the later the younger', () => {
    const clocks = [0, 1, 2].map((worker) => new StampClock(worker, 3));
    const stamps = clocks.flatMap((clock) => Array.from({ length: 100 }, () => clock.next()));
    expect(new Set(stamps).size).toBe(300);
    for (let i = 1; i < 100; i++) expect(stamps[i]).toBeGreaterThan(stamps[i - 1]);
  });

  it('makes what begins after a stamp was seen younger, and never goes back', () => {
    const [first, second] = [new StampClock(0, 2), new StampClock(1, 2)];
    let seen = 0;
    for (let i = 0; i < 50; i++) seen = second.next();
    first.observe(seen);
    const younger = first.next();
    expect(younger).toBeGreaterThan(seen);
    first.observe(1);
    expect(first.next()).toBeGreaterThan(younger);
  });
});
