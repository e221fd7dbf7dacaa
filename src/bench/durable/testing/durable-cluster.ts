/**
 * A durable cluster in one thread: the workers, exchanges and links of `SimulatedCluster`, with real logs, log writers and
 * epochs over a disk in memory. The test chooses every step: turns, deliveries, ticks, what a log writer does, and crashes.
 * Recovery goes on with the same files.
 *
 * The model is the order in which transactions decided. What a recovery finds must be what those of epochs up to its cut
 * come to, each having seen what it saw; and those that were acknowledged must be among them.
 */
import { EpochBoard } from '../../../durability/epoch-board.ts';
import { agreeCut, type ShardSurvey } from '../../../durability/recovery.ts';
import type { ShardLog } from '../../../durability/shard-log.ts';
import type { Random } from '../../../engine/testing/random.ts';
import { COMMITTED } from '../../../shard/contract.ts';
import { LogWriter } from '../../../shard/log-writer/log-writer.ts';
import type { PlainAccounts, Program } from '../../../shard/testing/program.ts';
import { firstAccounts, ProgramSource } from '../../../shard/testing/random-programs.ts';
import { type Member, SimulatedCluster } from '../../../shard/testing/simulated-cluster.ts';
import { createDoorbell, Doorbell } from '../../../transport/doorbell.ts';
import { createRing } from '../../../transport/ring-layout.ts';
import type { AcknowledgementListener } from '../acknowledgements.ts';
import { WorkerDurability } from '../worker-durability.ts';
import { ClusterFiles, type Decided, highestOf } from './cluster-files.ts';

/** The smallest ring: records spill. */
const RING_WORDS = 2 ** 11;
const CALM_ROUNDS_MOST = 3000;

export interface DurablePlan {
  shards: number;
  workersPerShard: number;
  terminals: number;
  /** Accounts of each worker. */
  keys: number;
  /** Whether each shard is a process with a tick of its own. */
  severalProcesses: boolean;
}

/** A worker with its log. */
export interface DurableMember {
  member: Member;
  durability: WorkerDurability;
}

/** Makes a cluster wrong on purpose, each time that its processes have started. */
export type Sabotage = (cluster: DurableCluster) => void;

export class DurableCluster {
  members: DurableMember[] = [];
  boards: EpochBoard[] = [];
  /** What the recoveries agree on; a test may put something wrong in its place. */
  agree: (surveys: readonly ShardSurvey[]) => number[] = (surveys) => surveys.map(() => agreeCut(surveys));
  /** What happened since the start. */
  readonly tally = { acknowledged: 0, committed: 0, taken: 0, snapshots: 0, recoveries: 0 };
  private readonly plan: DurablePlan;
  private readonly random: Random;
  private readonly sabotage: Sabotage;
  private readonly files: ClusterFiles;
  private readonly source: ProgramSource;
  private cluster!: SimulatedCluster;
  private logs: ShardLog[] = [];
  private writers: LogWriter[] = [];
  /** In the order of their decisions; by their receipts, those that this run of the processes decided. */
  private history: Decided[] = [];
  private readonly programs = new Map<Program, number>();
  private decisions: Decided[] = [];
  private acknowledged: number[] = [];
  private asleep: boolean[] = [];
  private durableAtStart = 0;
  /** Whose turn it is. */
  private current = 0;

  constructor(plan: DurablePlan, random: Random, sabotage: Sabotage = () => {}) {
    this.plan = plan;
    this.random = random;
    this.sabotage = sabotage;
    const { shards, workersPerShard, keys } = plan;
    const workers = shards * workersPerShard;
    this.source = new ProgramSource(random, workers, keys);
    const accounts = firstAccounts(workers, keys);
    this.files = new ClusterFiles(plan);
    this.logs = this.files.load(accounts);
    this.startProcesses(accounts, this.files.survey(), 0, 0);
  }

  /** One thing happens, of what can happen next. */
  step(): void {
    const { random, cluster } = this;
    cluster.nowMs += random.uniform();
    const busy = cluster.links.busy();
    const draw = random.uniform();
    if (draw < 0.04) {
      const board = random.pick(this.boards);
      board.raiseTick(board.tick + 1);
    } else if (draw < 0.16) this.write(random.integer(0, this.plan.shards - 1));
    else if (draw < 0.2) this.tell(random.pick(this.boards));
    else if (draw < 0.203) this.takeSnapshot(random.integer(0, this.plan.shards - 1));
    else if (draw < 0.5 && busy.length > 0) cluster.links.deliver(...random.pick(busy));
    else this.turn(random.pick(this.members).member.worker, true);
  }

  /** Starts nothing more and lets everything end. @returns what is wrong, or null */
  calm(): string | null {
    const { cluster } = this;
    for (let round = 0; round < CALM_ROUNDS_MOST; round++) {
      cluster.nowMs += 1;
      for (const { member } of this.members) this.turn(member.worker, false);
      for (const [from, to] of cluster.links.busy()) cluster.links.deliver(from, to);
      for (const board of this.boards) board.raiseTick(board.tick + 1);
      for (let shard = 0; shard < this.plan.shards; shard++) this.write(shard);
      for (const board of this.boards) this.tell(board);
      const isOver = this.members.every(({ member, durability }) => {
        const { running, exchange, session } = member;
        return (
          !running.includes(true) &&
          exchange.participant.held === 0 &&
          session.queue.length === 0 &&
          durability.unacknowledged === 0
        );
      });
      if (isOver && cluster.links.busy().length === 0) return cluster.faultsAtRest()[0] ?? null;
    }
    return 'what was committed is never acknowledged';
  }

  /** All processes lose their power, and recover, perhaps at the second attempt. @returns what is wrong, or null */
  crash(): string | null {
    const { random, files, plan } = this;
    files.disk.crash(random);
    if (random.chance(0.3)) {
      // Some shards get as far as discarding what is above the cut.
      const surveys = files.survey();
      const fault = this.compare(surveys);
      if (fault !== null) return fault;
      files.reopen(surveys.slice(0, random.integer(0, plan.shards - 1)), this.agree(surveys), highestOf(surveys));
      files.disk.crash(random);
    }
    const surveys = files.survey();
    const fault = this.compare(surveys);
    if (fault !== null) return fault;
    const cuts = this.agree(surveys);
    const cut = Math.min(...cuts);
    const highest = highestOf(surveys);
    const accounts = files.recovered(surveys, cuts).map((session) => session.stored());
    this.logs = files.reopen(surveys, cuts, highest);
    this.tally.recoveries++;
    this.tally.taken += this.history.filter(({ epoch }) => epoch > cut).length;
    this.history = this.history.filter(({ epoch }) => epoch <= cut);
    this.startProcesses(accounts, files.survey(), highest, highest);
    return null;
  }

  /** @returns what is acknowledged and gone, or else what is not as the model has it; null where nothing is wrong */
  private compare(surveys: ShardSurvey[]): string | null {
    const cuts = this.agree(surveys);
    const cut = Math.min(...cuts);
    const lost = this.acknowledged.find((receipt) => this.decisions[receipt].epoch > cut);
    if (lost !== undefined) {
      return `lost: acknowledged in epoch ${this.decisions[lost].epoch}, recovered to ${cut}`;
    }
    const kept = this.history.filter(({ epoch }) => epoch <= cut);
    return this.files.difference(kept, this.files.recovered(surveys, cuts));
  }

  private turn(worker: number, starts: boolean): void {
    const { random } = this;
    const { member, durability } = this.members[worker];
    this.current = worker;
    if (this.asleep[worker]) durability.wake();
    this.asleep[worker] = false;
    const admits = durability.beginTurn();
    member.poll();
    if (random.chance(0.5)) member.exchange.flush();
    const idle = member.running.flatMap((running, terminal) => (running ? [] : [terminal]));
    if (admits && starts && idle.length > 0 && random.chance(0.7)) {
      const program = this.source.next(worker);
      member.start(random.pick(idle), program);
    }
    member.runDeferred();
    if (random.chance(0.8) || !starts) member.exchange.flush();
    this.cluster.links.collect();
    durability.endTurn(this.listener);
    if (!member.isBusy && random.chance(0.5)) this.asleep[worker] = durability.sleep(1) === 1;
  }

  private readonly listener: AcknowledgementListener = {
    acknowledged: (_kind, _type, _crossedShards, _startMs, _answeredMs, receipt) => {
      this.acknowledged.push(receipt);
      this.tally.acknowledged++;
    },
  };

  /** A log writer's step, as its thread makes it. */
  private write(shard: number): void {
    if (this.writers[shard].step() && !this.plan.severalProcesses) this.boards[0].advanceClusterDurable();
    if (this.random.chance(0.03)) this.logs[shard].startFile();
  }

  /** A process hears from all others how far they are. */
  private tell(board: EpochBoard): void {
    const { boards } = this;
    for (const other of boards) board.raiseTick(other.tick);
    board.raiseClusterDurable(Math.min(...boards.map(({ localDurable }) => localDurable)));
  }

  private takeSnapshot(shard: number): void {
    const epoch = this.boardOf(shard).clusterDurable;
    // As a log writer asks for one: for an epoch that it has closed since the start.
    if (epoch <= Math.max(this.durableAtStart, this.files.survey()[shard].manifest.epoch)) return;
    this.files.checkpoint(shard, epoch);
    this.tally.snapshots++;
  }

  private startProcesses(accounts: PlainAccounts[], surveys: ShardSurvey[], cut: number, durable: number): void {
    const { plan } = this;
    const { shards, workersPerShard, severalProcesses } = plan;
    this.boards = severalProcesses
      ? surveys.map(() => EpochBoard.create(1, workersPerShard))
      : [EpochBoard.create(shards, shards * workersPerShard)];
    for (const board of this.boards) {
      board.raiseTick(durable + 1);
      board.clusterDurable = durable;
    }
    const durabilities: WorkerDurability[] = [];
    const rings = accounts.map(() => createRing(RING_WORDS));
    this.cluster = new SimulatedCluster({
      ...plan,
      accounts,
      seed: this.random.integer(1, 1_000_000),
      openLog: (worker, partition) => {
        const shard = Math.floor(worker / workersPerShard);
        this.files.recover(worker, surveys, cut, partition);
        const { memory } = this.boardOf(shard);
        const durability = new WorkerDurability(
          {
            board: { memory, shards: severalProcesses ? 1 : shards },
            worker: this.placeOf(worker),
            ring: rings[worker],
            writerDoorbell: createDoorbell(),
            driverDoorbell: createDoorbell(),
            doorbell: createDoorbell(),
            awaits: false,
          },
          partition,
        );
        durabilities.push(durability);
        return durability;
      },
    });
    this.members = this.cluster.members.map((member, worker) => ({ member, durability: durabilities[worker] }));
    this.asleep = this.members.map(() => false);
    this.writers = this.logs.map((log, shard) => {
      const sources = Array.from({ length: workersPerShard }, (_, workerOfShard) => {
        const worker = shard * workersPerShard + workerOfShard;
        const doorbell = new Doorbell(createDoorbell());
        return { worker: this.placeOf(worker), workerOfShard, ring: rings[worker], doorbell };
      });
      return new LogWriter(log, this.boardOf(shard), severalProcesses ? 0 : shard, sources, durable);
    });
    this.durableAtStart = durable;
    this.programs.clear();
    this.decisions = [];
    this.acknowledged = [];
    this.watch();
    this.sabotage(this);
  }

  /** Notes what decides in which epoch, and answers when it completes. */
  private watch(): void {
    const { oracle } = this.cluster;
    const decided = oracle.decided.bind(oracle);
    oracle.decided = (program, results, committed) => {
      decided(program, results, committed);
      const { durability } = this.members[this.current];
      const receipt = this.decisions.length;
      const decision = { program, results: [...results], committed, epoch: durability.clock.current };
      this.decisions.push(decision);
      this.history.push(decision);
      this.programs.set(program, receipt);
      if (committed) this.tally.committed++;
      if (program.deferred) durability.add(COMMITTED, 0, false, 0, 0, receipt);
    };
    for (const { member, durability } of this.members) {
      const complete = member.complete.bind(member);
      member.complete = (terminal, outcome) => {
        complete(terminal, outcome);
        const receipt = this.programs.get(member.session.programs[terminal]);
        if (receipt !== undefined) durability.add(outcome, 0, false, 0, 0, receipt);
      };
    }
  }

  /** Of the process that the shard belongs to. */
  boardOf(shard: number): EpochBoard {
    return this.boards[this.plan.severalProcesses ? shard : 0];
  }

  /** Of a worker, within its process. */
  private placeOf(worker: number): number {
    return this.plan.severalProcesses ? worker % this.plan.workersPerShard : worker;
  }
}
