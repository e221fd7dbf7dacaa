import { describe, expect, it } from 'vitest';
import { Partition } from '../../../src/engine/partition.ts';
import { packReceipt } from '../receipt.ts';
import simulated from '../simulation.ts';
import { missingOrders } from './missing-orders.ts';

/** A warehouse with one district and two orders. */
function loaded() {
  const partition = new Partition();
  const options = { items: 5, districts: 1, customers: 2, orders: 2, remoteItemPct: 0, remotePaymentPct: 0 };
  const placement = {
    shardId: 0,
    workerIndex: 0,
    firstWarehouse: 1,
    lastWarehouse: 1,
    totalWarehouses: 1,
    terminalsPerWarehouse: 1,
    seed: 3,
  };
  const session = simulated.workload.open(partition, placement, { kind: 'weights', weights: {} }, options);
  session.loadShared();
  session.load(() => {}, null);
  const orders = partition.table('ORDER');
  const lineCount = orders.getInt32(0, orders.int32Column('O_OL_CNT'));
  return { partition, receipt: packReceipt(1, 1, 1, lineCount), lineCount };
}

describe('missing orders', () => {
  it('are those that are not there, or not with all their lines', () => {
    const { partition, receipt, lineCount } = loaded();
    expect(missingOrders([partition], [])).toEqual([]);
    expect(missingOrders([partition], [receipt])).toEqual([]);
    expect(missingOrders([partition], [receipt, packReceipt(1, 1, 9, 5), packReceipt(2, 1, 1, 5)])).toEqual([
      'order 9 of district 1 of warehouse 1 with 5 lines',
      'order 1 of district 1 of warehouse 2 with 5 lines',
    ]);
    expect(missingOrders([partition], [receipt + 1])).toEqual([
      `order 1 of district 1 of warehouse 1 with ${lineCount + 1} lines`,
    ]);
    const lines = partition.table('ORDER-LINE');
    const transaction = partition.newTransaction();
    transaction.delete(lines, 0);
    expect(missingOrders([partition], [receipt])).toHaveLength(1);
  });
});
