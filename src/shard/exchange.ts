/**
 * A worker among workers, main file of the folder: the mailbox, the coordinator of the worker's own transactions and the
 * participant in those of others, each message handed to whom it is for. It runs on the worker's thread, which drives it
 * (start, poll, flush, park), and knows no workload, no pacing and no report.
 */
import type { Access } from '../engine/access.ts';
import type { Partition } from '../engine/partition.ts';
import { LINK_DOWN_TYPE, LOST_SHARD } from '../transport/envelope.ts';
import type { CompletionListener, CoordinatorClock } from './completion.ts';
import type { FragmentSession, Outcome, RemoteFragments } from './contract.ts';
import { Coordinator } from './coordinator.ts';
import { DecisionLedger } from './decision-ledger.ts';
import type { FragmentSlot } from './fragment-slot.ts';
import type { WorkerLog } from './log-writer/worker-log.ts';
import { type FrameReceiver, Mailbox, type MailboxPlumbing } from './mailbox.ts';
import {
  ABORT,
  ANSWER,
  ANSWER_EPOCH,
  ANSWER_WORDS,
  ASK,
  COMMIT,
  COORDINATOR,
  DETAIL,
  FIRST_PARTICIPANT,
  HEARD,
  HEARD_COUNT,
  isWellFormed,
  KNOWN,
  KNOWN_EPOCH,
  LAST,
  type MessageBounds,
  PARTICIPANTS,
  PREPARE,
  PREPARE_WORDS,
  QUESTION,
  QUESTION_WORDS,
  REPLY,
  SEQUENCE,
  SLOT,
  STAMP,
} from './message-layout.ts';
import { KNOWN_COMMIT, Outcomes, UNKNOWN } from './outcomes.ts';
import { Participant } from './participant.ts';
import { StampClock } from './stamp-clock.ts';

/** What a worker knows of the cluster for its transactions. */
export interface ExchangeSetup {
  plumbing: MailboxPlumbing;
  totalWorkers: number;
  workersPerShard: number;
  /** By warehouse number: the worker that owns it. */
  workerOfWarehouse: Int32Array;
  terminals: number;
  /** Whether workers are in several processes, so that some may outlive others. */
  severalProcesses: boolean;
}

const WORD_INT32S = 2;

/** Another participant asks what became of an attempt. */
interface Question {
  from: number;
  coordinator: number;
  sequence: number;
  slot: number;
}

export class Exchange implements RemoteFragments, FrameReceiver {
  readonly worker: number;
  readonly mailbox: Mailbox;
  readonly coordinator: Coordinator;
  readonly participant: Participant;
  private readonly setup: ExchangeSetup;
  private readonly log: WorkerLog | null;
  private hasSaidLast = false;
  /** By worker: whether its LAST has come. */
  private readonly lastHeard: Uint8Array;
  private readonly outcomes: Outcomes;
  private readonly ledger: DecisionLedger;
  /**
   * Asked for outcomes that are not known here yet, by asker, coordinator and slot: nobody is in doubt about two attempts of
   * one slot, so that who asks again and again takes no more room.
   */
  private readonly unanswered = new Map<number, Question>();
  private readonly bounds: MessageBounds;
  private refused = 0;

  /**
   * @param access the one that the session asks for its own parts
   * @param random uniform in 0..1, for retry pauses
   * @param log null where nothing is made durable
   */
  constructor(
    setup: ExchangeSetup,
    session: FragmentSession,
    partition: Partition,
    access: Access,
    clock: CoordinatorClock,
    random: () => number,
    listener: CompletionListener,
    log: WorkerLog | null = null,
  ) {
    this.setup = setup;
    this.log = log;
    this.bounds = boundsOf(setup);
    this.worker = setup.plumbing.worker;
    this.lastHeard = new Uint8Array(setup.totalWorkers);
    this.mailbox = new Mailbox(setup.plumbing);
    this.outcomes = new Outcomes(setup.severalProcesses);
    this.ledger = new DecisionLedger(setup.severalProcesses);
    const stamps = new StampClock(this.worker, setup.totalWorkers);
    this.coordinator = new Coordinator({
      session,
      locks: partition.locks,
      access,
      mailbox: this.mailbox,
      stamps,
      ledger: this.ledger,
      clock,
      random,
      listener,
      terminals: setup.terminals,
      workersPerShard: setup.workersPerShard,
      namesParticipants: setup.severalProcesses,
      log,
    });
    this.participant = new Participant(
      session,
      partition,
      access,
      this.mailbox,
      stamps,
      this.outcomes,
      setup.terminals + 1,
      log,
    );
  }

  /**
   * Messages that no worker of this program sends: of a type, a length or with fields that there are not, or that do not fit
   * what came before them. Within one process there are none; from another one they count as drops.
   */
  get malformed(): number {
    return this.refused + this.coordinator.malformed + this.participant.malformed;
  }

  /**
   * The run ends and the own transactions are over: tells every other worker that nothing follows. Frames keep their order,
   * so who has heard it of all has heard every decision. To be called again and again; says it once.
   */
  sayLast(): void {
    if (this.hasSaidLast) return;
    this.hasSaidLast = true;
    for (let worker = 0; worker < this.setup.totalWorkers; worker++) {
      if (worker !== this.worker && !this.coordinator.isLost(worker)) this.claim(worker, LAST, 0, 0, 0);
    }
  }

  /** Whether no decision is on its way here any more: the fragments that are held now are in doubt. */
  get hasHeardAll(): boolean {
    for (let worker = 0; worker < this.setup.totalWorkers; worker++) {
      if (worker !== this.worker && this.lastHeard[worker] === 0 && !this.coordinator.isLost(worker)) return false;
    }
    return true;
  }

  get int32s(): Int32Array {
    return this.coordinator.int32s;
  }

  get float64s(): Float64Array {
    return this.coordinator.float64s;
  }

  workerOf(warehouse: number): number {
    return this.setup.workerOfWarehouse[warehouse];
  }

  fragment(worker: number, kind: number, bodyWords: number): number {
    return this.coordinator.fragment(worker, kind, bodyWords);
  }

  /** Starts the terminal's transaction. PENDING: the listener will hear of it. */
  start(terminal: number, nowMs: number): Outcome {
    return this.coordinator.start(terminal, nowMs);
  }

  /** Takes what arrived, and goes on with what waited. @returns whether there was anything */
  poll(nowMs: number): boolean {
    const frames = this.mailbox.drain(this);
    const fragments = this.participant.wakeWaiting();
    if (this.unanswered.size > 0 && (frames > 0 || fragments)) this.replyUnanswered();
    return this.coordinator.wake(nowMs) || fragments || frames > 0;
  }

  /** Sends what is due and wakes who sleeps. */
  flush(): void {
    this.mailbox.flush();
    this.mailbox.ring();
  }

  receive(type: number, int32s: Int32Array, float64s: Float64Array, at: number, payloadWords: number): void {
    if (type === LINK_DOWN_TYPE) {
      this.loseShard(int32s[at + LOST_SHARD]);
      return;
    }
    if (!isWellFormed(type, int32s, float64s, at, payloadWords, this.bounds)) {
      this.refused++;
      return;
    }
    const from = int32s[at];
    const sequence = float64s[(at >> 1) + SEQUENCE];
    const slot = int32s[at + SLOT];
    const detail = int32s[at + DETAIL];
    switch (type) {
      case PREPARE: {
        const stamp = float64s[(at >> 1) + STAMP];
        const body = at + WORD_INT32S * PREPARE_WORDS;
        const words = payloadWords - PREPARE_WORDS;
        this.participant.prepare(from, sequence, slot, stamp, detail, int32s, float64s, body, words);
        break;
      }
      case ANSWER: {
        const body = at + WORD_INT32S * ANSWER_WORDS;
        this.raiseEpoch(int32s[at + ANSWER_EPOCH]);
        this.ledger.confirm(from, int32s[at + HEARD_COUNT]);
        this.coordinator.receiveVote(from, sequence, slot, detail, int32s, float64s, body, payloadWords - ANSWER_WORDS);
        break;
      }
      case COMMIT:
      case ABORT:
        this.raiseEpoch(detail);
        this.outcomes.hear(from);
        this.participant.decide(from, sequence, slot, type === COMMIT, detail);
        break;
      case PARTICIPANTS: {
        const first = at + FIRST_PARTICIPANT;
        this.participant.name(from, sequence, slot, Array.from(int32s.subarray(first, first + detail)));
        break;
      }
      case ASK:
        this.reply({ from, coordinator: int32s[at + COORDINATOR], sequence, slot });
        break;
      case KNOWN:
        this.takeKnown(int32s[at + COORDINATOR], sequence, slot, detail === KNOWN_COMMIT, int32s[at + KNOWN_EPOCH]);
        break;
      case LAST:
        this.lastHeard[from] = 1;
        break;
      case HEARD:
        if (detail === QUESTION) this.replyHeard(from);
        else this.ledger.confirm(from, int32s[at + HEARD_COUNT]);
        break;
    }
  }

  /** Whoever depends on what the sender did commits no earlier than it. */
  private raiseEpoch(epoch: number): void {
    if (this.log !== null) this.log.clock.raise(epoch);
  }

  private takeKnown(coordinator: number, sequence: number, slot: number, committed: boolean, epoch: number): void {
    this.raiseEpoch(epoch);
    this.participant.decide(coordinator, sequence, slot, committed, epoch);
  }

  /** Somebody else may know what became of a transaction whose coordinator is lost. */
  private loseShard(shard: number): void {
    const { workersPerShard } = this.setup;
    const first = shard * workersPerShard;
    const workers = Array.from({ length: workersPerShard }, (_, i) => first + i);
    this.coordinator.losePeers(workers);
    const isLost = (worker: number) => worker >= first && worker < first + workersPerShard;
    for (const slot of this.participant.loseCoordinators(isLost)) {
      for (const other of slot.participants) {
        if (other !== this.worker && !this.coordinator.isLost(other)) this.ask(other, slot);
      }
    }
  }

  private ask(other: number, slot: FragmentSlot): void {
    const at = this.claim(other, ASK, slot.sequence, slot.coordinatorSlot, 0);
    this.mailbox.int32s[at + COORDINATOR] = slot.fromWorker;
  }

  /** Answers who asks for an outcome; one that is not known yet when it is. The decision may still be on its way here. */
  private reply(question: Question): void {
    const { from, coordinator, sequence, slot } = question;
    if (this.coordinator.isLost(from)) return;
    const outcome = this.outcomes.of(coordinator, sequence);
    if (outcome === UNKNOWN) {
      const { totalWorkers } = this.setup;
      this.unanswered.set((from * totalWorkers + coordinator) * this.bounds.slotsMost + slot, question);
      return;
    }
    const at = this.claim(from, KNOWN, sequence, slot, outcome);
    this.mailbox.int32s[at + COORDINATOR] = coordinator;
    this.mailbox.int32s[at + KNOWN_EPOCH] = this.outcomes.epochOf(coordinator, sequence);
  }

  private replyUnanswered(): void {
    const questions = [...this.unanswered.values()];
    this.unanswered.clear();
    for (const question of questions) this.reply(question);
  }

  private replyHeard(to: number): void {
    if (this.coordinator.isLost(to)) return;
    const at = this.claim(to, HEARD, 0, 0, REPLY);
    this.mailbox.int32s[at + HEARD_COUNT] = this.outcomes.heardFrom(to);
  }

  private claim(to: number, type: number, sequence: number, slot: number, detail: number): number {
    const { mailbox } = this;
    const at = mailbox.claim(to, type, QUESTION_WORDS);
    mailbox.float64s[(at >> 1) + SEQUENCE] = sequence;
    mailbox.int32s[at + SLOT] = slot;
    mailbox.int32s[at + DETAIL] = detail;
    return at;
  }
}

/**
 * Every worker has its terminals by warehouse, as many at each. Placement gives some workers a warehouse more than others,
 * and their coordinators more slots: one for each terminal and one for the deferred work.
 */
function boundsOf({ plumbing, totalWorkers, workerOfWarehouse, terminals }: ExchangeSetup): MessageBounds {
  const warehouses = new Array<number>(totalWorkers).fill(0);
  for (let warehouse = 1; warehouse < workerOfWarehouse.length; warehouse++) {
    warehouses[workerOfWarehouse[warehouse]]++;
  }
  const share = Math.max(...warehouses) / Math.max(1, warehouses[plumbing.worker]);
  return {
    workers: totalWorkers,
    ownSlots: terminals + 1,
    slotsMost: Math.ceil(terminals * Math.max(1, share)) + 1,
  };
}
