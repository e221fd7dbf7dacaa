/** Keys for indexes that a test fills by hand. */
import { PackedKey } from '../packed-key.ts';
import type { Int32Column } from '../row-layout.ts';

/** Greatest key of an index: keys are below 2^53. */
export const GREATEST_KEY = 2 ** 53 - 1;

/** A key of one part in the first int32 of a row. */
export function singleKey(): PackedKey {
  const column: Int32Column = { kind: 'int32', name: 'K', id: 0, nullable: false, offset: 0, keyed: true };
  return new PackedKey('test.primary', [{ column: 'K', range: 2 ** 31 }], [column]);
}
