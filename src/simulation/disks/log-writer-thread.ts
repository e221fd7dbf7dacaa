/**
 * The log writer of one simulated shard: a turn is what its thread does between two sleeps, see
 * `shard/log-writer/log-writer-entry.ts`. While a sync goes on nothing that waits for it happens, and epochs do not end.
 */
import { EpochBoard } from '../../durability/epoch-board.ts';
import type { ShardLog } from '../../durability/shard-log.ts';
import type { EpochDriver } from '../../shard/log-writer/epoch-driver.ts';
import { type LogSource, LogWriter } from '../../shard/log-writer/log-writer.ts';
import { Doorbell, WOKEN } from '../../transport/doorbell.ts';
import type { Actor } from '../scheduler.ts';
import type { VirtualClock } from '../virtual-clock.ts';
import type { DiskTrouble } from './disk-trouble.ts';
import type { HeldSync, SimulatedDisk } from './simulated-disk.ts';

/** A board that is told only when the sync is over. */
class LateBoard extends EpochBoard {
  isLate = false;
  private late: { shard: number; epoch: number } | null = null;

  override setShardDurable(shard: number, epoch: number): void {
    if (this.isLate) this.late = { shard, epoch };
    else super.setShardDurable(shard, epoch);
  }

  tell(): void {
    this.isLate = false;
    if (this.late !== null) super.setShardDurable(this.late.shard, this.late.epoch);
    this.late = null;
  }
}

/** What a log writer is made of. */
export interface LogWriterParts {
  shard: number;
  /** Among the shards of the process. */
  place: number;
  shardsOfProcess: number;
  board: EpochBoard;
  log: ShardLog;
  disk: SimulatedDisk;
  trouble: DiskTrouble;
  sources: LogSource[];
  doorbell: SharedArrayBuffer;
  /** Of the other log writers of the process. */
  otherDoorbells: SharedArrayBuffer[];
  /** Of every worker of the process. */
  workerDoorbells: SharedArrayBuffer[];
  /** Where it ends the epochs of the process. */
  driver: EpochDriver | null;
  isWholeCluster: boolean;
  snapshotLogBytes: number;
  durable: number;
  clock: VirtualClock;
}

export interface LogWriterEvents {
  /** An epoch is durable in this shard, and others must be told. */
  durable(): void;
  snapshotDue(epoch: number): void;
  /** The disk stopped it. */
  failed(error: unknown): void;
  said(what: string): void;
}

export class LogWriterThread implements Actor {
  readonly name: string;
  readonly shard: number;
  isLost = false;
  /** Whether a snapshot is asked for or being written. */
  isSnapshotUnderWay = false;
  private readonly parts: LogWriterParts;
  private readonly events: LogWriterEvents;
  private readonly board: LateBoard;
  private readonly writer: LogWriter;
  private readonly doorbell: Doorbell;
  private readonly otherWriters: Doorbell[];
  private readonly workers: Doorbell[];
  private isAsleep = false;
  private wakesAtMs = 0;
  /** When the sync is over that goes on; null where none does. */
  private syncedAtMs: number | null = null;
  private syncs: HeldSync[] = [];

  constructor(parts: LogWriterParts, events: LogWriterEvents) {
    this.parts = parts;
    this.events = events;
    this.shard = parts.shard;
    this.name = `log ${parts.shard}`;
    this.board = new LateBoard(parts.board.memory, parts.shardsOfProcess);
    this.writer = new LogWriter(parts.log, this.board, parts.place, parts.sources, parts.durable);
    this.doorbell = new Doorbell(parts.doorbell);
    this.otherWriters = parts.otherDoorbells.map((memory) => new Doorbell(memory));
    this.workers = parts.workerDoorbells.map((memory) => new Doorbell(memory));
  }

  /** Every epoch up to this is durable in the shard. */
  get durableEpoch(): number {
    return this.writer.durableEpoch;
  }

  isDue(): boolean {
    if (this.isLost) return false;
    const { nowMs } = this.parts.clock;
    if (this.syncedAtMs !== null) return this.syncedAtMs <= nowMs;
    return !this.isAsleep || this.doorbell.look() === WOKEN || this.wakesAtMs <= nowMs;
  }

  dueMs(): number {
    if (this.isLost) return Number.POSITIVE_INFINITY;
    if (this.syncedAtMs !== null) return this.syncedAtMs;
    return this.isAsleep ? this.wakesAtMs : Number.POSITIVE_INFINITY;
  }

  run(): void {
    try {
      this.turn();
    } catch (error) {
      this.events.failed(error);
    }
  }

  private turn(): void {
    const { disk, driver, trouble, clock } = this.parts;
    if (this.syncedAtMs !== null) {
      this.synced();
      return;
    }
    if (this.isAsleep) this.doorbell.cancel();
    this.isAsleep = false;
    if (driver?.tick() === true) for (const other of this.otherWriters) other.ring();
    this.board.isLate = true;
    let hasClosed = false;
    this.syncs = disk.holdingSyncs(() => {
      hasClosed = this.writer.step();
    });
    if (!hasClosed) {
      this.board.tell();
      this.sleep();
      return;
    }
    const slowMs = trouble.slowMs();
    if (slowMs === 0) this.synced();
    else {
      this.syncedAtMs = clock.nowMs + slowMs;
      this.events.said(`waits ${slowMs.toFixed(3)} ms for its disk`);
    }
  }

  private synced(): void {
    const { disk } = this.parts;
    this.syncedAtMs = null;
    disk.finishSyncs(this.syncs);
    this.board.tell();
    this.events.said(`epoch ${this.durableEpoch} is durable here`);
    this.acknowledge();
    this.askForSnapshot();
    this.sleep();
  }

  private acknowledge(): void {
    const { parts, board } = this;
    if (!parts.isWholeCluster) {
      this.events.durable();
      return;
    }
    if (!board.advanceClusterDurable()) return;
    for (const worker of this.workers) worker.ring();
    if (parts.driver === null) for (const other of this.otherWriters) other.ring();
  }

  private askForSnapshot(): void {
    const { log, snapshotLogBytes } = this.parts;
    if (log.fileBytes < snapshotLogBytes || this.isSnapshotUnderWay) return;
    this.isSnapshotUnderWay = true;
    log.startFile();
    this.events.snapshotDue(log.highestEpoch);
  }

  /**
   * No safety net: who has something for it wakes it, also where the next group waits for the one before to be durable in
   * other shards, for which a real driver looks again and again.
   */
  private sleep(): void {
    const { driver, clock } = this.parts;
    this.doorbell.announce(false);
    const { board } = this;
    const remainingMs = driver?.remainingMs() ?? Number.POSITIVE_INFINITY;
    const waits = remainingMs <= 0 && board.clusterDurable < board.tick - 1;
    const timeoutMs = waits ? Number.POSITIVE_INFINITY : remainingMs;
    if (timeoutMs <= 0 || this.writer.hasWork()) {
      this.doorbell.cancel();
      return;
    }
    this.isAsleep = true;
    this.wakesAtMs = clock.nowMs + timeoutMs;
  }
}
