/** The bytes that a partition may hold. Counted by the engine itself: a worker thread is not a memory boundary in Node. */
import { assert } from '../assert.ts';
import { EXIT, OperatingFault } from '../errors.ts';

/** Counts what tables, indexes and write sets allocate, against one limit. */
export class MemoryBudget {
  readonly limitBytes: number;
  /** Off while an abort runs: what undoes a transaction must not fail. The bytes are counted all the same. */
  enforcing = true;
  #usedBytes = 0;

  /** @param limitBytes upper bound in bytes; Infinity for none */
  constructor(limitBytes: number) {
    assert(limitBytes > 0, 'a memory budget must be positive');
    this.limitBytes = limitBytes;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /**
   * Takes `sizeBytes` from the budget, before the allocation itself.
   * @throws OperatingFault `MEMORY_LIMIT` when it does not fit; nothing is taken then
   */
  reserve(sizeBytes: number): void {
    if (this.enforcing && this.#usedBytes + sizeBytes > this.limitBytes) {
      const limitMb = Math.floor(this.limitBytes / 1e6);
      throw new OperatingFault(
        'MEMORY_LIMIT',
        EXIT.usage,
        `the memory limit of ${limitMb} MB is reached; raise --memory-limit or use fewer warehouses`,
      );
    }
    this.#usedBytes += sizeBytes;
  }

  /** Gives back what a replaced structure held. */
  release(sizeBytes: number): void {
    this.#usedBytes -= sizeBytes;
    assert(this.#usedBytes >= 0, 'more memory was released than reserved');
  }
}
