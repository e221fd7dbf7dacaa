/** Components and shortest cycles against plain definitions, on small random graphs. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DependencyGraph, RT, RW, WR, WW } from './dependency-graph.ts';
import { CycleFinder } from './shortest-cycle.ts';
import { type Components, strongComponents } from './strong-components.ts';

interface Edge {
  from: number;
  to: number;
  kind: number;
}

const NODES = 7;
const ALL = WW | WR | RW | RT;
const NO_TIMES = { isBefore: () => false, laterNs: () => 0 };

const edges: fc.Arbitrary<Edge[]> = fc
  .array(fc.record({ from: fc.nat(NODES - 1), to: fc.nat(NODES - 1), kind: fc.constantFrom(WW, WR, RW) }), {
    maxLength: 16,
  })
  .map((all) => all.filter(({ from, to }) => from !== to));

function graphOf(list: readonly Edge[], transactionNodes = NODES): DependencyGraph {
  const sorted = list.toSorted((a, b) => a.from - b.from);
  const edgeStart = Uint32Array.from(
    { length: NODES + 1 },
    (_, node) => sorted.filter(({ from }) => from < node).length,
  );
  return {
    nodes: NODES,
    transactionNodes,
    edgeStart,
    targets: Uint32Array.from(sorted, ({ to }) => to),
    kinds: Uint8Array.from(sorted, ({ kind }) => kind),
    counts: { ww: 0, wr: 0, rw: 0, rt: 0 },
  };
}

/** The nodes that `from` leads to, by at least one edge. */
function reached(list: readonly Edge[], from: number): Set<number> {
  const found = new Set<number>();
  const open = [from];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    for (const edge of list) {
      if (edge.from !== node || found.has(edge.to)) continue;
      found.add(edge.to);
      open.push(edge.to);
    }
  }
  return found;
}

const setsOf = ({ members, start, count }: Components): string[] =>
  Array.from({ length: count }, (_, i) => [...members.subarray(start[i], start[i + 1])].toSorted().join()).toSorted();

function expectedSets(list: readonly Edge[]): string[] {
  const ways = Array.from({ length: NODES }, (_, node) => reached(list, node));
  const sets = ways.map((way, node) => [...way].filter((other) => ways[other].has(node)).toSorted());
  return [...new Set(sets.filter((set) => set.length > 1).map((set) => set.join()))].toSorted();
}

/** The length of the shortest simple cycle of the form, by trying all paths. Edges that leave an instant cost nothing. */
function shortest(list: readonly Edge[], one: boolean, transactionNodes: number): number {
  let best = Number.POSITIVE_INFINITY;
  const walk = (start: number, node: number, seen: number[], length: number, used: number) => {
    for (const edge of list) {
      if (edge.from !== node) continue;
      const uses = used + (edge.kind === RW ? 1 : 0);
      if (one && uses > 1) continue;
      const reachedLength = length + (node < transactionNodes ? 1 : 0);
      if (edge.to === start && (!one || uses === 1)) best = Math.min(best, reachedLength);
      if (edge.to !== start && !seen.includes(edge.to)) walk(start, edge.to, [...seen, edge.to], reachedLength, uses);
    }
  };
  for (let start = 0; start < transactionNodes; start++) walk(start, start, [start], 0, 0);
  return best;
}

describe('components', () => {
  it('are the sets of nodes that reach each other', () => {
    fc.assert(
      fc.property(edges, (list) => {
        expect(setsOf(strongComponents(graphOf(list), ALL, null))).toEqual(expectedSets(list));
      }),
      { numRuns: 2000 },
    );
  });

  it('of fewer kinds of edges lie within those of more', () => {
    fc.assert(
      fc.property(edges, (list) => {
        const graph = graphOf(list);
        const inner = strongComponents(graph, WW | WR, strongComponents(graph, ALL, null));
        expect(setsOf(inner)).toEqual(expectedSets(list.filter(({ kind }) => kind !== RW)));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('the cycle that is found', () => {
  // Two of the nodes are instants where time counts: all their edges are of real time.
  it.each([NODES, NODES - 2])('is the shortest with any edges, with %i nodes of transactions', (transactionNodes) => {
    fc.assert(
      fc.property(edges, (list) => {
        const isInstant = (node: number) => node >= transactionNodes;
        const timed = list.map((edge) => (isInstant(edge.from) || isInstant(edge.to) ? { ...edge, kind: RT } : edge));
        // Time has no way back: neither along the chain, nor by a transaction that ends before it began.
        const sound = timed.filter(({ from, to }) => {
          if (!isInstant(from)) return true;
          if (isInstant(to)) return from < to;
          return !timed.some((other) => other.from === to && isInstant(other.to) && other.to <= from);
        });
        expect(lengthFound(sound, false, transactionNodes)).toBe(shortest(sound, false, transactionNodes));
      }),
      { numRuns: 2000 },
    );
  });

  it('is the shortest with one anti-dependency, where no cycle does without', () => {
    fc.assert(
      fc.property(edges, (list) => {
        // Edges of other kinds lead to higher nodes, so that a cycle needs an anti-dependency.
        const sound = list.map((edge) => {
          const isUp = edge.kind === RW || edge.from < edge.to;
          return isUp ? edge : { from: edge.to, to: edge.from, kind: edge.kind };
        });
        expect(lengthFound(sound, true, NODES)).toBe(shortest(sound, true, NODES));
      }),
      { numRuns: 2000 },
    );
  });
});

/** Over all components; each cycle found must exist. */
function lengthFound(list: readonly Edge[], hasOneAntiDependency: boolean, transactionNodes: number): number {
  const graph = graphOf(list, transactionNodes);
  const components = strongComponents(graph, ALL, null);
  const finder = new CycleFinder(graph, NO_TIMES);
  let best = Number.POSITIVE_INFINITY;
  for (let component = 1; component <= components.count; component++) {
    const cycle = finder.find(components, component, { kinds: ALL, hasOneAntiDependency });
    if (cycle === null) continue;
    best = Math.min(best, cycle.nodes.length);
    expect(new Set(cycle.nodes).size).toBe(cycle.nodes.length);
    if (hasOneAntiDependency) expect(cycle.kinds.filter((kind) => kind === 'rw')).toHaveLength(1);
    for (const [i, node] of cycle.nodes.entries()) {
      const to = cycle.nodes[(i + 1) % cycle.nodes.length];
      const bit = { ww: WW, wr: WR, rw: RW, rt: RT }[cycle.kinds[i]];
      if (bit !== RT) expect(list).toContainEqual({ from: node, to, kind: bit });
    }
  }
  return best;
}
