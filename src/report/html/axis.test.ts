import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Axis, linearAxis, logAxis, ninesOf, percentileAxis, spanAxis } from './axis.ts';

const marksOf = (axis: Axis): string[] => axis.ticks.map(({ label }) => label);

/** Marks rise within 0..1, and say what lies where they stand. */
function expectSound(axis: Axis): void {
  for (const [i, { at, label }] of axis.ticks.entries()) {
    expect(at).toBeGreaterThan(i === 0 ? -1e-9 : (axis.ticks[i - 1]?.at ?? 0));
    expect(at).toBeLessThanOrEqual(1 + 1e-9);
    expect(axis.place(Number(label))).toBeCloseTo(at, 6);
  }
}

const SIZES = fc.double({ min: 1e-3, max: 1e12, noNaN: true });

describe('axes', () => {
  it('have round marks', () => {
    expect(marksOf(linearAxis('y', [0, 23_100], 5, String))).toEqual(['0', '5000', '10000', '15000', '20000', '25000']);
    expect(marksOf(linearAxis('y', [0, 0.9], 3, String))).toEqual(['0', '0.5', '1']);
    expect(marksOf(spanAxis('x', [0, 10], 6, String))).toEqual(['0', '2', '4', '6', '8', '10']);
    expect(marksOf(logAxis('y', [7, 180], String))).toEqual(['5', '10', '20', '50', '100', '200']);
    expect(marksOf(logAxis('y', [0.9, 6400], String))).toEqual(['1', '10', '100', '1000', '10000']);
    expect(marksOf(percentileAxis(3.2))).toEqual(['0', '50', '90', '99', '99.9']);
  });

  it('put every nine at the same distance', () => {
    const { ticks } = percentileAxis(5);
    const places = ['90', '99', '99.9', '99.99', '99.999'].map((text) => ticks.find(({ label }) => label === text)?.at);
    places.forEach((at, i) => {
      expect(at).toBeCloseTo((i + 1) / 5, 9);
    });
  });

  it('hold every value of their range, in order', () => {
    fc.assert(
      fc.property(SIZES, SIZES, fc.integer({ min: 2, max: 8 }), (one, other, marks) => {
        const [low, high] = [Math.min(one, other), Math.max(one, other)];
        for (const axis of [
          linearAxis('y', [0, high], marks, String),
          spanAxis('x', [0, high], marks, String),
          logAxis('y', [low, high], String),
        ]) {
          expectSound(axis);
          expect(axis.ticks.length).toBeLessThan(40);
          expect(axis.place(low)).toBeLessThanOrEqual(axis.place(high));
          expect(axis.place(high)).toBeLessThanOrEqual(1);
          expect(axis.place(0)).toBe(0);
        }
      }),
    );
  });

  it('stand what no measurement gives: nothing, one value, and values beyond their ends', () => {
    for (const axis of [
      linearAxis('y', [0, 0], 5, String),
      logAxis('y', [0, 0], String),
      spanAxis('x', [0, 0], 5, String),
    ]) {
      expectSound(axis);
      expect([axis.place(-1), axis.place(1e300), axis.place(Number.NaN)]).toEqual([0, 1, 0]);
    }
    expect(percentileAxis(0).place(ninesOf(90))).toBe(1);
  });
});
