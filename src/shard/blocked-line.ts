/** The slots of a coordinator that wait for a lock of its own partition, in the order of their refusal. */
import type { Access } from '../engine/access.ts';
import { DOUBTFUL, type LockTable, NO_CONFLICT } from '../engine/lock-table.ts';
import type { CoordinatorSlot } from './coordinator-slot.ts';

export class BlockedLine {
  private readonly locks: LockTable;
  private readonly access: Access;
  private readonly line: number[] = [];
  private seenChanges = 0;

  constructor(locks: LockTable, access: Access) {
    this.locks = locks;
    this.access = access;
  }

  add(slotNumber: number): void {
    this.line.push(slotNumber);
  }

  remove(slotNumber: number): void {
    this.line.splice(this.line.indexOf(slotNumber), 1);
  }

  /**
   * Takes out whom nothing refuses any more, or whom something does for ever, one after the other. And who holds something
   * while somebody older has come in its way meanwhile: it must not wait for that (wait-die), and gives up.
   * @param run lets a slot try again; it may be refused, and come to the end of the line
   * @returns whether there was any
   */
  wake(slots: readonly CoordinatorSlot[], run: (slotNumber: number) => void): boolean {
    const { line, locks } = this;
    if (line.length === 0 || locks.changes === this.seenChanges) return false;
    this.seenChanges = locks.changes;
    let ran = false;
    for (let i = 0, waiting = line.length; i < waiting; i++) {
      const slotNumber = line[i];
      const slot = slots[slotNumber];
      const refusal = this.access.refusal(slot.place, slotNumber);
      const overtaken = slot.holds && refusal < slot.stamp;
      if (refusal !== NO_CONFLICT && refusal !== DOUBTFUL && !overtaken) continue;
      ran = true;
      line.splice(i--, 1);
      waiting--;
      locks.stopWaiting(slotNumber);
      run(slotNumber);
    }
    return ran;
  }
}
