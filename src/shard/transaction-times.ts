/**
 * What became of the time of the transactions that a worker cannot run from start to end at once: where it stands with each,
 * and since when. Runs on the worker's thread: the coordinator and the worker's loop tell it of changes, with clock readings
 * that they take anyway or once a change. It knows no transaction type and no report.
 *
 * The kinds are exclusive and without gaps: whoever began at `startMs` and is asked at `nowMs` has spent `nowMs - startMs`,
 * however it was divided.
 */

/** The own worker runs the transaction: up to the fragments, and from the last answer to the decision, own part included. */
export const EXECUTING = 0;
/** Fragments are out: from then until the own worker has taken the last answer, waits at the participants included. */
export const WAITING_FOR_REMOTE = 1;
/** In line for a lock of the own partition, until its turn. */
export const WAITING_FOR_LOCKS = 2;
/** Attempts that were given up, lock waits apart, and the pauses after them. */
export const RETRYING = 3;
/** Before the first attempt: from when it should have started until the worker began it. */
export const QUEUEING = 4;
/** From the answer until it was acknowledged: its epoch was not durable everywhere. */
export const WAITING_FOR_DURABILITY = 5;
export const TIME_KINDS = 6;

export type TimeKind =
  | typeof EXECUTING
  | typeof WAITING_FOR_REMOTE
  | typeof WAITING_FOR_LOCKS
  | typeof RETRYING
  | typeof QUEUEING
  | typeof WAITING_FOR_DURABILITY;

export class TransactionTimes {
  /** By TIME_KINDS x slot + kind: milliseconds of the slot's current transaction up to its last change. */
  readonly spentMs: Float64Array;
  private readonly sinceMs: Float64Array;
  private readonly kinds: Uint8Array;
  /** A typed array, since a field that holds whole numbers at first changes the shape of its object later. */
  private readonly totals = new Float64Array(2);

  /** @param slots most transactions at a time */
  constructor(slots: number) {
    this.spentMs = new Float64Array(TIME_KINDS * slots);
    this.sinceMs = new Float64Array(slots);
    this.kinds = new Uint8Array(slots);
  }

  /** The slot's next transaction was begun at `nowMs`. */
  begin(slot: number, nowMs: number): void {
    const at = TIME_KINDS * slot;
    for (let kind = 0; kind < TIME_KINDS; kind++) this.spentMs[at + kind] = 0;
    this.kinds[slot] = EXECUTING;
    this.sinceMs[slot] = nowMs;
  }

  /** From `nowMs` on its time is of this kind. */
  enter(slot: number, kind: TimeKind, nowMs: number): void {
    const before = this.kinds[slot];
    const ms = nowMs - this.sinceMs[slot];
    this.spentMs[TIME_KINDS * slot + before] += ms;
    if (before === EXECUTING) this.totals[EXECUTED] += ms;
    this.kinds[slot] = kind;
    this.sinceMs[slot] = nowMs;
    this.totals[LATEST] = nowMs;
  }

  /** The attempt came to nothing: what it took was a retry's, and so is what follows unless it is a wait for a lock. */
  giveUp(slot: number): void {
    const { spentMs } = this;
    const at = TIME_KINDS * slot;
    spentMs[at + RETRYING] += spentMs[at + EXECUTING] + spentMs[at + WAITING_FOR_REMOTE];
    spentMs[at + EXECUTING] = 0;
    spentMs[at + WAITING_FOR_REMOTE] = 0;
    if (this.kinds[slot] <= WAITING_FOR_REMOTE) this.kinds[slot] = RETRYING;
  }

  /** It waited for `ms` before `begin`. */
  queued(slot: number, ms: number): void {
    this.spentMs[TIME_KINDS * slot + QUEUEING] += ms;
  }

  /** Milliseconds in which the worker executed transactions of any slot; grows for ever. */
  get executedMs(): number {
    return this.totals[EXECUTED];
  }

  /** When the last change was. */
  get latestMs(): number {
    return this.totals[LATEST];
  }
}

const EXECUTED = 0;
const LATEST = 1;
