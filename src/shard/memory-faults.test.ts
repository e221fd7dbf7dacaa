/** What becomes of transactions when a partition has no memory left. */
import { describe, expect, it } from 'vitest';
import { EXIT, OperatingFault } from '../errors.ts';
import { COMMITTED, FAILED, PENDING, USER_ABORT } from './contract.ts';
import { ABORT } from './message-layout.ts';
import { ADD, INSERT, operation, type Program, program, TAKE } from './testing/program.ts';
import { Script } from './testing/script.ts';

const full = () => {
  throw new OperatingFault('MEMORY_LIMIT', EXIT.usage, 'the memory is full');
};
const enough = () => {};

const spread = (home: number, ...workers: number[]): Program =>
  program('spread', [
    operation(home, TAKE, 1, workers.length, true),
    ...workers.map((worker) => operation(worker, ADD, 0, 1, true)),
  ]);
const local = (worker: number, key = 0): Program =>
  program('local', [operation(worker, ADD, key, 1), operation(worker, TAKE, 2, 1)]);

const coordinatorOf = (script: Script, worker: number) => script.member(worker).exchange.coordinator;
const participantOf = (script: Script, worker: number) => script.member(worker).exchange.participant;

describe('a partition without memory', () => {
  it('fails the transaction of a fragment, and undoes it everywhere', () => {
    const script = new Script();
    script.member(2).session.afterFragment = full;
    script.start(0, 0, program('inserts', [operation(1, INSERT, 7, 0), operation(2, INSERT, 7, 0)]));
    script.pass(0, 1);
    script.pass(0, 2);
    expect(participantOf(script, 2).memoryReached).toBe(true);
    expect(participantOf(script, 2).held).toBe(0);
    script.pass(2, 0);
    expect(script.cluster.outcomes(0)).toEqual([FAILED]);
    expect(script.types(0, 1)).toEqual([ABORT]);
    expect(script.types(0, 2)).toEqual([]);
    expect(script.finish()).toEqual([]);
  });

  it('fails the transaction of a fragment that has waited', () => {
    const script = new Script();
    script.start(0, 0, spread(0, 2));
    script.start(1, 0, spread(1, 2));
    script.pass(1, 2);
    script.pass(0, 2);
    script.member(2).session.afterFragment = full;
    expect(script.finish()).toEqual([]);
    expect(script.cluster.outcomes(1)).toEqual([COMMITTED]);
    expect(script.cluster.outcomes(0)).toEqual([FAILED]);
  });

  it('aborts the fragments of an own part', () => {
    const script = new Script();
    script.start(0, 0, spread(0, 1, 2));
    script.pass(0, 1);
    script.pass(0, 2);
    script.pass(1, 0);
    script.member(0).session.afterOwnPart = full;
    expect(() => script.pass(2, 0)).toThrow('the memory is full');
    script.member(0).session.afterOwnPart = enough;
    script.member(0).session.abandon();
    script.cluster.drain();
    expect(script.finish()).toEqual([]);
    expect(coordinatorOf(script, 0).inFlight).toBe(0);
  });

  it('lets the locks of a transaction go that had waited, so that the run can end', () => {
    const script = new Script();
    script.start(1, 0, spread(1, 0));
    script.pass(1, 0);
    expect(script.start(0, 0, local(0))).toBe(PENDING);
    expect(script.start(0, 1, local(0))).toBe(PENDING);
    script.pass(0, 1);
    script.member(0).session.afterOwnPart = full;
    expect(() => script.pass(1, 0)).toThrow('the memory is full');
    script.member(0).session.afterOwnPart = enough;
    script.member(0).session.abandon();
    script.cluster.drain();
    script.start(2, 0, spread(2, 0));
    expect(script.finish()).toEqual([]);
    expect(script.cluster.outcomes(2)).toEqual([COMMITTED]);
  });

  it('forgets none of the transactions whose pauses end at the same time', () => {
    const script = new Script({ terminals: 3 });
    script.age(0, 0, 1);
    script.start(2, 0, spread(2, 1));
    script.pass(2, 1);
    for (const terminal of [1, 2]) script.start(0, terminal, spread(0, 1));
    script.pass(0, 1);
    script.pass(1, 0);
    expect(script.member(0).conflicts).toBe(2);
    const { session } = script.member(0);
    const retry = session.retry.bind(session);
    session.retry = full;
    script.cluster.nowMs += 1000;
    expect(() => script.turn(0)).toThrow('the memory is full');
    session.retry = retry;
    session.abandon();
    script.cluster.drain();
    expect(script.finish()).toEqual([]);
    expect(coordinatorOf(script, 0).inFlight).toBe(0);
  });

  it('stays unlimited while the run ends, whatever is undone', () => {
    const script = new Script();
    const { budget } = script.member(0).partition;
    budget.enforcing = false;
    script.cluster.drain();
    expect(script.start(0, 0, { ...local(0), aborts: true })).toBe(USER_ABORT);
    expect(budget.enforcing).toBe(false);
  });
});
