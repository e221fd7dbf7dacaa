/**
 * What becomes of an answer: it is recorded at once, or, in a durable run, when it is acknowledged. On the worker's thread, for
 * its loop.
 */
import type { CoordinatorClock } from '../shard/completion.ts';
import { COMMITTED, type Outcome, QUEUED, USER_ABORT } from './contract.ts';
import type { Recorder } from './recorder.ts';
import type { DurabilityHook, ReceiptHook } from './worker-hooks.ts';

/** Beside the outcomes: deferred work is done. */
const DEFERRED_DONE = 255;

/** What answers tell a recorder. */
export type AnswerRecorder = Pick<Recorder, 'commit' | 'userAbort' | 'answer' | 'deferredCommit' | 'times'>;

export class Answers {
  /** Transactions that came to their commit point since the last `restart`, durable or not. */
  committed = 0;
  /** What is acknowledged now counts. */
  recording = true;
  private readonly recorder: AnswerRecorder;
  private readonly clock: CoordinatorClock;
  private readonly durable: DurabilityHook | null;
  private readonly receipts: ReceiptHook | null;
  /** When what is acknowledged now is acknowledged; NaN until anything is. */
  private acknowledgedMs = Number.NaN;

  constructor(
    recorder: AnswerRecorder,
    clock: CoordinatorClock,
    durable: DurabilityHook | null,
    receipts: ReceiptHook | null,
  ) {
    this.recorder = recorder;
    this.clock = clock;
    this.durable = durable;
    this.receipts = receipts;
  }

  restart(): void {
    this.committed = 0;
  }

  /** @param outcome COMMITTED, USER_ABORT or QUEUED */
  add(outcome: Outcome, terminal: number, type: number, crossedShards: boolean, startMs: number, nowMs: number): void {
    const { durable, receipts } = this;
    if (outcome === COMMITTED) this.committed++;
    if (durable === null) {
      this.count(outcome, type, crossedShards, nowMs - startMs);
      return;
    }
    const receipt = outcome === COMMITTED && receipts !== null ? receipts.of(terminal) : Number.NaN;
    durable.add(outcome, type, crossedShards, startMs, nowMs, receipt);
  }

  addDeferred(type: number, requestedMs: number, nowMs: number): void {
    this.committed++;
    if (this.durable === null) this.recorder.deferredCommit(type, nowMs - requestedMs);
    else this.durable.add(DEFERRED_DONE, type, false, requestedMs, nowMs, Number.NaN);
  }

  /** Once a turn of a durable run: acknowledges what is durable. */
  settle(durable: DurabilityHook): void {
    this.acknowledgedMs = Number.NaN;
    durable.endTurn(this);
    if (this.receipts !== null) this.receipts.flush();
  }

  acknowledged(
    kind: number,
    type: number,
    crossedShards: boolean,
    startMs: number,
    answeredMs: number,
    receipt: number,
  ): void {
    if (this.receipts !== null) this.receipts.note(type, receipt);
    if (!this.recording) return;
    if (Number.isNaN(this.acknowledgedMs)) this.acknowledgedMs = this.clock.now();
    this.recorder.times.addDurability(type, crossedShards, kind === DEFERRED_DONE, this.acknowledgedMs - answeredMs);
    this.count(kind, type, crossedShards, this.acknowledgedMs - startMs);
  }

  private count(kind: number, type: number, crossedShards: boolean, latencyMs: number): void {
    if (kind === COMMITTED) this.recorder.commit(type, crossedShards, latencyMs);
    else if (kind === USER_ABORT) this.recorder.userAbort(type, crossedShards, latencyMs);
    else if (kind === QUEUED) this.recorder.answer(type, crossedShards, latencyMs);
    else this.recorder.deferredCommit(type, latencyMs);
  }
}
