import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OperatingFault } from '../errors.ts';
import { HEADER_BYTES, writeHeader } from './block-layout.ts';
import { APPEND, type History } from './history.ts';
import { HistoryReader } from './history-reader.ts';
import { HISTORY_COMMITTED, HistoryWriter } from './history-writer.ts';
import { blocksOf, parseScript, type ScriptOperation, type ScriptTransaction } from './testing/scripts.ts';

/** A whole number of any size. */
const number = fc.oneof(
  fc.nat(300),
  fc.nat(),
  fc.maxSafeNat(),
  fc.constantFrom(127, 128, 2 ** 31 - 1, 2 ** 31, 2 ** 53 - 1),
);

/** Programs whose reads are prefixes of one list for each key, and whose elements are unique. */
const transactions: fc.Arbitrary<ScriptTransaction[]> = fc
  .record({
    keys: fc.uniqueArray(number, { minLength: 1, maxLength: 3 }),
    elements: fc.uniqueArray(number, { minLength: 4, maxLength: 40 }),
    shapes: fc.array(
      fc.record({
        times: fc.tuple(number, fc.nat(2 ** 40)).filter(([start, duration]) => Number.isSafeInteger(start + duration)),
        host: fc.nat(1),
        outcome: fc.constantFrom(0 as const, 1 as const, 2 as const),
        operations: fc.array(fc.record({ key: fc.nat(2), length: fc.nat(40), appends: fc.boolean() }), {
          maxLength: 5,
        }),
      }),
      { minLength: 1, maxLength: 8 },
    ),
  })
  .map(({ keys, elements, shapes }) => {
    let appended = 0;
    return shapes.map(({ times: [startNs, durationNs], host, outcome, operations }) => ({
      startNs,
      endNs: startNs + durationNs,
      host,
      outcome,
      operations: operations.flatMap(({ key, length, appends }): ScriptOperation[] => {
        const name = keys[key % keys.length];
        if (!appends) return [{ read: name, elements: elements.slice(0, length) }];
        return appended < elements.length ? [{ append: name, element: elements[appended++] }] : [];
      }),
    }));
  });

/** What the history holds, as the transactions that were told; reads that say nothing have a length only. */
function transactionsOf(history: History): unknown[] {
  return Array.from({ length: history.transactions }, (_, i) => {
    const operations: unknown[] = [];
    for (let at = history.operationStart.at(i); at < history.operationStart.at(i + 1); at++) {
      const key = history.operationKey.at(at);
      const value = history.operationValue.at(at);
      if (history.operationKind.at(at) === APPEND) {
        operations.push({ append: history.keyName(key), element: history.appends.second(value) });
        continue;
      }
      const elements = Array.from({ length: value }, (_, position) => history.longest.at(key, position));
      operations.push({ read: history.keyName(key), ...(history.isCommitted(i) ? { elements } : { length: value }) });
    }
    return {
      startNs: history.startNs.at(i),
      endNs: history.endNs.at(i),
      host: history.hosts[history.hostOf(i)] - 1000,
      outcome: history.outcome.at(i),
      operations,
    };
  });
}

const comparable = (told: readonly ScriptTransaction[]): unknown[] =>
  told.map((each) => ({
    ...each,
    operations: each.operations.map((operation) => {
      if ('append' in operation || each.outcome === HISTORY_COMMITTED) return operation;
      return { read: operation.read, length: operation.elements.length };
    }),
  }));

function readAll(blocks: readonly Uint8Array[]): History {
  const reader = new HistoryReader();
  for (const [i, block] of blocks.entries()) reader.add(block, `block ${i}`);
  return reader.history;
}

const refusal = (blocks: readonly Uint8Array[]): string => {
  try {
    readAll(blocks);
  } catch (error) {
    if (error instanceof OperatingFault && error.exitStatus === 2) return error.message;
    throw error;
  }
  return 'nothing was refused';
};

describe('blocks', () => {
  it('hold what was told', () => {
    fc.assert(
      fc.property(transactions, (told) => {
        const byHost = [...new Set(told.map(({ host }) => host))].flatMap((host) =>
          told.filter((each) => each.host === host),
        );
        expect(transactionsOf(readAll(blocksOf(told)))).toEqual(comparable(byHost));
      }),
      { numRuns: 500 },
    );
  });

  it('are handed out when they are full, in order, and a large record has one of its own', () => {
    const blocks: Uint8Array[] = [];
    let nowNs = 0;
    const writer = new HistoryWriter(
      (block) => blocks.push(block),
      3,
      2,
      () => nowNs++,
      1,
    );
    const lengths = [10, 100_000, 10, ...Array.from({ length: 200 }, () => 2000)];
    for (const [i, length] of lengths.entries()) {
      writer.begin(i % 2);
      writer.read(i % 2, 5);
      for (let element = 0; element < length; element++) writer.element(i % 2, element * 1000);
      writer.end(i % 2, HISTORY_COMMITTED);
    }
    writer.flush();
    writer.flush();
    expect(blocks.length).toBeGreaterThan(3);
    const history = readAll(blocks);
    expect(Array.from(history.operationValue.values.subarray(0, history.transactions))).toEqual(lengths);
    expect(history.sequence.at(history.transactions - 1)).toBe(Math.ceil(lengths.length / 2));
  });

  it('forget what an earlier attempt did, and keep its start', () => {
    const blocks: Uint8Array[] = [];
    let nowNs = 5;
    const writer = new HistoryWriter(
      (block) => blocks.push(block),
      0,
      1,
      () => nowNs,
      1,
    );
    writer.begin(0);
    writer.append(0, 1, 1);
    nowNs = 9;
    writer.restart(0);
    writer.append(0, 2, 1);
    writer.end(0, HISTORY_COMMITTED);
    writer.flush();
    const history = readAll(blocks);
    expect(transactionsOf(history)).toMatchObject([{ startNs: 5, endNs: 9, operations: [{ append: 2, element: 1 }] }]);
  });

  it('interleave between terminals', () => {
    const blocks: Uint8Array[] = [];
    let nowNs = 0;
    const writer = new HistoryWriter(
      (block) => blocks.push(block),
      0,
      2,
      () => ++nowNs,
      1,
    );
    writer.begin(0);
    writer.begin(1);
    writer.read(0, 7);
    writer.append(1, 7, 1);
    writer.element(0, 1);
    writer.end(1, HISTORY_COMMITTED);
    writer.end(0, HISTORY_COMMITTED);
    writer.flush();
    expect(transactionsOf(readAll(blocks))).toMatchObject([
      { startNs: 2, endNs: 3, operations: [{ append: 7, element: 1 }] },
      { startNs: 1, endNs: 4, operations: [{ read: 7, elements: [1] }] },
    ]);
  });
});

describe('the writer refuses', () => {
  const writer = new HistoryWriter(
    () => undefined,
    0,
    1,
    () => 0,
    1,
  );
  it.each<[what: string, act: () => void]>([
    ['an end without a beginning', () => writer.end(0, 0)],
    ['an operation without a beginning', () => writer.append(0, 1, 1)],
    [
      'an element without a read',
      () => {
        writer.begin(0);
        writer.append(0, 1, 1);
        writer.element(0, 1);
      },
    ],
    [
      'a number that is none',
      () => {
        writer.begin(0);
        writer.append(0, 1, Number.NaN);
        writer.end(0, 0);
      },
    ],
    [
      'an element below 0',
      () => {
        writer.begin(0);
        writer.read(0, 1);
        writer.element(0, -1);
        writer.end(0, 0);
      },
    ],
    [
      'a key that is too large',
      () => {
        writer.begin(0);
        writer.read(0, 2 ** 53);
        writer.end(0, 0);
      },
    ],
  ])('%s', (_, act) => {
    expect(act).toThrow();
  });
});

describe('the reader refuses', () => {
  const blocks = blocksOf(parseScript('T1 0..1 ok a x 1, r y [1 2 3]\nT2 0..1 ok r y [1]'));

  it('every changed byte', () => {
    const [block] = blocks;
    for (let at = 0; at < block.length; at++) {
      const changed = block.slice();
      changed[at] ^= 0x10;
      expect(refusal([changed])).toMatch(/^block 0: .+/);
    }
  });

  it('a block that is cut', () => {
    for (let length = 0; length < blocks[0].length; length++) {
      expect(refusal([blocks[0].subarray(0, length)])).toContain('block 0: the block has');
    }
  });

  it('a block that comes twice', () => {
    expect(refusal([...blocks, ...blocks])).toBe(
      'block 1: block 0 of worker 0 comes again or from another run; give the files of one run, each once',
    );
  });

  it('a block that is missing', () => {
    const all: Uint8Array[] = [];
    const writer = new HistoryWriter(
      (block) => all.push(block),
      4,
      1,
      () => 0,
      1,
    );
    for (let i = 0; i < 3; i++) {
      writer.begin(0);
      writer.end(0, HISTORY_COMMITTED);
      writer.flush();
    }
    expect(refusal([all[0], all[2]])).toContain('block 1: block 1 of worker 4 is missing before it');
  });

  it('an element that is appended twice', () => {
    const message = refusal(blocksOf(parseScript('T1 0..1 fail a c 7\nT2 2..3 ok a c 7')));
    expect(message).toContain('block 0: element 7 is appended to key 2 a second time');
  });

  /** A block without records. */
  function emptyBlock(worker: number, terminals: number, hostId = 1): Uint8Array {
    const block = new Uint8Array(HEADER_BYTES);
    const numbers = { blockNumber: 0, records: 0, baseNs: 0, payloadBytes: 0, payloadCrc: 0 };
    writeHeader(block, { worker, terminals, hostId, ...numbers });
    return block;
  }

  it('more terminals than any run has, at one worker or at all', () => {
    expect(refusal([emptyBlock(0, 1_000_000)])).toBe('nothing was refused');
    expect(refusal([emptyBlock(3, 1_000_001)])).toContain(
      'block 0: with worker 3 there are more than 1000000 terminals',
    );
    expect(refusal([emptyBlock(0, 2 ** 32 - 1)])).toContain('there are more than 1000000 terminals');
    const many = Array.from({ length: 11 }, (_, worker) => emptyBlock(worker, 100_000));
    expect(refusal(many)).toContain('block 10: with worker 10 there are more than 1000000 terminals');
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 0.5])('the host id %d', (hostId) => {
    expect(refusal([emptyBlock(0, 1_000_000, hostId)])).toContain('block 0: the host id is no whole number');
  });

  it('what no writer has written, whatever its checksums say, with a fault of its own', () => {
    const forged = fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 3 }));
    fc.assert(
      fc.property(forged, ([payload, records]) => {
        const block = new Uint8Array(HEADER_BYTES + payload.length);
        block.set(payload, HEADER_BYTES);
        const payloadCrc = crc32(payload);
        const numbers = { worker: 0, terminals: 2, blockNumber: 0, records, hostId: 1, baseNs: 0 };
        writeHeader(block, { ...numbers, payloadBytes: payload.length, payloadCrc });
        try {
          readAll([block]);
        } catch (error) {
          expect(error).toBeInstanceOf(OperatingFault);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
