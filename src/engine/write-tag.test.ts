import { describe, expect, it } from 'vitest';
import {
  columnOf,
  kindOf,
  MOST_IDS,
  TABLE_BITS,
  TAG_RANGE,
  tableOf,
  WRITE_DELETE,
  WRITE_INSERT,
  WRITE_INT32,
  WRITE_INTEGER,
  WRITE_TEXT,
  type WriteKind,
  writeTag,
} from './write-tag.ts';

const KINDS: readonly WriteKind[] = [WRITE_INT32, WRITE_INTEGER, WRITE_TEXT, WRITE_INSERT, WRITE_DELETE];

describe('writeTag', () => {
  it('has kinds of their own, and 512 ids', () => {
    expect(new Set(KINDS).size).toBe(5);
    expect(MOST_IDS).toBe(512);
  });

  it('gives back every kind, table and column, each with a tag of its own in the range', () => {
    const seen = new Uint8Array(TAG_RANGE);
    for (let column = 0; column < MOST_IDS; column++) {
      for (let table = 0; table < MOST_IDS; table++) {
        for (const kind of KINDS) {
          const tag = writeTag(kind, table, column);
          if (!(tag >= 0 && tag < TAG_RANGE && (tag | 0) === tag)) expect.fail(`the tag ${tag} is out of its range`);
          if (seen[tag]++ > 0) expect.fail(`two have the tag ${tag}`);
          const same = kindOf(tag) === kind && tableOf(tag) === table && columnOf(tag) === column;
          if (!same) expect.fail(`${kind}, ${table}, ${column}: ${tag}`);
        }
      }
    }
  });

  it('has the table in bits of its own', () => {
    for (const table of [0, 1, 300, MOST_IDS - 1]) {
      const bits = writeTag(WRITE_INT32, table, 0);
      expect(bits & ~TABLE_BITS).toBe(0);
      for (const kind of KINDS) expect(writeTag(kind, table, MOST_IDS - 1) & TABLE_BITS).toBe(bits);
    }
  });
});
