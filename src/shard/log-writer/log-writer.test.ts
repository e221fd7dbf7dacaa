import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EpochBoard } from '../../durability/epoch-board.ts';
import { EpochClock } from '../../durability/epoch-clock.ts';
import { writeManifest } from '../../durability/manifest.ts';
import { recoverPartition, surveyShard } from '../../durability/recovery.ts';
import { type RecordViews, RedoApplier } from '../../durability/redo-applier.ts';
import { RedoEncoder } from '../../durability/redo-encoder.ts';
import { type LogIdentity, ShardLog } from '../../durability/shard-log.ts';
import { SnapshotWriter } from '../../durability/snapshot.ts';
import { MemoryDisk } from '../../durability/testing/memory-disk.ts';
import { Partition } from '../../engine/partition.ts';
import { saveImage } from '../../engine/partition-image.ts';
import { PlainPartition } from '../../engine/testing/plain-model.ts';
import { Random } from '../../engine/testing/random.ts';
import { ACCOUNT, DOCUMENT } from '../../engine/testing/schemas.ts';
import { TwinWriter } from '../../engine/testing/twin-writer.ts';
import { createDoorbell, Doorbell } from '../../transport/doorbell.ts';
import { createRing } from '../../transport/ring-layout.ts';
import { LogWriter } from './log-writer.ts';
import { RedoOutbox } from './redo-outbox.ts';

const FOLDER = '/data/shard-0';
const TABLES = [ACCOUNT, DOCUMENT];
const WORKERS = 2;
const identity: LogIdentity = { shardId: 0, shards: 1, workers: WORKERS, fingerprint: 'f' };

function emptyPartition(): Partition {
  const partition = new Partition();
  for (const definition of TABLES) partition.createTable(definition);
  return partition;
}

function digestOf(partition: Partition): string {
  const hash = createHash('sha256');
  const rebuilt = partition.tables;
  for (const table of rebuilt) table.rebuildFreeSlots();
  for (const table of rebuilt) {
    for (let row = 0; row < table.rowBound; row++) {
      hash.update(`${row} ${table.isLive(row)}`);
      if (!table.isLive(row)) continue;
      for (const column of table.layout.columns) hash.update(`|${table.read(row, column)}`);
    }
  }
  return hash.digest('hex');
}

/** One shard in one thread: workers, rings of a given size, a log writer and a disk that can crash. */
class DurableShard {
  readonly disk = new MemoryDisk();
  readonly board = EpochBoard.create(1, WORKERS);
  readonly workers;
  readonly writer: LogWriter;
  /** Every record in the order of commits. */
  readonly records: { worker: number; epoch: number; views: RecordViews }[] = [];

  constructor(random: Random, ringWords: number) {
    this.disk.makeFolder(FOLDER);
    const log = new ShardLog(this.disk, FOLDER, identity, 0, 0);
    const snapshots = Array.from({ length: WORKERS }, (_, worker) => {
      const snapshot = new SnapshotWriter(this.disk, `${FOLDER}/snapshot-${worker}`);
      saveImage(emptyPartition(), snapshot);
      snapshot.end();
      return `snapshot-${worker}`;
    });
    writeManifest(this.disk, FOLDER, { identity, epoch: 0, firstBlock: 0, snapshots });
    log.startFile();
    this.board.tick = 1;
    const bell = new Doorbell(createDoorbell());
    const rings = Array.from({ length: WORKERS }, () => createRing(ringWords));
    this.workers = rings.map((ring, worker) => {
      const partition = emptyPartition();
      const plain = new PlainPartition(TABLES);
      const writer = new TwinWriter(partition, plain, random, { insert: 4, set: 3, delete: 2 });
      const clock = new EpochClock(this.board, worker, 1);
      const redo = new RedoOutbox(ring, bell, partition.tables, clock);
      const encoder = new RedoEncoder(partition.tables);
      writer.transaction.listener = {
        committing: (writeSet) => {
          const buffer = new ArrayBuffer(8 * encoder.measure(writeSet));
          const views = {
            float64s: new Float64Array(buffer),
            int32s: new Int32Array(buffer),
            bytes: new Uint8Array(buffer),
            view: new DataView(buffer),
          };
          encoder.encode(writeSet, views, 0);
          this.records.push({ worker, epoch: clock.current, views });
          redo.committing(writeSet);
        },
      };
      return { partition, writer, clock, redo };
    });
    const sources = rings.map((ring, worker) => {
      return { worker, workerOfShard: worker, ring, doorbell: new Doorbell(createDoorbell()) };
    });
    this.writer = new LogWriter(log, this.board, 0, sources, 0);
  }

  /** @returns what a recovery finds at its cut, and what it should find, by worker */
  recover(): { cut: number; found: string[]; expected: string[] } {
    const survey = surveyShard(this.disk, FOLDER, identity);
    if (survey === null) throw new Error('the folder holds data');
    const cut = survey.durableEpoch;
    const found = Array.from({ length: WORKERS }, (_, worker) => {
      const partition = emptyPartition();
      recoverPartition(this.disk, FOLDER, survey, cut, worker, partition);
      return digestOf(partition);
    });
    const expected = Array.from({ length: WORKERS }, (_, worker) => {
      const partition = emptyPartition();
      const applier = new RedoApplier(partition.tables);
      for (const record of this.records) {
        if (record.worker !== worker || record.epoch > cut) continue;
        expect(applier.apply(record.views, 0, record.views.float64s.length)).toBeNull();
      }
      return digestOf(partition);
    });
    return { cut, found, expected };
  }
}

describe('a log writer', () => {
  it.each([
    ['that holds everything', 1 << 16],
    ['that is nearly always full', 1 << 11],
  ])('loses nothing that it called durable, with a ring %s', (_, ringWords) => {
    let spilled = 0;
    let durable = 0;
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000 }), (seed) => {
        const random = new Random(seed);
        const shard = new DurableShard(random, ringWords);
        for (let step = 0; step < 120; step++) {
          const { writer, clock, redo } = random.pick(shard.workers);
          const draw = random.uniform();
          if (draw < 0.1) shard.board.tick++;
          else if (draw < 0.25) shard.writer.step();
          else if (draw < 0.4) {
            if (!redo.flush()) spilled++;
          } else {
            clock.look();
            for (let n = random.integer(1, 4); n > 0; n--) writer.step();
            if (random.chance(0.2)) writer.abort();
            else writer.commit();
          }
        }
        const before = shard.board.shardDurable(0);
        durable += before;
        shard.disk.crash(random);
        const { cut, found, expected } = shard.recover();
        expect(cut).toBeGreaterThanOrEqual(before);
        expect(found).toEqual(expected);
      }),
      { seed: 1, numRuns: 150 },
    );
    expect(durable).toBeGreaterThan(300);
    if (ringWords < 1 << 16) expect(spilled).toBeGreaterThan(100);
  });

  it('closes epochs for workers that sleep, and for none whose records wait', () => {
    const shard = new DurableShard(new Random(1), 1 << 11);
    for (const { redo } of shard.workers) expect(redo.sleep()).toBe(true);
    shard.board.tick = 9;
    expect(shard.writer.step()).toBe(true);
    expect(shard.board.shardDurable(0)).toBe(8);
    const [{ clock, redo, writer }] = shard.workers;
    clock.wake();
    let commits = 0;
    do {
      expect(commits++).toBeLessThan(10_000);
      writer.step();
      writer.commit();
      shard.board.tick++;
      clock.look();
    } while (redo.flush());
    expect(redo.sleep()).toBe(false);
    const open = shard.board.closed(0);
    while (!redo.flush()) shard.writer.step();
    expect(shard.board.closed(0)).toBeGreaterThan(open);
  });

  it('writes the epoch of who decided, not its own', () => {
    const shard = new DurableShard(new Random(2), 1 << 12);
    const [{ clock, redo, writer }] = shard.workers;
    const vote = clock.vote();
    shard.board.tick = 6;
    clock.look();
    redo.beginFragment(3);
    writer.step();
    writer.commit();
    redo.endFragment();
    clock.decided(vote);
    redo.flush();
    shard.writer.step();
    shard.records[0].epoch = 3;
    const { cut, found, expected } = shard.recover();
    expect([cut, found]).toEqual([0, expected]);
  });

  it('stops the process for a record of an epoch that it has closed', () => {
    const shard = new DurableShard(new Random(3), 1 << 12);
    const [{ redo, writer }] = shard.workers;
    for (const worker of [0, 1]) shard.board.setClosed(worker, 5);
    shard.writer.step();
    writer.step();
    writer.commit();
    redo.flush();
    expect(() => shard.writer.step()).toThrow(/no record comes for an epoch that is closed/);
  });
});
