import { describe, expect, it } from 'vitest';
import type { TransactionType } from '../contract.ts';
import { Fractions } from './fractions.ts';
import { newSchedule } from './pacing.ts';
import { TerminalRing } from './terminal-ring.ts';

const type = (keyingSeconds: number, thinkMeanSeconds: number): TransactionType => ({
  key: 'k',
  title: 'K',
  deckCards: 1,
  leastMixPct: null,
  keyingSeconds,
  thinkMeanSeconds,
  limitSeconds: 5,
});
const TYPES = [type(18, 12), type(2, 5)];
const fractions = (terminals: number) => new Fractions(1, 1, terminals, 10);

describe('TerminalRing', () => {
  it('gives terminals first in first out, over its end', () => {
    const ring = new TerminalRing(3);
    expect([ring.shift(), ring.shift()]).toEqual([0, 1]);
    ring.push(1);
    ring.push(0);
    expect(ring.length).toBe(3);
    expect([ring.shift(), ring.shift(), ring.shift(), ring.shift()]).toEqual([2, 1, 0, -1]);
  });
});

describe('closed loop', () => {
  it('takes every terminal in turn, timed from now, and has none while all wait for answers', () => {
    const schedule = newSchedule({ kind: 'none' }, TYPES, [0, 0], 1, 0, fractions(2));
    expect(schedule.take(5)).toBe(0);
    expect(schedule.intendedStartMs).toBe(5);
    expect(schedule.take(6)).toBe(1);
    expect(schedule.take(7)).toBe(-1);
    expect(schedule.nextReadyMs()).toBe(Number.POSITIVE_INFINITY);
    schedule.release(1, 0, 1, 8);
    expect(schedule.nextReadyMs()).toBeLessThanOrEqual(8);
    expect(schedule.take(9)).toBe(1);
  });
});

describe('open loop', () => {
  const rate = (perSecond: number, terminals: number, workers = 1) =>
    newSchedule(
      { kind: 'rate', transactionsPerSecond: perSecond },
      TYPES,
      new Array<number>(terminals).fill(0),
      workers,
      1000,
      fractions(terminals),
    );

  it('starts at the rate, and times late starts from when they should have been', () => {
    const schedule = rate(100, 3);
    expect(schedule.take(999)).toBe(-1);
    expect(schedule.nextReadyMs()).toBe(1000);
    expect(schedule.take(1000)).toBe(0);
    expect(schedule.take(1005)).toBe(-1);
    expect(schedule.take(1025)).toBe(1);
    expect(schedule.intendedStartMs).toBeCloseTo(1010);
    expect(schedule.take(1025)).toBe(2);
    expect(schedule.intendedStartMs).toBeCloseTo(1020);
  });

  it('keeps the intended start of a transaction that waited for an idle terminal', () => {
    const schedule = rate(100, 1);
    expect(schedule.take(1000)).toBe(0);
    expect(schedule.take(1050)).toBe(-1);
    expect(schedule.nextReadyMs()).toBe(Number.POSITIVE_INFINITY);
    schedule.release(0, 0, 0, 1050);
    expect(schedule.take(1050)).toBe(0);
    expect(schedule.intendedStartMs).toBeCloseTo(1010);
  });

  it('spreads the rate over the workers', () => {
    const schedule = rate(100, 2, 4);
    schedule.take(1000);
    expect(schedule.nextReadyMs()).toBeCloseTo(1040);
  });

  it('forgets what the warm-up left undone', () => {
    const schedule = rate(100, 2);
    schedule.take(1000);
    schedule.restart(5000);
    expect(schedule.nextReadyMs()).toBe(5000);
    expect(schedule.take(5000)).toBe(1);
    expect(schedule.intendedStartMs).toBe(5000);
  });
});

describe('keying and think times', () => {
  it('starts nobody before the keying time, and times from the due instant', () => {
    const schedule = newSchedule({ kind: 'keying' }, TYPES, [0, 0, 0, 0], 1, 0, fractions(4));
    const firstMs = schedule.nextReadyMs();
    expect(firstMs).toBeGreaterThan(0);
    expect(schedule.take(firstMs - 0.001)).toBe(-1);
    const terminal = schedule.take(firstMs + 7);
    expect(terminal).toBeGreaterThanOrEqual(0);
    expect(schedule.intendedStartMs).toBe(firstMs);
  });

  it('hands out terminals in the order of their due times', () => {
    const terminals = 500;
    const schedule = newSchedule(
      { kind: 'keying' },
      TYPES,
      Array.from({ length: terminals }, (_, i) => i % 2),
      1,
      0,
      fractions(terminals),
    );
    let lastMs = 0;
    for (let i = 0; i < 20_000; i++) {
      const dueMs = schedule.nextReadyMs();
      expect(dueMs).toBeGreaterThanOrEqual(lastMs);
      const terminal = schedule.take(dueMs);
      expect(terminal).toBeGreaterThanOrEqual(0);
      lastMs = dueMs;
      schedule.release(terminal, terminal % 2, (terminal + i) % 2, dueMs);
    }
  });

  it('begins in the steady state: the first seconds have the rate of all the others', () => {
    const terminals = 20_000;
    const types = TYPES.map((each, i) => ({ ...each, deckCards: 1 + i }));
    const firstTypes = Array.from({ length: terminals }, (_, i) => (i % 3 === 0 ? 0 : 1));
    const schedule = newSchedule({ kind: 'keying' }, types, firstTypes, 1, 0, fractions(terminals));
    const current = Int32Array.from(firstTypes);
    const starts = new Array<number>(12).fill(0);
    for (let nowMs = schedule.nextReadyMs(); nowMs < 60_000; nowMs = schedule.nextReadyMs()) {
      const terminal = schedule.take(nowMs);
      starts[Math.floor(nowMs / 5000)]++;
      const next = (terminal + starts[0] + Math.floor(nowMs)) % 3 === 0 ? 0 : 1;
      schedule.release(terminal, current[terminal], next, nowMs);
      current[terminal] = next;
    }
    const meanPauseMs = (12 + 5 * 2 + 18 + 2 * 2) * (1000 / 3);
    const expected = (terminals * 5000) / meanPauseMs;
    for (const count of starts) {
      expect(count).toBeGreaterThan(expected * 0.93);
      expect(count).toBeLessThan(expected * 1.07);
    }
  });

  it('thinks with the exponential distribution of 5.2.5.4, cut at ten means, then keys in the next one', () => {
    const schedule = newSchedule({ kind: 'keying' }, TYPES, [1], 1, 0, fractions(1));
    let nowMs = schedule.nextReadyMs();
    const pauses: number[] = [];
    for (let i = 0; i < 20_000; i++) {
      schedule.take(nowMs);
      schedule.release(0, 1, 0, nowMs);
      pauses.push(schedule.nextReadyMs() - nowMs - 18_000);
      nowMs = schedule.nextReadyMs();
    }
    const mean = pauses.reduce((sum, pause) => sum + pause, 0) / pauses.length;
    expect(mean).toBeGreaterThan(4_850);
    expect(mean).toBeLessThan(5_150);
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(-1e-6);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(50_000 + 1e-6);
    const aboveMean = pauses.filter((pause) => pause > 5_000).length / pauses.length;
    expect(aboveMean).toBeGreaterThan(Math.exp(-1) - 0.02);
    expect(aboveMean).toBeLessThan(Math.exp(-1) + 0.02);
  });
});

describe('Fractions', () => {
  it('depends on seed, warehouse and terminal only', () => {
    const all = new Fractions(7, 1, 30, 10);
    const second = new Fractions(7, 2, 10, 10);
    for (let i = 0; i < 20; i++) expect(second.next(3)).toBe(all.next(13));
    expect(new Fractions(8, 2, 10, 10).next(3)).not.toBe(new Fractions(7, 2, 10, 10).next(3));
  });

  it('is uniform in [0, 1)', () => {
    const stream = new Fractions(1, 1, 1, 1);
    const buckets = new Array<number>(10).fill(0);
    for (let i = 0; i < 100_000; i++) {
      const value = stream.next(0);
      if (value < 0 || value >= 1) expect.fail(`${value} is outside [0, 1)`);
      buckets[Math.floor(value * 10)]++;
    }
    const chiSquare = buckets.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
    expect(chiSquare).toBeLessThan(27.9);
  });
});
