import { afterEach, describe, expect, it } from 'vitest';
import type { RunConfig } from '../config/run-config.ts';
import { OperatingFault } from '../errors.ts';
import { ControlBlock, PHASE_DRAIN, PHASE_MEASURE, PHASE_STOP, PHASE_WARMUP, type Phase } from './control-block.ts';
import { LiveFigures } from './live-figures.ts';
import { type Measurement, MeasurementPhases } from './measurement.ts';
import type { Peers } from './peers.ts';
import type { EndedBy } from './result.ts';
import type { MeasurementProgress, RunPhase, RunProgress } from './run-events.ts';
import { type Process, ProcessNet } from './testing/process-net.ts';
import type { MeasuredReport } from './worker-messages.ts';
import type { WorkerPool } from './worker-pool.ts';

/** Workers of one process that do what their loops do about phases, and nothing else. */
class FakePool {
  /** The machine gives its threads no time while the others measure. */
  isStarved = false;
  readonly controls = [new ControlBlock(), new ControlBlock()];
  readonly phases: Phase[] = [];
  /** Whether they decide at once what they began. */
  drains = true;
  private resolve: (answers: { report: MeasuredReport }[]) => void = () => {};
  private reject: (error: unknown) => void = () => {};

  ask(): Promise<{ report: MeasuredReport }[]> {
    return new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  setPhase(phase: Phase): void {
    this.phases.push(phase);
    for (const control of this.controls) control.setPhase(phase);
    if (phase === PHASE_DRAIN && this.drains) this.publishDrained();
    if (phase === PHASE_STOP) this.resolve(this.controls.map(() => ({ report: this.report() })));
  }

  publishDrained(): void {
    for (const control of this.controls) control.publishDraining(true, true);
  }

  fail(error: unknown): void {
    this.reject(error);
  }

  private report(): MeasuredReport {
    const measured = !this.isStarved && this.phases.includes(PHASE_MEASURE);
    const endedByMemory = this.controls.some((control) => control.memoryReached);
    const recorded = { types: [{ commits: measured ? 1 : 0 }], series: [] };
    return { measuredSeconds: measured ? 1 : 0, endedByMemory, recorded } as unknown as MeasuredReport;
  }
}

/** A process in its measurement. */
interface Measuring {
  process: Process;
  phases: MeasurementPhases;
  pool: FakePool;
  shown: RunPhase[];
  figures: LiveFigures;
  told: RunProgress[];
  lines: string[];
  /** What became of it; null while it goes on. */
  outcome: { measurement: Measurement } | { error: unknown } | null;
}

const timers: NodeJS.Timeout[] = [];
afterEach(() => {
  for (const timer of timers.splice(0)) clearInterval(timer);
});

/** Starts the measurement in all processes; what they say arrives a moment later. */
function measureTogether(processes: number, seconds: { warmup?: number; runtime?: number } = {}) {
  const net = new ProcessNet(Array.from({ length: processes }, (_, i) => [i]));
  timers.push(setInterval(() => net.deliverAll(), 1));
  const { warmup = 0.02, runtime = 0.05 } = seconds;
  const config = {
    cluster: { shards: net.processes.map(({ name }) => ({ shardId: name })) },
    numThreads: 2,
    warmupSeconds: warmup,
    runtimeSeconds: runtime,
    memoryLimitBytes: 5e6,
  } as unknown as RunConfig;
  const all = net.processes.map((process): Measuring => {
    const pool = new FakePool();
    const shown: RunPhase[] = [];
    const lines: string[] = [];
    const lostShards: number[] = [];
    const lostFault = () => new OperatingFault('TRANSPORT', 5, 'a shard was lost');
    const peers = { cluster: process.cluster, lostShards, lostFault } as unknown as Peers;
    const told: RunProgress[] = [];
    const events = { log: (line: string) => lines.push(line), progress: (now: RunProgress) => told.push(now) };
    const figures = new LiveFigures([process.name, process.name]);
    const phases = new MeasurementPhases(config, pool as unknown as WorkerPool, peers, events, figures, (phase) =>
      shown.push(phase),
    );
    process.onAnnounced = (announcement) => phases.announced(announcement);
    process.onEndRequested = (reason) => phases.requestEnd(reason as EndedBy);
    const measuring: Measuring = { process, phases, pool, shown, figures, told, lines, outcome: null };
    phases.run().then(
      (measurement) => {
        measuring.outcome = { measurement };
      },
      (error) => {
        measuring.outcome = { error };
      },
    );
    return measuring;
  });
  return { net, all };
}

async function until(condition: () => boolean, what: string): Promise<void> {
  const deadlineMs = performance.now() + 5000;
  while (!condition()) {
    if (performance.now() > deadlineMs) expect.fail(`it never came to this: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

const allOver = (all: readonly Measuring[]) =>
  until(() => all.every(({ process, outcome }) => !process.alive || outcome !== null), 'all have an outcome');

function measurementOf({ outcome }: Measuring): Measurement {
  if (outcome === null || !('measurement' in outcome)) throw new Error(`no measurement: ${JSON.stringify(outcome)}`);
  return outcome.measurement;
}

const ALL_PHASES = [PHASE_WARMUP, PHASE_MEASURE, PHASE_DRAIN, PHASE_STOP];

describe('the measurement of a process that is alone', () => {
  it('goes through all phases and ends with its time', async () => {
    const { all } = measureTogether(1);
    await allOver(all);
    const [only] = all as [Measuring];
    expect(only.pool.phases).toEqual(ALL_PHASES);
    expect(only.shown).toEqual(['warmup', 'measure']);
    const { endedBy, reports, warmupSeconds } = measurementOf(only);
    expect([endedBy, reports.length]).toEqual(['runtime', 2]);
    expect(warmupSeconds).toBeGreaterThanOrEqual(0.019);
  });

  it('tells how far it is at the beginning of each phase, and every second', async () => {
    const { all } = measureTogether(1, { runtime: 1.4 });
    const [only] = all as [Measuring];
    await until(() => only.pool.phases.includes(PHASE_MEASURE), 'it measures');
    only.pool.controls[0]?.publishRun(7, 1000);
    const latencies = { buckets: [5], counts: [3] };
    only.figures.add(1, { commits: 3, crossShardCommits: 0, conflictAborts: 1, latencies });
    await allOver(all);
    expect(only.told.map(({ phase }) => phase)).toEqual(['warmup', 'measure', 'measure']);
    const [, first, second] = only.told as MeasurementProgress[];
    expect(first.total.throughputTps).toBeNull();
    expect(second).toMatchObject({ totalSeconds: 1.4, total: { throughputTps: 3, engineBytes: 1000 } });
    expect(second.elapsedSeconds).toBeGreaterThanOrEqual(1.1);
    expect(second.shards.map(({ shardId }) => shardId)).toEqual([0]);
  });

  it('has no warm-up where none is wanted', async () => {
    const { all } = measureTogether(1, { warmup: 0 });
    await allOver(all);
    expect(all[0]?.pool.phases).toEqual(ALL_PHASES.slice(1));
  });

  it('ends at once when it is told to, with what it has', async () => {
    const { all } = measureTogether(1, { runtime: 3600 });
    const [only] = all as [Measuring];
    await until(() => only.pool.phases.includes(PHASE_MEASURE), 'it measures');
    only.phases.requestEnd('interrupt');
    await allOver(all);
    expect(measurementOf(only).endedBy).toBe('interrupt');
  });

  it('says what to do where it is over before a worker has begun it, and calls it no interrupt', async () => {
    const { all } = measureTogether(1);
    const [only] = all as [Measuring];
    only.pool.isStarved = true;
    await allOver(all);
    expect(only.outcome).toMatchObject({ error: { code: 'USAGE', exitStatus: 2 } });
    expect(String((only.outcome as { error: Error }).error.message)).toMatch(
      /^the measurement of 0\.05 s was over .*raise --runtime/,
    );
  });

  it.each<[EndedBy, string]>([
    ['interrupt', 'INTERRUPTED'],
    ['peer-lost', 'TRANSPORT'],
  ])('has nothing to report where it ends before (%s)', async (reason, code) => {
    const { all } = measureTogether(1, { warmup: 3600 });
    const [only] = all as [Measuring];
    await until(() => only.pool.phases.includes(PHASE_WARMUP), 'it warms up');
    only.phases.requestEnd(reason);
    await allOver(all);
    expect(only.outcome).toMatchObject({ error: { code } });
    expect(only.pool.phases).toEqual([PHASE_WARMUP, PHASE_DRAIN, PHASE_STOP]);
  });

  it('ends when a worker has no memory left, and says so', async () => {
    const { all } = measureTogether(1, { runtime: 3600 });
    const [only] = all as [Measuring];
    await until(() => only.pool.phases.includes(PHASE_MEASURE), 'it measures');
    only.pool.controls[1]?.reportMemoryReached();
    await allOver(all);
    expect(measurementOf(only).endedBy).toBe('memory-limit');
    expect(only.lines.join()).toContain('memory limit of 5 MB is reached');
  });

  it('waits until all workers have decided what they began', async () => {
    const { all } = measureTogether(1);
    const [only] = all as [Measuring];
    only.pool.drains = false;
    await until(() => only.pool.phases.includes(PHASE_DRAIN), 'it drains');
    only.pool.controls[0]?.publishDraining(true, true);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(only.pool.phases).not.toContain(PHASE_STOP);
    only.pool.publishDrained();
    await allOver(all);
    expect(measurementOf(only).endedBy).toBe('runtime');
  });

  it.each<Phase>([PHASE_WARMUP, PHASE_MEASURE, PHASE_DRAIN])(
    'fails with the error of its workers in phase %i',
    async (phase) => {
      const { all } = measureTogether(1, { warmup: phase === PHASE_WARMUP ? 3600 : 0.01, runtime: 0.05 });
      const [only] = all as [Measuring];
      only.pool.drains = false;
      await until(() => only.pool.phases.includes(phase), 'the phase has come');
      only.pool.fail(new Error('a bug'));
      await allOver(all);
      expect(only.outcome).toMatchObject({ error: { message: 'a bug' } });
    },
  );
});

describe('the measurement of several processes', () => {
  it('begins and ends together', async () => {
    const { all } = measureTogether(3);
    await allOver(all);
    for (const measuring of all) {
      expect(measuring.pool.phases).toEqual(ALL_PHASES);
      expect(measurementOf(measuring).endedBy).toBe('runtime');
    }
    const announced = [{ phase: 'measure' }, { phase: 'drain', endedBy: 'runtime' }];
    for (const { process } of all) expect(process.announced).toEqual(announced);
  });

  it.each([0, 2])('ends for all when process %i wants it to', async (name) => {
    const { all } = measureTogether(3, { runtime: 3600 });
    await until(() => all.every(({ pool }) => pool.phases.includes(PHASE_MEASURE)), 'all measure');
    all[name]?.process.cluster.requestEnd('interrupt');
    await allOver(all);
    for (const measuring of all) expect(measurementOf(measuring).endedBy).toBe('interrupt');
  });

  it('ends for all when one has no memory left', async () => {
    const { all } = measureTogether(2, { runtime: 3600 });
    await until(() => all.every(({ pool }) => pool.phases.includes(PHASE_MEASURE)), 'all measure');
    all[1]?.pool.controls[0]?.reportMemoryReached();
    await allOver(all);
    for (const measuring of all) expect(measurementOf(measuring).endedBy).toBe('memory-limit');
  });

  it('stops no worker before all others have decided what they began', async () => {
    const { all } = measureTogether(2);
    const [first, second] = all as [Measuring, Measuring];
    second.pool.drains = false;
    await until(
      () => second.pool.phases.includes(PHASE_DRAIN) && first.pool.phases.includes(PHASE_DRAIN),
      'both drain',
    );
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(first.pool.phases).not.toContain(PHASE_STOP);
    second.pool.publishDrained();
    await allOver(all);
    for (const measuring of all) expect(measurementOf(measuring).endedBy).toBe('runtime');
  });

  it('goes on under the next leader when the first one is lost, and ends with its time', async () => {
    const { net, all } = measureTogether(3, { runtime: 0.3 });
    await until(() => all.every(({ pool }) => pool.phases.includes(PHASE_MEASURE)), 'all measure');
    net.kill(0);
    await allOver(all);
    for (const measuring of all.slice(1)) expect(measurementOf(measuring).endedBy).toBe('runtime');
  });

  /** The leader is lost while it announces; only process `heard` is told. */
  async function loseWhileAnnouncing(phase: 'measure' | 'drain', heard: number) {
    const { net, all } = measureTogether(3, { warmup: 0.1, runtime: 0.1 });
    const [leader] = all as [Measuring];
    const isThere = () => leader.process.announced.some((announcement) => announcement.phase === phase);
    // The leader hears itself at once, and the others have not heard it then.
    const heardByLeader = leader.process.onAnnounced;
    leader.process.onAnnounced = (announcement) => {
      heardByLeader(announcement);
      if (announcement.phase === phase) net.kill(0, { 1: heard === 1 ? 9 : 0, 2: heard === 2 ? 9 : 0 });
    };
    await until(isThere, `the leader announces ${phase}`);
    await allOver(all);
    return all.slice(1);
  }

  it.each([
    ['measure', 1],
    ['measure', 2],
    ['drain', 1],
    ['drain', 2],
  ] as const)(
    'lets nobody behind whom the lost leader did not tell: %s, heard by process %i alone',
    async (phase, heard) => {
      for (const measuring of await loseWhileAnnouncing(phase, heard)) {
        expect(measuring.pool.phases).toEqual(ALL_PHASES);
        expect(measurementOf(measuring).endedBy).toBe('runtime');
      }
    },
  );
});
