/**
 * What makes the processes of a simulated cluster durable, in one of its lives: boards, log writers, main threads and the
 * threads of snapshots, put together as `bench/durable/durable-shards.ts` does it. Main file of the folder, in which
 * `ClusterFiles` and `DiskTrouble` outlive a crash and everything else is made anew. It knows no workload.
 */
import type { DurableStart } from '../../bench/durable/durable-messages.ts';
import { EpochBoard } from '../../durability/epoch-board.ts';
import type { ShardLog } from '../../durability/shard-log.ts';
import type { Partition } from '../../engine/partition.ts';
import { EpochDriver } from '../../shard/log-writer/epoch-driver.ts';
import type { EpochPolicy } from '../../shard/log-writer/log-writer-messages.ts';
import { createDoorbell, Doorbell, type Sleeper } from '../../transport/doorbell.ts';
import { createRing } from '../../transport/ring-layout.ts';
import type { SimulationPlan } from '../plan.ts';
import type { Random } from '../random.ts';
import type { Actor } from '../scheduler.ts';
import type { Trace } from '../trace.ts';
import type { VirtualClock } from '../virtual-clock.ts';
import type { ClusterFiles } from './cluster-files.ts';
import type { DiskTrouble } from './disk-trouble.ts';
import type { DurablePlan } from './durable-plan.ts';
import { LogWriterThread } from './log-writer-thread.ts';
import { MainThread, TermsLine } from './main-thread.ts';
import { SnapshotThread } from './snapshot-thread.ts';

/** What all lives of a cluster have in common. */
export interface Storage {
  files: ClusterFiles;
  trouble: DiskTrouble;
  random: Random;
}

export interface DurableEvents {
  /** A thread of the process ended the process. */
  failed(process: number, error: unknown): void;
  /** Lets the cluster take a step, if anybody can. */
  step(): void;
}

/** How a life begins. */
export interface DurableBeginning {
  /** By shard. */
  logs: ShardLog[];
  /** Every epoch up to this is over and durable. */
  durable: number;
  /** By worker: what its thread parks on. */
  doorbells: SharedArrayBuffer[];
  newPartition: (shard: number, workerOfShard: number) => Partition;
}

export class DurableProcesses {
  readonly mains: MainThread[] = [];
  /** By shard. */
  readonly writers: LogWriterThread[] = [];
  readonly lines: TermsLine[] = [];
  readonly snapshots: SnapshotThread[] = [];
  readonly storage: Storage;
  snapshotsWritten = 0;
  private readonly plan: SimulationPlan;
  private readonly durablePlan: DurablePlan;
  private readonly starts: Omit<DurableStart, 'sleeper'>[] = [];
  private readonly firstEpoch: number;

  constructor(
    plan: SimulationPlan,
    durablePlan: DurablePlan,
    storage: Storage,
    clock: VirtualClock,
    trace: Trace,
    beginning: DurableBeginning,
    events: DurableEvents,
  ) {
    this.plan = plan;
    this.durablePlan = durablePlan;
    this.storage = storage;
    this.firstEpoch = beginning.durable;
    const said = (who: string, what: string) => trace.sink?.(clock.nowMs, who, what);
    const processes = Math.max(...plan.processOf) + 1;
    for (let process = 0; process < processes; process++) {
      this.startProcess(process, processes, clock, said, beginning, events);
    }
    for (const from of this.mains) {
      const lines = this.mains.filter((to) => to !== from).map((to) => new TermsLine(from, to));
      this.lines.push(...lines);
      from.connect(lines);
    }
    storage.files.disks.forEach((disk, shard) => {
      disk.said = (what) => {
        trace.mix(2000 + shard);
        said(`disk ${shard}`, what);
      };
    });
  }

  get actors(): Actor[] {
    return [...this.writers, ...this.mains, ...this.lines, ...this.snapshots];
  }

  /** @param sleeper of the worker's member */
  startOf(worker: number, sleeper: Sleeper): DurableStart {
    return { ...this.starts[worker], sleeper };
  }

  boardOf(shard: number): EpochBoard {
    return this.mains[this.plan.processOf[shard]].board;
  }

  /** Epochs that the cluster has made durable in this life. */
  get epochs(): number {
    return Math.max(...this.mains.map(({ board }) => board.clusterDurable)) - this.firstEpoch;
  }

  /** Every epoch up to this is durable in the whole cluster, and every process has heard it. */
  get durableEverywhere(): number {
    return Math.min(...this.mains.map(({ board }) => board.clusterDurable));
  }

  /** The process is gone: its threads, and what they waited for. */
  vanish(process: number): void {
    this.mains[process].isLost = true;
    this.plan.processOf.forEach((each, shard) => {
      if (each === process) this.writers[shard].isLost = true;
    });
    for (const { process: other } of this.mains) if (other !== process) this.separate(process, other);
  }

  /** Two processes hear nothing of each other any more but what may be on its way. */
  separate(process: number, other: number): void {
    for (const line of this.lines) {
      const ends = [line.from.process, line.to.process];
      if (ends.includes(process) && ends.includes(other)) line.break(this.storage.random.uniform(0, line.length));
    }
  }

  private startProcess(
    process: number,
    processes: number,
    clock: VirtualClock,
    said: (who: string, what: string) => void,
    { logs, durable, doorbells, newPartition }: DurableBeginning,
    events: DurableEvents,
  ): void {
    const { plan, durablePlan, storage } = this;
    const { workersPerShard, processOf } = plan;
    const shards = processOf.flatMap((each, shard) => (each === process ? [shard] : []));
    const workersOf = (shard: number) => Array.from({ length: workersPerShard }, (_, i) => shard * workersPerShard + i);
    const workers = shards.flatMap(workersOf);
    const board = EpochBoard.create(shards.length, workers.length);
    board.raiseTick(durable + 1);
    board.clusterDurable = durable;
    const workerDoorbells = workers.map((worker) => doorbells[worker]);
    const writerDoorbells = shards.map(() => createDoorbell());
    const main = new MainThread(process, board, workerDoorbells, writerDoorbells, processes > 1, said);
    const failed = (error: unknown) => events.failed(process, error);
    const snapshots = new SnapshotThread(main, storage.files, storage.random, newPartition, {
      step: events.step,
      failed,
      written: () => {
        this.snapshotsWritten++;
      },
      said: (what) => said(`snapshot ${process}`, what),
    });
    const { mode, epochMs, ringWords, snapshotLogBytes } = durablePlan;
    const policy: EpochPolicy = mode === 'sync' ? { kind: 'shortest' } : { kind: 'interval', epochMs };
    workers.forEach((worker, place) => {
      this.starts[worker] = {
        board: { memory: board.memory, shards: shards.length },
        worker: place,
        ring: createRing(ringWords),
        writerDoorbell: writerDoorbells[Math.floor(place / workersPerShard)],
        driverDoorbell: writerDoorbells[0],
        doorbell: doorbells[worker],
        awaits: mode === 'sync',
      };
    });
    shards.forEach((shard, place) => {
      const writer: LogWriterThread = new LogWriterThread(
        {
          shard,
          place,
          shardsOfProcess: shards.length,
          board,
          log: logs[shard],
          disk: storage.files.disks[shard],
          trouble: storage.trouble,
          sources: workersOf(shard).map((worker, workerOfShard) => {
            const { worker: placeOfWorker, ring, doorbell } = this.starts[worker];
            return { worker: placeOfWorker, workerOfShard, ring, doorbell: new Doorbell(doorbell) };
          }),
          doorbell: writerDoorbells[place],
          otherDoorbells: writerDoorbells.filter((_, other) => other !== place),
          workerDoorbells,
          driver: place === 0 ? new EpochDriver(board, policy, () => clock.nowMs) : null,
          isWholeCluster: processes === 1,
          snapshotLogBytes,
          durable,
          clock,
        },
        {
          durable: () => main.hear(() => main.terms.shardIsDurable()),
          snapshotDue: (epoch) => main.hear(() => snapshots.want(writer, epoch)),
          failed,
          said: (what) => said(`log ${shard}`, what),
        },
      );
      this.writers[shard] = writer;
    });
    this.mains.push(main);
    this.snapshots.push(snapshots);
  }
}
