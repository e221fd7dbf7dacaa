/**
 * Trouble on purpose in one worker, main file of the folder: its thread stands still, and frames that reach it wait. It
 * runs on the worker's thread, from the beginning of the measurement to its end, and knows no workload and no transaction:
 * all that it can do to the others is to be late.
 */
import type { ChaosEvent } from '../../config/chaos.ts';
import type { MailboxPlumbing } from '../../shard/mailbox.ts';
import type { Doorbell, Sleeper } from '../../transport/doorbell.ts';
import { ControlBlock, PHASE_MEASURE, type Phase } from '../control-block.ts';
import { Fractions } from '../pacing/fractions.ts';
import type { ChaosHook } from '../worker-hooks.ts';
import { type ChaosCount, newChaosCount, noteChaos } from './chaos-counts.ts';
import { DelayedSource, type FrameHolder } from './delayed-source.ts';
import { areRare, Moments } from './moments.ts';

/** Keeps the streams of chaos apart from those of pacing. */
const SEED_SALT = 0x63686173;

type Pause = Extract<ChaosEvent, { kind: 'pause' }>;
type Delay = Extract<ChaosEvent, { kind: 'delay' }>;

/** An entry that concerns this worker. */
interface PauseRule {
  event: Pause;
  moments: Moments;
  count: ChaosCount;
}

interface DelayRule {
  event: Delay;
  /** Null where each frame is asked by itself. */
  moments: Moments | null;
  random(): number;
  count: ChaosCount;
}

/** Which worker this is. */
export interface ChaosPlace {
  /** Number in the cluster. */
  worker: number;
  shardId: number;
  seed: number;
}

/** What it needs of the thread. */
export interface ChaosSurroundings {
  control: Pick<ControlBlock, 'phase' | 'parkWhile'>;
  /** Milliseconds, monotonic. */
  now(): number;
  log(line: string): void;
}

export class WorkerChaos implements ChaosHook, Sleeper {
  private readonly place: ChaosPlace;
  private readonly surroundings: ChaosSurroundings;
  private readonly pauses: PauseRule[] = [];
  private readonly delays: DelayRule[] = [];
  private readonly sources: DelayedSource[] = [];
  /** Of the measurement; NaN before. */
  private startMs = Number.NaN;

  constructor(events: readonly ChaosEvent[], place: ChaosPlace, surroundings: ChaosSurroundings) {
    this.place = place;
    this.surroundings = surroundings;
    const fractions = new Fractions((place.seed ^ SEED_SALT) >>> 0, place.worker, events.length, events.length);
    events.forEach((event, index) => {
      const random = () => fractions.next(index);
      if (event.kind === 'pause' && (event.worker ?? place.worker) === place.worker) {
        this.pauses.push({ event, moments: new Moments(event.times, random), count: newChaosCount(event) });
      } else if (event.kind === 'delay' && (event.shardId ?? place.shardId) === place.shardId) {
        const moments = event.times.kind === 'chance' ? null : new Moments(event.times, random);
        this.delays.push({ event, moments, random, count: newChaosCount(event) });
      }
    });
  }

  /** What has happened since the start, by entry. */
  get counts(): ChaosCount[] {
    return [...this.pauses, ...this.delays].map(({ count }) => ({ ...count }));
  }

  /** Another view of the worker's control block: its parks end when a pause is due. */
  punctual(memory: SharedArrayBuffer): ControlBlock {
    return new PunctualControl(memory, () => this.dueInMs);
  }

  /** The worker's channels, with what this does to frames. */
  disturbing(plumbing: MailboxPlumbing): MailboxPlumbing {
    const delayed: MailboxPlumbing['delayed'] = (ring) => {
      if (this.delays.length === 0) return ring;
      const source = new DelayedSource(ring, this.frameHolder());
      this.sources.push(source);
      return source;
    };
    return { ...plumbing, delayed, sleeper: this };
  }

  turn(nowMs: number): void {
    const { control } = this.surroundings;
    if (control.phase !== PHASE_MEASURE) return;
    if (Number.isNaN(this.startMs)) this.startMs = nowMs;
    let elapsedMs = nowMs - this.startMs;
    for (const { event, moments, count } of this.pauses) {
      if (!moments.take(elapsedMs)) continue;
      // Ends with the measurement at the latest.
      control.parkWhile(PHASE_MEASURE, event.pauseMs);
      const endMs = this.surroundings.now() - this.startMs;
      noteChaos(count, elapsedMs);
      count.totalMs += endMs - elapsedMs;
      const stoodStill = `worker ${this.place.worker} stood still for ${ms(endMs - elapsedMs)}`;
      if (areRare(event.times)) this.log(elapsedMs, stoodStill);
      elapsedMs = endMs;
    }
  }

  /** The worker has nothing to do; a frame that waits or a pause that is due ends the sleep, and nobody rings for it. */
  sleep(doorbell: Doorbell, timeoutMs: number): void {
    doorbell.sleep(Math.min(timeoutMs, this.dueInMs));
    doorbell.cancel();
  }

  /** Until a frame goes on or a pause begins, 0 or more; infinite where neither will. */
  private get dueInMs(): number {
    let dueMs = Number.POSITIVE_INFINITY;
    for (const source of this.sources) dueMs = Math.min(dueMs, source.dueMs);
    if (this.isActive) for (const { moments } of this.pauses) dueMs = Math.min(dueMs, this.startMs + moments.dueMs);
    return Math.max(0, dueMs - this.surroundings.now());
  }

  private get isActive(): boolean {
    return !Number.isNaN(this.startMs) && this.surroundings.control.phase === PHASE_MEASURE;
  }

  /** For one source: remembers which entry holds its frame. */
  private frameHolder(): FrameHolder {
    const chaos = this;
    let holding: DelayRule | null = null;
    return {
      now: () => chaos.surroundings.now(),
      get isActive() {
        return chaos.isActive;
      },
      holdMs: () => {
        holding = chaos.ruleForFrame();
        return holding?.event.delayMs ?? 0;
      },
      released: (heldMs) => {
        if (holding !== null) holding.count.totalMs += heldMs;
      },
    };
  }

  /** The entry that holds the frame that has arrived, if any; the first one counts. */
  private ruleForFrame(): DelayRule | null {
    for (const rule of this.delays) {
      const { event, moments, random, count } = rule;
      const { times, delayMs } = event;
      const elapsedMs = this.surroundings.now() - this.startMs;
      if (times.kind === 'chance') {
        if (random() * 100 >= times.chancePct) continue;
      } else {
        if (moments?.take(elapsedMs) !== true) continue;
        if (areRare(times)) this.log(elapsedMs, `a frame to worker ${this.place.worker} is held for ${ms(delayMs)}`);
      }
      noteChaos(count, elapsedMs);
      return rule;
    }
    return null;
  }

  private log(elapsedMs: number, what: string): void {
    this.surroundings.log(`Chaos at ${(elapsedMs / 1000).toFixed(2)} s: ${what}`);
  }
}

/** Wakes in time for what is due. */
class PunctualControl extends ControlBlock {
  private readonly dueInMs: () => number;

  constructor(memory: SharedArrayBuffer, dueInMs: () => number) {
    super(memory);
    this.dueInMs = dueInMs;
  }

  override parkWhile(phase: Phase, timeoutMs: number): void {
    super.parkWhile(phase, Math.min(timeoutMs, this.dueInMs()));
  }
}

const ms = (durationMs: number): string => `${Math.round(durationMs * 10) / 10} ms`;
