import { describe, expect, it } from 'vitest';
import {
  formatBytes,
  formatCount,
  formatEdge,
  formatFixed,
  formatLatency,
  formatLatencyIn,
  formatPct,
  formatRate,
  formatSeconds,
  plural,
  timeUnitFor,
} from './format.ts';

describe('numbers', () => {
  it('have thousands separators and fixed decimals', () => {
    expect(formatCount(1_234_567)).toBe('1,234,567');
    expect(formatFixed(1234.5, 3)).toBe('1,234.500');
    expect(formatPct(43.4783)).toBe('43.48');
    expect([formatRate(12.605), formatRate(999.94), formatRate(123_456.7)]).toEqual(['12.6', '999.9', '123,457']);
    expect([plural(1, 'shard'), plural(0, 'shard'), plural(2000, 'shard')]).toEqual([
      '1 shard',
      '0 shards',
      '2,000 shards',
    ]);
  });

  it('show a dash where there is none', () => {
    for (const nothing of [null, undefined, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect([formatCount(nothing), formatPct(nothing), formatRate(nothing)]).toEqual(['-', '-', '-']);
    }
    expect(formatLatencyIn(null, timeUnitFor(1))).toBe('-');
  });
});

describe('units', () => {
  it('suit the size of a latency', () => {
    expect([0.94, 5.234, 999.94, 1_000, 12_345, 123_456, 1_234_567, 80_000_000].map(formatLatency)).toEqual([
      '0.9 µs',
      '5.2 µs',
      '999.9 µs',
      '1.00 ms',
      '12.35 ms',
      '123.5 ms',
      '1.23 s',
      '80.00 s',
    ]);
  });

  it('can be fixed for a table', () => {
    const microseconds = timeUnitFor(4);
    expect([4, 140.26, 1_234.5, 6_087_123].map((us) => formatLatencyIn(us, microseconds))).toEqual([
      '4.0',
      '140.3',
      '1,235',
      '6,087,123',
    ]);
    expect(formatLatencyIn(123_456, timeUnitFor(1_000))).toBe('123.5');
  });

  it('show histogram edges exactly', () => {
    const edges = [0, 0.001, 0.2, 0.85, 1, 1.7, 8.5, 200, 850, 1_000, 1_500, 5_000_000, 3_600_000_000];
    expect(edges.map(formatEdge)).toEqual([
      '0',
      '1 ns',
      '200 ns',
      '850 ns',
      '1 µs',
      '1.7 µs',
      '8.5 µs',
      '200 µs',
      '850 µs',
      '1 ms',
      '1.5 ms',
      '5 s',
      '3600 s',
    ]);
  });

  it('suit seconds and bytes', () => {
    expect([formatSeconds(1.2345), formatSeconds(10), formatSeconds(7200)]).toEqual(['1.23 s', '10.0 s', '7,200.0 s']);
    expect([formatBytes(1_500), formatBytes(101_400_000), formatBytes(12e9)]).toEqual([
      '1.5 kB',
      '101.4 MB',
      '12.00 GB',
    ]);
  });
});
