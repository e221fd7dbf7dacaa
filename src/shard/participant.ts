/**
 * A worker's part in the transactions of other workers: executes their fragments in place, holds the locks until the
 * decision, and never decides alone after its yes. Runs on the worker's thread, driven by `Exchange`; it knows no workload
 * and no transport.
 */
import { assert } from '../assert.ts';
import type { Access } from '../engine/access.ts';
import { DOUBTFUL, NO_CONFLICT } from '../engine/lock-table.ts';
import type { Partition } from '../engine/partition.ts';
import { OperatingFault } from '../errors.ts';
import type { FragmentCall, FragmentSession } from './contract.ts';
import { FREE, FragmentSlot, IN_DOUBT, PREPARED, WAITING } from './fragment-slot.ts';
import { epochNow, NO_EPOCH, type WorkerLog } from './log-writer/worker-log.ts';
import type { Mailbox } from './mailbox.ts';
import {
  ANSWER,
  ANSWER_EPOCH,
  ANSWER_WORDS,
  DETAIL,
  HEARD_COUNT,
  SEQUENCE,
  SLOT,
  VOTE_CONFLICT,
  VOTE_DOUBT,
  VOTE_FAILED,
  VOTE_YES,
} from './message-layout.ts';
import type { Outcomes } from './outcomes.ts';
import type { StampClock } from './stamp-clock.ts';

export interface ParticipantCounters {
  fragmentsExecuted: number;
  /** Fragments that gave up for an older transaction. */
  fragmentConflicts: number;
  /** Fragments that waited for a younger one. */
  fragmentWaits: number;
  inDoubt: number;
}

/** No worker's clock comes so far by itself. Who sends a later stamp must not take the numbers away that are left for others. */
const OBSERVED_STAMP_MAX = 2 ** 52;

/** The call of the fragment that runs; one object for all. */
class Call implements FragmentCall {
  fromWorker = -1;
  kind = 0;
  int32s: Int32Array = new Int32Array(0);
  float64s: Float64Array = new Float64Array(0);
  at = 0;
  bodyWords = 0;
  readonly access: Access;
  transaction: FragmentCall['transaction'];
  answerInt32s: Int32Array = new Int32Array(0);
  answerFloat64s: Float64Array = new Float64Array(0);
  answered = false;
  slot: FragmentSlot;
  private readonly participant: Participant;

  constructor(participant: Participant, access: Access, slot: FragmentSlot) {
    this.participant = participant;
    this.access = access;
    this.slot = slot;
    this.transaction = slot.transaction;
  }

  answer(bodyWords: number): number {
    assert(!this.answered, 'a fragment answers once');
    this.answered = true;
    return this.participant.claimAnswer(this, bodyWords);
  }
}

export class Participant {
  readonly counters: ParticipantCounters = { fragmentsExecuted: 0, fragmentConflicts: 0, fragmentWaits: 0, inDoubt: 0 };
  /** Fragments that are not decided. */
  held = 0;
  /** Messages that do not fit what came before them. */
  malformed = 0;
  /** A fragment found no memory: the worker must end. */
  memoryReached = false;
  private readonly session: FragmentSession;
  private readonly partition: Partition;
  private readonly mailbox: Mailbox;
  private readonly stamps: StampClock;
  private readonly outcomes: Outcomes;
  private readonly access: Access;
  private readonly log: WorkerLog | null;
  private readonly call: Call;
  private readonly firstOwner: number;
  private readonly slots: FragmentSlot[] = [];
  private readonly free: FragmentSlot[] = [];
  private readonly waiting: FragmentSlot[] = [];
  private seenChanges = 0;
  /** By coordinator, then by its slot: the fragment that is not decided. */
  private readonly undecided: (FragmentSlot | null)[][] = [];

  /** @param firstOwner the lock table's owners from here on are the participant's */
  constructor(
    session: FragmentSession,
    partition: Partition,
    access: Access,
    mailbox: Mailbox,
    stamps: StampClock,
    outcomes: Outcomes,
    firstOwner: number,
    log: WorkerLog | null,
  ) {
    this.log = log;
    this.session = session;
    this.partition = partition;
    this.access = access;
    this.mailbox = mailbox;
    this.stamps = stamps;
    this.outcomes = outcomes;
    this.firstOwner = firstOwner;
    const first = this.newSlot();
    this.free.push(first);
    this.call = new Call(this, access, first);
  }

  /**
   * A PREPARE: executes it, or makes it wait, or answers with a conflict. The body starts at int32 element `at`. A
   * coordinator decides one attempt before it sends the next of the slot: one that comes earlier is malformed.
   */
  prepare(
    fromWorker: number,
    sequence: number,
    coordinatorSlot: number,
    stamp: number,
    kind: number,
    int32s: Int32Array,
    float64s: Float64Array,
    at: number,
    bodyWords: number,
  ): void {
    if (this.undecidedOf(fromWorker, coordinatorSlot) !== null) {
      this.malformed++;
      return;
    }
    if (stamp <= OBSERVED_STAMP_MAX) this.stamps.observe(stamp);
    const slot = this.free.pop() ?? this.newSlot();
    slot.fromWorker = fromWorker;
    slot.sequence = sequence;
    slot.coordinatorSlot = coordinatorSlot;
    slot.stamp = stamp;
    slot.kind = kind;
    slot.bodyWords = bodyWords;
    this.partition.locks.enter(slot.owner, stamp);
    this.enlist(slot);
    if (this.execute(slot, int32s, float64s, at)) return;
    if (stamp < this.access.blockedBy) {
      slot.keepBody(int32s, at, bodyWords);
      this.counters.fragmentWaits++;
      this.wait(slot);
      this.waiting.push(slot);
    } else this.giveUp(slot);
  }

  /**
   * A COMMIT or ABORT. One for a fragment that gave up, or for an earlier attempt, finds nothing to do; a COMMIT for one that
   * waits, and so has not voted, is malformed, and so is one of an epoch before that of the vote. One that waits answers its
   * abort: each PREPARE has an ANSWER.
   * @param epoch of the decision
   */
  decide(fromWorker: number, sequence: number, coordinatorSlot: number, commit: boolean, epoch: number): void {
    const slot = this.undecidedOf(fromWorker, coordinatorSlot);
    if (slot === null || slot.sequence !== sequence) return;
    if (slot.state === WAITING) {
      if (commit) {
        this.malformed++;
        return;
      }
      this.vote(slot, VOTE_CONFLICT, 0);
      this.dismissWaiting(slot);
      return;
    }
    if (commit && epoch < slot.voteEpoch) {
      this.malformed++;
      return;
    }
    this.end(slot, commit, epoch);
    if (slot.state === IN_DOUBT) this.counters.inDoubt--;
    this.outcomes.note(slot, commit, epoch);
    this.dismiss(slot);
  }

  /** What a fragment wrote stays in the epoch of its decision, and only then may the epoch of its vote end. */
  private end(slot: FragmentSlot, commit: boolean, epoch: number): void {
    const { log } = this;
    if (log === null) {
      if (commit) slot.transaction.commit();
      else slot.transaction.abort();
      return;
    }
    if (commit) {
      log.redo.beginFragment(epoch);
      slot.transaction.commit();
      log.redo.endFragment();
    } else slot.transaction.abort();
    log.clock.decided(slot.voteEpoch);
  }

  /** PARTICIPANTS: who else knows the decision. */
  name(fromWorker: number, sequence: number, coordinatorSlot: number, participants: number[]): void {
    const slot = this.undecidedOf(fromWorker, coordinatorSlot);
    if (slot !== null && slot.sequence === sequence) slot.participants = participants;
  }

  /**
   * Executes again what waited for locks that are gone, and lets give up what somebody older has overtaken meanwhile.
   * @returns whether anything ran
   */
  wakeWaiting(): boolean {
    const { waiting } = this;
    const { locks } = this.partition;
    if (waiting.length === 0 || locks.changes === this.seenChanges) return false;
    this.seenChanges = locks.changes;
    let ran = false;
    for (let i = 0; i < waiting.length; i++) {
      const slot = waiting[i];
      const refusal = this.access.refusal(slot.place, slot.owner);
      if (refusal !== NO_CONFLICT && refusal > slot.stamp) continue;
      ran = true;
      locks.stopWaiting(slot.owner);
      if (!this.execute(slot, slot.int32s, slot.float64s, 0)) {
        if (slot.stamp < this.access.blockedBy) {
          this.wait(slot);
          continue;
        }
        this.giveUp(slot);
      }
      waiting.splice(i--, 1);
    }
    return ran;
  }

  /** The coordinators of these workers are lost: what has not voted is undone, the rest is in doubt. */
  loseCoordinators(isLost: (worker: number) => boolean): FragmentSlot[] {
    const doubtful: FragmentSlot[] = [];
    for (const slot of this.slots) {
      if (slot.state === FREE || !isLost(slot.fromWorker)) continue;
      if (slot.state === WAITING) this.dismissWaiting(slot);
      else if (slot.state === PREPARED) {
        slot.state = IN_DOUBT;
        this.partition.locks.doubt(slot.owner);
        this.counters.inDoubt++;
        doubtful.push(slot);
      }
    }
    return doubtful;
  }

  /** For `Call`. */
  claimAnswer(call: Call, bodyWords: number): number {
    const at = this.vote(call.slot, VOTE_YES, bodyWords);
    call.answerInt32s = this.mailbox.int32s;
    call.answerFloat64s = this.mailbox.float64s;
    return at + 2 * ANSWER_WORDS;
  }

  private newSlot(): FragmentSlot {
    const slot = new FragmentSlot(this.firstOwner + this.slots.length, this.partition.newTransaction());
    this.slots.push(slot);
    return slot;
  }

  private undecidedOf(fromWorker: number, coordinatorSlot: number): FragmentSlot | null {
    return this.undecided[fromWorker]?.[coordinatorSlot] ?? null;
  }

  private enlist(slot: FragmentSlot): void {
    const { undecided } = this;
    while (undecided.length <= slot.fromWorker) undecided.push([]);
    const ofCoordinator = undecided[slot.fromWorker];
    while (ofCoordinator.length <= slot.coordinatorSlot) ofCoordinator.push(null);
    ofCoordinator[slot.coordinatorSlot] = slot;
    this.held++;
  }

  /** @returns false when something refused it: it is undone then, and what it locked is locked still */
  private execute(slot: FragmentSlot, int32s: Int32Array, float64s: Float64Array, at: number): boolean {
    const { call, access } = this;
    access.enter(slot.owner, true);
    call.slot = slot;
    call.fromWorker = slot.fromWorker;
    call.kind = slot.kind;
    call.int32s = int32s;
    call.float64s = float64s;
    call.at = at;
    call.bodyWords = slot.bodyWords;
    call.transaction = slot.transaction;
    call.answered = false;
    try {
      if (!this.session.executeFragment(call)) {
        assert(!call.answered, 'a refused fragment has no answer');
        slot.transaction.abort();
        return false;
      }
    } catch (error) {
      if (!(error instanceof OperatingFault && error.code === 'MEMORY_LIMIT')) throw error;
      assert(!call.answered, 'a fragment answers after its last write');
      slot.transaction.abort();
      this.memoryReached = true;
      this.vote(slot, VOTE_FAILED, 0);
      this.dismiss(slot);
      return true;
    }
    if (!call.answered) this.vote(slot, VOTE_YES, 0);
    slot.state = PREPARED;
    this.counters.fragmentsExecuted++;
    return true;
  }

  private wait(slot: FragmentSlot): void {
    slot.state = WAITING;
    this.access.wait(slot.place);
  }

  private giveUp(slot: FragmentSlot): void {
    this.counters.fragmentConflicts++;
    this.outcomes.note(slot, false, NO_EPOCH);
    this.vote(slot, this.access.blockedBy === DOUBTFUL ? VOTE_DOUBT : VOTE_CONFLICT, 0);
    this.dismiss(slot);
  }

  private vote(slot: FragmentSlot, vote: number, bodyWords: number): number {
    const { mailbox, log } = this;
    if (log !== null && vote === VOTE_YES) slot.voteEpoch = log.clock.vote();
    const at = mailbox.claim(slot.fromWorker, ANSWER, ANSWER_WORDS + bodyWords);
    mailbox.float64s[(at >> 1) + SEQUENCE] = slot.sequence;
    mailbox.int32s[at + SLOT] = slot.coordinatorSlot;
    mailbox.int32s[at + DETAIL] = vote;
    mailbox.int32s[at + HEARD_COUNT] = this.outcomes.heardFrom(slot.fromWorker);
    mailbox.int32s[at + ANSWER_EPOCH] = epochNow(log);
    return at;
  }

  private dismissWaiting(slot: FragmentSlot): void {
    this.waiting.splice(this.waiting.indexOf(slot), 1);
    this.outcomes.note(slot, false, NO_EPOCH);
    this.dismiss(slot);
  }

  private dismiss(slot: FragmentSlot): void {
    this.partition.locks.releaseAll(slot.owner);
    this.undecided[slot.fromWorker][slot.coordinatorSlot] = null;
    slot.state = FREE;
    if (slot.participants.length > 0) slot.participants = [];
    this.free.push(slot);
    this.held--;
  }
}
