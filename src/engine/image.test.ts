import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ImageSink, ImageSource } from './image.ts';
import { Partition } from './partition.ts';
import { restoreImage, saveImage } from './partition-image.ts';
import type { TableDefinition } from './schema.ts';
import { freeSlots, partitionDifference } from './testing/compare.ts';
import { heldBytes } from './testing/held-bytes.ts';
import { PlainPartition } from './testing/plain-model.ts';
import { Random } from './testing/random.ts';
import { ACCOUNT, anyTable, BOOKING, DOCUMENT, JOURNAL, LABEL } from './testing/schemas.ts';
import { TwinWriter } from './testing/twin-writer.ts';

type Piece = number | Uint8Array;

function save(partition: Partition): Piece[] {
  const pieces: Piece[] = [];
  const sink: ImageSink = {
    number: (value) => pieces.push(value),
    bytes: (bytes) => pieces.push(bytes.slice()),
  };
  saveImage(partition, sink);
  return pieces;
}

function digestOf(pieces: readonly Piece[]): string {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(typeof piece === 'number' ? `${piece};` : piece);
  return hash.digest('hex');
}

function restore(definitions: readonly TableDefinition[], pieces: readonly Piece[], limitBytes?: number): Partition {
  const partition = new Partition(limitBytes);
  for (const definition of definitions) partition.createTable(definition);
  let next = 0;
  const source: ImageSource = {
    number: () => {
      const piece = pieces[next++];
      if (typeof piece !== 'number') throw new Error(`piece ${next - 1} is no number`);
      return piece;
    },
    bytes: (target) => {
      const piece = pieces[next++];
      if (typeof piece === 'number' || piece.length !== target.length)
        throw new Error(`piece ${next - 1} does not fit`);
      target.set(piece);
    },
  };
  restoreImage(partition, source);
  expect(next).toBe(pieces.length);
  return partition;
}

/** A partition after random transactions, its model, and who goes on writing to both. */
function filled(definitions: readonly TableDefinition[], seed: number, transactions: number, steps: number) {
  const random = new Random(seed);
  const partition = new Partition();
  for (const definition of definitions) partition.createTable(definition);
  const plain = new PlainPartition(definitions);
  const writer = new TwinWriter(partition, plain, random, { insert: 6, set: 3, delete: 3 });
  for (let n = 0; n < transactions; n++) {
    for (let left = random.integer(0, steps); left > 0; left--) writer.step();
    if (random.chance(0.3)) writer.abort();
    else writer.commit();
  }
  return { partition, plain, writer };
}

describe('an image of a partition', () => {
  it('gives the same rows, indexes and free slots, for any tables', () => {
    const tables = fc.tuple(anyTable('T0'), anyTable('T1'), anyTable('T2'));
    fc.assert(
      fc.property(tables, fc.integer(), fc.integer({ min: 0, max: 10 }), (definitions, seed, transactions) => {
        const { partition, plain } = filled(definitions, seed, transactions, 30);
        const restored = restore(definitions, save(partition));
        expect(partitionDifference(restored, plain, 'all accounted for')).toBeNull();
        expect(restored.tables.map(freeSlots)).toEqual(partition.tables.map(freeSlots));
        expect(digestOf(save(restored))).toBe(digestOf(save(partition)));
      }),
      { seed: 1, numRuns: 100 },
    );
  });

  it('is a partition that goes on as the first one does, over many chunks and nodes', () => {
    const definitions = [ACCOUNT, JOURNAL, DOCUMENT, BOOKING, LABEL];
    const { partition, plain, writer } = filled(definitions, 2, 20, 1500);
    const restored = restore(definitions, save(partition));
    expect(restored.usedBytes).toBeGreaterThan(0);
    const before = writer.partition;
    expect(before).toBe(partition);
    const later = new TwinWriter(restored, plain, new Random(3), { insert: 5, set: 3, delete: 5 });
    for (const table of restored.tables) {
      for (const slot of plain.tables[table.id].rows.keys()) later['liveSlots'][table.id].push(slot);
    }
    for (let n = 0; n < 20; n++) {
      for (let left = 0; left < 300; left++) later.step();
      if (n % 3 === 0) later.abort();
      else later.commit();
      expect(partitionDifference(restored, plain, 'all accounted for')).toBeNull();
    }
    expect(restored.usedBytes).toBe(heldBytes(restored, later.transaction));
  });

  it('needs the memory that it fills', () => {
    const { partition } = filled([ACCOUNT, JOURNAL], 4, 10, 2000);
    const pieces = save(partition);
    expect(() => restore([ACCOUNT, JOURNAL], pieces, partition.usedBytes / 2)).toThrow(
      expect.objectContaining({ code: 'MEMORY_LIMIT' }),
    );
  });
});
