/** Definitions of tables and indexes, as a workload writes them. */

/** Whole numbers within -2^31+1 .. 2^31-1, 4 bytes. Only these can be part of a key. */
export interface Int32Definition {
  readonly kind: 'int32';
  readonly nullable?: boolean;
}

/** Whole numbers within +-(2^53 - 1), 8 bytes: money in cents, instants in milliseconds. */
export interface IntegerDefinition {
  readonly kind: 'integer';
  readonly nullable?: boolean;
}

/** Text of exactly `sizeBytes` bytes. */
export interface FixedTextDefinition {
  readonly kind: 'fixedText';
  readonly sizeBytes: number;
}

/** Text of up to `sizeBytes` bytes (at most 65,535). */
export interface VariableTextDefinition {
  readonly kind: 'variableText';
  readonly sizeBytes: number;
}

export type ColumnDefinition = Int32Definition | IntegerDefinition | FixedTextDefinition | VariableTextDefinition;

export const int32: Int32Definition = { kind: 'int32' };
export const nullableInt32: Int32Definition = { kind: 'int32', nullable: true };
export const integer: IntegerDefinition = { kind: 'integer' };
export const nullableInteger: IntegerDefinition = { kind: 'integer', nullable: true };
export const fixedText = (sizeBytes: number): FixedTextDefinition => ({ kind: 'fixedText', sizeBytes });
export const variableText = (sizeBytes: number): VariableTextDefinition => ({ kind: 'variableText', sizeBytes });

/**
 * One part of a packed key: an int32 column with values in 0..range-1. A key is the mixed-radix number of its parts, so
 * that the order of keys is the lexicographic order of the parts; the product of the ranges must stay within 2^53.
 */
export interface KeyPart {
  readonly column: string;
  readonly range: number;
}

/** For point lookups of any keys. Unique. */
export interface HashIndexDefinition {
  readonly kind: 'hash';
  readonly key: readonly KeyPart[];
}

/** For keys that fill their range: a table in pages, addressed by the key. Unique. */
export interface DirectIndexDefinition {
  readonly kind: 'direct';
  readonly key: readonly KeyPart[];
}

/** Entries sorted by key, then by row. `unique: false` allows equal keys. */
export interface OrderedIndexDefinition {
  readonly kind: 'ordered';
  readonly key: readonly KeyPart[];
  readonly unique: boolean;
}

export interface TableDefinition {
  readonly name: string;
  /** In the order of their ids. The physical order puts wide numbers first, then int32, then text, each in this order. */
  readonly columns: Readonly<Record<string, ColumnDefinition>>;
  /** At least one unique index identifies a row in a log; a table without indexes is append-only. */
  readonly indexes: Readonly<Record<string, HashIndexDefinition | DirectIndexDefinition | OrderedIndexDefinition>>;
  /** Sizes hash indexes at once, so that no growth interrupts a run, and the chunks of rows. */
  readonly expectedRows?: number;
  /**
   * Filled once a process and then read by every partition, which `share` and `adopt` it. Nobody changes it afterwards. Its
   * indexes are direct ones.
   */
  readonly shared?: true;
}
