/** When the terminals of simulated workers start transactions: as soon as they may, a few each turn, until no more are wanted. */
import type { Schedule } from '../bench/pacing/schedule.ts';
import type { Random } from './random.ts';

/** How many transactions the whole cluster may still start. */
export interface Admission {
  left: number;
  started: number;
}

export class AdmittedTerminals implements Schedule {
  intendedStartMs = 0;
  /** By terminal: index of the current transaction's type. */
  readonly types: number[];
  private readonly ready: number[];
  private readonly admission: Admission;
  private readonly random: Random;
  private readonly perTurn: number;
  private takenThisTurn = 0;

  /**
   * @param firstTypes of each terminal
   * @param perTurn most starts of a turn; the worker's loop may want fewer
   */
  constructor(firstTypes: readonly number[], admission: Admission, random: Random, perTurn: number) {
    this.types = [...firstTypes];
    this.ready = firstTypes.map((_, terminal) => terminal);
    this.admission = admission;
    this.random = random;
    this.perTurn = perTurn;
  }

  beginTurn(): void {
    this.takenThisTurn = 0;
  }

  take(nowMs: number): number {
    if (this.admission.left <= 0 || this.ready.length === 0 || this.takenThisTurn === this.perTurn) return -1;
    this.admission.left--;
    this.admission.started++;
    this.takenThisTurn++;
    this.intendedStartMs = nowMs;
    const at = this.random.uniform(0, this.ready.length - 1);
    const terminal = this.ready[at];
    this.ready[at] = this.ready[this.ready.length - 1];
    this.ready.pop();
    return terminal;
  }

  release(terminal: number, _type: number, nextType: number): void {
    this.types[terminal] = nextType;
    this.ready.push(terminal);
  }

  nextReadyMs(): number {
    return this.admission.left > 0 && this.ready.length > 0 ? 0 : Number.POSITIVE_INFINITY;
  }

  restart(): void {}
}
