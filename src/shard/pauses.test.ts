import { describe, expect, it } from 'vitest';
import { Pauses } from './pauses.ts';

describe('Pauses', () => {
  /** How long a pause is in multiples of the round trip, which is 2 ms. */
  function pauseOf(retries: number, random: number): number {
    const pauses = new Pauses(() => random);
    for (let i = 0; i < 1000; i++) pauses.observe(2);
    pauses.add(0, retries, 100);
    return (pauses.nextDueMs - 100) / 2;
  }

  it('begin at the round trip and double, up to a limit', () => {
    expect([0, 1, 2, 3, 4].map((retries) => pauseOf(retries, 0.5))).toEqual(
      [1, 1, 2, 4, 8].map((expected) => expect.closeTo(expected, 6)),
    );
    expect(pauseOf(50, 0.5)).toBe(pauseOf(20, 0.5));
    expect(pauseOf(50, 0.5)).toBeLessThan(1000);
  });

  it('differ, so that two that met do not meet again', () => {
    expect(pauseOf(1, 0)).toBeCloseTo(0.5, 6);
    expect(pauseOf(1, 0.999)).toBeCloseTo(1.499, 6);
  });

  it('end one by one, and tell when the next one does', () => {
    const pauses = new Pauses(() => 0.5);
    for (let i = 0; i < 1000; i++) pauses.observe(1);
    pauses.add(7, 3, 100);
    pauses.add(2, 1, 100);
    expect(pauses.nextDueMs).toBeCloseTo(101, 6);
    expect(pauses.takeDue(100.5)).toBe(-1);
    expect(pauses.takeDue(101.5)).toBe(2);
    expect(pauses.nextDueMs).toBeCloseTo(104, 6);
    expect(pauses.takeDue(200)).toBe(7);
    expect(pauses.nextDueMs).toBe(Number.POSITIVE_INFINITY);
  });
});
