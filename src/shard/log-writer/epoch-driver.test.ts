import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EpochBoard } from '../../durability/epoch-board.ts';
import { EpochDriver } from './epoch-driver.ts';
import type { EpochPolicy } from './log-writer-messages.ts';

const INTERVAL: EpochPolicy = { kind: 'interval', epochMs: 10 };
const SHORTEST: EpochPolicy = { kind: 'shortest' };

/** A driver with a clock that the test moves. */
function driven(policy: EpochPolicy) {
  const board = EpochBoard.create(1, 1);
  board.tick = 5;
  board.clusterDurable = 4;
  const clock = { nowMs: 1000 };
  const driver = new EpochDriver(board, policy, () => clock.nowMs);
  return { board, clock, driver };
}

describe('epochs of a length', () => {
  it('end when it is over, whatever is durable', () => {
    const { board, clock, driver } = driven(INTERVAL);
    expect([driver.tick(), board.tick]).toEqual([true, 6]);
    expect([driver.tick(), driver.remainingMs()]).toEqual([false, 10]);
    clock.nowMs += 9.5;
    expect([driver.tick(), driver.remainingMs()]).toEqual([false, 0.5]);
    clock.nowMs += 0.5;
    expect([driver.remainingMs(), driver.tick(), board.tick]).toEqual([0, true, 7]);
  });

  it('keep their pace when one ends late, and are not made up for when several do', () => {
    const { clock, driver } = driven(INTERVAL);
    driver.tick();
    clock.nowMs += 13;
    expect([driver.tick(), driver.remainingMs()]).toEqual([true, 7]);
    clock.nowMs += 100;
    expect([driver.tick(), driver.remainingMs()]).toEqual([true, 0]);
    expect([driver.tick(), driver.remainingMs()]).toEqual([true, 10]);
    expect(driver.tick()).toBe(false);
  });

  it('go on above what other processes say', () => {
    const { board, driver } = driven(INTERVAL);
    board.raiseTick(40);
    driver.tick();
    expect(board.tick).toBe(41);
  });

  it('are never longer than told by more than the thread was late', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 35 }), { minLength: 1, maxLength: 50 }), (pausesMs) => {
        const { board, clock, driver } = driven(INTERVAL);
        driver.tick();
        for (const pauseMs of pausesMs) {
          const dueMs = driver.remainingMs();
          clock.nowMs += pauseMs;
          const before = board.tick;
          expect(driver.tick()).toBe(pauseMs >= dueMs);
          // One epoch at a time.
          expect(board.tick - before).toBe(pauseMs >= dueMs ? 1 : 0);
          expect(driver.remainingMs()).toBeLessThanOrEqual(10);
        }
      }),
      { seed: 1, numRuns: 200 },
    );
  });
});

describe('the shortest epochs', () => {
  it('end as soon as somebody waits, and the next when that one is durable', () => {
    const { board, driver } = driven(SHORTEST);
    driver.tick();
    board.clusterDurable = 5;
    expect([driver.tick(), board.tick]).toEqual([false, 6]);
    board.isAwaited = true;
    expect(driver.remainingMs()).toBe(0);
    expect([driver.tick(), board.tick, board.isAwaited]).toEqual([true, 7, false]);
    // What is awaited now gathers while epoch 6 is written.
    board.isAwaited = true;
    expect([driver.tick(), board.tick]).toEqual([false, 7]);
    board.clusterDurable = 6;
    expect([driver.tick(), board.tick]).toEqual([true, 8]);
  });

  it('end now and then with nobody waiting, and never before the last is durable', () => {
    const { board, clock, driver } = driven(SHORTEST);
    expect([driver.tick(), board.tick]).toEqual([true, 6]);
    clock.nowMs += 1000;
    expect(driver.tick()).toBe(false);
    board.clusterDurable = 5;
    expect([driver.tick(), board.tick]).toEqual([true, 7]);
    board.clusterDurable = 6;
    expect(driver.tick()).toBe(false);
    expect(driver.remainingMs()).toBeGreaterThan(0);
    clock.nowMs += driver.remainingMs();
    expect(driver.tick()).toBe(true);
  });

  it('leave at most one that is written while another gathers', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('wait', 'write', 'tick', 'time'), { maxLength: 100 }), (events) => {
        const { board, clock, driver } = driven(SHORTEST);
        for (const event of events) {
          if (event === 'wait') board.isAwaited = true;
          else if (event === 'write') board.raiseClusterDurable(board.tick - 1);
          else if (event === 'tick') driver.tick();
          else clock.nowMs += 7;
          expect(board.tick - 1 - board.clusterDurable).toBeLessThanOrEqual(1);
        }
        // Nobody who waits waits for ever.
        board.isAwaited = true;
        board.raiseClusterDurable(board.tick - 1);
        expect(driver.tick()).toBe(true);
      }),
      { seed: 1, numRuns: 200 },
    );
  });
});
