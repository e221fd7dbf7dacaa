/** What a coordinator tells its participants: fragments, decisions, and whom they can ask when it is lost. */
import type { CoordinatorSlot } from './coordinator-slot.ts';
import type { DecisionLedger } from './decision-ledger.ts';
import { epochNow, type WorkerLog } from './log-writer/worker-log.ts';
import type { Mailbox } from './mailbox.ts';
import {
  DECISION_EPOCH,
  DECISION_WORDS,
  DETAIL,
  FIRST_PARTICIPANT,
  HEARD,
  PARTICIPANTS,
  PREPARE,
  PREPARE_WORDS,
  participantsWords,
  QUESTION,
  QUESTION_WORDS,
  SEQUENCE,
  SLOT,
  STAMP,
  VOTE_YES,
} from './message-layout.ts';

export class CoordinatorMessages {
  private readonly mailbox: Mailbox;
  private readonly ledger: DecisionLedger;
  private readonly log: WorkerLog | null;
  private readonly lost = new Set<number>();

  constructor(mailbox: Mailbox, ledger: DecisionLedger, log: WorkerLog | null) {
    this.mailbox = mailbox;
    this.ledger = ledger;
    this.log = log;
  }

  /** Nothing is sent to the worker any more, and nothing confirmed by it. */
  lose(worker: number): void {
    this.lost.add(worker);
    this.ledger.forget(worker);
  }

  readonly isLost = (worker: number): boolean => this.lost.has(worker);

  /** @returns where the body of the fragment, of `bodyWords`, starts in the mailbox's int32s */
  prepare(slotNumber: number, slot: CoordinatorSlot, worker: number, kind: number, bodyWords: number): number {
    const { mailbox } = this;
    const at = mailbox.claim(worker, PREPARE, PREPARE_WORDS + bodyWords);
    const { int32s, float64s } = mailbox;
    float64s[(at >> 1) + SEQUENCE] = slot.sequence;
    float64s[(at >> 1) + STAMP] = slot.stamp;
    int32s[at + SLOT] = slotNumber;
    int32s[at + DETAIL] = kind;
    return at + 2 * PREPARE_WORDS;
  }

  /** Tells everybody who voted yes or may still do so. @param type COMMIT or ABORT */
  decide(slotNumber: number, slot: CoordinatorSlot, type: number): void {
    const { mailbox } = this;
    for (let i = 0; i < slot.count; i++) {
      const worker = slot.participants[i];
      if (slot.votes[i] > VOTE_YES || this.lost.has(worker)) continue;
      const at = mailbox.claim(worker, type, DECISION_WORDS);
      mailbox.float64s[(at >> 1) + SEQUENCE] = slot.sequence;
      mailbox.int32s[at + SLOT] = slotNumber;
      mailbox.int32s[at + DECISION_EPOCH] = epochNow(this.log);
      this.ledger.send(worker, slot.sequence);
    }
  }

  /** Tells the participants of each other: whom they can ask when this coordinator is lost. */
  nameParticipants(slotNumber: number, slot: CoordinatorSlot): void {
    const { mailbox } = this;
    for (let i = 0; i < slot.count; i++) {
      const at = mailbox.claim(slot.participants[i], PARTICIPANTS, participantsWords(slot.count));
      const { int32s } = mailbox;
      mailbox.float64s[(at >> 1) + SEQUENCE] = slot.sequence;
      int32s[at + SLOT] = slotNumber;
      int32s[at + DETAIL] = slot.count;
      for (let j = 0; j < slot.count; j++) int32s[at + FIRST_PARTICIPANT + j] = slot.participants[j];
    }
  }

  /** Asks a participant how many decisions it has heard. */
  readonly askHeard = (worker: number): void => {
    const { mailbox } = this;
    const at = mailbox.claim(worker, HEARD, QUESTION_WORDS);
    mailbox.float64s[(at >> 1) + SEQUENCE] = 0;
    mailbox.int32s[at + SLOT] = 0;
    mailbox.int32s[at + DETAIL] = QUESTION;
  };
}
