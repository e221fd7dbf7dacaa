import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../engine/testing/random.ts';
import { writeManifest } from './manifest.ts';
import { agreeCut, reopenLog, type ShardSurvey, surveyShard } from './recovery.ts';
import { type LogIdentity, ShardLog } from './shard-log.ts';
import { MemoryDisk } from './testing/memory-disk.ts';
import { RecordedCluster } from './testing/recorded-cluster.ts';

const FRESH = { shardId: 0, snapshotEpoch: 0, clusterEpoch: 0 };
const anySeed = fc.integer({ min: 0, max: 10_000_000 });

const FOLDER = '/data/shard-0';

/** A folder as a load leaves it, without partitions. */
function logWithManifest(disk: MemoryDisk, identity: LogIdentity): ShardLog {
  const log = new ShardLog(disk, FOLDER, identity, 0, 0);
  log.startFile();
  disk.create(`${FOLDER}/snapshot-0-0`).sync();
  writeManifest(disk, FOLDER, { identity, epoch: 0, firstBlock: 0, snapshots: ['snapshot-0-0'] });
  return log;
}

function surveyed(disk: MemoryDisk, identity: LogIdentity): ShardSurvey {
  const survey = surveyShard(disk, FOLDER, identity);
  if (survey === null) throw new Error('the folder holds data');
  return survey;
}

function work(cluster: RecordedCluster, random: Random, steps: number): void {
  for (let n = 0; n < steps; n++) {
    const draw = random.uniform();
    if (draw < 0.6) cluster.transact();
    else if (draw < 0.75) cluster.tick();
    else cluster.writeLog(random.integer(0, 1));
  }
}

describe('recovery', () => {
  it('gives the state at an epoch not older than what was acknowledged, crash after crash', () => {
    let acknowledged = 0;
    fc.assert(
      fc.property(anySeed, (seed) => {
        const random = new Random(seed);
        const cluster = new RecordedCluster(random);
        for (let crash = 0; crash < 4; crash++) {
          work(cluster, random, random.integer(0, 60));
          acknowledged += cluster.acknowledged;
          cluster.crash();
          // A crash in the middle of the recovery, sometimes several.
          while (random.chance(0.4)) {
            expect(cluster.recover(random.integer(0, 1))).toBeNull();
            cluster.crash();
          }
          expect(cluster.recover(2)).toBeNull();
        }
      }),
      { seed: 1, numRuns: 100 },
    );
    expect(acknowledged).toBeGreaterThan(300);
  });

  it('does so with snapshots at any time, also of the epoch at which the recovery before went on', () => {
    let snapshots = 0;
    fc.assert(
      fc.property(anySeed, (seed) => {
        const random = new Random(seed);
        const cluster = new RecordedCluster(random);
        for (let crash = 0; crash < 4; crash++) {
          if (random.chance(0.3)) cluster.checkpoint(random.integer(0, 1));
          work(cluster, random, random.integer(0, 40));
          if (random.chance(0.3)) cluster.checkpoint(random.integer(0, 1));
          work(cluster, random, random.integer(0, 20));
          cluster.crash();
          while (random.chance(0.3)) {
            expect(cluster.recover(random.integer(0, 1))).toBeNull();
            cluster.crash();
          }
          expect(cluster.recover(2)).toBeNull();
        }
        snapshots += cluster.snapshots;
      }),
      { seed: 1, numRuns: 50 },
    );
    expect(snapshots).toBeGreaterThan(75);
  });

  it('keeps what a run after it acknowledged, when processes were killed and the power goes only then', () => {
    fc.assert(
      fc.property(anySeed, (seed) => {
        const random = new Random(seed);
        const cluster = new RecordedCluster(random);
        for (let crash = 0; crash < 4; crash++) {
          work(cluster, random, random.integer(0, 40));
          cluster.kill();
          expect(cluster.recover(2)).toBeNull();
          work(cluster, random, random.integer(0, 20));
          cluster.crash();
          expect(cluster.recover(2)).toBeNull();
        }
      }),
      { seed: 1, numRuns: 50 },
    );
  });

  it('is not misled by one that stopped between discarding and saying up to where', () => {
    const cluster = new RecordedCluster(new Random(5));
    cluster.transact();
    cluster.tick();
    cluster.writeLogs();
    cluster.transact();
    expect(cluster.recover(2)).toBeNull();
    cluster.tearLastBlock(0);
    for (let round = 0; round < 3; round++) {
      expect(cluster.recover(2)).toBeNull();
      for (let epoch = 0; epoch < 3; epoch++) {
        cluster.transact();
        cluster.tick();
      }
      cluster.writeLogs();
      expect(cluster.acknowledged).toBeGreaterThan(2);
    }
    expect(cluster.recover(2)).toBeNull();
  });

  it('makes durable what a killed process had only written, before other shards are told of it', () => {
    // Killed between write and sync: the system has the bytes, the disk has not.
    const disk = new MemoryDisk();
    const identity = { shardId: 0, shards: 1, workers: 1, fingerprint: 'x' };
    const log = logWithManifest(disk, identity);
    log.closeEpoch(1);
    disk.syncsLeft = 0;
    expect(() => log.closeEpoch(2)).toThrow(/EIO/);
    disk.syncsLeft = Number.POSITIVE_INFINITY;
    expect(surveyed(disk, identity).durableEpoch).toBe(2);
    // They recover to it and say so, and the power goes before this shard's recovery goes on.
    for (const seed of [1, 2, 3]) {
      disk.crash(new Random(seed));
      expect(surveyed(disk, identity).durableEpoch).toBe(2);
    }
  });

  it('makes the name of a file durable that a killed process had only created', () => {
    const disk = new MemoryDisk();
    const identity = { shardId: 0, shards: 1, workers: 1, fingerprint: 'x' };
    const log = logWithManifest(disk, identity);
    log.closeEpoch(1);
    const syncFolder = disk.syncFolder.bind(disk);
    disk.syncFolder = () => {
      throw new Error('killed');
    };
    expect(() => log.startFile()).toThrow('killed');
    disk.syncFolder = syncFolder;
    expect(surveyed(disk, identity).log.files).toHaveLength(2);
    disk.crash(new Random(1));
    expect(surveyed(disk, identity).log.files).toHaveLength(2);
  });

  it('goes on where a log file was created and nothing was written to it, as on a full disk', () => {
    const disk = new MemoryDisk();
    const identity = { shardId: 0, shards: 1, workers: 1, fingerprint: 'x' };
    const log = logWithManifest(disk, identity);
    log.closeEpoch(1);
    // The file before is flushed, then the new one gets its header.
    disk.appendsLeft = 1;
    expect(() => log.startFile()).toThrow(/ENOSPC/);
    disk.appendsLeft = Number.POSITIVE_INFINITY;
    const survey = surveyed(disk, identity);
    const reopened = reopenLog(disk, FOLDER, survey, 1, survey.highestEpoch);
    reopened.closeEpoch(2);
    disk.crash(new Random(1));
    expect(surveyed(disk, identity).durableEpoch).toBe(2);
  });

  it('tells of what it discards once', () => {
    const cluster = new RecordedCluster(new Random(8));
    for (let n = 0; n < 10; n++) cluster.transact();
    cluster.writeUnclosed();
    expect(cluster.recover(2)).toBeNull();
    expect(cluster.discarded).toBeGreaterThan(0);
    expect(cluster.recover(2)).toBeNull();
    expect(cluster.discarded).toBe(0);
    cluster.transact();
    cluster.tick();
    cluster.writeLogs();
    expect(cluster.recover(2)).toBeNull();
    expect(cluster.discarded).toBe(0);
  });

  it('finds nothing in an empty folder, and refuses a folder whose manifest is missing', () => {
    const identity = { shardId: 0, shards: 2, workers: 2, fingerprint: 'x' };
    expect(surveyShard(new MemoryDisk(), '/data/shard-0', identity)).toBeNull();
    const cluster = new RecordedCluster(new Random(2));
    cluster.disk.remove('/data/shard-0/manifest.json');
    expect(() => surveyShard(cluster.disk, '/data/shard-0', identity)).toThrow(
      /manifest.json: it is missing beside log files/,
    );
  });

  it.each([
    ['another number of workers', { workers: 3 }, /workers 2 instead of 3/],
    ['other data', { fingerprint: 'y' }, /fingerprint x instead of y/],
  ])('refuses %s', (_, change, message) => {
    const cluster = new RecordedCluster(new Random(3));
    const identity = { shardId: 0, shards: 2, workers: 2, fingerprint: 'x', ...change };
    expect(() => surveyShard(cluster.disk, '/data/shard-0', identity)).toThrow(message);
  });
});

describe('the cut', () => {
  it('is the last epoch that is durable everywhere', () => {
    expect(
      agreeCut([
        { ...FRESH, durableEpoch: 7, cuts: [] },
        { ...FRESH, durableEpoch: 5, cuts: [] },
      ]),
    ).toBe(5);
  });

  it('is not within what an interrupted recovery has discarded in one shard', () => {
    const cut = { block: 9, epoch: 5, upTo: 8 };
    expect(
      agreeCut([
        { ...FRESH, durableEpoch: 8, cuts: [cut] },
        { ...FRESH, durableEpoch: 7, cuts: [] },
      ]),
    ).toBe(5);
    expect(
      agreeCut([
        { ...FRESH, durableEpoch: 8, cuts: [cut] },
        { ...FRESH, durableEpoch: 8, cuts: [] },
      ]),
    ).toBe(5);
    expect(
      agreeCut([
        { ...FRESH, durableEpoch: 9, cuts: [cut] },
        { ...FRESH, durableEpoch: 10, cuts: [cut] },
      ]),
    ).toBe(9);
  });
});
