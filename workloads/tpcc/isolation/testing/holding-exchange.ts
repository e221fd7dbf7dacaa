/**
 * An exchange that keeps messages back when it is told to, as a slow participant or a slow link does, so that a transaction
 * stands still in between. What is under test is unchanged.
 *
 * Answers are kept back for one transaction: participants owe no order to answers of different transactions. Decisions keep
 * back everything that their sender sends afterwards, too, since the order of a link is kept.
 */
import { Exchange } from '../../../../src/shard/exchange.ts';
import { ABORT, ANSWER, COMMIT, DETAIL, SLOT, VOTE_YES } from '../../../../src/shard/message-layout.ts';
import { FROM_WORKER } from '../../../../src/transport/envelope.ts';

interface HeldFrame {
  type: number;
  int32s: Int32Array;
  payloadWords: number;
}

export class HoldingExchange extends Exchange {
  /** By terminal: the answers that are kept back. */
  private readonly answers = new Map<number, HeldFrame[]>();
  /** By sender: the terminal whose decision is to be kept back, and what is. */
  private readonly lines = new Map<number, { slot: number; frames: HeldFrame[] }>();

  /** Keeps back the answers to this worker's terminal. */
  holdAnswers(terminal: number): void {
    this.answers.set(terminal, []);
  }

  /** Keeps back the next decision on the transaction of another worker's terminal. */
  holdDecision(fromWorker: number, terminal: number): void {
    this.lines.set(fromWorker, { slot: terminal, frames: [] });
  }

  /** Whether all participants of the terminal's transaction have said yes, and the coordinator has not heard it. */
  isPrepared(terminal: number): boolean {
    const held = this.answers.get(terminal)?.length ?? 0;
    return held > 0 && this.coordinator['slots'][terminal].missing === held;
  }

  holdsDecisionOf(fromWorker: number): boolean {
    return (this.lines.get(fromWorker)?.frames.length ?? 0) > 0;
  }

  releaseAnswers(terminal: number): void {
    const held = this.answers.get(terminal) ?? [];
    this.answers.delete(terminal);
    this.hear(held);
  }

  releaseDecision(fromWorker: number): void {
    const held = this.lines.get(fromWorker)?.frames ?? [];
    this.lines.delete(fromWorker);
    this.hear(held);
  }

  override receive(type: number, int32s: Int32Array, float64s: Float64Array, at: number, payloadWords: number): void {
    const holder = this.holderOf(type, int32s, at);
    if (holder === null) super.receive(type, int32s, float64s, at, payloadWords);
    else holder.push({ type, int32s: int32s.slice(at, at + 2 * payloadWords), payloadWords });
  }

  private holderOf(type: number, int32s: Int32Array, at: number): HeldFrame[] | null {
    const terminal = int32s[at + SLOT];
    if (type === ANSWER) {
      const held = this.answers.get(terminal);
      if (held !== undefined && int32s[at + DETAIL] === VOTE_YES) return held;
      // The attempt is over, and with it what was said yes to.
      held?.splice(0);
    }
    const line = this.lines.get(int32s[at + FROM_WORKER]);
    if (line === undefined) return null;
    const isDecision = (type === COMMIT || type === ABORT) && terminal === line.slot;
    return isDecision || line.frames.length > 0 ? line.frames : null;
  }

  private hear(frames: readonly HeldFrame[]): void {
    for (const { type, int32s, payloadWords } of frames) {
      super.receive(type, int32s, new Float64Array(int32s.buffer), 0, payloadWords);
    }
  }
}
