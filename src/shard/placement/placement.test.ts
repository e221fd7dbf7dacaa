import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AssertionFailure } from '../../assert.ts';
import type { CpuTopology, NumaNode } from './cpu-topology.ts';
import { type Assignment, PINNING_UNAVAILABLE, type PlacedThread, planPlacement } from './placement.ts';

/** The workers and then the transport of each shard. */
const threadsOf = (shardIds: readonly number[], workersPerShard: number): PlacedThread[] =>
  shardIds.flatMap((shardId): PlacedThread[] => [
    ...Array.from({ length: workersPerShard }, (_, index) => ({ kind: 'worker' as const, shardId, index })),
    { kind: 'transport', shardId, index: 0 },
  ]);

const topologyOf = (...nodes: number[][]): CpuTopology => ({
  allowedCpus: nodes.flat().sort((a, b) => a - b),
  nodes: nodes.map((cpus, id) => ({ id, cpus })),
});

/** `w0.1` is worker 1 of shard 0, `t0` its transport. */
const shown = (assignments: readonly Assignment[]): Record<string, string> =>
  Object.fromEntries(
    assignments.map(({ kind, shardId, index, cpus }) => [
      kind === 'worker' ? `w${shardId}.${index}` : `t${shardId}`,
      cpus.join(),
    ]),
  );

function pinned(shardIds: number[], workersPerShard: number, topology: CpuTopology, cpuList: number[] | null = null) {
  const { assignments, remark } = planPlacement({
    threads: threadsOf(shardIds, workersPerShard),
    topology,
    pin: true,
    cpuList,
  });
  return { cpus: shown(assignments), remark };
}

describe('pinned threads on one node', () => {
  it('are workers first, of all shards, and then transports', () => {
    expect(pinned([0, 1], 2, topologyOf([0, 1, 2, 3, 4, 5]))).toEqual({
      cpus: { 'w0.0': '0', 'w0.1': '1', t0: '4', 'w1.0': '2', 'w1.1': '3', t1: '5' },
      remark: null,
    });
  });

  it('leave a worker alone as long as transports find a CPU without one', () => {
    const { cpus } = pinned([0, 1, 2], 1, topologyOf([0, 1, 2, 3]));
    expect(cpus).toEqual({ 'w0.0': '0', t0: '3', 'w1.0': '1', t1: '3', 'w2.0': '2', t2: '3' });
  });

  it('go on in turn when there are not enough CPUs, and say so', () => {
    expect(pinned([0, 1], 2, topologyOf([4, 5, 6]))).toEqual({
      cpus: { 'w0.0': '4', 'w0.1': '5', t0: '5', 'w1.0': '6', 'w1.1': '4', t1: '6' },
      remark: '4 workers share CPU 4-6',
    });
  });

  it('follow the order of the list', () => {
    const { cpus } = pinned([0, 1], 1, topologyOf([0, 1, 2, 3, 4]), [3, 0, 2]);
    expect(cpus).toEqual({ 'w0.0': '3', t0: '2', 'w1.0': '0', t1: '2' });
  });
});

describe('pinned threads on several nodes', () => {
  const TWO_NODES = topologyOf([0, 2, 4, 6], [1, 3, 5, 7]);

  it('stay on the node of their shard', () => {
    expect(pinned([0, 1, 2], 1, TWO_NODES)).toEqual({
      cpus: { 'w0.0': '0', t0: '4', 'w1.0': '1', t1: '3', 'w2.0': '2', t2: '6' },
      remark: null,
    });
  });

  it('crowd their node rather than leave it, and say so', () => {
    const { cpus, remark } = pinned([0], 5, TWO_NODES);
    expect(cpus).toEqual({ 'w0.0': '0', 'w0.1': '2', 'w0.2': '4', 'w0.3': '6', 'w0.4': '0', t0: '2' });
    expect(remark).toBe('5 workers share CPU 0,2,4,6, since a shard stays on one NUMA node');
  });

  it('follow the order of the list, in the choice of nodes too', () => {
    const { cpus } = pinned([0, 1], 1, TWO_NODES, [5, 0, 6, 1]);
    expect(cpus).toEqual({ 'w0.0': '5', t0: '1', 'w1.0': '0', t1: '6' });
  });

  it('use the only node that the list leaves', () => {
    const { cpus } = pinned([0, 1], 1, TWO_NODES, [7, 5]);
    expect(cpus).toEqual({ 'w0.0': '7', t0: '7', 'w1.0': '5', t1: '5' });
  });

  it('take other nodes in the process of another shard', () => {
    expect(pinned([0], 1, TWO_NODES).cpus).toMatchObject({ 'w0.0': '0' });
    expect(pinned([1], 1, TWO_NODES).cpus).toMatchObject({ 'w1.0': '1' });
    expect(pinned([1, 3], 1, TWO_NODES).cpus).toMatchObject({ 'w1.0': '1', 'w3.0': '0' });
  });
});

describe('threads that are not pinned', () => {
  const plan = (topology: CpuTopology | null, workersPerShard = 1) =>
    planPlacement({ threads: threadsOf([0, 1], workersPerShard), topology, pin: false, cpuList: null });

  it('may run anywhere on one node', () => {
    expect(plan(topologyOf([0, 1, 2]))).toEqual({ assignments: [], remark: null });
  });

  it('may run anywhere on the node of their shard', () => {
    const { assignments, remark } = plan(topologyOf([0, 1], [2, 3], [4, 5]));
    expect(shown(assignments)).toEqual({ 'w0.0': '0,1', t0: '0,1', 'w1.0': '2,3', t1: '2,3' });
    expect(remark).toBeNull();
  });

  it('share a node that is too small, and say so', () => {
    const { remark } = plan(topologyOf([0, 1], [2, 3, 4]), 3);
    expect(remark).toBe('3 workers share CPU 0-1, since a shard stays on one NUMA node');
  });

  it('may run anywhere where the system tells nothing', () => {
    expect(plan(null)).toEqual({ assignments: [], remark: null });
  });
});

describe('planPlacement', () => {
  it('says when pinning is asked for and not possible', () => {
    const plan = planPlacement({ threads: threadsOf([0], 1), topology: null, pin: true, cpuList: [0] });
    expect(plan).toEqual({ assignments: [], remark: PINNING_UNAVAILABLE });
  });

  it('plans nothing for nobody', () => {
    const plan = planPlacement({ threads: [], topology: topologyOf([0], [1]), pin: true, cpuList: null });
    expect(plan).toEqual({ assignments: [], remark: null });
  });

  it.each([
    ['a list without pin', { pin: false, cpuList: [0] }],
    ['an empty list', { pin: true, cpuList: [] }],
    ['a CPU that is not allowed', { pin: true, cpuList: [0, 9] }],
  ])('asserts on %s', (_, { pin, cpuList }) => {
    const request = { threads: threadsOf([0], 1), topology: topologyOf([0, 1]), pin, cpuList };
    expect(() => planPlacement(request)).toThrow(AssertionFailure);
  });
});

/** Up to four nodes, CPUs dealt to them at will, and a list of some of these CPUs in any order. */
const machine = fc.array(fc.nat(3), { minLength: 1, maxLength: 16 }).chain((nodeOfCpu) => {
  const nodes = [0, 1, 2, 3].map((id) => ({ id, cpus: nodeOfCpu.flatMap((node, cpu) => (node === id ? [cpu] : [])) }));
  const topology = { allowedCpus: [...nodeOfCpu.keys()], nodes: nodes.filter(({ cpus }) => cpus.length > 0) };
  const cpuList = fc.option(fc.shuffledSubarray(topology.allowedCpus, { minLength: 1 }));
  return fc.record({ topology: fc.constant(topology), cpuList });
});
const threads = fc
  .tuple(fc.uniqueArray(fc.nat(9), { minLength: 1, maxLength: 6 }), fc.integer({ min: 1, max: 9 }))
  .chain(([shardIds, workersPerShard]) => {
    const all = threadsOf(shardIds, workersPerShard);
    return fc.shuffledSubarray(all, { minLength: all.length });
  });

/** Node of each shard in the plan; fails when a CPU is not one of `usable` or a shard has threads on two nodes. */
function nodesOfShards(assignments: readonly Assignment[], { nodes }: CpuTopology, usable: readonly number[]) {
  const nodeOfShard = new Map<number, NumaNode>();
  for (const { shardId, cpus } of assignments) {
    const node = nodeOfShard.get(shardId) ?? nodes.find((candidate) => candidate.cpus.includes(cpus[0]));
    if (node === undefined) throw new Error(`CPU ${cpus[0]} is on no node`);
    nodeOfShard.set(shardId, node);
    expect(cpus.filter((cpu) => !usable.includes(cpu) || !node.cpus.includes(cpu))).toEqual([]);
  }
  return nodeOfShard;
}

describe('every plan', () => {
  it('gives all CPUs of one node to each thread that is not pinned', () => {
    fc.assert(
      fc.property(machine, threads, ({ topology }, threads) => {
        fc.pre(topology.nodes.length > 1);
        const { assignments } = planPlacement({ threads, topology, pin: false, cpuList: null });
        expect(assignments.map(({ cpus: _, ...thread }) => thread)).toEqual(threads);
        const nodeOfShard = nodesOfShards(assignments, topology, topology.allowedCpus);
        for (const { shardId, cpus } of assignments) expect(cpus).toEqual(nodeOfShard.get(shardId)?.cpus);
        expectEvenSpread([...nodeOfShard.values()], topology.nodes);
      }),
    );
  });

  it('uses no CPU twice for pinned workers before all of the node are used, and one node a shard', () => {
    fc.assert(
      fc.property(machine, threads, ({ topology, cpuList }, threads) => {
        const { assignments } = planPlacement({ threads, topology, pin: true, cpuList });
        expect(assignments.map(({ cpus: _, ...thread }) => thread)).toEqual(threads);
        expect(assignments.filter(({ cpus }) => cpus.length !== 1)).toEqual([]);
        const usable = cpuList ?? topology.allowedCpus;
        const nodeOfShard = nodesOfShards(assignments, topology, usable);
        const usableNodes = topology.nodes.filter(({ cpus }) => cpus.some((cpu) => usable.includes(cpu)));
        expectEvenSpread([...nodeOfShard.values()], usableNodes);
        for (const node of new Set(nodeOfShard.values())) {
          const places = usable.filter((cpu) => node.cpus.includes(cpu));
          const cpusOf = (kind: PlacedThread['kind']) =>
            assignments.flatMap((each) =>
              each.kind === kind && nodeOfShard.get(each.shardId) === node ? each.cpus : [],
            );
          const workers = cpusOf('worker');
          expectEvenSpread(workers, places);
          const free = places.filter((cpu) => !workers.includes(cpu));
          if (free.length > 0) expectEvenSpread(cpusOf('transport'), free);
          else expectEvenSpread([...workers, ...cpusOf('transport')], places);
        }
      }),
    );
  });
});

/** Nothing but the places is taken, and each as often as the others, give or take one. */
function expectEvenSpread<Place>(taken: readonly Place[], places: readonly Place[]): void {
  expect(taken.filter((place) => !places.includes(place))).toEqual([]);
  const counts = places.map((place) => taken.filter((each) => each === place).length);
  expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
}
