/** Keys of indexes: several int32 columns packed into one integer below 2^53, in the order of the columns. */
import { assert } from '../assert.ts';
import type { Int32Column } from './row-layout.ts';
import type { KeyPart } from './schema.ts';

/**
 * Packs values, or the key columns of a row. A row's values outside their declared range are a bug and assert; values
 * given one by one are not checked, and one past the last of a part is the bound behind all keys with the parts before it.
 */
export class PackedKey {
  private readonly offsets: Int32Array;
  private readonly ranges: Float64Array;
  private readonly range1: number;
  private readonly range2: number;
  private readonly range3: number;

  /** @param columns the key columns, as the table's layout has them, in the order of `parts` */
  constructor(where: string, parts: readonly KeyPart[], columns: readonly Int32Column[]) {
    assert(parts.length >= 1 && parts.length <= 4, `${where}: a key has one to four parts`);
    const product = parts.reduce((total, part) => total * part.range, 1);
    assert(product <= 2 ** 53, `${where}: the key does not fit into 53 bits`);
    this.offsets = Int32Array.from(columns, (column) => column.offset);
    this.ranges = Float64Array.from(parts, (part) => part.range);
    this.range1 = parts[1]?.range ?? 0;
    this.range2 = parts[2]?.range ?? 0;
    this.range3 = parts[3]?.range ?? 0;
  }

  of2(a: number, b: number): number {
    return a * this.range1 + b;
  }

  of3(a: number, b: number, c: number): number {
    return (a * this.range1 + b) * this.range2 + c;
  }

  of4(a: number, b: number, c: number, d: number): number {
    return ((a * this.range1 + b) * this.range2 + c) * this.range3 + d;
  }

  /** Key of the row that starts at int32 element `base` of `int32s`. */
  ofRow(int32s: Int32Array, base: number): number {
    const offsets = this.offsets;
    const ranges = this.ranges;
    let key = 0;
    for (let i = 0; i < offsets.length; i++) {
      const value = int32s[base + offsets[i]];
      const range = ranges[i];
      if (value < 0 || value >= range) assert(false, `key part ${i} is ${value}, outside 0..${range - 1}`);
      key = key * range + value;
    }
    return key;
  }
}
