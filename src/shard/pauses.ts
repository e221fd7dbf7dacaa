/**
 * How long a transaction pauses that gave up for an older one: the measured round trip at first, doubled with each retry up
 * to a limit, and randomised, so that two that met do not meet again.
 */

/** Until a round trip was measured. */
const FIRST_ROUND_TRIP_MS = 0.1;
/** The newest round trip's share in the running mean. */
const NEWEST_SHARE = 1 / 16;
const DOUBLINGS_MOST = 6;
/** A pause that is none would end in the turn in which it began. */
const LEAST_ROUND_TRIP_MS = 0.01;

export class Pauses {
  private readonly random: () => number;
  /** Slots that pause. */
  private readonly paused: number[] = [];
  private readonly dueMs: number[] = [];
  private roundTripMs = FIRST_ROUND_TRIP_MS;
  private firstDueMs = Number.POSITIVE_INFINITY;

  /** @param random uniform in 0..1 */
  constructor(random: () => number) {
    this.random = random;
  }

  /** When the first pause ends; Infinity where nobody pauses. */
  get nextDueMs(): number {
    return this.firstDueMs;
  }

  /** A round trip, from the prepare to the last answer. */
  observe(roundTripMs: number): void {
    this.roundTripMs += (roundTripMs - this.roundTripMs) * NEWEST_SHARE;
  }

  /** Lets a slot pause. */
  add(slot: number, retries: number, nowMs: number): void {
    const growth = 2 ** Math.min(Math.max(retries - 1, 0), DOUBLINGS_MOST);
    const dueMs = nowMs + Math.max(this.roundTripMs, LEAST_ROUND_TRIP_MS) * growth * (0.5 + this.random());
    while (this.dueMs.length <= slot) this.dueMs.push(0);
    this.dueMs[slot] = dueMs;
    this.paused.push(slot);
    if (dueMs < this.firstDueMs) this.firstDueMs = dueMs;
  }

  /** @returns a slot whose pause is over, or -1 */
  takeDue(nowMs: number): number {
    if (nowMs < this.firstDueMs) return -1;
    const { paused } = this;
    let taken = -1;
    let kept = 0;
    this.firstDueMs = Number.POSITIVE_INFINITY;
    for (const slot of paused) {
      if (taken < 0 && this.dueMs[slot] <= nowMs) {
        taken = slot;
        continue;
      }
      paused[kept++] = slot;
      if (this.dueMs[slot] < this.firstDueMs) this.firstDueMs = this.dueMs[slot];
    }
    paused.length = kept;
    return taken;
  }

  /** @returns all slots that pause; they do so no longer */
  takeAll(): number[] {
    this.firstDueMs = Number.POSITIVE_INFINITY;
    return this.paused.splice(0);
  }
}
