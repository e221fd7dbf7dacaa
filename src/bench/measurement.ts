/**
 * Warm-up, measurement and its end, in step with the other processes: the leader keeps the time, everybody may ask for an
 * early end. Runs on the main thread, which sleeps between events.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { RunConfig } from '../config/run-config.ts';
import { EXIT, OperatingFault } from '../errors.ts';
import type { Announcement } from './cluster.ts';
import { PHASE_DRAIN, PHASE_MEASURE, PHASE_STOP, PHASE_WARMUP } from './control-block.ts';
import type { LiveFigures } from './live-figures.ts';
import type { Peers } from './peers.ts';
import type { EndedBy } from './result.ts';
import type { RunEvents, RunPhase } from './run-events.ts';
import type { MeasuredReport } from './worker-messages.ts';
import type { WorkerPool } from './worker-pool.ts';

/** Between two looks at the workers' memory, and where another process leads. */
const LOOK_INTERVAL_MS = 200;
const PROGRESS_INTERVAL_MS = 1000;
/** Workers end their seconds on their own clocks, and late where they share cores. */
const PROGRESS_DELAY_MS = 150;
/** Between two looks at whether all workers have decided what they began. */
const DRAIN_LOOK_MS = 1;

export interface Measurement {
  /** By local worker. */
  reports: MeasuredReport[];
  endedBy: EndedBy;
  warmupSeconds: number;
  measurementStartedAt: Date;
}

/** For whoever hears of it from the other processes alone. */
export const diskFaultElsewhere = (): OperatingFault =>
  new OperatingFault(
    'FILE',
    EXIT.connection,
    'the disk of another process is full or failed; that one says which file',
  );

export class MeasurementPhases {
  private readonly config: RunConfig;
  private readonly pool: WorkerPool;
  private readonly peers: Peers;
  private readonly events: RunEvents;
  private readonly figures: LiveFigures;
  private readonly setPhase: (phase: RunPhase) => void;
  private phase: 'warmup' | 'measure' = 'warmup';
  /** Why the measurement is over, as soon as anybody says so. */
  private endedBy: EndedBy | null = null;
  /** Why it should end early, in the order of the requests. */
  private requested: EndedBy | null = null;
  private announcedMeasure = false;
  private warmupSeconds = 0;
  private measurementStartedAt = new Date(0);
  /** Ends the wait of the moment. */
  private wake: () => void = () => {};

  constructor(
    config: RunConfig,
    pool: WorkerPool,
    peers: Peers,
    events: RunEvents,
    figures: LiveFigures,
    setPhase: (phase: RunPhase) => void,
  ) {
    this.config = config;
    this.pool = pool;
    this.peers = peers;
    this.events = events;
    this.figures = figures;
    this.setPhase = setPhase;
  }

  /** Somebody wants the measurement to end now; the first reason counts. */
  requestEnd(reason: EndedBy): void {
    this.requested ??= reason;
    this.wake();
  }

  /** The leader, perhaps this process, says what comes now. */
  announced(announcement: Announcement): void {
    if (announcement.phase === 'measure') this.announcedMeasure = true;
    else this.endedBy ??= announcement.endedBy as EndedBy;
    this.wake();
  }

  /** @throws OperatingFault where there is nothing to report */
  async run(): Promise<Measurement> {
    const { config, pool, events } = this;
    const { cluster } = this.peers;
    await cluster.agree('loaded', null, () => null);
    const measured = pool.ask(() => ({ kind: 'run' }), 'measured');
    measured.then(this.wakeNow, this.wakeNow);
    const startMs = performance.now();
    this.enter(config.warmupSeconds > 0 ? 'warmup' : 'measure');
    if (config.warmupSeconds > 0) {
      pool.setPhase(PHASE_WARMUP);
      events.log(`Warming up for ${config.warmupSeconds} s`);
      await this.wait(measured, config.warmupSeconds, () => this.announcedMeasure);
    }
    this.warmupSeconds = (performance.now() - startMs) / 1000;
    if (this.endedBy === null && this.requested === null) {
      if (this.peers.cluster.isLeader && !this.announcedMeasure) this.peers.cluster.announce({ phase: 'measure' });
      this.enter('measure');
      this.measurementStartedAt = new Date();
      pool.setPhase(PHASE_MEASURE);
      events.log(`Measuring for ${config.runtimeSeconds} s`);
      await this.wait(measured, config.runtimeSeconds, () => false);
    }
    if (this.peers.cluster.isLeader && this.endedBy === null) {
      this.peers.cluster.announce({ phase: 'drain', endedBy: this.requested ?? 'runtime' });
    }
    const reports = await this.drain(measured);
    return this.judge(reports);
  }

  /** No worker stops before all have decided what they began, and before all have heard it. */
  private async drain(measured: Promise<{ report: MeasuredReport }[]>): Promise<MeasuredReport[]> {
    const { pool, peers } = this;
    pool.setPhase(PHASE_DRAIN);
    if (this.config.cluster.shards.length * this.config.numThreads > 1) {
      let failed = false;
      measured.catch(() => {
        failed = true;
      });
      const until = async (done: () => boolean) => {
        while (!done() && !failed) await delay(DRAIN_LOOK_MS);
        if (failed) await measured;
      };
      await until(() => pool.controls.every((control) => control.ownDone));
      await peers.cluster.agree('own transactions over', null, () => null);
      await until(() => pool.controls.every((control) => control.fragmentsDecided));
      await peers.cluster.agree('fragments decided', null, () => null);
    }
    pool.setPhase(PHASE_STOP);
    return (await measured).map((answer) => answer.report);
  }

  private judge(reports: MeasuredReport[]): Measurement {
    const { config, events } = this;
    const endedByMemory = reports.some((report) => report.endedByMemory) || this.endedBy === 'memory-limit';
    const empty = endedByMemory && reports.every((report) => report.recorded.types.every((type) => type.commits === 0));
    const isLost = this.endedBy === 'peer-lost' || this.endedBy === 'disk-error';
    const endedBy: EndedBy = endedByMemory && !isLost ? 'memory-limit' : (this.endedBy ?? 'runtime');
    if (empty || reports.some((report) => report.measuredSeconds === 0)) throw this.nothingMeasured(endedBy);
    if (endedBy === 'memory-limit') {
      const limit = megabytes(config.memoryLimitBytes);
      events.log(`The memory limit of ${limit} MB is reached: the measurement ends early (--memory-limit)`);
    }
    const { warmupSeconds, measurementStartedAt } = this;
    return { reports, endedBy, warmupSeconds, measurementStartedAt };
  }

  private nothingMeasured(endedBy: EndedBy): OperatingFault {
    if (endedBy === 'memory-limit') {
      const limit = megabytes(this.config.memoryLimitBytes);
      return new OperatingFault(
        'MEMORY_LIMIT',
        EXIT.usage,
        `the memory limit of ${limit} MB was reached before the measurement; raise --memory-limit or shorten --warmup`,
      );
    }
    if (endedBy === 'peer-lost') return this.peers.lostFault();
    if (endedBy === 'disk-error') return diskFaultElsewhere();
    if (endedBy === 'runtime') {
      return new OperatingFault(
        'USAGE',
        EXIT.usage,
        `the measurement of ${this.config.runtimeSeconds} s was over before every worker had begun it: nothing to report; ` +
          'raise --runtime, or give the machine less to do',
      );
    }
    return new OperatingFault('INTERRUPTED', EXIT.interrupted, 'interrupted before the measurement: nothing to report');
  }

  /** Waits for `seconds` where this process leads, else for the leader; for an early end, and for the workers' own. */
  private async wait(measured: Promise<unknown>, seconds: number, next: () => boolean): Promise<void> {
    const { pool, peers } = this;
    const startedMs = performance.now();
    let ended = false;
    const end = () => {
      ended = true;
    };
    measured.then(end, end);
    let memoryTold = false;
    let showAtMs = 0;
    for (;;) {
      const elapsedMs = performance.now() - startedMs;
      if (elapsedMs >= showAtMs) {
        if (showAtMs > 0) this.figures.advance();
        this.showProgress(elapsedMs / 1000, seconds);
        showAtMs = nextShowMs(elapsedMs);
      }
      if (!memoryTold && pool.controls.some((control) => control.memoryReached)) {
        memoryTold = true;
        peers.cluster.requestEnd('memory-limit');
      }
      if (ended || next() || this.endedBy !== null) return;
      if (peers.cluster.isLeader && (this.requested !== null || elapsedMs >= seconds * 1000)) return;
      const remainingMs = peers.cluster.isLeader ? seconds * 1000 - elapsedMs : LOOK_INTERVAL_MS;
      await this.sleep(Math.min(LOOK_INTERVAL_MS, Math.max(0, remainingMs), showAtMs - elapsedMs));
    }
  }

  private sleep(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private enter(phase: 'warmup' | 'measure'): void {
    this.phase = phase;
    this.setPhase(phase);
  }

  private readonly wakeNow = (): void => this.wake();

  private showProgress(elapsedSeconds: number, totalSeconds: number): void {
    const figures = this.figures.read(this.pool.controls.map((control) => control.engineBytes));
    this.events.progress({ phase: this.phase, elapsedSeconds, totalSeconds, ...figures });
  }
}

/** Soon after the workers' next second is over. */
function nextShowMs(elapsedMs: number): number {
  const seconds = Math.floor((elapsedMs - PROGRESS_DELAY_MS) / PROGRESS_INTERVAL_MS) + 1;
  return Math.max(1, seconds) * PROGRESS_INTERVAL_MS + PROGRESS_DELAY_MS;
}

const megabytes = (sizeBytes: number): number => Math.round(sizeBytes / 1e6);
