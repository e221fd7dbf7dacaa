/** One fragment at a participant, from its prepare to the decision. Objects are reused. */
import type { RefusedPlace } from '../engine/access.ts';
import type { Transaction } from '../engine/transaction.ts';

export const FREE = 0;
/** Executed and locked; the coordinator has our yes. */
export const PREPARED = 1;
/** Refused, but older than what is in its way: executed again when that is gone. */
export const WAITING = 2;
/** PREPARED, and the coordinator is lost. */
export const IN_DOUBT = 3;

const FIRST_BODY_WORDS = 32;

export class FragmentSlot {
  /** Of the lock table. */
  readonly owner: number;
  readonly transaction: Transaction;
  /** Where it waits. */
  readonly place: RefusedPlace = { space: 0, key: 0, end: 0, mode: 0 };
  state = FREE;
  fromWorker = -1;
  sequence = 0;
  coordinatorSlot = 0;
  stamp = 0;
  /** The epoch that its yes keeps open. */
  voteEpoch = 0;
  kind = 0;
  bodyWords = 0;
  /** The other participants, as far as the coordinator named them. */
  participants: number[] = [];
  /** The body of a fragment that waits: its frame is gone by then. */
  int32s = new Int32Array(2 * FIRST_BODY_WORDS);
  float64s = new Float64Array(this.int32s.buffer);

  constructor(owner: number, transaction: Transaction) {
    this.owner = owner;
    this.transaction = transaction;
  }

  /** Copies the body, which starts at int32 element `at`. By int32: any bits may be in there. */
  keepBody(int32s: Int32Array, at: number, bodyWords: number): void {
    if (bodyWords > this.float64s.length) {
      this.int32s = new Int32Array(4 * bodyWords);
      this.float64s = new Float64Array(this.int32s.buffer);
    }
    for (let i = 0; i < 2 * bodyWords; i++) this.int32s[i] = int32s[at + i];
  }
}
