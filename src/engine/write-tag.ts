/** Layout of a write's tag: what was written where, apart from the row. */

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

/** Kind in bits 0..2, table in bits 3..11, column in bits 12..20: a small integer, which passes without a box. */
const TABLE_SHIFT = 3;
const COLUMN_SHIFT = 12;
/** Kinds that a tag has room for. */
export const MOST_KINDS = 1 << TABLE_SHIFT;
const ID_MASK = 0x1ff;
/** Tables in a partition and columns in a table. */
export const MOST_IDS = ID_MASK + 1;
export const KIND_BITS = MOST_KINDS - 1;
export const COLUMN_BITS = ID_MASK << COLUMN_SHIFT;
/** What two tags of one table have in common. */
export const TABLE_BITS = ID_MASK << TABLE_SHIFT;
/** Tags are below it: a log has the bits from here on for itself. */
export const TAG_RANGE = 1 << 21;

export function writeTag(kind: WriteKind, table: number, column: number): number {
  return kind | (table << TABLE_SHIFT) | (column << COLUMN_SHIFT);
}

export const kindOf = (tag: number): WriteKind => (tag & KIND_BITS) as WriteKind;
export const tableOf = (tag: number): number => (tag >> TABLE_SHIFT) & ID_MASK;
export const columnOf = (tag: number): number => (tag >> COLUMN_SHIFT) & ID_MASK;
