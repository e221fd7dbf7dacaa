import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { affinityOf, readCpuTopology } from './cpu-topology.ts';
import { fakeSystem } from './testing/fake-system.ts';

describe('readCpuTopology', () => {
  it('reads one node', () => {
    const files = fakeSystem({ allowed: '0-3', online: '0-3', nodes: { node0: '0-3' } });
    expect(readCpuTopology(files)).toEqual({ allowedCpus: [0, 1, 2, 3], nodes: [{ id: 0, cpus: [0, 1, 2, 3] }] });
  });

  it('reads several nodes in the order of their numbers, with CPUs that alternate', () => {
    const files = fakeSystem({ allowed: '0-5', online: '0-5', nodes: { node10: '1,4', node2: '0,3', node0: '2,5' } });
    expect(readCpuTopology(files)?.nodes).toEqual([
      { id: 0, cpus: [2, 5] },
      { id: 2, cpus: [0, 3] },
      { id: 10, cpus: [1, 4] },
    ]);
  });

  it('leaves out what a cgroup or the own affinity takes away, and nodes of which nothing is left', () => {
    const nodes = { node0: '0-3', node1: '4-7', node2: '8-11' };
    const files = fakeSystem({ allowed: '2,8-9', online: '0-11', nodes });
    expect(readCpuTopology(files)).toEqual({
      allowedCpus: [2, 8, 9],
      nodes: [
        { id: 0, cpus: [2] },
        { id: 2, cpus: [8, 9] },
      ],
    });
  });

  it('leaves out CPUs that are allowed and offline', () => {
    const files = fakeSystem({ allowed: '0-127', online: '0,2-3', nodes: { node0: '0', node1: '2-3' } });
    expect(readCpuTopology(files)).toEqual({
      allowedCpus: [0, 2, 3],
      nodes: [
        { id: 0, cpus: [0] },
        { id: 1, cpus: [2, 3] },
      ],
    });
  });

  it('leaves out nodes with memory only', () => {
    const files = fakeSystem({ allowed: '0-1', online: '0-1', nodes: { node0: '0-1', node1: '' } });
    expect(readCpuTopology(files)?.nodes).toEqual([{ id: 0, cpus: [0, 1] }]);
  });

  it.each([
    ['there are no nodes', {}],
    ['the file of a node is missing', { node0: '0-1', node1: null }],
    ['the file of a node is nonsense', { node0: '0-1', node1: 'two, three' }],
    ['a CPU is in two nodes', { node0: '0-2', node1: '2-3' }],
    ['a CPU is in two nodes and another in none', { node0: '0-2', node1: '2' }],
  ])('takes the machine for one node when %s', (_, nodes) => {
    const files = fakeSystem({ allowed: '0-3', nodes });
    expect(readCpuTopology(files)).toEqual({ allowedCpus: [0, 1, 2, 3], nodes: [{ id: 0, cpus: [0, 1, 2, 3] }] });
  });

  it('is null where no file says what is allowed', () => {
    expect(readCpuTopology({ read: () => null, list: () => [] })).toBeNull();
    expect(readCpuTopology(fakeSystem({ allowed: null, online: '0-3', nodes: { node0: '0-3' } }))).toBeNull();
    expect(readCpuTopology(fakeSystem({ allowed: '4', online: '0-3' }))).toBeNull();
  });

  it.runIf(process.platform === 'linux')('reads this machine', () => {
    const topology = readCpuTopology();
    expect(topology?.allowedCpus.length).toBeGreaterThanOrEqual(availableParallelism());
    const cpus = topology?.nodes.flatMap((node) => node.cpus) ?? [];
    expect(cpus.sort((a, b) => a - b)).toEqual(topology?.allowedCpus);
  });
});

describe('affinityOf', () => {
  it('reads the list, not the mask', () => {
    expect(affinityOf('Cpus_allowed:\t3\nCpus_allowed_list:\t0-1\nMems_allowed_list:\t5\n')).toEqual([0, 1]);
    expect(affinityOf('Cpus_allowed:\t3\n')).toBeNull();
  });
});
