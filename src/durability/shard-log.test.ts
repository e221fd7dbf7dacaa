import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../engine/testing/random.ts';
import { type Disk, NodeDisk } from './disk.ts';
import { EPOCH_CLOSED, RECORDS, UNIT_BYTES } from './log-layout.ts';
import { type LogSummary, readLog } from './log-reader.ts';
import { type LogIdentity, logFileName, ShardLog } from './shard-log.ts';
import { MemoryDisk } from './testing/memory-disk.ts';

const FOLDER = '/data/shard-0';
const IDENTITY: LogIdentity = { shardId: 0, shards: 2, workers: 3, fingerprint: 'abc' };

interface Block {
  kind: number;
  worker: number;
  epoch: number;
  payload: number[];
}

function read(
  disk: Disk,
  folder = FOLDER,
  firstBlock = 0,
  identity = IDENTITY,
): { blocks: Block[]; summary: LogSummary } {
  const blocks: Block[] = [];
  const summary = readLog(disk, folder, identity, firstBlock, (header, bytes, at) => {
    const { kind, worker, epoch, payloadBytes } = header;
    blocks.push({ kind, worker, epoch, payload: [...bytes.subarray(at, at + payloadBytes)] });
  });
  return { blocks, summary };
}

/** Random groups of records, each closed by its epoch. @returns what was appended, group by group */
function write(log: ShardLog, random: Random, epochs: number, firstEpoch = 1): Block[][] {
  const groups: Block[][] = [];
  for (let epoch = firstEpoch; epoch < firstEpoch + epochs; epoch++) {
    const group: Block[] = [];
    for (let n = random.integer(0, 4); n > 0; n--) {
      const payload = Array.from({ length: random.integer(0, 700) }, () => random.integer(0, 255));
      const worker = random.integer(0, 2);
      log.appendRecords(worker, epoch, Uint8Array.from(payload));
      group.push({ kind: RECORDS, worker, epoch, payload });
    }
    log.closeEpoch(epoch);
    group.push({ kind: EPOCH_CLOSED, worker: 0, epoch, payload: [] });
    groups.push(group);
    if (random.chance(0.2)) log.startFile();
  }
  return groups;
}

function newLog(disk: Disk, folder = FOLDER): ShardLog {
  disk.makeFolder(folder);
  const log = new ShardLog(disk, folder, IDENTITY, 0, 0);
  log.startFile();
  return log;
}

const anySeed = fc.integer({ min: 0, max: 1_000_000 });

describe('the log of a shard', () => {
  it('is read as it was written, over several files', () => {
    const disk = new MemoryDisk();
    const log = newLog(disk);
    const groups = write(log, new Random(1), 30);
    const { blocks, summary } = read(disk);
    expect(blocks).toEqual(groups.flat());
    expect(summary).toMatchObject({ closedEpoch: 30, nextBlock: log.next, torn: null });
    expect(summary.files.length).toBeGreaterThan(2);
  });

  it('is the same on the disk of this machine', () => {
    const folder = mkdtempSync(join(tmpdir(), 'dbtest-log-'));
    try {
      const disk = new NodeDisk();
      const log = newLog(disk, folder);
      const groups = write(log, new Random(2), 10);
      log.close();
      expect(read(disk, folder).blocks).toEqual(groups.flat());
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('cut at any byte of its last file keeps every epoch that stands before the cut', () => {
    fc.assert(
      fc.property(anySeed, fc.double({ min: 0, max: 1, noNaN: true }), (seed, part) => {
        const disk = new MemoryDisk();
        const groups = write(newLog(disk), new Random(seed), 12);
        const last = (disk.list(FOLDER) as string[]).at(-1) as string;
        const path = `${FOLDER}/${last}`;
        const cut = Math.floor(part * disk.sizeBytes(path));
        disk.truncate(path, cut);
        const { blocks, summary } = read(disk);
        expect(groups.flat().slice(0, blocks.length)).toEqual(blocks);
        const closed = blocks.filter(({ kind }) => kind === EPOCH_CLOSED).map(({ epoch }) => epoch);
        if (closed.length > 0) expect(summary.closedEpoch).toBe(closed.at(-1));
        if (summary.torn !== null)
          expect(summary.torn).toMatchObject({ file: path, sizeBytes: cut - summary.torn.offset });
      }),
      { seed: 3, numRuns: 200 },
    );
  });

  it('after a crash holds every epoch that was closed, whatever else survived', () => {
    fc.assert(
      fc.property(anySeed, (seed) => {
        const random = new Random(seed);
        const disk = new MemoryDisk();
        const log = newLog(disk);
        const groups = write(log, random, 8);
        const payload = new Uint8Array(3000).fill(7);
        // Not closed: larger than a page, so that a crash can lose its middle.
        for (let n = random.integer(0, 3); n > 0; n--) log.appendRecords(1, 9, payload);
        disk.syncsLeft = 0;
        expect(() => log.closeEpoch(9)).toThrow(/cannot sync .*EIO/);
        expect(() => log.closeEpoch(9)).toThrow(/takes nothing more/);
        disk.crash(random);
        const { blocks, summary } = read(disk);
        expect(blocks.slice(0, groups.flat().length)).toEqual(groups.flat());
        expect(summary.closedEpoch).toBeGreaterThanOrEqual(8);
      }),
      { seed: 4, numRuns: 200 },
    );
  });

  it('stops at a flipped bit in what was durable, and says the file and the place', () => {
    const disk = new MemoryDisk();
    write(newLog(disk), new Random(5), 12);
    const [first] = disk.list(FOLDER) as string[];
    const path = `${FOLDER}/${first}`;
    const inode = disk.names.get(path);
    let refused = 0;
    const size = disk.sizeBytes(path);
    for (let at = 0; at < size; at += 97) {
      if (inode === undefined) throw new Error('the file is there');
      inode.bytes[at] ^= 0x10;
      try {
        const { blocks, summary } = read(disk);
        // Padding is in no digest: nothing that is read has changed.
        expect(summary.torn).toBeNull();
        expect(blocks.length).toBeGreaterThan(0);
      } catch (error) {
        refused++;
        expect(error).toMatchObject({ code: 'DAMAGED', exitStatus: 2 });
        expect(String(error)).toMatch(new RegExp(`${first}, byte \\d+: `));
      }
      inode.bytes[at] ^= 0x10;
    }
    expect(refused).toBeGreaterThan((0.8 * size) / 97);
  });

  it('says which file is missing, in the middle and at the start', () => {
    const disk = new MemoryDisk();
    write(newLog(disk), new Random(6), 40);
    const files = disk.list(FOLDER) as string[];
    expect(files.length).toBeGreaterThan(3);
    const [middle] = files.slice(1, 2);
    const kept = disk.names.get(`${FOLDER}/${middle}`);
    disk.remove(`${FOLDER}/${middle}`);
    expect(() => read(disk)).toThrow(/a file is missing between it and block \d+/);
    if (kept !== undefined) disk.names.set(`${FOLDER}/${middle}`, kept);
    disk.remove(`${FOLDER}/${logFileName(0)}`);
    expect(() => read(disk)).toThrow(/a file is missing/);
    const second = Number(files[1].slice(4, -6));
    expect(read(disk, FOLDER, second).summary.torn).toBeNull();
  });

  it('of another cluster is refused with what differs', () => {
    const disk = new MemoryDisk();
    write(newLog(disk), new Random(7), 1);
    expect(() => read(disk, FOLDER, 0, { ...IDENTITY, workers: 4 })).toThrow(/workers 3 instead of 4/);
  });

  it('on a full disk takes nothing more', () => {
    const disk = new MemoryDisk();
    const log = newLog(disk);
    disk.appendsLeft = 0;
    log.appendRecords(0, 1, new Uint8Array(10));
    expect(() => log.closeEpoch(1)).toThrow(/cannot write .*ENOSPC/);
    expect(() => log.appendRecords(0, 1, new Uint8Array(10))).toThrow(/takes nothing more/);
  });

  it('costs a header a block, up to the next unit', () => {
    const disk = new MemoryDisk();
    const log = newLog(disk);
    const before = log.writtenBytes;
    log.closeEpoch(1);
    expect(log.writtenBytes - before).toBe(UNIT_BYTES);
    log.appendRecords(0, 2, new Uint8Array(UNIT_BYTES));
    log.closeEpoch(2);
    expect(log.writtenBytes - before).toBe(3 * UNIT_BYTES);
  });
});
