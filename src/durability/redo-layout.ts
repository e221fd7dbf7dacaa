/**
 * Layout of a redo record's body: the writes of one transaction on one partition, in order, in words of 8 bytes. The only
 * place that knows it.
 *
 *   every write   0 what and where: the write set's own first word (`engine/write-tag.ts`), a float64
 *   int32         1 the new value, a float64
 *   integer       1 the new value, a float64
 *   text          1 its size in bytes, length bytes included, a float64   2.. the bytes
 *   insert        1.. the row as it lies in its table, `strideBytes`
 *   delete        nothing else
 *
 * Rows keep their slots over a recovery, so a write names its slot and no key.
 */
import type { Table } from '../engine/table.ts';

export const WORD_BYTES = 8;
export const WORD_INT32S = 2;

export const PLACE = 0;
export const NUMBER = 1;
export const TEXT_SIZE = 1;
export const TEXT_BYTES = 2;
export const ROW = 1;

export const NUMBER_WORDS = 2;
export const DELETE_WORDS = 1;

/** Words of a text write of so many bytes. */
export const textWords = (sizeBytes: number): number => TEXT_BYTES + ((sizeBytes + WORD_BYTES - 1) >> 3);

/** Words of an insert into the table. */
export const insertWords = (table: Table): number => ROW + table.strideFloat64s;
