/** Schedules written out step by step: every frame between shards waits on its link until the script passes it. */
import type { Outcome } from '../contract.ts';
import { operation, type PlainAccounts, type Program, program, READ } from './program.ts';
import { type Member, SimulatedCluster } from './simulated-cluster.ts';
import { type Frame, sequenceOf } from './simulated-links.ts';

export interface ScriptPlan {
  /** Each in a shard of its own, unless told otherwise. */
  workers?: number;
  workersPerShard?: number;
  terminals?: number;
  severalProcesses?: boolean;
  /** By worker; without it each has the accounts 0, 1 and 2 with 30. */
  accounts?: readonly PlainAccounts[];
}

export class Script {
  readonly cluster: SimulatedCluster;

  constructor(plan: ScriptPlan = {}) {
    const { workers = 3, workersPerShard = 1, terminals = 3, severalProcesses = false, accounts } = plan;
    const same = Array.from({ length: workers }, () => new Map([0, 1, 2].map((key) => [key, 30])));
    this.cluster = new SimulatedCluster({
      shards: workers / workersPerShard,
      workersPerShard,
      terminals,
      severalProcesses,
      seed: 1,
      accounts: accounts ?? same,
    });
  }

  member(worker: number): Member {
    return this.cluster.members[worker];
  }

  /** Starts a program; its fragments wait on the links. */
  start(worker: number, terminal: number, program: Program): Outcome {
    const outcome = this.member(worker).start(terminal, program);
    this.member(worker).exchange.flush();
    this.cluster.links.collect();
    return outcome;
  }

  /** Passes the next frames between two shards on, all of them unless told otherwise, and lets the receivers go on. */
  pass(from: number, to: number, frames = Number.POSITIVE_INFINITY): void {
    const { links } = this.cluster;
    const waiting = Math.min(frames, links.waiting(from, to).length);
    for (let passed = 0; passed < waiting; ) {
      if (links.deliver(from, to)) passed++;
      else this.turnShard(to);
    }
    this.turnShard(to);
  }

  private turnShard(shard: number): void {
    for (const member of this.cluster.members) if (member.shard === shard) this.cluster.turn(member.worker);
  }

  /** A shard is lost: of its frames on the way, so many come to each other shard, and then the news. */
  lose(shard: number, arriving: Record<number, number> = {}): void {
    this.cluster.loseShard(shard, (survivor) => arriving[survivor] ?? 0);
  }

  turn(worker: number): void {
    this.cluster.turn(worker);
  }

  /** Lets the time go by, and the worker's pauses end. */
  pause(worker: number, forMs = 1000): void {
    this.cluster.nowMs += forMs;
    this.cluster.turn(worker);
  }

  /** Frames that wait on a link. */
  waiting(from: number, to: number): readonly Frame[] {
    return this.cluster.links.waiting(from, to);
  }

  /** Types of the frames that wait on a link. */
  types(from: number, to: number): number[] {
    return this.waiting(from, to).map(({ type }) => type);
  }

  sequences(from: number, to: number): number[] {
    return this.waiting(from, to).map(sequenceOf);
  }

  /** Makes the next transaction of a worker younger than the first one of any other: runs one that reads elsewhere. */
  age(worker: number, terminal: number, away: number): void {
    this.start(worker, terminal, program('lookup', [operation(away, READ, 2)]));
    this.pass(worker, away);
    this.pass(away, worker);
    this.pass(worker, away);
  }

  /** Lets everything finish. @returns what is wrong then */
  finish(): string[] {
    const rests = this.cluster.settle();
    return rests ? this.cluster.faultsAtRest() : ['does not come to rest', ...this.cluster.faultsAtRest()];
  }
}
