import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  EXECUTING,
  QUEUEING,
  RETRYING,
  TIME_KINDS,
  type TimeKind,
  TransactionTimes,
  WAITING_FOR_LOCKS,
  WAITING_FOR_REMOTE,
} from './transaction-times.ts';

const spentOf = (times: TransactionTimes, slot: number): number[] =>
  Array.from(times.spentMs.subarray(TIME_KINDS * slot, TIME_KINDS * (slot + 1)));

/** By kind, in their order. */
const spent = (parts: Partial<Record<TimeKind, number>>): number[] =>
  Array.from({ length: TIME_KINDS }, (_, kind) => parts[kind as TimeKind] ?? 0);

describe('TransactionTimes', () => {
  it('divides a transaction that has fragments elsewhere', () => {
    const times = new TransactionTimes(2);
    times.begin(1, 100);
    times.queued(1, 7);
    times.enter(1, WAITING_FOR_REMOTE, 103);
    times.enter(1, EXECUTING, 113);
    times.enter(1, EXECUTING, 115);
    expect(spentOf(times, 1)).toEqual(spent({ [EXECUTING]: 5, [WAITING_FOR_REMOTE]: 10, [QUEUEING]: 7 }));
    expect(spentOf(times, 0)).toEqual(spent({}));
    expect([times.executedMs, times.latestMs]).toEqual([5, 115]);
  });

  it('charges an attempt that was given up to the retry, with the pause after it', () => {
    const times = new TransactionTimes(1);
    times.begin(0, 0);
    times.enter(0, WAITING_FOR_REMOTE, 1);
    // A conflict, of which the worker does not look at the clock, and a pause up to the next attempt.
    times.giveUp(0);
    times.enter(0, EXECUTING, 20);
    times.enter(0, WAITING_FOR_REMOTE, 22);
    times.enter(0, EXECUTING, 26);
    times.enter(0, EXECUTING, 27);
    expect(spentOf(times, 0)).toEqual(spent({ [EXECUTING]: 3, [WAITING_FOR_REMOTE]: 4, [RETRYING]: 20 }));
    // Whatever it is charged to, the worker was busy with it.
    expect(times.executedMs).toBe(4);
  });

  it('leaves a wait for a lock what it is, whatever becomes of the attempt', () => {
    const times = new TransactionTimes(1);
    times.begin(0, 0);
    times.enter(0, WAITING_FOR_LOCKS, 2);
    times.giveUp(0);
    times.enter(0, EXECUTING, 30);
    times.enter(0, EXECUTING, 33);
    expect(spentOf(times, 0)).toEqual(spent({ [EXECUTING]: 3, [WAITING_FOR_LOCKS]: 28, [RETRYING]: 2 }));
  });

  it('knows nothing of the transaction before', () => {
    const times = new TransactionTimes(1);
    times.begin(0, 0);
    times.enter(0, WAITING_FOR_REMOTE, 50);
    times.begin(0, 60);
    times.enter(0, EXECUTING, 61);
    expect(spentOf(times, 0)).toEqual(spent({ [EXECUTING]: 1 }));
  });

  it('accounts for every moment, whatever happens', () => {
    const kind = fc.constantFrom<TimeKind>(EXECUTING, WAITING_FOR_REMOTE, WAITING_FOR_LOCKS, RETRYING, QUEUEING);
    const step = fc.record({ afterMs: fc.nat(1000), kind: fc.option(kind, { nil: null }) });
    fc.assert(
      fc.property(fc.nat(1000), fc.array(step, { maxLength: 30 }), (startMs, steps) => {
        const times = new TransactionTimes(1);
        let nowMs = startMs;
        times.begin(0, nowMs);
        for (const { afterMs, kind: next } of steps) {
          nowMs += afterMs;
          if (next === null) times.giveUp(0);
          else times.enter(0, next, nowMs);
        }
        times.enter(0, EXECUTING, nowMs);
        expect(spentOf(times, 0).reduce((total, ms) => total + ms, 0)).toBe(nowMs - startMs);
        expect(spentOf(times, 0).every((ms) => ms >= 0)).toBe(true);
      }),
    );
  });
});
