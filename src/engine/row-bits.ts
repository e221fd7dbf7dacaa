/**
 * A bit for each slot of a table, in chunks that its owner adds: which slots hold a row, which rows an index lacks. Bits and
 * not bytes, because a replay asks for every row that it changes: those of a hundred thousand rows stay in a core's own cache.
 */
const ROWS_PER_BYTE_SHIFT = 3;
const BIT_MASK = (1 << ROWS_PER_BYTE_SHIFT) - 1;

export class RowBits {
  readonly chunks: Uint8Array[] = [];
  private readonly chunkShift: number;
  private readonly chunkMask: number;

  /** @param chunkShift rows per chunk as a power of two, at least 8 */
  constructor(chunkShift: number) {
    this.chunkShift = chunkShift;
    this.chunkMask = (1 << chunkShift) - 1;
  }

  get chunkBytes(): number {
    return 1 << (this.chunkShift - ROWS_PER_BYTE_SHIFT);
  }

  /** Of a slot that has a chunk. */
  has(row: number): boolean {
    const byte = this.chunks[row >> this.chunkShift][(row & this.chunkMask) >> ROWS_PER_BYTE_SHIFT];
    return ((byte >> (row & BIT_MASK)) & 1) === 1;
  }

  set(row: number, value: 0 | 1): void {
    const chunk = this.chunks[row >> this.chunkShift];
    const at = (row & this.chunkMask) >> ROWS_PER_BYTE_SHIFT;
    const bit = 1 << (row & BIT_MASK);
    chunk[at] = value === 1 ? chunk[at] | bit : chunk[at] & ~bit;
  }

  /** The bytes of the first `slots` slots of a chunk. */
  bytesOf(chunk: number, slots: number): Uint8Array {
    return this.chunks[chunk].subarray(0, (slots + BIT_MASK) >> ROWS_PER_BYTE_SHIFT);
  }
}
