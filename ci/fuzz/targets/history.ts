/** History files: any bytes, and blocks whose checksums are right although their content is not. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { HEADER_BYTES, readHeader, writeHeader } from '../../../src/history/block-layout.ts';
import { checkHistory } from '../../../src/history/check-history.ts';
import { blocksOfFile } from '../../../src/history/history-file.ts';
import {
  HISTORY_ABORTED,
  HISTORY_COMMITTED,
  HISTORY_UNKNOWN,
  HistoryWriter,
} from '../../../src/history/history-writer.ts';
import { check, type FuzzTarget, type OpenTarget, valueOrFault } from '../fuzz-target.ts';

/** The first byte of an input: bit 0, its checksums are made right; bit 1, real time does not count; bit 2, missing records are allowed. */
const MENDS = 1;
const IS_SERIALIZABLE = 2;
const ALLOWS_MISSING = 4;

const HEADER_CRC_AT = HEADER_BYTES - 4;
const PAYLOAD_BYTES_AT = 40;
const TERMINALS_AT = 12;
/** More than this take long, until they are refused. */
const MENDED_TERMINALS_MAX = 1_000;
const REFUSED_TERMINALS = 1_000_001;

/** Gives every block that begins where one should the checksums that its bytes have. */
function mend(bytes: Uint8Array): Uint8Array {
  const mended = Uint8Array.from(bytes);
  const view = new DataView(mended.buffer);
  for (let at = 0; at + HEADER_BYTES <= mended.length; ) {
    const payloadBytes = Math.min(view.getUint32(at + PAYLOAD_BYTES_AT, true), mended.length - at - HEADER_BYTES);
    view.setUint32(at + PAYLOAD_BYTES_AT, payloadBytes, true);
    const terminals = view.getUint32(at + TERMINALS_AT, true);
    if (terminals < REFUSED_TERMINALS) view.setUint32(at + TERMINALS_AT, terminals % MENDED_TERMINALS_MAX, true);
    const block = mended.subarray(at, at + HEADER_BYTES + payloadBytes);
    view.setUint32(at + HEADER_CRC_AT, crc32(block.subarray(0, HEADER_CRC_AT)), true);
    const header = readHeader(block);
    if (typeof header === 'string') return mended;
    writeHeader(block, { ...header, payloadCrc: crc32(block.subarray(HEADER_BYTES)) });
    at += block.length;
  }
  return mended;
}

/** Three terminals append to and read two lists, in order, or each with a view of its own. */
export function exampleHistory(isOrderly: boolean, workers: number): Uint8Array {
  const blocks: Uint8Array[] = [];
  let nowNs = 1_000;
  const lists: number[][] = [[], []];
  for (let worker = 0; worker < workers; worker++) {
    const writer = new HistoryWriter(
      (block) => blocks.push(block),
      worker,
      3,
      () => nowNs++,
      7,
    );
    for (let i = 0; i < 12; i++) {
      const terminal = i % 3;
      const outcome = i % 5 === 4 ? HISTORY_ABORTED : i % 7 === 6 ? HISTORY_UNKNOWN : HISTORY_COMMITTED;
      const element = 100 * worker + i + 1;
      writer.begin(terminal);
      writer.read(terminal, i % 2);
      const seen = isOrderly ? lists[i % 2] : lists[i % 2].slice(0, -1 - (i % 3)).reverse();
      for (const each of seen) writer.element(terminal, each);
      writer.append(terminal, (i + 1) % 2, element);
      if (outcome === HISTORY_COMMITTED) lists[(i + 1) % 2].push(element);
      writer.end(terminal, outcome);
      if (i % 6 === 5) writer.flush();
    }
    writer.flush();
  }
  return Buffer.concat(blocks);
}

export const HISTORY: FuzzTarget = {
  name: 'history',
  describe: 'History files: reader and checker',
  bytesMax: 8_192,
  dictionary: [
    'DBTH',
    ...[1, 2].map((workers) => exampleHistory(false, workers)),
    exampleHistory(true, 1).subarray(0, HEADER_BYTES),
  ],
  guidedBy: /\/src\/history\//,
  knownFailures: [],
  seeds: () =>
    [0, MENDS, MENDS | IS_SERIALIZABLE, MENDS | ALLOWS_MISSING].flatMap((flags) =>
      [true, false].map((isOrderly) =>
        Buffer.concat([Uint8Array.of(flags), exampleHistory(isOrderly, 1 + (flags & 1))]),
      ),
    ),
  open: async (): Promise<OpenTarget> => {
    const folder = mkdtempSync(join(tmpdir(), 'dbtest-fuzz-history-'));
    const path = join(folder, 'history');
    return {
      execute: (input) => {
        const flags = input[0] ?? 0;
        const bytes = input.subarray(1);
        writeFileSync(path, (flags & MENDS) !== 0 ? mend(bytes) : bytes);
        const notes: string[] = [];
        const blocks = valueOrFault(() => [...blocksOfFile(path, (note) => notes.push(note))]);
        if (blocks === null) return;
        check(notes.length <= 1, 'more than the last block is torn');
        const verdict = valueOrFault(() =>
          checkHistory(
            blocks.map((block) => block.bytes),
            {
              model: (flags & IS_SERIALIZABLE) !== 0 ? 'serializable' : 'strict-serializable',
              allowMissing: (flags & ALLOWS_MISSING) !== 0,
            },
          ),
        );
        if (verdict === null) return;
        check(verdict.isValid === (verdict.findings.length === 0), 'a history is valid and has findings, or neither');
      },
      close: async () => rmSync(folder, { recursive: true }),
    };
  },
};
