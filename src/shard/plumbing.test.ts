import { describe, expect, it } from 'vitest';
import { capacityWordsOf, frameWordsMax, HEADER_WORDS } from '../transport/ring-layout.ts';
import { PREPARE_WORDS } from './message-layout.ts';
import { layPlumbing, type PlumbingPlan, workersOf } from './plumbing.ts';

const PLAN: PlumbingPlan = {
  shards: 3,
  workersPerShard: 2,
  localShardIds: [0, 1, 2],
  mode: 'auto',
  ringCapacityBytes: null,
  longestBodyWords: 20,
};

const lay = (changes: Partial<PlumbingPlan> = {}) => {
  const { mailboxes, transports } = layPlumbing({ ...PLAN, ...changes });
  return { mailboxes: mailboxes.flat(), transports };
};

/** By worker: the other workers, in the lists of the threads behind which they are. */
const ways = (changes: Partial<PlumbingPlan>) =>
  lay(changes).mailboxes.map(({ peers }) => peers.map(({ workers }) => workers));

describe('layPlumbing', () => {
  it.each(['auto', 'shm', 'tcp'] as const)('gives every worker one way to every other one (%s)', (mode) => {
    ways({ mode }).forEach((peers, worker) => {
      const others = [0, 1, 2, 3, 4, 5].filter((other) => other !== worker);
      expect(peers.flat().sort()).toEqual(others);
    });
  });

  it('goes by rings inside a process, and by the transport where that is asked for or needed', () => {
    expect(ways({})[0]).toEqual([[1], [2], [3], [4], [5]]);
    expect(ways({ mode: 'tcp' })[3]).toEqual([[2], [0, 1, 4, 5]]);
    expect(ways({ localShardIds: [0, 2] })[1]).toEqual([[0], [4], [5], [2, 3]]);
    expect(ways({ shards: 1, localShardIds: [0], mode: 'tcp' })[0]).toEqual([[1]]);
  });

  it('lays each ring between exactly two threads, with their doorbells', () => {
    const { mailboxes, transports } = lay({ localShardIds: [0, 1] });
    const ends = new Map<SharedArrayBuffer, string[]>();
    const note = (ring: SharedArrayBuffer, end: string) => ends.set(ring, [...(ends.get(ring) ?? []), end]);
    for (const { peers } of mailboxes) {
      for (const { outbound, inbound } of peers) {
        note(outbound, 'producer');
        note(inbound, 'consumer');
      }
    }
    for (const { workers } of transports) {
      for (const { toTransport, fromTransport } of workers) {
        note(toTransport, 'consumer');
        note(fromTransport, 'producer');
      }
    }
    for (const both of ends.values()) expect(both.sort()).toEqual(['consumer', 'producer']);
    expect(new Set(mailboxes.map(({ doorbell }) => doorbell)).size).toBe(4);
    const [{ peers }] = mailboxes;
    expect(peers.map(({ doorbell }) => doorbell)).toEqual([
      mailboxes[1].doorbell,
      mailboxes[2].doorbell,
      mailboxes[3].doorbell,
      transports[0].doorbell,
    ]);
  });

  it('makes rings that carry the longest message, however small they are to be, and bounds them all together', () => {
    const capacityOf = (changes: Partial<PlumbingPlan>) => capacityWordsOf(lay(changes).mailboxes[0].peers[0].outbound);
    const smallest = capacityOf({ ringCapacityBytes: 0 });
    expect(frameWordsMax(smallest)).toBeGreaterThanOrEqual(HEADER_WORDS + PREPARE_WORDS + PLAN.longestBodyWords);
    expect(frameWordsMax(smallest / 2)).toBeLessThan(HEADER_WORDS + PREPARE_WORDS + PLAN.longestBodyWords);
    expect(capacityOf({ ringCapacityBytes: 100_000 }) * 8).toBe(131_072);
    expect(capacityOf({})).toBeGreaterThan(smallest);
    const many = capacityOf({ workersPerShard: 32 });
    expect(many).toBeLessThan(capacityOf({}));
    expect(many).toBeGreaterThanOrEqual(smallest);
  });
});

describe('workersOf', () => {
  it('numbers the workers over the whole cluster', () => {
    expect([0, 1, 2].map((shard) => workersOf(shard, 2))).toEqual([
      [0, 1],
      [2, 3],
      [4, 5],
    ]);
  });
});
