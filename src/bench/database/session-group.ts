/**
 * What the sessions of one worker thread share: the phase that main wants, the clock, the recorder and the news for main.
 * Looks at the control block when a transaction completes and every few milliseconds besides; a session that waits is
 * woken when the phase changes.
 */
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import type { DatabaseError } from '../../drivers/contract.ts';
import { type ControlBlock, PHASE_DRAIN, PHASE_IDLE, PHASE_MEASURE, type Phase } from '../control-block.ts';
import type { Recorder } from '../recorder.ts';
import type { ClientReport, MeasuredReport } from '../worker-messages.ts';

const LOOK_MS = 5;
/** What waits at a server for longer than this after the measurement, for a lock that nobody gives up perhaps, is left there. */
const LONGEST_DRAIN_MS = 20_000;
const NANOSECONDS_PER_MS = 1e6;
const DELAY_RESOLUTION_MS = 10;

/** What main hears at once. */
export interface GroupNews {
  connectionLost(message: string): void;
  failed(message: string): void;
}

/** What the group must know of a session's loop. */
export interface GroupedLoop {
  readonly session: { readonly counters: Float64Array };
  readonly connections: { readonly reopened: number };
  /** Most deferred transactions that waited at once, since `restart`. */
  readonly deferredQueueMost: number;
  restart(nowMs: number): void;
  run(): Promise<void>;
}

export class SessionGroup {
  readonly recorder: Recorder;
  private readonly control: ControlBlock;
  private readonly news: GroupNews;
  private readonly counterNames: readonly string[];
  private loops: readonly GroupedLoop[] = [];
  private phase: Phase = PHASE_IDLE;
  private measureStartMs = Number.NaN;
  private transactions = 0;
  private lost = 0;
  private failed = false;
  private countersAtStart: readonly Float64Array[] = [];
  private measured: Omit<MeasuredReport, 'exchange'> | null = null;
  private readonly sleepers = new Set<() => void>();
  private readonly delays = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS });
  private drainTimer: NodeJS.Timeout | undefined;
  private drainIsOver: () => void = () => {};
  private readonly drainTimeout = new Promise<void>((resolve) => {
    this.drainIsOver = resolve;
  });
  private utilizationAtStart = performance.eventLoopUtilization();
  private cpuAtStart = process.cpuUsage();

  constructor(recorder: Recorder, control: ControlBlock, counterNames: readonly string[], news: GroupNews) {
    this.recorder = recorder;
    this.control = control;
    this.counterNames = counterNames;
    this.news = news;
  }

  /** Runs all sessions to their end. */
  async run(loops: readonly GroupedLoop[]): Promise<MeasuredReport> {
    this.loops = loops;
    this.delays.enable();
    this.look();
    const timer = setInterval(() => this.look(), LOOK_MS);
    try {
      await Promise.race([Promise.all(loops.map((loop) => loop.run())), this.drainTimeout]);
    } finally {
      clearInterval(timer);
      clearTimeout(this.drainTimer);
      this.delays.disable();
    }
    this.control.publishDraining(true, true);
    const report = this.measured ?? this.endMeasurement();
    const reopened = loops.reduce((sum, { connections }) => sum + connections.reopened, 0);
    return {
      ...report,
      exchange: { sessions: loops.length, connectionsLost: this.lost, connectionsReopened: reopened },
    };
  }

  now(): number {
    return performance.now();
  }

  /** For dates that transactions store. */
  epochMs(): number {
    return Math.floor(performance.timeOrigin + performance.now());
  }

  /** Whether transactions begin. */
  get isRunning(): boolean {
    return this.phase < PHASE_DRAIN && !this.failed;
  }

  /** Whether what completes now counts. */
  get isRecording(): boolean {
    return this.measured === null;
  }

  /** Whether nothing can be expected of the database any more. */
  get hasFailed(): boolean {
    return this.failed;
  }

  completed(nowMs: number): void {
    this.transactions++;
    this.control.publishRun(this.transactions, 0);
    if (this.control.phase !== this.phase || this.recorder.secondIsOver(nowMs)) this.look();
  }

  connectionLost(error: DatabaseError): void {
    this.lost++;
    this.news.connectionLost(error.message);
  }

  /** An error that no other attempt would mend: sessions stop, and main is told why. */
  fail(error: DatabaseError): void {
    if (this.failed) return;
    this.failed = true;
    if (this.isRecording) this.measured = this.endMeasurement();
    this.news.failed(error.message);
    this.wakeAll();
  }

  /** Until the instant, or until the phase changes. */
  sleepUntil(untilMs: number): Promise<void> {
    return this.pause(untilMs - this.now());
  }

  pause(timeoutMs: number): Promise<void> {
    if (timeoutMs <= 0) return new Promise((resolve) => setImmediate(resolve));
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.sleepers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, Math.min(timeoutMs, 2 ** 31 - 1));
      this.sleepers.add(wake);
    });
  }

  private look(): void {
    const nowMs = this.now();
    const wanted = this.control.phase;
    if (wanted !== this.phase) {
      this.enter(wanted, nowMs);
      this.wakeAll();
    }
    if (this.phase >= PHASE_DRAIN && this.control.cancelled) this.drainIsOver();
    if (this.isRecording && this.recorder.secondIsOver(nowMs)) this.recorder.roll(nowMs);
  }

  private wakeAll(): void {
    for (const wake of [...this.sleepers]) wake();
  }

  private enter(phase: Phase, nowMs: number): void {
    this.phase = phase;
    if (phase >= PHASE_DRAIN) {
      this.drainTimer ??= setTimeout(this.drainIsOver, LONGEST_DRAIN_MS);
      if (this.isRecording) this.measured = this.endMeasurement();
      return;
    }
    if (phase === PHASE_MEASURE) this.measureStartMs = nowMs;
    this.countersAtStart = this.loops.map(({ session }) => session.counters.slice());
    this.recorder.restart(nowMs);
    for (const loop of this.loops) loop.restart(nowMs);
    this.delays.reset();
    this.utilizationAtStart = performance.eventLoopUtilization();
    this.cpuAtStart = process.cpuUsage();
  }

  private endMeasurement(): Omit<MeasuredReport, 'exchange'> {
    const endMs = this.now();
    const total = (counter: number): number =>
      this.loops.reduce((sum, { session }, i) => sum + session.counters[counter] - this.countersAtStart[i][counter], 0);
    return {
      measuredSeconds: Number.isNaN(this.measureStartMs) ? 0 : (endMs - this.measureStartMs) / 1000,
      counters: Object.fromEntries(this.counterNames.map((name, counter) => [name, total(counter)])),
      recorded: this.recorder.report(endMs),
      endedByMemory: false,
      engineBytes: 0,
      deferredQueueMost: Math.max(0, ...this.loops.map((loop) => loop.deferredQueueMost)),
      parks: 0,
      committed: 0,
      spent: { messagesMs: 0, idleMs: 0 },
      client: this.clientReport(),
    };
  }

  private clientReport(): ClientReport {
    const cpu = process.cpuUsage(this.cpuAtStart);
    return {
      busyPct: 100 * performance.eventLoopUtilization(this.utilizationAtStart).utilization,
      eventLoopDelayMs: Math.max(0, this.delays.percentile(99) / NANOSECONDS_PER_MS - DELAY_RESOLUTION_MS),
      processCpuSeconds: (cpu.user + cpu.system) / 1e6,
    };
  }
}
