import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assert } from '../assert.ts';
import { Partition } from '../engine/partition.ts';
import { int32, integer, type TableDefinition } from '../engine/schema.ts';
import { Random } from '../engine/testing/random.ts';
import { checkpoint, removeLeftovers, snapshotName, writeSnapshot } from './checkpoint.ts';
import { readManifest, writeManifest } from './manifest.ts';
import { recoverPartition, surveyShard } from './recovery.ts';
import { RedoEncoder } from './redo-encoder.ts';
import { type LogIdentity, ShardLog } from './shard-log.ts';
import { MemoryDisk } from './testing/memory-disk.ts';
import { limited, PowerCut } from './testing/power-cut.ts';
import { recordBytes } from './testing/record-bytes.ts';

const FOLDER = '/data/shard-0';
const WORKERS = 2;
const identity: LogIdentity = { shardId: 0, shards: 1, workers: WORKERS, fingerprint: 'f' };

const COUNTER = {
  name: 'COUNTER',
  columns: { NUMBER: int32, COUNT: integer },
  indexes: { byNumber: { kind: 'hash', key: [{ column: 'NUMBER', range: 1000 }] } },
} satisfies TableDefinition;

function emptyPartition(): Partition {
  const partition = new Partition();
  partition.createTable(COUNTER);
  return partition;
}

/** Counts by number. */
type Counts = Map<number, number>;

function countsOf({ tables: [table] }: Partition): Counts {
  const counts: Counts = new Map();
  for (let row = 0; row < table.rowBound; row++) {
    if (!table.isLive(row)) continue;
    counts.set(table.getInt32(row, table.keyColumn('NUMBER')), table.getInteger(row, table.integerColumn('COUNT')));
  }
  return counts;
}

/** A shard whose workers write: what each partition held when each epoch closed is kept. */
class WritingShard {
  readonly disk = new MemoryDisk();
  /** By epoch, then by worker. */
  readonly states: Counts[][] = [];
  readonly log: ShardLog;
  epoch = 1;
  private readonly workers;
  private readonly random: Random;

  constructor(random: Random) {
    this.random = random;
    this.disk.makeFolder(FOLDER);
    this.log = new ShardLog(this.disk, FOLDER, identity, 0, 0);
    this.log.startFile();
    const snapshots = Array.from({ length: WORKERS }, (_, worker) => {
      writeSnapshot(this.disk, FOLDER, identity, 0, worker, emptyPartition());
      return snapshotName(0, worker);
    });
    writeManifest(this.disk, FOLDER, { identity, epoch: 0, firstBlock: 0, snapshots });
    this.workers = snapshots.map((_, worker) => {
      const partition = emptyPartition();
      const transaction = partition.newTransaction();
      const encoder = new RedoEncoder(partition.tables);
      transaction.listener = {
        committing: (writeSet) => {
          const bytes = recordBytes(encoder, writeSet, this.epoch);
          this.log.appendRecords(worker, this.epoch, bytes);
        },
      };
      return { partition, transaction };
    });
    this.states.push(this.workers.map(() => new Map()));
  }

  /** Inserts, changes and deletes. */
  transact(): void {
    const { random } = this;
    const { partition, transaction } = random.pick(this.workers);
    const [table] = partition.tables;
    for (let n = random.integer(1, 3); n > 0; n--) {
      const number = random.integer(0, 30);
      const row = table.hashIndex('byNumber').get(number);
      if (row < 0) {
        const created = table.allocate();
        table.putInt32(created, table.keyColumn('NUMBER'), number);
        table.putInteger(created, table.integerColumn('COUNT'), 0);
        assert(transaction.insert(table, created), 'the number is new');
      } else if (random.chance(0.3)) transaction.delete(table, row);
      else {
        const count = table.getInteger(row, table.integerColumn('COUNT'));
        transaction.setInteger(table, row, table.integerColumn('COUNT'), count + 1);
      }
      transaction.commit();
    }
  }

  closeEpoch(): void {
    this.log.closeEpoch(this.epoch);
    this.states[this.epoch++] = this.workers.map(({ partition }) => countsOf(partition));
  }

  /** Some epochs, in several files. */
  work(epochs: number): void {
    for (let n = 0; n < epochs; n++) {
      for (let transactions = this.random.integer(0, 6); transactions > 0; transactions--) this.transact();
      this.closeEpoch();
      if (this.random.chance(0.4)) this.log.startFile();
    }
  }

  /** @returns the epoch of the snapshots and the one that is recovered to; what is there is compared with what was then */
  recover(): { snapshotEpoch: number; cut: number } {
    const survey = surveyShard(this.disk, FOLDER, identity);
    assert(survey !== null, 'the folder holds data');
    const { durableEpoch: cut, manifest } = survey;
    for (let worker = 0; worker < WORKERS; worker++) {
      const partition = emptyPartition();
      recoverPartition(this.disk, FOLDER, survey, cut, worker, partition);
      expect(countsOf(partition)).toEqual(this.states[cut][worker]);
    }
    return { snapshotEpoch: manifest.epoch, cut };
  }

  names(pattern: RegExp): string[] {
    return (this.disk.list(FOLDER) ?? []).filter((name) => pattern.test(name));
  }
}

const SNAPSHOTS = /dbsnap/;
const LOGS = /dblog$/;
const anySeed = fc.integer({ min: 0, max: 1_000_000 });

describe('moving the snapshots of a shard forward', () => {
  it('gives the state of the epoch, drops what is before it and keeps records above it', () => {
    let kept = 0;
    fc.assert(
      fc.property(anySeed, (seed) => {
        const random = new Random(seed);
        const shard = new WritingShard(random);
        let last = 0;
        for (let round = 0; round < 3; round++) {
          shard.work(random.integer(1, 6));
          const epoch = random.integer(last, shard.epoch - 1);
          // Workers have gone on within an epoch that is open.
          for (let n = random.integer(0, 5); n > 0; n--) shard.transact();
          const before = shard.names(LOGS).map((name) => shard.disk.sizeBytes(`${FOLDER}/${name}`));
          const done = checkpoint(shard.disk, FOLDER, identity, epoch, emptyPartition);
          const after = shard.names(LOGS).map((name) => shard.disk.sizeBytes(`${FOLDER}/${name}`));
          const sum = (sizes: number[]) => sizes.reduce((total, size) => total + size, 0);
          expect(done.epoch).toBe(epoch);
          expect(done.droppedLogBytes).toBe(sum(before) - sum(after));
          expect(shard.names(SNAPSHOTS)).toEqual([snapshotName(epoch, 0), snapshotName(epoch, 1)]);
          const bytes = shard.names(SNAPSHOTS).map((name) => shard.disk.sizeBytes(`${FOLDER}/${name}`));
          expect(done.snapshotBytes).toBe(sum(bytes));
          expect(shard.recover()).toEqual({ snapshotEpoch: epoch, cut: shard.epoch - 1 });
          if (epoch < shard.epoch - 1) kept++;
          last = epoch;
        }
        // The log writer has its file still, and what it closes there counts.
        shard.work(2);
        expect(shard.recover().cut).toBe(shard.epoch - 1);
      }),
      { seed: 1, numRuns: 60 },
    );
    expect(kept).toBeGreaterThan(50);
  });

  it('keeps epochs durable in which nothing was written, whatever file they ended in', () => {
    const shard = new WritingShard(new Random(1));
    shard.transact();
    shard.closeEpoch();
    shard.closeEpoch();
    shard.closeEpoch();
    shard.log.startFile();
    checkpoint(shard.disk, FOLDER, identity, 1, emptyPartition);
    expect(shard.recover()).toEqual({ snapshotEpoch: 1, cut: 3 });
  });

  it('goes on while the log grows: what is written meanwhile is neither lost nor in the snapshot', () => {
    const shard = new WritingShard(new Random(4));
    shard.work(4);
    let partitions = 0;
    checkpoint(shard.disk, FOLDER, identity, 3, () => {
      // Between two partitions the workers write, and epochs close.
      if (partitions++ > 0) shard.work(3);
      return emptyPartition();
    });
    expect(partitions).toBe(WORKERS);
    expect(shard.recover()).toEqual({ snapshotEpoch: 3, cut: 7 });
  });

  it('survives a crash at each of its steps, whatever the disk keeps, and the next attempt clears what is left', () => {
    let moved = 0;
    let leftovers = 0;
    let crashes = 0;
    for (let seed = 1; seed <= 6; seed++) {
      for (let operations = 0, isOver = false; !isOver; operations++) {
        const random = new Random(100 * seed + operations);
        // The same history each time: only the crash comes one step later.
        const shard = new WritingShard(new Random(seed));
        shard.work(3);
        checkpoint(shard.disk, FOLDER, identity, 1, emptyPartition);
        shard.work(4);
        const acknowledged = shard.epoch - 1;
        const power = limited(shard.disk, operations);
        try {
          checkpoint(power.disk, FOLDER, identity, 5, emptyPartition);
          isOver = true;
        } catch (error) {
          if (!(error instanceof PowerCut)) throw error;
        }
        // Names may reach the disk before their folder is synced.
        if (random.chance(0.5)) shard.disk.syncFolder(FOLDER);
        shard.disk.crash(random);
        crashes++;
        const { snapshotEpoch, cut } = shard.recover();
        expect(cut).toBe(acknowledged);
        expect([1, 5]).toContain(snapshotEpoch);
        if (snapshotEpoch === 5) moved++;
        if (shard.names(SNAPSHOTS).length > WORKERS) leftovers++;
        const again = Math.max(6, snapshotEpoch);
        checkpoint(shard.disk, FOLDER, identity, again, emptyPartition);
        expect(shard.names(SNAPSHOTS)).toEqual([snapshotName(again, 0), snapshotName(again, 1)]);
        expect(shard.recover()).toEqual({ snapshotEpoch: again, cut: acknowledged });
      }
    }
    expect(crashes).toBeGreaterThan(60);
    expect(moved).toBeGreaterThan(5);
    expect(moved).toBeLessThan(crashes - 20);
    expect(leftovers).toBeGreaterThan(10);
  });

  it.each([
    [
      'write',
      (disk: MemoryDisk) => {
        disk.appendsLeft = 1;
      },
      /snapshot-0000000003-\d.*ENOSPC/,
    ],
    [
      'sync',
      (disk: MemoryDisk) => {
        disk.syncsLeft = 0;
      },
      /snapshot-0000000003-\d.*EIO/,
    ],
  ])('that fails at a %s leaves what is in force and says which file', (_, breakDisk, message) => {
    const shard = new WritingShard(new Random(7));
    shard.work(4);
    breakDisk(shard.disk);
    expect(() => checkpoint(shard.disk, FOLDER, identity, 3, emptyPartition)).toThrow(message);
    shard.disk.appendsLeft = Number.POSITIVE_INFINITY;
    shard.disk.syncsLeft = Number.POSITIVE_INFINITY;
    expect(shard.recover()).toEqual({ snapshotEpoch: 0, cut: 4 });
    expect(readManifest(shard.disk, FOLDER, identity)?.snapshots).toEqual([snapshotName(0, 0), snapshotName(0, 1)]);
  });
});

describe('what the manifest does not need', () => {
  it('goes, and nothing else does', () => {
    const disk = new MemoryDisk();
    const touch = (name: string, sizeBytes: number) => {
      const file = disk.create(`${FOLDER}/${name}`);
      file.append(new Uint8Array(sizeBytes), sizeBytes);
    };
    const logs = [0, 7, 20].map((block) => `log-${String(block).padStart(8, '0')}.dblog`);
    logs.forEach((name, i) => {
      touch(name, 10 ** i);
    });
    const kept = ['in-use', 'manifest.json', 'notes.txt', snapshotName(4, 0)];
    for (const name of kept) touch(name, 1);
    for (const name of [snapshotName(3, 0), `${snapshotName(5, 0)}.partial`]) touch(name, 1);
    // Block 12 stands in the file that begins with 7.
    expect(removeLeftovers(disk, FOLDER, 12, [snapshotName(4, 0)])).toBe(1);
    expect(disk.list(FOLDER)).toEqual([...kept, ...logs.slice(1)].sort());
  });
});
