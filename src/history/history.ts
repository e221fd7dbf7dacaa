/**
 * A history in memory: columns of typed arrays, no object for a transaction. A read is kept as its length only, since every
 * read of a key has to be a prefix of the longest one; the few that are not are kept whole.
 */
import { growingBytes, growingNumbers, growingUnsigned } from './growing-array.ts';
import { HISTORY_COMMITTED, type HistoryOutcome } from './history-writer.ts';
import { ListArena } from './list-arena.ts';
import { PairIndex } from './pair-index.ts';

/** Kinds of operations. */
export const READ = 0;
export const APPEND = 1;
/** A read that contradicts the longest one of its key. */
export const DISORDERED_READ = 2;

/** How many contradicting reads are kept whole. */
const DISORDERED_READS_MAX = 100;

/** A read that contradicts the longest one. */
export interface DisorderedRead {
  transaction: number;
  key: number;
  elements: number[];
}

/**
 * Transactions, operations, appends, keys and terminals are numbered from 0, in the order in which they are added.
 * `operationStart` has one entry more than there are transactions.
 */
export class History {
  readonly startNs = growingNumbers();
  readonly endNs = growingNumbers();
  readonly outcome = growingBytes();
  readonly terminal = growingUnsigned();
  /** Number among the transactions of its terminal, from 1. */
  readonly sequence = growingUnsigned();
  readonly operationStart = growingUnsigned();

  readonly operationKind = growingBytes();
  readonly operationKey = growingUnsigned();
  /** Length of a read; number of an append. */
  readonly operationValue = growingUnsigned();

  /** Key and element of each append. */
  readonly appends = new PairIndex();
  readonly appendTransaction = growingUnsigned();

  /** The names of the keys; the first half is always 0. */
  readonly keys = new PairIndex();
  /** By key: the longest committed read. */
  readonly longest = new ListArena();
  /** By key: whether two committed reads contradict each other. */
  readonly isDisordered = growingBytes();
  readonly disorderedReads: DisorderedRead[] = [];
  disorderedReadCount = 0;

  readonly hosts: number[] = [];
  readonly terminalWorker = growingUnsigned();
  readonly terminalNumber = growingUnsigned();
  readonly terminalHost = growingUnsigned();

  /** By outcome. */
  readonly outcomes: [number, number, number] = [0, 0, 0];
  reads = 0;

  constructor() {
    this.operationStart.push(0);
  }

  get transactions(): number {
    return this.outcome.length;
  }

  /** The name of a key, as the transactions know it. */
  keyName(key: number): number {
    return this.keys.second(key);
  }

  /** Index into `hosts`. */
  hostOf(transaction: number): number {
    return this.terminalHost.at(this.terminal.at(transaction));
  }

  addTerminal(worker: number, terminal: number, hostId: number): void {
    let host = this.hosts.indexOf(hostId);
    if (host < 0) host = this.hosts.push(hostId) - 1;
    this.terminalWorker.push(worker);
    this.terminalNumber.push(terminal);
    this.terminalHost.push(host);
  }

  /** The dense number of a key. */
  key(name: number): number {
    const key = this.keys.add(0, name);
    if (key === this.longest.size) {
      this.longest.add();
      this.isDisordered.push(0);
    }
    return key;
  }

  /** Adds an append of the transaction that is being added. @returns false when the element is in the history already */
  addAppend(key: number, element: number): boolean {
    const append = this.appends.add(key, element);
    if (append !== this.appendTransaction.length) return false;
    this.appendTransaction.push(this.transactions);
    this.#addOperation(APPEND, key, append);
    return true;
  }

  /** Adds a read of the transaction that is being added. */
  addRead(key: number, length: number, disordered: number[] | null): void {
    this.reads++;
    this.#addOperation(disordered === null ? READ : DISORDERED_READ, key, length);
    if (disordered === null) return;
    this.isDisordered.values[key] = 1;
    this.disorderedReadCount++;
    if (this.disorderedReads.length < DISORDERED_READS_MAX) {
      this.disorderedReads.push({ transaction: this.transactions, key, elements: disordered });
    }
  }

  /** Completes a transaction, behind its operations. */
  addTransaction(terminal: number, sequence: number, outcome: HistoryOutcome, startNs: number, endNs: number): void {
    this.terminal.push(terminal);
    this.sequence.push(sequence);
    this.outcome.push(outcome);
    this.startNs.push(startNs);
    this.endNs.push(endNs);
    this.operationStart.push(this.operationKind.length);
    this.outcomes[outcome]++;
  }

  isCommitted(transaction: number): boolean {
    return this.outcome.at(transaction) === HISTORY_COMMITTED;
  }

  #addOperation(kind: number, key: number, value: number): void {
    this.operationKind.push(kind);
    this.operationKey.push(key);
    this.operationValue.push(value);
  }
}
