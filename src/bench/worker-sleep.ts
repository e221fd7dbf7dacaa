/** How a worker's loop waits when it has nothing to do: for messages, for a time, for a phase, for what becomes durable. */
import type { CoordinatorClock } from '../shard/completion.ts';
import type { Mailbox } from '../shard/mailbox.ts';
import type { ControlBlock, Phase } from './control-block.ts';
import type { DurabilityHook } from './worker-hooks.ts';

/** Whoever has something for a parked worker wakes it; this only bounds what a lost duty could cost. */
export const LONGEST_PARK_MS = 1000;
/** A parked thread wakes late by about this; the rest of a wait is spent looking at the clock. */
const SPIN_MS = 0.2;
/** How long a worker looks for messages before it parks; about what it costs to be woken. */
const MESSAGE_SPIN_MS = 0.02;

export class WorkerSleep {
  /** How often it parked. */
  parks = 0;
  private readonly control: ControlBlock;
  private readonly clock: CoordinatorClock;
  private readonly maySpin: boolean;
  private readonly durable: DurabilityHook | null;
  private mailbox: Mailbox | null = null;
  private phase: Phase | null = null;

  /** @param maySpin whether there is a core for each thread */
  constructor(control: ControlBlock, clock: CoordinatorClock, maySpin: boolean, durable: DurabilityHook | null) {
    this.control = control;
    this.clock = clock;
    this.maySpin = maySpin;
    this.durable = durable;
  }

  /** Other workers exist, whose messages end the sleep. */
  connect(mailbox: Mailbox): void {
    this.mailbox = mailbox;
  }

  /**
   * Until something comes, the time is over, or main wants another phase than `phase`.
   * @returns the time afterwards
   */
  until(readyMs: number, nowMs: number, phase: Phase): number {
    const { mailbox, control, clock, durable } = this;
    const timeoutMs = Math.min(readyMs - nowMs - (this.maySpin ? SPIN_MS : 0), LONGEST_PARK_MS);
    if (timeoutMs <= 0) return clock.now();
    if (mailbox === null) {
      this.parks++;
      if (durable === null) control.parkWhile(phase, timeoutMs);
      else {
        durable.park(durable.sleep(timeoutMs));
        durable.wake();
      }
      return clock.now();
    }
    if (this.maySpin) {
      const spinEndMs = nowMs + MESSAGE_SPIN_MS;
      for (let spinMs = nowMs; spinMs < spinEndMs; spinMs = clock.now()) if (mailbox.hasFrames()) return spinMs;
    }
    this.parks++;
    this.untilMessages(mailbox, timeoutMs, phase);
    return clock.now();
  }

  /** Until a message comes, or main wants another phase: with nothing else to do. */
  untilMessages(mailbox: Mailbox, timeoutMs: number, phase: Phase): void {
    const { durable } = this;
    this.phase = phase;
    if (durable === null) {
      mailbox.park(timeoutMs, this.phaseHasChanged);
      return;
    }
    mailbox.park(durable.sleep(timeoutMs), this.phaseHasChanged);
    durable.wake();
  }

  private readonly phaseHasChanged = (): boolean => this.control.phase !== this.phase;
}
