/**
 * Histories as text, one transaction a line: `T1 0..10 ok r x [1 2], a x 3`. Times are microseconds; `ok` committed, `fail`
 * aborted, `info` unknown; `@1` behind the times names the host (0 otherwise). Keys are single letters.
 */
import {
  HISTORY_ABORTED,
  HISTORY_COMMITTED,
  HISTORY_UNKNOWN,
  type HistoryOutcome,
  HistoryWriter,
} from '../history-writer.ts';

export type ScriptOperation = { read: number; elements: number[] } | { append: number; element: number };

export interface ScriptTransaction {
  startNs: number;
  endNs: number;
  host: number;
  outcome: HistoryOutcome;
  operations: ScriptOperation[];
}

const OUTCOMES: Record<string, HistoryOutcome> = {
  ok: HISTORY_COMMITTED,
  fail: HISTORY_ABORTED,
  info: HISTORY_UNKNOWN,
};
const LINE = /^T\d+ (\d+)\.\.(\d+)(?: @(\d+))? (ok|fail|info) (.*)$/;
const OPERATION = /^(?:r ([a-z]) \[([\d ]*)\]|a ([a-z]) (\d+))$/;
const FIRST_LETTER = 'a'.charCodeAt(0);

export function parseScript(text: string): ScriptTransaction[] {
  const lines = text.split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '').map(parseLine);
}

function parseLine(line: string): ScriptTransaction {
  const [, start, end, host = '0', outcome, operations] = LINE.exec(line) ?? failure(line);
  return {
    startNs: Number(start) * 1000,
    endNs: Number(end) * 1000,
    host: Number(host),
    outcome: OUTCOMES[outcome],
    operations: operations.split(', ').map(parseOperation),
  };
}

function parseOperation(text: string): ScriptOperation {
  const [, read, list, append, element] = OPERATION.exec(text) ?? failure(text);
  if (append !== undefined) return { append: keyOf(append), element: Number(element) };
  return { read: keyOf(read), elements: list === '' ? [] : list.split(' ').map(Number) };
}

const keyOf = (letter: string): number => letter.charCodeAt(0) - FIRST_LETTER;

function failure(text: string): never {
  throw new Error(`no line of a history: ${text}`);
}

/** The blocks that writers make of the transactions: a worker for each host, a terminal for each transaction. */
export function blocksOf(transactions: readonly ScriptTransaction[]): Uint8Array[] {
  const blocks: Uint8Array[] = [];
  let nowNs = 0;
  for (const host of new Set(transactions.map((each) => each.host))) {
    const sink = (block: Uint8Array) => blocks.push(block);
    const writer = new HistoryWriter(sink, host, transactions.length, () => nowNs, 1000 + host);
    for (const [terminal, transaction] of transactions.entries()) {
      if (transaction.host !== host) continue;
      nowNs = transaction.startNs;
      writer.begin(terminal);
      for (const operation of transaction.operations) tell(writer, terminal, operation);
      nowNs = transaction.endNs;
      writer.end(terminal, transaction.outcome);
    }
    writer.flush();
  }
  return blocks;
}

function tell(writer: HistoryWriter, terminal: number, operation: ScriptOperation): void {
  if ('append' in operation) {
    writer.append(terminal, operation.append, operation.element);
    return;
  }
  writer.read(terminal, operation.read);
  for (const element of operation.elements) writer.element(terminal, element);
}
