import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../engine/testing/random.ts';
import { EpochBoard } from './epoch-board.ts';
import { EpochClock } from './epoch-clock.ts';

describe('the epochs of a worker', () => {
  it('end at the tick', () => {
    const board = EpochBoard.create(1, 1);
    board.tick = 5;
    const clock = new EpochClock(board, 0, 5);
    expect([clock.current, clock.closed, board.closed(0)]).toEqual([5, 4, 4]);
    board.tick = 6;
    clock.look();
    clock.publish();
    expect([clock.current, board.closed(0)]).toEqual([6, 5]);
  });

  it('stay open for a vote until it is decided, and every later one with it', () => {
    const board = EpochBoard.create(1, 1);
    const clock = new EpochClock(board, 0, 5);
    const first = clock.vote();
    clock.raise(6);
    const second = clock.vote();
    const third = clock.vote();
    clock.raise(9);
    expect(clock.closed).toBe(4);
    clock.decided(third);
    clock.decided(first);
    expect(clock.closed).toBe(5);
    clock.decided(second);
    expect(clock.closed).toBe(8);
  });

  it('never go back', () => {
    const clock = new EpochClock(EpochBoard.create(1, 1), 0, 5);
    clock.raise(8);
    clock.raise(6);
    expect(clock.current).toBe(8);
  });

  it('end without a worker that sleeps, unless a vote of it is open', () => {
    const board = EpochBoard.create(2, 2);
    board.tick = 3;
    const sleeper = new EpochClock(board, 0, 3);
    const voter = new EpochClock(board, 1, 3);
    const vote = voter.vote();
    sleeper.sleep();
    voter.sleep();
    board.tick = 7;
    expect([board.closed(0), board.closed(1)]).toEqual([6, 2]);
    sleeper.wake();
    expect([sleeper.current, sleeper.closed, board.closed(0)]).toEqual([7, 6, 2]);
    sleeper.publish();
    expect(board.closed(0)).toBe(6);
    voter.wake();
    voter.decided(vote);
    voter.publish();
    expect(board.closed(1)).toBe(6);
  });

  it('keep what each thread writes apart', () => {
    const board = EpochBoard.create(2, 3);
    const other = new EpochBoard(board.memory, 2);
    board.tick = 1;
    board.clusterDurable = 2;
    board.setShardDurable(0, 3);
    board.setShardDurable(1, 4);
    [5, 6, 7].forEach((epoch, worker) => {
      board.setClosed(worker, epoch);
    });
    const seen = [other.tick, other.clusterDurable, other.shardDurable(0), other.shardDurable(1)];
    expect(seen).toEqual([1, 2, 3, 4]);
    expect([0, 1, 2].map((worker) => other.closed(worker))).toEqual([5, 6, 7]);
  });
});

/** Workers that vote, decide, sleep and wake in any order; a log writer that closes what the board allows. */
describe('a log writer', () => {
  it('never closes an epoch in which something commits later', () => {
    let closedInAll = 0;
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000 }), (seed) => {
        const random = new Random(seed);
        const board = EpochBoard.create(1, 3);
        board.tick = 1;
        const clocks = [0, 1, 2].map((worker) => new EpochClock(board, worker, 1));
        const asleep = [false, false, false];
        /** Votes on the way: who gave them, in which epoch. */
        const votes: { worker: number; epoch: number }[] = [];
        const decisions: { worker: number; epoch: number; commitEpoch: number }[] = [];
        let closed = 0;
        const awake = (worker: number) => {
          if (asleep[worker]) clocks[worker].wake();
          asleep[worker] = false;
          return clocks[worker];
        };
        for (let step = 0; step < 300; step++) {
          const worker = random.integer(0, 2);
          const draw = random.integer(0, 8);
          if (draw === 0) board.tick = Math.max(board.tick, ...clocks.map(({ current }) => current)) + 1;
          else if (draw === 1) {
            const epoch = Math.min(...[0, 1, 2].map((each) => board.closed(each)));
            // One that has just woken says less than the writer knew while it slept.
            closed = Math.max(closed, epoch);
          } else if (draw === 2) expect(awake(worker).current).toBeGreaterThan(closed);
          else if (draw === 3) votes.push({ worker, epoch: awake(worker).vote() });
          else if (draw === 4 && votes.length > 0) {
            // The coordinator, another worker, has the answer: its epoch is the transaction's.
            const [{ worker: participant, epoch }] = votes.splice(random.integer(0, votes.length - 1), 1);
            const coordinator = awake((participant + 1) % 3);
            coordinator.raise(epoch);
            expect(coordinator.current).toBeGreaterThan(closed);
            decisions.push({ worker: participant, epoch, commitEpoch: coordinator.current });
          } else if (draw === 8 && decisions.length > 0) {
            // The decision arrives: the participant hands its record over, in the coordinator's epoch.
            const [{ worker: participant, epoch, commitEpoch }] = decisions.splice(0, 1);
            expect(commitEpoch).toBeGreaterThan(closed);
            awake(participant).raise(commitEpoch);
            awake(participant).decided(epoch);
          } else if (draw === 5) awake(worker).publish();
          else if (draw === 6) awake(worker).look();
          else if (!asleep[worker]) {
            clocks[worker].sleep();
            asleep[worker] = true;
          }
        }
        closedInAll += closed;
      }),
      { seed: 1, numRuns: 300 },
    );
    expect(closedInAll).toBeGreaterThan(1000);
  });
});
