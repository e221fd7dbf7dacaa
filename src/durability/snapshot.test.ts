import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Partition } from '../engine/partition.ts';
import { restoreImage, saveImage } from '../engine/partition-image.ts';
import type { TableDefinition } from '../engine/schema.ts';
import { partitionDifference } from '../engine/testing/compare.ts';
import { PlainPartition } from '../engine/testing/plain-model.ts';
import { Random } from '../engine/testing/random.ts';
import { ACCOUNT, BOOKING, DOCUMENT, JOURNAL, LABEL } from '../engine/testing/schemas.ts';
import { TwinWriter } from '../engine/testing/twin-writer.ts';
import { type Disk, NodeDisk } from './disk.ts';
import { SnapshotReader, SnapshotWriter } from './snapshot.ts';
import { MemoryDisk } from './testing/memory-disk.ts';

const PATH = '/data/shard-0/snapshot';
const TABLES: readonly TableDefinition[] = [ACCOUNT, JOURNAL, DOCUMENT, BOOKING, LABEL];

const emptyPartition = (definitions: readonly TableDefinition[]): Partition => {
  const partition = new Partition();
  for (const definition of definitions) partition.createTable(definition);
  return partition;
};

function filled(definitions: readonly TableDefinition[], steps: number) {
  const partition = emptyPartition(definitions);
  const plain = new PlainPartition(definitions);
  const writer = new TwinWriter(partition, plain, new Random(1), { insert: 5, set: 2, delete: 2 });
  for (let n = 0; n < steps; n++) writer.step();
  writer.commit();
  return { partition, plain };
}

function save(disk: Disk, path: string, partition: Partition): SnapshotWriter {
  const writer = new SnapshotWriter(disk, path);
  saveImage(partition, writer);
  writer.end();
  return writer;
}

function open(disk: Disk, path: string, definitions: readonly TableDefinition[]): Partition {
  const partition = emptyPartition(definitions);
  const reader = new SnapshotReader(disk, path);
  restoreImage(partition, reader);
  reader.end();
  return partition;
}

describe('a snapshot', () => {
  it('opened gives the partition that was saved', () => {
    const disk = new MemoryDisk();
    const { partition, plain } = filled(TABLES, 4000);
    const { writtenBytes } = save(disk, PATH, partition);
    expect(disk.sizeBytes(PATH)).toBe(writtenBytes);
    expect(partitionDifference(open(disk, PATH, TABLES), plain, 'all accounted for')).toBeNull();
  });

  it('does so on the disk of this machine', () => {
    const folder = mkdtempSync(join(tmpdir(), 'dbtest-snapshot-'));
    try {
      const { partition, plain } = filled(TABLES, 1000);
      const path = join(folder, 'snapshot');
      const disk = new NodeDisk();
      save(disk, path, partition);
      expect(partitionDifference(open(disk, path, TABLES), plain, 'all accounted for')).toBeNull();
      expect(() => save(disk, path, partition)).toThrow(/cannot create .*EEXIST/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('is refused with the file and the place when it is cut off, wherever', () => {
    const { partition } = filled([ACCOUNT], 200);
    const whole = new MemoryDisk();
    save(whole, PATH, partition);
    const size = whole.sizeBytes(PATH);
    for (let part = 0; part < 40; part++) {
      const disk = new MemoryDisk();
      save(disk, PATH, partition);
      disk.truncate(PATH, Math.floor((size * part) / 40));
      expect(() => open(disk, PATH, [ACCOUNT])).toThrow(/snapshot, byte \d+: .*load the data into an empty folder/);
    }
  });

  it('is refused when a bit is flipped, wherever but in padding', () => {
    const { partition, plain } = filled([ACCOUNT], 60);
    const disk = new MemoryDisk();
    save(disk, PATH, partition);
    const inode = disk.names.get(PATH);
    if (inode === undefined) throw new Error('the file is there');
    let refused = 0;
    let tried = 0;
    for (let at = 0; at < inode.bytes.length; at += 1009) {
      inode.bytes[at] ^= 4;
      tried++;
      try {
        expect(partitionDifference(open(disk, PATH, [ACCOUNT]), plain, 'all accounted for')).toBeNull();
      } catch (error) {
        expect(error).toMatchObject({ code: 'DAMAGED', exitStatus: 2 });
        refused++;
      }
      inode.bytes[at] ^= 4;
    }
    expect(tried).toBeGreaterThan(100);
    expect(refused).toBeGreaterThan(0.9 * tried);
  });

  it('of other tables is refused', () => {
    const disk = new MemoryDisk();
    save(disk, PATH, filled([ACCOUNT, JOURNAL], 300).partition);
    expect(() => open(disk, PATH, [ACCOUNT])).toThrow(expect.objectContaining({ code: 'DAMAGED' }));
    expect(() => open(disk, PATH, [DOCUMENT, JOURNAL])).toThrow(expect.objectContaining({ code: 'DAMAGED' }));
  });

  it('on a full disk is a fault, not half a snapshot that opens', () => {
    const disk = new MemoryDisk();
    const { partition } = filled(TABLES, 4000);
    disk.appendsLeft = 1;
    expect(() => save(disk, PATH, partition)).toThrow(/cannot write .*ENOSPC/);
    expect(() => open(disk, PATH, TABLES)).toThrow(expect.objectContaining({ code: 'DAMAGED' }));
  });
});
