/**
 * The shortest cycle within a strongly connected component, by breadth-first searches from its nodes. The way through instants
 * of real time counts as one edge.
 */
import { type DependencyGraph, RT, RW, WR, WW } from './dependency-graph.ts';
import type { DependencyKind } from './findings.ts';
import type { Components } from './strong-components.ts';

/** Edges that the searches of one component may look at: the cycle is the shortest one unless this runs out. */
const EDGES_LOOKED_AT_MAX = 100_000_000;
/** In larger components the order of the searches matters. */
const SMALL_COMPONENT = 1000;
/** No cycle is shorter. */
const SHORTEST = 2;

const KIND_NAMES: Readonly<Record<number, DependencyKind>> = { [WW]: 'ww', [WR]: 'wr', [RW]: 'rw', [RT]: 'rt' };

/** Nodes are transactions; edge i leads from node i to the next one, the last to the first. */
export interface Cycle {
  nodes: number[];
  kinds: DependencyKind[];
}

/** Which cycles count. */
export interface CycleForm {
  /** Bits of the kinds that may occur. */
  kinds: number;
  /** Whether exactly one edge is an anti-dependency. */
  hasOneAntiDependency: boolean;
}

/** When transactions ran. */
export interface TransactionTimes {
  /** Whether real time orders the transactions. */
  isBefore(first: number, second: number): boolean;
  /** How much later `first` began than `second`; 0 where that is not known. */
  laterNs(first: number, second: number): number;
}

/**
 * Keeps its working memory from one search to the next. A state is a node, plus the number of nodes once the search has used
 * its one anti-dependency.
 */
export class CycleFinder {
  readonly #graph: DependencyGraph;
  readonly #times: TransactionTimes;
  readonly #distance: Uint32Array;
  readonly #seenIn: Uint32Array;
  readonly #parent: Uint32Array;
  readonly #parentKind: Uint8Array;
  #search = 0;
  #edgesLeft = 0;

  constructor(graph: DependencyGraph, times: TransactionTimes) {
    this.#graph = graph;
    this.#times = times;
    this.#distance = new Uint32Array(2 * graph.nodes);
    this.#seenIn = new Uint32Array(2 * graph.nodes);
    this.#parent = new Uint32Array(2 * graph.nodes);
    this.#parentKind = new Uint8Array(2 * graph.nodes);
  }

  /** Null when the component has no cycle of the form, which happens only with `hasOneAntiDependency`. */
  find(components: Components, component: number, form: CycleForm): Cycle | null {
    // One complete search is always allowed, and finds what there is without an anti-dependency to count.
    this.#edgesLeft = Math.max(EDGES_LOOKED_AT_MAX, 4 * this.#graph.targets.length);
    let best = form.kinds & RT ? this.#againstTime(components, component, form) : null;
    if (best !== null) return best;
    for (const source of this.#sources(components, component)) {
      const limit: number = best === null ? Number.POSITIVE_INFINITY : best.nodes.length - 1;
      best = this.#from(source, components.componentOf, form, limit) ?? best;
      if (best !== null && (best.nodes.length === SHORTEST || this.#edgesLeft < 0)) break;
    }
    return best;
  }

  /** A transaction that depends on one that began after its end. */
  #againstTime(components: Components, component: number, form: CycleForm): Cycle | null {
    const { edgeStart, targets, kinds } = this.#graph;
    const allowed = form.hasOneAntiDependency ? RW : form.kinds & ~RT;
    for (const node of this.#transactionsOf(components, component)) {
      for (let edge = edgeStart[node]; edge < edgeStart[node + 1]; edge++) {
        const target = targets[edge];
        if ((kinds[edge] & allowed) === 0 || components.componentOf[target] !== component) continue;
        if (!this.#times.isBefore(target, node)) continue;
        return { nodes: [node, target], kinds: [KIND_NAMES[kinds[edge]], 'rt'] };
      }
    }
    return null;
  }

  /** Where to search from: in a large component first where a dependency leads back in time the farthest. */
  #sources(components: Components, component: number): Uint32Array {
    const { edgeStart, targets, transactionNodes } = this.#graph;
    const nodes = this.#transactionsOf(components, component);
    if (nodes.length <= SMALL_COMPONENT) return nodes;
    const backNs = (node: number): number => {
      let farthest = 0;
      for (let edge = edgeStart[node]; edge < edgeStart[node + 1]; edge++) {
        const target = targets[edge];
        if (target >= transactionNodes || components.componentOf[target] !== component) continue;
        farthest = Math.max(farthest, this.#times.laterNs(node, target));
      }
      return farthest;
    };
    const distances = Float64Array.from(nodes, backNs);
    const order = Uint32Array.from(nodes.keys()).sort((a, b) => distances[b] - distances[a]);
    return order.map((i) => nodes[i]);
  }

  #transactionsOf({ members, start }: Components, component: number): Uint32Array {
    const { transactionNodes } = this.#graph;
    return members.subarray(start[component - 1], start[component]).filter((node) => node < transactionNodes);
  }

  /** The shortest cycle through `source` of at most `limit` edges. */
  #from(source: number, componentOf: Uint32Array, form: CycleForm, limit: number): Cycle | null {
    const { edgeStart, targets, kinds, nodes, transactionNodes } = this.#graph;
    const goal = form.hasOneAntiDependency ? source + nodes : source;
    this.#search++;
    this.#reach(source, 0, source, 0);
    let level: number[] = [source];
    let bestLength = limit + 1;
    let last = -1;
    let lastKind = 0;
    for (let distance = 0; level.length > 0 && distance < bestLength && this.#edgesLeft >= 0; distance++) {
      const next: number[] = [];
      // The level grows while it is read: an instant adds nothing to the length.
      for (let i = 0; i < level.length; i++) {
        const state = level[i];
        if (this.#distance[state] !== distance) continue;
        const layer = state >= nodes ? nodes : 0;
        const node = state - layer;
        const length = node >= transactionNodes ? distance : distance + 1;
        const allowed = layer > 0 ? form.kinds & ~RW : form.kinds;
        this.#edgesLeft -= edgeStart[node + 1] - edgeStart[node];
        for (let edge = edgeStart[node]; edge < edgeStart[node + 1]; edge++) {
          const kind = kinds[edge];
          if ((kind & allowed) === 0 || componentOf[targets[edge]] !== componentOf[source]) continue;
          const usesOne = form.hasOneAntiDependency && kind === RW;
          const target = targets[edge] + (usesOne ? nodes : layer);
          if (target === goal && length < bestLength) {
            bestLength = length;
            last = state;
            lastKind = kind;
          }
          if (target === goal || (this.#seenIn[target] === this.#search && this.#distance[target] <= length)) continue;
          this.#reach(target, length, state, kind);
          (length === distance ? level : next).push(target);
        }
      }
      level = next;
    }
    return last < 0 ? null : this.#trace(source, last, lastKind);
  }

  #reach(state: number, distance: number, parent: number, kind: number): void {
    this.#seenIn[state] = this.#search;
    this.#distance[state] = distance;
    this.#parent[state] = parent;
    this.#parentKind[state] = kind;
  }

  #trace(source: number, last: number, lastKind: number): Cycle {
    const { nodes: nodeCount, transactionNodes } = this.#graph;
    const nodes: number[] = [];
    const kinds: DependencyKind[] = [];
    let kind = lastKind;
    for (let state = last; ; state = this.#parent[state]) {
      const node = state % nodeCount;
      if (node < transactionNodes) {
        nodes.unshift(node);
        kinds.unshift(KIND_NAMES[kind]);
      }
      if (state === source) return { nodes, kinds };
      kind = this.#parentKind[state];
    }
  }
}
