/** Reads blocks into a history: every block and every number is tested before it is used. */
import { crc32 } from 'node:zlib';
import { EXIT, OperatingFault } from '../errors.ts';
import { type BlockHeader, HEADER_BYTES, readHeader } from './block-layout.ts';
import { History } from './history.ts';
import { HISTORY_COMMITTED, HISTORY_UNKNOWN, type HistoryOutcome } from './history-writer.ts';

const DAMAGED = 'the history is damaged; repeat the run and its check';

/** The fault for a history that cannot be read (exit status 2). @param where file and byte, or the number of a block */
export const damageFault = (where: string, what: string): OperatingFault =>
  new OperatingFault('FILE', EXIT.usage, `${where}: ${what}; ${DAMAGED}`);

/** Of a history. A header that names more would fill the memory with nothing but terminals. */
const TERMINALS_MAX = 1_000_000;

interface WorkerState {
  firstTerminal: number;
  terminals: number;
  hostId: number;
  nextBlock: number;
  /** By terminal: transactions so far. */
  sequences: Uint32Array;
}

/** Takes the blocks of one history, those of a worker in the order in which it wrote them. */
export class HistoryReader {
  readonly history = new History();
  readonly #workers = new Map<number, WorkerState>();
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #where = '';

  /**
   * Adds a whole block.
   * @param where names the block in faults
   * @throws OperatingFault FILE when the block is damaged or does not belong to the others
   */
  add(block: Uint8Array, where: string): void {
    this.#where = where;
    if (block.length < HEADER_BYTES) this.#refuse(`the block has ${block.length} bytes`);
    const header = readHeader(block);
    if (typeof header === 'string') throw damageFault(where, header);
    if (block.length !== HEADER_BYTES + header.payloadBytes) this.#refuse('the block has another size than it says');
    if (crc32(block.subarray(HEADER_BYTES)) !== header.payloadCrc) this.#refuse("the block's checksum is wrong");
    const worker = this.#workerOf(header);
    this.#bytes = block;
    this.#at = HEADER_BYTES;
    let startNs = header.baseNs;
    for (let record = 0; record < header.records; record++) startNs = this.#readRecord(worker, startNs);
    if (this.#at !== block.length) this.#refuse('the block holds more than its records');
  }

  #workerOf(header: BlockHeader): WorkerState {
    const { worker, terminals, hostId, blockNumber } = header;
    const state = this.#workers.get(worker) ?? this.#addWorker(header);
    if (state.terminals !== terminals || state.hostId !== hostId || blockNumber < state.nextBlock) {
      const what = `block ${blockNumber} of worker ${worker} comes again or from another run`;
      throw new OperatingFault('FILE', EXIT.usage, `${this.#where}: ${what}; give the files of one run, each once`);
    }
    if (blockNumber > state.nextBlock)
      this.#refuse(`block ${state.nextBlock} of worker ${worker} is missing before it`);
    state.nextBlock++;
    return state;
  }

  #addWorker({ worker, terminals, hostId }: BlockHeader): WorkerState {
    const firstTerminal = this.history.terminalWorker.length;
    if (firstTerminal + terminals > TERMINALS_MAX) {
      this.#refuse(`with worker ${worker} there are more than ${TERMINALS_MAX} terminals`);
    }
    // A host that is not itself would be another one for each terminal.
    if (!Number.isSafeInteger(hostId)) this.#refuse('the host id is no whole number');
    for (let terminal = 0; terminal < terminals; terminal++) this.history.addTerminal(worker, terminal, hostId);
    const state = { firstTerminal, terminals, hostId, nextBlock: 0, sequences: new Uint32Array(terminals) };
    this.#workers.set(worker, state);
    return state;
  }

  /** @returns the start of the transaction */
  #readRecord(worker: WorkerState, previousStartNs: number): number {
    const terminal = this.#number();
    const head = this.#number();
    const outcome = head % 4;
    if (terminal >= worker.terminals || outcome > HISTORY_UNKNOWN) this.#refuse('a record does not decode');
    const startNs = previousStartNs + this.#signed();
    const endNs = startNs + this.#number();
    for (let rest = Math.floor(head / 4); rest > 0; rest--) {
      const form = this.#number();
      const key = this.history.key(this.#number());
      if (form === 1) this.#readAppend(key);
      else if (form % 2 === 0) this.#readRead(key, form / 2, outcome === HISTORY_COMMITTED);
      else this.#refuse('an operation does not decode');
    }
    const sequence = (worker.sequences[terminal] as number) + 1;
    worker.sequences[terminal] = sequence;
    this.history.addTransaction(worker.firstTerminal + terminal, sequence, outcome as HistoryOutcome, startNs, endNs);
    return startNs;
  }

  #readAppend(key: number): void {
    const element = this.#number();
    if (this.history.addAppend(key, element)) return;
    const what = `element ${element} is appended to key ${this.history.keyName(key)} a second time`;
    const advice = 'a history needs elements that are unique for their key: give the files of one run, each once';
    throw new OperatingFault('FILE', EXIT.usage, `${this.#where}: ${what}; ${advice}`);
  }

  /** Only what a committed transaction has seen says anything. */
  #readRead(key: number, length: number, isCommitted: boolean): void {
    const { longest } = this.history;
    let element = 0;
    let disordered: number[] | null = null;
    const known = longest.length(key);
    for (let position = 0; position < length; position++) {
      element += this.#signed();
      if (!isCommitted) continue;
      if (disordered !== null) disordered.push(element);
      else if (position >= known) longest.push(key, element);
      else if (longest.at(key, position) !== element) {
        disordered = Array.from({ length: position }, (_, earlier) => longest.at(key, earlier));
        disordered.push(element);
      }
    }
    this.history.addRead(key, length, disordered);
  }

  #signed(): number {
    const first = this.#byte();
    let magnitude = (first & 0x7f) >> 1;
    if (first >= 0x80) magnitude += this.#number() * 64;
    return first & 1 ? -magnitude : magnitude;
  }

  #number(): number {
    let byte = this.#byte();
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    let unit = 128;
    do {
      byte = this.#byte();
      value += (byte & 0x7f) * unit;
      unit *= 128;
    } while (byte >= 0x80);
    if (value > Number.MAX_SAFE_INTEGER) this.#refuse('a number is too large');
    return value;
  }

  #byte(): number {
    if (this.#at >= this.#bytes.length) this.#refuse('the block ends within a record');
    return this.#bytes[this.#at++] as number;
  }

  #refuse(what: string): never {
    throw damageFault(this.#where, what);
  }
}
