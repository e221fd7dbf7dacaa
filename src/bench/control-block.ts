/**
 * The shared memory between the main thread and one worker: a phase word that the worker polls, and figures that it
 * publishes for progress. The only place that knows the layout.
 *
 *   int32    0 phase wanted by main   1 end requested by the worker   2 cancel the load
 *            3 own transactions are over   4 fragments of others are decided
 *   float64  4 rows loaded   5 rows expected   6 transactions completed   7 engine bytes     (in 8-byte units from 0)
 */

/** What main wants of a worker's loop. */
export const PHASE_IDLE = 0;
export const PHASE_WARMUP = 1;
export const PHASE_MEASURE = 2;
/** No transaction begins any more; those that began are decided. */
export const PHASE_DRAIN = 3;
export const PHASE_STOP = 4;
export type Phase =
  | typeof PHASE_IDLE
  | typeof PHASE_WARMUP
  | typeof PHASE_MEASURE
  | typeof PHASE_DRAIN
  | typeof PHASE_STOP;

const PHASE = 0;
const MEMORY_REACHED = 1;
const CANCEL = 2;
const OWN_DONE = 3;
const FRAGMENTS_DECIDED = 4;
const ROWS_LOADED = 4;
const ROWS_EXPECTED = 5;
const COMPLETED = 6;
const ENGINE_BYTES = 7;
const SIZE_BYTES = 64;

export class ControlBlock {
  /** Sent to the worker, which makes its own view of it. */
  readonly memory: SharedArrayBuffer;
  private readonly words: Int32Array;
  private readonly figures: Float64Array;

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(SIZE_BYTES)) {
    this.memory = memory;
    this.words = new Int32Array(memory);
    this.figures = new Float64Array(memory);
  }

  get phase(): Phase {
    return Atomics.load(this.words, PHASE) as Phase;
  }

  /** Sets the phase and wakes a parked worker. */
  setPhase(phase: Phase): void {
    Atomics.store(this.words, PHASE, phase);
    Atomics.notify(this.words, PHASE);
  }

  /** Parks the worker until the phase changes from `phase` or the time is over. Never on the main thread. */
  parkWhile(phase: Phase, timeoutMs: number): void {
    Atomics.wait(this.words, PHASE, phase, timeoutMs);
  }

  /** Set by a worker that has no memory left for another batch. */
  get memoryReached(): boolean {
    return Atomics.load(this.words, MEMORY_REACHED) === 1;
  }

  reportMemoryReached(): void {
    Atomics.store(this.words, MEMORY_REACHED, 1);
  }

  /** Draining: none of the worker's own transactions is under way. Stays so. */
  get ownDone(): boolean {
    return Atomics.load(this.words, OWN_DONE) === 1;
  }

  /** Draining: the worker holds no fragment that could still be decided. Stays so once everybody's own are done. */
  get fragmentsDecided(): boolean {
    return Atomics.load(this.words, FRAGMENTS_DECIDED) === 1;
  }

  publishDraining(ownDone: boolean, fragmentsDecided: boolean): void {
    Atomics.store(this.words, FRAGMENTS_DECIDED, fragmentsDecided ? 1 : 0);
    Atomics.store(this.words, OWN_DONE, ownDone ? 1 : 0);
  }

  get cancelled(): boolean {
    return Atomics.load(this.words, CANCEL) === 1;
  }

  cancelLoad(): void {
    Atomics.store(this.words, CANCEL, 1);
  }

  /** In a run on databases: after the measurement nobody waits for answers any longer. */
  cancelWaiting(): void {
    this.cancelLoad();
  }

  get rowsLoaded(): number {
    return this.figures[ROWS_LOADED];
  }

  get rowsExpected(): number {
    return this.figures[ROWS_EXPECTED];
  }

  get completed(): number {
    return this.figures[COMPLETED];
  }

  get engineBytes(): number {
    return this.figures[ENGINE_BYTES];
  }

  publishLoad(rowsLoaded: number, rowsExpected: number, engineBytes: number): void {
    this.figures[ROWS_LOADED] = rowsLoaded;
    this.figures[ROWS_EXPECTED] = rowsExpected;
    this.figures[ENGINE_BYTES] = engineBytes;
  }

  publishRun(completed: number, engineBytes: number): void {
    this.figures[COMPLETED] = completed;
    this.figures[ENGINE_BYTES] = engineBytes;
  }
}
