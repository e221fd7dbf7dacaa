import { describe, expect, it } from 'vitest';
import { normalProbability, normalQuantile, studentQuantile } from './distributions.ts';

describe('studentQuantile', () => {
  // The table that every textbook prints (Fisher and Yates, table III).
  it.each([
    [1, 0.05, 12.706],
    [2, 0.05, 4.303],
    [3, 0.05, 3.182],
    [4, 0.05, 2.776],
    [5, 0.05, 2.571],
    [7, 0.05, 2.365],
    [9, 0.05, 2.262],
    [10, 0.01, 3.169],
    [15, 0.01, 2.947],
    [30, 0.05, 2.042],
    [120, 0.05, 1.98],
    [7, 0.02, 2.998],
    [40, 0.02, 2.423],
  ])('with %d degrees of freedom exceeds with probability %d what is tabulated', (freedom, twoSided, expected) => {
    expect(Math.abs(studentQuantile(freedom, twoSided) - expected)).toBeLessThan(0.0011);
  });
});

describe('the normal distribution', () => {
  it.each([
    [-3, 0.001349898],
    [-1.959964, 0.025],
    [0, 0.5],
    [1, 0.841344746],
  ])('is below %d with the tabulated probability', (z, expected) => {
    expect(normalProbability(z)).toBeCloseTo(expected, 6);
    expect(normalQuantile(expected)).toBeCloseTo(z, 5);
  });
});
