/**
 * History of transactions on lists, main file of the folder: what each transaction read and appended, written as blocks of
 * compact records, and the checker that judges them. The writer runs on a worker's thread, where it notes operations without
 * allocating; everything else runs on the thread of who asks for the check. The folder knows no workload, no engine, no
 * message and no command line: blocks go to a function and come from an iterable.
 */
import { crc32 } from 'node:zlib';
import { assert } from '../assert.ts';
import { HEADER_BYTES, writeHeader } from './block-layout.ts';

export const HISTORY_COMMITTED = 0;
/** Certainly without effect. */
export const HISTORY_ABORTED = 1;
/** May or may not have happened. */
export const HISTORY_UNKNOWN = 2;

export type HistoryOutcome = typeof HISTORY_COMMITTED | typeof HISTORY_ABORTED | typeof HISTORY_UNKNOWN;

/** A block is handed out when it has reached this size. */
const BLOCK_BYTES = 256 << 10;
/** The most that one number takes: 53 bits in groups of 7, the sign included. */
const NUMBER_BYTES_MAX = 8;
const RECORD_HEAD_NUMBERS = 4;
/** Stands in a note where a read has its length. */
const APPEND = -1;
const NO_READ = -1;
const FIRST_NOTES = 32;

/**
 * Records the transactions of one worker. A transaction is told by `begin`, its operations in the order in which they ran, and
 * `end`; terminals may interleave. Keys, elements and times are whole numbers from 0 to 2^53 - 1, and an element is
 * appended to a key at most once in the whole history, aborted attempts included.
 */
export class HistoryWriter {
  readonly #sink: (block: Uint8Array) => void;
  readonly #worker: number;
  readonly #terminals: number;
  readonly #clockNs: () => number;
  readonly #hostId: number;
  /** By terminal: operations as [length of a read or APPEND, key, elements...]. */
  readonly #notes: Float64Array[];
  readonly #noted: Uint32Array;
  readonly #operations: Uint32Array;
  readonly #startNs: Float64Array;
  readonly #isOpen: Uint8Array;
  /** By terminal: where the length of the read stands that elements belong to. */
  readonly #openRead: Int32Array;
  #block = new Uint8Array(HEADER_BYTES + BLOCK_BYTES);
  #used = HEADER_BYTES;
  #records = 0;
  #blocks = 0;
  #baseNs = 0;
  #previousStartNs = 0;

  /**
   * @param sink appends one whole block to the file, in one write; it may keep the block
   * @param worker number of the worker in the cluster
   * @param terminals numbered from 0
   * @param clockNs monotonic, shared by all processes of a host, whole nanoseconds
   * @param hostId whole number; only transactions with the same one are compared by time
   */
  constructor(
    sink: (block: Uint8Array) => void,
    worker: number,
    terminals: number,
    clockNs: () => number,
    hostId: number,
  ) {
    assert(Number.isSafeInteger(hostId), 'a host id is a whole number');
    this.#sink = sink;
    this.#worker = worker;
    this.#terminals = terminals;
    this.#clockNs = clockNs;
    this.#hostId = hostId;
    this.#notes = Array.from({ length: terminals }, () => new Float64Array(FIRST_NOTES));
    this.#noted = new Uint32Array(terminals);
    this.#operations = new Uint32Array(terminals);
    this.#startNs = new Float64Array(terminals);
    this.#isOpen = new Uint8Array(terminals);
    this.#openRead = new Int32Array(terminals).fill(NO_READ);
  }

  /** The terminal invokes a transaction: notes its start, forgets what was noted. */
  begin(terminal: number): void {
    assert(terminal >= 0 && terminal < this.#terminals, 'the history knows no such terminal');
    this.#startNs[terminal] = this.#clockNs();
    this.#isOpen[terminal] = 1;
    this.#forget(terminal);
  }

  /** Another attempt at the same transaction: forgets reads and appends, keeps the start. */
  restart(terminal: number): void {
    assert(this.#isOpen[terminal] === 1, 'a transaction that restarts has begun');
    this.#forget(terminal);
  }

  /** A read of a key's list; `element` follows for each element, in order. */
  read(terminal: number, key: number): void {
    const at = this.#operation(terminal, 2);
    const notes = this.#notes[terminal] as Float64Array;
    notes[at] = 0;
    notes[at + 1] = key;
    this.#openRead[terminal] = at;
  }

  /** The next element that the terminal's last read has seen. */
  element(terminal: number, element: number): void {
    const read = this.#openRead[terminal] as number;
    assert(read >= 0, 'an element belongs to a read');
    const at = this.#room(terminal, 1);
    const notes = this.#notes[terminal] as Float64Array;
    notes[at] = element;
    (notes[read] as number)++;
  }

  append(terminal: number, key: number, element: number): void {
    const at = this.#operation(terminal, 3);
    const notes = this.#notes[terminal] as Float64Array;
    notes[at] = APPEND;
    notes[at + 1] = key;
    notes[at + 2] = element;
    this.#openRead[terminal] = NO_READ;
  }

  /** The terminal knows the outcome: notes the end and keeps the record. Operations of an aborted transaction are kept too. */
  end(terminal: number, outcome: HistoryOutcome): void {
    assert(this.#isOpen[terminal] === 1, 'a transaction that ends has begun');
    this.#isOpen[terminal] = 0;
    const noted = this.#noted[terminal] as number;
    this.#makeRoom((RECORD_HEAD_NUMBERS + noted) * NUMBER_BYTES_MAX);
    const startNs = this.#startNs[terminal] as number;
    if (this.#records === 0) {
      this.#baseNs = startNs;
      this.#previousStartNs = startNs;
    }
    this.#writeNumber(terminal);
    this.#writeNumber(outcome + 4 * (this.#operations[terminal] as number));
    this.#writeSigned(startNs - this.#previousStartNs);
    this.#writeNumber(this.#clockNs() - startNs);
    this.#writeOperations(this.#notes[terminal] as Float64Array, noted);
    this.#previousStartNs = startNs;
    this.#records++;
    if (this.#used >= BLOCK_BYTES) this.flush();
  }

  /** Hands out what is left; transactions that have not ended are in no record. */
  flush(): void {
    if (this.#records === 0) return;
    const block = this.#block.slice(0, this.#used);
    writeHeader(block, {
      worker: this.#worker,
      terminals: this.#terminals,
      blockNumber: this.#blocks,
      records: this.#records,
      hostId: this.#hostId,
      baseNs: this.#baseNs,
      payloadBytes: this.#used - HEADER_BYTES,
      payloadCrc: crc32(block.subarray(HEADER_BYTES)),
    });
    this.#blocks++;
    this.#records = 0;
    this.#used = HEADER_BYTES;
    this.#sink(block);
  }

  #forget(terminal: number): void {
    this.#noted[terminal] = 0;
    this.#operations[terminal] = 0;
    this.#openRead[terminal] = NO_READ;
  }

  #operation(terminal: number, numbers: number): number {
    assert(this.#isOpen[terminal] === 1, 'an operation belongs to a transaction that has begun');
    (this.#operations[terminal] as number)++;
    return this.#room(terminal, numbers);
  }

  #room(terminal: number, numbers: number): number {
    const at = this.#noted[terminal] as number;
    const notes = this.#notes[terminal] as Float64Array;
    if (at + numbers > notes.length) {
      const larger = new Float64Array(notes.length * 2);
      larger.set(notes);
      this.#notes[terminal] = larger;
    }
    this.#noted[terminal] = at + numbers;
    return at;
  }

  #makeRoom(sizeBytes: number): void {
    if (this.#used + sizeBytes <= this.#block.length) return;
    this.flush();
    if (HEADER_BYTES + sizeBytes > this.#block.length) this.#block = new Uint8Array(HEADER_BYTES + sizeBytes);
  }

  #writeOperations(notes: Float64Array, noted: number): void {
    let at = 0;
    while (at < noted) {
      const length = notes[at] as number;
      const key = notes[at + 1] as number;
      at += 2;
      if (length === APPEND) {
        this.#writeNumber(1);
        this.#writeNumber(key);
        this.#writeNumber(notes[at++] as number);
        continue;
      }
      this.#writeNumber(2 * length);
      this.#writeNumber(key);
      let previous = 0;
      for (const end = at + length; at < end; at++) {
        const element = notes[at] as number;
        assert(element >= 0, 'an element is not negative');
        this.#writeSigned(element - previous);
        previous = element;
      }
    }
  }

  #writeSigned(value: number): void {
    const isNegative = value < 0;
    const magnitude = isNegative ? -value : value;
    assert(Number.isSafeInteger(magnitude), 'a history holds whole numbers below 2^53');
    const first = ((magnitude % 64) << 1) | (isNegative ? 1 : 0);
    if (magnitude < 64) {
      this.#block[this.#used++] = first;
      return;
    }
    this.#block[this.#used++] = first | 0x80;
    this.#writeNumber(Math.floor(magnitude / 64));
  }

  #writeNumber(value: number): void {
    assert(Number.isSafeInteger(value) && value >= 0, 'a history holds whole numbers from 0, below 2^53');
    const block = this.#block;
    let used = this.#used;
    let rest = value;
    while (rest >= 0x8000_0000) {
      block[used++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    while (rest >= 0x80) {
      block[used++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    block[used++] = rest;
    this.#used = used;
  }
}
