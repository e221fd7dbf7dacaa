/**
 * Layout of a redo record's body: the writes of one transaction on one partition, in order, in int32s. The only place that
 * knows it.
 *
 *   every write   its tag (`engine/write-tag.ts`), then the row; with SAME_ROW in the tag the row is the one of the write
 *                 before, of the same table, and does not follow
 *   int32         the new value
 *   integer       the new value, a float64 in two int32s
 *   text          its size in bytes, length bytes included; then the bytes, and zeros up to the next int32
 *   insert        the row as it lies in its table, `strideBytes`
 *   delete        nothing else
 *   NO_WRITE      fills the last word of 8 bytes
 *
 * Rows keep their slots over a recovery, so a write names its slot and no key.
 */
import { TAG_RANGE } from '../engine/write-tag.ts';

export const WORD_BYTES = 8;
export const WORD_INT32S = 2;
export const INT32_BYTES = 4;

export const SAME_ROW = TAG_RANGE;
/** Stands where a tag could. */
export const NO_WRITE = -1;

export const TAG_INT32S = 1;
export const ROW_INT32S = 1;
export const NUMBER_INT32S = 1;
export const INTEGER_INT32S = 2;
export const TEXT_SIZE_INT32S = 1;

/** Int32s of so many bytes of text. */
export const textInt32s = (sizeBytes: number): number => (sizeBytes + INT32_BYTES - 1) >> 2;
/** Words of a body of so many int32s. */
export const wordsOf = (int32s: number): number => (int32s + WORD_INT32S - 1) >> 1;
