import { describe, expect, it } from 'vitest';
import {
  EXECUTING,
  QUEUEING,
  RETRYING,
  TransactionTimes,
  WAITING_FOR_LOCKS,
  WAITING_FOR_REMOTE,
} from '../shard/transaction-times.ts';
import { timeShares, transactionTimes, workerTime } from './time-shares.ts';
import { TimeSums } from './time-sums.ts';
import type { MeasuredReport } from './worker-messages.ts';

const measured = (measuredSeconds: number, messagesMs: number, idleMs: number): MeasuredReport =>
  ({ measuredSeconds, spent: { messagesMs, idleMs } }) as MeasuredReport;

describe('TimeSums', () => {
  it('adds up by type, and by where the transactions ran', () => {
    const sums = new TimeSums(2);
    sums.addInPlace(1, 2, 3);
    sums.addInPlace(1, 0, 5);
    sums.addDeferred(1, 40, 4);
    const times = new TransactionTimes(3);
    times.begin(2, 10);
    times.enter(2, WAITING_FOR_REMOTE, 11);
    times.enter(2, EXECUTING, 31);
    times.enter(2, EXECUTING, 32);
    sums.addPending(1, true, times, 2);
    sums.addPending(1, false, times, 2);
    expect(sums.of(0)).toEqual({
      local: [0, 0, 0, 0, 0, 0],
      crossShard: [0, 0, 0, 0, 0, 0],
      deferred: [0, 0, 0, 0, 0, 0],
    });
    const of = sums.of(1);
    expect([of.local[EXECUTING], of.local[WAITING_FOR_REMOTE], of.local[QUEUEING]]).toEqual([10, 20, 2]);
    expect([of.crossShard[EXECUTING], of.crossShard[WAITING_FOR_REMOTE], of.crossShard[QUEUEING]]).toEqual([2, 20, 0]);
    expect([of.deferred[EXECUTING], of.deferred[QUEUEING]]).toEqual([4, 40]);
    sums.reset();
    expect(sums.of(1)).toEqual(sums.of(0));
  });

  it('drops what is of no type that it knows', () => {
    const sums = new TimeSums(0);
    sums.addInPlace(0, 1, 1);
    expect(sums.of(0).local).toEqual([]);
  });
});

describe('shares', () => {
  it('are of the sum, whatever it is divided into', () => {
    const first: number[] = [];
    first[EXECUTING] = 10;
    first[WAITING_FOR_REMOTE] = 20;
    first[WAITING_FOR_LOCKS] = 5;
    first[RETRYING] = 4;
    first[QUEUEING] = 1;
    expect(timeShares([first, [160, 0, 0, 0, 0, 0]])).toEqual({
      totalSeconds: 0.2,
      executingPct: 85,
      waitingForRemotePct: 10,
      waitingForLocksPct: 2.5,
      retryingPct: 2,
      queueingPct: 0.5,
    });
  });

  it('are null where no transaction was completed', () => {
    expect(timeShares([])).toBeNull();
    expect(transactionTimes([new TimeSums(1).of(0)])).toBeNull();
  });

  it('count a deferred execution apart from its transaction', () => {
    const sums = new TimeSums(1);
    sums.addInPlace(0, 0, 1);
    sums.addDeferred(0, 1000, 1000);
    expect(transactionTimes([sums.of(0)])?.totalSeconds).toBe(0.001);
  });

  it('of a worker leave the rest to its own transactions', () => {
    expect(workerTime(measured(2, 500, 300))).toEqual({ ownTransactionsPct: 60, messagesPct: 25, idlePct: 15 });
    // A turn that the measurement's end cuts off may be counted whole.
    expect(workerTime(measured(1, 0, 1001)).ownTransactionsPct).toBe(0);
  });
});
