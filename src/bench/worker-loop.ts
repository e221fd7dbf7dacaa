/**
 * The loop of one worker thread: terminals take turns on the worker's partition, and everything they do is timed.
 *
 * Runs a handful of transactions, then looks up: at messages of other workers, at the phase that main wants, at the memory,
 * at the deferred queue and at the clock's seconds. It never awaits and allocates nothing per transaction; with nothing to
 * do it parks. It knows no workload and no engine table, only their contracts; a single worker has no `Exchange`.
 */
import { assert } from '../assert.ts';
import type { Partition } from '../engine/partition.ts';
import { OperatingFault } from '../errors.ts';
import type { CoordinatorClock } from '../shard/completion.ts';
import type { Exchange } from '../shard/exchange.ts';
import { EXECUTING, TransactionTimes, WAITING_FOR_REMOTE } from '../shard/transaction-times.ts';
import { Answers } from './answers.ts';
import {
  BLOCKED,
  COMMITTED,
  FAILED,
  FAILED_BY_DOUBT,
  type Outcome,
  PENDING,
  QUEUED,
  type WorkloadSession,
} from './contract.ts';
import { type ControlBlock, PHASE_DRAIN, PHASE_IDLE, PHASE_MEASURE, PHASE_STOP, type Phase } from './control-block.ts';
import { DeferredLine } from './deferred-line.ts';
import { handOverAll } from './durable/hand-over.ts';
import { exchangeCounters } from './exchange-counters.ts';
import type { Schedule } from './pacing/schedule.ts';
import type { Recorder } from './recorder.ts';
import { type ChaosHook, type DurabilityHook, type HistoryHook, NO_HOOKS, type WorkerHooks } from './worker-hooks.ts';
import type { MeasuredReport } from './worker-messages.ts';
import { LONGEST_PARK_MS, WorkerSleep } from './worker-sleep.ts';

/** Transactions between two looks at the world, alone and among others. */
const BATCH_ALONE = 16;
const BATCH_AMONG_OTHERS = 8;
/** Between two wakes of others where threads share cores. */
const RING_INTERVAL_MS = 0.15;
const MESSAGES = 0;
const IDLE = 1;

/** What the loop tells a recorder. */
export type LoopRecorder = Pick<Recorder, keyof Recorder>;

export class WorkerLoop {
  private readonly session: WorkloadSession;
  private readonly partition: Partition;
  private readonly schedule: Schedule;
  private readonly recorder: LoopRecorder;
  private readonly control: ControlBlock;
  private readonly clock: CoordinatorClock;
  private readonly counterNames: readonly string[];
  private readonly countersAtStart: Float64Array;
  /** Type of the current transaction of each terminal. */
  private readonly terminalTypes: Int32Array;
  private readonly intendedStartMs: Float64Array;
  private readonly line = new DeferredLine();
  private deferredQueueMost = 0;
  private phase: Phase = PHASE_IDLE;
  private completed = 0;
  private measureStartMs = Number.NaN;
  private endedByMemory = false;
  private exchange: Exchange | null = null;
  /** Of transactions that are pending; the coordinator's where there is one. */
  private times: TransactionTimes;
  /** Milliseconds since the measurement began, by MESSAGES and IDLE. */
  private readonly spentMs = new Float64Array(2);
  private lastRingMs = Number.NEGATIVE_INFINITY;
  private batch = BATCH_ALONE;
  private readonly maySpin: boolean;
  private readonly history: HistoryHook | null;
  private readonly chaos: ChaosHook | null;
  private readonly durable: DurabilityHook | null;
  private readonly answers: Answers;
  private readonly sleep: WorkerSleep;
  /** What completes now counts. */
  private recording = true;

  /**
   * @param firstTypes type of each terminal's first transaction, already drawn
   * @param maySpin whether there is a core for each thread
   */
  constructor(
    session: WorkloadSession,
    partition: Partition,
    counterNames: readonly string[],
    firstTypes: readonly number[],
    schedule: Schedule,
    recorder: LoopRecorder,
    control: ControlBlock,
    clock: CoordinatorClock,
    maySpin = true,
    hooks: WorkerHooks = NO_HOOKS,
  ) {
    this.session = session;
    this.partition = partition;
    this.counterNames = counterNames;
    this.schedule = schedule;
    this.recorder = recorder;
    this.control = control;
    this.clock = clock;
    this.maySpin = maySpin;
    this.history = hooks.history;
    this.chaos = hooks.chaos;
    this.durable = hooks.durable ?? null;
    this.sleep = new WorkerSleep(control, clock, maySpin, this.durable);
    this.answers = new Answers(recorder, clock, this.durable, hooks.receipts ?? null);
    this.terminalTypes = Int32Array.from(firstTypes);
    this.intendedStartMs = new Float64Array(firstTypes.length);
    this.countersAtStart = new Float64Array(counterNames.length);
    this.times = new TransactionTimes(firstTypes.length);
  }

  /** Other workers exist: transactions go through `exchange`, which tells this loop of their completion. */
  connect(exchange: Exchange): void {
    this.exchange = exchange;
    this.times = exchange.coordinator.times;
    this.batch = BATCH_AMONG_OTHERS;
    this.sleep.connect(exchange.mailbox);
  }

  /** Runs until main says so or memory runs out; then decides everything that began, and leaves nothing queued. */
  run(): MeasuredReport {
    let nowMs = this.clock.now();
    while (this.continues(nowMs)) nowMs = this.step(nowMs);
    const report = this.endMeasurement();
    this.beginDrain();
    while (this.drainStep());
    const counters = exchangeCounters(this.exchange);
    return this.durable === null
      ? { ...report, exchange: counters }
      : { ...report, exchange: counters, log: { ...this.durable.counters, lastEpoch: handOverAll(this.durable) } };
  }

  /** Takes up the phase that main wants. @returns whether there is another step before the measurement ends */
  continues(nowMs: number): boolean {
    const wanted = this.control.phase;
    if (wanted !== this.phase) this.enter(wanted, nowMs);
    if (wanted >= PHASE_DRAIN) return false;
    if (!this.partition.hasHeadroom()) this.endedByMemory = true;
    return !this.endedByMemory;
  }

  /** One turn. @returns the time afterwards */
  step(startMs: number): number {
    let nowMs = startMs;
    try {
      nowMs = this.turn(startMs);
    } catch (error) {
      if (!(error instanceof OperatingFault && error.code === 'MEMORY_LIMIT')) throw error;
      this.session.abandon();
      this.endedByMemory = true;
    }
    if (this.exchange?.participant.memoryReached === true) this.endedByMemory = true;
    return nowMs;
  }

  private turn(startMs: number): number {
    const { exchange, times, spentMs, durable } = this;
    let busy = false;
    let nowMs = startMs;
    if (this.chaos !== null) this.chaos.turn(startMs);
    const admits = durable === null || durable.beginTurn();
    if (exchange !== null) {
      const executedMs = times.executedMs;
      busy = exchange.poll(startMs);
      if (busy) {
        this.send(exchange, startMs, true);
        nowMs = this.clock.now();
        spentMs[MESSAGES] += nowMs - startMs - (times.executedMs - executedMs);
      }
    }
    if (admits) busy = this.runBatch(startMs, nowMs) || busy;
    nowMs = this.runDeferred(this.clock.now());
    if (exchange !== null) this.send(exchange, nowMs, busy);
    if (durable !== null) this.answers.settle(durable);
    this.control.publishRun(this.completed, this.partition.usedBytes);
    if (this.recorder.secondIsOver(nowMs)) this.recorder.roll(nowMs);
    if (!busy) {
      nowMs = this.park(nowMs);
      spentMs[IDLE] += nowMs - startMs;
    }
    return nowMs;
  }

  /**
   * With more threads than cores a thread that is woken takes a core from one that runs, for one message; so who sleeps
   * is woken late, for many, and at the latest when this thread has nothing else to do.
   */
  private send(exchange: Exchange, nowMs: number, busy: boolean): void {
    const { mailbox } = exchange;
    mailbox.flush();
    if (!mailbox.hasUnrung) return;
    if (this.maySpin || !busy || nowMs - this.lastRingMs >= RING_INTERVAL_MS) {
      this.lastRingMs = nowMs;
      mailbox.ring();
    }
  }

  /** Something that completed later: the terminal has its answer. */
  complete(terminal: number, outcome: Outcome, crossedShards: boolean): void {
    if (this.recording) {
      const nowMs = this.clock.now();
      this.times.enter(terminal, EXECUTING, nowMs);
      if (outcome < FAILED) {
        this.recorder.times.addPending(this.terminalTypes[terminal], crossedShards, this.times, terminal);
      }
      this.answered(terminal, outcome, crossedShards, nowMs);
    } else if (this.history !== null) this.history.end(terminal, outcome);
  }

  /** An attempt was undone, and will be made again. */
  conflict(terminal: number): void {
    if (this.recording) this.recorder.conflictAbort(this.terminalTypes[terminal]);
  }

  /**
   * The warm-up is a measurement that is forgotten: what the measurement's start, its seconds and its end would change in
   * shape for the first time has its shape before code is compiled for it, and nothing is compiled anew while it counts.
   */
  private enter(phase: Phase, nowMs: number): void {
    this.phase = phase;
    if (phase > PHASE_MEASURE) return;
    if (phase === PHASE_MEASURE) this.measureStartMs = nowMs;
    this.countersAtStart.set(this.session.counters);
    this.recorder.restart(nowMs);
    this.schedule.restart(nowMs);
    this.spentMs.fill(0);
    this.sleep.parks = 0;
    this.answers.restart();
    this.deferredQueueMost = 0;
  }

  /**
   * @param readyMs when the turn began: who is ready then waits while the worker takes messages
   * @param startMs when it has taken them
   * @returns whether any transaction ran
   */
  private runBatch(readyMs: number, startMs: number): boolean {
    const { session, schedule, clock, exchange, batch, history, times } = this;
    let nowMs = startMs;
    for (let i = 0; i < batch; i++) {
      const terminal = schedule.take(i === 0 ? readyMs : nowMs);
      if (terminal < 0) return i > 0;
      const intendedMs = schedule.intendedStartMs;
      const begunMs = nowMs;
      this.intendedStartMs[terminal] = intendedMs;
      if (history !== null) history.begin(terminal);
      const outcome =
        exchange === null
          ? session.start(terminal, Math.floor(nowMs + clock.epochOffsetMs))
          : exchange.start(terminal, nowMs);
      if (outcome === PENDING) {
        if (exchange === null) {
          times.begin(terminal, begunMs);
          times.enter(terminal, WAITING_FOR_REMOTE, clock.now());
        }
        times.queued(terminal, begunMs - intendedMs);
        nowMs = times.latestMs;
        continue;
      }
      nowMs = clock.now();
      if (outcome < FAILED) {
        this.recorder.times.addInPlace(this.terminalTypes[terminal], begunMs - intendedMs, nowMs - begunMs);
      }
      this.answered(terminal, outcome, false, nowMs);
    }
    return true;
  }

  private answered(terminal: number, outcome: Outcome, crossedShards: boolean, nowMs: number): void {
    const type = this.terminalTypes[terminal];
    const startMs = this.intendedStartMs[terminal];
    this.completed++;
    if (this.history !== null) this.history.end(terminal, outcome);
    if (outcome < PENDING || outcome === QUEUED) {
      this.answers.add(outcome, terminal, type, crossedShards, startMs, nowMs);
      if (outcome === QUEUED) this.line.add(type, startMs);
    } else {
      assert(outcome === FAILED || outcome === FAILED_BY_DOUBT, 'a transaction that waits is pending');
      this.recorder.failure(type, outcome === FAILED_BY_DOUBT);
    }
    const nextType = this.session.draw(terminal);
    this.terminalTypes[terminal] = nextType;
    this.schedule.release(terminal, type, nextType, nowMs);
  }

  /** Executes what is queued. @returns the time afterwards */
  private runDeferred(startMs: number): number {
    const { line } = this;
    const waiting = line.count;
    if (waiting === 0) return startMs;
    if (waiting > this.deferredQueueMost) this.deferredQueueMost = waiting;
    const coordinator = this.exchange?.coordinator;
    let nowMs = startMs;
    let done = 0;
    while (done < waiting && coordinator?.enterDeferred() !== false) {
      let outcome: Outcome = COMMITTED;
      for (; done < waiting; done++) {
        outcome = this.session.runDeferred(Math.floor(nowMs + this.clock.epochOffsetMs));
        if (outcome === BLOCKED) break;
        const begunMs = nowMs;
        nowMs = this.clock.now();
        const type = line.typeAt(done);
        const requestedMs = line.startMsAt(done);
        this.answers.addDeferred(type, requestedMs, nowMs);
        this.recorder.times.addDeferred(type, begunMs - requestedMs, nowMs - begunMs);
      }
      if (coordinator?.leaveDeferred(outcome) !== false) break;
      // What is behind it may go on, and nobody would wake this thread for it.
      this.session.dropDeferred();
      this.recorder.failure(line.typeAt(done++), true);
    }
    line.remove(done);
    return nowMs;
  }

  private park(nowMs: number): number {
    const dueMs = this.exchange?.coordinator.nextDueMs ?? Number.POSITIVE_INFINITY;
    const readyMs = Math.min(this.schedule.nextReadyMs(), this.recorder.secondEndMs, dueMs);
    return this.sleep.until(readyMs, nowMs, this.phase);
  }

  /** Nothing that completes from now on counts. Once, when `continues` has said no. */
  endMeasurement(): Omit<MeasuredReport, 'exchange'> {
    this.recording = false;
    this.answers.recording = false;
    const endMs = this.clock.now();
    const measured = !Number.isNaN(this.measureStartMs);
    const recorded = this.recorder.report(endMs);
    const counters = Object.fromEntries(
      this.counterNames.map((name, i) => [name, this.session.counters[i] - this.countersAtStart[i]]),
    );
    if (this.endedByMemory) this.control.reportMemoryReached();
    return {
      measuredSeconds: measured ? (endMs - this.measureStartMs) / 1000 : 0,
      counters,
      recorded,
      endedByMemory: this.endedByMemory,
      engineBytes: this.partition.usedBytes,
      deferredQueueMost: this.deferredQueueMost,
      parks: this.sleep.parks,
      spent: { messagesMs: this.spentMs[MESSAGES], idleMs: this.spentMs[IDLE] },
      committed: this.answers.committed,
    };
  }

  /**
   * What began is decided, and what is queued executed, but belongs to no figure; fragments of workers that are not as far
   * are served. The memory limit does not hold for these few: the terminals have their answers already.
   */
  beginDrain(): void {
    this.partition.budget.enforcing = false;
    this.exchange?.coordinator.drain();
  }

  /** One turn after `beginDrain`. @returns false when nothing is left to do */
  drainStep(): boolean {
    const { exchange, control, clock } = this;
    if (exchange === null) {
      while (this.session.deferredCount > 0) this.session.runDeferred(this.epochMs());
      return false;
    }
    const { durable } = this;
    this.phase = control.phase;
    if (durable !== null) durable.clock.look();
    const busy = exchange.poll(clock.now());
    this.drainDeferred(exchange);
    const ownDone = exchange.coordinator.inFlight === 0 && this.session.deferredCount === 0;
    if (ownDone) exchange.sayLast();
    exchange.flush();
    const { held, counters } = exchange.participant;
    control.publishDraining(ownDone, exchange.hasHeardAll && held === counters.inDoubt);
    if (durable !== null) this.answers.settle(durable);
    if (this.phase === PHASE_STOP) return false;
    if (!busy) this.sleep.untilMessages(exchange.mailbox, LONGEST_PARK_MS, this.phase);
    return true;
  }

  private drainDeferred({ coordinator }: Exchange): void {
    while (this.session.deferredCount > 0 && coordinator.enterDeferred()) {
      let outcome: Outcome = COMMITTED;
      while (outcome !== BLOCKED && this.session.deferredCount > 0) outcome = this.session.runDeferred(this.epochMs());
      if (coordinator.leaveDeferred(outcome)) return;
      this.session.dropDeferred();
    }
  }

  private epochMs(): number {
    return Math.floor(this.clock.now() + this.clock.epochOffsetMs);
  }
}
