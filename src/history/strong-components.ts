/** Strongly connected components of more than one node, by Tarjan's algorithm without recursion. */
import type { DependencyGraph } from './dependency-graph.ts';

/** Component c, from 1, has the nodes `members[start[c - 1]]` to `members[start[c] - 1]`. */
export interface Components {
  /** By node; 0 for a node that is in no cycle. */
  componentOf: Uint32Array;
  count: number;
  members: Uint32Array;
  start: number[];
}

/**
 * @param kinds bits of the edges that count
 * @param within keeps to edges inside of these components; null for the whole graph
 */
export function strongComponents(graph: DependencyGraph, kinds: number, within: Components | null): Components {
  return new ComponentSearch(graph, kinds, within).run();
}

class ComponentSearch {
  readonly #graph: DependencyGraph;
  readonly #kinds: number;
  readonly #within: Components | null;
  /** By node: order of discovery from 1; 0 when it is not discovered. */
  readonly #order: Uint32Array;
  readonly #lowest: Uint32Array;
  readonly #nextEdge: Uint32Array;
  /** Nodes whose component is open, and nodes on the path from the root. */
  readonly #open: Uint32Array;
  readonly #path: Uint32Array;
  readonly #isOpen: Uint8Array;
  #openCount = 0;
  #discovered = 0;
  readonly #components: Components;
  #members = 0;

  constructor(graph: DependencyGraph, kinds: number, within: Components | null) {
    const { nodes } = graph;
    this.#graph = graph;
    this.#kinds = kinds;
    this.#within = within;
    this.#order = new Uint32Array(nodes);
    this.#lowest = new Uint32Array(nodes);
    this.#nextEdge = graph.edgeStart.slice(0, nodes);
    const sizeOfScope = within === null ? nodes : within.members.length;
    this.#open = new Uint32Array(sizeOfScope);
    this.#path = new Uint32Array(sizeOfScope);
    this.#isOpen = new Uint8Array(nodes);
    const members = new Uint32Array(sizeOfScope);
    this.#components = { componentOf: new Uint32Array(nodes), count: 0, members, start: [0] };
  }

  run(): Components {
    const { componentOf } = this.#within ?? {};
    for (let node = 0; node < this.#graph.nodes; node++) {
      if (this.#order[node] === 0 && (componentOf === undefined || componentOf[node] !== 0)) this.#explore(node);
    }
    this.#components.members = this.#components.members.slice(0, this.#members);
    return this.#components;
  }

  #explore(root: number): void {
    const { edgeStart, targets, kinds } = this.#graph;
    const scope = this.#within?.componentOf ?? null;
    const path = this.#path;
    let depth = 0;
    this.#discover(root);
    path[0] = root;
    while (depth >= 0) {
      const node = path[depth];
      if (this.#nextEdge[node] < edgeStart[node + 1]) {
        const edge = this.#nextEdge[node]++;
        const target = targets[edge];
        if ((kinds[edge] & this.#kinds) === 0 || (scope !== null && scope[target] !== scope[node])) continue;
        if (this.#order[target] === 0) {
          this.#discover(target);
          path[++depth] = target;
        } else if (this.#isOpen[target] === 1 && this.#order[target] < this.#lowest[node]) {
          this.#lowest[node] = this.#order[target];
        }
        continue;
      }
      if (this.#lowest[node] === this.#order[node]) this.#close(node);
      depth--;
      if (depth >= 0 && this.#lowest[node] < this.#lowest[path[depth]]) this.#lowest[path[depth]] = this.#lowest[node];
    }
  }

  #discover(node: number): void {
    this.#discovered++;
    this.#order[node] = this.#discovered;
    this.#lowest[node] = this.#discovered;
    this.#isOpen[node] = 1;
    this.#open[this.#openCount++] = node;
  }

  /** Takes the component of its first node from the open nodes. */
  #close(first: number): void {
    const components = this.#components;
    const isTrivial = this.#open[this.#openCount - 1] === first;
    if (!isTrivial) components.count++;
    let node: number;
    do {
      node = this.#open[--this.#openCount];
      this.#isOpen[node] = 0;
      if (isTrivial) continue;
      components.componentOf[node] = components.count;
      components.members[this.#members++] = node;
    } while (node !== first);
    if (!isTrivial) components.start.push(this.#members);
  }
}
