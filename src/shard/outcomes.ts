/**
 * What a participant remembers of decided transactions with several participants, for the others that may have to ask when
 * the coordinator is lost. Needed between processes only: the threads of one process end together.
 *
 * One entry for each of a coordinator's last attempts, by its sequence modulo the window. A coordinator lets its attempts
 * run no more than half a window ahead of the oldest decision that a participant has not heard (`DecisionLedger`), so that
 * what somebody may ask for is here.
 */

/** Attempts of one coordinator that are remembered. */
export const OUTCOME_WINDOW = 8192;

export const UNKNOWN = 0;
export const KNOWN_COMMIT = 1;
export const KNOWN_ABORT = 2;
export type KnownOutcome = typeof UNKNOWN | typeof KNOWN_COMMIT | typeof KNOWN_ABORT;

const NO_EPOCHS = new Int32Array(0);

/** The attempt that an outcome is of. */
export interface Attempt {
  fromWorker: number;
  sequence: number;
}

export class Outcomes {
  private readonly enabled: boolean;
  /** By coordinator: sequence x 2 + (1 for a commit), 0 where there is none. */
  private readonly windows: (Float64Array | undefined)[] = [];
  /** By coordinator: the epochs of these decisions. */
  private readonly epochs: Int32Array[] = [];
  /** By coordinator: decisions that arrived. */
  private readonly heard: number[] = [];

  /** @param enabled whether anybody may ask */
  constructor(enabled: boolean) {
    this.enabled = enabled;
  }

  note(attempt: Attempt, committed: boolean, epoch: number): void {
    if (!this.enabled) return;
    const { fromWorker, sequence } = attempt;
    while (this.windows.length <= fromWorker) {
      this.windows.push(undefined);
      this.epochs.push(NO_EPOCHS);
    }
    let window = this.windows[fromWorker];
    if (window === undefined) {
      window = new Float64Array(OUTCOME_WINDOW);
      this.windows[fromWorker] = window;
      this.epochs[fromWorker] = new Int32Array(OUTCOME_WINDOW);
    }
    this.epochs[fromWorker][sequence % OUTCOME_WINDOW] = epoch;
    window[sequence % OUTCOME_WINDOW] = 2 * sequence + (committed ? 1 : 0);
  }

  of(coordinator: number, sequence: number): KnownOutcome {
    const entry = this.windows[coordinator]?.[sequence % OUTCOME_WINDOW] ?? 0;
    if (entry === 0 || Math.floor(entry / 2) !== sequence) return UNKNOWN;
    return entry % 2 === 1 ? KNOWN_COMMIT : KNOWN_ABORT;
  }

  /** The epoch of an outcome that is known. */
  epochOf(coordinator: number, sequence: number): number {
    return this.epochs[coordinator]?.[sequence % OUTCOME_WINDOW] ?? 0;
  }

  /** A COMMIT or ABORT of the coordinator arrived, whether or not it found its fragment. */
  hear(coordinator: number): void {
    if (!this.enabled) return;
    while (this.heard.length <= coordinator) this.heard.push(0);
    this.heard[coordinator] = (this.heard[coordinator] + 1) | 0;
  }

  /** How many arrived, as an int32 that wraps around. */
  heardFrom(coordinator: number): number {
    return this.heard[coordinator] ?? 0;
  }
}
