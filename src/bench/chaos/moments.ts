/** When trouble is due, in milliseconds since the measurement began. */
import type { ChaosTimes } from '../../config/chaos.ts';

export class Moments {
  private readonly times: ChaosTimes;
  private readonly random: () => number;
  private due: number;

  /** @param random uniform in 0..1; the distances of a rate are exponential */
  constructor(times: ChaosTimes, random: () => number) {
    this.times = times;
    this.random = random;
    this.due = this.after(0, true);
  }

  /** The next moment; infinite when there is none. */
  get dueMs(): number {
    return this.due;
  }

  /** Whether a moment has come. Those that came while nobody asked count as one. */
  take(elapsedMs: number): boolean {
    if (elapsedMs < this.due) return false;
    this.due = this.after(elapsedMs, false);
    return true;
  }

  private after(elapsedMs: number, isFirst: boolean): number {
    switch (this.times.kind) {
      case 'at':
        return isFirst ? this.times.atMs : Number.POSITIVE_INFINITY;
      case 'every':
        return (Math.floor(elapsedMs / this.times.everyMs) + 1) * this.times.everyMs;
      case 'rate':
        return elapsedMs + (-Math.log(1 - this.random()) * 1000) / this.times.timesPerSecond;
    }
  }
}

/** Whether moments are so far apart that each is worth a line in the log. */
export function areRare(times: ChaosTimes): boolean {
  switch (times.kind) {
    case 'at':
      return true;
    case 'every':
      return times.everyMs >= 1000;
    case 'rate':
      return times.timesPerSecond <= 1;
  }
}
