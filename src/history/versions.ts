/**
 * Who wrote which version. The version order of a key is its longest committed read (Elle, section 4.2.2 of Kingsbury and
 * Alvaro, VLDB 2020: a list shows its own history). Appends that no read shows come after it, in an order nobody knows.
 */
import type { History } from './history.ts';
import { HISTORY_ABORTED, HISTORY_COMMITTED } from './history-writer.ts';

/** Stands for no position, no node. */
export const NONE = -1;

/** Edges from the readers of a key's end to its unread appends are at most so many; a sound history has a handful. */
const UNREAD_EDGES_MAX = 10_000;

/**
 * Nodes are the transactions that took place, by their number, and behind them one node for each element that was read and
 * whose append is in no record. Positions count a key's versions from 0, over all keys: those of key k are
 * `keyStart[k]` to `keyStart[k + 1]`.
 */
export class Versions {
  readonly keyStart: Uint32Array;
  /** By position: the number of the append; those from `recordedAppends` on are in no record. */
  readonly appendAt: Uint32Array;
  /** By append: its position, or NONE. */
  readonly positionOf: Int32Array;
  readonly recordedAppends: number;
  /** By transaction: whether it committed, or is known to have because somebody read its append. */
  readonly tookPlace: Uint8Array;
  /** By key: unread appends of transactions that took place; those of key k are `unreadStart[k]` to `unreadStart[k + 1]`. */
  readonly unreadStart: Uint32Array;
  readonly unread: Uint32Array;
  /** Where an element stands for a second time in the list of a key. */
  readonly duplicates: { key: number; position: number }[] = [];
  readonly #history: History;

  constructor(history: History) {
    this.#history = history;
    this.recordedAppends = history.appendTransaction.length;
    this.keyStart = startsOfLists(history);
    this.appendAt = new Uint32Array(this.keyStart[history.keys.size] as number);
    const positions = this.#place();
    this.positionOf = positions.subarray(0, history.appends.size);
    this.tookPlace = this.#whoTookPlace();
    this.unreadStart = new Uint32Array(history.keys.size + 1);
    this.unread = this.#collectUnread();
  }

  get nodes(): number {
    return this.#history.transactions + this.#history.appends.size - this.recordedAppends;
  }

  /** The node of an append; NONE when it belongs to a transaction that did not take place. */
  nodeOf(append: number): number {
    if (append >= this.recordedAppends) return this.#history.transactions + append - this.recordedAppends;
    const transaction = this.#history.appendTransaction.at(append);
    return this.tookPlace[transaction] === 1 ? transaction : NONE;
  }

  /** The append that a node without record stands for; NONE for a transaction. */
  appendOfUnrecorded(node: number): number {
    const { transactions } = this.#history;
    return node < transactions ? NONE : node - transactions + this.recordedAppends;
  }

  /** The node that wrote the last version of the key before `position` and is not `except`; NONE when there is none. */
  nodeBefore(key: number, position: number, except: number): number {
    const first = this.keyStart[key] as number;
    for (let at = position - 1; at >= first; at--) {
      const node = this.nodeOf(this.appendAt[at] as number);
      if (node !== NONE && node !== except) return node;
    }
    return NONE;
  }

  /** The node that wrote the first version of the key from `position` on; NONE when there is none. */
  nodeFrom(key: number, position: number): number {
    const end = this.keyStart[key + 1] as number;
    for (let at = position; at < end; at++) {
      const node = this.nodeOf(this.appendAt[at] as number);
      if (node !== NONE) return node;
    }
    return NONE;
  }

  /** How many unread appends of the key each of `readers` readers of its end may have an edge to. */
  unreadEdges(key: number, readers: number): number {
    const count = (this.unreadStart[key + 1] as number) - (this.unreadStart[key] as number);
    return Math.min(count, Math.ceil(UNREAD_EDGES_MAX / readers));
  }

  /** Finds the append of each version; an element without one becomes an append without record. */
  #place(): Int32Array {
    const { appends, longest, isDisordered } = this.#history;
    const positions = new Int32Array(this.recordedAppends + this.appendAt.length).fill(NONE);
    for (let key = 0; key < longest.size; key++) {
      const start = this.keyStart[key] as number;
      for (let i = 0; i < longest.length(key); i++) {
        const element = longest.at(key, i);
        const append = appends.add(key, element);
        this.appendAt[start + i] = append;
        if (positions[append] === NONE) {
          positions[append] = start + i;
          continue;
        }
        isDisordered.values[key] = 1;
        this.duplicates.push({ key, position: start + i });
      }
    }
    return positions;
  }

  #whoTookPlace(): Uint8Array {
    const { outcome, appendTransaction, transactions } = this.#history;
    const tookPlace = new Uint8Array(transactions);
    for (let i = 0; i < transactions; i++) tookPlace[i] = outcome.at(i) === HISTORY_COMMITTED ? 1 : 0;
    for (let append = 0; append < this.recordedAppends; append++) {
      const transaction = appendTransaction.at(append);
      const isRead = this.positionOf[append] !== NONE;
      if (isRead && outcome.at(transaction) !== HISTORY_ABORTED) tookPlace[transaction] = 1;
    }
    return tookPlace;
  }

  /** Grouped by key by counting; within a key those that ended first stand first. */
  #collectUnread(): Uint32Array {
    const { appends, appendTransaction, endNs, keys } = this.#history;
    const isUnread = (append: number) => this.positionOf[append] === NONE && this.nodeOf(append) !== NONE;
    let count = 0;
    for (let append = 0; append < this.recordedAppends; append++) {
      if (!isUnread(append)) continue;
      count++;
      (this.unreadStart[appends.first(append) + 1] as number)++;
    }
    for (let key = 0; key < keys.size; key++) this.unreadStart[key + 1] += this.unreadStart[key] as number;
    const unread = new Uint32Array(count);
    const next = this.unreadStart.slice();
    for (let append = 0; append < this.recordedAppends; append++) {
      if (isUnread(append)) unread[next[appends.first(append)]++] = append;
    }
    const end = (append: number) => endNs.at(appendTransaction.at(append));
    for (let key = 0; key < keys.size; key++) {
      const [from, to] = [this.unreadStart[key] as number, this.unreadStart[key + 1] as number];
      if (to - from > 1) unread.subarray(from, to).sort((a, b) => end(a) - end(b));
    }
    return unread;
  }
}

function startsOfLists({ longest }: History): Uint32Array {
  const starts = new Uint32Array(longest.size + 1);
  for (let key = 0; key < longest.size; key++) starts[key + 1] = (starts[key] as number) + longest.length(key);
  return starts;
}
