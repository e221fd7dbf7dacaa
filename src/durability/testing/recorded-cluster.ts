/**
 * Shards with logs on a disk in memory, and a model of what they must hold after a recovery: transactions over several
 * partitions write their records shard by shard, epochs close at different times, crashes come at any step.
 */
import { assert } from '../../assert.ts';
import { Partition } from '../../engine/partition.ts';
import { saveImage } from '../../engine/partition-image.ts';
import { int32, integer, type TableDefinition } from '../../engine/schema.ts';
import type { Random } from '../../engine/testing/random.ts';
import type { Transaction } from '../../engine/transaction.ts';
import { OperatingFault } from '../../errors.ts';
import { checkpoint } from '../checkpoint.ts';
import { isLogFile } from '../log-reader.ts';
import { readManifest, writeManifest } from '../manifest.ts';
import { agreeCut, findBehind, recoverPartition, reopenLog, type ShardSurvey, surveyShard } from '../recovery.ts';
import { RedoEncoder } from '../redo-encoder.ts';
import { type LogIdentity, ShardLog } from '../shard-log.ts';
import { SnapshotWriter } from '../snapshot.ts';
import { MemoryDisk } from './memory-disk.ts';
import { recordBytes } from './record-bytes.ts';

const ACCOUNT = {
  name: 'ACCOUNT',
  columns: { NUMBER: int32, BALANCE: integer },
  indexes: { byNumber: { kind: 'hash', key: [{ column: 'NUMBER', range: 1_000_000 }] } },
} satisfies TableDefinition;

const SHARDS = 2;
const WORKERS = 2;
const PARTITIONS = SHARDS * WORKERS;
const FIRST_ACCOUNTS = 12;

/** Balances by account number, of one partition. */
type Balances = Map<number, number>;

interface Done {
  epoch: number;
  writes: { partition: number; account: number; balance: number }[];
}

const folderOf = (shard: number): string => `/data/shard-${shard}`;
const identityOf = (shardId: number): LogIdentity => ({ shardId, shards: SHARDS, workers: WORKERS, fingerprint: 'x' });

const emptyPartition = (): Partition => {
  const partition = new Partition();
  partition.createTable(ACCOUNT);
  return partition;
};

export class RecordedCluster {
  readonly disk = new MemoryDisk();
  /** The highest epoch that every shard has made durable: what terminals were told. */
  acknowledged = 0;
  snapshots = 0;
  /** Records that the last recovery discarded. */
  discarded = 0;
  private readonly random: Random;
  private partitions = Array.from({ length: PARTITIONS }, emptyPartition);
  private transactions: Transaction[] = [];
  private logs: ShardLog[] = [];
  /** By shard: records that its log writer has not been given, oldest first. */
  private waiting: { worker: number; epoch: number; bytes: Uint8Array }[][] = [[], []];
  private closed = [0, 0];
  private epoch = 1;
  private readonly first: Balances[] = [];
  private done: Done[] = [];
  private nextAccount = FIRST_ACCOUNTS;

  constructor(random: Random) {
    this.random = random;
    for (let shard = 0; shard < SHARDS; shard++) {
      this.disk.makeFolder(folderOf(shard));
      this.logs.push(new ShardLog(this.disk, folderOf(shard), identityOf(shard), 0, 0));
    }
    this.partitions.forEach((partition) => {
      const transaction = partition.newTransaction();
      for (let account = 0; account < FIRST_ACCOUNTS; account++) insert(partition, transaction, account, 100);
      transaction.commit();
    });
    this.first = this.balances();
    for (let shard = 0; shard < SHARDS; shard++) {
      const firstBlock = this.logs[shard].next;
      const snapshots = [0, 1].map((worker) => {
        const name = `snapshot-0-${worker}`;
        const writer = new SnapshotWriter(this.disk, `${folderOf(shard)}/${name}`);
        saveImage(this.partitions[shard * WORKERS + worker], writer);
        writer.end();
        return name;
      });
      writeManifest(this.disk, folderOf(shard), { identity: identityOf(shard), epoch: 0, firstBlock, snapshots });
      this.logs[shard].startFile();
    }
    this.listen();
  }

  /** One transaction over one or several partitions; its records reach the logs later. */
  transact(): void {
    const { random } = this;
    const writes: Done['writes'] = [];
    const epoch = this.epoch;
    this.current = epoch;
    for (const partition of random.shuffle([0, 1, 2, 3]).slice(0, random.integer(1, 3))) {
      const engine = this.partitions[partition];
      const transaction = this.transactions[partition];
      const inserts = random.chance(0.3);
      const known = [...this.balances()[partition].keys()];
      const account = inserts ? this.nextAccount++ : random.pick(known);
      const balance = random.integer(0, 1_000_000);
      if (inserts) insert(engine, transaction, account, balance);
      else {
        const [table] = engine.tables;
        const row = table.hashIndex('byNumber').get(account);
        transaction.setInteger(table, row, table.integerColumn('BALANCE'), balance);
      }
      writes.push({ partition, account, balance });
      transaction.commit();
    }
    this.done.push({ epoch, writes });
  }

  tick(): void {
    this.epoch++;
  }

  /** A log writer takes what waits, and may close what is over. Acknowledges what is closed everywhere. */
  writeLog(shard: number): void {
    const log = this.logs[shard];
    for (const { worker, epoch, bytes } of this.waiting[shard].splice(0)) log.appendRecords(worker, epoch, bytes);
    if (this.random.chance(0.7)) this.close(shard);
    if (this.random.chance(0.1)) log.startFile();
  }

  /** The log writers take what waits, and go on to another file before its epoch is over. */
  writeUnclosed(): void {
    this.logs.forEach((log, shard) => {
      for (const { worker, epoch, bytes } of this.waiting[shard].splice(0)) log.appendRecords(worker, epoch, bytes);
      log.startFile();
    });
  }

  /** All log writers take what waits, and close what is over. */
  writeLogs(): void {
    for (let shard = 0; shard < SHARDS; shard++) {
      this.writeLog(shard);
      this.close(shard);
    }
  }

  private close(shard: number): void {
    if (this.closed[shard] >= this.epoch - 1) return;
    this.logs[shard].closeEpoch(this.epoch - 1);
    this.closed[shard] = this.epoch - 1;
    this.acknowledged = Math.max(this.acknowledged, Math.min(...this.closed));
  }

  /** Processes are killed, one of them between a write and its sync: what was written is there until the power goes. */
  kill(): void {
    const shard = this.random.integer(0, SHARDS - 1);
    this.tick();
    this.writeLog(shard);
    this.tick();
    this.disk.syncsLeft = 0;
    try {
      this.close(shard);
    } catch (error) {
      if (!(error instanceof OperatingFault)) throw error;
    }
    this.disk.syncsLeft = Number.POSITIVE_INFINITY;
  }

  /** The last block of a recovery did not reach the disk whole; what comes after it in a recovery has not happened. */
  tearLastBlock(shard: number): void {
    const folder = folderOf(shard);
    const manifest = readManifest(this.disk, folder, identityOf(shard));
    assert(manifest !== null, 'the folder holds data');
    writeManifest(this.disk, folder, { ...manifest, logBytes: {} });
    const logs = (this.disk.list(folder) ?? []).filter(isLogFile);
    const path = `${folder}/${logs.at(-1)}`;
    this.disk.truncate(path, this.disk.sizeBytes(path) - 8);
  }

  /** Moves the snapshots of a shard forward to the last epoch that is durable everywhere, as its snapshot thread does. */
  checkpoint(shard: number): void {
    this.logs[shard].startFile();
    checkpoint(this.disk, folderOf(shard), identityOf(shard), Math.min(...this.closed), emptyPartition);
    this.snapshots++;
  }

  /** The machine loses its power: everything that is not durable is lost, or some of it. */
  crash(): void {
    this.disk.crash(this.random);
  }

  /**
   * Recovers all shards; what a crash in the middle leaves is for the next call.
   * @param shardsReopened how many get as far as discarding what is above the cut
   * @returns what is wrong, or null
   */
  recover(shardsReopened: number): string | null {
    const surveys = Array.from({ length: SHARDS }, (_, shard) => {
      const survey = surveyShard(this.disk, folderOf(shard), identityOf(shard));
      assert(survey !== null, 'the folder holds data');
      return survey;
    });
    const cut = agreeCut(surveys);
    if (findBehind(surveys) !== null) return 'a shard is taken for one that is behind';
    // Epochs that a recovery skipped hold nothing: a cut below them loses nothing.
    const lost = this.done.find(({ epoch }) => epoch > cut && epoch <= this.acknowledged);
    if (lost !== undefined) return `cut at epoch ${cut}, a transaction of epoch ${lost.epoch} was acknowledged`;
    this.discarded = 0;
    this.partitions = Array.from({ length: PARTITIONS }, (_, i) => {
      const shard = Math.floor(i / WORKERS);
      const partition = emptyPartition();
      const survey = surveys[shard];
      const recovered = recoverPartition(this.disk, folderOf(shard), survey, cut, i % WORKERS, partition);
      this.discarded += recovered.recordsDiscarded;
      return partition;
    });
    this.done = this.done.filter(({ epoch }) => epoch <= cut);
    const fault = this.difference();
    if (fault !== null) return `cut at epoch ${cut}: ${fault}`;
    if (shardsReopened > 0) this.reopen(surveys, cut, shardsReopened);
    return null;
  }

  private reopen(surveys: ShardSurvey[], cut: number, shards: number): void {
    const highest = Math.max(this.epoch, ...surveys.map(({ highestEpoch }) => highestEpoch));
    this.logs = surveys.slice(0, shards).map((survey, shard) => {
      return reopenLog(this.disk, folderOf(shard), survey, cut, highest);
    });
    this.waiting = [[], []];
    this.closed = [highest, highest];
    this.epoch = highest + 1;
    if (shards === SHARDS) {
      this.acknowledged = cut;
      this.listen();
    }
  }

  private current = 1;

  private listen(): void {
    this.transactions = this.partitions.map((partition, i) => {
      const transaction = partition.newTransaction();
      const encoder = new RedoEncoder(partition.tables);
      transaction.listener = {
        committing: (writeSet) => {
          const bytes = recordBytes(encoder, writeSet, this.current);
          this.waiting[Math.floor(i / WORKERS)].push({ worker: i % WORKERS, epoch: this.current, bytes });
        },
      };
      return transaction;
    });
  }

  /** The model's state against the engine's. */
  private difference(): string | null {
    const expected = this.first.map((each) => new Map(each));
    for (const { writes } of this.done) {
      for (const { partition, account, balance } of writes) expected[partition].set(account, balance);
    }
    const actual = this.balances();
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const keys = new Set([...expected[partition].keys(), ...actual[partition].keys()]);
      for (const key of keys) {
        const found = actual[partition].get(key);
        const wanted = expected[partition].get(key);
        if (found !== wanted) return `partition ${partition}, account ${key}: ${found} instead of ${wanted}`;
      }
    }
    return null;
  }

  private balances(): Balances[] {
    return this.partitions.map(({ tables: [table] }) => {
      const balances: Balances = new Map();
      for (let row = 0; row < table.rowBound; row++) {
        if (!table.isLive(row)) continue;
        balances.set(
          table.getInt32(row, table.keyColumn('NUMBER')),
          table.getInteger(row, table.integerColumn('BALANCE')),
        );
      }
      return balances;
    });
  }
}

function insert({ tables: [table] }: Partition, transaction: Transaction, account: number, balance: number): void {
  const row = table.allocate();
  table.putInt32(row, table.keyColumn('NUMBER'), account);
  table.putInteger(row, table.integerColumn('BALANCE'), balance);
  assert(transaction.insert(table, row), 'the account is new');
}
