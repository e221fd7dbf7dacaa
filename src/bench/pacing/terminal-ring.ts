/** Terminals that wait for their turn, first in first out. Each terminal is in it once at most. */
export class TerminalRing {
  private readonly terminals: Int32Array;
  private readonly capacity: number;
  private head = 0;
  private count = 0;

  /** Starts with the terminals 0..terminals-1. */
  constructor(terminals: number) {
    this.terminals = Int32Array.from({ length: terminals }, (_, i) => i);
    this.capacity = terminals;
    this.count = terminals;
  }

  get length(): number {
    return this.count;
  }

  /** The first terminal, or -1. */
  shift(): number {
    if (this.count === 0) return -1;
    const terminal = this.terminals[this.head];
    this.head = this.head + 1 === this.capacity ? 0 : this.head + 1;
    this.count--;
    return terminal;
  }

  push(terminal: number): void {
    let at = this.head + this.count;
    if (at >= this.capacity) at -= this.capacity;
    this.terminals[at] = terminal;
    this.count++;
  }
}
