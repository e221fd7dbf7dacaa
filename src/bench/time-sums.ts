/**
 * Where the time went that a worker recorded as latency, by transaction type: the kinds of `TransactionTimes` summed over the
 * transactions that have an answer, so that they add up to the sum of the latencies. Part of the recorder, on the worker's
 * thread. It costs a local transaction two additions and no clock reading.
 *
 * A transaction that runs from start to end executed all its latency but what it queued: until its worker began it, from when
 * it should have started (open loop, keying), or while the worker took messages at the beginning of its turn.
 */
import {
  EXECUTING,
  QUEUEING,
  TIME_KINDS,
  type TransactionTimes,
  WAITING_FOR_DURABILITY,
} from '../shard/transaction-times.ts';

/** Of each type: its local transactions, those that crossed shards, and deferred executions. */
const PARTS = 3;
const LOCAL = 0;
const CROSS_SHARD = 1;
const DEFERRED = 2;

/** Milliseconds by kind (`EXECUTING` and so on, in their order), by where the transactions ran. */
export interface TypeTimes {
  local: number[];
  crossShard: number[];
  /** From the request; queueing includes the answer and waits for locks. Zeros where nothing is deferred. */
  deferred: number[];
}

export class TimeSums {
  /** By (PARTS x type + part) x TIME_KINDS + kind. */
  private readonly sumsMs: Float64Array;

  /** @param types their number; what is added of others is dropped */
  constructor(types: number) {
    this.sumsMs = new Float64Array(types * PARTS * TIME_KINDS);
  }

  reset(): void {
    this.sumsMs.fill(0);
  }

  /** A transaction that ran from start to end on its worker. */
  addInPlace(type: number, queueingMs: number, executingMs: number): void {
    const at = (PARTS * type + LOCAL) * TIME_KINDS;
    this.sumsMs[at + QUEUEING] += queueingMs;
    this.sumsMs[at + EXECUTING] += executingMs;
  }

  /** A transaction that was completed later: what `times` knows of its slot. */
  addPending(type: number, crossShard: boolean, times: TransactionTimes, slot: number): void {
    const at = (PARTS * type + (crossShard ? CROSS_SHARD : LOCAL)) * TIME_KINDS;
    const from = TIME_KINDS * slot;
    for (let kind = 0; kind < TIME_KINDS; kind++) this.sumsMs[at + kind] += times.spentMs[from + kind];
  }

  /** A deferred execution. */
  addDeferred(type: number, queueingMs: number, executingMs: number): void {
    const at = (PARTS * type + DEFERRED) * TIME_KINDS;
    this.sumsMs[at + QUEUEING] += queueingMs;
    this.sumsMs[at + EXECUTING] += executingMs;
  }

  /** From the answer to the acknowledgement, in a durable run. */
  addDurability(type: number, crossShard: boolean, deferred: boolean, ms: number): void {
    const part = deferred ? DEFERRED : crossShard ? CROSS_SHARD : LOCAL;
    this.sumsMs[(PARTS * type + part) * TIME_KINDS + WAITING_FOR_DURABILITY] += ms;
  }

  of(type: number): TypeTimes {
    const part = (number: number): number[] => {
      const at = (PARTS * type + number) * TIME_KINDS;
      return Array.from(this.sumsMs.subarray(at, at + TIME_KINDS));
    };
    return { local: part(LOCAL), crossShard: part(CROSS_SHARD), deferred: part(DEFERRED) };
  }
}
