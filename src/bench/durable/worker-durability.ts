/**
 * Durability as a worker's loop sees it: commits get an epoch and go to the log, and answers wait here until theirs is
 * durable. Runs on the worker's thread; allocates nothing once it runs and never waits for the disk.
 */
import { EpochBoard } from '../../durability/epoch-board.ts';
import { EpochClock } from '../../durability/epoch-clock.ts';
import type { Partition } from '../../engine/partition.ts';
import { RedoOutbox } from '../../shard/log-writer/redo-outbox.ts';
import type { WorkerLog } from '../../shard/log-writer/worker-log.ts';
import { Doorbell } from '../../transport/doorbell.ts';
import { type AcknowledgementListener, Acknowledgements } from './acknowledgements.ts';
import type { DurableStart } from './durable-messages.ts';

/** Room that a turn may need: a batch of transactions, completions of others, and the deferred work of all of them. */
const TURN_MOST = 4096;
/** A worker that has nothing to do looks again after this, where answers wait and nobody may wake it for other things. */
const LOOK_MS = 20;
/** The same where records wait for room. */
const ROOM_LOOK_MS = 0.5;

/** What a worker's log came to. */
export interface WorkerLogCounters {
  records: number;
  recordBytes: number;
  /** Most answers that waited at once. */
  unacknowledgedMost: number;
  /** Turns in which nothing was admitted, since too much waited. */
  turnsHeldBack: number;
}

export class WorkerDurability implements WorkerLog {
  readonly clock: EpochClock;
  readonly redo: RedoOutbox;
  private readonly board: EpochBoard;
  private readonly answers = new Acknowledgements();
  private readonly driver: Doorbell;
  private readonly doorbell: Doorbell;
  private readonly awaits: boolean;
  private hasRoom = true;
  private turnsHeldBack = 0;

  /** @param partition every commit in it from now on goes to the log */
  constructor(start: DurableStart, partition: Partition) {
    this.board = new EpochBoard(start.board.memory, start.board.shards);
    this.clock = new EpochClock(this.board, start.worker, this.board.tick);
    this.redo = new RedoOutbox(start.ring, new Doorbell(start.writerDoorbell), partition.tables, this.clock);
    this.driver = new Doorbell(start.driverDoorbell);
    this.doorbell = new Doorbell(start.doorbell, start.sleeper);
    this.awaits = start.awaits;
    partition.listen(this.redo);
  }

  /** First in each turn. @returns whether new transactions may begin */
  beginTurn(): boolean {
    this.clock.look();
    if (this.hasRoom && this.answers.admits(TURN_MOST)) return true;
    this.turnsHeldBack++;
    return false;
  }

  /** An answer is ready; it counts when its epoch is durable. See `AcknowledgementListener`. */
  add(kind: number, type: number, crossedShards: boolean, startMs: number, answeredMs: number, receipt: number): void {
    this.answers.add(this.clock.current, kind, type, crossedShards, startMs, answeredMs, receipt);
  }

  /** Last in each turn: hands over what was committed, and acknowledges what is durable. */
  endTurn(listener: AcknowledgementListener): void {
    this.hasRoom = this.redo.flush();
    if (this.answers.count === 0) return;
    this.answers.settle(this.board.clusterDurable, listener);
    if (this.awaits && this.answers.count > 0 && !this.board.isAwaited) {
      this.board.isAwaited = true;
      this.driver.ring();
    }
  }

  get unacknowledged(): number {
    return this.answers.count;
  }

  /**
   * Before the worker sleeps: epochs go on to end without it.
   * @returns how long it may sleep, given how long it would
   */
  sleep(timeoutMs: number): number {
    if (!this.redo.sleep()) return Math.min(timeoutMs, ROOM_LOOK_MS);
    return timeoutMs;
  }

  /** After `sleep`, for a worker that parks on nothing else: until something is acknowledged, or for a while. */
  park(timeoutMs: number): void {
    this.doorbell.announce(false);
    this.doorbell.park(Math.min(timeoutMs, LOOK_MS));
  }

  /** As the first thing after sleep. */
  wake(): void {
    this.clock.wake();
  }

  get counters(): WorkerLogCounters {
    const { redo, answers, turnsHeldBack } = this;
    return {
      records: redo.records,
      recordBytes: redo.recordBytes,
      unacknowledgedMost: answers.most,
      turnsHeldBack,
    };
  }
}
