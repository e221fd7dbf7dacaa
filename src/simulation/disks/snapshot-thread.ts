/**
 * The thread of one simulated process that moves its shards' snapshots forward, one at a time, while all others go on: between
 * any two of its disk's operations the cluster may take steps.
 */
import type { Partition } from '../../engine/partition.ts';
import type { Random } from '../random.ts';
import type { Actor } from '../scheduler.ts';
import type { ClusterFiles } from './cluster-files.ts';
import { ProcessKilled } from './disk-trouble.ts';
import type { LogWriterThread } from './log-writer-thread.ts';
import type { MainThread } from './main-thread.ts';

/** Percent of operations behind which others go on, and for how many steps at most. */
const PAUSE_PCT = 30;
const PAUSE_STEPS_MOST = 12;

export interface SnapshotEvents {
  /** Lets the cluster take a step, if anybody can. */
  step(): void;
  written(): void;
  failed(error: unknown): void;
  said(what: string): void;
}

export class SnapshotThread implements Actor {
  readonly name: string;
  private readonly main: MainThread;
  private readonly files: ClusterFiles;
  private readonly random: Random;
  private readonly newPartition: (shard: number, workerOfShard: number) => Partition;
  private readonly events: SnapshotEvents;
  private readonly wanted: { writer: LogWriterThread; epoch: number }[] = [];
  private isBusy = false;

  /** @param newPartition an empty one, as the worker's is before its load, with what all of them share */
  constructor(
    main: MainThread,
    files: ClusterFiles,
    random: Random,
    newPartition: (shard: number, workerOfShard: number) => Partition,
    events: SnapshotEvents,
  ) {
    this.main = main;
    this.name = `snapshot ${main.process}`;
    this.files = files;
    this.random = random;
    this.newPartition = newPartition;
    this.events = events;
  }

  want(writer: LogWriterThread, epoch: number): void {
    this.wanted.push({ writer, epoch });
  }

  /** A snapshot must not be ahead of what is durable in any shard: a recovery could not go back behind it. */
  mayWrite(epoch: number): boolean {
    return this.main.board.clusterDurable >= epoch;
  }

  isDue(): boolean {
    const [first] = this.wanted;
    return first !== undefined && !this.isBusy && !this.main.isLost && this.mayWrite(first.epoch);
  }

  dueMs(): number {
    return Number.POSITIVE_INFINITY;
  }

  run(): void {
    const first = this.wanted.shift();
    if (first === undefined) return;
    const { writer, epoch } = first;
    const { shard } = writer;
    const disk = this.files.disks[shard];
    this.isBusy = true;
    disk.between = () => this.pause();
    try {
      this.files.checkpoint(shard, epoch, (worker) => this.newPartition(shard, worker));
    } catch (error) {
      disk.between = () => {};
      this.events.failed(error);
      return;
    }
    disk.between = () => {};
    this.isBusy = false;
    writer.isSnapshotUnderWay = false;
    this.events.said(`shard ${shard} has a snapshot of epoch ${epoch}`);
    this.events.written();
  }

  private pause(): void {
    const { random } = this;
    if (!random.chance(PAUSE_PCT)) return;
    const disks = this.files.disks.map((disk) => disk.between);
    // Who takes a step here is another thread.
    for (const disk of this.files.disks) disk.between = () => {};
    for (let steps = random.uniform(1, PAUSE_STEPS_MOST); steps > 0; steps--) this.events.step();
    this.files.disks.forEach((disk, shard) => {
      disk.between = disks[shard];
    });
    if (this.main.isLost) throw new ProcessKilled();
  }
}
