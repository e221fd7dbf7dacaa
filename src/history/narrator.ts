/** Puts findings into words: transactions, their operations, and why an edge exists. Built on demand for a few witnesses. */
import { assert } from '../assert.ts';
import type { ExternalReads } from './external-reads.ts';
import type { DependencyKind, OperationView, TransactionView, Witness, WitnessStep } from './findings.ts';
import { APPEND, DISORDERED_READ, type History } from './history.ts';
import { NONE, type Versions } from './versions.ts';

const OUTCOMES = ['committed', 'aborted', 'unknown'] as const;
const SHOWN_ELEMENTS_MAX = 8;

/** `[1 2 3]`; of a long list the end. */
export function shownList(elements: readonly number[]): string {
  const isLong = elements.length > SHOWN_ELEMENTS_MAX;
  return `[${isLong ? '.. ' : ''}${elements.slice(-SHOWN_ELEMENTS_MAX).join(' ')}]`;
}

export class Narrator {
  readonly #history: History;
  readonly #versions: Versions;
  readonly #reads: ExternalReads;

  constructor(history: History, versions: Versions, reads: ExternalReads) {
    this.#history = history;
    this.#versions = versions;
    this.#reads = reads;
  }

  elementAt(position: number): number {
    return this.#history.appends.second(this.#versions.appendAt[position]);
  }

  /** The first `length` elements of a key's longest read. */
  elements(key: number, length: number): number[] {
    const start = this.#versions.keyStart[key];
    return Array.from({ length }, (_, i) => this.elementAt(start + i));
  }

  /** The first append of the node to the key; NONE when there is none. */
  appendOf(node: number, key: number): number {
    return this.#firstAppend(node, (append) => this.#keyOf(append) === key);
  }

  /** The node of the first append that a read of `length` elements misses and that `matches`. */
  missedBy(key: number, length: number, matches: (append: number) => boolean): number {
    const { keyStart, appendAt, unreadStart, unread } = this.#versions;
    for (let at = keyStart[key] + length; at < keyStart[key + 1]; at++) {
      if (matches(appendAt[at])) return this.#versions.nodeOf(appendAt[at]);
    }
    for (let i = unreadStart[key]; i < unreadStart[key + 1]; i++) {
      if (matches(unread[i])) return this.#versions.nodeOf(unread[i]);
    }
    return NONE;
  }

  /** A witness without a cycle. @param tell gets the names of the nodes */
  sentence(nodes: readonly number[], tell: (name: (node: number) => string) => string): Witness {
    const distinct = [...new Set(nodes)];
    const name = (node: number) => `T${distinct.indexOf(node) + 1}`;
    return {
      transactions: distinct.map((node) => this.#view(node, name(node))),
      steps: [],
      explanation: tell(name),
    };
  }

  /** A transaction that contradicts itself, with the operation that does. */
  internal(transaction: number, operation: number): Witness {
    const { operationKind, operationKey, operationValue, operationStart } = this.#history;
    const key = operationKey.at(operation);
    const own = this.#firstAppend(transaction, (append) => this.#keyOf(append) === key);
    const place = `operation ${operation - operationStart.at(transaction) + 1} of T1, on key ${this.#history.keyName(key)},`;
    if (operationKind.at(operation) === APPEND) {
      const element = this.#elementOf(operationValue.at(operation));
      return this.sentence([transaction], () => `${place} appends ${element}, which T1 has read before`);
    }
    const list = shownList(this.elements(key, operationValue.at(operation)));
    const appended = own === NONE ? '' : ' and what it appended itself';
    return this.sentence(
      [transaction],
      () => `${place} read ${list}, which contradicts what T1 has read before${appended}`,
    );
  }

  /** A witness with the edges of kind `kinds[i]` from `nodes[i]` to the next, the last one to the first. */
  cycle(nodes: readonly number[], kinds: readonly DependencyKind[]): Witness {
    const steps = nodes.map((node, i): WitnessStep => {
      const next = (i + 1) % nodes.length;
      const [from, to] = [`T${i + 1}`, `T${next + 1}`];
      return { from, to, kind: kinds[i], reason: this.#reason(kinds[i], node, nodes[next], from, to) };
    });
    return { transactions: nodes.map((node, i) => this.#view(node, `T${i + 1}`)), steps, explanation: '' };
  }

  #reason(kind: DependencyKind, from: number, to: number, fromName: string, toName: string): string {
    if (kind === 'rt') {
      const pauseUs = (this.#history.startNs.at(to) - this.#history.endNs.at(from)) / 1000;
      return `${fromName} ended ${pauseUs.toFixed(3)} us before ${toName} began`;
    }
    if (kind === 'rw') return this.#antiDependencyReason(from, to, fromName, toName);
    const { positionOf } = this.#versions;
    if (kind === 'ww') {
      let before = NONE;
      const after = this.#firstAppend(to, (append) => {
        before = this.#firstAppend(
          from,
          (other) => this.#keyOf(other) === this.#keyOf(append) && this.#isBefore(other, append),
        );
        return before !== NONE;
      });
      assert(after !== NONE, 'an edge ww has two appends to one key');
      const [first, second] = [this.#elementOf(before), this.#elementOf(after)];
      const shown = positionOf[after] === NONE ? ', which no read shows yet' : '';
      return `${fromName} appended ${first} to key ${this.#keyName(after)}, ${toName} appended ${second} behind it${shown}`;
    }
    for (let i = this.#reads.start[to]; i < this.#reads.start[to + 1]; i++) {
      const key = this.#reads.key.at(i);
      const end = this.#versions.keyStart[key] + this.#reads.length.at(i);
      const seen = this.#firstAppend(
        from,
        (append) => this.#keyOf(append) === key && positionOf[append] !== NONE && positionOf[append] < end,
      );
      if (seen === NONE) continue;
      const list = shownList(this.elements(key, positionOf[seen] + 1 - this.#versions.keyStart[key]));
      const more = positionOf[seen] + 1 < end ? `${list.slice(0, -1)} ..]` : list;
      return `${fromName} appended ${this.#elementOf(seen)} to key ${this.#history.keyName(key)}, ${toName} read ${more}`;
    }
    return missing('an edge wr has a read that shows the append');
  }

  #antiDependencyReason(from: number, to: number, fromName: string, toName: string): string {
    const { positionOf, keyStart } = this.#versions;
    for (let i = this.#reads.start[from]; i < this.#reads.start[from + 1]; i++) {
      const key = this.#reads.key.at(i);
      const length = this.#reads.length.at(i);
      const end = keyStart[key] + length;
      const missed = this.#firstAppend(
        to,
        (append) => this.#keyOf(append) === key && (positionOf[append] === NONE || positionOf[append] >= end),
      );
      if (missed === NONE) continue;
      const seen = shownList(this.elements(key, length));
      const element = this.#elementOf(missed);
      return `${fromName} read key ${this.#history.keyName(key)} as ${seen}, without ${element} that ${toName} appended`;
    }
    return missing('an edge rw has a read that misses the append');
  }

  #isBefore(first: number, second: number): boolean {
    const { positionOf } = this.#versions;
    if (positionOf[first] === NONE) return false;
    return positionOf[second] === NONE || positionOf[first] < positionOf[second];
  }

  #firstAppend(node: number, matches: (append: number) => boolean): number {
    const unrecorded = this.#versions.appendOfUnrecorded(node);
    if (unrecorded !== NONE) return matches(unrecorded) ? unrecorded : NONE;
    const { operationStart, operationKind, operationValue } = this.#history;
    for (let i = operationStart.at(node); i < operationStart.at(node + 1); i++) {
      if (operationKind.at(i) === APPEND && matches(operationValue.at(i))) return operationValue.at(i);
    }
    return NONE;
  }

  #keyOf(append: number): number {
    return this.#history.appends.first(append);
  }

  #keyName(append: number): number {
    return this.#history.keyName(this.#keyOf(append));
  }

  #elementOf(append: number): number {
    return this.#history.appends.second(append);
  }

  #view(node: number, name: string): TransactionView {
    const history = this.#history;
    const unrecorded = this.#versions.appendOfUnrecorded(node);
    if (unrecorded !== NONE) {
      const operations = [{ append: this.#keyName(unrecorded), element: this.#elementOf(unrecorded) }];
      const unknown = { worker: null, terminal: null, sequence: null, startNs: null, endNs: null };
      return { name, ...unknown, outcome: 'no record', operations };
    }
    const terminal = history.terminal.at(node);
    const operations: OperationView[] = [];
    for (let i = history.operationStart.at(node); i < history.operationStart.at(node + 1); i++) {
      operations.push(this.#operationView(node, i));
    }
    return {
      name,
      worker: history.terminalWorker.at(terminal),
      terminal: history.terminalNumber.at(terminal),
      sequence: history.sequence.at(node),
      outcome: OUTCOMES[history.outcome.at(node)],
      startNs: history.startNs.at(node),
      endNs: history.endNs.at(node),
      operations,
    };
  }

  #operationView(transaction: number, operation: number): OperationView {
    const history = this.#history;
    const key = history.operationKey.at(operation);
    const value = history.operationValue.at(operation);
    const kind = history.operationKind.at(operation);
    if (kind === APPEND) return { append: history.keyName(key), element: this.#elementOf(value) };
    const read = history.keyName(key);
    if (!history.isCommitted(transaction)) return { read, elements: null };
    if (kind !== DISORDERED_READ) return { read, elements: this.elements(key, value) };
    const kept = history.disorderedReads.find((each) => each.transaction === transaction && each.key === key);
    return { read, elements: kept?.elements ?? null };
  }
}

function missing(message: string): never {
  assert(false, message);
}
