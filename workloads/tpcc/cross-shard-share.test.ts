import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CrossShardInput, expectedCrossShard } from './cross-shard-share.ts';

const DECK = { newOrder: 10 / 23, payment: 10 / 23 };

function input(totalWarehouses: number, shards: number, more: Partial<CrossShardInput> = {}): CrossShardInput {
  return { totalWarehouses, shards, remoteItemPct: 1, remotePaymentPct: 15, mix: DECK, ...more };
}

describe('expectedCrossShard', () => {
  it('equals values worked out by hand', () => {
    // Two warehouses in two shards: every remote warehouse is in the other shard.
    const two = expectedCrossShard(input(2, 2));
    expect(two.orderLinePct).toBeCloseTo(1, 12);
    expect(two.paymentPct).toBeCloseTo(15, 12);
    // 1 - (0.99^5 - 0.99^16) / 0.01 / 11, with 0.99^5 = 0.9509900499 and 0.99^16 = 0.8514577710948755.
    expect(two.newOrderPct).toBeCloseTo(100 * (1 - (0.9509900499 - 0.8514577710948755) / 0.11), 9);
    expect(two.newOrderPct).toBeCloseTo(9.5161, 3);
    expect(two.allPct).toBeCloseTo((10 * two.newOrderPct + 10 * 15) / 23, 12);

    // Eight warehouses in two shards: 4 of the 7 others are in the other shard.
    const eight = expectedCrossShard(input(8, 2));
    expect(eight.orderLinePct).toBeCloseTo(4 / 7, 12);
    expect(eight.paymentPct).toBeCloseTo(60 / 7, 12);

    // Twelve warehouses in three shards: 8 of 11.
    expect(expectedCrossShard(input(12, 3)).paymentPct).toBeCloseTo((15 * 8) / 11, 12);
  });

  it('is zero with one shard or one warehouse', () => {
    for (const only of [input(1, 1), input(10, 1)]) {
      expect(expectedCrossShard(only)).toEqual({ orderLinePct: 0, newOrderPct: 0, paymentPct: 0, allPct: 0 });
    }
  });

  it('follows the options and the mix', () => {
    const all = expectedCrossShard(
      input(2, 2, { remoteItemPct: 100, remotePaymentPct: 100, mix: { newOrder: 0.3, payment: 0.2 } }),
    );
    expect(all).toEqual({ orderLinePct: 100, newOrderPct: 100, paymentPct: 100, allPct: 50 });
    const none = expectedCrossShard(input(2, 2, { remoteItemPct: 0, remotePaymentPct: 0 }));
    expect(none.allPct).toBe(0);
  });

  it('grows with the number of shards', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 2, max: 10 }), (perShard, shards) => {
        const warehouses = perShard * shards * (shards - 1);
        if (warehouses < 2) return;
        const fewer = expectedCrossShard(input(warehouses, shards - 1));
        const more = expectedCrossShard(input(warehouses, shards));
        expect(more.allPct).toBeGreaterThan(fewer.allPct);
        expect(more.paymentPct).toBeLessThanOrEqual(15 + 1e-12);
      }),
    );
  });

  it('agrees with transactions drawn one by one', () => {
    const warehouses = 12;
    const shards = 3;
    const shardOf = (warehouse: number): number => Math.floor((warehouse * shards) / warehouses);
    let state = 12345;
    const below = (limit: number): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 4294967296) * limit);
    };
    const otherThan = (home: number): number => (home + 1 + below(warehouses - 1)) % warehouses;
    const draws = 200_000;
    let newOrders = 0;
    let payments = 0;
    for (let i = 0; i < draws; i++) {
      const home = below(warehouses);
      let crosses = false;
      for (let line = 5 + below(11); line > 0; line--) {
        if (below(100) < 1 && shardOf(otherThan(home)) !== shardOf(home)) crosses = true;
      }
      if (crosses) newOrders++;
      if (below(100) < 15 && shardOf(otherThan(home)) !== shardOf(home)) payments++;
    }
    const expected = expectedCrossShard(input(warehouses, shards));
    // Five standard deviations of a share p over so many draws.
    const tolerance = (pct: number): number => 500 * Math.sqrt(((pct / 100) * (1 - pct / 100)) / draws);
    expect(Math.abs((100 * newOrders) / draws - expected.newOrderPct)).toBeLessThan(tolerance(expected.newOrderPct));
    expect(Math.abs((100 * payments) / draws - expected.paymentPct)).toBeLessThan(tolerance(expected.paymentPct));
  });
});
