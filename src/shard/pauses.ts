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
  /** When the first pause ends. */
  nextDueMs = Number.POSITIVE_INFINITY;
  private readonly random: () => number;
  private readonly dueMs: number[] = [];
  private roundTripMs = FIRST_ROUND_TRIP_MS;

  /** @param random uniform in 0..1 */
  constructor(random: () => number) {
    this.random = random;
  }

  /** A round trip, from the prepare to the last answer. */
  observe(roundTripMs: number): void {
    this.roundTripMs += (roundTripMs - this.roundTripMs) * NEWEST_SHARE;
  }

  /** Puts `slot` on the list of those that pause. */
  add(paused: number[], slot: number, retries: number, nowMs: number): void {
    const growth = 2 ** Math.min(Math.max(retries - 1, 0), DOUBLINGS_MOST);
    const dueMs = nowMs + Math.max(this.roundTripMs, LEAST_ROUND_TRIP_MS) * growth * (0.5 + this.random());
    while (this.dueMs.length <= slot) this.dueMs.push(0);
    this.dueMs[slot] = dueMs;
    paused.push(slot);
    if (dueMs < this.nextDueMs) this.nextDueMs = dueMs;
  }

  /** Takes one whose pause is over off the list; -1 where there is none. */
  takeDue(paused: number[], nowMs: number): number {
    let taken = -1;
    let kept = 0;
    this.nextDueMs = Number.POSITIVE_INFINITY;
    for (const slot of paused) {
      if (taken < 0 && this.dueMs[slot] <= nowMs) {
        taken = slot;
        continue;
      }
      paused[kept++] = slot;
      if (this.dueMs[slot] < this.nextDueMs) this.nextDueMs = this.dueMs[slot];
    }
    paused.length = kept;
    return taken;
  }
}
