/** Closed loop without pauses: a terminal is ready again as soon as it has its answer. */
import type { Schedule } from './schedule.ts';
import { TerminalRing } from './terminal-ring.ts';

export class ClosedLoop implements Schedule {
  intendedStartMs = 0;
  private readonly ready: TerminalRing;

  constructor(terminals: number) {
    this.ready = new TerminalRing(terminals);
  }

  take(nowMs: number): number {
    this.intendedStartMs = nowMs;
    return this.ready.shift();
  }

  release(terminal: number): void {
    this.ready.push(terminal);
  }

  nextReadyMs(): number {
    return this.ready.length > 0 ? 0 : Number.POSITIVE_INFINITY;
  }

  restart(): void {}
}
