/** Keys of indexes: several int32 columns packed into one integer below 2^53, in the order of the columns. */
import { assert } from '../assert.ts';
import type { KeyColumn } from './row-layout.ts';
import type { KeyPart } from './schema.ts';

/**
 * Packs values, or the key columns of a row. A row's values outside their declared range are a bug and assert; values
 * given one by one are not checked, and one past the last of a part is the bound behind all keys with the parts before it.
 */
export class PackedKey {
  /** One more than the highest key. */
  readonly rangeOfKeys: number;
  /** Keys that share their first two parts, or all but the last where there are no more than two. */
  readonly keysPerRun: number;
  private readonly parts: number;
  /** Offsets of the columns in a row and ranges of their values; absent parts repeat the first. */
  private readonly offset0: number;
  private readonly offset1: number;
  private readonly offset2: number;
  private readonly offset3: number;
  private readonly range0: number;
  private readonly range1: number;
  private readonly range2: number;
  private readonly range3: number;

  /** @param columns the key columns, as the table's layout has them, in the order of `parts` */
  constructor(where: string, parts: readonly KeyPart[], columns: readonly KeyColumn[]) {
    assert(parts.length >= 1 && parts.length <= 4, `${where}: a key has one to four parts`);
    const product = parts.reduce((total, part) => total * part.range, 1);
    assert(product <= 2 ** 53, `${where}: the key does not fit into 53 bits`);
    const at = (i: number) => (i < parts.length ? i : 0);
    this.rangeOfKeys = product;
    const sharedParts = Math.min(2, parts.length - 1);
    this.keysPerRun = parts.slice(sharedParts).reduce((total, part) => total * part.range, 1);
    this.parts = parts.length;
    this.offset0 = columns[0].offset;
    this.offset1 = columns[at(1)].offset;
    this.offset2 = columns[at(2)].offset;
    this.offset3 = columns[at(3)].offset;
    this.range0 = parts[0].range;
    this.range1 = parts[at(1)].range;
    this.range2 = parts[at(2)].range;
    this.range3 = parts[at(3)].range;
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

  /** Whether `ofRow` would take the row: what recovery asks before it believes a file. */
  covers(int32s: Int32Array, base: number): boolean {
    const value0 = int32s[base + this.offset0];
    const value1 = int32s[base + this.offset1];
    const value2 = int32s[base + this.offset2];
    const value3 = int32s[base + this.offset3];
    if (value0 < 0 || value0 >= this.range0 || value1 < 0 || value1 >= this.range1) return false;
    return value2 >= 0 && value2 < this.range2 && value3 >= 0 && value3 < this.range3;
  }

  /** Key of the row that starts at int32 element `base` of `int32s`. Unrolled: every insert of a row comes here. */
  ofRow(int32s: Int32Array, base: number): number {
    const { parts } = this;
    let value = int32s[base + this.offset0];
    if (value < 0 || value >= this.range0) outside(0, value, this.range0);
    let key = value;
    if (parts === 1) return key;
    value = int32s[base + this.offset1];
    if (value < 0 || value >= this.range1) outside(1, value, this.range1);
    key = key * this.range1 + value;
    if (parts === 2) return key;
    value = int32s[base + this.offset2];
    if (value < 0 || value >= this.range2) outside(2, value, this.range2);
    key = key * this.range2 + value;
    if (parts === 3) return key;
    value = int32s[base + this.offset3];
    if (value < 0 || value >= this.range3) outside(3, value, this.range3);
    return key * this.range3 + value;
  }
}

function outside(part: number, value: number, range: number): never {
  assert(false, `key part ${part} is ${value}, outside 0..${range - 1}`);
}
