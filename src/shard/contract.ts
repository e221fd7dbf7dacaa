/**
 * What a transaction over several partitions is to the code of a workload: the fragments that it sends, executes and hears
 * from. The coordinator and the participant of a worker call the workload through these; the bench passes them on.
 */
import type { Access } from '../engine/access.ts';
import type { Transaction } from '../engine/transaction.ts';

/** Outcome of a started transaction. Plain integers: they pass through the hot loop. */
export const COMMITTED = 0;
export const USER_ABORT = 1;
/** The completion will be told later. */
export const PENDING = 2;
/** The terminal has its answer; the work is queued and `runDeferred` will do it (TPC-C 2.7.2). */
export const QUEUED = 3;
/** `Access` refused something. The workload has undone everything that the transaction did here. */
export const BLOCKED = 4;
/** A partition that the transaction needs is lost, or has no memory left. */
export const FAILED = 5;
/** The transaction needs something that an undecided transaction of a lost coordinator holds. */
export const FAILED_BY_DOUBT = 6;
export type Outcome =
  | typeof COMMITTED
  | typeof USER_ABORT
  | typeof PENDING
  | typeof QUEUED
  | typeof BLOCKED
  | typeof FAILED
  | typeof FAILED_BY_DOUBT;

/**
 * How a session reaches other partitions, from within `start` or `retry`. A fragment's input cannot depend on data of the
 * own partition, unless `finish` checks it again: the own part runs when all answers are in, and that is the commit point.
 */
export interface RemoteFragments {
  /** Number of this worker in the cluster. */
  readonly worker: number;
  /** The views that the last `fragment` is to be filled through. */
  readonly int32s: Int32Array;
  readonly float64s: Float64Array;
  /** Number of the worker that owns the warehouse. */
  workerOf(warehouse: number): number;
  /**
   * Sends a fragment to another worker as soon as `start` returns PENDING; at most one to each. The caller fills its body
   * before it asks for the next.
   * @param kind what the workload calls this fragment, 0..65535
   * @returns where the body of `bodyWords` 8-byte words starts in `int32s` (in `float64s` at half of that)
   */
  fragment(worker: number, kind: number, bodyWords: number): number;
}

/** A fragment as the workload at the participant sees it: its body, and the means to execute it and to answer. */
export interface FragmentCall {
  readonly fromWorker: number;
  readonly kind: number;
  /** The body starts at `at` in `int32s`, at `at / 2` in `float64s`. Valid until the fragment returns. */
  readonly int32s: Int32Array;
  readonly float64s: Float64Array;
  readonly at: number;
  readonly bodyWords: number;
  /** Everything that the fragment touches is asked for here first, and stays locked until the decision. */
  readonly access: Access;
  /** All writes go through this; the participant commits or undoes it. */
  readonly transaction: Transaction;
  /** The views that the answer is to be filled through, after `answer`. */
  readonly answerInt32s: Int32Array;
  readonly answerFloat64s: Float64Array;
  /**
   * Takes the answer's body, at most once, and only after the last question to `access`: a refused fragment has no answer.
   * @returns where it starts in `answerInt32s`
   */
  answer(bodyWords: number): number;
}

/** The workload's half of transactions over several partitions. */
export interface FragmentSession {
  /** Executes the terminal's transaction from its beginning; PENDING where it sent fragments. */
  start(terminal: number, nowMs: number): Outcome;
  /** `start` once more for the same input: nothing is counted twice. */
  retry(terminal: number, nowMs: number): Outcome;
  /** Another partition's answer. The session keeps what it needs: the views are valid for this call only. */
  receiveAnswer(
    terminal: number,
    fromWorker: number,
    int32s: Int32Array,
    float64s: Float64Array,
    at: number,
    bodyWords: number,
  ): void;
  /**
   * All answers are in, the last one just before this call: executes the own part, from start to end. Its end is the commit point.
   * @returns COMMITTED, USER_ABORT (the fragments are undone) or BLOCKED
   */
  finish(terminal: number, nowMs: number): Outcome;
  /** Executes a fragment for another worker; false when `access` refused something: the participant undoes it then. */
  executeFragment(call: FragmentCall): boolean;
  /** Undoes what an operating fault (the memory limit) interrupted on the own partition. */
  abandon(): void;
}
