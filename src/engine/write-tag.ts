/** Layout of a write-set entry's first word: what was written where, and the row. */

export const WRITE_INT32 = 0;
export const WRITE_INTEGER = 1;
export const WRITE_TEXT = 2;
export const WRITE_INSERT = 3;
export const WRITE_DELETE = 4;
export type WriteKind =
  | typeof WRITE_INT32
  | typeof WRITE_INTEGER
  | typeof WRITE_TEXT
  | typeof WRITE_INSERT
  | typeof WRITE_DELETE;

/** The word is tag x 2^32 + row, 53 bits in all. Tag: kind in bits 0..2, table in bits 3..11, column in bits 12..20. */
const ROW_RANGE = 2 ** 32;
const TABLE_SHIFT = 3;
const COLUMN_SHIFT = 12;
const KIND_MASK = 7;
const ID_MASK = 0x1ff;
/** Tables in a partition and columns in a table. */
export const MOST_IDS = ID_MASK + 1;

/** What was written where, apart from the row: a small integer, which passes between functions without a box. */
export function writeTag(kind: WriteKind, table: number, column: number): number {
  return kind | (table << TABLE_SHIFT) | (column << COLUMN_SHIFT);
}

/** First word of the entry of `row`. */
export const wordOf = (tag: number, row: number): number => tag * ROW_RANGE + row;

const tagOf = (word: number): number => Math.floor(word / ROW_RANGE);

export const kindOf = (word: number): WriteKind => (tagOf(word) & KIND_MASK) as WriteKind;
export const tableOf = (word: number): number => (tagOf(word) >> TABLE_SHIFT) & ID_MASK;
export const columnOf = (word: number): number => (tagOf(word) >> COLUMN_SHIFT) & ID_MASK;
/** An int32 for V8, too: a row that came as a float64 would turn the fields that keep rows into boxes. */
export const rowOf = (word: number): number => (word - tagOf(word) * ROW_RANGE) | 0;
