import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RowBits } from './row-bits.ts';

const CHUNK_SHIFT = 4;
const CHUNKS = 3;
const SLOTS = CHUNKS << CHUNK_SHIFT;

function emptyRows(): RowBits {
  const rows = new RowBits(CHUNK_SHIFT);
  for (let i = 0; i < CHUNKS; i++) rows.chunks.push(new Uint8Array(rows.chunkBytes));
  return rows;
}

describe('RowBits', () => {
  it('agrees with a set of slots', () => {
    const step = fc.record({ row: fc.nat({ max: SLOTS - 1 }), live: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const rows = emptyRows();
        const model = new Set<number>();
        for (const { row, live } of steps) {
          rows.set(row, live ? 1 : 0);
          if (live) model.add(row);
          else model.delete(row);
        }
        for (let row = 0; row < SLOTS; row++) expect(rows.has(row)).toBe(model.has(row));
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  it('gives the bytes of the first slots of a chunk, whole ones', () => {
    const rows = emptyRows();
    expect(rows.chunkBytes).toBe(2);
    expect([0, 1, 8, 9, 16].map((slots) => rows.bytesOf(1, slots).length)).toEqual([0, 1, 1, 2, 2]);
    rows.set((1 << CHUNK_SHIFT) + 9, 1);
    expect([...rows.bytesOf(1, 16)]).toEqual([0, 2]);
  });
});
