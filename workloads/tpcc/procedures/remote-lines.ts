/**
 * The lines of a New-Order that other partitions supply (TPC-C 2.4.1.5): the fragments that the home sends, what each
 * supplier does with its own, and what the home keeps of the answers until its own part runs.
 *
 *   fragment: I0 district, I1 lines; a line: I0 I_ID, I1 S_W_ID, I2 quantity, I3 line
 *   answer:   a line: I0 line, I1 S_QUANTITY, I2 1 where S_DATA has ORIGINAL, I3 unused, I4..I9 S_DIST_xx
 */
import { assert } from '../../../src/assert.ts';
import type { FragmentCall, RemoteFragments } from '../../../src/bench/contract.ts';
import type { Terminal } from '../inputs.ts';
import { MOST_LINES } from '../specification.ts';
import { sellStock } from './stock-sale.ts';
import type { Tables } from './tables.ts';
import { containsOriginal } from './text-bytes.ts';

/** Int32 elements, two of which are a word. */
const HEAD_INT32S = 2;
const LINE_INT32S = 4;
const DISTRICT_INFO_INT32S = 6;
const ANSWER_LINE_INT32S = 4 + DISTRICT_INFO_INT32S;

/** Words of the longest fragment or answer. */
export const REMOTE_LINES_WORDS = (MOST_LINES * ANSWER_LINE_INT32S) / 2;

const NOT_SENT = -1;

/** What one terminal's New-Order heard of its remote lines; by line. */
export class RemoteLines {
  readonly quantities = new Int32Array(MOST_LINES);
  readonly originals = new Uint8Array(MOST_LINES);
  private readonly districtInfo = new Int32Array(MOST_LINES * DISTRICT_INFO_INT32S);

  /** Keeps a supplier's answer. */
  receive(int32s: Int32Array, at: number, bodyWords: number): void {
    const end = at + 2 * bodyWords;
    for (let from = at; from < end; from += ANSWER_LINE_INT32S) {
      const line = int32s[from];
      this.quantities[line] = int32s[from + 1];
      this.originals[line] = int32s[from + 2];
      const to = line * DISTRICT_INFO_INT32S;
      for (let i = 0; i < DISTRICT_INFO_INT32S; i++) this.districtInfo[to + i] = int32s[from + 4 + i];
    }
  }

  /** Writes the line's S_DIST_xx. */
  putDistrictInfo(line: number, int32s: Int32Array, at: number): void {
    const from = line * DISTRICT_INFO_INT32S;
    for (let i = 0; i < DISTRICT_INFO_INT32S; i++) int32s[at + i] = this.districtInfo[from + i];
  }
}

/** Sends and executes the fragments. */
export class RemoteLinesFragment {
  private readonly tables: Tables;
  private readonly rows = new Int32Array(MOST_LINES);
  private readonly left = new Int32Array(MOST_LINES);
  /** Worker of each line, NOT_SENT where the line is at home or in a fragment already. */
  private readonly workers = new Int32Array(MOST_LINES);

  constructor(tables: Tables) {
    this.tables = tables;
  }

  /**
   * Sends one fragment to each worker that supplies a line. An unused item has no stock anywhere (2.4.1.4).
   * @param items I_IDs above this are unused
   * @returns whether there was any
   */
  send(input: Terminal, remote: RemoteFragments, kind: number, items: number): boolean {
    const { workers } = this;
    const { lineCount, supplyWarehouseIds, itemIds } = input;
    for (let line = 0; line < lineCount; line++) {
      const worker = remote.workerOf(supplyWarehouseIds[line]);
      workers[line] = worker === remote.worker || itemIds[line] > items ? NOT_SENT : worker;
    }
    let sent = false;
    for (let line = 0; line < lineCount; line++) {
      if (workers[line] === NOT_SENT) continue;
      this.sendTo(workers[line], line, input, remote, kind);
      sent = true;
    }
    return sent;
  }

  private sendTo(worker: number, firstLine: number, input: Terminal, remote: RemoteFragments, kind: number): void {
    const { workers } = this;
    let lines = 0;
    for (let line = firstLine; line < input.lineCount; line++) if (workers[line] === worker) lines++;
    const at = remote.fragment(worker, kind, (HEAD_INT32S + lines * LINE_INT32S) / 2);
    const { int32s } = remote;
    int32s[at] = input.districtId;
    int32s[at + 1] = lines;
    let to = at + HEAD_INT32S;
    for (let line = firstLine; line < input.lineCount; line++) {
      if (workers[line] !== worker) continue;
      workers[line] = NOT_SENT;
      int32s[to] = input.itemIds[line];
      int32s[to + 1] = input.supplyWarehouseIds[line];
      int32s[to + 2] = input.quantities[line];
      int32s[to + 3] = line;
      to += LINE_INT32S;
    }
  }

  /** At the supplier: takes the stock of all lines, or none when one is refused. */
  execute(call: FragmentCall): boolean {
    const { stock } = this.tables;
    const { int32s, at, access } = call;
    const { rows } = this;
    const lines = int32s[at + 1];
    assert(lines >= 1 && lines <= MOST_LINES, 'a fragment has the lines of one order');
    let from = at + HEAD_INT32S;
    for (let i = 0; i < lines; i++, from += LINE_INT32S) {
      const row = stock.primary.get(stock.primary.key.of2(int32s[from + 1], int32s[from]));
      assert(row >= 0, 'a supplier has the stock that it is asked for');
      if (!access.write(stock.table, row)) return false;
      rows[i] = row;
    }
    this.sell(call, lines);
    return true;
  }

  private sell(call: FragmentCall, lines: number): void {
    const { stock } = this.tables;
    const { table } = stock;
    const { int32s, at, transaction } = call;
    const districtInfo = stock.districtInfo[int32s[at]];
    let from = at + HEAD_INT32S;
    for (let i = 0; i < lines; i++, from += LINE_INT32S) {
      this.left[i] = sellStock(transaction, stock, this.rows[i], int32s[from + 2], true);
    }
    let to = call.answer((lines * ANSWER_LINE_INT32S) / 2);
    const answer = call.answerInt32s;
    from = at + HEAD_INT32S;
    for (let i = 0; i < lines; i++, from += LINE_INT32S, to += ANSWER_LINE_INT32S) {
      const row = this.rows[i];
      const dataAt = table.byteOffset(row, stock.data) + 1;
      answer[to] = int32s[from + 3];
      answer[to + 1] = this.left[i];
      answer[to + 2] = containsOriginal(table.bytesOf(row), dataAt, table.textLength(row, stock.data)) ? 1 : 0;
      answer[to + 3] = 0;
      const source = table.int32sOf(row);
      const infoAt = table.byteOffset(row, districtInfo) >> 2;
      for (let j = 0; j < DISTRICT_INFO_INT32S; j++) answer[to + 4 + j] = source[infoAt + j];
    }
  }
}
