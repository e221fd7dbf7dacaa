/**
 * The checker: whether a history of transactions on lists is (strictly) serializable, by the method of Elle (Kingsbury and Alvaro,
 * VLDB 2020). It reports no anomaly that the history does not have; it misses none in a history in which every key is read
 * to its end. Memory is about 400 bytes a transaction of four operations, half as much again where most are in one cycle.
 */

import { findCycles } from './cycle-search.ts';
import { buildGraph } from './dependency-graph.ts';
import { ExternalReads } from './external-reads.ts';
import { type Finding, Findings } from './findings.ts';
import type { History } from './history.ts';
import { HistoryReader } from './history-reader.ts';
import { HISTORY_ABORTED, HISTORY_COMMITTED, HISTORY_UNKNOWN } from './history-writer.ts';
import { findDisorder, findFlawedLists } from './list-checks.ts';
import { Narrator } from './narrator.ts';
import { findIntermediateReads, findLostUpdates, findStaleReads } from './read-checks.ts';
import { RealTimeOrder } from './real-time-order.ts';
import type { TransactionTimes } from './shortest-cycle.ts';
import { Versions } from './versions.ts';

export const MODELS = ['strict-serializable', 'serializable'] as const;
/** Strict: real time counts, between transactions of one host. */
export type HistoryModel = (typeof MODELS)[number];

export interface CheckOptions {
  /** @default 'strict-serializable' */
  model?: HistoryModel;
  /** Takes an element that nobody appended for one whose record was lost, as when a process was killed. @default false */
  allowMissing?: boolean;
  /** Witnesses that are kept of an anomaly. @default 3 */
  witnessesMax?: number;
  /** Hears of each part of the work. */
  onProgress?: (part: string) => void;
}

export interface HistoryCounts {
  /** `missing`: elements that were read and whose append is in no record. */
  transactions: { committed: number; aborted: number; unknown: number; missing: number };
  keys: number;
  /** Elements that were appended, in aborted transactions as well. */
  elements: number;
  /** Those of transactions that took place and that no committed read shows: their order is unknown. */
  unreadElements: number;
  reads: number;
  edges: { ww: number; wr: number; rw: number; rt: number };
}

export interface HistoryVerdict {
  model: HistoryModel;
  /** Whether no anomaly was found. */
  isValid: boolean;
  findings: Finding[];
  counts: HistoryCounts;
  /** Start of the first transaction. */
  firstNs: number;
}

/**
 * Checks the blocks of one history, those of a worker in the order in which it wrote them.
 * @throws OperatingFault FILE when a block is damaged or they do not belong together
 */
export function checkHistory(blocks: Iterable<Uint8Array>, options: CheckOptions = {}): HistoryVerdict {
  const reader = new HistoryReader();
  let number = 0;
  for (const block of blocks) reader.add(block, `block ${number++}`);
  return judgeHistory(reader.history, options);
}

/** Checks a history that has been read; it becomes unusable for another check. */
export function judgeHistory(history: History, options: CheckOptions = {}): HistoryVerdict {
  const {
    model = 'strict-serializable',
    allowMissing = false,
    witnessesMax = 3,
    onProgress = () => undefined,
  } = options;
  const isStrict = model === 'strict-serializable';
  const findings = new Findings(witnessesMax);
  const explained = {
    antiDependency: new Uint8Array(history.transactions),
    realTime: new Uint8Array(history.transactions),
  };
  onProgress('finding who wrote which version');
  const versions = new Versions(history);
  const internal: [transaction: number, operation: number][] = [];
  let internalCount = 0;
  const reads = new ExternalReads(history, versions, (transaction, operation) => {
    internalCount++;
    if (internal.length < witnessesMax) internal.push([transaction, operation]);
  });
  const narrator = new Narrator(history, versions, reads);
  for (let i = 0; i < internalCount; i++) {
    findings.add('internal', () => narrator.internal(internal[i][0], internal[i][1]));
  }
  onProgress('checking reads');
  const input = { history, versions, reads, findings, narrator };
  findDisorder(input);
  findFlawedLists(input, allowMissing);
  findIntermediateReads(input, explained);
  findLostUpdates(input, explained);
  if (isStrict) findStaleReads(input, explained);
  onProgress('building the dependency graph');
  const graph = buildGraph(history, versions, reads, isStrict ? new RealTimeOrder(history, versions) : null);
  onProgress('searching for cycles');
  findCycles(graph, findings, narrator, explained, timesOf(history), isStrict);
  const list = findings.list();
  return {
    model,
    isValid: list.length === 0,
    findings: list,
    counts: { ...countsOf(history, versions), edges: graph.counts },
    firstNs: firstStart(history),
  };
}

/** Nodes behind the transactions have no times. */
function timesOf(history: History): TransactionTimes {
  const { startNs, endNs, transactions } = history;
  const areComparable = (first: number, second: number): boolean =>
    first < transactions && second < transactions && history.hostOf(first) === history.hostOf(second);
  return {
    isBefore: (first, second) =>
      areComparable(first, second) && history.isCommitted(first) && endNs.at(first) < startNs.at(second),
    laterNs: (first, second) => (areComparable(first, second) ? startNs.at(first) - startNs.at(second) : 0),
  };
}

function countsOf(history: History, versions: Versions): Omit<HistoryCounts, 'edges'> {
  const { outcomes } = history;
  return {
    transactions: {
      committed: outcomes[HISTORY_COMMITTED],
      aborted: outcomes[HISTORY_ABORTED],
      unknown: outcomes[HISTORY_UNKNOWN],
      missing: versions.nodes - history.transactions,
    },
    keys: history.keys.size,
    elements: versions.recordedAppends,
    unreadElements: versions.unread.length,
    reads: history.reads,
  };
}

function firstStart({ startNs, transactions }: History): number {
  let first = Number.POSITIVE_INFINITY;
  for (let i = 0; i < transactions; i++) first = Math.min(first, startNs.at(i));
  return transactions === 0 ? 0 : first;
}
