/** Keys for indexes that a test fills by hand. */
import { PackedKey } from '../packed-key.ts';
import type { KeyColumn } from '../row-layout.ts';

/** Greatest key of an index: keys are below 2^53. */
export const GREATEST_KEY = 2 ** 53 - 1;

/** A key column at the given int32 element of a row. */
export const keyColumnAt = (offset: number): KeyColumn => ({
  kind: 'int32',
  name: `C${offset}`,
  id: offset,
  nullable: false,
  offset,
  keyed: true,
  writeTag: 0,
});

/** A key of parts with these ranges, its columns at the given int32 offsets (0, 1, 2, … unless told). */
export const keyOf = (ranges: readonly number[], offsets: readonly number[] = ranges.map((_, i) => i)): PackedKey =>
  new PackedKey(
    'T.k',
    ranges.map((range, i) => ({ column: `C${offsets[i]}`, range })),
    offsets.map(keyColumnAt),
  );

/** A key of one part in the first int32 of a row. */
export const singleKey = (): PackedKey => keyOf([2 ** 31]);

/** A key of two parts: runs of ascending keys are told apart by the first of them. */
export const runKey = (keysPerRun: number): PackedKey => keyOf([Math.floor(2 ** 53 / keysPerRun), keysPerRun]);
