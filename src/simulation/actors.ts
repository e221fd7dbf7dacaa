/** The members, transports and lines of a cluster as the scheduler sees them. */
import type { SimulatedCluster } from './cluster.ts';
import type { Line } from './links.ts';
import type { Member } from './member.ts';
import type { Random } from './random.ts';
import type { Actor } from './scheduler.ts';
import type { SimulatedTransport } from './simulated-transport.ts';

/** Most steps by which a wake comes late, and frames that arrive at once. */
const LATE_STEPS_MOST = 200;
const ARRIVALS_MOST = 4;
/** Epochs for which a worker sleeps at most whose wake is lost: as many as pass in real runs until its safety net. */
const LOST_EPOCHS_MOST = 100;

/** What happened to wakes. */
export interface WakeCounts {
  lateWakes: number;
  lostWakes: number;
}

/**
 * A worker. A wake that was sent may be felt late, or be lost: then the worker's safety net ends its sleep. Its own duties
 * wake it whatever happens.
 */
export class MemberActor implements Actor {
  readonly name: string;
  readonly member: Member;
  private readonly cluster: SimulatedCluster;
  private readonly random: Random;
  private readonly counts: WakeCounts;
  private latePct: number;
  private lostPct: number;
  private readonly lostMsMost: number;
  /** When the wake that is on its way is felt, by step and by time; -1 while there is none. */
  private feltStep = -1;
  private feltMs = -1;

  constructor(member: Member, cluster: SimulatedCluster, random: Random, counts: WakeCounts) {
    this.member = member;
    this.name = member.name;
    this.cluster = cluster;
    this.random = random;
    this.counts = counts;
    this.latePct = cluster.plan.trouble.lateWakePct;
    this.lostPct = cluster.plan.trouble.lostWakePct;
    const { durable } = cluster.plan;
    this.lostMsMost = durable === null ? Number.POSITIVE_INFINITY : LOST_EPOCHS_MOST * durable.epochMs;
  }

  /** From now on every wake is felt at once. */
  calm(): void {
    this.latePct = 0;
    this.lostPct = 0;
    this.forgetWake();
  }

  isDue(step: number): boolean {
    const { member } = this;
    if (!member.isDue) return false;
    const { nowMs } = this.cluster.clock;
    if (!member.sleeps || !member.isWoken || member.dueMs <= nowMs) return true;
    if (this.feltStep < 0) this.sendWake(step);
    return this.feltStep <= step && this.feltMs <= nowMs;
  }

  dueMs(): number {
    const { member, cluster } = this;
    if (!member.isDue || !member.sleeps) return member.dueMs;
    return Math.min(member.dueMs, Math.max(cluster.clock.nowMs, this.feltMs));
  }

  run(): void {
    this.forgetWake();
    this.member.step();
  }

  private sendWake(step: number): void {
    const { random, counts, member, lostMsMost } = this;
    const isLost = this.lostPct > 0 && random.chance(this.lostPct);
    const isLate = !isLost && this.latePct > 0 && random.chance(this.latePct);
    if (isLost) counts.lostWakes++;
    if (isLate) counts.lateWakes++;
    this.feltStep = step + (isLate ? random.uniform(1, LATE_STEPS_MOST) : 0);
    this.feltMs = isLost ? Math.min(member.safetyNetMs, this.cluster.clock.nowMs + lostMsMost) : 0;
  }

  private forgetWake(): void {
    this.feltStep = -1;
    this.feltMs = -1;
  }
}

/** A transport. */
export class TransportActor implements Actor {
  readonly name: string;
  private readonly transport: SimulatedTransport;
  private readonly cluster: SimulatedCluster;

  constructor(transport: SimulatedTransport, cluster: SimulatedCluster) {
    this.transport = transport;
    this.name = `transport ${transport.shard}`;
    this.cluster = cluster;
  }

  isDue(): boolean {
    return this.transport.isRunnable;
  }

  dueMs(): number {
    return Number.POSITIVE_INFINITY;
  }

  run(): void {
    const moved = this.transport.turn();
    const { trace, clock } = this.cluster;
    trace.mix(moved);
    trace.sink?.(clock.nowMs, this.name, moved > 0 ? `moves ${moved} frames` : 'sleeps');
  }
}

/** One direction of a link: delivers a few frames at a time. */
export class LineActor implements Actor {
  readonly name: string;
  private readonly line: Line;
  private readonly cluster: SimulatedCluster;
  private readonly random: Random;

  constructor(line: Line, cluster: SimulatedCluster, random: Random) {
    this.line = line;
    this.name = `link ${line.fromShard} -> ${line.toShard}`;
    this.cluster = cluster;
    this.random = random;
  }

  isDue(): boolean {
    return this.line.isBusy;
  }

  dueMs(): number {
    return Number.POSITIVE_INFINITY;
  }

  run(): void {
    const { line, cluster } = this;
    const { trace, clock, transports } = cluster;
    const target = transports[line.toShard];
    const arrivals = this.random.uniform(1, ARRIVALS_MOST);
    let delivered = 0;
    while (delivered < arrivals && line.isBusy) {
      const frame = target?.deliver(line) ?? null;
      delivered++;
      if (frame === null) trace.sink?.(clock.nowMs, this.name, 'is down');
    }
    transports[line.fromShard]?.roomAgain();
    trace.mix(1000 + 10 * line.fromShard + line.toShard);
    trace.mix(delivered);
    trace.sink?.(clock.nowMs, this.name, `delivers ${delivered}`);
  }
}
