/** The slots of a coordinator: how a transaction ends in one, and its age and locks with it. */
import { type LockTable, NO_CONFLICT } from '../engine/lock-table.ts';
import type { CompletionListener } from './completion.ts';
import type { Outcome } from './contract.ts';
import { CoordinatorSlot } from './coordinator-slot.ts';
import type { StampClock } from './stamp-clock.ts';

export class CoordinatorSlots {
  /** Transactions that are neither completed nor given up. */
  inFlight = 0;
  readonly all: readonly CoordinatorSlot[];
  private readonly locks: LockTable;
  private readonly stamps: StampClock;
  private readonly listener: CompletionListener;

  /** @param slots their numbers are owners in the lock table */
  constructor(slots: number, locks: LockTable, stamps: StampClock, listener: CompletionListener) {
    this.locks = locks;
    this.stamps = stamps;
    this.listener = listener;
    this.all = Array.from({ length: slots }, () => new CoordinatorSlot());
    for (let slot = 0; slot < slots; slot++) locks.enter(slot, NO_CONFLICT);
  }

  /** The transaction has its outcome. */
  complete(slotNumber: number, slot: CoordinatorSlot, outcome: Outcome): void {
    const { crossedShards } = slot;
    this.forget(slotNumber, slot);
    this.listener.complete(slotNumber, outcome, crossedShards);
  }

  /** Ends a transaction of which nobody will hear. */
  forget(slotNumber: number, slot: CoordinatorSlot): void {
    this.inFlight--;
    this.reset(slotNumber, slot);
  }

  /** What the slot does next is another transaction. */
  reset(slotNumber: number, slot: CoordinatorSlot): void {
    slot.clear();
    this.locks.releaseAll(slotNumber);
    this.locks.enter(slotNumber, NO_CONFLICT);
  }

  /** From now on the transaction has an age, which it keeps over its retries. */
  takeStamp(slotNumber: number, slot: CoordinatorSlot): void {
    slot.stamp = this.stamps.next();
    this.locks.enter(slotNumber, slot.stamp);
  }
}
