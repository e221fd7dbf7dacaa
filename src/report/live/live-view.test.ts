import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LoadProgress, SecondFigures } from '../../bench/run-events.ts';
import { withoutColours } from '../plain-table.ts';
import { type LiveProgress, liveLines, plainLine } from './live-view.ts';
import { sampleFigures, sampleMeasurement } from './testing/sample-progress.ts';

const style = (width = 99) => ({ colour: false, width });

const load: LoadProgress = { phase: 'load', rows: 250_000, rowsExpected: 1_000_000, elapsedSeconds: 2 };

const NOTHING_YET: SecondFigures = {
  throughputTps: null,
  latencyUs: null,
  conflictAbortsTps: null,
  crossShardPct: null,
  engineBytes: 1e6,
};

describe('the load on a terminal', () => {
  it('is a bar with the time left, the rate and the rows', () => {
    expect(liveLines(load, style(), 20)).toEqual([
      'Loading     [#####...............]   25%  6 s left  125,000 rows/s  250,000 of 1,000,000 rows',
    ]);
  });

  it('gives up what matters least where the terminal is narrow', () => {
    const at = (width: number) => liveLines(load, style(width), 20)[0];
    expect(at(70)).toBe('Loading     [#####...............]   25%  6 s left  125,000 rows/s');
    expect(at(60)).toBe('Loading     [#####...............]   25%  6 s left');
    expect(at(40)).toBe('Loading      25%  6 s left');
    expect(at(20)).toBe('Loading      25%');
    expect(at(5)).toBe('Loadi');
  });

  it('has no bar as long as nobody knows how many rows there will be', () => {
    expect(liveLines({ ...load, rowsExpected: null }, style(), 20)).toEqual([
      'Loading     125,000 rows/s  250,000 rows',
    ]);
  });

  it('divides by no zero', () => {
    expect(liveLines({ ...load, rows: 0, elapsedSeconds: 0 }, style(), 20)).toEqual([
      'Loading     [....................]    0%  0 of 1,000,000 rows',
    ]);
    expect(liveLines({ ...load, rows: 0, rowsExpected: 0 }, style(), 20)).toEqual(['Loading     0 rows']);
  });
});

describe('warm-up and measurement on a terminal', () => {
  it('are a table with a row for each shard and one for all', () => {
    expect(liveLines(sampleMeasurement(2), style(), 20)).toEqual([
      'Measuring   [##########..........]   50%  5 s left',
      '  shard       tx/s    p50 µs     p99 µs  conflicts/s  cross-shard %     memory',
      '  ────────────────────────────────────────────────────────────────────────────',
      '  0          1,000       1.0      1,000          100           0.50   100.0 MB',
      '  1          2,000       2.0      2,000          200           1.00   200.0 MB',
      '  all        6,000       6.0      6,000          600           3.00   600.0 MB',
    ]);
  });

  it('need no row for all where there is one shard', () => {
    const lines = liveLines({ ...sampleMeasurement(1), phase: 'warmup' }, style(), 20);
    expect(lines[0]).toBe('Warming up  [##########..........]   50%  5 s left');
    expect(lines).toHaveLength(4);
  });

  it('show dashes before the first second is over', () => {
    const progress = { ...sampleMeasurement(1), shards: [{ shardId: 0, ...NOTHING_YET }] };
    expect(liveLines(progress, style(), 20).at(-1)?.trim().split(/ +/)).toEqual([
      '0',
      '-',
      '-',
      '-',
      '-',
      '-',
      '1.0',
      'MB',
    ]);
  });

  it('show the shards that fit, and how many there are besides', () => {
    const lines = liveLines(sampleMeasurement(8), style(), 11);
    expect(lines).toHaveLength(11);
    expect(lines.slice(3).map((line) => line.slice(0, 14).trim().split(' ')[0])).toEqual([
      '0',
      '1',
      '2',
      '3',
      '4',
      '5',
      '…',
      'all',
    ]);
    expect(lines[9]).toBe('  … and 2 more');
  });

  it.each([
    [12, 12],
    [5, 4],
    [4, 4],
    [3, 1],
    [1, 1],
  ])('take of %i lines %i', (height, taken) => {
    expect(liveLines(sampleMeasurement(20), style(), height)).toHaveLength(taken);
  });

  it('say the throughput beside the time left where there is no room for a table', () => {
    expect(liveLines(sampleMeasurement(20), style(), 2)).toEqual([
      'Measuring   [##########..........]   50%  5 s left  60,000 tx/s',
    ]);
  });

  it('leave out whole columns where the terminal is narrow, and never cut a number', () => {
    const head = (width: number) =>
      liveLines(sampleMeasurement(2), style(width), 20)[1]
        ?.trim()
        .split(/ {1,}(?![µ%])/);
    expect(head(72)).toEqual(['shard', 'tx/s', 'p50 µs', 'p99 µs', 'conflicts/s', 'cross-shard %', 'memory']);
    expect(head(62)).toEqual(['shard', 'tx/s', 'p50 µs', 'p99 µs', 'conflicts/s', 'cross-shard %']);
    expect(head(40)).toEqual(['shard', 'tx/s', 'p50 µs', 'p99 µs']);
    expect(head(20)).toEqual(['shard', 'tx/s']);
    expect(liveLines(sampleMeasurement(2), style(12), 20)).toEqual(['Measuring']);
  });

  it('keep their columns in place while figures grow', () => {
    const headAt = (n: number) => {
      const shards = [{ shardId: 0, ...sampleFigures(n) }];
      return liveLines({ ...sampleMeasurement(1), shards }, style(), 20)[1];
    };
    expect(headAt(900)).toBe(headAt(1));
  });

  it('are in colour where the style is, with the same text', () => {
    const coloured = liveLines(sampleMeasurement(2), { colour: true, width: 99 }, 20);
    expect(coloured[0]).toContain('\u001b[');
    expect(coloured.map(withoutColours)).toEqual(liveLines(sampleMeasurement(2), style(), 20));
  });
});

describe('liveLines', () => {
  it('never exceeds the room there is', () => {
    const progress = fc.oneof(
      fc
        .record({ shards: fc.integer({ min: 1, max: 40 }), seconds: fc.double({ min: 0.1, max: 1e6, noNaN: true }) })
        .map(({ shards, seconds }): LiveProgress => sampleMeasurement(shards, seconds)),
      fc
        .record({
          rows: fc.nat(),
          rowsExpected: fc.option(fc.nat()),
          elapsedSeconds: fc.double({ min: 0, max: 1e9, noNaN: true }),
        })
        .map((fields): LiveProgress => ({ phase: 'load', ...fields })),
    );
    fc.assert(
      fc.property(
        progress,
        fc.integer({ min: 0, max: 130 }),
        fc.integer({ min: 1, max: 50 }),
        fc.boolean(),
        (told, width, height, colour) => {
          const lines = liveLines(told, { width, colour }, height);
          expect(lines.length).toBeGreaterThan(0);
          expect(lines.length).toBeLessThanOrEqual(height);
          for (const line of lines) expect(withoutColours(line).length).toBeLessThanOrEqual(width);
        },
      ),
    );
  });

  it.each(['wait', 'check', 'export'] as const)('has nothing to show of the phase %s', (phase) => {
    expect(liveLines({ phase }, style(), 20)).toEqual([]);
    expect(plainLine({ phase })).toBeNull();
  });
});

describe('plainLine', () => {
  it('says on one line how far the load is', () => {
    expect(plainLine(load)).toBe('Loading: 250,000 of 1,000,000 rows (25%), 125,000 rows/s, 6 s left');
    expect(plainLine({ ...load, rowsExpected: null })).toBe('Loading: 250,000 rows, 125,000 rows/s');
  });

  it('says on one line what the last second of all shards was', () => {
    expect(plainLine(sampleMeasurement(2))).toBe(
      'Measuring: 50%, 5 s left; 6,000 tx/s, p50 6.0 µs, p99 6.00 ms, 600 conflict aborts/s, 3.00% cross-shard, 600.0 MB',
    );
  });

  it('leaves out what is not known', () => {
    expect(plainLine({ ...sampleMeasurement(1), phase: 'warmup', total: NOTHING_YET })).toBe(
      'Warming up: 50%, 5 s left; - tx/s, 1.0 MB',
    );
    const ofDatabases = { ...sampleMeasurement(1), total: { ...NOTHING_YET, engineBytes: 0 } };
    expect(plainLine(ofDatabases)).toBe('Measuring: 50%, 5 s left; - tx/s');
  });
});
