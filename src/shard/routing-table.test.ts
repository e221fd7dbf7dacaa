import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RoutingTable } from './routing-table.ts';

const topology = fc
  .record({ shards: fc.integer({ min: 1, max: 9 }), workers: fc.integer({ min: 1, max: 8 }) })
  .chain(({ shards, workers }) =>
    fc.record({
      shards: fc.constant(shards),
      workers: fc.constant(workers),
      warehouses: fc.integer({ min: workers, max: 40 }),
    }),
  );

describe('RoutingTable', () => {
  it('gives every warehouse to exactly one worker, in order and evenly, and agrees in both directions', () => {
    fc.assert(
      fc.property(topology, ({ shards, workers, warehouses }) => {
        const table = new RoutingTable(shards, warehouses, workers);
        let next = 1;
        const sizes: number[] = [];
        for (let shard = 0; shard < shards; shard++) {
          for (let worker = 0; worker < workers; worker++) {
            const { first, last } = table.warehousesOf(shard, worker);
            expect(first).toBe(next);
            expect(last).toBeGreaterThanOrEqual(first);
            for (let warehouse = first; warehouse <= last; warehouse++) {
              expect(table.shardOf(warehouse)).toBe(shard);
              expect(table.workerOf(warehouse)).toBe(worker);
            }
            sizes.push(last - first + 1);
            next = last + 1;
          }
        }
        expect(next - 1).toBe(table.warehouseCount);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('refuses warehouses that do not exist and workers without one', () => {
    const table = new RoutingTable(2, 4, 2);
    expect(() => table.shardOf(0)).toThrow('no warehouse 0');
    expect(() => table.shardOf(9)).toThrow('no warehouse 9');
    expect(() => new RoutingTable(1, 1, 2)).toThrow('a worker without a warehouse');
  });
});
