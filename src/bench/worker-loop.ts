/**
 * The loop of one worker thread: terminals take turns on the worker's partition, and everything they do is timed.
 *
 * Runs a handful of transactions, then looks up: at the phase that main wants, at the memory, at the deferred queue and
 * at the clock's seconds. It never awaits and allocates nothing per transaction; with nothing to do it parks on the phase
 * word. It knows no workload and no engine table, only their contracts.
 */
import type { Partition } from '../engine/partition.ts';
import { OperatingFault } from '../errors.ts';
import { COMMITTED, PENDING, type QUEUED, USER_ABORT, type WorkloadSession } from './contract.ts';
import { type ControlBlock, PHASE_IDLE, PHASE_MEASURE, PHASE_STOP, type Phase } from './control-block.ts';
import type { Schedule } from './pacing/schedule.ts';
import type { Recorder } from './recorder.ts';
import type { MeasuredReport } from './worker-messages.ts';

/** Transactions between two looks at the world. */
const BATCH = 16;
const LONGEST_PARK_MS = 100;
/** A parked thread wakes late by about this; the rest of a wait is spent looking at the clock. */
const SPIN_MS = 0.2;

/** Time as the loop sees it. */
export interface LoopClock {
  /** Milliseconds, monotonic, with fractions. */
  now(): number;
  /** What to add to `now` for milliseconds since 1970. */
  readonly epochOffsetMs: number;
}

export class WorkerLoop {
  private readonly session: WorkloadSession;
  private readonly partition: Partition;
  private readonly schedule: Schedule;
  private readonly recorder: Recorder;
  private readonly control: ControlBlock;
  private readonly clock: LoopClock;
  private readonly counterNames: readonly string[];
  private readonly countersAtStart: Float64Array;
  /** Type of the current transaction of each terminal. */
  private readonly terminalTypes: Int32Array;
  private readonly intendedStartMs: Float64Array;
  /** Start and type of queued transactions, in the order in which the session will run them. */
  private deferredStartMs = new Float64Array(BATCH);
  private deferredTypes = new Int32Array(BATCH);
  private deferredCount = 0;
  private deferredQueueMost = 0;
  private phase: Phase = PHASE_IDLE;
  private completed = 0;
  private parks = 0;
  private measureStartMs = 0;
  private endedByMemory = false;

  /** @param firstTypes type of each terminal's first transaction, already drawn */
  constructor(
    session: WorkloadSession,
    partition: Partition,
    counterNames: readonly string[],
    firstTypes: readonly number[],
    schedule: Schedule,
    recorder: Recorder,
    control: ControlBlock,
    clock: LoopClock,
  ) {
    this.session = session;
    this.partition = partition;
    this.counterNames = counterNames;
    this.schedule = schedule;
    this.recorder = recorder;
    this.control = control;
    this.clock = clock;
    this.terminalTypes = Int32Array.from(firstTypes);
    this.intendedStartMs = new Float64Array(firstTypes.length);
    this.countersAtStart = new Float64Array(counterNames.length);
  }

  /** Runs until main says stop or memory runs out; leaves no queued transaction behind. */
  run(): MeasuredReport {
    let nowMs = this.clock.now();
    for (;;) {
      const wanted = this.control.phase;
      if (wanted !== this.phase) this.enter(wanted, nowMs);
      if (wanted === PHASE_STOP) break;
      if (!this.partition.hasHeadroom()) {
        this.endedByMemory = true;
        break;
      }
      try {
        const busy = this.runBatch(nowMs);
        nowMs = this.runDeferred(this.clock.now());
        this.control.publishRun(this.completed, this.partition.usedBytes);
        if (this.phase === PHASE_MEASURE && this.recorder.secondIsOver(nowMs)) this.recorder.roll(nowMs);
        if (!busy) nowMs = this.park(nowMs);
      } catch (error) {
        if (!(error instanceof OperatingFault && error.code === 'MEMORY_LIMIT')) throw error;
        this.session.abandon();
        this.endedByMemory = true;
        break;
      }
    }
    return this.finish();
  }

  /** Something that completed later: the terminal has its answer. */
  complete(terminal: number, outcome: typeof COMMITTED | typeof USER_ABORT, crossedShards: boolean): void {
    this.answered(terminal, outcome, crossedShards, this.clock.now());
  }

  private enter(phase: Phase, nowMs: number): void {
    this.phase = phase;
    if (phase !== PHASE_MEASURE) return;
    this.measureStartMs = nowMs;
    this.countersAtStart.set(this.session.counters);
    this.recorder.restart(nowMs);
    this.schedule.restart(nowMs);
    this.parks = 0;
    this.deferredQueueMost = 0;
  }

  /** @returns whether any transaction ran */
  private runBatch(startMs: number): boolean {
    const { session, schedule, clock } = this;
    let nowMs = startMs;
    for (let i = 0; i < BATCH; i++) {
      const terminal = schedule.take(nowMs);
      if (terminal < 0) return i > 0;
      this.intendedStartMs[terminal] = schedule.intendedStartMs;
      const outcome = session.start(terminal, Math.floor(nowMs + clock.epochOffsetMs));
      if (outcome === PENDING) continue;
      nowMs = clock.now();
      this.answered(terminal, outcome, session.lastCrossedShards(), nowMs);
    }
    return true;
  }

  private answered(
    terminal: number,
    outcome: typeof COMMITTED | typeof USER_ABORT | typeof QUEUED,
    crossedShards: boolean,
    nowMs: number,
  ): void {
    const type = this.terminalTypes[terminal];
    const startMs = this.intendedStartMs[terminal];
    this.completed++;
    if (outcome === COMMITTED) this.recorder.commit(type, crossedShards, nowMs - startMs);
    else if (outcome === USER_ABORT) this.recorder.userAbort(type, crossedShards, nowMs - startMs);
    else {
      this.recorder.answer(type, crossedShards, nowMs - startMs);
      this.noteDeferred(type, startMs);
    }
    const nextType = this.session.draw(terminal);
    this.terminalTypes[terminal] = nextType;
    this.schedule.release(terminal, type, nextType, nowMs);
  }

  private noteDeferred(type: number, startMs: number): void {
    if (this.deferredCount === this.deferredTypes.length) {
      const { deferredStartMs, deferredTypes } = this;
      this.deferredStartMs = new Float64Array(2 * this.deferredCount);
      this.deferredTypes = new Int32Array(2 * this.deferredCount);
      this.deferredStartMs.set(deferredStartMs);
      this.deferredTypes.set(deferredTypes);
    }
    this.deferredStartMs[this.deferredCount] = startMs;
    this.deferredTypes[this.deferredCount++] = type;
  }

  /** Executes what is queued. @returns the time afterwards */
  private runDeferred(startMs: number): number {
    const waiting = this.deferredCount;
    if (waiting === 0) return startMs;
    if (waiting > this.deferredQueueMost) this.deferredQueueMost = waiting;
    let nowMs = startMs;
    for (let i = 0; i < waiting; i++) {
      this.session.runDeferred(Math.floor(nowMs + this.clock.epochOffsetMs));
      nowMs = this.clock.now();
      this.recorder.deferredCommit(this.deferredTypes[i], nowMs - this.deferredStartMs[i]);
    }
    this.deferredCount = 0;
    return nowMs;
  }

  private park(nowMs: number): number {
    const readyMs = Math.min(this.schedule.nextReadyMs(), this.recorder.secondEndMs);
    const timeoutMs = Math.min(readyMs - nowMs - SPIN_MS, LONGEST_PARK_MS);
    if (timeoutMs <= 0) return this.clock.now();
    this.parks++;
    this.control.parkWhile(this.phase, timeoutMs);
    return this.clock.now();
  }

  private finish(): MeasuredReport {
    const endMs = this.clock.now();
    const measured = this.measureStartMs > 0;
    const recorded = this.recorder.report(endMs);
    const counters = Object.fromEntries(
      this.counterNames.map((name, i) => [name, this.session.counters[i] - this.countersAtStart[i]]),
    );
    if (this.endedByMemory) this.control.reportMemoryReached();
    this.drainUncounted(endMs);
    return {
      measuredSeconds: measured ? (endMs - this.measureStartMs) / 1000 : 0,
      counters,
      recorded,
      endedByMemory: this.endedByMemory,
      engineBytes: this.partition.usedBytes,
      deferredQueueMost: this.deferredQueueMost,
      parks: this.parks,
    };
  }

  /**
   * Transactions that were queued when the measurement ended are executed, but belong to no figure. The memory limit does
   * not hold for these few: the terminals have their answers already.
   */
  private drainUncounted(nowMs: number): void {
    this.partition.budget.enforcing = false;
    while (this.session.runDeferred(Math.floor(nowMs + this.clock.epochOffsetMs)));
  }
}
