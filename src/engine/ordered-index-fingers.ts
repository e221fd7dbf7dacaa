/**
 * Where the runs of an ordered index go on: for each run of ascending keys the leaf of its last insert, with the open
 * interval of keys that certainly belong there, so that the next key of the run skips the descent.
 *
 * Several runs grow at once (the orders of each district), and what they are told apart by is the first parts of their
 * keys. Two runs may meet in one place here and push each other out: that costs a descent and is no fault.
 */
import { NO_NODE } from './ordered-index-nodes.ts';
import type { PackedKey } from './packed-key.ts';

const FINGERS = 64;

export class RunFingers {
  private readonly leaves = new Int32Array(FINGERS).fill(NO_NODE);
  private readonly lows = new Float64Array(FINGERS);
  private readonly highs = new Float64Array(FINGERS);
  private readonly positions = new Int32Array(FINGERS);
  /** Multiplying is faster than dividing; what it rounds decides on no more than the place. */
  private readonly runsPerKey: number;

  constructor(key: PackedKey) {
    this.runsPerKey = 1 / key.keysPerRun;
  }

  /** Place of the run that `key` belongs to. */
  slotOf(key: number): number {
    return (key * this.runsPerKey) & (FINGERS - 1);
  }

  isSet(slot: number): boolean {
    return this.leaves[slot] !== NO_NODE;
  }

  /** The leaf in which `key` certainly belongs, or NO_NODE. */
  leafFor(slot: number, key: number): number {
    return key > this.lows[slot] && key < this.highs[slot] ? this.leaves[slot] : NO_NODE;
  }

  /** Whether an insert at `position` of `leaf` goes on where the run's last one was. */
  continues(slot: number, leaf: number, position: number): boolean {
    return this.leaves[slot] === leaf && this.positions[slot] === position - 1;
  }

  /** The run's last insert went to `position` of the leaf that its finger points to. */
  advance(slot: number, position: number): void {
    this.positions[slot] = position;
  }

  point(slot: number, leaf: number, low: number, high: number, position: number): void {
    this.leaves[slot] = leaf;
    this.lows[slot] = low;
    this.highs[slot] = high;
    this.positions[slot] = position;
  }

  /** The leaf's bounds have changed, or it is gone. */
  forget(leaf: number): void {
    for (let slot = 0; slot < FINGERS; slot++) if (this.leaves[slot] === leaf) this.leaves[slot] = NO_NODE;
  }

  forgetAll(): void {
    this.leaves.fill(NO_NODE);
  }

  /** For tests: the leaves that fingers point to, and their bounds. */
  all(): { leaf: number; low: number; high: number }[] {
    return [...this.leaves]
      .map((leaf, slot) => ({ leaf, low: this.lows[slot], high: this.highs[slot] }))
      .filter(({ leaf }) => leaf !== NO_NODE);
  }
}
