/**
 * The processes of a run, as the main thread of each sees them: who leads, what all have reported, and what the leader made
 * of it. The leader is the process with the lowest shard of those that are there; when it is lost the next one takes over
 * where it was. Knows no socket: texts come and go by `send` and `receive`.
 */
import { assert } from '../assert.ts';
import { EXIT, OperatingFault } from '../errors.ts';
import type { PeerShard } from '../transport/multi-transport-manager.ts';
import { type Announcement, type ClusterMessage, readClusterMessage } from './cluster-message.ts';

export type { Announcement } from './cluster-message.ts';

export interface ClusterEvents {
  /** The leader says what comes now. */
  announced(announcement: Announcement): void;
  /** Another process wants the measurement to end; heard by the leader. */
  endRequested(reason: string): void;
  /** Another process has made epochs durable. */
  durable(process: number, epoch: number, tick: number): void;
}

/** Something on which all agree. */
interface Step {
  /** By process. */
  reports: Map<number, unknown>;
  decide: ((reports: Map<number, unknown>) => unknown) | null;
  resolve: ((verdict: unknown) => void) | null;
  reject: ((failure: unknown) => void) | null;
  verdict: { data: unknown } | null;
}

export class Cluster {
  /** The lowest local shard: the name of this process. */
  readonly self: number;
  /** Lowest shard of every other process that is there. */
  private readonly others = new Set<number>();
  private readonly shardsOf = new Map<number, readonly number[]>();
  private readonly steps = new Map<string, Step>();
  private readonly announcements: Announcement[] = [];
  private readonly send: (toShard: number, text: string) => void;
  private readonly events: ClusterEvents;
  /** Why nothing can be agreed on any more. */
  private failure: { error: unknown } | null = null;

  /**
   * @param peers every shard that runs elsewhere
   * @param send takes a text to the process of a shard
   */
  constructor(
    localShardIds: readonly number[],
    peers: readonly PeerShard[],
    send: (toShard: number, text: string) => void,
    events: ClusterEvents,
  ) {
    this.self = localShardIds[0];
    this.send = send;
    this.events = events;
    for (const peer of peers) {
      const name = Math.min(...peer.localShardIds);
      this.others.add(name);
      this.shardsOf.set(name, peer.localShardIds);
    }
  }

  /** Processes that are there, this one included. */
  get processes(): number {
    return 1 + this.others.size;
  }

  get leader(): number {
    return Math.min(this.self, ...this.others);
  }

  get isLeader(): boolean {
    return this.leader === this.self;
  }

  /**
   * Tells the leader what this process has come to, and waits for what it makes of all reports.
   * @param step names the matter; each once
   * @param decide makes the verdict of the reports by process, which are plain data; the leader's is called
   * @throws OperatingFault TRANSPORT, as a rejection, where another process sends what no process of this program sends; what
   *   `decide` throws otherwise
   */
  agree<M, R>(step: string, mine: M, decide: (reports: ReadonlyMap<number, M>) => R): Promise<R> {
    const state = this.step(step);
    assert(state.resolve === null, `${step} is agreed on once`);
    return new Promise<R>((resolve, reject) => {
      state.resolve = resolve as (verdict: unknown) => void;
      state.reject = reject;
      if (this.failure !== null) {
        reject(this.failure.error);
        return;
      }
      state.decide = decide as (reports: Map<number, unknown>) => unknown;
      state.reports.set(this.self, mine);
      if (!this.isLeader) this.tell(this.leader, { kind: 'report', step, data: mine });
      this.settle(step, state);
    });
  }

  /** The leader tells all, itself included. */
  announce(announcement: Announcement): void {
    assert(this.isLeader, 'the leader announces');
    this.announcements.push(announcement);
    for (const other of this.others) this.tell(other, { kind: 'announce', announcement });
    this.events.announced(announcement);
  }

  /** The other processes that are there, by their lowest shards. */
  get otherProcesses(): number[] {
    return [...this.others];
  }

  /** Tells all others how far this process is durable. */
  tellDurable(epoch: number, tick: number): void {
    for (const other of this.others) this.tell(other, { kind: 'durable', epoch, tick });
  }

  /** Asks the leader to end the measurement. */
  requestEnd(reason: string): void {
    if (this.isLeader) this.events.endRequested(reason);
    else this.tell(this.leader, { kind: 'end', reason });
  }

  /**
   * A text that `send` of another process took here. One that is no message ends the measurement, and makes every agreement
   * fail that is waited for or comes later: whoever sends it cannot be agreed with.
   */
  receive(fromShard: number, text: string): void {
    const from = this.processOf(fromShard);
    if (from === null || this.failure !== null) return;
    const message = readClusterMessage(text);
    if (typeof message === 'string') {
      const what = `the process of shard ${fromShard} sent a message that is none of dbtest: ${message}`;
      this.fail(new OperatingFault('TRANSPORT', EXIT.connection, `${what}; see what runs at its address`));
      // Who cannot agree does not ask the leader, as where a peer is lost.
      this.events.announced({ phase: 'drain', endedBy: 'peer-lost' });
      return;
    }
    switch (message.kind) {
      case 'report': {
        const state = this.step(message.step);
        state.reports.set(from, message.data);
        if (state.verdict !== null) this.tell(from, { kind: 'verdict', step: message.step, data: state.verdict.data });
        else this.settle(message.step, state);
        return;
      }
      case 'verdict':
        this.close(message.step, this.step(message.step), message.data);
        return;
      case 'announce':
        this.announcements.push(message.announcement);
        this.events.announced(message.announcement);
        return;
      case 'end':
        this.events.endRequested(message.reason);
        return;
      case 'durable':
        this.events.durable(from, message.epoch, message.tick);
    }
  }

  /** The process of a shard is lost. @returns whether it was there before */
  lose(shardId: number): boolean {
    const lost = this.processOf(shardId);
    if (lost === null) return false;
    const before = this.leader;
    this.others.delete(lost);
    if (this.leader !== before && this.isLeader) {
      for (const announcement of this.announcements) {
        for (const other of this.others) this.tell(other, { kind: 'announce', announcement });
      }
    }
    for (const [step, state] of this.steps) {
      if (this.leader !== before) this.bringUpToDate(step, state);
      this.settle(step, state);
    }
    return true;
  }

  /** Tells a process that has become the leader what the one before it was told, or had decided; or is that process. */
  private bringUpToDate(step: string, state: Step): void {
    if (state.verdict !== null) this.passOn(step, state.verdict.data);
    else if (!this.isLeader && state.reports.has(this.self)) {
      this.tell(this.leader, { kind: 'report', step, data: state.reports.get(this.self) });
    }
  }

  /** A verdict goes to the leader, and from there to all: some may not have heard it of the leader before. */
  private passOn(step: string, data: unknown): void {
    if (!this.isLeader) this.tell(this.leader, { kind: 'verdict', step, data });
    else for (const other of this.others) this.tell(other, { kind: 'verdict', step, data });
  }

  private processOf(shardId: number): number | null {
    for (const other of this.others) if (this.shardsOf.get(other)?.includes(shardId)) return other;
    return null;
  }

  private step(name: string): Step {
    let state = this.steps.get(name);
    if (state === undefined) {
      state = { reports: new Map(), decide: null, resolve: null, reject: null, verdict: null };
      this.steps.set(name, state);
    }
    return state;
  }

  /** Decides when all who are there have reported. */
  private settle(step: string, state: Step): void {
    if (!this.isLeader || this.failure !== null || state.verdict !== null || state.decide === null) return;
    for (const other of this.others) if (!state.reports.has(other)) return;
    let data: unknown;
    try {
      data = state.decide(state.reports);
    } catch (error) {
      // The last report may have come as a text, and who passes texts on cannot know what to do about it.
      this.fail(error);
      return;
    }
    this.close(step, state, data);
  }

  private fail(error: unknown): void {
    this.failure = { error };
    for (const { reject } of this.steps.values()) reject?.(error);
  }

  private close(step: string, state: Step, data: unknown): void {
    if (state.verdict !== null) return;
    state.verdict = { data };
    if (this.isLeader) this.passOn(step, data);
    state.resolve?.(data);
  }

  private tell(process: number, message: ClusterMessage): void {
    this.send(process, JSON.stringify(message));
  }
}
