/**
 * Open loop: starts at a constant rate, whatever the answers do. A start that finds no idle terminal, or a busy worker,
 * happens late and is timed from when it should have been (Tene, "How NOT to measure latency": no coordinated omission).
 */
import type { Schedule } from './schedule.ts';
import { TerminalRing } from './terminal-ring.ts';

export class OpenLoop implements Schedule {
  intendedStartMs = 0;
  private readonly idle: TerminalRing;
  private readonly intervalMs: number;
  private originMs: number;
  private started = 0;

  /** @param transactionsPerSecond the worker's share of the rate */
  constructor(terminals: number, transactionsPerSecond: number, nowMs: number) {
    this.idle = new TerminalRing(terminals);
    this.intervalMs = 1000 / transactionsPerSecond;
    this.originMs = nowMs;
  }

  private get nextStartMs(): number {
    return this.originMs + this.started * this.intervalMs;
  }

  take(nowMs: number): number {
    const startMs = this.nextStartMs;
    if (startMs > nowMs) return -1;
    const terminal = this.idle.shift();
    if (terminal < 0) return -1;
    this.intendedStartMs = startMs;
    this.started++;
    return terminal;
  }

  release(terminal: number): void {
    this.idle.push(terminal);
  }

  nextReadyMs(): number {
    return this.idle.length > 0 ? this.nextStartMs : Number.POSITIVE_INFINITY;
  }

  restart(nowMs: number): void {
    this.originMs = nowMs;
    this.started = 0;
  }
}
