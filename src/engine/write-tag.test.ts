import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  columnOf,
  kindOf,
  MOST_IDS,
  rowOf,
  tableOf,
  WRITE_DELETE,
  WRITE_INSERT,
  WRITE_INT32,
  WRITE_INTEGER,
  WRITE_TEXT,
  type WriteKind,
  wordOf,
  writeTag,
} from './write-tag.ts';

const KINDS: readonly WriteKind[] = [WRITE_INT32, WRITE_INTEGER, WRITE_TEXT, WRITE_INSERT, WRITE_DELETE];
const LAST_ROW = 2 ** 31 - 1;

const anyId = fc.oneof(fc.constantFrom(0, 1, MOST_IDS - 1), fc.nat({ max: MOST_IDS - 1 }));
const anyEntry = fc.record({
  kind: fc.constantFrom(...KINDS),
  table: anyId,
  column: anyId,
  row: fc.oneof(fc.constantFrom(0, 1, LAST_ROW - 1, LAST_ROW), fc.nat({ max: LAST_ROW })),
});
type Entry = typeof anyEntry extends fc.Arbitrary<infer T> ? T : never;

const wordOfEntry = ({ kind, table, column, row }: Entry): number => wordOf(writeTag(kind, table, column), row);

describe('writeTag', () => {
  it('has kinds of their own, and 512 ids', () => {
    expect(new Set(KINDS).size).toBe(5);
    expect(MOST_IDS).toBe(512);
  });

  it('gives back what was written where, and the row', () => {
    fc.assert(
      fc.property(anyEntry, (entry) => {
        const word = wordOfEntry(entry);
        expect({ kind: kindOf(word), table: tableOf(word), column: columnOf(word), row: rowOf(word) }).toEqual(entry);
      }),
      { seed: 1, numRuns: 5000 },
    );
  });

  it('gives back every kind, table and column with the first and the last row, exactly and each with its own words', () => {
    let words = 0;
    let greatest = -1;
    for (let column = 0; column < MOST_IDS; column++) {
      for (let table = 0; table < MOST_IDS; table++) {
        for (const kind of KINDS) {
          const tag = writeTag(kind, table, column);
          if (tag < 0 || tag >= 2 ** 21 || !Number.isInteger(tag)) expect.fail(`the tag ${tag} is no small integer`);
          const first = wordOf(tag, 0);
          // Ascending without an overlap: no word belongs to two entries.
          if (first <= greatest) expect.fail(`the words of ${kind}, ${table}, ${column} begin among those before`);
          greatest = wordOf(tag, LAST_ROW);
          for (const row of [0, LAST_ROW]) {
            const word = wordOf(tag, row);
            const exact = Number.isSafeInteger(word) && word - first === row;
            const same = kindOf(word) === kind && tableOf(word) === table && columnOf(word) === column;
            if (!exact || !same || rowOf(word) !== row) expect.fail(`${kind}, ${table}, ${column}, ${row}: ${word}`);
            words++;
          }
        }
      }
    }
    expect(words).toBe(2 * KINDS.length * MOST_IDS * MOST_IDS);
    expect(Number.isSafeInteger(greatest)).toBe(true);
  });

  it('loses no bit: the word is the sum in integers of any size, in a float64 too, and neighbours differ by one', () => {
    fc.assert(
      fc.property(anyEntry, (entry) => {
        const { kind, table, column, row } = entry;
        const word = wordOfEntry(entry);
        const tag = BigInt(kind) + (BigInt(table) << 3n) + (BigInt(column) << 12n);
        expect(BigInt(word)).toBe((tag << 32n) + BigInt(row));
        expect(Float64Array.of(word)[0]).toBe(word);
        if (row < LAST_ROW) expect(wordOfEntry({ ...entry, row: row + 1 }) - word).toBe(1);
      }),
      { seed: 2, numRuns: 2000 },
    );
  });

  it('gives different entries different words', () => {
    fc.assert(
      fc.property(anyEntry, anyEntry, (one, other) => {
        const same = (['kind', 'table', 'column', 'row'] as const).every((part) => one[part] === other[part]);
        expect(wordOfEntry(one) === wordOfEntry(other)).toBe(same);
      }),
      { seed: 3, numRuns: 5000 },
    );
  });
});
