/** What the operations of each terminal's transaction came to, kept until it ends. */
import { MOST_OPERATIONS } from './inputs.ts';
import { MOST_ELEMENTS } from './schema.ts';

const STRIDE = 1 + MOST_ELEMENTS;

export class Results {
  /** By terminal, then by operation: how many elements a read saw, or 1 or 0 for an append that happened or not; the elements. */
  private readonly words: Float64Array;

  constructor(terminals: number) {
    this.words = new Float64Array(terminals * MOST_OPERATIONS * STRIDE);
  }

  /** Notes a result whose elements stand in `source` from `from`. */
  set(terminal: number, operation: number, count: number, source: Float64Array, from: number, elements: number): void {
    const { words } = this;
    const at = (terminal * MOST_OPERATIONS + operation) * STRIDE;
    words[at] = count;
    for (let i = 0; i < elements; i++) words[at + 1 + i] = source[from + i];
  }

  count(terminal: number, operation: number): number {
    return this.words[(terminal * MOST_OPERATIONS + operation) * STRIDE];
  }

  element(terminal: number, operation: number, index: number): number {
    return this.words[(terminal * MOST_OPERATIONS + operation) * STRIDE + 1 + index];
  }
}
