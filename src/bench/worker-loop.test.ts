import { beforeAll, describe, expect, it } from 'vitest';
import type { PacingConfig } from '../config/run-config.ts';
import { Partition } from '../engine/partition.ts';
import { int32 } from '../engine/schema.ts';
import { EXIT, OperatingFault } from '../errors.ts';
import { EXECUTING, QUEUEING, WAITING_FOR_REMOTE } from '../shard/transaction-times.ts';
import {
  BLOCKED,
  COMMITTED,
  FAILED,
  FAILED_BY_DOUBT,
  PENDING,
  QUEUED,
  USER_ABORT,
  type WorkloadSession,
} from './contract.ts';
import { ControlBlock, PHASE_MEASURE, PHASE_STOP, PHASE_WARMUP } from './control-block.ts';
import { Fractions } from './pacing/fractions.ts';
import { newSchedule } from './pacing/pacing.ts';
import { decodeHistogram, prepareHistograms, Recorder } from './recorder.ts';
import { ScriptedSession, TYPES } from './testing/scripted-session.ts';
import { expectTimesToAddUp } from './testing/times-add-up.ts';
import { WorkerLoop } from './worker-loop.ts';

function newLoop(
  session: WorkloadSession,
  control: ControlBlock,
  terminals = 4,
  partition = new Partition(),
  pacing: PacingConfig = { kind: 'none' },
) {
  let nowMs = 1000;
  const clock = {
    now: () => {
      nowMs += 0.25;
      return nowMs;
    },
    epochOffsetMs: 0,
  };
  const firstTypes = new Array<number>(terminals).fill(0);
  const schedule = newSchedule(pacing, TYPES, firstTypes, 1, 1000, new Fractions(1, 1, terminals, 10));
  return new WorkerLoop(session, partition, ['starts'], firstTypes, schedule, new Recorder(TYPES), control, clock);
}

beforeAll(() => prepareHistograms());

describe('WorkerLoop', () => {
  it('counts the measurement alone, and says how long it was', () => {
    const control = new ControlBlock();
    control.setPhase(PHASE_WARMUP);
    const session = new ScriptedSession(({ started }) => {
      if (started === 100) control.setPhase(PHASE_MEASURE);
      if (started === 500) control.setPhase(PHASE_STOP);
      return started % 10 === 0 ? USER_ABORT : COMMITTED;
    });
    const report = newLoop(session, control).run();
    const [type] = report.recorded.types;
    const measured = type.commits + type.userAborts;
    expect(report.counters['starts']).toBe(measured);
    expect(measured).toBeGreaterThan(380);
    expect(measured).toBeLessThanOrEqual(500 - 100 + 16);
    expect(type.userAborts).toBeGreaterThanOrEqual(Math.floor(measured / 10));
    expect(report.measuredSeconds).toBeGreaterThan((measured * 0.25) / 1000);
    expect(decodeHistogram(type.local as string).totalCount).toBe(measured);
    expect(control.completed).toBeGreaterThan(measured);
  });

  it('tells what came late in an open loop from what took long, and where the worker had nothing to do', () => {
    const perSecond = (transactionsPerSecond: number, starts: number) => {
      const control = new ControlBlock();
      control.setPhase(PHASE_MEASURE);
      const session = new ScriptedSession((self) => {
        if (self.started === starts) control.setPhase(PHASE_STOP);
        return COMMITTED;
      });
      const pacing: PacingConfig = { kind: 'rate', transactionsPerSecond };
      const report = newLoop(session, control, 4, new Partition(), pacing).run();
      expectTimesToAddUp(report.recorded);
      const [{ commits, times }] = report.recorded.types;
      expect(times.local[EXECUTING]).toBe(commits * 0.25);
      return { queueingMs: times.local[QUEUEING] / commits, idleMs: report.spent.idleMs, report };
    };
    // Four starts are due in a millisecond, which is what the worker can do beside looking at the clock, or none is.
    const [late, early] = [perSecond(8000, 400), perSecond(100, 30)];
    expect(late.queueingMs).toBeGreaterThan(20);
    expect(late.idleMs).toBe(0);
    expect(early.queueingMs).toBeLessThan(0.5);
    expect(early.idleMs).toBeGreaterThan(0.8 * 1000 * early.report.measuredSeconds);
  });

  it('executes queued transactions after the answer and times both', () => {
    const control = new ControlBlock();
    control.setPhase(PHASE_MEASURE);
    const session = new ScriptedSession((self) => {
      if (self.started === 64) control.setPhase(PHASE_STOP);
      self.deferredWaiting++;
      return QUEUED;
    });
    session.nextType = 1;
    const loop = newLoop(session, control, 200);
    const report = loop.run();
    const answered = report.recorded.types[0];
    expect(session.deferredRun).toBe(64);
    expect(session.deferredWaiting).toBe(0);
    expect(report.deferredQueueMost).toBe(16);
    expect(answered.commits).toBe(64);
    const answers = decodeHistogram(answered.local as string);
    expect(answers.totalCount).toBe(64);
    expect(answers.maxValue).toBeLessThan(300_000 * 2);
  });

  it('leaves a pending terminal alone until its completion is told', () => {
    const control = new ControlBlock();
    control.setPhase(PHASE_MEASURE);
    const waiting: number[] = [];
    const loop: { current?: WorkerLoop } = {};
    const session = new ScriptedSession((self, terminal) => {
      if (waiting.length === 3) loop.current?.complete(waiting.shift() as number, COMMITTED, true);
      if (self.started === 300) control.setPhase(PHASE_STOP);
      expect(waiting).not.toContain(terminal);
      if (self.started % 3 === 0 && waiting.length < 3) {
        waiting.push(terminal);
        return PENDING;
      }
      return COMMITTED;
    });
    loop.current = newLoop(session, control, 5);
    const report = loop.current.run();
    const [type] = report.recorded.types;
    expect(type.commits).toBe(session.started - waiting.length);
    expect(type.crossShardCommits).toBeGreaterThan(50);
    expect(decodeHistogram(type.crossShard as string).totalCount).toBe(type.crossShardCommits);
    expectTimesToAddUp(report.recorded);
    expect(type.times.crossShard[WAITING_FOR_REMOTE]).toBeGreaterThan(type.crossShardCommits * 0.25);
    expect(type.times.local[WAITING_FOR_REMOTE]).toBe(0);
  });

  it('ends with a report when the memory has no room for another batch', () => {
    const control = new ControlBlock();
    control.setPhase(PHASE_MEASURE);
    const partition = new Partition(3_000_000);
    const table = partition.createTable({ name: 'T', columns: { A: int32 }, indexes: {} });
    const transaction = partition.newTransaction();
    const session = new ScriptedSession(() => {
      for (let i = 0; i < 1000; i++) transaction.insert(table, table.allocate());
      transaction.commit();
      return COMMITTED;
    });
    const report = newLoop(session, control, 4, partition).run();
    expect(report.endedByMemory).toBe(true);
    expect(control.memoryReached).toBe(true);
    expect(session.abandoned).toBe(0);
    expect(report.recorded.types[0].commits).toBe(session.started);
    expect(partition.usedBytes).toBeLessThanOrEqual(3_000_000);
  });

  it('undoes a transaction that the memory limit interrupts, and ends with a report', () => {
    const control = new ControlBlock();
    control.setPhase(PHASE_MEASURE);
    const session = new ScriptedSession(({ started }) => {
      if (started === 40) throw new OperatingFault('MEMORY_LIMIT', EXIT.usage, 'full');
      return COMMITTED;
    });
    const report = newLoop(session, control).run();
    expect(report.endedByMemory).toBe(true);
    expect(session.abandoned).toBe(1);
    expect(report.recorded.types[0].commits).toBe(39);
  });

  it('lets other errors through', () => {
    const control = new ControlBlock();
    control.setPhase(PHASE_MEASURE);
    const session = new ScriptedSession(() => {
      throw new Error('a bug');
    });
    expect(() => newLoop(session, control).run()).toThrow('a bug');
  });

  it('counts failures apart: they have no latency and are no outcome', () => {
    const control = new ControlBlock();
    control.setPhase(PHASE_MEASURE);
    const session = new ScriptedSession(({ started }) => {
      if (started === 100) control.setPhase(PHASE_STOP);
      if (started % 5 === 0) return FAILED;
      return started % 7 === 0 ? FAILED_BY_DOUBT : COMMITTED;
    });
    const [type] = newLoop(session, control).run().recorded.types;
    const { started } = session;
    // What failed is in no latency, and so in no time.
    expect(type.times.local[EXECUTING]).toBe(type.commits * 0.25);
    const byLoss = Math.floor(started / 5);
    const byDoubt = Math.floor(started / 7) - Math.floor(started / 35);
    expect(type).toMatchObject({ failed: byLoss, failedByDoubt: byDoubt, commits: started - byLoss - byDoubt });
    expect(decodeHistogram(type.local as string).totalCount).toBe(type.commits);
  });

  it('tries refused deferred work again, in its order, and times it from the request', () => {
    const control = new ControlBlock();
    control.setPhase(PHASE_MEASURE);
    const session = new ScriptedSession((self) => {
      if (self.started === 160) control.setPhase(PHASE_STOP);
      if (self.started > 48) return COMMITTED;
      self.deferredWaiting++;
      return QUEUED;
    });
    session.nextType = 1;
    // Nothing is let through until everything is queued, and then a single one at a time.
    let granted = 0;
    session.onDeferred = () => (session.started < 48 || granted++ % 2 === 0 ? BLOCKED : COMMITTED);
    const report = newLoop(session, control, 4).run();
    expect(report.deferredQueueMost).toBe(48);
    expect([session.deferredRun, session.deferredWaiting]).toEqual([48, 0]);
    const [first, second] = report.recorded.types;
    expectTimesToAddUp(report.recorded);
    expect(second.times.deferred[EXECUTING]).toBeGreaterThan(0);
    expect(second.times.deferred[QUEUEING]).toBeGreaterThan(second.times.deferred[EXECUTING]);
    const doneInTime = first.commits + second.commits - (session.started - 48);
    expect(doneInTime).toBeGreaterThan(5);
    expect(doneInTime).toBeLessThan(20);
    // The oldest four are the terminals' first transactions, which are of the first type.
    expect(second.deferredCompleted).toBe(doneInTime - 4);
    // Two batches of 16 passed before anything was let through, and one more for each that went before.
    expect(decodeHistogram(second.deferred as string).minNonZeroValue).toBeGreaterThan((2 + 4) * 16 * 0.25 * 1e6);
  });

  it('leaves nothing queued at its end, and counts nothing of that', () => {
    const control = new ControlBlock();
    control.setPhase(PHASE_MEASURE);
    const session = new ScriptedSession((self) => {
      if (self.started === 64) control.setPhase(PHASE_STOP);
      self.deferredWaiting++;
      return QUEUED;
    });
    // Refused once more after the end, which the loop sees only then.
    let afterEnd = 0;
    session.onDeferred = () => (control.phase === PHASE_STOP && afterEnd++ > 0 ? COMMITTED : BLOCKED);
    const report = newLoop(session, control, 200).run();
    expect([session.deferredRun, session.deferredWaiting]).toEqual([64, 0]);
    expect(report.recorded.types.map(({ commits }) => commits)).toEqual([0, 0]);
  });
});
