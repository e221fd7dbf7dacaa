/**
 * The reading end of a ring whose frames come late on purpose. What is behind a frame that waits, waits too: the order on
 * the way from one thread to another stays, as on a slow network. On the worker's thread.
 */
import type { FrameSource } from '../../shard/mailbox.ts';

/** Who decides. */
export interface FrameHolder {
  now(): number;
  /** Whether frames may wait at all. */
  readonly isActive: boolean;
  /** Asked once for each frame. @returns how long it waits, 0 for not at all */
  holdMs(): number;
  /** A frame goes on after `heldMs`. */
  released(heldMs: number): void;
}

export class DelayedSource implements FrameSource {
  private readonly ring: FrameSource;
  private readonly holder: FrameHolder;
  /** Since when the next frame waits; NaN while none does. */
  private heldSinceMs = Number.NaN;
  private untilMs = Number.POSITIVE_INFINITY;

  constructor(ring: FrameSource, holder: FrameHolder) {
    this.ring = ring;
    this.holder = holder;
  }

  get int32s(): FrameSource['int32s'] {
    return this.ring.int32s;
  }

  get float64s(): FrameSource['float64s'] {
    return this.ring.float64s;
  }

  get type(): number {
    return this.ring.type;
  }

  get payloadWords(): number {
    return this.ring.payloadWords;
  }

  /** When the frame that waits goes on; infinite where none does. */
  get dueMs(): number {
    return this.untilMs;
  }

  next(): number {
    return this.mayPass() ? this.ring.next() : -1;
  }

  hasNext(): boolean {
    if (!Number.isNaN(this.heldSinceMs)) return !this.isWaiting();
    return this.ring.hasNext();
  }

  release(): boolean {
    return this.ring.release();
  }

  private mayPass(): boolean {
    if (!Number.isNaN(this.heldSinceMs)) {
      if (this.isWaiting()) return false;
      this.holder.released(this.holder.now() - this.heldSinceMs);
      this.heldSinceMs = Number.NaN;
      this.untilMs = Number.POSITIVE_INFINITY;
      return true;
    }
    if (!this.holder.isActive) return true;
    if (!this.ring.hasNext()) return false;
    const holdMs = this.holder.holdMs();
    if (holdMs === 0) return true;
    this.heldSinceMs = this.holder.now();
    this.untilMs = this.heldSinceMs + holdMs;
    return false;
  }

  private isWaiting(): boolean {
    return this.holder.isActive && this.holder.now() < this.untilMs;
  }
}
