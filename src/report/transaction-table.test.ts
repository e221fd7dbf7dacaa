import { describe, expect, it } from 'vitest';
import type { ShardResult } from '../bench/result.ts';
import { widthOf } from './plain-table.ts';
import { sampleResult } from './testing/sample-result.ts';
import { renderTransactionTable } from './transaction-table.ts';

const shardOf = (shards: number): ShardResult =>
  structuredClone(sampleResult({}, { shards, warehousesPerShard: 4 }).shards[0] as ShardResult);
const wide = { colour: false, width: 130 };

/** The cells of the row whose name starts so, leading spaces apart. */
function cells(lines: readonly string[], name: string): string[] {
  const line = lines.find((candidate) => candidate.trim().startsWith(name));
  return line === undefined ? [] : line.trim().slice(name.length).trim().split(/ +/);
}

describe('renderTransactionTable', () => {
  it('has a row a transaction, its halves, and all together', () => {
    const lines = renderTransactionTable(wide, shardOf(2));
    expect(lines.slice(3).map((line) => /^ {2}( *\D*?) {2,}/.exec(`${line}  `)?.[1])).toEqual([
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
  });

  it('shows every figure of a transaction in its column', () => {
    const shard = shardOf(2);
    const newOrder = shard.transactions['newOrder'];
    if (newOrder === undefined) throw new Error('no New-Order');
    newOrder.latencyUs = { mean: 18.24, p50: 14.25, p90: 22.21, p95: 25.5, p99: 33, p999: 278.3, max: 6087.1 };
    Object.assign(newOrder, { commits: 1_234_567, throughputTps: 123_456.7, mixPct: 43.478, userAborts: 12_345 });
    Object.assign(newOrder, { conflictAborts: 77, crossShardPct: 9.513 });
    expect(cells(renderTransactionTable(wide, shard), 'New-Order')).toEqual([
      '1,234,567',
      '123,457',
      '43.48',
      '12,345',
      '77',
      '9.51',
      '18.2',
      '14.3',
      '22.2',
      '25.5',
      '33.0',
      '278.3',
      '6,087',
    ]);
  });

  it('tells local from cross-shard only where something crossed', () => {
    const lines = renderTransactionTable(wide, shardOf(1)).join('\n');
    expect(lines).not.toContain('local');
    expect(lines).not.toContain('cross-shard\n');
    const two = renderTransactionTable(wide, shardOf(2));
    expect(two.filter((line) => line.startsWith('    cross-shard'))).toHaveLength(2);
    expect(cells(two, 'cross-shard')[0]).toBe('21,560');
  });

  it('names the deferred execution and its share within the limit', () => {
    const shard = shardOf(1);
    const delivery = shard.transactions['delivery'];
    if (delivery?.deferred === undefined) throw new Error('no deferred Delivery');
    delivery.deferred = { completed: 4321, latencyUs: null, withinLimitPct: 99.5, limitSeconds: 80 };
    const line = renderTransactionTable(wide, shard).find((candidate) => candidate.includes('deferred execution'));
    expect(line).toMatch(/deferred execution +4,321 +within 80 s: 99\.50%( +-){7}$/);
  });

  it('shows dashes and zeros where nothing completed', () => {
    const shard = shardOf(1);
    const stockLevel = shard.transactions['stockLevel'];
    if (stockLevel === undefined) throw new Error('no Stock-Level');
    Object.assign(stockLevel, { commits: 0, throughputTps: 0, mixPct: 0, latencyUs: null });
    expect(cells(renderTransactionTable(wide, shard), 'Stock-Level')).toEqual([
      '0',
      '0.0',
      '0.00',
      '0',
      '0',
      '0.00',
      '-',
      '-',
      '-',
      '-',
      '-',
      '-',
      '-',
    ]);
    expect(() => renderTransactionTable(wide, { ...shard, transactions: {}, latencyUs: null })).not.toThrow();
  });

  it('has one unit, which suits the fastest transaction', () => {
    const slow = shardOf(1);
    for (const transaction of Object.values(slow.transactions)) {
      transaction.latencyUs = { mean: 5e4, p50: 4e3, p90: 9e4, p95: 9e4, p99: 1.2e6, p999: 2e6, max: 3e6 };
      if (transaction.deferred !== undefined) transaction.deferred.latencyUs = null;
    }
    slow.latencyUs = null;
    const lines = renderTransactionTable(wide, slow);
    expect(lines[1]).toMatch(/( +ms){7}$/);
    expect(cells(lines, 'Payment').slice(-7)).toEqual(['50.00', '4.00', '90.00', '90.00', '1,200', '2,000', '3,000']);
  });

  it('becomes two tables where one would be too wide, and fits in 80 columns', () => {
    const shard = shardOf(2);
    expect(renderTransactionTable({ colour: false, width: 120 }, shard)).not.toContain('');
    for (const width of [80, 100]) {
      const lines = renderTransactionTable({ colour: false, width }, shard);
      expect(lines.filter((line) => line === '')).toHaveLength(1);
      expect(widthOf(lines)).toBeLessThanOrEqual(width);
      expect(lines.filter((line) => line.startsWith('  New-Order'))).toHaveLength(2);
    }
  });
});
