import { describe, expect, it } from 'vitest';
import type { RunConfig } from '../../src/config/run-config.ts';
import { Partition } from '../../src/engine/partition.ts';
import { OperatingFault } from '../../src/errors.ts';
import { auditInput } from './audit.ts';
import { COUNTER_NAMES } from './counters.ts';
import { expectedCrossShardPct } from './cross-shard-share.ts';
import { mixShares } from './mix.ts';
import workload from './workload.ts';

const PLACEMENT = {
  shardId: 0,
  workerIndex: 0,
  firstWarehouse: 1,
  lastWarehouse: 2,
  totalWarehouses: 2,
  terminalsPerWarehouse: 3,
  seed: 1,
};
const OPTIONS = { accountsPerWarehouse: 10, remoteTransferPct: 50, userAbortPct: 2 };

describe('the workload', () => {
  it('has defaults within its limits, and small fragments', () => {
    for (const { default: value, low, high } of workload.options) {
      expect(value).toBeGreaterThanOrEqual(low);
      expect(value).toBeLessThanOrEqual(high);
    }
    expect(workload.longestFragmentWords).toBeLessThanOrEqual(4);
    expect(workload.counterNames).toEqual(COUNTER_NAMES);
  });

  it('loads every warehouse of a partition', () => {
    const partition = new Partition();
    const session = workload.open(partition, PLACEMENT, { kind: 'deck' }, OPTIONS);
    const seen: number[][] = [];
    session.load((rows, total) => seen.push([rows, total]), session.loadShared().shared);
    expect(seen.at(-1)).toEqual([20, 20]);
    expect(partition.table('ACCOUNT').rowCount).toBe(20);
    for (let i = 0; i < 500; i++) {
      session.draw(i % 6);
      session.start(i % 6, 0);
    }
    expect(workload.judge([session.check()], true).every(({ passed }) => passed)).toBe(true);
  });

  it('refuses half an account', () => {
    const open = () =>
      workload.open(new Partition(), PLACEMENT, { kind: 'deck' }, { ...OPTIONS, accountsPerWarehouse: 2.5 });
    expect(open).toThrow(OperatingFault);
    expect(open).toThrow('--accounts-per-warehouse: 2.5 is no whole number');
  });

  it('expects of its configuration what crosses shards', () => {
    const shards = [0, 1].map((shardId) => ({ shardId, host: '127.0.0.1', port: 31000 + shardId }));
    const cluster = { source: null, shards, warehousesPerShard: 2 };
    const config = { cluster, mix: { kind: 'weights', weights: { transfer: 1 } }, workload: { options: OPTIONS } };
    expect(workload.expectedCrossShardPct(config as unknown as RunConfig)).toBeCloseTo((50 * 2) / 3, 9);
  });
});

describe('expectedCrossShardPct', () => {
  const mix = mixShares({
    kind: 'weights',
    weights: { transfer: 4, openAccount: 1, closeAccount: 1, lookup: 1, sumAll: 1 },
  });

  it('equals what is worked out by hand', () => {
    const input = { totalWarehouses: 4, shards: 2, remoteTransferPct: 25, userAbortPct: 0, mix };
    expect(expectedCrossShardPct(input)).toBeCloseTo(100 * ((0.5 * 0.25 + 0.375) * (2 / 3) + 0.125), 9);
    expect(expectedCrossShardPct({ ...input, shards: 1 })).toBe(0);
    expect(expectedCrossShardPct({ ...input, shards: 4 })).toBeCloseTo(100 * (0.5 * 0.25 + 0.375 + 0.125), 9);
  });

  it('leaves out what the user aborts', () => {
    const input = { totalWarehouses: 2, shards: 2, remoteTransferPct: 0, userAbortPct: 50, mix };
    // Half of the transfers commit, and three quarters of the openings and closings.
    expect(expectedCrossShardPct(input)).toBeCloseTo((100 * (0.1875 + 0.125 + 0.125)) / (0.25 + 0.1875 + 0.25), 9);
    expect(expectedCrossShardPct({ ...input, userAbortPct: 100, mix: [1, 0, 0, 0, 0, 0] })).toBe(0);
  });
});

describe('auditInput', () => {
  const counters = (values: Record<string, number>) => ({
    ...Object.fromEntries(COUNTER_NAMES.map((name) => [name, 0])),
    ...values,
  });
  const context = { totalWarehouses: 2, remoteTransferPct: 50, userAbortPct: 2 };
  const verdicts = (values: Record<string, number>, more = {}) =>
    auditInput(counters(values), { ...context, ...more }).map(({ verdict }) => verdict);

  it('tells chance from a fault, and too few from enough', () => {
    const drawn = { transfers: 10_000, remoteTransfers: 5_050, abortableTransactions: 10_000, askedUserAborts: 205 };
    expect(verdicts(drawn)).toEqual(['pass', 'pass']);
    expect(verdicts({ ...drawn, remoteTransfers: 5_400, askedUserAborts: 400 })).toEqual(['fail', 'fail']);
    expect(verdicts({ transfers: 10, remoteTransfers: 6, abortableTransactions: 0 })).toEqual(['too few', 'too few']);
  });

  it('is exact where the option leaves no choice', () => {
    const all = { transfers: 100, remoteTransfers: 100, abortableTransactions: 100, askedUserAborts: 0 };
    expect(verdicts(all, { remoteTransferPct: 100, userAbortPct: 0 })).toEqual(['pass', 'pass']);
    expect(verdicts({ ...all, remoteTransfers: 99 }, { remoteTransferPct: 100 })[0]).toBe('fail');
    expect(verdicts({ ...all, remoteTransfers: 0 }, { totalWarehouses: 1 })[0]).toBe('not applicable');
    expect(verdicts({ ...all, remoteTransfers: 1 }, { totalWarehouses: 1 })[0]).toBe('fail');
  });
});
