import { describe, expect, it } from 'vitest';
import type { ShardResult } from '../bench/result.ts';
import { widthOf } from './plain-table.ts';
import type { ReportStyle } from './style.ts';
import { sampleResult } from './testing/sample-result.ts';
import { describeWorkers, renderTimeShares, timeCells, timeRows } from './time-shares-table.ts';

const shardOf = (shards: number): ShardResult =>
  sampleResult({}, { shards }).shards[0] ?? expect.fail('there is a shard');

const style = (width: number): ReportStyle => ({ colour: false, width });

describe('where time went', () => {
  it('has a row for each type, its parts, and all together, whose shares are 100 %', () => {
    const rows = timeRows(shardOf(2));
    expect(rows.map(({ name }) => name)).toEqual([
      'New-Order',
      '  local',
      '  cross-shard',
      'Payment',
      '  local',
      '  cross-shard',
      'Order-Status',
      'Delivery (answer)',
      '  deferred execution',
      'Stock-Level',
      'all',
    ]);
    for (const { times } of rows) {
      const { totalSeconds, ...pcts } = times;
      expect(totalSeconds).toBeGreaterThan(0);
      expect(Object.values(pcts).reduce((sum, pct) => sum + pct, 0)).toBeCloseTo(100, 6);
    }
  });

  it('is a table that fits, with nothing where nothing was spent', () => {
    const lines = renderTimeShares(style(80), shardOf(2));
    expect(widthOf(lines)).toBeLessThanOrEqual(80);
    const text = lines.join('\n');
    expect(text).toContain('Where the time of the transactions of shard 0 went');
    expect(text).toMatch(/cross-shard +10\.0 +78\.0 +2\.0 +10\.0$/m);
    expect(text).toMatch(/Stock-Level +100\.0$/m);
    expect(text).toMatch(/deferred execution +37\.5 +62\.5$/m);
    expect(text).toContain('Its 2 workers: own transactions 74.0% (73.0 to 75.0), messages and');
  });

  it('is a line where every transaction ran from start to end', () => {
    const shard = shardOf(1);
    const whole = { totalSeconds: 1, executingPct: 100 };
    const transactions = Object.fromEntries(
      Object.entries(shard.transactions).map(([key, { deferred, ...transaction }]) => [key, transaction]),
    );
    const lines = renderTimeShares(style(100), { ...shard, transactions });
    expect(lines[1]).toBe('  Where time went: every transaction ran from start to end, without a wait');
    expect(lines).toHaveLength(4);
    expect(
      timeCells({ ...whole, waitingForRemotePct: 0, waitingForLocksPct: 0, retryingPct: 0, queueingPct: 0 }),
    ).toEqual(['100.0', '', '', '', '', '']);
  });

  it('is nothing of an earlier result, and of one without a transaction', () => {
    const { timeShares, workers, ...earlier } = shardOf(2);
    expect([timeShares, workers]).not.toContain(undefined);
    expect(renderTimeShares(style(80), earlier)).toEqual([]);
    expect(timeRows({ ...earlier, timeShares: null })).toEqual([]);
    expect(describeWorkers([])).toBeNull();
  });
});
