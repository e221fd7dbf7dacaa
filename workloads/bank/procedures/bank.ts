/** What all procedures of a partition work with, and how their fragments and answers look. */
import type { FragmentCall, Outcome, RemoteFragments } from '../../../src/bench/contract.ts';
import type { Transaction } from '../../../src/engine/transaction.ts';
import type { Terminal } from '../inputs.ts';
import type { Accounts } from './accounts.ts';

/** One type of transaction. */
export interface Procedure {
  /** Executes it where all of it is at home, or sends its fragments and returns PENDING. */
  start(input: Terminal, terminal: number): Outcome;
  /** The own part, when all answers are in. */
  finish(input: Terminal, terminal: number): Outcome;
  /** What another partition wants of this one; false when something was refused. */
  execute(call: FragmentCall): boolean;
}

/**
 * All fragments and answers have two words:
 *   fragment: I0 A_W_ID, I1 A_ID or the low end of a range, F1 an amount, or I2 the end of the range
 *   answer:   I0 status, I1 rows, F1 an amount
 */
export const BODY_WORDS = 2;

/** Statuses of an answer. */
export const DONE = 1;
export const NO_ACCOUNT = 2;
export const ACCOUNT_EXISTS = 3;
export const TOO_LITTLE = 4;

/** What the terminals have heard of their fragments; by terminal. The sums are over all of its fragments. */
export class Answers {
  readonly status: Int32Array;
  readonly rows: Float64Array;
  readonly cents: Float64Array;

  constructor(terminals: number) {
    this.status = new Int32Array(terminals);
    this.rows = new Float64Array(terminals);
    this.cents = new Float64Array(terminals);
  }

  clear(terminal: number): void {
    this.status[terminal] = 0;
    this.rows[terminal] = 0;
    this.cents[terminal] = 0;
  }

  receive(terminal: number, int32s: Int32Array, float64s: Float64Array, at: number): void {
    this.status[terminal] = int32s[at];
    this.rows[terminal] += int32s[at + 1];
    this.cents[terminal] += float64s[(at >> 1) + 1];
  }
}

export class Bank {
  readonly accounts: Accounts;
  readonly transaction: Transaction;
  readonly answers: Answers;
  readonly counters: Float64Array;
  /** By warehouse: accounts that transactions of this partition's terminals have opened and closed since the load. */
  readonly opened: Float64Array;
  readonly closed: Float64Array;
  /** Null where there is no other partition. */
  remote: RemoteFragments | null = null;

  constructor(
    accounts: Accounts,
    transaction: Transaction,
    terminals: number,
    counters: Float64Array,
    totalWarehouses: number,
  ) {
    this.accounts = accounts;
    this.transaction = transaction;
    this.answers = new Answers(terminals);
    this.counters = counters;
    this.opened = new Float64Array(totalWarehouses + 1);
    this.closed = new Float64Array(totalWarehouses + 1);
  }

  /**
   * Begins the fragment at the partition of a warehouse.
   * @returns false where that is this one
   */
  sends(terminal: number, kind: number, warehouseId: number, second: number): boolean {
    const { remote } = this;
    if (remote === null) return false;
    const worker = remote.workerOf(warehouseId);
    if (worker === remote.worker) return false;
    this.answers.clear(terminal);
    this.sentAt = remote.fragment(worker, kind, BODY_WORDS);
    const { int32s } = remote;
    int32s[this.sentAt] = warehouseId;
    int32s[this.sentAt + 1] = second;
    int32s[this.sentAt + 2] = 0;
    int32s[this.sentAt + 3] = 0;
    return true;
  }

  /** The amount of the fragment that was just begun. */
  sendAmount(cents: number): void {
    if (this.remote !== null) this.remote.float64s[(this.sentAt >> 1) + 1] = cents;
  }

  /** The end of the range of the fragment that was just begun. */
  sendEnd(end: number): void {
    if (this.remote !== null) this.remote.int32s[this.sentAt + 2] = end;
  }

  /** Answers a fragment, after its last question. */
  answer(call: FragmentCall, status: number, rows: number, cents: number): void {
    const at = call.answer(BODY_WORDS);
    call.answerInt32s[at] = status;
    call.answerInt32s[at + 1] = rows;
    call.answerFloat64s[(at >> 1) + 1] = cents;
  }

  private sentAt = 0;
}
