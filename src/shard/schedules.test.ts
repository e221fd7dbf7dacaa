/** Schedules of transactions over several partitions, step by step. */
import { describe, expect, it } from 'vitest';
import { COMMITTED, PENDING, QUEUED, USER_ABORT } from './contract.ts';
import { ABORT, ANSWER, COMMIT, PREPARE } from './message-layout.ts';
import { ADD, DELETE, INSERT, operation, type Program, program, READ, SUM, TAKE } from './testing/program.ts';
import { Script } from './testing/script.ts';

/** Moves 1 from one account, given as `worker/key`, to another. */
function transfer(from: string, to: string): Program {
  const [fromWorker, fromKey] = from.split('/').map(Number);
  const [toWorker, toKey] = to.split('/').map(Number);
  return program('transfer', [operation(fromWorker, TAKE, fromKey, 1, true), operation(toWorker, ADD, toKey, 1, true)]);
}

const lookup = (...accounts: string[]): Program =>
  program(
    'lookup',
    accounts.map((account) => {
      const [worker, key] = account.split('/').map(Number);
      return operation(worker, READ, key);
    }),
  );

const coordinatorOf = (script: Script, worker: number) => script.member(worker).exchange.coordinator;
const participantOf = (script: Script, worker: number) => script.member(worker).exchange.participant;

describe('two transactions that want the same account', () => {
  it('both get through in one attempt where the older comes second', () => {
    const script = new Script();
    expect(script.start(0, 0, transfer('0/0', '2/0'))).toBe(PENDING);
    expect(script.start(1, 0, transfer('1/0', '2/0'))).toBe(PENDING);
    script.pass(1, 2);
    script.pass(0, 2);
    expect(participantOf(script, 2).counters).toMatchObject({ fragmentsExecuted: 1, fragmentWaits: 1 });
    expect(script.types(2, 0)).toEqual([]);
    script.pass(2, 1);
    expect(script.types(1, 2)).toEqual([COMMIT]);
    script.pass(1, 2);
    expect(script.types(2, 0)).toEqual([ANSWER]);
    script.pass(2, 0);
    expect(script.cluster.outcomes(0)).toEqual([COMMITTED]);
    expect(script.cluster.outcomes(1)).toEqual([COMMITTED]);
    expect(coordinatorOf(script, 0).counters.conflicts + coordinatorOf(script, 1).counters.conflicts).toBe(0);
    expect(script.finish()).toEqual([]);
    expect(script.member(2).session.stored().get(0)).toBe(32);
  });

  it('cost the younger a retry where it comes second', () => {
    const script = new Script();
    script.start(0, 0, transfer('0/0', '2/0'));
    script.start(1, 0, transfer('1/0', '2/0'));
    script.pass(0, 2);
    script.pass(1, 2);
    script.pass(2, 1);
    expect(script.member(1).conflicts).toBe(1);
    expect(script.types(1, 2)).toEqual([]);
    script.pass(2, 0);
    script.pass(0, 2);
    expect(script.cluster.outcomes(0)).toEqual([COMMITTED]);
    script.pause(1);
    expect(script.types(1, 2)).toEqual([PREPARE]);
    expect(script.finish()).toEqual([]);
    expect(script.cluster.outcomes(1)).toEqual([COMMITTED]);
    expect(coordinatorOf(script, 1).counters.retriesMost).toBe(1);
  });

  it('cost a younger reader a retry where an older writer is queued, though the holder would share', () => {
    const script = new Script();
    script.start(0, 0, transfer('0/0', '2/0'));
    script.start(1, 0, lookup('2/0'));
    script.start(1, 1, lookup('2/0'));
    script.pass(1, 2, 1);
    script.pass(0, 2);
    expect(participantOf(script, 2).counters.fragmentWaits).toBe(1);
    script.pass(1, 2, 1);
    expect(participantOf(script, 2).counters).toMatchObject({ fragmentsExecuted: 1, fragmentConflicts: 1 });
    expect(script.finish()).toEqual([]);
    expect(coordinatorOf(script, 1).counters.retriesMost).toBe(1);
  });

  it('share it where both read', () => {
    const script = new Script();
    script.start(0, 0, lookup('2/0'));
    script.start(1, 0, lookup('2/0'));
    script.pass(0, 2);
    script.pass(1, 2);
    expect(participantOf(script, 2).held).toBe(2);
    expect(script.finish()).toEqual([]);
    expect(participantOf(script, 2).counters.fragmentConflicts).toBe(0);
  });
});

describe('somebody who waits while it holds locks', () => {
  /** A cluster of four in which 3 is where they meet and 2 is where the oldest waits. */
  const meet = () => new Script({ workers: 4 });

  it('gives way to an older one that comes past it: a fragment', () => {
    const script = meet();
    script.start(0, 0, program('oldest', [operation(3, READ, 0), operation(2, ADD, 1, 1), operation(0, TAKE, 1, 1)]));
    const middle = [operation(3, TAKE, 1, 1), operation(3, ADD, 0, 1), operation(2, READ, 1)];
    script.start(1, 0, program('middle', middle));
    script.start(2, 0, lookup('3/0'));
    script.pass(2, 3);
    script.pass(1, 3);
    script.pass(0, 3);
    expect(participantOf(script, 3).counters).toMatchObject({ fragmentsExecuted: 2, fragmentWaits: 1 });
    script.pass(1, 2);
    script.pass(0, 2);
    expect(participantOf(script, 2).counters).toMatchObject({ fragmentsExecuted: 1, fragmentWaits: 1 });
    script.pass(3, 2);
    script.pass(2, 3);
    expect(participantOf(script, 3).counters.fragmentConflicts).toBe(1);
    expect(script.finish()).toEqual([]);
    expect(script.cluster.outcomes(1)).toEqual([COMMITTED]);
  });

  it('gives way to an older one that comes past it: an own part', () => {
    const script = meet();
    script.age(2, 0, 1);
    script.start(0, 0, program('oldest', [operation(3, READ, 0), operation(2, ADD, 1, 1), operation(0, TAKE, 1, 1)]));
    script.start(2, 1, lookup('3/0'));
    script.start(3, 0, program('middle', [operation(2, READ, 1), operation(3, ADD, 0, 1), operation(3, TAKE, 1, 1)]));
    script.pass(2, 3);
    script.pass(3, 2, 1);
    script.pass(2, 3, 1);
    expect(coordinatorOf(script, 3).counters).toMatchObject({ lockWaits: 1, conflicts: 0 });
    script.pass(0, 3);
    script.pass(0, 2);
    expect(participantOf(script, 2).counters.fragmentWaits).toBe(1);
    script.pass(3, 2);
    script.pass(2, 3);
    expect(coordinatorOf(script, 3).counters.conflicts).toBe(1);
    expect(script.finish()).toEqual([]);
    expect(script.cluster.outcomes(3)).toEqual([COMMITTED]);
  });

  it('gives way to an older one that comes past it: a local transaction', () => {
    const script = meet();
    script.start(0, 0, program('oldest', [operation(3, READ, 0), operation(2, READ, 1)]));
    script.start(1, 0, program('older', [operation(3, TAKE, 1, 1), operation(2, ADD, 1, 1)]));
    script.start(2, 0, transfer('3/2', '2/2'));
    script.pass(2, 3);
    const local = [operation(3, ADD, 2, 1), operation(3, TAKE, 1, 2), operation(3, ADD, 0, 1)];
    expect(script.start(3, 0, program('local', local))).toBe(PENDING);
    script.age(2, 1, 1);
    script.start(2, 2, lookup('3/0'));
    script.pass(2, 3);
    script.pass(3, 2);
    script.pass(2, 3, 1);
    expect(coordinatorOf(script, 3).counters.lockWaits).toBe(2);
    script.pass(1, 3);
    script.pass(0, 3);
    script.pass(0, 2);
    expect(participantOf(script, 3).counters).toMatchObject({ fragmentsExecuted: 3, fragmentWaits: 1 });
    expect(participantOf(script, 2).counters.fragmentWaits).toBe(1);
    script.pass(2, 3);
    expect(script.finish()).toEqual([]);
    expect(script.cluster.outcomes(3)).toEqual([COMMITTED]);
  });
});

describe('messages of an attempt that is over', () => {
  /** Worker 0 writes at 1 and 2; at 1 an older one is in the way. */
  function conflicting(): Script {
    const script = new Script();
    script.age(0, 0, 1);
    script.start(2, 0, program('older', [operation(1, ADD, 0, 1), operation(0, TAKE, 2, 1)]));
    script.pass(2, 1);
    script.start(0, 1, transfer('2/0', '1/0'));
    script.pass(0, 1);
    expect(participantOf(script, 1).counters.fragmentConflicts).toBe(1);
    return script;
  }

  it('do no harm: the abort passes the answer on its way', () => {
    const script = conflicting();
    script.pass(0, 2, 1);
    expect(participantOf(script, 2).held).toBe(1);
    script.pass(1, 0);
    expect(script.types(0, 2)).toEqual([ABORT]);
    expect(script.types(2, 0)).toContain(ANSWER);
    script.pass(0, 2);
    expect(participantOf(script, 2).held).toBe(0);
    script.pass(2, 0);
    expect(coordinatorOf(script, 0).inFlight).toBe(1);
    expect(script.finish()).toEqual([]);
    expect(script.cluster.outcomes(0, 1)).toEqual([COMMITTED]);
  });

  it('do no harm: the abort comes together with the fragment', () => {
    const script = conflicting();
    script.pass(1, 0);
    expect(script.types(0, 2)).toEqual([PREPARE, ABORT]);
    script.pass(0, 2);
    expect(participantOf(script, 2).counters.fragmentsExecuted).toBe(1);
    expect(participantOf(script, 2).held).toBe(0);
    expect(script.finish()).toEqual([]);
  });

  it('hold the next attempt back until all have answered this one', () => {
    const script = conflicting();
    script.pass(0, 2);
    script.pass(1, 0);
    script.pause(0);
    expect(script.types(0, 1)).toEqual([]);
    const [stale] = script.sequences(2, 0).slice(-1);
    script.pass(2, 0);
    script.pause(0);
    const [again] = script.sequences(0, 1);
    expect(again).toBeGreaterThan(stale);
    expect(coordinatorOf(script, 0).inFlight).toBe(1);
    expect(script.finish()).toEqual([]);
    expect(script.cluster.outcomes(0, 1)).toEqual([COMMITTED]);
    expect(script.member(2).session.stored().get(0)).toBe(29);
  });

  it('are answered where the abort finds a fragment that waits', () => {
    const script = new Script({ workers: 4 });
    script.age(0, 0, 3);
    script.age(3, 0, 0);
    script.age(3, 0, 0);
    script.start(2, 0, program('oldest', [operation(1, ADD, 0, 1), operation(0, TAKE, 2, 1)]));
    script.pass(2, 1);
    script.start(0, 1, transfer('2/0', '1/0'));
    script.start(3, 1, transfer('3/0', '2/0'));
    script.pass(3, 2);
    script.pass(0, 2);
    expect(participantOf(script, 2).counters.fragmentWaits).toBe(1);
    script.pass(0, 1);
    script.pass(1, 0);
    expect(script.types(2, 0)).not.toContain(ANSWER);
    script.pass(0, 2);
    expect(script.types(2, 0)).toContain(ANSWER);
    expect(script.finish()).toEqual([]);
    expect(script.cluster.outcomes(0, 1)).toEqual([COMMITTED]);
  });
});

describe('an own part that meets a prepared fragment', () => {
  it('waits where it is the older, and keeps its fragments', () => {
    const script = new Script();
    script.start(0, 0, transfer('2/0', '0/0'));
    script.start(1, 0, transfer('1/0', '0/0'));
    script.pass(1, 0);
    script.pass(0, 2);
    script.pass(2, 0);
    expect(coordinatorOf(script, 0).counters).toMatchObject({ lockWaits: 1, conflicts: 0 });
    expect(participantOf(script, 2).held).toBe(1);
    script.pass(0, 1);
    script.pass(1, 0);
    expect(script.cluster.outcomes(0)).toEqual([COMMITTED]);
    expect(script.finish()).toEqual([]);
    expect(coordinatorOf(script, 0).counters.attempts).toBe(1);
  });

  it('gives its fragments up where it is the younger, and begins again when the way is free', () => {
    const script = new Script();
    script.age(0, 0, 2);
    script.start(1, 0, transfer('1/0', '0/0'));
    script.pass(1, 0);
    script.start(0, 1, transfer('2/0', '0/0'));
    script.pass(0, 2);
    script.pass(2, 0);
    expect(coordinatorOf(script, 0).counters).toMatchObject({ lockWaits: 1, conflicts: 1 });
    expect(script.types(0, 2)).toEqual([ABORT]);
    script.pass(0, 2);
    expect(participantOf(script, 2).held).toBe(0);
    script.pass(0, 1);
    script.pass(1, 0);
    expect(script.types(0, 2)).toEqual([PREPARE]);
    expect(script.finish()).toEqual([]);
    expect(script.cluster.outcomes(0, 1)).toEqual([COMMITTED]);
  });

  it('aborts the fragments where the user does', () => {
    const script = new Script();
    script.start(0, 0, program('opens', [operation(2, INSERT, 7, 5), operation(0, TAKE, 0, 31, true)]));
    script.start(1, 0, program('closes', [operation(2, DELETE, 1, 0)], { aborts: true }));
    script.pass(0, 2);
    script.pass(1, 2);
    expect(script.member(2).session.stored().get(7)).toBe(5);
    expect(script.finish()).toEqual([]);
    expect(script.cluster.outcomes(0)).toEqual([USER_ABORT]);
    expect(script.cluster.outcomes(1)).toEqual([USER_ABORT]);
    expect(coordinatorOf(script, 0).counters.attempts).toBe(1);
  });
});

describe('work on the own partition', () => {
  it('waits for a prepared fragment, is woken and sees what it did', () => {
    const script = new Script();
    script.start(1, 0, transfer('1/0', '0/0'));
    script.pass(1, 0);
    expect(script.start(0, 0, transfer('0/0', '0/1'))).toBe(PENDING);
    expect(script.start(0, 1, transfer('0/1', '0/2'))).toBe(COMMITTED);
    expect(script.cluster.outcomes(0, 0)).toEqual([]);
    script.pass(0, 1);
    script.pass(1, 0);
    expect(script.cluster.outcomes(0, 0)).toEqual([COMMITTED]);
    expect(script.finish()).toEqual([]);
    expect([...script.member(0).session.stored().values()]).toEqual([30, 30, 31]);
  });

  it('waits in the deferred queue, while other work goes on', () => {
    const script = new Script();
    script.start(1, 0, transfer('1/0', '0/0'));
    script.pass(1, 0);
    expect(script.start(0, 0, { ...transfer('0/0', '0/1'), deferred: true })).toBe(QUEUED);
    script.turn(0);
    expect(script.member(0).session.queue.length).toBe(1);
    expect(coordinatorOf(script, 0).enterDeferred()).toBe(false);
    expect(script.start(0, 0, transfer('0/1', '0/2'))).toBe(COMMITTED);
    script.pass(0, 1);
    script.pass(1, 0);
    expect(script.member(0).session.queue).toEqual([]);
    expect(script.finish()).toEqual([]);
  });

  it('is kept out of ranges that a fragment has read, empty ones too, and of keys that it found absent', () => {
    const script = new Script();
    script.start(1, 0, program('range', [operation(0, SUM, 5, 9)]));
    script.start(2, 0, program('lookup', [operation(0, READ, 10)]));
    script.pass(1, 0);
    script.pass(2, 0);
    const insert = (key: number) => program('insert', [operation(0, INSERT, key, 0)]);
    expect(script.start(0, 0, insert(8))).toBe(PENDING);
    expect(script.start(0, 1, insert(10))).toBe(PENDING);
    expect(script.start(0, 2, insert(9))).toBe(COMMITTED);
    expect(script.finish()).toEqual([]);
    expect(script.cluster.outcomes(0, 0)).toEqual([COMMITTED]);
    expect(script.cluster.outcomes(0, 1)).toEqual([COMMITTED]);
  });

  it('waits for keys that a fragment has deleted or inserted, and takes them when that is decided', () => {
    const script = new Script();
    const both = [operation(0, DELETE, 1), operation(0, INSERT, 5, 30)];
    script.start(1, 0, program('moves', both));
    script.start(2, 0, program('moves', [operation(0, DELETE, 2)], { aborts: true }));
    script.pass(1, 0);
    script.pass(2, 0);
    const insert = (key: number) => program('insert', [operation(0, INSERT, key, 0, true)]);
    expect(script.start(0, 0, insert(1))).toBe(PENDING);
    expect(script.start(0, 1, insert(5))).toBe(PENDING);
    expect(script.start(0, 2, insert(2))).toBe(PENDING);
    expect(script.finish()).toEqual([]);
    expect([0, 1, 2].map((terminal) => script.cluster.outcomes(0, terminal))).toEqual([
      [COMMITTED],
      [USER_ABORT],
      [USER_ABORT],
    ]);
  });
});

describe('the end of a run', () => {
  /** What is given up is undone everywhere, and nobody hears of it. */
  function expectNothingLeft(script: Script): void {
    script.cluster.drain();
    expect(script.finish()).toEqual([]);
  }

  it('decides what waits for answers', () => {
    const script = new Script();
    script.start(0, 0, transfer('2/0', '1/0'));
    expectNothingLeft(script);
    expect(script.cluster.outcomes(0)).toEqual([COMMITTED]);
  });

  it('lets an own part finish that waits for a lock', () => {
    const script = new Script();
    script.start(0, 0, transfer('2/0', '0/0'));
    script.start(1, 0, transfer('1/0', '0/0'));
    script.pass(1, 0);
    script.pass(0, 2);
    script.pass(2, 0);
    expectNothingLeft(script);
    expect(script.cluster.outcomes(0)).toEqual([COMMITTED]);
  });

  it('gives up what waits for a lock with nothing prepared', () => {
    const script = new Script();
    script.start(1, 0, transfer('1/0', '0/0'));
    script.pass(1, 0);
    script.start(0, 0, transfer('0/0', '0/1'));
    script.cluster.drain();
    expect(coordinatorOf(script, 0).inFlight).toBe(0);
    expectNothingLeft(script);
    expect(script.cluster.outcomes(0)).toEqual([]);
  });

  it('gives up what pauses, and what meets an older one', () => {
    const script = new Script();
    script.start(0, 0, transfer('0/0', '2/0'));
    script.pass(0, 2);
    script.start(1, 0, transfer('1/0', '2/0'));
    script.pass(1, 2);
    script.pass(2, 1);
    script.start(1, 1, transfer('1/0', '2/0'));
    script.pass(1, 2);
    expect(coordinatorOf(script, 1).nextDueMs).toBeGreaterThan(0);
    script.cluster.drain();
    expect(coordinatorOf(script, 1).inFlight).toBe(1);
    expectNothingLeft(script);
    expect([script.cluster.outcomes(0), script.cluster.outcomes(1, 0), script.cluster.outcomes(1, 1)]).toEqual([
      [COMMITTED],
      [],
      [],
    ]);
  });

  it('executes a fragment that waits, and what is deferred', () => {
    const script = new Script();
    script.start(0, 0, transfer('0/0', '2/0'));
    script.start(1, 0, transfer('1/0', '2/0'));
    script.pass(1, 2);
    script.pass(0, 2);
    script.start(2, 0, { ...transfer('2/0', '2/1'), deferred: true });
    script.turn(2);
    expect(script.member(2).session.queue.length).toBe(1);
    expectNothingLeft(script);
    expect(script.cluster.outcomes(0)).toEqual([COMMITTED]);
  });

  it('gives an own part up that is the younger', () => {
    const script = new Script();
    script.age(0, 0, 2);
    script.start(1, 0, transfer('1/0', '0/0'));
    script.pass(1, 0);
    script.start(0, 1, transfer('2/0', '0/0'));
    script.pass(0, 2);
    script.cluster.drain();
    script.pass(2, 0);
    expect(coordinatorOf(script, 0).inFlight).toBe(0);
    expectNothingLeft(script);
    expect(script.cluster.outcomes(0, 1)).toEqual([]);
  });
});
