/**
 * A worker's own transactions, with parts at other workers or without: sends the fragments, waits for the votes, has the own
 * part run, and tells the decision. Also where transactions wait that met a lock. Runs on the worker's thread, driven by
 * `Exchange`; it knows no workload and no transport.
 *
 * One slot for each terminal, and one for the deferred work; a slot is the transaction's owner in the lock table. A
 * transaction keeps its stamp until it is completed, so that it gets older over its retries (wait-die).
 */
import { assert } from '../assert.ts';
import type { Access } from '../engine/access.ts';
import { DOUBTFUL, type LockTable, NO_CONFLICT } from '../engine/lock-table.ts';
import { BlockedLine } from './blocked-line.ts';
import type { CompletionListener, CoordinatorClock, CoordinatorCounters } from './completion.ts';
import {
  BLOCKED,
  COMMITTED,
  FAILED,
  FAILED_BY_DOUBT,
  type FragmentSession,
  type Outcome,
  PENDING,
  USER_ABORT,
} from './contract.ts';
import { CoordinatorMessages } from './coordinator-messages.ts';
import type { CoordinatorSetup } from './coordinator-setup.ts';
import {
  BLOCKED_AT_START,
  type CoordinatorSlot,
  GIVING_WAY,
  IDLE,
  OWN_PART_BLOCKED,
  PAUSED,
  PREPARING,
} from './coordinator-slot.ts';
import { CoordinatorSlots } from './coordinator-slots.ts';
import type { DecisionLedger } from './decision-ledger.ts';
import type { Mailbox } from './mailbox.ts';
import { ABORT, COMMIT, VOTE_CONFLICT, VOTE_DOUBT, VOTE_YES } from './message-layout.ts';
import { Pauses } from './pauses.ts';
import {
  EXECUTING,
  QUEUEING,
  RETRYING,
  TransactionTimes,
  WAITING_FOR_LOCKS,
  WAITING_FOR_REMOTE,
} from './transaction-times.ts';

export class Coordinator {
  /** By slot: where the time goes. */
  readonly times: TransactionTimes;
  readonly counters: CoordinatorCounters = { attempts: 0, conflicts: 0, lockWaits: 0, retriesMost: 0, peerLost: 0 };
  /** Answers of who was not asked, or has answered before. */
  malformed = 0;
  /** Retries are given up instead: the run ends. */
  draining = false;
  int32s: Int32Array = new Int32Array(0);
  float64s: Float64Array = new Float64Array(0);
  private readonly session: FragmentSession;
  private readonly locks: LockTable;
  private readonly access: Access;
  private readonly mailbox: Mailbox;
  private readonly ledger: DecisionLedger;
  private readonly clock: CoordinatorClock;
  private readonly listener: CompletionListener;
  private readonly workersPerShard: number;
  /** Whether participants must know each other. */
  private readonly namesParticipants: boolean;
  private readonly pauses: Pauses;
  private readonly messages: CoordinatorMessages;
  private readonly slotTable: CoordinatorSlots;
  private readonly slots: readonly CoordinatorSlot[];
  private readonly deferred: number;
  private readonly blocked: BlockedLine;
  private current = 0;
  private currentFailed = false;
  private lastSequence = 0;

  constructor(setup: CoordinatorSetup) {
    const { locks, access, mailbox, terminals } = setup;
    this.session = setup.session;
    this.locks = locks;
    this.access = access;
    this.mailbox = mailbox;
    this.ledger = setup.ledger;
    this.clock = setup.clock;
    this.listener = setup.listener;
    this.workersPerShard = setup.workersPerShard;
    this.namesParticipants = setup.namesParticipants;
    this.pauses = new Pauses(setup.random);
    this.messages = new CoordinatorMessages(mailbox, setup.ledger, setup.log);
    this.blocked = new BlockedLine(locks, access);
    this.deferred = terminals;
    this.times = new TransactionTimes(terminals);
    this.slotTable = new CoordinatorSlots(terminals + 1, locks, setup.stamps, setup.listener);
    this.slots = this.slotTable.all;
  }

  /** Transactions that are neither completed nor given up. */
  get inFlight(): number {
    return this.slotTable.inFlight;
  }

  /** Starts the terminal's transaction. PENDING: the listener will hear of it. */
  start(terminal: number, nowMs: number): Outcome {
    if (this.isHeldBack) {
      this.slots[terminal].fresh = true;
      this.slotTable.inFlight++;
      this.times.begin(terminal, nowMs);
      this.times.enter(terminal, QUEUEING, nowMs);
      this.pause(terminal, nowMs);
      return PENDING;
    }
    this.current = terminal;
    this.access.enter(terminal, false);
    const outcome = this.session.start(terminal, Math.floor(nowMs + this.clock.epochOffsetMs));
    if (outcome < PENDING) return outcome;
    this.times.begin(terminal, nowMs);
    return this.afterStart(terminal, outcome, nowMs);
  }

  /** Speaks for the deferred work from now on; false while that waits for a lock. */
  enterDeferred(): boolean {
    const slot = this.slots[this.deferred];
    if (slot.state !== IDLE) return false;
    this.access.enter(this.deferred, slot.keeps);
    return true;
  }

  /**
   * The deferred work was refused something, or is done.
   * @returns false where it waits for what may never be let go, and is to be given up
   */
  leaveDeferred(outcome: Outcome): boolean {
    const slot = this.slots[this.deferred];
    if (outcome === BLOCKED && this.access.blockedBy === DOUBTFUL) {
      this.slotTable.reset(this.deferred, slot);
      return false;
    }
    if (outcome === BLOCKED) this.block(this.deferred, slot, BLOCKED_AT_START);
    else if (slot.keeps) this.slotTable.reset(this.deferred, slot);
    return true;
  }

  /** For the session, through `Exchange`: see `RemoteFragments`. */
  fragment(worker: number, kind: number, bodyWords: number): number {
    const { mailbox } = this;
    const slot = this.slots[this.current];
    if (slot.count === 0) {
      slot.sequence = ++this.lastSequence;
      if (slot.stamp === NO_CONFLICT) this.slotTable.takeStamp(this.current, slot);
    }
    if (this.messages.isLost(worker)) {
      this.currentFailed = true;
      this.int32s = new Int32Array(2 * bodyWords);
      this.float64s = new Float64Array(this.int32s.buffer);
      return 0;
    }
    slot.participants[slot.count] = worker;
    slot.votes[slot.count++] = 0;
    const at = this.messages.prepare(this.current, slot, worker, kind, bodyWords);
    this.int32s = mailbox.int32s;
    this.float64s = mailbox.float64s;
    return at;
  }

  /** An ANSWER. One to an attempt that is over is of no interest. The body starts at int32 element `at`. */
  receiveVote(
    fromWorker: number,
    sequence: number,
    slotNumber: number,
    vote: number,
    int32s: Int32Array,
    float64s: Float64Array,
    at: number,
    bodyWords: number,
  ): void {
    const slot = this.slots[slotNumber];
    if (slot === undefined || slot.sequence !== sequence) return;
    if (slot.state !== PREPARING && slot.state !== GIVING_WAY) return;
    const place = slot.participants.indexOf(fromWorker);
    if (place < 0 || place >= slot.count || slot.votes[place] !== 0) {
      this.malformed++;
      return;
    }
    slot.votes[place] = vote;
    slot.missing--;
    if (slot.state === GIVING_WAY) this.pauseWhenAnswered(slotNumber, slot);
    else if (vote === VOTE_CONFLICT) {
      this.giveWay(slotNumber, slot);
      this.locks.releaseAll(slotNumber);
      slot.state = GIVING_WAY;
      if (this.draining) this.slotTable.forget(slotNumber, slot);
      else this.pauseWhenAnswered(slotNumber, slot);
    } else if (vote !== VOTE_YES) this.fail(slotNumber, slot, vote === VOTE_DOUBT ? FAILED_BY_DOUBT : FAILED);
    else {
      this.session.receiveAnswer(slotNumber, fromWorker, int32s, float64s, at, bodyWords);
      if (slot.missing > 0) return;
      const nowMs = this.clock.now();
      this.pauses.observe(nowMs - slot.startedMs);
      this.finish(slotNumber, slot, nowMs);
    }
  }

  /** Lets go on who waited long enough, or for a lock that is gone. @returns whether anything ran */
  wake(nowMs: number): boolean {
    let ran = this.blocked.wake(this.slots, this.wakeBlocked);
    for (let due = this.pauses.takeDue(nowMs); due >= 0; due = this.pauses.takeDue(nowMs)) {
      this.begin(due, this.slots[due], this.clock.now());
      ran = true;
    }
    return ran;
  }

  /** When a pause ends; Infinity where nobody pauses. */
  get nextDueMs(): number {
    return this.pauses.nextDueMs;
  }

  /** The run ends: what has nothing prepared anywhere is given up, and uncounted. */
  drain(): void {
    this.draining = true;
    this.slots.forEach((slot, slotNumber) => {
      if (slot.state === GIVING_WAY) this.slotTable.forget(slotNumber, slot);
      if (slot.state !== BLOCKED_AT_START || slotNumber === this.deferred) return;
      this.blocked.remove(slotNumber);
      this.slotTable.forget(slotNumber, slot);
    });
    for (const slotNumber of this.pauses.takeAll()) this.slotTable.forget(slotNumber, this.slots[slotNumber]);
  }

  /** These workers are lost: what needs them and is not decided fails. */
  losePeers(workers: readonly number[]): void {
    for (const worker of workers) this.messages.lose(worker);
    this.slots.forEach((slot, slotNumber) => {
      if (slot.state === GIVING_WAY) {
        slot.expectNoneOf(this.messages.isLost);
        this.pauseWhenAnswered(slotNumber, slot);
      }
      if (slot.state !== PREPARING && slot.state !== OWN_PART_BLOCKED) return;
      if (!slot.involves(this.messages.isLost)) return;
      if (slot.state === OWN_PART_BLOCKED) {
        this.blocked.remove(slotNumber);
        this.locks.stopWaiting(slotNumber);
      }
      this.counters.peerLost++;
      this.fail(slotNumber, slot, FAILED);
    });
  }

  isLost(worker: number): boolean {
    return this.messages.isLost(worker);
  }

  private afterStart(terminal: number, outcome: Outcome, nowMs: number): Outcome {
    const slot = this.slots[terminal];
    if (outcome === PENDING) {
      if (this.currentFailed) return this.giveUpStart(terminal, slot, FAILED);
      assert(slot.count > 0, 'a pending transaction has sent fragments');
      slot.state = PREPARING;
      slot.missing = slot.count;
      slot.startedMs = nowMs;
      slot.crossedShards = slot.leaves(this.mailbox.worker, this.workersPerShard);
      this.counters.attempts++;
      this.times.enter(terminal, WAITING_FOR_REMOTE, this.clock.now());
      if (this.namesParticipants && slot.count > 1) this.messages.nameParticipants(terminal, slot);
    } else if (outcome === BLOCKED) {
      if (this.access.blockedBy === DOUBTFUL) return this.giveUpStart(terminal, slot, FAILED_BY_DOUBT);
      this.times.enter(terminal, WAITING_FOR_LOCKS, this.clock.now());
      this.times.giveUp(terminal);
      this.block(terminal, slot, BLOCKED_AT_START);
    } else return outcome;
    this.slotTable.inFlight++;
    return PENDING;
  }

  /** Whether participants have too much to confirm: what begins has to begin later. */
  private get isHeldBack(): boolean {
    return this.ledger.enabled && !this.ledger.admits(this.lastSequence, this.messages.askHeard);
  }

  private giveUpStart(terminal: number, slot: CoordinatorSlot, outcome: Outcome): Outcome {
    if (outcome === FAILED) this.counters.peerLost++;
    this.currentFailed = false;
    this.messages.decide(terminal, slot, ABORT);
    this.slotTable.reset(terminal, slot);
    return outcome;
  }

  /** Runs the own part, and decides. */
  private finish(slotNumber: number, slot: CoordinatorSlot, nowMs: number): void {
    this.times.enter(slotNumber, EXECUTING, nowMs);
    this.access.enter(slotNumber, slot.keeps);
    let outcome: Outcome;
    try {
      outcome = this.session.finish(slotNumber, Math.floor(nowMs + this.clock.epochOffsetMs));
    } catch (error) {
      this.session.abandon();
      this.messages.decide(slotNumber, slot, ABORT);
      this.slotTable.forget(slotNumber, slot);
      throw error;
    }
    if (outcome === COMMITTED || outcome === USER_ABORT) {
      this.messages.decide(slotNumber, slot, outcome === COMMITTED ? COMMIT : ABORT);
      this.slotTable.complete(slotNumber, slot, outcome);
      return;
    }
    assert(outcome === BLOCKED, 'an own part commits, aborts or is refused');
    if (this.access.blockedBy === DOUBTFUL) {
      this.fail(slotNumber, slot, FAILED_BY_DOUBT);
      return;
    }
    this.times.enter(slotNumber, WAITING_FOR_LOCKS, this.clock.now());
    if (slot.stamp < this.access.blockedBy) {
      this.block(slotNumber, slot, OWN_PART_BLOCKED);
      return;
    }
    this.giveWay(slotNumber, slot);
    if (this.draining) this.slotTable.forget(slotNumber, slot);
    else this.block(slotNumber, slot, BLOCKED_AT_START);
  }

  /** Stands in line for what refused it, which `access` knows. Only somebody older than all in its way keeps its locks. */
  private block(slotNumber: number, slot: CoordinatorSlot, state: number): void {
    const { access, locks } = this;
    this.counters.lockWaits++;
    if (slot.stamp === NO_CONFLICT) this.slotTable.takeStamp(slotNumber, slot);
    slot.holds = slot.stamp < access.blockedBy;
    if (!slot.holds) locks.releaseAll(slotNumber);
    access.wait(slot.place);
    slot.keeps = true;
    slot.state = state;
    this.blocked.add(slotNumber);
  }

  private readonly wakeBlocked = (slotNumber: number): void => {
    const slot = this.slots[slotNumber];
    if (slotNumber === this.deferred) slot.state = IDLE;
    else if (slot.state === OWN_PART_BLOCKED) this.finish(slotNumber, slot, this.clock.now());
    else this.begin(slotNumber, slot, this.clock.now());
  };

  /** Begins a transaction again. */
  private begin(slotNumber: number, slot: CoordinatorSlot, nowMs: number): void {
    if (this.isHeldBack) {
      this.times.enter(slotNumber, slot.fresh ? QUEUEING : RETRYING, nowMs);
      this.pause(slotNumber, nowMs);
      return;
    }
    this.times.enter(slotNumber, EXECUTING, nowMs);
    this.current = slotNumber;
    slot.state = IDLE;
    slot.count = 0;
    this.slotTable.inFlight--;
    this.access.enter(slotNumber, slot.keeps);
    const epochMs = Math.floor(nowMs + this.clock.epochOffsetMs);
    let outcome: Outcome;
    try {
      outcome = slot.fresh ? this.session.start(slotNumber, epochMs) : this.session.retry(slotNumber, epochMs);
    } catch (error) {
      this.slotTable.reset(slotNumber, slot);
      throw error;
    }
    slot.fresh = false;
    if (outcome === PENDING || outcome === BLOCKED) {
      const after = this.afterStart(slotNumber, outcome, nowMs);
      if (after !== PENDING) this.listener.complete(slotNumber, after, false);
    } else {
      this.slotTable.inFlight++;
      this.slotTable.complete(slotNumber, slot, outcome);
    }
  }

  private pauseWhenAnswered(slotNumber: number, slot: CoordinatorSlot): void {
    if (slot.missing === 0) this.pause(slotNumber, this.clock.now());
  }

  private pause(slotNumber: number, nowMs: number): void {
    const slot = this.slots[slotNumber];
    slot.state = PAUSED;
    this.pauses.add(slotNumber, slot.retries, nowMs);
  }

  /** Ends an attempt for an older transaction. */
  private giveWay(slotNumber: number, slot: CoordinatorSlot): void {
    this.counters.conflicts++;
    this.times.giveUp(slotNumber);
    this.listener.conflict(slotNumber);
    slot.retries++;
    if (slot.retries > this.counters.retriesMost) this.counters.retriesMost = slot.retries;
    this.messages.decide(slotNumber, slot, ABORT);
  }

  /** Ends a transaction that cannot be decided by its votes. */
  private fail(slotNumber: number, slot: CoordinatorSlot, outcome: Outcome): void {
    this.messages.decide(slotNumber, slot, ABORT);
    this.slotTable.complete(slotNumber, slot, outcome);
  }
}
