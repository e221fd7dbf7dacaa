import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EpochBoard } from '../../durability/epoch-board.ts';
import { Random } from '../../engine/testing/random.ts';
import { createDoorbell, Doorbell, WOKEN } from '../../transport/doorbell.ts';
import { DurableTerms } from './durable-terms.ts';

/** The word of a doorbell that says its state. */
const stateOf = (memory: SharedArrayBuffer): number[] => [...new Int32Array(memory)].filter((word) => word !== 0);

/** A process with shards of its own and the others that it knows; what it tells is kept. */
function process(shards: number, others: number[]) {
  const board = EpochBoard.create(shards, shards);
  board.tick = 1;
  const told: [epoch: number, tick: number][] = [];
  const bell = createDoorbell();
  const worker = new Doorbell(bell);
  const writerBell = createDoorbell();
  const writer = new Doorbell(writerBell);
  const terms = new DurableTerms(board, [bell], [writerBell], true);
  terms.connect(others, (epoch, tick) => told.push([epoch, tick]));
  return { board, told, terms, bell, worker, writerBell, writer };
}

describe('how far the processes of a cluster are durable', () => {
  it('is the least of all of them', async () => {
    const { board, told, terms } = process(2, [1, 2]);
    board.tick = 9;
    board.setShardDurable(0, 7);
    board.setShardDurable(1, 5);
    terms.shardIsDurable();
    await setImmediate();
    expect([told, board.clusterDurable]).toEqual([[[5, 9]], 0]);
    terms.heard(1, 6, 8);
    expect(board.clusterDurable).toBe(0);
    terms.heard(2, 3, 8);
    expect(board.clusterDurable).toBe(3);
    terms.heard(2, 20, 8);
    expect(board.clusterDurable).toBe(5);
  });

  it('never goes back, whatever comes late', () => {
    const { board, terms } = process(1, [1]);
    board.setShardDurable(0, 9);
    terms.heard(1, 6, 7);
    terms.heard(1, 4, 3);
    expect([board.clusterDurable, board.tick]).toEqual([6, 7]);
  });

  it('is told once for all that came meanwhile, and only when all shards are further', async () => {
    const { board, told, terms } = process(2, [1]);
    board.setShardDurable(0, 3);
    terms.shardIsDurable();
    board.setShardDurable(1, 2);
    terms.shardIsDurable();
    terms.shardIsDurable();
    await setImmediate();
    board.setShardDurable(0, 4);
    terms.shardIsDurable();
    await setImmediate();
    expect(told).toEqual([[2, 1]]);
  });

  it('waits for a process that has said nothing yet, and connecting again forgets nothing', () => {
    const { board, terms } = process(1, [1, 2]);
    board.setShardDurable(0, 5);
    terms.heard(1, 5, 1);
    expect(board.clusterDurable).toBe(0);
    terms.connect([1, 2], () => {});
    terms.heard(2, 4, 1);
    expect(board.clusterDurable).toBe(4);
  });

  it('wakes the workers that wait for it, and nobody when nothing is durable by it', () => {
    const { board, terms, bell, worker } = process(1, [1]);
    board.setShardDurable(0, 5);
    worker.announce(false);
    terms.heard(1, 0, 1);
    expect(stateOf(bell)).not.toContain(WOKEN);
    terms.heard(1, 1, 1);
    expect(stateOf(bell)).toContain(WOKEN);
  });

  it('wakes the log writers when another process is ahead, and when the next group may end', () => {
    const { board, terms, writerBell, writer } = process(1, [1]);
    board.setShardDurable(0, 5);
    writer.announce(false);
    terms.heard(1, 0, 1);
    expect(stateOf(writerBell)).not.toContain(WOKEN);
    terms.heard(1, 0, 2);
    expect(stateOf(writerBell)).toContain(WOKEN);
    writer.announce(false);
    terms.heard(1, 1, 2);
    expect(stateOf(writerBell)).toContain(WOKEN);
  });

  it('is nothing to talk about within one process', async () => {
    const board = EpochBoard.create(1, 1);
    const terms = new DurableTerms(board, [], [], false);
    terms.connect([], () => expect.fail('nobody is told'));
    board.setShardDurable(0, 5);
    terms.shardIsDurable();
    await setImmediate();
    expect(board.clusterDurable).toBe(0);
  });

  it('is never said to be further than any of them is, and comes to all of them in the end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 1_000_000 }), async (seed) => {
        const random = new Random(seed);
        const places = [0, 1, 2];
        const lines: (() => void)[][][] = places.map(() => places.map(() => []));
        const processes = places.map((place) => {
          const made = process(1, []);
          const others = places.filter((other) => other !== place);
          made.terms.connect(others, (epoch, tick) => {
            for (const other of others)
              lines[place][other].push(() => processes[other].terms.heard(place, epoch, tick));
          });
          return made;
        });
        const deliver = () => {
          const waiting = lines.flat().filter((line) => line.length > 0);
          if (waiting.length > 0) random.pick(waiting).shift()?.();
          return waiting.length > 0;
        };
        const check = () => {
          const least = Math.min(...processes.map(({ board }) => board.localDurable));
          for (const { board } of processes) expect(board.clusterDurable).toBeLessThanOrEqual(least);
        };
        for (let step = 0; step < 60; step++) {
          const { board, terms } = random.pick(processes);
          const draw = random.integer(0, 3);
          if (draw === 0) board.raiseTick(board.tick + 1);
          else if (draw === 1) {
            board.setShardDurable(0, board.tick - 1);
            terms.shardIsDurable();
          } else if (draw === 2) await setImmediate();
          else deliver();
          check();
        }
        // All end at the same epoch.
        const last = Math.max(...processes.map(({ board }) => board.tick));
        for (const { board, terms } of processes) {
          board.setShardDurable(0, last);
          terms.shardIsDurable();
        }
        await setImmediate();
        while (deliver()) check();
        expect(processes.map(({ board }) => board.clusterDurable)).toEqual([last, last, last]);
        // Every tick came to everybody, too.
        expect(new Set(processes.map(({ board }) => board.tick)).size).toBe(1);
      }),
      { seed: 1, numRuns: 50 },
    );
  });
});
