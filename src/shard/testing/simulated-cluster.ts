/**
 * A cluster in one thread: real exchanges, partitions and rings of the smallest size, a clock that the test moves, and
 * links that deliver when the test says so. The same steps give the same history.
 *
 * Workers of one shard reach each other by rings, those of different shards over `SimulatedLinks`.
 */
import { assert } from '../../assert.ts';
import { Partition } from '../../engine/partition.ts';
import { Random } from '../../engine/testing/random.ts';
import type { CompletionListener } from '../completion.ts';
import { BLOCKED, COMMITTED, type Outcome, PENDING, QUEUED } from '../contract.ts';
import { Exchange } from '../exchange.ts';
import type { WorkerLog } from '../log-writer/worker-log.ts';
import { layPlumbing } from '../plumbing.ts';
import { Oracle } from './oracle.ts';
import type { PlainAccounts, Program } from './program.ts';
import { LONGEST_BODY_WORDS, ProgramSession } from './program-session.ts';
import { SimulatedLinks } from './simulated-links.ts';

export interface ClusterPlan {
  shards: number;
  workersPerShard: number;
  terminals: number;
  severalProcesses: boolean;
  seed: number;
  /** By worker: what its partition holds at the start. */
  accounts: readonly PlainAccounts[];
  /**
   * Of a cluster whose commits are made durable: fills the partition, which has its tables and no accounts, with the accounts.
   * @returns what the worker's commits go to
   */
  openLog?: (worker: number, partition: Partition) => WorkerLog;
}

/** A transaction that has ended. */
export interface Completion {
  worker: number;
  terminal: number;
  outcome: Outcome;
}

/** One worker: its thread does what `turn` and `start` do. */
export class Member implements CompletionListener {
  readonly worker: number;
  readonly shard: number;
  readonly partition = new Partition();
  readonly session: ProgramSession;
  readonly exchange: Exchange;
  /** By terminal: whether its transaction is under way. */
  readonly running: boolean[];
  /** Conflicts that were told, in all. */
  conflicts = 0;
  /** Whether the last poll did anything, or a transaction has begun since: the worker would not park. */
  isBusy = false;
  isLost = false;
  private readonly cluster: SimulatedCluster;

  constructor(cluster: SimulatedCluster, worker: number, plan: ClusterPlan, plumbing: ReturnType<typeof layPlumbing>) {
    const { shards, workersPerShard, terminals, severalProcesses, openLog } = plan;
    this.cluster = cluster;
    this.worker = worker;
    this.shard = Math.floor(worker / workersPerShard);
    const accounts = openLog === undefined ? plan.accounts[worker] : new Map();
    this.session = new ProgramSession(worker, this.partition, accounts, cluster.oracle);
    this.running = new Array<boolean>(terminals).fill(false);
    const clock = { now: () => cluster.nowMs, epochOffsetMs: 0 };
    const random = new Random(plan.seed * 100 + worker);
    this.exchange = new Exchange(
      {
        plumbing: plumbing.mailboxes[this.shard][worker % workersPerShard],
        totalWorkers: shards * workersPerShard,
        workersPerShard,
        workerOfWarehouse: new Int32Array(0),
        terminals,
        severalProcesses,
      },
      this.session,
      this.partition,
      this.partition.access,
      clock,
      () => random.uniform(),
      this,
      openLog?.(worker, this.partition) ?? null,
    );
    this.session.connect(this.exchange);
  }

  complete(terminal: number, outcome: Outcome): void {
    assert(this.running[terminal], 'a transaction completes once');
    this.running[terminal] = false;
    this.cluster.completions.push({ worker: this.worker, terminal, outcome });
  }

  conflict(): void {
    this.conflicts++;
  }

  /** Starts a program at an idle terminal. */
  start(terminal: number, program: Program): Outcome {
    assert(!this.running[terminal], 'a terminal runs one transaction at a time');
    this.session.programs[terminal] = program;
    this.running[terminal] = true;
    this.isBusy = true;
    const outcome = this.exchange.start(terminal, this.cluster.nowMs);
    if (outcome !== PENDING) this.complete(terminal, outcome);
    return outcome;
  }

  poll(): boolean {
    this.isBusy = this.exchange.poll(this.cluster.nowMs);
    return this.isBusy;
  }

  /** Runs the deferred queue, as a worker's loop does. @returns how many programs ran */
  runDeferred(): number {
    const { session, exchange } = this;
    if (session.queue.length === 0 || !exchange.coordinator.enterDeferred()) return 0;
    let done = 0;
    let outcome: Outcome = COMMITTED;
    while (outcome !== BLOCKED && session.queue.length > 0) {
      outcome = session.runDeferred();
      if (outcome !== BLOCKED) done++;
    }
    if (!exchange.coordinator.leaveDeferred(outcome)) session.queue.shift();
    return done;
  }

  /** Whether the worker would be awake in its loop: it was busy, has a message, or a pause is over. */
  get isAwake(): boolean {
    const { exchange } = this;
    return this.isBusy || exchange.mailbox.hasFrames() || exchange.coordinator.nextDueMs <= this.cluster.nowMs;
  }
}

export class SimulatedCluster {
  readonly members: Member[];
  readonly links: SimulatedLinks;
  readonly oracle: Oracle;
  readonly completions: Completion[] = [];
  nowMs = 1000;

  constructor(plan: ClusterPlan) {
    const { shards, workersPerShard, accounts } = plan;
    const plumbing = layPlumbing({
      shards,
      workersPerShard,
      localShardIds: Array.from({ length: shards }, (_, shard) => shard),
      mode: 'tcp',
      ringCapacityBytes: 0,
      longestBodyWords: LONGEST_BODY_WORDS,
    });
    this.oracle = new Oracle(accounts);
    this.links = new SimulatedLinks(plumbing.transports, workersPerShard);
    this.members = accounts.map((_, worker) => new Member(this, worker, plan, plumbing));
  }

  /** One round of a worker's loop, without starts. */
  turn(worker: number): void {
    const member = this.members[worker];
    member.poll();
    member.runDeferred();
    member.exchange.flush();
    this.links.collect();
  }

  /** What came of the transactions of a terminal, in order. */
  outcomes(worker: number, terminal = 0): Outcome[] {
    return this.completions
      .filter((each) => each.worker === worker && each.terminal === terminal && each.outcome !== QUEUED)
      .map(({ outcome }) => outcome);
  }

  /** The workers of a shard stop where they are; of what they sent, `arriving` frames reach each other shard. */
  loseShard(shard: number, arriving: (survivor: number) => number): void {
    for (const member of this.members) if (member.shard === shard) member.isLost = true;
    this.links.collect();
    const survivors = new Set(this.members.filter((member) => !member.isLost).map((member) => member.shard));
    for (const survivor of survivors) this.links.cut(shard, survivor, arriving(survivor));
  }

  /**
   * Lets everything outstanding finish. A worker runs only where its loop would be awake, so that a wake that is lost shows.
   * @returns whether it came to rest within so many turns
   */
  settle(turnsMost = 20_000, random: Random | null = null): boolean {
    for (let turns = 0; turns < turnsMost; turns++) {
      for (const member of this.members) if (!member.isLost) member.exchange.flush();
      this.links.collect();
      const awake = this.members.filter((member) => !member.isLost && member.isAwake);
      const busy = this.links.busy().filter(([, to]) => !this.isLost(to));
      const choices = awake.length + busy.length;
      if (choices === 0) {
        const dueMs = Math.min(
          ...this.members.map((each) => (each.isLost ? Infinity : each.exchange.coordinator.nextDueMs)),
        );
        if (dueMs === Number.POSITIVE_INFINITY) return true;
        this.nowMs = dueMs;
        continue;
      }
      this.nowMs += 0.01;
      const choice = random === null ? turns % choices : random.integer(0, choices - 1);
      if (choice < awake.length) this.turn(awake[choice].worker);
      else this.links.deliver(...busy[choice - awake.length]);
    }
    return false;
  }

  /** Tells the coordinators that the run ends. */
  drain(): void {
    for (const member of this.members) {
      member.exchange.coordinator.drain();
      member.isBusy = true;
    }
  }

  /**
   * What is not as it must be at rest: locks, fragments and transactions that are left, messages that made no sense, and data
   * that differ. Fragments of a
   * lost coordinator may be in doubt, with their locks; what they may have written is not compared.
   */
  faultsAtRest(): string[] {
    const faults = [...this.oracle.violations];
    for (const member of this.members) {
      if (member.isLost) continue;
      const { worker, partition, session, exchange } = member;
      const { inDoubt } = exchange.participant.counters;
      const at = (what: string) => faults.push(`worker ${worker}: ${what}`);
      if (exchange.coordinator.inFlight !== 0) at(`${exchange.coordinator.inFlight} transactions in flight`);
      if (exchange.participant.held !== inDoubt) at(`${exchange.participant.held} fragments held, ${inDoubt} in doubt`);
      if (inDoubt === 0 && partition.locks.held !== 0) at(`${partition.locks.held} locks held`);
      if (session.queue.length > 0) at('deferred work is left');
      if (exchange.malformed > 0) at(`${exchange.malformed} malformed messages`);
      const index = session.indexFault();
      if (index !== null) at(index);
      const stored = session.stored();
      const expected = this.oracle.accounts[worker];
      for (const key of new Set([...stored.keys(), ...expected.keys()])) {
        if (stored.get(key) === expected.get(key) || (inDoubt > 0 && session.isLocked(key))) continue;
        at(`account ${key} has ${stored.get(key)} instead of ${expected.get(key)}`);
      }
    }
    if (!this.oracle.isConserved) faults.push('money was made or lost');
    return faults;
  }

  private isLost(shard: number): boolean {
    return this.members.some((member) => member.shard === shard && member.isLost);
  }
}
