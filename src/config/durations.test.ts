import { describe, expect, it } from 'vitest';
import { parseDuration } from './durations.ts';

describe('parseDuration', () => {
  it.each([
    ['30', 30],
    ['30s', 30],
    ['2m', 120],
    ['1h', 3600],
    ['500ms', 0.5],
    ['1.5', 1.5],
    ['0.5m', 30],
    ['0', 0],
    ['-1', -1],
    ['-1s', -1],
    ['', null],
    ['s', null],
    ['1d', null],
    ['1 s', null],
    ['1S', null],
    ['1m30s', null],
    ['1e3', null],
    ['Infinity', null],
    ['constructor', null],
  ])('%j is %j seconds', (text, expected) => {
    expect(parseDuration(text)).toBe(expected);
  });
});
