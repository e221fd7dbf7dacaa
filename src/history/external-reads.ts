/**
 * What each committed transaction has read of others: for every key its first read, without its own appends. Later reads of the
 * same key have to follow from it (the anomaly "internal") and add nothing.
 */
import { growingUnsigned } from './growing-array.ts';
import { APPEND, DISORDERED_READ, type History, READ } from './history.ts';
import { NONE, type Versions } from './versions.ts';

/** What a transaction does not see of itself; the positions are those of its operations. */
export type InternalHandler = (transaction: number, operation: number) => void;

/** The reads of transaction t are those from `start[t]` to `start[t + 1]`. */
export class ExternalReads {
  readonly start: Uint32Array;
  readonly key = growingUnsigned();
  /** Versions of the key that the transaction saw. */
  readonly length = growingUnsigned();
  /** By append: whether its transaction appends to the same key again. */
  readonly isIntermediate: Uint8Array;
  /** By key: reads that saw all versions. */
  readonly readersOfEnd: Uint32Array;

  readonly #history: History;
  readonly #versions: Versions;
  /** By key, for the transaction in hand: number of the transaction plus 1, own appends, last one, length of the first and last read. */
  readonly #touchedBy: Uint32Array;
  readonly #ownAppends: Uint32Array;
  readonly #lastOwn: Int32Array;
  readonly #baseLength: Int32Array;
  readonly #lastLength: Uint32Array;

  constructor(history: History, versions: Versions, onInternal: InternalHandler) {
    const keys = history.keys.size;
    this.#history = history;
    this.#versions = versions;
    this.start = new Uint32Array(history.transactions + 1);
    this.isIntermediate = new Uint8Array(history.appends.size);
    this.readersOfEnd = new Uint32Array(keys);
    this.#touchedBy = new Uint32Array(keys);
    this.#ownAppends = new Uint32Array(keys);
    this.#lastOwn = new Int32Array(keys);
    this.#baseLength = new Int32Array(keys);
    this.#lastLength = new Uint32Array(keys);
    for (let transaction = 0; transaction < history.transactions; transaction++) {
      this.#walk(transaction, onInternal);
      this.start[transaction + 1] = this.key.length;
    }
  }

  #walk(transaction: number, onInternal: InternalHandler): void {
    const { operationStart, operationKind, operationKey, operationValue } = this.#history;
    const from = operationStart.at(transaction);
    const to = operationStart.at(transaction + 1);
    const isCommitted = this.#history.isCommitted(transaction);
    for (let operation = from; operation < to; operation++) {
      const kind = operationKind.at(operation);
      const key = operationKey.at(operation);
      if (this.#touchedBy[key] !== transaction + 1) this.#touch(key, transaction);
      const value = operationValue.at(operation);
      if (kind === APPEND) {
        const sawIt = this.#append(key, value);
        if (isCommitted && sawIt) onInternal(transaction, operation);
      } else if (isCommitted && kind === READ && !this.#read(key, value, from, operation)) {
        onInternal(transaction, operation);
      } else if (kind === DISORDERED_READ && this.#baseLength[key] === NONE) {
        // Nothing can be said about the key's later reads either; the contradiction is reported for itself.
        this.#baseLength[key] = UNUSABLE;
      }
    }
  }

  #touch(key: number, transaction: number): void {
    this.#touchedBy[key] = transaction + 1;
    this.#ownAppends[key] = 0;
    this.#lastOwn[key] = NONE;
    this.#baseLength[key] = NONE;
    this.#lastLength[key] = 0;
  }

  /** @returns whether an earlier read of the transaction shows the append already */
  #append(key: number, append: number): boolean {
    const last = this.#lastOwn[key];
    if (last !== NONE) this.isIntermediate[last] = 1;
    this.#lastOwn[key] = append;
    this.#ownAppends[key]++;
    const position = this.#versions.positionOf[append];
    return position !== NONE && position < this.#versions.keyStart[key] + this.#lastLength[key];
  }

  /** @returns whether the read follows from what the transaction did before */
  #read(key: number, length: number, from: number, operation: number): boolean {
    const own = this.#ownAppends[key];
    const isFirst = this.#baseLength[key] === NONE;
    if (this.#baseLength[key] === UNUSABLE) return true;
    const base = isFirst ? length - own : this.#baseLength[key];
    this.#lastLength[key] = length;
    if (base < 0 || length !== base + own || (own > 0 && !this.#endsWithOwn(key, base, from, operation))) {
      if (isFirst) this.#baseLength[key] = UNUSABLE;
      return false;
    }
    if (!isFirst) return true;
    this.#baseLength[key] = base;
    this.key.push(key);
    this.length.push(base);
    const { keyStart } = this.#versions;
    if (base === keyStart[key + 1] - keyStart[key]) this.readersOfEnd[key]++;
    return true;
  }

  /** Whether the appends of the operations from `from` to `to` stand in the key's list from `base` on, in their order. */
  #endsWithOwn(key: number, base: number, from: number, to: number): boolean {
    const { operationKind, operationKey, operationValue } = this.#history;
    let position = this.#versions.keyStart[key] + base;
    for (let operation = from; operation < to; operation++) {
      if (operationKind.at(operation) !== APPEND || operationKey.at(operation) !== key) continue;
      if (this.#versions.positionOf[operationValue.at(operation)] !== position) return false;
      position++;
    }
    return true;
  }
}

/** The base of a key whose reads by the transaction in hand contradict something. */
const UNUSABLE = -2;
