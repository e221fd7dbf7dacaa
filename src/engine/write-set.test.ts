import { describe, expect, it } from 'vitest';
import { OperatingFault } from '../errors.ts';
import { MemoryBudget } from './memory-budget.ts';
import { heldBytes } from './testing/held-bytes.ts';
import { Random } from './testing/random.ts';
import { WriteSet } from './write-set.ts';
import {
  MOST_IDS,
  WRITE_DELETE,
  WRITE_INSERT,
  WRITE_INT32,
  WRITE_INTEGER,
  WRITE_TEXT,
  type WriteKind,
  writeTag,
} from './write-tag.ts';

const KINDS: WriteKind[] = [WRITE_INT32, WRITE_INTEGER, WRITE_TEXT, WRITE_INSERT, WRITE_DELETE];

interface Entry {
  kind: WriteKind;
  table: number;
  column: number;
  row: number;
  old: number;
  text: Buffer;
}

function randomEntry(random: Random, mostTextBytes: number): Entry {
  const kind = random.pick(KINDS);
  return {
    kind,
    table: random.pick([0, 1, MOST_IDS - 1, random.integer(0, MOST_IDS - 1)]),
    column: kind === WRITE_INSERT || kind === WRITE_DELETE ? 0 : random.pick([0, MOST_IDS - 1, 17]),
    row: random.pick([0, 1, 2 ** 31 - 1, random.integer(0, 1e6)]),
    old:
      kind === WRITE_INTEGER ? random.pick([-(2 ** 53), 2 ** 53 - 1, 0, -1]) : random.integer(-(2 ** 31), 2 ** 31 - 1),
    text: Buffer.from(Array.from({ length: random.integer(0, mostTextBytes) }, () => random.integer(0, 255))),
  };
}

function add(writeSet: WriteSet, entry: Entry): void {
  const { kind, table, column, row, old, text } = entry;
  const tag = writeTag(kind, table, column);
  if (kind !== WRITE_TEXT) writeSet.add(tag, row, old);
  else writeSet.addText(tag, row, Buffer.concat([Buffer.from('ab'), text, Buffer.from('z')]), 2, text.length);
}

function expectEntries(writeSet: WriteSet, entries: readonly Entry[]): void {
  expect(writeSet.length).toBe(entries.length);
  entries.forEach((entry, i) => {
    const actual = [writeSet.kind(i), writeSet.table(i), writeSet.column(i), writeSet.row(i)];
    const expected = [entry.kind, entry.table, entry.column, entry.row];
    if (String(actual) !== String(expected)) expect.fail(`entry ${i}: ${actual}, expected ${expected}`);
    if (entry.kind === WRITE_TEXT) {
      const target = Buffer.alloc(entry.text.length + 2, 0xee);
      writeSet.restoreText(i, target, 1);
      if (target[0] !== 0xee || target.at(-1) !== 0xee) expect.fail(`entry ${i} writes outside its text`);
      if (!target.subarray(1, -1).equals(entry.text)) expect.fail(`entry ${i} has another text`);
    } else if (writeSet.oldNumber(i) !== entry.old) expect.fail(`entry ${i}: old ${writeSet.oldNumber(i)}`);
  });
}

describe('WriteSet', () => {
  it('keeps every entry of any kind, beyond its first size, and starts anew after a clear', () => {
    const budget = new MemoryBudget(Number.POSITIVE_INFINITY);
    const writeSet = new WriteSet(budget);
    const random = new Random(1);
    for (const length of [3, 700, 5000, 10]) {
      const entries = Array.from({ length }, () => randomEntry(random, 40));
      for (const entry of entries) add(writeSet, entry);
      expectEntries(writeSet, entries);
      expect(budget.usedBytes).toBe(heldBytes(writeSet));
      writeSet.clear();
      expect(writeSet.length).toBe(0);
    }
  });

  it('takes its memory once for transactions of one size', () => {
    const budget = new MemoryBudget(Number.POSITIVE_INFINITY);
    const writeSet = new WriteSet(budget);
    const text = Buffer.alloc(100, 't');
    let firstBytes = 0;
    for (let transaction = 0; transaction < 50; transaction++) {
      for (let i = 0; i < 600; i++) writeSet.addText(writeTag(WRITE_TEXT, 0, 0), i, text, 0, text.length);
      writeSet.clear();
      if (transaction === 0) firstBytes = budget.usedBytes;
    }
    expect(budget.usedBytes).toBe(firstBytes);
  });

  it('keeps the longest texts', () => {
    const writeSet = new WriteSet(new MemoryBudget(Number.POSITIVE_INFINITY));
    const entries: Entry[] = [65_537, 0, 65_537, 1, 65_536].map((length, row) => ({
      kind: WRITE_TEXT,
      table: 1,
      column: 2,
      row,
      old: 0,
      text: Buffer.alloc(length, row + 1),
    }));
    for (const entry of entries) add(writeSet, entry);
    expectEntries(writeSet, entries);
  });

  it('forgets the last entries on request', () => {
    const writeSet = new WriteSet(new MemoryBudget(Number.POSITIVE_INFINITY));
    const random = new Random(2);
    const entries = Array.from({ length: 20 }, () => randomEntry(random, 40));
    for (const entry of entries) add(writeSet, entry);
    const { length } = writeSet;
    writeSet.add(writeTag(WRITE_INSERT, 0, 0), 9, 0);
    writeSet.truncate(length);
    expectEntries(writeSet, entries);
    add(writeSet, entries[0]);
    expectEntries(writeSet, [...entries, entries[0]]);
  });

  it('asks the memory budget first: a refused entry leaves the others as they were', () => {
    const firstBytes = new MemoryBudget(Number.POSITIVE_INFINITY);
    new WriteSet(firstBytes);
    for (const spareBytes of [0, 4095, 4096, 8191, 8192, 20_000, 100_000]) {
      const budget = new MemoryBudget(firstBytes.usedBytes + spareBytes);
      const writeSet = new WriteSet(budget);
      const random = new Random(spareBytes);
      const entries: Entry[] = [];
      let faults = 0;
      while (faults < 20) {
        const entry = randomEntry(random, 60);
        try {
          add(writeSet, entry);
          entries.push(entry);
        } catch (error) {
          expect(error).toBeInstanceOf(OperatingFault);
          faults++;
        }
        expect(budget.usedBytes).toBeLessThanOrEqual(budget.limitBytes);
      }
      expectEntries(writeSet, entries);
      expect(budget.usedBytes).toBe(heldBytes(writeSet));
    }
  });
});
