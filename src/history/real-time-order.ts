/**
 * Real time as few edges: transaction A comes before B when A ended before B began, on one host. Instead of an edge for each such
 * pair there is a chain of instants: a transaction leads to the first instant after its end, and comes from the last one before its
 * start. That is linear, whatever the concurrency (Jepsen's transitive reduction has up to one edge a running transaction).
 */
import type { History } from './history.ts';
import { NONE, type Versions } from './versions.ts';

/** Instants are numbered from 0, those of a host in the order of time. */
export class RealTimeOrder {
  instants = 0;
  /** By transaction: the last instant before its start; NONE when there is none. */
  readonly instantBefore: Int32Array;
  /** By transaction: the first instant after its end; NONE when nobody begins after it. */
  readonly instantAfter: Int32Array;
  /** By instant: whether it is its host's first. */
  readonly #isFirst: number[] = [];

  constructor(history: History, versions: Versions) {
    this.instantBefore = new Int32Array(history.transactions).fill(NONE);
    this.instantAfter = new Int32Array(history.transactions).fill(NONE);
    for (let host = 0; host < history.hosts.length; host++) this.#sweep(history, versions, host);
  }

  /** Whether the chain has an edge from the instant to the next one. */
  leadsOn(instant: number): boolean {
    return instant + 1 < this.instants && !this.#isFirst.includes(instant + 1);
  }

  #sweep(history: History, { tookPlace }: Versions, host: number): void {
    const startNs = history.startNs.values;
    const endNs = history.endNs.values;
    const isOfHost = (transaction: number) => tookPlace[transaction] === 1 && history.hostOf(transaction) === host;
    const starts = select(history.transactions, isOfHost).sort((a, b) => startNs[a] - startNs[b]);
    const ends = starts.filter((transaction) => history.isCommitted(transaction)).sort((a, b) => endNs[a] - endNs[b]);
    this.#isFirst.push(this.instants);
    let isFirst = true;
    let ended = 0;
    for (const transaction of starts) {
      if (ended < ends.length && endNs[ends[ended]] < startNs[transaction]) {
        for (; ended < ends.length && endNs[ends[ended]] < startNs[transaction]; ended++) {
          this.instantAfter[ends[ended]] = this.instants;
        }
        this.instants++;
        isFirst = false;
      }
      if (!isFirst) this.instantBefore[transaction] = this.instants - 1;
    }
  }
}

function select(count: number, matches: (index: number) => boolean): Uint32Array {
  const selected = new Uint32Array(count);
  let length = 0;
  for (let index = 0; index < count; index++) if (matches(index)) selected[length++] = index;
  return selected.subarray(0, length);
}
