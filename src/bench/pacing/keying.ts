/**
 * Keying and think times (TPC-C 5.2.5): after an answer the terminal thinks, with the negative exponential distribution
 * of the transaction that was answered, then keys in the next one. Terminals wait in a binary heap by their due time.
 */
import type { TransactionType } from '../contract.ts';
import type { FractionSource } from './fractions.ts';
import type { Schedule } from './schedule.ts';

/** 5.2.5.4: think times are cut at ten times their mean. */
const THINK_CUT = 10;

export class KeyingAndThinking implements Schedule {
  intendedStartMs = 0;
  private readonly keyingMs: Float64Array;
  private readonly thinkMeanMs: Float64Array;
  private readonly fractions: FractionSource;
  /** Heap of waiting terminals; `dueMs` by terminal. */
  private readonly heap: Int32Array;
  private size = 0;
  private readonly dueMs: Float64Array;

  /**
   * Terminals begin as if they had been running for ever: what is left of a pause when one looks at a random moment. So
   * the rate and the mix of starts are those of the steady state from the beginning.
   */
  constructor(
    types: readonly TransactionType[],
    firstTypes: readonly number[],
    nowMs: number,
    fractions: FractionSource,
  ) {
    this.keyingMs = Float64Array.from(types, (type) => type.keyingSeconds * 1000);
    this.thinkMeanMs = Float64Array.from(types, (type) => type.thinkMeanSeconds * 1000);
    this.fractions = fractions;
    this.heap = new Int32Array(firstTypes.length);
    this.dueMs = new Float64Array(firstTypes.length);
    for (let terminal = 0; terminal < firstTypes.length; terminal++) {
      this.wait(terminal, nowMs + this.residualPauseMs(types, terminal));
    }
  }

  /** Inspection paradox: a pause is met in proportion to its length, and its rest is uniform within it. */
  private residualPauseMs(types: readonly TransactionType[], terminal: number): number {
    const longestMs = Math.max(...this.keyingMs) + THINK_CUT * Math.max(...this.thinkMeanMs);
    const thought = this.drawType(types, terminal);
    const keyed = this.drawType(types, terminal);
    const pauseMs = this.thinkMs(thought, terminal) + this.keyingMs[keyed];
    if (this.fractions.next(terminal) * longestMs >= pauseMs && longestMs > 0) {
      return this.residualPauseMs(types, terminal);
    }
    return this.fractions.next(terminal) * pauseMs;
  }

  private drawType(types: readonly TransactionType[], terminal: number): number {
    const cards = types.reduce((sum, { deckCards }) => sum + deckCards, 0);
    let card = this.fractions.next(terminal) * cards;
    let type = 0;
    while (type < types.length - 1 && card >= types[type].deckCards) card -= types[type++].deckCards;
    return type;
  }

  private thinkMs(type: number, terminal: number): number {
    return Math.min(-Math.log(1 - this.fractions.next(terminal)), THINK_CUT) * this.thinkMeanMs[type];
  }

  take(nowMs: number): number {
    if (this.size === 0) return -1;
    const terminal = this.heap[0];
    const dueMs = this.dueMs[terminal];
    if (dueMs > nowMs) return -1;
    this.removeFirst();
    this.intendedStartMs = dueMs;
    return terminal;
  }

  release(terminal: number, type: number, nextType: number, nowMs: number): void {
    this.wait(terminal, nowMs + this.thinkMs(type, terminal) + this.keyingMs[nextType]);
  }

  nextReadyMs(): number {
    return this.size > 0 ? this.dueMs[this.heap[0]] : Number.POSITIVE_INFINITY;
  }

  restart(): void {}

  private wait(terminal: number, dueMs: number): void {
    this.dueMs[terminal] = dueMs;
    let at = this.size++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.dueMs[this.heap[parent]] <= dueMs) break;
      this.heap[at] = this.heap[parent];
      at = parent;
    }
    this.heap[at] = terminal;
  }

  private removeFirst(): void {
    const last = this.heap[--this.size];
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.size) break;
      if (child + 1 < this.size && this.dueMs[this.heap[child + 1]] < this.dueMs[this.heap[child]]) child++;
      if (this.dueMs[this.heap[child]] >= this.dueMs[last]) break;
      this.heap[at] = this.heap[child];
      at = child;
    }
    this.heap[at] = last;
  }
}
