/** What every pacing is to the worker's loop. Times are milliseconds of the worker's clock. */

/** Hands out terminals. `take` and `release` alternate for each terminal. */
export interface Schedule {
  /**
   * Takes a terminal that is ready at `nowMs`, or -1 when there is none. `intendedStartMs` then tells when its
   * transaction should have started: the answer is timed from there, so that a stall shows.
   */
  take(nowMs: number): number;
  intendedStartMs: number;
  /** The terminal has its answer and its next transaction, of `nextType`, is drawn. */
  release(terminal: number, type: number, nextType: number, nowMs: number): void;
  /** When `take` may succeed again; Infinity while every terminal waits for its answer. */
  nextReadyMs(): number;
  /** The measurement begins: what the warm-up left undone is not held against it. */
  restart(nowMs: number): void;
}
