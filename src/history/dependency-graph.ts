/**
 * The dependency graph in compressed rows: Adya's direct serialization graph, and instants of real time behind the nodes of the
 * transactions. A transaction has no edge to itself.
 */
import type { ExternalReads } from './external-reads.ts';
import type { History } from './history.ts';
import type { RealTimeOrder } from './real-time-order.ts';
import { NONE, type Versions } from './versions.ts';

/** Kinds of edges, as bits. */
export const WW = 1;
export const WR = 2;
export const RW = 4;
export const RT = 8;

type EdgeVisitor = (kind: number, from: number, to: number) => void;

/** Edges of node n are those from `edgeStart[n]` to `edgeStart[n + 1]`; nodes from `transactionNodes` on are instants. */
export interface DependencyGraph {
  nodes: number;
  transactionNodes: number;
  edgeStart: Uint32Array;
  targets: Uint32Array;
  kinds: Uint8Array;
  /** By kind. */
  counts: Record<'ww' | 'wr' | 'rw' | 'rt', number>;
}

/** @param realTime null leaves real time out */
export function buildGraph(
  history: History,
  versions: Versions,
  reads: ExternalReads,
  realTime: RealTimeOrder | null,
): DependencyGraph {
  const transactionNodes = versions.nodes;
  const nodes = transactionNodes + (realTime?.instants ?? 0);
  const visitAll = (visit: EdgeVisitor) => {
    visitVersionOrder(history, versions, visit);
    visitReads(history, versions, reads, visit);
    if (realTime !== null) visitRealTime(realTime, transactionNodes, visit);
  };
  // Visiting twice, to count and to fill, costs less memory than a list of edges.
  const edgeStart = new Uint32Array(nodes + 1);
  const kindCounts = new Float64Array(RT + 1);
  visitAll((kind, from) => {
    edgeStart[from + 1]++;
    kindCounts[kind]++;
  });
  for (let node = 0; node < nodes; node++) edgeStart[node + 1] += edgeStart[node];
  const next = edgeStart.slice();
  const targets = new Uint32Array(edgeStart[nodes]);
  const kinds = new Uint8Array(edgeStart[nodes]);
  visitAll((kind, from, to) => {
    const edge = next[from]++;
    targets[edge] = to;
    kinds[edge] = kind;
  });
  const counts = { ww: kindCounts[WW], wr: kindCounts[WR], rw: kindCounts[RW], rt: kindCounts[RT] };
  return { nodes, transactionNodes, edgeStart, targets, kinds, counts };
}

function visitVersionOrder(history: History, versions: Versions, visit: EdgeVisitor): void {
  const { keyStart, appendAt, unreadStart, unread } = versions;
  for (let key = 0; key < history.keys.size; key++) {
    if (history.isDisordered.at(key) === 1) continue;
    let previous = NONE;
    for (let at = keyStart[key]; at < keyStart[key + 1]; at++) {
      const node = versions.nodeOf(appendAt[at]);
      if (node === NONE) continue;
      if (previous !== NONE && previous !== node) visit(WW, previous, node);
      previous = node;
    }
    if (previous === NONE) continue;
    for (let i = unreadStart[key]; i < unreadStart[key + 1]; i++) {
      const node = versions.nodeOf(unread[i]);
      if (node !== previous) visit(WW, previous, node);
    }
  }
}

function visitReads(history: History, versions: Versions, reads: ExternalReads, visit: EdgeVisitor): void {
  for (let reader = 0; reader < history.transactions; reader++) {
    for (let i = reads.start[reader]; i < reads.start[reader + 1]; i++) {
      const key = reads.key.at(i);
      const end = versions.keyStart[key] + reads.length.at(i);
      const writer = versions.nodeBefore(key, end, reader);
      if (writer !== NONE) visit(WR, writer, reader);
      // Without a version order nobody knows what the read misses.
      if (history.isDisordered.at(key) === 1) continue;
      const overwriter = versions.nodeFrom(key, end);
      if (overwriter === NONE) visitUnread(versions, key, reads.readersOfEnd[key], reader, visit);
      else if (overwriter !== reader) visit(RW, reader, overwriter);
    }
  }
}

function visitUnread(versions: Versions, key: number, readers: number, reader: number, visit: EdgeVisitor): void {
  const first = versions.unreadStart[key];
  const end = first + versions.unreadEdges(key, Math.max(1, readers));
  for (let i = first; i < end; i++) {
    const node = versions.nodeOf(versions.unread[i]);
    if (node !== reader) visit(RW, reader, node);
  }
}

function visitRealTime(realTime: RealTimeOrder, firstInstant: number, visit: EdgeVisitor): void {
  const { instantBefore, instantAfter, instants } = realTime;
  for (let transaction = 0; transaction < instantBefore.length; transaction++) {
    if (instantAfter[transaction] !== NONE) visit(RT, transaction, firstInstant + instantAfter[transaction]);
    if (instantBefore[transaction] !== NONE) visit(RT, firstInstant + instantBefore[transaction], transaction);
  }
  for (let instant = 0; instant < instants; instant++) {
    if (realTime.leadsOn(instant)) visit(RT, firstInstant + instant, firstInstant + instant + 1);
  }
}
