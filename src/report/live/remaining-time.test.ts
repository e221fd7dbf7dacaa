import { describe, expect, it } from 'vitest';
import { formatRemaining } from './remaining-time.ts';

describe('formatRemaining', () => {
  it.each([
    [-3, '0 s'],
    [0, '0 s'],
    [0.01, '1 s'],
    [59, '59 s'],
    [59.5, '1 min 00 s'],
    [125, '2 min 05 s'],
    [3599.1, '1 h 00 min'],
    [3601, '1 h 01 min'],
    [7200, '2 h 00 min'],
    [100_000, '27 h 47 min'],
  ])('%f seconds: %s', (seconds, text) => {
    expect(formatRemaining(seconds)).toBe(text);
  });
});
