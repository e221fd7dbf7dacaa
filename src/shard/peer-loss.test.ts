/** What becomes of transactions when a process of the cluster is lost, in every state in which that can find them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../engine/testing/random.ts';
import { COMMITTED, FAILED, FAILED_BY_DOUBT, PENDING } from './contract.ts';
import { ABORT, ANSWER, ASK, COMMIT, PARTICIPANTS, PREPARE } from './message-layout.ts';
import { ADD, operation, type Program, program, READ, TAKE } from './testing/program.ts';
import { firstAccounts, ProgramSource } from './testing/random-programs.ts';
import { step } from './testing/random-schedule.ts';
import { Script } from './testing/script.ts';
import { SimulatedCluster } from './testing/simulated-cluster.ts';

const newScript = () => new Script({ workers: 4, severalProcesses: true });

/** Adds 1 to the account 0 of workers, and takes it at the home of the transaction. */
const spread = (home: number, ...workers: number[]): Program =>
  program('spread', [
    operation(home, TAKE, 1, workers.length, true),
    ...workers.map((worker) => operation(worker, ADD, 0, 1, true)),
  ]);

const local = (worker: number): Program => program('local', [operation(worker, READ, 0), operation(worker, READ, 1)]);

const coordinatorOf = (script: Script, worker: number) => script.member(worker).exchange.coordinator;
const participantOf = (script: Script, worker: number) => script.member(worker).exchange.participant;

describe('a coordinator that loses a participant', () => {
  it('aborts what is not decided', () => {
    const script = newScript();
    script.start(0, 0, spread(0, 1, 2));
    script.pass(0, 1);
    script.lose(2);
    script.pass(2, 0);
    expect(script.cluster.outcomes(0)).toEqual([FAILED]);
    expect(script.types(0, 1)).toEqual([ABORT]);
    expect(coordinatorOf(script, 0).counters.peerLost).toBe(1);
    expect(script.finish()).toEqual([]);
    expect(script.member(1).session.stored().get(0)).toBe(30);
  });

  it('commits where all answers came before the news', () => {
    const script = newScript();
    script.start(0, 0, spread(0, 1, 2));
    script.pass(0, 1);
    script.pass(0, 2);
    script.pass(1, 0);
    script.lose(2, { 0: 1 });
    script.pass(2, 0);
    expect(script.cluster.outcomes(0)).toEqual([COMMITTED]);
    expect(script.finish()).toEqual([]);
    expect(script.member(1).session.stored().get(0)).toBe(31);
  });

  it('goes on with what does not need it', () => {
    const script = newScript();
    script.start(0, 0, spread(0, 1, 3));
    script.lose(2);
    script.pass(2, 0);
    expect(script.finish()).toEqual([]);
    expect(script.cluster.outcomes(0)).toEqual([COMMITTED]);
  });

  it('takes an own part out of the line in which it waits', () => {
    const script = newScript();
    script.start(0, 0, program('own', [operation(2, TAKE, 1, 1), operation(0, ADD, 0, 1), operation(1, READ, 2)]));
    script.start(1, 0, spread(1, 0));
    script.pass(1, 0);
    expect(script.types(0, 1)).toEqual([PREPARE, PARTICIPANTS, ANSWER]);
    script.pass(0, 1, 2);
    script.pass(0, 2);
    script.pass(1, 0);
    script.pass(2, 0);
    expect(coordinatorOf(script, 0).counters.lockWaits).toBe(1);
    script.lose(2);
    script.pass(2, 0);
    expect(script.cluster.outcomes(0)).toEqual([FAILED]);
    expect(script.finish()).toEqual([]);
    expect(script.cluster.outcomes(1)).toEqual([COMMITTED]);
  });

  it('fails what begins again and needs it, and what begins later, at once', () => {
    const script = newScript();
    script.age(1, 0, 3);
    script.start(0, 0, spread(0, 3));
    script.pass(0, 3);
    script.start(1, 0, spread(1, 3, 2));
    script.pass(1, 3);
    script.pass(3, 1);
    script.pass(1, 2);
    expect(script.member(1).conflicts).toBe(1);
    script.lose(2);
    script.pass(2, 1);
    expect(script.cluster.outcomes(1, 0).length).toBe(1);
    script.pause(1);
    expect(script.cluster.outcomes(1, 0)).toEqual([COMMITTED, FAILED]);
    script.pass(1, 3);
    expect(participantOf(script, 3).held).toBe(1);
    expect(script.start(1, 1, spread(1, 2))).toBe(FAILED);
    expect(script.start(1, 1, spread(1, 3, 2))).toBe(FAILED);
    expect(script.finish()).toEqual([]);
  });

  it('sends nothing for a transaction that fails at once, whatever it has sent before', () => {
    const script = new Script({ workers: 6, workersPerShard: 2, severalProcesses: true });
    const many = Array.from({ length: 10 }, () => operation(2, READ, 1));
    script.start(0, 0, program('before', many));
    script.cluster.settle();
    // A vote for the neighbour goes another way than the fragment before it.
    script.start(1, 0, spread(1, 0));
    script.turn(0);
    script.lose(1);
    script.pass(1, 0);
    script.cluster.settle();
    expect(script.start(0, 0, program('after', many))).toBe(FAILED);
    expect(script.cluster.links.busy()).toEqual([]);
    script.start(0, 0, spread(0, 4));
    expect(script.finish()).toEqual([]);
    expect(script.cluster.outcomes(0)).toEqual([COMMITTED, FAILED, COMMITTED]);
  });
});

describe('a participant that loses the coordinator', () => {
  it('drops a fragment that waits: it has promised nothing', () => {
    const script = newScript();
    script.start(0, 0, spread(0, 2));
    script.start(1, 0, spread(1, 2));
    script.pass(1, 2);
    script.pass(0, 2);
    expect(participantOf(script, 2).counters.fragmentWaits).toBe(1);
    script.lose(0);
    script.pass(0, 2);
    expect(participantOf(script, 2).held).toBe(1);
    expect(participantOf(script, 2).counters.inDoubt).toBe(0);
    expect(script.finish()).toEqual([]);
    expect(script.cluster.outcomes(1)).toEqual([COMMITTED]);
  });

  it('keeps a prepared fragment with its locks, and fails whoever meets them', () => {
    const script = newScript();
    script.start(0, 0, spread(0, 2));
    script.pass(0, 2);
    script.start(1, 0, spread(1, 2));
    script.pass(1, 2);
    script.start(2, 0, local(2));
    script.start(2, 1, { ...local(2), deferred: true });
    script.turn(2);
    script.lose(0);
    script.pass(0, 2);
    expect(participantOf(script, 2).counters.inDoubt).toBe(1);
    expect(script.cluster.outcomes(2, 0)).toEqual([FAILED_BY_DOUBT]);
    expect(script.member(2).session.queue).toEqual([]);
    expect(script.start(2, 2, local(2))).toBe(FAILED_BY_DOUBT);
    expect(script.start(2, 2, program('other', [operation(2, READ, 1)]))).toBe(COMMITTED);
    expect(script.start(3, 0, spread(3, 2))).toBe(PENDING);
    expect(script.finish()).toEqual([]);
    expect(script.cluster.outcomes(3)).toEqual([FAILED_BY_DOUBT]);
    expect(script.cluster.outcomes(1)).toEqual([FAILED_BY_DOUBT]);
    expect(participantOf(script, 2).counters.inDoubt).toBe(1);
    expect(script.member(2).partition.locks.held).toBeGreaterThan(0);
  });

  /** Worker 0 has decided a transaction with fragments at 1 and 2, and both decisions are on their way. */
  function decided(aborts: boolean): Script {
    const script = newScript();
    script.start(0, 0, { ...spread(0, 1, 2), aborts });
    for (const other of [1, 2]) script.pass(0, other);
    for (const other of [1, 2]) script.pass(other, 0);
    expect([script.types(0, 1), script.types(0, 2)]).toEqual(aborts ? [[ABORT], [ABORT]] : [[COMMIT], [COMMIT]]);
    return script;
  }

  it.each([
    ['commits', false],
    ['aborts', true],
  ])('%s where another participant has heard so', (_, aborts) => {
    const script = decided(aborts);
    script.lose(0, { 1: 1 });
    script.pass(0, 1);
    script.pass(0, 2);
    expect(participantOf(script, 2).counters.inDoubt).toBe(1);
    expect(script.types(2, 1)).toEqual([ASK]);
    expect(script.finish()).toEqual([]);
    expect(participantOf(script, 2).counters.inDoubt).toBe(0);
    expect(script.member(2).session.stored().get(0)).toBe(aborts ? 30 : 31);
  });

  it('aborts where another participant had given up', () => {
    const script = newScript();
    script.age(0, 0, 3);
    script.start(3, 0, spread(3, 1));
    script.pass(3, 1);
    script.start(0, 0, spread(0, 1, 2));
    script.pass(0, 1);
    script.pass(0, 2);
    script.lose(0);
    script.pass(0, 1);
    script.pass(0, 2);
    expect(script.finish()).toEqual([]);
    expect(participantOf(script, 2).counters.inDoubt).toBe(0);
  });

  it('stays in doubt where nobody has heard anything', () => {
    const script = decided(false);
    script.lose(0);
    expect(script.finish()).toEqual([]);
    expect([1, 2].map((worker) => participantOf(script, worker).counters.inDoubt)).toEqual([1, 1]);
  });

  it.each([
    ['the decision is still on its way to the other one', 1, 31],
    ['the other one still waits for a lock, and hears of the loss later', 0, 30],
  ])('does not stay in doubt where it asks too early: %s', (_, arriving, balance) => {
    const script = arriving === 1 ? decided(false) : newScript();
    if (arriving === 0) {
      script.start(0, 0, spread(0, 1, 2));
      script.start(3, 0, spread(3, 1));
      script.pass(3, 1);
      script.pass(0, 1);
      script.pass(0, 2);
    }
    script.lose(0, { 1: arriving });
    script.pass(0, 2);
    script.pass(2, 1);
    expect(participantOf(script, 2).counters.inDoubt).toBe(1);
    script.pass(1, 2);
    script.pass(0, 1);
    expect(script.finish()).toEqual([]);
    expect(participantOf(script, 2).counters.inDoubt).toBe(0);
    expect(script.member(2).session.stored().get(0)).toBe(balance);
  });
});

/** Of one run; many times what one takes. */
const STEPS_MOST = 20_000;

describe('a loss at any time', () => {
  it('leaves the others with nothing but what is in doubt, and with whole transactions', () => {
    let doubts = 0;
    fc.assert(
      fc.property(
        fc.record({
          seed: fc.integer({ min: 1, max: 1e6 }),
          shards: fc.integer({ min: 2, max: 4 }),
          workersPerShard: fc.integer({ min: 1, max: 2 }),
          terminals: fc.integer({ min: 1, max: 3 }),
          keys: fc.integer({ min: 2, max: 6 }),
        }),
        (domain) => {
          const plan = { ...domain, programs: 30, stepMs: 0.1, drains: false, severalProcesses: true };
          const workers = plan.shards * plan.workersPerShard;
          const cluster = new SimulatedCluster({ ...plan, accounts: firstAccounts(workers, plan.keys) });
          const random = new Random(plan.seed);
          const source = new ProgramSource(random, workers, plan.keys);
          const run = (programs: number) => {
            let left = programs;
            for (let steps = 0; left > 0 && steps < STEPS_MOST; steps++) {
              left -= step(
                cluster,
                plan,
                random,
                (home) => source.next(home),
                () => {},
              );
            }
            expect(left).toBeLessThanOrEqual(0);
          };
          run(plan.programs);
          cluster.loseShard(random.integer(0, plan.shards - 1), () => random.integer(0, 4));
          run(plan.programs / 2);
          expect(cluster.settle(20_000, random)).toBe(true);
          expect(cluster.faultsAtRest()).toEqual([]);
          for (const { isLost, exchange } of cluster.members)
            if (!isLost) doubts += exchange.participant.counters.inDoubt;
        },
      ),
      { numRuns: 150 },
    );
    expect(doubts).toBeGreaterThan(0);
  });
});
