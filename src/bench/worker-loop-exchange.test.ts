import { beforeAll, describe, expect, it } from 'vitest';
import { Partition } from '../engine/partition.ts';
import { int32 } from '../engine/schema.ts';
import type { Table } from '../engine/table.ts';
import { EXIT, OperatingFault } from '../errors.ts';
import { Exchange } from '../shard/exchange.ts';
import { layPlumbing } from '../shard/plumbing.ts';
import { EXECUTING, RETRYING, WAITING_FOR_LOCKS, WAITING_FOR_REMOTE } from '../shard/transaction-times.ts';
import { BLOCKED, COMMITTED, type FragmentCall, type Outcome, PENDING, QUEUED, USER_ABORT } from './contract.ts';
import { ControlBlock, PHASE_DRAIN, PHASE_MEASURE, PHASE_STOP } from './control-block.ts';
import { Fractions } from './pacing/fractions.ts';
import { newSchedule } from './pacing/pacing.ts';
import { decodeHistogram, prepareHistograms, Recorder } from './recorder.ts';
import { ScriptedSession, TYPES } from './testing/scripted-session.ts';
import { expectTimesToAddUp } from './testing/times-add-up.ts';
import { WorkerLoop } from './worker-loop.ts';

const TERMINALS = 4;
const OURS = 0;
const THEIRS = 1;
/** An owner of locks that belongs to no transaction, older than all. */
const STRANGER = 1000;

/** Main as far as the end of a run: everybody stops when all is decided. */
class Main extends ControlBlock {
  everybodyIsDone: () => boolean = () => true;
  readonly published: [boolean, boolean][] = [];
  /** What happens before the worker parks. */
  onPublish = (): void => {};

  override publishDraining(ownDone: boolean, fragmentsDecided: boolean): void {
    super.publishDraining(ownDone, fragmentsDecided);
    this.published.push([ownDone, fragmentsDecided]);
    this.onPublish();
    if (ownDone && fragmentsDecided && this.everybodyIsDone()) this.setPhase(PHASE_STOP);
  }
}

interface Side {
  partition: Partition;
  table: Table;
  session: ScriptedSession;
}

function newSide(session: ScriptedSession): Side {
  const partition = new Partition();
  const table = partition.createTable({ name: 'T', columns: { A: int32 }, indexes: {} });
  const transaction = partition.newTransaction();
  for (let i = 0; i < 8; i++) {
    const row = table.allocate();
    table.putInt32(row, table.int32Column('A'), 0);
    transaction.insert(table, row);
  }
  transaction.commit();
  partition.locks.enter(STRANGER, 0);
  return { partition, table, session };
}

/**
 * The loop of worker 0, and worker 1 without a loop, which takes its messages whenever the loop looks at the clock. They are
 * of two shards or of one.
 */
class Pair {
  readonly main = new Main();
  readonly ours: Side;
  readonly theirs: Side;
  readonly theirExchange: Exchange;
  readonly completed: [terminal: number, outcome: Outcome][] = [];
  /** Whether worker 1 starts nothing more. */
  theirsAreOver = (): boolean => this.theirExchange.coordinator.inFlight === 0;
  /** Whether worker 1 looks at its messages. */
  awake = true;
  nowMs = 1000;
  readonly onTick: (() => void)[] = [];
  private readonly loop: WorkerLoop;
  /** Worker 1 looks at the clock, too. */
  private ticking = false;

  constructor(ours: ScriptedSession, theirs: ScriptedSession, shards = 2) {
    this.ours = newSide(ours);
    this.theirs = newSide(theirs);
    const workersPerShard = 2 / shards;
    const localShardIds = Array.from({ length: shards }, (_, i) => i);
    const plan = { shards, workersPerShard, localShardIds, mode: 'auto', ringCapacityBytes: null, longestBodyWords: 4 };
    const mailboxes = layPlumbing({ ...plan, mode: 'auto' }).mailboxes.flat();
    const clock = { now: () => this.now(), epochOffsetMs: 0 };
    const newExchange = (worker: number, { session, partition }: Side, listener: WorkerLoop | typeof ignoring) => {
      const setup = {
        plumbing: mailboxes[worker] ?? expect.fail(`there is no worker ${worker}`),
        totalWorkers: 2,
        workersPerShard,
        workerOfWarehouse: Int32Array.of(0, OURS, THEIRS),
        terminals: TERMINALS,
        severalProcesses: false,
      };
      const exchange = new Exchange(setup, session, partition, partition.access, clock, () => 0.5, listener);
      session.connect(exchange);
      return exchange;
    };
    const ignoring = {
      complete: (terminal: number, outcome: Outcome) => this.completed.push([terminal, outcome]),
      conflict: () => {},
    };
    const types = new Array<number>(TERMINALS).fill(0);
    const schedule = newSchedule({ kind: 'none' }, TYPES, types, 2, 1000, new Fractions(1, 1, TERMINALS, 10));
    this.loop = new WorkerLoop(
      this.ours.session,
      this.ours.partition,
      ['starts'],
      types,
      schedule,
      new Recorder(TYPES),
      this.main,
      clock,
    );
    this.loop.connect(newExchange(OURS, this.ours, this.loop));
    this.theirExchange = newExchange(THEIRS, this.theirs, ignoring);
    this.main.everybodyIsDone = () =>
      this.theirExchange.participant.held === 0 && this.theirExchange.coordinator.inFlight === 0;
  }

  run() {
    this.main.setPhase(PHASE_MEASURE);
    const report = this.loop.run();
    expectTimesToAddUp(report.recorded);
    const { messagesMs, idleMs } = report.spent;
    expect(Math.min(messagesMs, idleMs)).toBeGreaterThanOrEqual(0);
    expect(messagesMs + idleMs).toBeLessThanOrEqual(report.measuredSeconds * 1000);
    return report;
  }

  /** Starts a transaction of worker 1. */
  startTheirs(terminal: number): void {
    expect(this.theirExchange.start(terminal, this.nowMs)).toBe(PENDING);
    this.theirExchange.flush();
  }

  /** Worker 1 takes its messages and sends its own. */
  pollTheirs(): void {
    this.theirExchange.poll(this.nowMs);
    this.theirExchange.flush();
  }

  private now(): number {
    this.nowMs += 0.25;
    if (this.ticking) return this.nowMs;
    this.ticking = true;
    for (const tick of this.onTick) tick();
    if (this.awake) {
      if (this.main.phase === PHASE_DRAIN && this.theirsAreOver()) this.theirExchange.sayLast();
      this.pollTheirs();
    }
    this.ticking = false;
    return this.nowMs;
  }
}

/** Sends a fragment of one word to the other worker: the row that it wants there. */
function send(session: ScriptedSession, toWorker: number, row: number): Outcome {
  const remote = session.remote ?? expect.fail('nobody is connected');
  const at = remote.fragment(toWorker, 7, 1);
  remote.int32s[at] = row;
  return PENDING;
}

/** Adds one to the row that is asked for. */
const addOne =
  (side: () => Side) =>
  ({ access, transaction, int32s, at }: FragmentCall): boolean => {
    const { table } = side();
    const row = int32s[at] ?? -1;
    if (!access.write(table, row)) return false;
    const column = table.int32Column('A');
    transaction.setInt32(table, row, column, table.getInt32(row, column) + 1);
    return true;
  };

const sumOf = ({ table }: Side): number => {
  let sum = 0;
  for (let row = 0; row < table.rowBound; row++) sum += table.getInt32(row, table.int32Column('A'));
  return sum;
};

/** A pair whose worker 0 sends every transaction to worker 1, to a row for each terminal. */
function newPair(endAfter: number, shards = 2): Pair {
  const ours = new ScriptedSession((self, terminal) => {
    if (self.started === endAfter) pair.main.setPhase(PHASE_DRAIN);
    return send(self, THEIRS, terminal);
  });
  ours.onFinish = () => COMMITTED;
  ours.onRetry = (terminal) => send(ours, THEIRS, terminal);
  const theirs = new ScriptedSession((self, terminal) => send(self, OURS, terminal));
  theirs.onFragment = addOne(() => pair.theirs);
  const pair: Pair = new Pair(ours, theirs, shards);
  return pair;
}

beforeAll(() => prepareHistograms());

describe('a WorkerLoop among others', () => {
  it.each([
    [2, true],
    [1, false],
  ])('records what another worker had a part in by whether it crossed shards (%i shards)', (shards, crosses) => {
    const pair = newPair(200, shards);
    const { recorded, exchange, spent } = pair.run();
    const [type] = recorded.types;
    expect(type.commits).toBeGreaterThan(180);
    // The other worker answers while this one looks at its clock, of which it hears in its next turn.
    const times = crosses ? type.times.crossShard : type.times.local;
    expect(times[WAITING_FOR_REMOTE]).toBeGreaterThan(type.commits * 0.25);
    expect(times[EXECUTING]).toBe(type.commits * 0.5);
    expect(spent.messagesMs).toBeGreaterThan(0);
    expect(type.crossShardCommits).toBe(crosses ? type.commits : 0);
    const histogram = decodeHistogram((crosses ? type.crossShard : type.local) as string);
    expect(histogram.totalCount).toBe(type.commits);
    const { started } = pair.ours.session;
    expect(sumOf(pair.theirs)).toBe(started);
    // At the end each side says that nothing follows.
    const frames = { framesOut: 2 * started + 1, framesIn: started + 1 };
    expect(exchange).toMatchObject({ attempts: started, conflicts: 0, inDoubt: 0, ...frames });
  });

  it('records user aborts, whose fragments are undone', () => {
    const pair = newPair(100);
    pair.ours.session.onFinish = (terminal) => (terminal === 2 ? USER_ABORT : COMMITTED);
    const [type] = pair.run().recorded.types;
    expect(type.userAborts).toBeGreaterThan(20);
    expect(type.commits + type.userAborts).toBeGreaterThan(90);
    expect(sumOf(pair.theirs)).toBe(pair.ours.session.finished.filter((terminal) => terminal !== 2).length);
    expect(pair.theirs.partition.locks.held).toBe(0);
  });

  it('counts every attempt that gave up for an older transaction, and the transaction once', () => {
    const pair = newPair(100);
    const { locks } = pair.theirs.partition;
    const { table } = pair.theirs;
    locks.lock(table.id, 1, 1, STRANGER);
    pair.onTick.push(() => {
      if (pair.nowMs > 1040) locks.releaseAll(STRANGER);
    });
    const report = pair.run();
    const [type] = report.recorded.types;
    expect(type.conflictAborts).toBeGreaterThan(2);
    expect(report.exchange['conflicts']).toBe(type.conflictAborts);
    expect(report.exchange['retriesMost']).toBe(type.conflictAborts);
    expect(pair.ours.session.retried).toBe(type.conflictAborts);
    expect(type.commits).toBeGreaterThan(90);
    expect(sumOf(pair.theirs)).toBe(pair.ours.session.started);
    expect(type.times.crossShard[RETRYING]).toBeGreaterThan(30);
    // The one that waited took as long as it waited.
    expect(decodeHistogram(type.crossShard as string).maxValue).toBeGreaterThan(30e6);
  });

  it('counts as failed what a participant has no memory for', () => {
    const pair = newPair(100);
    const add = addOne(() => pair.theirs);
    pair.theirs.session.onFragment = (call) => {
      if (call.int32s[call.at] === 3) throw new OperatingFault('MEMORY_LIMIT', EXIT.usage, 'full');
      return add(call);
    };
    const report = pair.run();
    const [type] = report.recorded.types;
    expect(type.failed).toBeGreaterThan(20);
    expect(type.commits).toBeGreaterThan(60);
    expect(sumOf(pair.theirs)).toBe(pair.ours.session.finished.length);
    expect([pair.theirExchange.participant.memoryReached, report.endedByMemory]).toEqual([true, false]);
  });

  it('ends by memory when a fragment of somebody else finds none here', () => {
    const pair = newPair(100_000);
    pair.ours.session.onFragment = () => {
      throw new OperatingFault('MEMORY_LIMIT', EXIT.usage, 'full');
    };
    const theirs = pair.theirs.session;
    pair.onTick.push(() => {
      if (pair.nowMs > 1050 && theirs.started === 0) pair.startTheirs(0);
      if (pair.main.memoryReached) pair.main.setPhase(PHASE_DRAIN);
    });
    const report = pair.run();
    expect([report.endedByMemory, pair.main.memoryReached]).toEqual([true, true]);
    expect(report.recorded.types[0].commits).toBeGreaterThan(0);
  });

  it('lets deferred work wait for a lock, and goes on with it when that is gone', () => {
    let refused = 0;
    const ours = new ScriptedSession((self) => {
      if (self.started === 400) pair.main.setPhase(PHASE_DRAIN);
      if (self.started !== 10) return COMMITTED;
      self.deferredWaiting += 2;
      return QUEUED;
    });
    ours.onDeferred = () => {
      if (pair.ours.partition.access.write(pair.ours.table, 5)) return COMMITTED;
      refused++;
      return BLOCKED;
    };
    const pair = new Pair(ours, new ScriptedSession(() => PENDING));
    const { locks } = pair.ours.partition;
    locks.lock(pair.ours.table.id, 5, 1, STRANGER);
    let triedBeforeRelease = 0;
    pair.onTick.push(() => {
      if (pair.nowMs < 1060 || triedBeforeRelease > 0) return;
      triedBeforeRelease = ours.deferredTried;
      locks.releaseAll(STRANGER);
    });
    const report = pair.run();
    // It stands in line instead of asking again and again.
    expect([triedBeforeRelease, refused, ours.deferredRun]).toEqual([1, 1, 2]);
    expect(report.exchange['lockWaits']).toBe(1);
    expect(locks.held).toBe(0);
  });

  it('lets a transaction wait for a lock of its own partition and completes it as a local one', () => {
    const touch = (): Outcome => (pair.ours.partition.access.write(pair.ours.table, 5) ? COMMITTED : BLOCKED);
    const ours = new ScriptedSession((self, terminal) => {
      if (self.started === 400) pair.main.setPhase(PHASE_DRAIN);
      return terminal === 1 ? touch() : COMMITTED;
    });
    ours.onRetry = touch;
    const pair = new Pair(ours, new ScriptedSession(() => PENDING));
    const { locks } = pair.ours.partition;
    locks.lock(pair.ours.table.id, 5, 1, STRANGER);
    pair.onTick.push(() => {
      if (pair.nowMs > 1060) locks.releaseAll(STRANGER);
    });
    const [type] = pair.run().recorded.types;
    expect(ours.retried).toBe(1);
    expect(type).toMatchObject({ crossShardCommits: 0, conflictAborts: 0, failed: 0 });
    expect(decodeHistogram(type.local as string).maxValue).toBeGreaterThan(50e6);
    expect(type.times.local[WAITING_FOR_LOCKS]).toBeGreaterThan(50);
    expect(type.times.local[WAITING_FOR_LOCKS]).toBeLessThan(62);
    expect(locks.held).toBe(0);
  });
});

describe('the end of a run among others', () => {
  it('decides what began, but counts it nowhere', () => {
    const pair = newPair(100);
    // The other worker sleeps through the end of the measurement.
    pair.onTick.push(() => {
      if (pair.ours.session.started < 60 || pair.main.phase !== PHASE_MEASURE) return;
      pair.awake = false;
      pair.main.setPhase(PHASE_DRAIN);
    });
    pair.main.onPublish = () => {
      pair.awake = true;
      pair.pollTheirs();
    };
    const report = pair.run();
    const [type] = report.recorded.types;
    const { session } = pair.ours;
    expect(type.commits).toBeLessThan(session.started);
    expect(session.finished).toHaveLength(session.started);
    expect(sumOf(pair.theirs)).toBe(session.started);
    expect(decodeHistogram(type.crossShard as string).totalCount).toBe(type.commits);
    expect(pair.main.published[0]).toEqual([false, false]);
    expect([pair.main.ownDone, pair.main.fragmentsDecided]).toEqual([true, true]);
    expect(pair.theirs.partition.locks.held).toBe(0);
  });

  it('gives up what would be tried again, and says so nowhere', () => {
    const pair = newPair(100);
    const { locks } = pair.theirs.partition;
    locks.lock(pair.theirs.table.id, 1, 1, STRANGER);
    const report = pair.run();
    const [type] = report.recorded.types;
    const { session } = pair.ours;
    expect(session.finished).toHaveLength(session.started - 1);
    expect(session.finished).not.toContain(1);
    expect([type.failed, type.failedByDoubt]).toEqual([0, 0]);
    locks.releaseAll(STRANGER);
    expect([locks.held, pair.theirExchange.participant.held, pair.ours.partition.locks.held]).toEqual([0, 0, 0]);
  });

  it('still serves the fragments of those that are not as far', () => {
    const pair = newPair(50);
    const { ours, theirs } = pair;
    ours.session.onFragment = addOne(() => ours);
    theirs.session.onFinish = () => COMMITTED;
    let begun = 0;
    pair.onTick.push(() => {
      if (pair.main.phase === PHASE_DRAIN && begun < 3) pair.startTheirs(begun++);
    });
    pair.theirsAreOver = () => begun === 3 && pair.theirExchange.coordinator.inFlight === 0;
    pair.run();
    expect(sumOf(ours)).toBe(3);
    expect(pair.completed).toEqual([0, 1, 2].map((terminal) => [terminal, COMMITTED]));
    expect(ours.partition.locks.held).toBe(0);
  });

  it('executes what is queued, waiting for locks as long as they last', () => {
    const ours = new ScriptedSession((self) => {
      if (self.started === 40) pair.main.setPhase(PHASE_DRAIN);
      if (self.started <= 20) self.deferredWaiting++;
      return self.started <= 20 ? QUEUED : COMMITTED;
    });
    ours.onDeferred = () => (pair.ours.partition.access.write(pair.ours.table, 5) ? COMMITTED : BLOCKED);
    const theirs = new ScriptedSession(() => send(theirs, OURS, 0));
    theirs.onFinish = () => COMMITTED;
    const pair = new Pair(ours, theirs);
    const { locks } = pair.ours.partition;
    locks.lock(pair.ours.table.id, 5, 1, STRANGER);
    // The lock goes with the decision of another worker's transaction, in that an unrelated message stands for it here.
    ours.onFragment = () => true;
    pair.main.onPublish = () => {
      if (pair.main.published.length > 1) return;
      locks.releaseAll(STRANGER);
      pair.startTheirs(0);
    };
    const [type] = pair.run().recorded.types;
    expect([ours.deferredRun, ours.deferredWaiting, type.commits]).toEqual([20, 0, ours.started - 20]);
    expect(pair.main.published[0]).toEqual([false, true]);
    expect(locks.held).toBe(0);
  });

  it('gives up all of what is queued at once where nobody knows when the lock will go', () => {
    const ours = new ScriptedSession((self) => {
      if (self.started === 40) pair.main.setPhase(PHASE_DRAIN);
      self.deferredWaiting++;
      return QUEUED;
    });
    let dropped = 0;
    ours.dropDeferred = () => {
      ours.deferredWaiting--;
      dropped++;
    };
    ours.onDeferred = () => (pair.ours.partition.access.write(pair.ours.table, 5) ? COMMITTED : BLOCKED);
    const pair = new Pair(ours, new ScriptedSession(() => PENDING));
    const { locks } = pair.ours.partition;
    locks.lock(pair.ours.table.id, 5, 1, STRANGER);
    pair.onTick.push(() => {
      if (pair.main.phase === PHASE_DRAIN && pair.main.published.length === 0) locks.doubt(STRANGER);
    });
    const [, type] = pair.run().recorded.types;
    expect([ours.deferredRun, ours.deferredWaiting, dropped]).toEqual([0, 0, ours.started]);
    // One turn does it all and the next one stops: a sleep in between would last until somebody has a message.
    expect(pair.main.published).toHaveLength(2);
    expect(type.commits).toBe(0);
    locks.releaseAll(STRANGER);
  });

  it('holds no memory limit against what is only being ended, whatever is undone meanwhile', () => {
    const pair = newPair(50);
    pair.ours.session.onFragment = addOne(() => pair.ours);
    pair.theirs.session.onFinish = (terminal) => (terminal === 0 ? USER_ABORT : COMMITTED);
    let begun = 0;
    const enforcing: boolean[] = [];
    pair.onTick.push(() => {
      if (pair.main.phase !== PHASE_DRAIN) return;
      if (pair.main.published.length > 0) enforcing.push(pair.ours.partition.budget.enforcing);
      if (begun < 3 && pair.theirExchange.coordinator.inFlight === 0) pair.startTheirs(begun++);
    });
    pair.theirsAreOver = () => begun === 3 && pair.theirExchange.coordinator.inFlight === 0;
    pair.run();
    expect(pair.completed).toEqual([
      [0, USER_ABORT],
      [1, COMMITTED],
      [2, COMMITTED],
    ]);
    expect(enforcing.length).toBeGreaterThan(2);
    expect(enforcing).not.toContain(true);
  });

  it('lets go of what a transaction had locked that the memory limit ended on its second attempt', () => {
    const write = (row: number): boolean => pair.ours.partition.access.write(pair.ours.table, row);
    const ours = new ScriptedSession((_, terminal) => (terminal !== 1 || write(5) ? COMMITTED : BLOCKED));
    ours.onRetry = () => {
      expect(write(4)).toBe(true);
      throw new OperatingFault('MEMORY_LIMIT', EXIT.usage, 'full');
    };
    const pair: Pair = new Pair(ours, new ScriptedSession(() => PENDING));
    const { locks } = pair.ours.partition;
    locks.lock(pair.ours.table.id, 5, 1, STRANGER);
    pair.onTick.push(() => {
      if (pair.nowMs > 1020) locks.releaseAll(STRANGER);
      if (pair.main.memoryReached && pair.main.phase === PHASE_MEASURE) pair.main.setPhase(PHASE_DRAIN);
    });
    expect(pair.run().endedByMemory).toBe(true);
    expect([ours.retried, ours.abandoned]).toEqual([1, 1]);
    expect(locks.held).toBe(0);
  });
});
