/**
 * Which decisions of a coordinator its participants have not confirmed yet. It holds the coordinator back before a
 * participant's memory of outcomes (`Outcomes`) could lose one that another participant may still ask for. Needed between
 * processes only.
 */
import { OUTCOME_WINDOW } from './outcomes.ts';

/** Attempts beyond the oldest unconfirmed decision. */
const MOST_AHEAD = OUTCOME_WINDOW / 2;
/** From here on participants are asked what they have heard. */
const ASK_AHEAD = MOST_AHEAD / 2;
/** Attempts between two looks at all participants. */
const LOOK_EVERY = 64;

/** Decisions sent to one participant, the unconfirmed ones by sequence in the order in which they were sent. */
class Sent {
  readonly sequences: number[] = [];
  first = 0;
  confirmed = 0;
  asked = 0;
}

export class DecisionLedger {
  readonly enabled: boolean;
  private lookedAt = 0;
  private admitted = true;
  private readonly sent = new Map<number, Sent>();

  constructor(enabled: boolean) {
    this.enabled = enabled;
  }

  send(participant: number, sequence: number): void {
    if (!this.enabled) return;
    let sent = this.sent.get(participant);
    if (sent === undefined) {
      sent = new Sent();
      this.sent.set(participant, sent);
    }
    sent.sequences.push(sequence);
  }

  /** @param heard decisions that the participant has received in all, an int32 that wraps around */
  confirm(participant: number, heard: number): void {
    const sent = this.sent.get(participant);
    if (sent === undefined) return;
    sent.first += (heard - sent.confirmed) | 0;
    sent.confirmed = heard;
    sent.asked = 0;
    if (sent.first > 1024 && sent.first * 2 > sent.sequences.length) {
      sent.sequences.splice(0, sent.first);
      sent.first = 0;
    }
  }

  /** A lost participant confirms nothing any more. */
  forget(participant: number): void {
    this.sent.delete(participant);
  }

  /**
   * Whether an attempt of this sequence may begin.
   * @param ask called for each participant that should say what it has heard
   */
  admits(sequence: number, ask: (participant: number) => void): boolean {
    if (this.admitted && sequence - this.lookedAt < LOOK_EVERY) return true;
    this.lookedAt = sequence;
    let admitted = true;
    for (const [participant, sent] of this.sent) {
      if (sent.first >= sent.sequences.length) continue;
      const ahead = sequence - sent.sequences[sent.first];
      if (ahead > MOST_AHEAD) admitted = false;
      if (ahead > ASK_AHEAD && sequence > sent.asked) {
        sent.asked = sequence + ASK_AHEAD / 2;
        ask(participant);
      }
    }
    this.admitted = admitted;
    return admitted;
  }
}
