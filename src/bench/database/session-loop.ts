/**
 * The loop of one database session: its terminals take turns on its connections, one transaction at a time. Runs on the
 * event loop of a worker thread beside the loops of other sessions; knows no workload and no driver, only their contracts.
 */
import { assert } from '../../assert.ts';
import { DatabaseError } from '../../drivers/contract.ts';
import { COMMITTED, type Outcome, QUEUED, USER_ABORT } from '../contract.ts';
import type { Schedule } from '../pacing/schedule.ts';
import type { DatabaseSession } from './contract.ts';
import type { SessionConnections } from './session-connections.ts';
import type { GroupedLoop, SessionGroup } from './session-group.ts';
import type { ShardTransaction } from './shard-transaction.ts';

/** Before another attempt: a random time up to this, doubled with each attempt up to the longest. */
const FIRST_RETRY_MS = 1;
const LONGEST_RETRY_MS = 100;
/** Before a lost connection is opened again. */
const FIRST_REOPEN_MS = 50;
const LONGEST_REOPEN_MS = 2000;
/** A later doubling would only overflow. */
const MOST_DOUBLINGS = 20;

export class SessionLoop implements GroupedLoop {
  readonly session: DatabaseSession;
  readonly connections: SessionConnections;
  private readonly schedule: Schedule;
  private readonly group: SessionGroup;
  private readonly random: () => number;
  private readonly terminalTypes: Int32Array;
  /** Start and type of queued transactions, in their order. */
  private readonly deferred: { startMs: number; type: number }[] = [];
  deferredQueueMost = 0;

  /** @param firstTypes type of each terminal's first transaction, already drawn */
  constructor(
    session: DatabaseSession,
    connections: SessionConnections,
    firstTypes: readonly number[],
    schedule: Schedule,
    group: SessionGroup,
    random: () => number,
  ) {
    this.session = session;
    this.connections = connections;
    this.schedule = schedule;
    this.group = group;
    this.random = random;
    this.terminalTypes = Int32Array.from(firstTypes);
  }

  restart(nowMs: number): void {
    this.schedule.restart(nowMs);
    this.deferredQueueMost = 0;
  }

  /** Until the measurement is over, and everything that began has ended. */
  async run(): Promise<void> {
    const { group, schedule } = this;
    while (group.isRunning) {
      const nowMs = group.now();
      const terminal = schedule.take(nowMs);
      if (terminal < 0) {
        await group.sleepUntil(schedule.nextReadyMs());
        continue;
      }
      await this.perform(terminal, schedule.intendedStartMs);
      while (this.deferred.length > 0 && (await this.performDeferred()));
    }
    while (this.deferred.length > 0 && !group.hasFailed) await this.performDeferred();
  }

  private async perform(terminal: number, startMs: number): Promise<void> {
    const { session, group } = this;
    const type = this.terminalTypes[terminal];
    session.count(terminal);
    let transaction: ShardTransaction | null = null;
    const outcome = await this.attempt(type, (attempt) => {
      transaction = attempt;
      return session.execute(terminal, attempt, group.epochMs());
    });
    const crossed = (transaction as ShardTransaction | null)?.crossedShards ?? false;
    const endMs = group.now();
    const latencyMs = endMs - startMs;
    if (outcome === QUEUED) {
      this.deferred.push({ startMs, type });
      this.deferredQueueMost = Math.max(this.deferredQueueMost, this.deferred.length);
    }
    if (group.isRecording) {
      const { recorder } = group;
      if (outcome === COMMITTED) recorder.commit(type, crossed, latencyMs);
      else if (outcome === USER_ABORT) recorder.userAbort(type, crossed, latencyMs);
      else if (outcome === QUEUED) recorder.answer(type, crossed, latencyMs);
      else recorder.failure(type, false);
    }
    group.completed(endMs);
    const nextType = session.draw(terminal);
    this.terminalTypes[terminal] = nextType;
    this.schedule.release(terminal, type, nextType, endMs);
  }

  /** @returns whether it was done */
  private async performDeferred(): Promise<boolean> {
    const { session, group } = this;
    const [{ type, startMs }] = this.deferred;
    assert(session.deferredCount === this.deferred.length, 'the session queues what it says it queues');
    const outcome = await this.attempt(type, async (attempt) => {
      await session.executeDeferred(attempt, group.epochMs());
      return COMMITTED;
    });
    if (outcome === null && !group.hasFailed) return false;
    this.deferred.shift();
    if (outcome === null) session.dropDeferred();
    else if (group.isRecording) group.recorder.deferredCommit(type, group.now() - startMs);
    return true;
  }

  /**
   * Tries until it has an outcome. What was undone for another transaction is tried again after a pause.
   * @returns null where a connection was lost, which is open again then unless the run is over, and after any other error
   */
  private async attempt(
    type: number,
    work: (transaction: ShardTransaction) => Promise<Outcome>,
  ): Promise<Outcome | null> {
    const { group } = this;
    for (let attempts = 0; ; attempts++) {
      const transaction = this.connections.newTransaction();
      try {
        const outcome = await work(transaction);
        await this.connections.settle();
        return outcome;
      } catch (error) {
        await transaction.rollback();
        if (!(error instanceof DatabaseError)) throw error;
        if (error.kind === 'conflict') {
          if (group.isRecording) group.recorder.conflictAbort(type);
          if (group.hasFailed) return null;
          // What this attempt could not undo would keep the next one waiting.
          await this.connections.settle();
          await group.pause(this.random() * doubled(FIRST_RETRY_MS, attempts, LONGEST_RETRY_MS));
          continue;
        }
        if (error.kind === 'connection') {
          group.connectionLost(error);
          await this.reopen();
          if (!group.hasFailed) await this.connections.settle();
        } else {
          group.fail(error);
        }
        return null;
      }
    }
  }

  private async reopen(): Promise<void> {
    const { group, connections } = this;
    for (let attempts = 0; !group.hasFailed; attempts++) {
      try {
        await connections.to(connections.homeShard);
        return;
      } catch (error) {
        if (!(error instanceof DatabaseError)) throw error;
        if (!group.isRunning) {
          group.fail(error);
          return;
        }
        await group.pause((0.5 + this.random() / 2) * doubled(FIRST_REOPEN_MS, attempts, LONGEST_REOPEN_MS));
      }
    }
  }
}

const doubled = (firstMs: number, times: number, longestMs: number): number =>
  Math.min(longestMs, firstMs * 2 ** Math.min(times, MOST_DOUBLINGS));
